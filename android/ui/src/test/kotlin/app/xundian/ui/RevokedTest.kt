package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import app.xundian.protocol.HeldCode
import app.xundian.protocol.Verdict
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** The office has taken this phone's rights away, and gives the rep another code for it. */
@OptIn(ExperimentalTestApi::class)
class RevokedTest : TownDay() {
    @Test
    fun `the sync says so, and with the new code everything that waited goes once`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        assertEquals("revoked", town.ask("revoke ZY01"))
        sell(1)
        tap("back")
        onNodeWithText("此手机需要重新登记", substring = true).assertIsDisplayed()
        // The visit went, for a person to look at; its photo waits for a phone that has rights.
        assertEquals("1", town.ask("facts"))
        assertEquals(0uL to 1uL, stage.core.outbox().let { it.unsent to it.photos.count })
        openCard(2)
        tap("write-note")
        onNodeWithTag("note-text").performTextInput(FakeData.NOTE)
        listOf("save-edit", "check-in", "back").forEach { tap(it) }
        assertEquals(1uL to "1", stage.core.outbox().unsent to town.ask("facts"))
        tap("enrol-again")
        enrolWith(town.ask("code ZY01"))
        assertEquals(Route.Today, stage.models.go.here)
        onNodeWithTag("enrol-again").assertDoesNotExist()
        assertEquals(0uL to 0uL, stage.core.outbox().let { it.unsent to it.photos.count })
        assertEquals("2", town.ask("facts"))
        listOf("continue", "leave", "check-out", "sync").forEach { tap(it) }
        assertEquals("3" to "1", town.ask("facts") to town.ask("orders"))
        val words = stage.core.outbox().rows.map { it.verdict }
        assertEquals(listOf(HeldCode.REVOKED_DEVICE), words.filterIsInstance<Verdict.Held>().map { it.code })
        assertEquals(2 to 3, words.count { it is Verdict.Applied } to words.size)
    }
}
