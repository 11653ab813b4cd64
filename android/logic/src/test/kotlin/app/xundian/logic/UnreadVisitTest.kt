package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.domain.FailedReason
import app.xundian.device.StopState
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** An open visit whose lines cannot be read stands in nobody's way, and can be ended. */
@OptIn(ExperimentalCoroutinesApi::class)
class UnreadVisitTest {
    private fun TestScope.unread(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(2))
        core.onCurrentVisit = { throw CoreException.Internal("fault") }
    }

    private fun TestScope.at(setting: Setting, route: Route): Setting = setting.apply {
        models.go.go(route)
        models.reload(route)
        runCurrent()
    }

    @Test
    fun `the app opens on the route, which leads to the visit`() = runTest {
        val setting = unread()
        setting.models.start()
        runCurrent()
        assertEquals(Route.Today, setting.models.go.here)
        at(setting, Route.Today)
        assertEquals(FakeData.stores[1].name, setting.models.today.state.value.value?.openVisit)
    }

    @Test
    fun `one that no stop shows is led to without its name`() = runTest {
        val setting = unread().apply { core.offRoute += FakeData.id(2) }
        at(setting, Route.Today)
        assertEquals("", setting.models.today.state.value.value?.openVisit)
    }

    @Test
    fun `the card is read, and a check-in leads to the visit instead of sealing it`() = runTest {
        val setting = at(unread(), Route.Card(FakeData.id(1)))
        val card = setting.models.card
        assertNotNull(card.state.value.value)
        card.checkIn()
        runCurrent()
        assertEquals(InTheWay.Unread to null, card.inTheWay.value to card.state.value.problem)
        card.continueThere()
        assertEquals(Route.Visit to null, setting.models.go.here to card.inTheWay.value)
    }

    @Test
    fun `the day can be sealed after its question`() = runTest {
        val setting = at(unread(), Route.Summary)
        assertEquals(FakeData.stores[1].name, setting.models.summary.state.value.value?.openVisit)
        setting.models.summary.sealAnyway()
        runCurrent()
        assertEquals(1u, setting.models.summary.state.value.value?.report?.closed)
    }

    @Test
    fun `it is ended as failed, without a photo after a question`() = runTest {
        val setting = at(unread(), Route.Visit)
        val visit = setting.models.visit
        assertTrue(visit.isUnread.value)
        visit.fail(FailedReason.CLOSED, withPhoto = false)
        runCurrent()
        assertEquals(FailedReason.CLOSED, visit.withoutPhoto.value, "nobody knows what was recorded")
        visit.failWithoutPhoto()
        runCurrent()
        assertNull(setting.core.visit)
        assertEquals(StopState.Failed, setting.core.states[FakeData.id(2)])
    }

    @Test
    fun `a refusal does not take the way out away`() = runTest {
        val setting = at(unread(), Route.Visit)
        val visit = setting.models.visit
        setting.core.onFailVisit = { _, _ -> throw CoreException.StorageFull() }
        visit.fail(FailedReason.CLOSED, withPhoto = true)
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL to true, visit.state.value.problem?.text to visit.isUnread.value)
        visit.load()
        runCurrent()
        assertTrue(visit.isUnread.value)
    }

    @Test
    fun `a visit that is there is not taken for one that is not because its shop cannot be read`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(2))
        setting.core.onStoreCard = { throw CoreException.Internal("note") }
        at(setting, Route.Visit)
        assertEquals(Text.ERR_INTERNAL to false, setting.models.visit.state.value.problem?.text to setting.models.visit.isUnread.value)
    }

    @Test
    fun `a photo of the closed door that the system kept is placed in it`() = runTest {
        val setting = unread()
        setting.models.start()
        runCurrent()
        setting.shell.late.trySend(LatePhoto(PhotoPurpose.Failed(FailedReason.CLOSED), byteArrayOf(1)))
        runCurrent()
        assertEquals(StopState.Failed, setting.core.states[FakeData.id(2)])
    }

    @Test
    fun `damage is no unread visit, and neither is one that is not there`() = runTest {
        val setting = unread()
        setting.core.onCurrentVisit = { throw CoreException.Corrupt("phone.sqlite.damaged-1") }
        at(setting, Route.Card(FakeData.id(1)))
        setting.models.card.checkIn()
        runCurrent()
        assertEquals(Text.ERR_CORRUPT, setting.models.card.state.value.problem?.text)
        val none = at(Setting(this), Route.Visit)
        assertFalse(none.models.visit.isUnread.value)
    }
}
