package app.xundian.logic

import java.io.ByteArrayOutputStream
import java.io.InputStream

/**
 * One more byte than the core takes of a journal (xundian_protocol::journal) or of a photo (xundian_protocol::limits): of so long a file it says what
 * is wrong with it. No more is read of any file that another app gives.
 */
const val FILE_MOST = (8 shl 20) + 1

/** The first [FILE_MOST] bytes; `readNBytes` came with Android 13. */
fun InputStream.readMost(): ByteArray {
    val (taken, part) = ByteArrayOutputStream() to ByteArray(PART_BYTES)
    while (taken.size() < FILE_MOST) {
        val count = read(part, 0, minOf(part.size, FILE_MOST - taken.size()))
        if (count < 0) break
        taken.write(part, 0, count)
    }
    return taken.toByteArray()
}

private const val PART_BYTES = 64 shl 10
