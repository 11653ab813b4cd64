package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.ImportReport
import app.xundian.device.JournalExport
import app.xundian.fake.FakeCore
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import java.io.FileNotFoundException
import java.io.InputStream
import java.io.OutputStream

/** Files come from other apps and go to them: what fails there is said, and nothing falls. */
@OptIn(ExperimentalCoroutinesApi::class)
class FilesTest {
    private fun TestScope.importing(setting: Setting, picking: () -> ByteArray?): View<SettingsScreen> {
        setting.shell.picking = picking
        setting.models.settings.importJournal("7K4M-PQ2R-9XVA")
        runCurrent()
        return setting.models.settings.state.value
    }

    @Test
    fun `a file that cannot be picked or read has its line, and the next try is taken`() = runTest {
        val setting = Setting(this)
        for (text in listOf(Text.ERR_FILE, Text.ERR_NO_PICKER)) {
            val view = importing(setting) { throw PickFailed(text, FileNotFoundException()) }
            assertEquals(Problem(text) to false, view.problem to view.isBusy)
            assertNull(setting.models.settings.imported.value)
        }
        assertNull(importing(setting) { byteArrayOf(1) }.problem)
        assertEquals(ImportReport(taken = 3u, known = 1u, differing = 0u), setting.models.settings.imported.value)
    }

    @Test
    fun `while a journal is chosen and taken in it is said so, and a second tap is none`() = runTest {
        val setting = Setting(this).apply { shell.choice = CompletableDeferred() }
        val settings = setting.models.settings
        fun imports() = setting.core.calls.count { it == "importJournal" }
        repeat(2) {
            settings.importJournal("7K4M-PQ2R-9XVA")
            runCurrent()
        }
        assertEquals(Triple(1, 0, true), Triple(setting.shell.picks, imports(), settings.isImporting.value))
        setting.shell.choice?.complete(Unit)
        runCurrent()
        assertEquals(1 to false, imports() to settings.isImporting.value)
        settings.importJournal("7K4M-PQ2R-9XVA")
        runCurrent()
        assertEquals(2, imports())
    }

    @Test
    fun `a journal says what is not in it, also when the screen is read again`() = runTest {
        val setting = Setting(this)
        setting.core.onExportJournal = { JournalExport(byteArrayOf(1), "7K4M-PQ2R-9XVA", 40u, 12u, 7) }
        setting.models.outbox.load()
        runCurrent()
        assertEquals(0, setting.models.outbox.state.value.value?.leftOut)
        setting.models.outbox.export()
        runCurrent()
        setting.models.outbox.load()
        runCurrent()
        assertEquals("7K4M-PQ2R-9XVA" to 12, setting.models.outbox.state.value.value?.let { it.recoveryCode to it.leftOut })
    }

    @Test
    fun `who picks nothing changes nothing, and what is no journal is the core's to say`() = runTest {
        val core = FakeCore().apply { onImportJournal = { _, _ -> throw CoreException.InvalidInput("journal", "journal") } }
        val setting = Setting(this, core)
        assertEquals(View<SettingsScreen>(), importing(setting) { null })
        assertEquals(Text.ERR_JOURNAL, importing(setting) { byteArrayOf(1) }.problem?.text)
    }

    @Test
    fun `a journal that finds no room says so and shows no code, the next one goes out with its code`() = runTest {
        val setting = Setting(this).apply { shell.isFull = true }
        val outbox = setting.models.outbox
        outbox.export()
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL to null, outbox.state.value.problem?.text to outbox.state.value.value?.recoveryCode)
        setting.shell.isFull = false
        outbox.export()
        runCurrent()
        assertEquals(listOf("xundian-journal-ZY01-1.bin"), setting.shell.files)
        assertEquals("7K4M-PQ2R-9XVA" to null, outbox.state.value.value?.recoveryCode to outbox.state.value.problem)
    }

    @Test
    fun `the code comes with its file and not before, and a second tap meanwhile is none`() = runTest {
        val setting = Setting(this).apply { shell.disk = CompletableDeferred() }
        val (outbox, core) = setting.models.outbox to setting.core
        var exports = 0
        core.onExportJournal = { JournalExport(byteArrayOf(1), "CODE-${++exports}", 1u, 0u, 7) }
        fun code() = outbox.state.value.value?.recoveryCode
        repeat(2) {
            outbox.export()
            runCurrent()
        }
        assertEquals(1 to null, exports to code())
        setting.shell.disk?.complete(Unit)
        runCurrent()
        assertEquals(listOf("xundian-journal-ZY01-1.bin") to "CODE-1", setting.shell.files to code())
        outbox.export()
        runCurrent()
        assertEquals("CODE-2", code())
    }

    /** The app is ended behind the sheet in which the file is sent. */
    private class EndedBehind : BareShell() {
        val kept = mutableSetOf<String>()
        val sent = mutableListOf<String>()
        override suspend fun keepFile(name: String, write: (OutputStream) -> Unit) { kept += name }
        override fun hasFile(name: String) = name in kept
        override suspend fun shareKept(name: String) { sent += name }
    }

    /** The app is ended while the file is being written. */
    private class EndedBefore : BareShell() {
        override suspend fun keepFile(name: String, write: (OutputStream) -> Unit): Unit = awaitCancellation()
    }

    /** Of an app that is opened anew. */
    private fun TestScope.outbox(core: FakeCore, shell: Shell): OutboxModel {
        val clock = StandardTestDispatcher(testScheduler)
        return AppModels(Room(core, backgroundScope, quick = clock, slow = clock, shell = shell)).outbox
    }

    private fun TestScope.codeIn(outbox: OutboxModel): Pair<String?, Int>? {
        outbox.load()
        runCurrent()
        return outbox.state.value.value?.let { it.recoveryCode to it.leftOut }
    }

    @Test
    fun `the code of a file outlives the app, which may be ended behind the sheet, until another file went out`() = runTest {
        val (setting, behind) = Setting(this) to EndedBehind()
        setting.core.onExportJournal = { JournalExport(byteArrayOf(1), "CODE-1", 40u, 12u, 7) }
        val left = mutableListOf<Long>()
        setting.core.onJournalLeft = { left += it }
        val ended = outbox(setting.core, behind)
        assertEquals(null to 0, codeIn(ended), "nothing was exported")
        ended.export()
        runCurrent()
        val again = outbox(setting.core, behind)
        assertEquals("CODE-1" to 12, codeIn(again))
        again.shareAgain()
        runCurrent()
        assertEquals(listOf("xundian-journal-ZY01-1.bin", "xundian-journal-ZY01-1.bin"), behind.sent, "and its file can go out again")
        assertEquals(emptyList<Long>(), left, "nobody chose whom to send it to")
        setting.models.outbox.export()
        runCurrent()
        assertEquals(listOf(7L), left)
        setting.core.onExportJournal = { JournalExport(byteArrayOf(1), "CODE-2", 40u, 0u, 7) }
        setting.shell.isFull = true
        setting.models.outbox.export()
        runCurrent()
        assertEquals("CODE-1" to 12, codeIn(setting.models.outbox))
        assertEquals("CODE-1" to 12, codeIn(outbox(setting.core, setting.shell)), "the file that found no room has none")
        setting.shell.isFull = false
        setting.models.outbox.export()
        runCurrent()
        assertEquals("CODE-2" to 0, codeIn(outbox(setting.core, setting.shell)))
    }

    @Test
    fun `a journal counts as kept when somebody took it, and not when the rep turned back`() = runTest {
        val setting = Setting(this).apply { shell.isShy = true }
        val (outbox, left) = setting.models.outbox to mutableListOf<Long>()
        setting.core.onJournalLeft = { left += it }
        outbox.export()
        runCurrent()
        assertEquals(1 to emptyList<Long>(), setting.shell.files.size to left)
        setting.shell.isShy = false
        outbox.shareAgain()
        runCurrent()
        assertEquals(1, left.size, "the same file, at the second try")
        outbox.forget()
        outbox.shareAgain()
        runCurrent()
        assertEquals(1, left.size, "of another phone's file nothing counts")
        outbox.export()
        runCurrent()
        assertEquals(2, left.size)
        setting.core.onJournalLeft = { throw CoreException.StorageFull() }
        outbox.shareAgain()
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, outbox.state.value.problem?.text)
    }

    @Test
    fun `no code is shown of a file that was never written, or that is gone, and none goes out`() = runTest {
        val setting = Setting(this)
        val before = EndedBefore()
        outbox(setting.core, before).export()
        runCurrent()
        assertEquals(null to 0, codeIn(outbox(setting.core, before)))
        setting.models.outbox.export()
        runCurrent()
        assertEquals("7K4M-PQ2R-9XVA" to 0, codeIn(setting.models.outbox))
        setting.shell.kept.clear()
        setting.models.outbox.shareAgain()
        runCurrent()
        assertEquals(1 to null, setting.shell.files.size to setting.models.outbox.state.value.value?.recoveryCode)
    }

    @Test
    fun `a file that is being written leaves the one before whole, and its code holds`() = runTest {
        val setting = Setting(this)
        setting.models.outbox.export()
        runCurrent()
        setting.shell.disk = CompletableDeferred()
        setting.core.onExportJournal = { JournalExport(byteArrayOf(1), "CODE-2", 40u, 0u, 7) }
        setting.models.outbox.export()
        runCurrent()
        assertEquals("7K4M-PQ2R-9XVA" to 0, codeIn(outbox(setting.core, setting.shell)))
        setting.shell.disk?.complete(Unit)
        runCurrent()
        assertEquals("CODE-2" to 0, codeIn(outbox(setting.core, setting.shell)))
        assertEquals(listOf("xundian-journal-ZY01-1.bin", "xundian-journal-ZY01-2.bin"), setting.shell.files)
    }

    private fun TestScope.enrolled(setting: Setting, rep: String) {
        setting.core.onEnrol = { _, _ -> setting.core.onRep = { rep } }
        setting.models.enrol.server("xundian.example")
        setting.models.enrol.code("ABCD2345")
        setting.models.enrol.enrol()
        runCurrent()
    }

    @Test
    fun `the code of a file is for the rep who exported it, and for nobody who enrols on the phone after her`() = runTest {
        val setting = Setting(this)
        setting.models.outbox.export()
        runCurrent()
        enrolled(setting, "ZY02")
        assertEquals(null to 0, codeIn(setting.models.outbox))
        assertEquals(null to 0, codeIn(outbox(setting.core, setting.shell)), "nor when the app is opened anew")
        setting.models.outbox.export()
        runCurrent()
        enrolled(setting, "ZY01")
        assertEquals("7K4M-PQ2R-9XVA" to 0, codeIn(setting.models.outbox), "it is hers still")
        assertEquals("7K4M-PQ2R-9XVA" to 0, codeIn(outbox(setting.core, setting.shell)))
    }

    @Test
    fun `of a file without an end so much is read that the core refuses it, and of any other all`() {
        val endless = object : InputStream() {
            override fun read() = 0
            override fun read(into: ByteArray, from: Int, count: Int) = count
        }
        assertEquals(FILE_MOST, endless.readMost().size)
        val file = ByteArray(200_000) { it.toByte() }
        assertArrayEquals(file, file.inputStream().readMost())
    }
}
