package app.xundian.ui

import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.Language
import app.xundian.logic.ReasonKind
import app.xundian.logic.Words
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test

/** What the supervisor is sent in the evening. */
class SummaryTextTest {
    private val reasons = FakeData.reasons(ReasonKind.NO_ORDER)
    private val report = FakeCore().dayReport().run { copy(summary = summary.copy(noOrder = mapOf("stock_enough" to 3u, "of_old" to 1u))) }

    private fun text(language: Language, unsent: Int) = summaryText(report.copy(unsent = unsent.toULong()), reasons, Speech(Words(language)))

    @Test
    fun `the day as a text says why nothing was ordered, and what the server does not have`() {
        val lines = text(Language.ZH, unsent = 4).lines()
        assertEquals(listOf("未下单原因", "- 库存充足 3", "- of_old 1", "4 条未上传"), lines.takeLast(4))
        assertEquals(listOf("No order, by reason", "- enough stock 3", "- of_old 1", "4 not yet on the server"), text(Language.EN, unsent = 4).lines().takeLast(4))
    }

    @Test
    fun `where all is sent nothing is said of it`() {
        assertFalse("未上传" in text(Language.ZH, unsent = 0))
    }
}
