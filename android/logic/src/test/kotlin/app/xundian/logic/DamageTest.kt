package app.xundian.logic

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.File
import java.util.zip.ZipInputStream

/** A damaged file is told of until the office has it. */
@OptIn(ExperimentalCoroutinesApi::class)
class DamageTest {
    @TempDir
    lateinit var folder: File
    private val files get() = DamagedFiles(File(folder, "phone.sqlite"))

    private fun lies(vararg names: String) = names.forEach { File(folder, it).writeText("of $it") }

    private fun TestScope.looking(): Setting = Setting(this, damaged = files).apply {
        models.damage.look()
        runCurrent()
    }

    private val Setting.damage get() = models.damage.state.value

    @Test
    fun `only what was put aside is found, the oldest first, and goes out with its log`() {
        lies("phone.sqlite", "phone.sqlite-wal", "phone.sqlite.damaged-10", "phone.sqlite.damaged-2", "phone.sqlite.damaged-2-wal")
        lies("phone.sqlite.damaged-2-shm", "phone.sqlite.damaged-x", "phoneXsqlite.damaged-1")
        assertEquals(listOf("phone.sqlite.damaged-2", "phone.sqlite.damaged-10"), files.names())
        val packed = ByteArrayOutputStream().also { files.pack(files.names(), it) }
        val zip = ZipInputStream(packed.toByteArray().inputStream())
        val entries = generateSequence { zip.nextEntry }.associate { it.name to String(zip.readBytes()) }
        val whole = listOf("phone.sqlite.damaged-2", "phone.sqlite.damaged-2-wal", "phone.sqlite.damaged-10")
        assertEquals(whole.associateWith { "of $it" }, entries)
        assertTrue(DamagedFiles(null).names().isEmpty() && DamagedFiles(File(folder, "none/phone.sqlite")).names().isEmpty())
    }

    @Test
    fun `a phone without one has nothing to say`() = runTest {
        lies("phone.sqlite")
        assertNull(looking().damage)
    }

    @Test
    fun `it is put away only after it was sent, and then for good, but the file stays`() = runTest {
        lies("phone.sqlite.damaged-1")
        val setting = looking()
        setting.models.damage.close()
        assertEquals(listOf("phone.sqlite.damaged-1") to false, setting.damage?.let { it.names to it.isSent })
        assertNotNull(setting.models.damage.share())
        assertNull(setting.models.damage.share(), "one at a time")
        runCurrent()
        assertEquals(listOf("xundian-damaged.zip") to true, setting.shell.files to setting.damage?.isSent)
        setting.models.damage.look()
        runCurrent()
        assertEquals(true, setting.damage?.isSent, "a start later it is known to be sent")
        setting.models.damage.close()
        setting.models.damage.look()
        runCurrent()
        assertNull(setting.damage)
        assertTrue(File(folder, "phone.sqlite.damaged-1").exists())
        lies("phone.sqlite.damaged-2")
        setting.models.damage.look()
        runCurrent()
        assertEquals(listOf("phone.sqlite.damaged-2") to false, setting.damage?.let { it.names to it.isSent })
    }

    @Test
    fun `a look while one is shared takes no share away, and what it finds is told`() = runTest {
        lies("phone.sqlite.damaged-1")
        val setting = looking()
        setting.shell.disk = CompletableDeferred()
        setting.models.damage.share()
        runCurrent()
        lies("phone.sqlite.damaged-2")
        setting.models.damage.look()
        runCurrent()
        assertEquals(true to 2, setting.damage?.let { it.isBusy to it.names.size })
        assertNull(setting.models.damage.share(), "one at a time")
        setting.shell.disk?.complete(Unit)
        runCurrent()
        assertEquals(Damage(listOf("phone.sqlite.damaged-1", "phone.sqlite.damaged-2"), isSent = false), setting.damage)
    }

    @Test
    fun `what was put away can be sent as long as it lies there, for the chooser may have been left without a choice`() = runTest {
        lies("phone.sqlite.damaged-1")
        val setting = looking()
        setting.models.damage.share()
        runCurrent()
        setting.models.damage.close()
        lies("phone.sqlite.damaged-2")
        setting.models.reload(Route.Settings)
        runCurrent()
        val both = listOf("phone.sqlite.damaged-1", "phone.sqlite.damaged-2")
        assertEquals(both.drop(1) to both, setting.damage?.names to setting.models.damage.files.value?.names)
        setting.shell.isFull = true
        setting.models.damage.shareAll()
        assertNull(setting.models.damage.share(), "one at a time")
        runCurrent()
        assertEquals(null to Text.ERR_STORAGE_FULL, setting.damage?.problem to setting.models.damage.files.value?.problem?.text)
        setting.shell.isFull = false
        setting.models.damage.shareAll()
        runCurrent()
        assertEquals(2 to Damage(both, isSent = true), setting.shell.files.size to setting.models.damage.files.value)
        assertEquals(true, setting.damage?.isSent)
        both.forEach { File(folder, it).delete() }
        setting.models.damage.look()
        runCurrent()
        assertNull(setting.models.damage.files.value)
    }

    @Test
    fun `one that finds no room to be sent from is not sent, and the next try is taken`() = runTest {
        lies("phone.sqlite.damaged-1")
        val setting = looking()
        setting.shell.isFull = true
        setting.models.damage.share()
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL to false, setting.damage?.let { it.problem?.text to it.isSent })
        setting.models.damage.close()
        setting.shell.isFull = false
        setting.models.damage.share()
        runCurrent()
        assertEquals(null to true, setting.damage?.let { it.problem to it.isSent })
    }
}
