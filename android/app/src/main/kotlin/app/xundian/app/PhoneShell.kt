package app.xundian.app

import android.app.PendingIntent
import android.app.UiModeManager
import android.content.ActivityNotFoundException
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.IntentSender
import android.net.Uri
import android.os.Build
import android.os.Bundle
import android.provider.Settings
import androidx.core.content.ContextCompat
import androidx.core.content.FileProvider
import app.xundian.logic.Language
import app.xundian.logic.LatePhoto
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.PickFailed
import app.xundian.logic.Picture
import app.xundian.logic.Shell
import app.xundian.logic.Text
import app.xundian.logic.Whereabouts
import app.xundian.logic.readMost
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.withContext
import java.io.File
import java.io.FileNotFoundException
import java.io.FileOutputStream
import java.io.IOException
import java.io.OutputStream
import java.util.UUID

/** What the platform does for the screens. Camera and files are other apps: an answer may come after this one was killed. */
class PhoneShell(private val context: Context, override val whereabouts: StateFlow<Whereabouts>) : Shell {
    private val kept = context.getSharedPreferences("looks", Context.MODE_PRIVATE)
    /** The newest one: one that is closed behind it must not take its camera away. */
    private var window: Any? = null
    private var takePhoto: ((Uri) -> Unit)? = null
    private var pick: (() -> Unit)? = null
    private var photo: CompletableDeferred<Boolean>? = null
    private var file: CompletableDeferred<Uri?>? = null
    /** What the open camera is for, also when another process of this app opened it. */
    private var wanted: PhotoPurpose? = null
    /** It is to see the office's QR; then nothing is [wanted]. */
    private var isScanning = false
    private val orphans = Channel<Pair<PhotoPurpose, Boolean>>(Channel.UNLIMITED)
    private val scans = Channel<Unit>(Channel.UNLIMITED)
    private val files = Channel<Unit>(Channel.UNLIMITED)
    private val takers = MutableSharedFlow<String>(extraBufferCapacity = MOST_TAKERS)
    override val taken: Flow<String> = takers

    /** The system says that an app was chosen for a file. Nobody else may. */
    private val chosen by lazy {
        val receiver = object : BroadcastReceiver() {
            override fun onReceive(context: Context, intent: Intent) {
                intent.getStringExtra(FILE)?.let(takers::tryEmit)
            }
        }
        val action = context.packageName + ".CHOSEN"
        ContextCompat.registerReceiver(context, receiver, IntentFilter(action), ContextCompat.RECEIVER_NOT_EXPORTED)
        Intent(action).setPackage(context.packageName)
    }

    override val latePhotos: Flow<LatePhoto> = orphans.receiveAsFlow().map { (purpose, isTaken) ->
        try {
            LatePhoto(purpose, if (isTaken) clean() else null)
        } catch (failure: PickFailed) {
            LatePhoto(purpose, null, failure)
        }
    }

    override val lateScans: Flow<String> = scans.receiveAsFlow().map { seen() }
    override val lateFiles: Flow<Unit> = files.receiveAsFlow()

    override val language get() = Language.ofSystem(context.resources.configuration.locales[0].language)
    /** Since Android 14 it is chosen in the settings: 0 as usual, 0.5 medium, 1 high. */
    override val isHighContrast
        get() = Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE && context.getSystemService(UiModeManager::class.java).contrast >= HIGH_CONTRAST
    override val version get() = context.packageManager.getPackageInfo(context.packageName, 0).versionName.orEmpty()
    override fun storageBytes(): Long = listOf(context.filesDir, context.cacheDir).flatMap { it.walk() }.filter { it.isFile }.sumOf { it.length() }

    fun attach(window: Any, takePhoto: (Uri) -> Unit, pick: () -> Unit) {
        this.window = window
        this.takePhoto = takePhoto
        this.pick = pick
    }

    fun isNewest(window: Any): Boolean = this.window === window

    /** Of an older window that goes late nothing is taken away. */
    fun detach(window: Any) {
        if (isNewest(window)) forgetWindows()
    }

    fun forgetWindows() {
        window = null
        takePhoto = null
        pick = null
        wants(null, isScanning = false)
        photo?.complete(false)
        file?.complete(null)
    }

    /** Before the system takes the window away, and perhaps the app behind it. */
    fun keep(state: Bundle) {
        wanted?.let { state.putStringArrayList(WANTED, ArrayList(it.words())) }
        if (isScanning) state.putBoolean(SCANNING, true)
    }

    /** A window comes back. Where somebody waits for the camera, the app lived on and nothing is to be taken up. */
    fun takeUp(state: Bundle) {
        if (photo?.isActive == true) return
        wants(state.getStringArrayList(WANTED)?.let { PhotoPurpose.of(it) }, state.getBoolean(SCANNING))
    }

    private fun wants(photo: PhotoPurpose?, isScanning: Boolean) {
        wanted = photo
        this.isScanning = isScanning
    }

    fun photoTaken(isTaken: Boolean) {
        if (photo?.complete(isTaken) != true) {
            wanted?.let { orphans.trySend(it to isTaken) }
            if (isScanning && isTaken) scans.trySend(Unit)
        }
        wants(null, isScanning = false)
    }

    fun filePicked(uri: Uri?) {
        if (file?.complete(uri) != true && uri != null) files.trySend(Unit)
    }

    override suspend fun photo(purpose: PhotoPurpose): ByteArray? = if (isTaken(purpose)) clean() else null

    private suspend fun clean(): ByteArray = written(::cleanPhoto) ?: throw PickFailed(Text.ERR_PHOTO)

    /** Whether the camera says that it wrote a photo. While one is open a second tap is none: it would take the first one's file away. */
    private suspend fun isTaken(purpose: PhotoPurpose?): Boolean {
        val launch = takePhoto?.takeUnless { photo?.isActive == true } ?: return false
        val target = target().apply { delete() }
        val answer = CompletableDeferred<Boolean>().also { photo = it }
        wants(purpose, isScanning = purpose == null)
        try {
            launch(share(target))
            return answer.await()
        } catch (none: ActivityNotFoundException) {
            throw cameraless(none)
        } catch (forbidden: SecurityException) {
            throw cameraless(forbidden)
        } finally {
            answer.cancel()
        }
    }

    private fun cameraless(why: Exception): PickFailed {
        wants(null, isScanning = false)
        return PickFailed(Text.ERR_NO_CAMERA, why)
    }

    /** What [reader] makes of the camera's file, once; a camera that says yes and wrote nothing, or nothing that can be read, gives nothing. */
    private suspend fun <R : Any> written(reader: (File) -> R?): R? = withContext(Dispatchers.IO) {
        val target = target()
        try {
            reader(target)
        } catch (unreadable: IOException) {
            null
        } finally {
            target.delete()
        }
    }

    override suspend fun scan(): String? = if (isTaken(purpose = null)) seen() else null

    private suspend fun seen(): String = written(::qrIn).orEmpty()

    override suspend fun pickFile(): ByteArray? {
        val uri = picked() ?: return null
        return withContext(Dispatchers.IO) { read(uri) }
    }

    /** As with the camera, a second tap is none. */
    private suspend fun picked(): Uri? {
        val launch = pick?.takeUnless { file?.isActive == true } ?: return null
        val answer = CompletableDeferred<Uri?>().also { file = it }
        try {
            launch()
            return answer.await()
        } catch (none: ActivityNotFoundException) {
            throw PickFailed(Text.ERR_NO_PICKER, none)
        } finally {
            answer.cancel()
        }
    }

    /** Another app gives the file and may fail in any way; the file may be a film. */
    private fun read(uri: Uri): ByteArray = try {
        val given = context.contentResolver.openInputStream(uri) ?: throw FileNotFoundException()
        given.use { it.readMost() }
    } catch (failure: Exception) {
        throw PickFailed(Text.ERR_FILE, failure)
    }

    override fun shareText(text: String) {
        send(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text))
    }

    override suspend fun shareFile(name: String, write: (OutputStream) -> Unit) = sendFile("application/octet-stream", name, write)

    override suspend fun keepFile(name: String, write: (OutputStream) -> Unit): Unit = withContext(Dispatchers.IO) {
        val part = kept("$name.part").apply { writeWhole(write) }
        // The name must not be on the disk before what it names.
        FileOutputStream(part, true).use { it.fd.sync() }
        if (!part.renameTo(kept(name))) throw IOException("no file may lie there")
    }

    override fun hasFile(name: String): Boolean = kept(name).exists()

    override suspend fun shareKept(name: String) = sendFile("application/octet-stream", whoTakes(name)) { kept(name) }

    private fun whoTakes(name: String): IntentSender {
        val flags = PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE
        return PendingIntent.getBroadcast(context, 0, Intent(chosen).putExtra(FILE, name), flags).intentSender
    }

    override suspend fun sharePicture(name: String, picture: Picture) = sendFile("image/png", name) { it.write(pngOf(picture)) }

    /** Each has a folder of its own: the app that got the last one may still read it. */
    private suspend fun sendFile(type: String, name: String, write: (OutputStream) -> Unit) =
        sendFile(type) { cached("$SHARED/${UUID.randomUUID()}", name).apply { writeWhole(write) } }

    /** The screen does not wait for the disk. */
    private suspend fun sendFile(type: String, taker: IntentSender? = null, file: () -> File) {
        val shared = withContext(Dispatchers.IO) { share(file()) }
        send(Intent(Intent.ACTION_SEND).setType(type).putExtra(Intent.EXTRA_STREAM, shared).addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION), taker)
    }

    /** Codes of owners and journals do not lie here for good: what was shared a day ago was read by now. */
    fun forgetShared() {
        val yesterday = System.currentTimeMillis() - DAY_MS
        File(context.cacheDir, SHARED).listFiles().orEmpty().filter { it.lastModified() < yesterday }.forEach { it.deleteRecursively() }
    }

    /** Half of a file is of no use, and takes the room that a full phone needs. */
    private fun File.writeWhole(write: (OutputStream) -> Unit) = try {
        outputStream().use(write)
    } catch (full: IOException) {
        delete()
        throw full
    }

    override fun openMap(address: String) = start(Intent(Intent.ACTION_VIEW, Uri.parse("geo:0,0?q=" + Uri.encode(address))))
    override fun dial(phone: String) = start(Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", phone, null)))
    override fun openSettings() {
        start(Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, Uri.fromParts("package", context.packageName, null)))
    }
    override fun setting(key: String): String? = kept.getString(key, null)
    override fun keepSetting(key: String, value: String) = kept.edit().putString(key, value).apply()

    private fun cached(folder: String, name: String) = File(context.cacheDir, folder).apply { mkdirs() }.resolve(name)
    private fun kept(name: String) = File(context.filesDir, KEPT).apply { mkdirs() }.resolve(name)
    private fun target() = cached("photos", "photo.jpg")
    private fun share(file: File): Uri = FileProvider.getUriForFile(context, context.packageName + ".files", file)
    private fun send(intent: Intent, taker: IntentSender? = null) = start(Intent.createChooser(intent, null, taker))

    /** A phone without a map or a dialler is no reason to fall. */
    private fun start(intent: Intent): Boolean = runCatching { context.startActivity(intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)) }.isSuccess

    private companion object {
        const val HIGH_CONTRAST = 0.5f
        const val WANTED = "photo"
        const val SCANNING = "scan"
        const val SHARED = "shared"
        const val KEPT = "journals"
        const val FILE = "file"
        const val MOST_TAKERS = 8
        const val DAY_MS = 86_400_000L
    }
}
