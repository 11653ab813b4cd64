package app.xundian.desk

import java.awt.Color
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO

/** Shelves as a camera might see them, for a desk without pictures; each has other goods. */
fun samples(folder: File): File {
    folder.mkdirs()
    repeat(SHELVES) { number ->
        val file = folder.resolve("shelf-$number.jpg")
        if (!file.exists()) ImageIO.write(shelf(number), "jpg", file)
    }
    return folder
}

private fun shelf(number: Int): BufferedImage {
    val image = BufferedImage(PLACES * PACK, BOARDS * BOARD, BufferedImage.TYPE_INT_RGB)
    val paint = image.createGraphics()
    paint.color = Color(0xEEE8DC)
    paint.fillRect(0, 0, image.width, image.height)
    for (board in 0 until BOARDS) {
        for (place in 0 until PLACES) {
            // Three facings a product, and a gap now and then.
            if ((board * PLACES + place + number) % 11 == 0) continue
            paint.color = Color.getHSBColor((board * 5 + place / 3 + number * 2) % 12 / 12f, 0.6f, 0.85f)
            paint.fillRect(place * PACK + 4, board * BOARD + 40, PACK - 8, BOARD - 60)
        }
        paint.color = Color(0x6B5B4A)
        paint.fillRect(0, (board + 1) * BOARD - 20, image.width, 20)
    }
    paint.dispose()
    return image
}

private const val SHELVES = 3
private const val BOARDS = 4
private const val BOARD = 240
private const val PLACES = 16
private const val PACK = 80
