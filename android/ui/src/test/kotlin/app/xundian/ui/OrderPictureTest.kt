package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Picture
import app.xundian.logic.Shade
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO

/** The card for an owner who is not there: what he gets, and what he gets beside it. */
@OptIn(ExperimentalTestApi::class)
class OrderPictureTest {
    private fun ComposeUiTest.taken(stage: Stage): Picture {
        tap("share")
        waitUntil { stage.shell.pictures.isNotEmpty() }
        return stage.shell.pictures.getValue("order-${stage.core.orders.single().order}.png")
    }

    /** To be looked at, beside those of the screens. */
    private fun keep(picture: Picture, name: String) {
        val image = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_INT_ARGB)
        image.setRGB(0, 0, picture.width, picture.height, picture.pixels, 0, picture.width)
        ImageIO.write(image, "png", File("target/screens/$name.png").apply { parentFile.mkdirs() })
    }

    @Test
    fun `the picture has the QR, and looks the same whatever the screen looks like`() {
        val sizes = mutableSetOf<Pair<Int, Int>>()
        for (look in listOf(Look(shade = Shade.LIGHT), Look(Language.ZH, Shade.DARK, true, 200))) runComposeUiTest {
            val stage = Stage(look = look)
            stage.sold()
            setContent { XundianApp(stage.models) }
            val picture = taken(stage)
            keep(picture, "order-picture-${look.shade}".lowercase())
            val card = stage.core.orderCard(stage.core.orders.single().order)
            assertEquals(card.qr, readQr(picture.pixels, picture.width, picture.height))
            assertEquals(WHITE, picture.pixels[0])
            assertTrue(picture.pixels.count { it == WHITE } > picture.pixels.size / 2, "it is light")
            sizes += picture.width to picture.height
        }
        assertEquals(listOf(PICTURE_WIDTH), sizes.map { it.first }, "one size of text, one width")
    }

    @Test
    fun `the screen stays as it was, and can share again`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        taken(stage)
        stage.shell.pictures.clear()
        onNodeWithTag("code").assertExists()
        onNodeWithTag("qr").assertExists()
        taken(stage)
        assertEquals(emptyList<String>(), stage.shell.shared)
    }

    @Test
    fun `as a text the card goes without the code`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("share-text").performScrollTo()
        tap("share-text")
        val text = stage.shell.shared.single()
        assertTrue("红烧牛肉面" in text, text)
        assertFalse("4071" in text || "4 0 7 1" in text, text)
        assertTrue(stage.shell.pictures.isEmpty())
    }

    private companion object {
        const val WHITE = 0xFFFFFFFF.toInt()
    }
}
