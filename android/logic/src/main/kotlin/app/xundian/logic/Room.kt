package app.xundian.logic

import app.xundian.core.CoreException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.emptyFlow
import java.io.OutputStream

/** What every view model shares: the core and the threads it is called on. */
class Room(
    val core: Core,
    val scope: CoroutineScope,
    /** One call after another, so that two taps on a row arrive in their order. */
    val quick: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(1),
    /** Transfers: they may last minutes, and the screens must not wait for them. */
    val slow: CoroutineDispatcher = Dispatchers.IO,
    val shell: Shell = NoShell,
    val signals: Signals = Signals(),
    /** Wall clock, only to show how long the visit lasts. */
    val wallMs: () -> Long = System::currentTimeMillis,
    val damaged: DamagedFiles = DamagedFiles(null),
) {
    /** Whatever talks to the server goes through it, so that one stop is meant for all. */
    val errands = Errands(core, slow)

    private val broken = MutableSharedFlow<CoreException.Corrupt>(extraBufferCapacity = 1)
    /** Damage that a call met: from then on there is nothing behind the screens. */
    val damage: Flow<CoreException.Corrupt> = broken

    private val refusals = MutableStateFlow(0)
    /** How often the rep was refused something: the same refusal once more is felt and spoken once more. */
    val refused: StateFlow<Int> = refusals

    /** Before it is said. */
    fun refuses() {
        refusals.value++
    }

    /** Whoever says a failure tells of it here, too. */
    fun met(failure: Throwable) {
        if (failure is CoreException.Corrupt) broken.tryEmit(failure)
    }
}

/** Whether the phone knows where it is. No answer is in the way of a visit: the core grades what there is. */
enum class Whereabouts { SEEKING, KNOWN, NO_FIX, DENIED, MOCK }

/** Something that was drawn: its pixels as ARGB, row by row. */
class Picture(val width: Int, val height: Int, val pixels: IntArray)

/** No file or photo came, though the rep wants one; [text] says what to do. */
class PickFailed(val text: Text, cause: Throwable? = null) : Exception(cause)

/** What only the platform can do. */
interface Shell {
    val whereabouts: StateFlow<Whereabouts>
    /** Of the system, for the first start. */
    val language: Language
    /** The system's contrast is a high one; as it is now. */
    val isHighContrast: Boolean get() = false
    /** Of the app, as the office asks for it. */
    val version: String
    /** What the app keeps on this phone; it looks at every file. */
    fun storageBytes(): Long
    /** A photo as JPEG, `null` = the rep turned back; of a file too large to be one its first [FILE_MOST] bytes. Throws [PickFailed]. */
    suspend fun photo(purpose: PhotoPurpose): ByteArray?
    /** Photos whose taking this process did not see to its end. Only a platform that ends apps behind the camera has any. */
    val latePhotos: Flow<LatePhoto> get() = emptyFlow()
    /** The text of the only QR that the camera saw; empty = there was none in the picture or more than one, `null` = the rep turned back. Throws [PickFailed]. */
    suspend fun scan(): String?
    /** What [scan] answers, for an app that the system ended behind the camera; of a rep who turned back nothing is heard. */
    val lateScans: Flow<String> get() = emptyFlow()
    /** The first [FILE_MOST] bytes of a file that the rep picks, `null` = none was picked. Throws [PickFailed]. */
    suspend fun pickFile(): ByteArray?
    /** A file was picked for an app that the system ended behind the picker: what it was for, and its code, are gone. */
    val lateFiles: Flow<Unit> get() = emptyFlow()
    fun shareText(text: String)
    /** An `IOException` = there is no room for it. */
    suspend fun shareFile(name: String, write: (OutputStream) -> Unit)
    /** A file that stays on this phone, in the place of one of its [name]; where an `IOException` says that there is no room, that one stays. */
    suspend fun keepFile(name: String, write: (OutputStream) -> Unit)
    fun hasFile(name: String): Boolean
    /** What [keepFile] has kept, as often as it is asked for. */
    suspend fun shareKept(name: String)
    /** The names of what [shareKept] has offered and somebody took: who turns back at the choice of an app has given nothing away. */
    val taken: Flow<String> get() = emptyFlow()
    /** As a PNG. An `IOException` = there is no room for it. */
    suspend fun sharePicture(name: String, picture: Picture)
    /** False = no app of this phone takes it. */
    fun openMap(address: String): Boolean
    /** Likewise. */
    fun dial(phone: String): Boolean
    /** The system's page of this app, where a permission that was refused is given. */
    fun openSettings()
    /** The value that was kept under [key]; see [Preference]. */
    fun setting(key: String): String?
    fun keepSetting(key: String, value: String)
}

/** A platform that can do nothing; settings last as long as the process. */
open class BareShell : Shell {
    private val kept = mutableMapOf<String, String>()
    override val whereabouts: StateFlow<Whereabouts> = MutableStateFlow(Whereabouts.KNOWN)
    override val language: Language = Language.ZH
    override val version: String = "0"
    override fun storageBytes(): Long = 0
    override suspend fun photo(purpose: PhotoPurpose): ByteArray? = null
    override suspend fun scan(): String? = null
    override suspend fun pickFile(): ByteArray? = null
    override fun shareText(text: String) = Unit
    override suspend fun shareFile(name: String, write: (OutputStream) -> Unit) = Unit
    override suspend fun keepFile(name: String, write: (OutputStream) -> Unit) = Unit
    override fun hasFile(name: String): Boolean = false
    override suspend fun shareKept(name: String) = Unit
    override suspend fun sharePicture(name: String, picture: Picture) = Unit
    override fun openMap(address: String) = true
    override fun dial(phone: String) = true
    override fun openSettings() = Unit
    override fun setting(key: String): String? = kept[key]
    override fun keepSetting(key: String, value: String) {
        kept[key] = value
    }
}

/** For tests that need none. */
object NoShell : BareShell()
