package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.domain.Step
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** Characters that are two of a String's each, to the real core and back: they are counted as people count them, and come back as they were typed. */
@OptIn(ExperimentalTestApi::class)
class CharactersTest : TownDay() {
    /** What is one character too long is refused and said, and what is as long as it may be is saved. */
    private fun ComposeUiTest.typeBoth(field: String, most: String, save: String, refusal: String) {
        for (text in listOf(most + "店", most)) {
            onNodeWithTag(field).performTextReplacement(text)
            waitForIdle()
            reach(save)
            // Above the page, and below the field that is meant where a form has several.
            if (text != most) onAllNodesWithText(refusal).onFirst().assertExists()
        }
        onNodeWithText(refusal).assertDoesNotExist()
    }

    @Test
    fun `a new store's name`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        go(Route.NewStore)
        onNodeWithTag("store-street").performScrollTo().performTextInput(stage.core.streets().first().code)
        onNodeWithTag("store-address").performScrollTo().performTextInput("贵州路1号")
        typeBoth("store-name", SIXTY, "save-store", "太长了，最多60个字")
        val store = (stage.models.go.here as Route.Card).store
        reopen()
        assertEquals(SIXTY, stage.core.storeCard(store).shop.name)
        assertEquals(SIXTY, stage.core.searchStores(SIXTY).single().name)
        assertEquals("1", town.ask("facts"))
    }

    @Test
    fun `a store's note`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        openCard(1)
        val store = (stage.models.go.here as Route.Card).store
        tap("write-note")
        typeBoth("note-text", NOTE, "save-edit", "太长了，最多200个字")
        reopen()
        assertEquals(NOTE, stage.core.storeCard(store).note?.text)
        assertEquals("1", town.ask("facts"))
    }

    @Test
    fun `a receiver's name`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        openCard(1)
        tap("check-in")
        go(Route.At(Step.ORDER_CONFIRMATION))
        tapRow("order", "receiver")
        typeBoth("receiver-name", SIXTY, "receiver-save", "太长了，最多60个字")
        reopen()
        assertEquals(SIXTY, stage.core.quote().receiver.name)
    }

    private companion object {
        val SIXTY = "𠮷🍜".repeat(30)
        val NOTE = "𠮷🍜".repeat(100)
    }
}
