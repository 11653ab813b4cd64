package app.xundian.logic

import app.xundian.core.Changed
import app.xundian.core.Clocks
import app.xundian.core.CoreException
import app.xundian.core.KeyStore
import app.xundian.core.LogLevel
import app.xundian.core.RepPhone
import app.xundian.core.ShellException
import app.xundian.core.Watcher
import app.xundian.device.Progress
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.RandomAccessFile
import java.net.InetAddress
import java.net.ServerSocket
import java.util.concurrent.CopyOnWriteArraySet

/** The library itself behind the adapter: that it loads, answers and says what went wrong. */
class RealCoreTest {
    @TempDir
    lateinit var folder: File

    private object Fixed : Clocks {
        override fun wallMs() = 1_785_117_600_000L
        override fun sinceBootMs() = 1_000L
        override fun bootId() = "boot"
    }

    @BeforeEach
    fun `there is a library`() {
        val path = System.getProperty("jna.library.path").orEmpty()
        val isThere = File(path).listFiles().orEmpty().any { it.name.contains("xundian_ffi") }
        check(isThere || System.getenv("CI") != "true") { "in CI it must run: no library in $path" }
        if (!isThere) System.err.println("NOT RUN: no library in $path, build bindings/xundian-ffi first")
        assumeTrue(isThere)
    }

    private fun open(signals: Signals = Signals()) = RealCore.open(File(folder, "phone.sqlite").path, Fixed, null, signals)

    @Test
    fun `a new phone knows nothing and says so`() = open().use { core ->
        assertNull(core.rep())
        assertFalse(core.isReady())
        val problems = listOf<() -> Any?>(core::today, core::countItems, core::sync).map { ask -> Messages.of(assertThrows(CoreException::class.java) { ask() }).text }
        assertTrue(problems.none { it == Text.ERR_INTERNAL }, "$problems")
    }

    @Test
    fun `an address that nobody answers at is a network problem and is said in the form`() = open().use { core ->
        val models = AppModels(Room(core, CoroutineScope(Dispatchers.Unconfined + Job()), Dispatchers.Unconfined, Dispatchers.Unconfined))
        models.start()
        assertEquals(Route.Enrol, models.go.here)
        models.enrol.server("http://127.0.0.1:9")
        models.enrol.code("ABCD")
        models.enrol.enrol()
        assertEquals(Text.ENROL_NO_ANSWER, models.enrol.state.value.problem?.text)
        assertEquals(true, models.enrol.state.value.problem?.canRetry)
    }

    /** The texts of tests/tests/codes.rs: nobody answers at the server of those that are ours. */
    @Test
    fun `a QR of somebody else is no invitation, and one of ours asks its own server`() = open().use { core ->
        val rows = File("../../tests/vectors/invitations.csv").readLines().drop(1)
        assertTrue(rows.size > 5, "$rows")
        rows.forEach { row ->
            val said = Messages.of(assertThrows(CoreException::class.java) { core.enrolInvited(row.substringBeforeLast(',')) }).text
            assertEquals(if (row.endsWith(",true")) Text.ERR_NETWORK else Text.ERR_NOT_OUR_QR, said, row)
        }
    }

    @Test
    fun `an enrolment that is stopped while a server is silent says so, and the form is free again`() = open().use { core ->
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { door ->
            val models = AppModels(Room(core, CoroutineScope(Dispatchers.Unconfined + Job()), Dispatchers.Unconfined, Dispatchers.IO))
            models.enrol.server("http://127.0.0.1:${door.localPort}")
            models.enrol.code("ABCD2345")
            val asked = models.enrol.enrol()
            runBlocking {
                // Accepted, open and silent: nothing but the cancellation can end the call.
                door.accept().use {
                    models.enrol.cancel()
                    assertNotNull(withTimeoutOrNull(5_000) { asked.join() }, "it waits for the server")
                }
            }
            assertEquals(Text.ERR_CANCELLED, models.enrol.state.value.problem?.text)
            assertTrue(models.enrol.state.value.canTry)
            assertNull(core.rep())
        }
    }

    @Test
    fun `a damaged file is put aside, and told of by whoever opens the app later`() {
        val file = File(folder, "phone.sqlite").apply { writeBytes(ByteArray(8_192) { 7 }) }
        // As the background work opens it, in a process that ends.
        open().use { core -> assertNull(core.rep()) }
        open().use { core ->
            val scope = CoroutineScope(Dispatchers.Unconfined + Job())
            val models = AppModels(Room(core, scope, Dispatchers.Unconfined, Dispatchers.Unconfined, damaged = DamagedFiles(file)))
            models.start()
            assertEquals(listOf("phone.sqlite.damaged-1"), models.damage.state.value?.names)
            assertEquals(Route.Enrol, models.go.here)
        }
    }

    /** As `PRAGMA user_version` keeps it in the file's header. */
    private fun File.setVersion(version: Int) = RandomAccessFile(this, "rw").use {
        it.seek(VERSION_AT)
        it.writeInt(version)
    }

    @Test
    fun `a file of a newer app is refused, and not a byte of it is changed`() {
        open().close()
        val file = File(folder, "phone.sqlite").apply { setVersion(9_999) }
        val before = file.readBytes()
        repeat(2) {
            val refused = assertThrows(CoreException.IncompatibleVersion::class.java) { open() }
            assertEquals("newer_database" to Text.ERR_NEWER_DATABASE, refused.reason to Messages.of(refused).text)
            assertArrayEquals(before, file.readBytes())
            assertEquals(listOf(file.name), folder.list().orEmpty().filter { "damaged" in it || it == file.name }, "nothing is put aside")
        }
    }

    @Test
    fun `what is as long as the app reads at most is no photo for it, and a byte less is one`() = open().use { core ->
        val refused = assertThrows(CoreException::class.java) { core.keepPhoto(ByteArray(FILE_MOST)) }
        assertEquals(Text.ERR_PHOTO_TOO_LARGE, Messages.of(refused).text)
        assertEquals(FILE_MOST - 1, core.keepPhoto(ByteArray(FILE_MOST - 1)).len.toInt())
    }

    @Test
    fun `while it is paused it says so, and goes on after it`() = open().use { core ->
        core.pause()
        assertEquals(Text.ERR_PAUSED, Messages.of(assertThrows(CoreException::class.java) { core.currentVisit() }).text)
        core.resume()
        assertNull(core.currentVisit())
    }

    /** All that a shell brings, and all of it throws. */
    private class Broken(private val thrown: () -> Exception) : Clocks, KeyStore, Watcher {
        val asked = CopyOnWriteArraySet<String>()

        private fun fail(what: String): Nothing {
            asked.add(what)
            throw thrown()
        }

        override fun wallMs(): Long = fail("clocks")
        override fun sinceBootMs(): Long = fail("clocks")
        override fun bootId(): String = fail("clocks")
        override fun wrap(secret: ByteArray): ByteArray = fail("keys")
        override fun unwrap(wrapped: ByteArray): ByteArray = fail("keys")
        override fun changed(what: Changed): Unit = fail("changed")
        override fun progress(progress: Progress): Unit = fail("progress")
        override fun log(level: LogLevel, line: String): Unit = fail("log")
    }

    @Test
    fun `a shell that throws over the border, what was agreed upon or anything else, stops no call`() {
        val thrown = listOf<() -> Exception>({ ShellException.Failed("locked") }, { IllegalStateException("a fault of the app") })
        thrown.forEachIndexed { n, exception ->
            val shell = Broken(exception)
            RepPhone.open(File(folder, "phone-$n.sqlite").path, shell, shell, null, null, shell).use { phone ->
                val ended = assertThrows(CoreException.Network::class.java) { phone.enrol("http://127.0.0.1:9", "ABCD2345") }
                assertEquals("no_answer", ended.reason, "it came as far as the server")
                assertEquals(setOf("clocks", "keys", "log"), shell.asked.toSet())
                assertEquals(3, phone.keepPhoto(byteArrayOf(1, 2, 3)).len.toInt())
            }
        }
    }

    @Test
    fun `a call after close is refused on this side, closing again is nothing, and the file is free`() {
        val core = open()
        core.close()
        listOf<() -> Any?>(core::rep, core::today, core::resume).forEach { ask ->
            assertEquals(Text.ERR_INTERNAL, Messages.of(assertThrows(IllegalStateException::class.java) { ask() }).text)
        }
        core.close()
        open().use { assertNull(it.rep()) }
    }

    @Test
    fun `a call in which the phone is closed comes to its end`() {
        var phone: RepPhone? = null
        val closing = object : Clocks by Fixed {
            override fun wallMs(): Long {
                phone?.close()
                return Fixed.wallMs()
            }
        }
        val opened = RepPhone.open(File(folder, "phone.sqlite").path, closing, null, null, null, null)
        phone = opened
        assertEquals("no_answer", assertThrows(CoreException.Network::class.java) { opened.enrol("http://127.0.0.1:9", "ABCD2345") }.reason)
        assertThrows(IllegalStateException::class.java) { opened.rep() }
    }

    private companion object {
        /** Bytes from the start of a SQLite file, big-endian. */
        const val VERSION_AT = 60L
    }
}
