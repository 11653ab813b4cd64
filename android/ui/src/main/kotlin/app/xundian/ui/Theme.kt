package app.xundian.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ColorScheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.remember
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.xundian.logic.Arithmetic
import app.xundian.logic.Format
import app.xundian.logic.Look
import app.xundian.logic.Text
import app.xundian.logic.Words

/** The words and figures of the language that is chosen. */
@Immutable
class Speech(val words: Words) {
    val format = Format(words)
    val arithmetic = Arithmetic(words, format)
}

val LocalSpeech = staticCompositionLocalOf<Speech> { error("outside of XundianTheme") }

/** Colours of the trade's states beside Material's own; each state also has a word. */
@Immutable
class Signs(
    val good: Color,
    val waiting: Color,
    val warning: Color,
    val bad: Color,
    val idle: Color,
    /** Around every card, where its fill does not stand out. */
    val edge: BorderStroke? = null,
)

val LocalSigns = staticCompositionLocalOf<Signs> { error("outside of XundianTheme") }

/** The text in the language of the app. */
@Composable
fun say(text: Text, vararg values: Any): String = LocalSpeech.current.words(text, *values)

/** Material 3 in the colours of the app, with its words and the text size on top of the system's. */
@Composable
fun XundianTheme(look: Look, content: @Composable () -> Unit) {
    val isDark = look.shade.isDark(isSystemInDarkTheme())
    val speech = remember(look.language) { Speech(Words(look.language)) }
    val system = LocalDensity.current
    val density = Density(system.density, look.scaleOn(system.fontScale))
    CompositionLocalProvider(LocalSpeech provides speech, LocalSigns provides signs(isDark, look.isHighContrast), LocalDensity provides density) {
        MaterialTheme(colorScheme = colours(isDark, look.isHighContrast), shapes = SHAPES, content = content)
    }
}

private val SHAPES = Shapes(small = RoundedCornerShape(10.dp), medium = RoundedCornerShape(14.dp), large = RoundedCornerShape(20.dp))

internal fun colours(isDark: Boolean, isStrong: Boolean): ColorScheme = when {
    isStrong && isDark -> DARK.copy(
        background = Color.Black, surface = Color.Black, surfaceContainer = Color(0xFF101010), surfaceContainerHigh = Color(0xFF1C1C1C),
        onBackground = Color.White, onSurface = Color.White, onSurfaceVariant = Color.White, outline = Color.White, outlineVariant = Color(0xFFB0B0B0),
        primary = Color(0xFF7DF5DE), onPrimary = Color.Black,
    )
    isStrong -> LIGHT.copy(
        background = Color.White, surface = Color.White, surfaceContainer = Color.White, surfaceContainerHigh = Color(0xFFEFEFEF),
        onBackground = Color.Black, onSurface = Color.Black, onSurfaceVariant = Color.Black, outline = Color.Black, outlineVariant = Color(0xFF404040),
        primary = Color(0xFF003D34), tertiary = Color(0xFF6B3800), error = Color(0xFF8C0009),
    )
    isDark -> DARK
    else -> LIGHT
}

private val LIGHT = lightColorScheme(
    primary = Color(0xFF00594C), onPrimary = Color.White, primaryContainer = Color(0xFFC4EDE2), onPrimaryContainer = Color(0xFF00201A),
    secondary = Color(0xFF46615A), onSecondary = Color.White, secondaryContainer = Color(0xFFDCEBE6), onSecondaryContainer = Color(0xFF0B1F1A),
    tertiary = Color(0xFF8A4B00), onTertiary = Color.White, tertiaryContainer = Color(0xFFFFE3BF), onTertiaryContainer = Color(0xFF2C1600),
    error = Color(0xFFB3261E), onError = Color.White, errorContainer = Color(0xFFFCE0DD), onErrorContainer = Color(0xFF410E0B),
    background = Color(0xFFF3F6F4), onBackground = Color(0xFF141A18), surface = Color(0xFFF3F6F4), onSurface = Color(0xFF141A18),
    surfaceVariant = Color(0xFFE2EAE6), onSurfaceVariant = Color(0xFF3C4844), outline = Color(0xFF64726D), outlineVariant = Color(0xFFCBD6D1),
    surfaceContainer = Color.White, surfaceContainerHigh = Color(0xFFE6EEEA), surfaceContainerLow = Color(0xFFFAFCFB),
    surfaceContainerHighest = Color(0xFFDDE6E2), surfaceContainerLowest = Color.White,
)

private val DARK = darkColorScheme(
    primary = Color(0xFF7AD9C5), onPrimary = Color(0xFF00382F), primaryContainer = Color(0xFF0B4F44), onPrimaryContainer = Color(0xFFC4EDE2),
    secondary = Color(0xFFB1CCC3), onSecondary = Color(0xFF1C352E), secondaryContainer = Color(0xFF2A4039), onSecondaryContainer = Color(0xFFDCEBE6),
    tertiary = Color(0xFFFFB866), onTertiary = Color(0xFF4A2800), tertiaryContainer = Color(0xFF5B3700), onTertiaryContainer = Color(0xFFFFE3BF),
    error = Color(0xFFFFB4AB), onError = Color(0xFF601410), errorContainer = Color(0xFF7A2019), onErrorContainer = Color(0xFFFFDAD6),
    background = Color(0xFF0E1513), onBackground = Color(0xFFE2E9E6), surface = Color(0xFF0E1513), onSurface = Color(0xFFE2E9E6),
    surfaceVariant = Color(0xFF26302D), onSurfaceVariant = Color(0xFFC0CBC6), outline = Color(0xFF8B9893), outlineVariant = Color(0xFF3A4541),
    surfaceContainer = Color(0xFF18211E), surfaceContainerHigh = Color(0xFF26312D), surfaceContainerLow = Color(0xFF131B18),
    surfaceContainerHighest = Color(0xFF313C38), surfaceContainerLowest = Color(0xFF0A100E),
)

internal fun signs(isDark: Boolean, isStrong: Boolean): Signs = when {
    isDark -> Signs(
        Color(0xFF6FDC8C), Color(0xFF7FC4FF), Color(0xFFFFB866), Color(0xFFFF9A8F), Color(if (isStrong) 0xFFFFFFFF else 0xFF9AA6A1),
        if (isStrong) BorderStroke(1.dp, Color(0xFFB0B0B0)) else null,
    )
    isStrong -> Signs(
        Color(0xFF00531C), Color(0xFF003E73), Color(0xFF6B3800), Color(0xFF8C0009), Color.Black, BorderStroke(1.dp, Color(0xFF404040)),
    )
    else -> Signs(Color(0xFF11702E), Color(0xFF0B5C9E), Color(0xFF8A4B00), Color(0xFFB3261E), Color(0xFF56635E))
}
