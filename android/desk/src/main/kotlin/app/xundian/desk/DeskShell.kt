package app.xundian.desk

import app.xundian.core.Clocks
import app.xundian.core.Position
import app.xundian.logic.Language
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.PickFailed
import app.xundian.logic.Picture
import app.xundian.logic.Shell
import app.xundian.logic.Text
import app.xundian.logic.Whereabouts
import app.xundian.logic.readMost
import app.xundian.domain.Fix
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.withContext
import java.awt.FileDialog
import java.awt.Frame
import java.awt.Toolkit
import java.awt.datatransfer.StringSelection
import java.awt.image.BufferedImage
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.util.Properties
import java.util.UUID
import javax.imageio.ImageIO

/** The machine's clocks, or its time from [start] on; where the system names no boot, each start counts as one. */
class DeskClocks(start: Long?) : Clocks {
    private val ahead = start?.let { it - System.currentTimeMillis() } ?: 0L
    private val boot = runCatching { File("/proc/sys/kernel/random/boot_id").readText().trim() }.getOrElse { UUID.randomUUID().toString() }
    override fun wallMs() = System.currentTimeMillis() + ahead
    override fun sinceBootMs() = System.nanoTime() / 1_000_000
    override fun bootId() = boot
}

/** Always at one place. */
class DeskPosition(private val place: List<Double>) : Position {
    override fun now() = Fix(place[0], place[1], 10f, true)
}

/** Pictures come from a folder, one after another; what is shared goes to the clipboard and the console. */
class DeskShell(private val kept: File, private val photos: File?, override val whereabouts: StateFlow<Whereabouts>) : Shell {
    private var next = 0
    /** Who reads the console has it. */
    private val takers = MutableSharedFlow<String>(extraBufferCapacity = 1)
    override val taken: Flow<String> = takers
    override val language = Language.ofSystem(System.getenv("LANG").orEmpty().take(2))
    override val version: String = DeskShell::class.java.`package`?.implementationVersion.orEmpty()
    private val settings = Properties().apply { if (kept.exists()) kept.inputStream().use(::load) }

    override suspend fun photo(purpose: PhotoPurpose): ByteArray? = withContext(Dispatchers.IO) {
        val pictures = photos?.listFiles { file -> file.extension.lowercase() in setOf("jpg", "jpeg") }?.sorted().orEmpty()
        if (pictures.isEmpty()) throw PickFailed(Text.ERR_NO_CAMERA)
        pictures[next++ % pictures.size].inputStream().use { it.readMost() }
    }

    /** A picture file in the place of the camera. */
    override suspend fun scan(): String? {
        val picked = pickFile() ?: return null
        return withContext(Dispatchers.Default) { qrIn(picked).orEmpty() }
    }

    override suspend fun pickFile(): ByteArray? {
        val dialog = FileDialog(null as Frame?).apply { isVisible = true }
        return try {
            dialog.file?.let { name -> File(dialog.directory, name).inputStream().use { it.readMost() } }
        } catch (unreadable: IOException) {
            throw PickFailed(Text.ERR_FILE, unreadable)
        }
    }

    override fun shareText(text: String) {
        println(text)
        runCatching { Toolkit.getDefaultToolkit().systemClipboard.setContents(StringSelection(text), null) }
    }

    override suspend fun shareFile(name: String, write: (OutputStream) -> Unit) {
        val file = kept.resolveSibling(name)
        withContext(Dispatchers.IO) { file.outputStream().use(write) }
        println(file)
    }

    override suspend fun keepFile(name: String, write: (OutputStream) -> Unit): Unit = withContext(Dispatchers.IO) { kept.resolveSibling(name).outputStream().use(write) }
    override fun hasFile(name: String): Boolean = kept.resolveSibling(name).exists()
    override suspend fun shareKept(name: String) {
        println(kept.resolveSibling(name))
        takers.emit(name)
    }

    /** The folder is the caller's: what lies deeper is none of ours. */
    override fun storageBytes(): Long = kept.absoluteFile.parentFile.listFiles().orEmpty().filter { it.isFile }.sumOf { it.length() }

    override suspend fun sharePicture(name: String, picture: Picture) {
        val image = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_INT_ARGB)
        image.setRGB(0, 0, picture.width, picture.height, picture.pixels, 0, picture.width)
        val file = kept.resolveSibling(name)
        withContext(Dispatchers.IO) { ImageIO.write(image, "png", file) }
        println(file)
    }

    override fun openMap(address: String) = true.also { println(address) }
    override fun dial(phone: String) = true.also { println(phone) }
    override fun openSettings() = println("--position lat,lon")
    override fun setting(key: String): String? = settings.getProperty(key)

    override fun keepSetting(key: String, value: String) {
        settings.setProperty(key, value)
        kept.outputStream().use { settings.store(it, null) }
    }
}
