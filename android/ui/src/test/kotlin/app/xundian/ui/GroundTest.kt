package app.xundian.ui

import androidx.compose.ui.graphics.toArgb
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

/** What Android shows before the first frame is the screens' own background, by day and by night. */
class GroundTest {
    private fun ground(folder: String): String? {
        val theme = File("../app/src/main/res/$folder/themes.xml").readText()
        return Regex("<color name=\"ground\">(#[0-9A-F]{8})</color>").find(theme)?.run { groupValues[1] }
    }

    @Test
    fun `the window is as light or dark as what is drawn in it`() {
        for ((folder, isDark) in listOf("values" to false, "values-night" to true)) {
            assertEquals("#%08X".format(colours(isDark, isStrong = false).background.toArgb()), ground(folder), folder)
        }
    }
}
