package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.DeliveredLine
import app.xundian.fake.FakeData
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What came, what was counted and what is given away is told as people hold it: cases, and what is beyond them. */
@OptIn(ExperimentalTestApi::class)
class CardUnitsTest {
    private fun ComposeUiTest.assertOnCard(text: String) {
        onNodeWithTag("card").performScrollToNode(hasText(text))
        onNodeWithText(text).assertExists()
    }

    @Test
    fun `the store card has its units, in both languages`() {
        val said = mapOf(
            Language.ZH to listOf("应送 2箱12个，实到 2箱12个", "应送 2箱，实到 1箱", "应送 7个，实到 未回报", "1箱2个"),
            Language.EN to listOf("promised 2 cs 12 pc, came 2 cs 12 pc", "promised 2 cs, came 1 cs", "promised 7 pc, came not reported", "1 cs 2 pc"),
        )
        for ((language, texts) in said) runComposeUiTest {
            val stage = Stage(look = Look(language))
            val told = stage.core.onStoreCard
            stage.core.onStoreCard = { store ->
                val card = told(store)
                card.copy(lastDelivery = card.lastDelivery + DeliveredLine("22090011", "饮用矿物质水 550ml", 7, null, 24))
            }
            stage.models.go.go(Route.Card(FakeData.id(1)))
            setContent { XundianApp(stage.models) }
            texts.forEach { assertOnCard(it) }
        }
    }

    @Test
    fun `a gift of a whole case is a case on the order, and in its text`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        onNodeWithText("1箱").performScrollTo().assertIsDisplayed()
        tapBelow("share-text")
        assertTrue("赠品 冰红茶 500ml 1箱" in stage.shell.shared.single(), stage.shell.shared.single())
    }
}
