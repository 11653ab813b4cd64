package app.xundian.ui

import app.xundian.core.Clocks
import app.xundian.device.Line
import app.xundian.domain.CountRow
import app.xundian.domain.Entry
import app.xundian.domain.PlaceCount
import app.xundian.domain.StoreId
import app.xundian.fake.Town
import app.xundian.logic.RealCore
import app.xundian.logic.Signals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.time.Duration
import java.time.Instant

/** What tests/tests/figures.rs asks the core in Rust, asked through the Kotlin side: the same numbers, and the same words on the slip. */
class FiguresTest {
    @TempDir
    lateinit var folder: File

    private class Weeks : Clocks {
        var passed = 0L
        override fun wallMs() = MONDAY + passed
        override fun sinceBootMs() = 3_600_000L + passed
        override fun bootId() = "boot"
    }

    private fun RealCore.counted(store: StoreId, more: Int) {
        beginVisit(store)
        countItems().forEachIndexed { n, item ->
            val shelf = PlaceCount.Counted(n * 7 % 13 + more)
            saveLine(Line.Count(CountRow(item.sku, Entry.STEPPED, shelf, PlaceCount.Counted(0), PlaceCount.NotCounted, null)))
        }
    }

    private fun RealCore.figures(clocks: Weeks): String {
        val store = today().stops.first().store
        counted(store, 10)
        checkOut()
        clocks.passed = Duration.ofDays(7).toMillis()
        counted(store, 0)
        val rows = suggestions()
        rows.forEach { row -> row.suggested?.takeIf { it > 0 }?.let { saveLine(Line.Intention(row.sku, it, null)) } }
        val quote = quote()
        val lines = rows.map { row -> "${row.sku},${row.suggested ?: "-"},${quote.lines.find { it.sku == row.sku }?.amount ?: 0}" }
        return (listOf("sku,suggested,amount") + lines + "total,${quote.promise.day},${quote.total}").joinToString("\n", postfix = "\n")
    }

    @Test
    fun `a visit has the same figures as in Rust`() {
        val town = Town.start()
        assumeTrue(town != null)
        checkNotNull(town).use {
            val clocks = Weeks()
            RealCore.open(File(folder, "phone.sqlite").path, clocks, null, Signals()).use { core ->
                core.enrol("http://127.0.0.1:${town.port}", town.ask("code ZY02"))
                core.sync()
                assertEquals(File("../../tests/vectors/figures.csv").readText(), core.figures(clocks))
                core.checkOut()
                val slip = core.orderSlips(core.today().date).single()
                assertEquals(File("../../tests/vectors/slip-words.txt").readText(), slip.text.substringBefore("XD1/"))
            }
        }
    }

    private companion object {
        val MONDAY = Instant.parse("2026-07-27T00:05:00Z").toEpochMilli()
    }
}
