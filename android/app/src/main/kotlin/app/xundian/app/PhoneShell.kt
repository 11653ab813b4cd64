package app.xundian.app

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.net.Uri
import androidx.core.content.FileProvider
import app.xundian.logic.Shell
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/** What the platform does for the screens. Camera and files are other apps: an answer may come after this one was killed. */
class PhoneShell(private val context: Context) : Shell {
    private val kept = context.getSharedPreferences("looks", Context.MODE_PRIVATE)
    private var takePhoto: ((Uri) -> Unit)? = null
    private var pick: (() -> Unit)? = null
    private var photo: CompletableDeferred<Boolean>? = null
    private var file: CompletableDeferred<Uri?>? = null

    fun attach(takePhoto: (Uri) -> Unit, pick: () -> Unit) {
        this.takePhoto = takePhoto
        this.pick = pick
    }

    fun detach() {
        takePhoto = null
        pick = null
        photo?.complete(false)
        file?.complete(null)
    }

    fun photoTaken(isTaken: Boolean) = photo?.complete(isTaken)
    fun filePicked(uri: Uri?) = file?.complete(uri)

    override suspend fun photo(): ByteArray? {
        val raw = taken() ?: return null
        return withContext(Dispatchers.Default) { cleanPhoto(raw) }
    }

    /** What the camera wrote, as it wrote it. */
    private suspend fun taken(): ByteArray? {
        val launch = takePhoto ?: return null
        val target = fresh("photos", "photo.jpg")
        val answer = CompletableDeferred<Boolean>().also { photo = it }
        try {
            launch(share(target))
        } catch (none: ActivityNotFoundException) {
            return null
        }
        return if (answer.await()) withContext(Dispatchers.IO) { target.readBytes().also { target.delete() } } else null
    }

    override suspend fun scan(): String? {
        val raw = taken() ?: return null
        return withContext(Dispatchers.Default) { qrIn(raw).orEmpty() }
    }

    override suspend fun pickFile(): ByteArray? {
        val launch = pick ?: return null
        val answer = CompletableDeferred<Uri?>().also { file = it }
        launch()
        val uri = answer.await() ?: return null
        return withContext(Dispatchers.IO) { context.contentResolver.openInputStream(uri)?.use { it.readBytes() } }
    }

    override fun shareText(text: String) = send(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text))

    override fun shareFile(name: String, bytes: ByteArray) {
        val shared = share(fresh("shared", name).apply { writeBytes(bytes) })
        send(Intent(Intent.ACTION_SEND).setType("application/octet-stream").putExtra(Intent.EXTRA_STREAM, shared).addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION))
    }

    override fun openMap(address: String) = start(Intent(Intent.ACTION_VIEW, Uri.parse("geo:0,0?q=" + Uri.encode(address))))
    override fun dial(phone: String) = start(Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", phone, null)))
    override fun setting(key: String): String? = kept.getString(key, null)
    override fun keepSetting(key: String, value: String) = kept.edit().putString(key, value).apply()

    private fun fresh(folder: String, name: String) = File(context.cacheDir, folder).apply { mkdirs() }.resolve(name).apply { delete() }
    private fun share(file: File): Uri = FileProvider.getUriForFile(context, context.packageName + ".files", file)
    private fun send(intent: Intent) = start(Intent.createChooser(intent, null))

    /** A phone without a map or a dialler is no reason to fall. */
    private fun start(intent: Intent) {
        runCatching { context.startActivity(intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)) }
    }
}
