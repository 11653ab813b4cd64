package app.xundian.app

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.util.zip.CRC32
import java.util.zip.DeflaterOutputStream

/** A PNG of a few bytes that claims to be so many pixels wide and high; it has one row of them. */
internal fun pngThatClaims(side: Int): ByteArray {
    val head = ByteBuffer.allocate(13).putInt(side).putInt(side).put(byteArrayOf(8, 0, 0, 0, 0)).array()
    val row = ByteArrayOutputStream().also { packed -> DeflaterOutputStream(packed).use { it.write(ByteArray(side + 1)) } }.toByteArray()
    return SIGNATURE.toByteArray(Charsets.ISO_8859_1) + chunk("IHDR", head) + chunk("IDAT", row) + chunk("IEND", ByteArray(0))
}

private const val SIGNATURE = "\u0089PNG\r\n\u001a\n"

private fun chunk(name: String, content: ByteArray): ByteArray {
    val named = name.toByteArray() + content
    val sum = CRC32().apply { update(named) }.value.toInt()
    return ByteBuffer.allocate(named.size + 8).putInt(content.size).put(named).putInt(sum).array()
}
