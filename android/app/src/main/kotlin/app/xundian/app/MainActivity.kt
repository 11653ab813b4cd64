package app.xundian.app

import android.Manifest
import android.content.res.Configuration
import android.content.res.Resources
import android.graphics.Color
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.SystemBarStyle
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import app.xundian.logic.AppModels
import app.xundian.logic.LookModel
import app.xundian.logic.Route
import app.xundian.logic.wantsDistances
import app.xundian.logic.wantsPosition
import app.xundian.ui.LocalPictureReader
import app.xundian.ui.LocalWayBack
import app.xundian.ui.OpeningApp

/** The window: screens, the way back, and what wants an activity to ask for it. */
class MainActivity : ComponentActivity() {
    private val xundian get() = application as XundianApplication
    private val network by lazy { NetworkWatch(this) { xundian.opening.value.value?.networkCame() } }
    private val askForPlace = registerForActivityResult(ActivityResultContracts.RequestMultiplePermissions()) { answered(it) }
    private val takePhoto = registerForActivityResult(ActivityResultContracts.TakePicture()) { xundian.shell.photoTaken(it) }
    private val pickFile = registerForActivityResult(ActivityResultContracts.OpenDocument()) { xundian.shell.filePicked(it) }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        showBars()
        // No camera was opened by a window that is new: nobody waits for the answer of one before it.
        if (savedInstanceState == null) xundian.shell.forgetWindows() else xundian.shell.takeUp(savedInstanceState)
        xundian.openCore()
        setContent {
            val view by xundian.opening.collectAsState()
            val looks = remember(view.value) { view.value?.look ?: LookModel(xundian.shell) }
            val look by looks.state.collectAsState()
            LaunchedEffect(look.shade) { showBars() }
            view.value?.let { BackAndPlace(it) }
            CompositionLocalProvider(LocalWayBack provides { onBack -> BackHandler(onBack = onBack) }, LocalPictureReader provides smallPictures) {
                OpeningApp(view, look) { xundian.openCore() }
            }
        }
    }

    /**
     * The system's signs lie on the app's ground, which may be light on a dark system. Whenever the system changes its looks the first style is
     * asked again, so it reads what is kept by then.
     */
    private fun showBars() {
        val isDark = { now: Resources -> LookModel(xundian.shell).state.value.shade.isDark(isNight(now)) }
        enableEdgeToEdge(SystemBarStyle.auto(Color.TRANSPARENT, Color.TRANSPARENT, isDark), SystemBarStyle.auto(LIGHT_BAR, DARK_BAR, isDark))
    }

    private fun isNight(now: Resources) = (now.configuration.uiMode and Configuration.UI_MODE_NIGHT_MASK) == Configuration.UI_MODE_NIGHT_YES

    @Composable
    private fun BackAndPlace(models: AppModels) {
        val routes by models.go.routes.collectAsState()
        BackHandler(enabled = routes.size > 1) { models.go.back() }
        val here = routes.last()
        LaunchedEffect(here) { arrived(here) }
    }

    /** The position is asked for on the card, where it makes sense. Of who refused it the card's own line leads to it, and nothing is in the way. */
    private fun arrived(here: Route) {
        val asks = here is Route.Card && !xundian.position.isAllowed && !xundian.position.isAsked && !isRefused
        if (!asks) return locate()
        xundian.position.isAsked = true
        askForPlace.launch(PLACE)
    }

    /** Only of who said no the system wants it explained; who put the question away has not answered, and a later start asks again. */
    private fun answered(given: Map<String, Boolean>) {
        val isNo = given.isNotEmpty() && given.values.none { it }
        if (isNo && shouldShowRequestPermissionRationale(Manifest.permission.ACCESS_COARSE_LOCATION)) isRefused = true
        locate()
    }

    private var isRefused: Boolean
        get() = xundian.shell.setting(REFUSED) == YES
        set(value) = xundian.shell.keepSetting(REFUSED, if (value) YES else "")

    private fun locate() {
        // Given after all, and perhaps for this time only: the refusal is over.
        if (isRefused && xundian.position.isAllowed) isRefused = false
        val models = xundian.opening.value.value ?: return
        when {
            models.go.here.wantsPosition -> xundian.position.warmUp()
            models.go.here.wantsDistances -> xundian.position.lookOnce(models::positionCame)
            else -> xundian.position.rest()
        }
    }

    override fun onStart() {
        super.onStart()
        xundian.shell.attach(this, takePhoto::launch) { pickFile.launch(arrayOf("*/*")) }
        // The first time there is nothing to take up again: the core is only being opened.
        xundian.opening.value.value?.resumed()
        network.start()
        locate()
    }

    override fun onStop() {
        network.stop()
        // The window before may be closed after the next one has begun to listen.
        if (xundian.shell.isNewest(this)) xundian.position.rest()
        super.onStop()
    }

    override fun onSaveInstanceState(outState: Bundle) {
        super.onSaveInstanceState(outState)
        xundian.shell.keep(outState)
    }

    override fun onDestroy() {
        if (isFinishing) xundian.shell.detach(this)
        super.onDestroy()
    }

    private companion object {
        /** Under the navigation's buttons on systems that have no contrast of their own there. */
        val LIGHT_BAR = Color.argb(0xE6, 0xFF, 0xFF, 0xFF)
        val DARK_BAR = Color.argb(0x80, 0x1B, 0x1B, 0x1B)
        const val REFUSED = "refused-place"
        const val YES = "yes"
        val PLACE = arrayOf(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
    }
}
