package app.xundian.ui

import androidx.compose.material3.ColorScheme
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.compositeOver
import androidx.compose.ui.graphics.luminance
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Every ink on every ground that it has on some screen, by the ratio of WCAG 2: a new pair goes into these lists. What cannot be tapped is free. */
class ContrastTest {
    private class Pairing(val name: String, val ink: Color, val ground: Color) {
        val ratio: Float
            get() {
                val (dark, light) = listOf(ink, ground).map { it.luminance() }.sorted()
                return (light + 0.05f) / (dark + 0.05f)
            }
    }

    private fun lights(signs: Signs) = mapOf("good" to signs.good, "waiting" to signs.waiting, "warning" to signs.warning, "bad" to signs.bad, "idle" to signs.idle)

    private fun inks(colours: ColorScheme) = mapOf(
        "text" to colours.onSurface, "quiet text" to colours.onSurfaceVariant, "primary" to colours.primary, "tertiary" to colours.tertiary, "error" to colours.error,
    )

    private fun grounds(colours: ColorScheme) = mapOf("screen" to colours.background, "card" to colours.surfaceContainer)

    /** Words on the screen and on cards, and as tags there. */
    private fun words(colours: ColorScheme, signs: Signs) = (inks(colours) + lights(signs)).flatMap { (name, ink) ->
        grounds(colours).flatMap { (place, ground) ->
            val tag = ink.copy(alpha = TAG_FILL).compositeOver(ground)
            listOf(Pairing("$name on a $place", ink, ground), Pairing("$name as a tag on a $place", ink, tag))
        }
    }

    /** Words on what has a colour of its own: buttons, questions, the next step, beads, steppers. */
    private fun boxes(colours: ColorScheme) = with(colours) {
        listOf(
            Pairing("button", onPrimary, primary), Pairing("problem", onErrorContainer, errorContainer),
            Pairing("question", onTertiaryContainer, tertiaryContainer), Pairing("button of a question", primary, tertiaryContainer),
            Pairing("quiet button of a question", onSurfaceVariant, tertiaryContainer),
            Pairing("next step", onPrimaryContainer, primaryContainer), Pairing("button of the next step", primary, primaryContainer),
            Pairing("begun", onSecondaryContainer, secondaryContainer), Pairing("open", onSurface, surfaceContainerHighest), Pairing("left out", surface, outline),
            Pairing("number", onSurface, surfaceContainerHigh), Pairing("its unit", onSurfaceVariant, surfaceContainerHigh),
        )
    }

    private fun discs(colours: ColorScheme, signs: Signs) =
        (lights(signs) + ("here" to colours.primary)).map { (name, disc) -> Pairing("a number on $name", inkOn(disc), disc) }

    /** Dots, marks of the plan, frames and what fills. */
    private fun shapes(colours: ColorScheme, signs: Signs) = grounds(colours).flatMap { (place, ground) ->
        val drawn = lights(signs) + mapOf("frame" to colours.outline, "here" to colours.primary, "position" to colours.tertiary)
        drawn.map { (name, ink) -> Pairing("$name on a $place", ink, ground) }
    } + Pairing("filling", colours.primary, colours.surfaceContainerHighest)

    private fun assertAtLeast(least: Float, where: String, pairs: List<Pairing>) =
        assertEquals("", pairs.filter { it.ratio < least }.joinToString("\n") { "$where, ${it.name}: ${it.ratio}" })

    @Test
    fun `every text stands out from its ground, with high contrast more`() {
        for (isDark in listOf(false, true)) for (isStrong in listOf(false, true)) {
            val (colours, signs) = colours(isDark, isStrong) to signs(isDark, isStrong)
            val least = if (isStrong) STRONG else TEXT
            assertAtLeast(least, "dark $isDark, strong $isStrong", words(colours, signs) + boxes(colours) + discs(colours, signs))
        }
    }

    @Test
    fun `every light and every frame stands out from its ground`() {
        for (isDark in listOf(false, true)) for (isStrong in listOf(false, true)) {
            assertAtLeast(SHAPE, "dark $isDark, strong $isStrong", shapes(colours(isDark, isStrong), signs(isDark, isStrong)))
        }
    }

    @Test
    fun `the ratio is that of WCAG`() {
        assertEquals(21f, Pairing("", Color.Black, Color.White).ratio, 0.01f)
        assertEquals(4.54f, Pairing("", Color(0xFF767676), Color.White).ratio, 0.01f)
    }

    private companion object {
        /** 1.4.3 and 1.4.6, text of usual size; 1.4.11. */
        const val TEXT = 4.5f
        const val STRONG = 7f
        const val SHAPE = 3f
    }
}
