package app.xundian.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertContentDescriptionEquals
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.unit.IntSize
import app.xundian.device.Line
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import javax.imageio.ImageIO

/** By the thumb: what colleagues saw around, and the picture of the standard. */
@OptIn(ExperimentalTestApi::class)
class NearbyClicksTest {
    private fun ComposeUiTest.show(stage: Stage, step: Step, onBack: (() -> Unit) -> Unit = {}) {
        stage.checkIn()
        stage.at(step)
        setContent { CompositionLocalProvider(LocalWayBack provides { back -> onBack(back) }) { XundianApp(stage.models) } }
    }

    private fun ComposeUiTest.openPicture() {
        onNodeWithTag("standard").performScrollToNode(hasTestTag("picture"))
        tap("picture")
    }

    @Test
    fun `one tap says that it is here too, a second one takes it back`() = runComposeUiTest {
        val stage = Stage()
        show(stage, Step.COMPETITOR)
        onNodeWithText("附近看到的").assertIsDisplayed()
        onNodeWithTag("seen-0").assertIsOff().assertTextContains("竞品乙 老坛面 五连包\n促销 · 买十送一\n自7月20日 周一起 12 家店见过 · 至 8月31日 周一")
        tap("seen-0")
        onNodeWithTag("seen-0").assertIsOn()
        val fact = stage.core.lines.filterIsInstance<Line.Competitor>().single().v1
        assertEquals(FakeData.seen[0].from to FakeData.seen[0].to, fact.from to fact.to)
        tap("seen-0")
        onNodeWithTag("seen-0").assertIsOff()
        assertTrue(stage.core.lines.none { it is Line.Competitor })
    }

    @Test
    fun `what the office asks about follows, without what was seen`() = runComposeUiTest {
        val stage = Stage()
        show(stage, Step.COMPETITOR)
        onNodeWithTag("facts").performScrollToNode(hasTestTag("fact-1"))
        tap("fact-1")
        assertEquals(FakeData.competitorItems[1].example, stage.core.lines.filterIsInstance<Line.Competitor>().single().v1.value)
        onNodeWithTag("fact-2").assertDoesNotExist()
    }

    @Test
    fun `the picture of the standard opens by a tap, and a tap closes it`() = runComposeUiTest {
        val stage = Stage()
        show(stage, Step.DISPLAY)
        onNodeWithTag("picture-whole").assertDoesNotExist()
        openPicture()
        onNodeWithTag("picture-whole").assertIsDisplayed().assertContentDescriptionEquals("陈列标准图")
        tap("picture-whole")
        onNodeWithTag("picture-whole").assertDoesNotExist()
        onNodeWithTag("picture").assertContentDescriptionEquals("陈列标准图")
    }

    @Test
    fun `the way back closes the picture and stays in the step`() = runComposeUiTest {
        val stage = Stage()
        var back: (() -> Unit)? = null
        show(stage, Step.DISPLAY) { back = it }
        openPicture()
        checkNotNull(back)()
        waitForIdle()
        onNodeWithTag("picture-whole").assertDoesNotExist()
        onNodeWithTag("standard").assertIsDisplayed()
    }

    @Test
    fun `without a picture, and with one that is none, the checklist stands alone`() {
        for (bytes in listOf(null, byteArrayOf(), "no picture".toByteArray())) runComposeUiTest {
            val stage = Stage()
            stage.core.onStandardPicture = { bytes }
            show(stage, Step.DISPLAY)
            onNodeWithTag("standard").performScrollToNode(hasTestTag("check-1"))
            onNodeWithTag("picture").assertDoesNotExist()
        }
    }

    @Test
    fun `a picture is read as it is, and what is none gives none`() {
        val picture = checkNotNull(pictureOf(FakeData.picture))
        assertEquals(640 to 360, picture.width to picture.height)
        assertNull(pictureOf("no picture".toByteArray()))
    }

    @Test
    fun `a picture of more pixels than can be drawn counts as none`() {
        fun png(width: Int, height: Int): ByteArray {
            val bare = BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY)
            return ByteArrayOutputStream().also { ImageIO.write(bare, "png", it) }.toByteArray()
        }
        assertEquals(4_096, pictureOf(png(4_096, 1))?.width)
        assertEquals(4_096, pictureOf(png(1, 4_096))?.height)
        assertNull(pictureOf(png(4_097, 1)))
        assertNull(pictureOf(png(1, 4_097)))
    }

    @Test
    fun `two fingers come nearer, and the picture stays in its room`() {
        val (nearness, room) = Nearness() to IntSize(400, 800)
        nearness.change(1f, Offset(50f, 50f), room)
        assertEquals(1f to Offset.Zero, nearness.scale to nearness.offset)
        nearness.change(2f, Offset(50f, 900f), room)
        assertEquals(2f to Offset(50f, 400f), nearness.scale to nearness.offset)
        nearness.change(10f, Offset.Zero, room)
        assertEquals(4f, nearness.scale)
        nearness.change(0.1f, Offset.Zero, room)
        assertEquals(1f to Offset.Zero, nearness.scale to nearness.offset)
    }
}
