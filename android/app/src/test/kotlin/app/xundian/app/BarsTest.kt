package app.xundian.app

import android.content.ComponentName
import android.content.pm.ActivityInfo
import android.graphics.Color
import android.view.ContextThemeWrapper
import androidx.core.view.WindowCompat
import app.xundian.logic.Look
import app.xundian.logic.LookModel
import app.xundian.logic.Shade
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The window and the system around it: whose looks the bars follow, and what does not take it away. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class BarsTest {
    @get:Rule
    val windows = Windows()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication

    /** Dark signs, for a light ground. */
    private val ActivityController<MainActivity>.isLight
        get() = get().window.let { WindowCompat.getInsetsController(it, it.decorView).isAppearanceLightStatusBars }

    @Test
    fun `the bars follow the looks of the app, and again when they change`() {
        val window = windows.open()
        settle { app.opening.value.value != null }
        assertTrue("as the system", window.isLight)
        app.models.look.change(Look(shade = Shade.DARK))
        settle { !window.isLight }
        app.models.look.change(Look(shade = Shade.SYSTEM))
        settle { window.isLight }
    }

    @Test
    @Config(qualifiers = "night")
    fun `on a dark system a light app is light from its first frame on`() {
        LookModel(app.shell).change(Look(shade = Shade.LIGHT))
        assertTrue(windows.open().isLight)
        LookModel(app.shell).change(Look(shade = Shade.SYSTEM))
        assertFalse(windows.open().isLight)
    }

    /** How light the window is before its first frame. */
    private fun ground(): Float {
        val theme = ContextThemeWrapper(app, app.applicationInfo.theme).theme
        val found = theme.obtainStyledAttributes(intArrayOf(android.R.attr.windowBackground))
        return Color.luminance(found.getColor(0, Color.MAGENTA)).also { found.recycle() }
    }

    @Test
    fun `a cold start by day begins light`() = assertTrue("${ground()}", ground() > 0.8f)

    @Test
    @Config(qualifiers = "night")
    fun `a cold start by night begins dark`() = assertTrue("${ground()}", ground() < 0.02f)

    @Test
    fun `a keyboard, a folded screen and a split one leave the window as it is`() {
        val info = app.packageManager.getActivityInfo(ComponentName(app, MainActivity::class.java), 0)
        val lived = ActivityInfo.CONFIG_KEYBOARD or ActivityInfo.CONFIG_KEYBOARD_HIDDEN or ActivityInfo.CONFIG_NAVIGATION or
            ActivityInfo.CONFIG_SCREEN_SIZE or ActivityInfo.CONFIG_SMALLEST_SCREEN_SIZE or ActivityInfo.CONFIG_SCREEN_LAYOUT
        assertEquals(lived, info.configChanges and lived)
    }
}
