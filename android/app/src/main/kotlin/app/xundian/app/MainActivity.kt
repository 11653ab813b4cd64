package app.xundian.app

import android.Manifest
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import app.xundian.logic.Route
import app.xundian.ui.XundianApp

/** The window: screens, the way back, and what wants an activity to ask for it. */
class MainActivity : ComponentActivity() {
    private val xundian get() = application as XundianApplication
    private val askForPlace = registerForActivityResult(ActivityResultContracts.RequestMultiplePermissions()) { }
    private val takePhoto = registerForActivityResult(ActivityResultContracts.TakePicture()) { xundian.shell.photoTaken(it) }
    private val pickFile = registerForActivityResult(ActivityResultContracts.OpenDocument()) { xundian.shell.filePicked(it) }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        setContent {
            val routes by xundian.models.go.routes.collectAsState()
            BackHandler(enabled = routes.size > 1) { xundian.models.go.back() }
            XundianApp(xundian.models)
            val isAtStore = routes.last() is Route.Card
            LaunchedEffect(isAtStore) { if (isAtStore) atStore() }
        }
    }

    /** The check-in is near: the fix gets a head start, and who was never asked is asked here, where it makes sense. */
    private fun atStore() {
        if (xundian.position.isAllowed) xundian.position.warmUp() else askForPlace.launch(PLACE)
    }

    override fun onStart() {
        super.onStart()
        xundian.shell.attach(takePhoto::launch) { pickFile.launch(arrayOf("*/*")) }
        xundian.models.resumed()
    }

    override fun onStop() {
        xundian.position.rest()
        super.onStop()
    }

    override fun onDestroy() {
        if (isFinishing) xundian.shell.detach()
        super.onDestroy()
    }

    private companion object {
        val PLACE = arrayOf(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
    }
}
