package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.JournalExport
import app.xundian.fake.FakeData
import app.xundian.logic.Format
import app.xundian.logic.Language
import app.xundian.logic.Route
import app.xundian.logic.Words
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** By the thumb: what waits, and what is taken out of the phone. */
@OptIn(ExperimentalTestApi::class)
class OutboxClicksTest {
    @Test
    fun `the recovery code comes into view, wherever in the records somebody looks`() = runComposeUiTest {
        val stage = Stage()
        repeat(RECORDS) { stage.core.noteStore(FakeData.id(2), FakeData.NOTE) }
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("records").performScrollToNode(hasTestTag("record-${FakeData.record(1)}"))
        onNodeWithTag("record-${FakeData.record(RECORDS)}").assertDoesNotExist()
        tap("export")
        onNodeWithTag("recovery").assertIsDisplayed()
    }

    @Test
    fun `each record says when it was sealed`() = runComposeUiTest {
        val stage = Stage()
        repeat(2) { stage.core.noteStore(FakeData.id(2), FakeData.NOTE) }
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        val format = Format(Words(Language.ZH))
        for (place in 1..2) onNodeWithTag("record-${FakeData.record(place)}-at").assertTextEquals(format.moment(FakeData.NOW_MS + (place - 1) * 60_000))
    }

    @Test
    fun `a place among the records outlives a look at an order, also beside a code`() = runComposeUiTest {
        val stage = Stage()
        repeat(RECORDS) { stage.core.noteStore(FakeData.id(2), FakeData.NOTE) }
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        tap("export")
        onNodeWithTag("records").performScrollToNode(hasTestTag("record-${FakeData.record(1)}"))
        stage.models.go.go(Route.Order(FakeData.EARLIER))
        waitForIdle()
        tap("back")
        onNodeWithTag("record-${FakeData.record(1)}").assertIsDisplayed()
    }

    @Test
    fun `a file that was exported can be shared again after leaving, and its code goes with it`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("share-journal").assertDoesNotExist()
        tap("export")
        tap("back")
        stage.models.go.go(Route.Outbox)
        waitForIdle()
        tap("share-journal")
        assertEquals(listOf("xundian-journal-ZY01-1.bin", "xundian-journal-ZY01-1.bin"), stage.shell.sent)
        stage.shell.files.clear()
        tap("back")
        stage.models.go.go(Route.Outbox)
        waitForIdle()
        listOf("share-journal", "recovery").forEach { onNodeWithTag(it).assertDoesNotExist() }
    }

    @Test
    fun `what did not fit into the journal is told with its code`() = runComposeUiTest {
        val stage = Stage()
        stage.core.onExportJournal = { JournalExport(byteArrayOf(1), "7K4M-PQ2R-9XVA", 40u, 12u, 7) }
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("left-out").assertDoesNotExist()
        tap("export")
        onNodeWithTag("left-out").assertTextEquals("另有 12 条较早的已上传，不在文件里。")
    }

    @Test
    fun `while a journal is taken in it cannot be asked for twice, then it is told what it brought`() = runComposeUiTest {
        val (stage, file) = Stage() to CompletableDeferred<ByteArray?>()
        stage.shell.picking = { file.await() }
        stage.models.go.go(Route.Settings)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("recovery-code").performScrollTo().performTextInput("7K4M-PQ2R-9XVA")
        tapBelow("import")
        onNodeWithTag("import").assertTextEquals("正在恢复…").assertIsNotEnabled()
        file.complete(byteArrayOf(1))
        waitForIdle()
        onNodeWithTag("imported").assertTextEquals("恢复了 3 条，1 条本来就有")
        onNodeWithTag("import").assertIsEnabled()
    }

    private companion object {
        const val RECORDS = 30
    }
}
