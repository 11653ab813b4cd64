package app.xundian.fake

import java.io.BufferedReader
import java.io.Closeable
import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** A real server with the city in it, on a Monday morning: tests/src/town_server.rs, which says what it can be asked. */
class Town private constructor(private val process: Process) : Closeable {
    private val said: BufferedReader = process.inputStream.bufferedReader()
    val port: Int = said.readLine().substringAfterLast(':').toInt()

    fun ask(what: String): String {
        process.outputStream.apply { write("$what\n".toByteArray()); flush() }
        return said.readLine()
    }

    override fun close() {
        process.outputStream.close()
        process.waitFor()
    }

    companion object {
        /** `null` = there is no server to start; that is said loudly, and the test does not count. */
        fun start(): Town? {
            val program = File(System.getProperty("xundian.town").orEmpty())
            if (!program.canExecute()) {
                notRun("no server at $program, run cargo test --workspace first")
                return null
            }
            return Town(ProcessBuilder(program.path).redirectError(ProcessBuilder.Redirect.INHERIT).start())
        }
    }
}

/** Says loudly that a test does not run; in CI it must. */
fun notRun(why: String) {
    check(System.getenv("CI") != "true") { "in CI it must run: $why" }
    System.err.println("NOT RUN: $why")
}

/** What lies between a phone and its server; [UNHEARD] = the server hears the phone, and the phone not the server. */
enum class Weather { CLEAR, NO_NETWORK, CAPTIVE_PORTAL, SERVER_ERROR, SILENT, UNHEARD }

/** The way from the phone to the town, which can be bad. */
class Road(private val town: Town) : Closeable {
    @Volatile
    var weather = Weather.CLEAR
    /** Phones that wait, or waited, for an answer that does not come. */
    val held = AtomicInteger()
    private val door = ServerSocket(0, 16, InetAddress.getLoopbackAddress())
    val address = "http://127.0.0.1:${door.localPort}"

    init {
        thread(isDaemon = true) {
            while (!door.isClosed) {
                val phone = runCatching { door.accept() }.getOrNull() ?: break
                thread(isDaemon = true) { phone.use(::serve) }
            }
        }
    }

    private fun serve(phone: Socket) {
        when (weather) {
            Weather.CLEAR -> pass(phone)
            Weather.NO_NETWORK -> Unit
            Weather.CAPTIVE_PORTAL -> say(phone, "200 OK", "text/html", "<html>欢迎使用免费无线网</html>")
            Weather.SERVER_ERROR -> say(phone, "502 Bad Gateway", "text/html", "<html>bad gateway</html>")
            Weather.SILENT -> hold(phone)
            Weather.UNHEARD -> swallow(phone)
        }
    }

    /** Until the phone hangs up. */
    private fun hold(phone: Socket) {
        held.incrementAndGet()
        runCatching { while (phone.getInputStream().read() >= 0) Unit }
    }

    private fun pass(phone: Socket) = toTown(phone) { server, up ->
        runCatching { server.getInputStream().copyTo(phone.getOutputStream()) }
        runCatching { phone.close() }
        up.join(1_000)
    }

    /** With the first byte of the answer all of it is done in the town; the phone waits until it hangs up. */
    private fun swallow(phone: Socket) = toTown(phone) { server, up ->
        runCatching { if (server.getInputStream().read() >= 0) held.incrementAndGet() }
        up.join()
    }

    /** What the phone says goes up, in a thread of its own. */
    private fun toTown(phone: Socket, down: (server: Socket, up: Thread) -> Unit) {
        Socket(InetAddress.getLoopbackAddress(), town.port).use { server ->
            val up = thread(isDaemon = true) {
                runCatching { phone.getInputStream().copyTo(server.getOutputStream()) }
                runCatching { server.shutdownOutput() }
            }
            down(server, up)
        }
    }

    private fun say(phone: Socket, status: String, type: String, text: String) {
        phone.soTimeout = 1_000
        runCatching { phone.getInputStream().read(ByteArray(65_536)) }
        val body = text.toByteArray()
        val head = "HTTP/1.1 $status\r\nContent-Type: $type\r\nContent-Length: ${body.size}\r\nConnection: close\r\n\r\n"
        runCatching { phone.getOutputStream().apply { write(head.toByteArray() + body); flush() } }
    }

    override fun close() = door.close()
}
