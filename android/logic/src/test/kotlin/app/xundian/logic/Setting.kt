package app.xundian.logic

import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.TestScope
import java.io.OutputStream

/** A shell that notes what it was asked. */
class NotingShell : BareShell() {
    val shared = mutableListOf<String>()
    val files = mutableListOf<String>()
    var isFull = false
    var picture: ByteArray? = byteArrayOf(1)
    var seen: String? = null
    override val whereabouts = MutableStateFlow(Whereabouts.KNOWN)
    var settingsOpened = 0
    override var isHighContrast = false
    override val version = "1.2.3"
    override fun storageBytes() = 5_000_000L
    /** What the camera fails with. */
    var broken: PickFailed? = null
    override suspend fun photo(purpose: PhotoPurpose): ByteArray? {
        broken?.let { throw it }
        return picture
    }
    val late = Channel<LatePhoto>(Channel.UNLIMITED)
    override val latePhotos = late.receiveAsFlow()
    override suspend fun scan() = seen
    val scans = Channel<String>(Channel.UNLIMITED)
    override val lateScans = scans.receiveAsFlow()
    val picked = Channel<Unit>(Channel.UNLIMITED)
    override val lateFiles = picked.receiveAsFlow()
    var picking: () -> ByteArray? = { byteArrayOf(1, 2) }
    /** The rep takes her time to choose. */
    var choice: CompletableDeferred<Unit>? = null
    var picks = 0
    override suspend fun pickFile(): ByteArray? {
        picks++
        choice?.await()
        return picking()
    }
    override fun openSettings() { settingsOpened++ }
    override fun shareText(text: String) { shared += text }
    /** The disk is slow: what is shared waits for it. */
    var disk: CompletableDeferred<Unit>? = null
    override suspend fun shareFile(name: String, write: (OutputStream) -> Unit) {
        disk?.await()
        send(name)
        write(OutputStream.nullOutputStream())
    }
    val kept = mutableSetOf<String>()
    override suspend fun keepFile(name: String, write: (OutputStream) -> Unit) {
        disk?.await()
        if (isFull) throw java.io.IOException("no space left on device")
        write(OutputStream.nullOutputStream())
        kept += name
    }
    override fun hasFile(name: String) = name in kept
    private val takers = MutableSharedFlow<String>(extraBufferCapacity = 1)
    override val taken = takers
    /** Turns back at the choice of an app. */
    var isShy = false
    override suspend fun shareKept(name: String) {
        files += name
        if (!isShy) takers.emit(name)
    }
    override suspend fun sharePicture(name: String, picture: Picture) = send(name)
    private fun send(name: String) {
        if (isFull) throw java.io.IOException("no space left on device")
        files += name
    }
}

/** The models on a fake core in the test's own time. */
class Setting(test: TestScope, val core: FakeCore = FakeCore(), damaged: DamagedFiles = DamagedFiles(null)) {
    val shell = NotingShell()
    private val clock = StandardTestDispatcher(test.testScheduler)
    val room = Room(
        core, test.backgroundScope, quick = clock, slow = clock, shell = shell,
        wallMs = { FakeData.NOW_MS + test.testScheduler.currentTime }, damaged = damaged,
    )
    val models = AppModels(room)
}
