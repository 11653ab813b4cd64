package app.xundian.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.Route
import app.xundian.logic.StepState
import app.xundian.logic.VisitModel
import app.xundian.logic.VisitScreen
import app.xundian.logic.Text as T

private sealed interface Asking {
    data class Skip(val step: Step) : Asking
    data object Leave : Asking

    /** Asked of a visit that cannot be read, too. */
    sealed interface OfFailing : Asking
    data object Failed : OfFailing
    data class NoPhoto(val reason: FailedReason) : OfFailing
}

/** Visit 拜访: the rail that fills. Steps may be taken in any order; one that is left out wants a reason. */
@Composable
fun VisitPage(models: AppModels) {
    val view by models.visit.state.collectAsState()
    val unproven by models.visit.withoutPhoto.collectAsState()
    var asking by remember { mutableStateOf<Asking?>(null) }
    val isUnread by models.visit.isUnread.collectAsState()
    val screen = view.value
    val question = (unproven?.let { Asking.NoPhoto(it) } ?: asking)?.takeIf { screen != null || (isUnread && it is Asking.OfFailing) }
    Page(
        title = screen?.storeName ?: say(T.VISIT), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.visit::dismiss,
        bottom = when {
            screen != null -> ({ VisitBottom(screen, models) { asking = it } })
            isUnread -> ({ UnreadBottom { asking = Asking.Failed } })
            else -> null
        },
        sheet = question?.let { what -> { Ask(what, screen, models) { asking = null } } },
    ) {
        Body(view, { models.visit.dismiss(); models.visit.load() }) { shown ->
            Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(horizontal = 12.dp, vertical = 8.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                Elapsed(shown, models)
                WhereaboutsLine(models.visit.whereabouts, models.visit::openSettings)
                shown.steps.forEach { (step, state) ->
                    val uncounted = if (step == Step.STOCK_COUNT) shown.uncounted else 0
                    RailStep(step, state, uncounted, step == shown.next, { models.visit.open(step) }) { asking = Asking.Skip(step) }
                }
                DayStep(shown.steps.size + 1) { models.go.go(Route.Summary) }
            }
        }
    }
}

@Composable
private fun Elapsed(screen: VisitScreen, models: AppModels) {
    val clock = remember(screen.checkInMs) { models.visit.elapsedMs(screen.checkInMs) }
    val elapsed by clock.collectAsState(initial = (models.room.wallMs() - screen.checkInMs).coerceAtLeast(0))
    val done = screen.steps.count { it.second == StepState.FINISHED || it.second == StepState.SKIPPED }
    Row(Modifier.fillMaxWidth().padding(4.dp), horizontalArrangement = Arrangement.spacedBy(12.dp), verticalAlignment = Alignment.CenterVertically) {
        Filling(done, screen.steps.size, Modifier.weight(1f))
        Text(say(T.IN_STORE) + " " + LocalSpeech.current.format.elapsed(elapsed), style = MaterialTheme.typography.labelLarge)
    }
}

@Composable
private fun RailStep(step: Step, state: StepState, uncounted: Int, isNext: Boolean, onOpen: () -> Unit, onSkip: () -> Unit) {
    Rail("step-${step.name}", isNext, onOpen) {
        Bead(step.ordinal + 1, state)
        Column(Modifier.weight(1f).padding(vertical = 10.dp)) {
            Text(say(Labels.of(step)), style = MaterialTheme.typography.titleMedium, fontWeight = if (isNext) FontWeight.Bold else null)
            val left = if (uncounted > 0) " · " + say(T.NOT_COUNTED, uncounted) else ""
            Text(say(Labels.of(state)) + left, style = MaterialTheme.typography.bodySmall)
        }
        if (state.isOpen) {
            TextButton(onSkip, Modifier.heightIn(min = 48.dp).testTag("skip-${step.name}").spoken(say(Labels.of(step)), say(T.SKIP))) { Text(say(T.SKIP)) }
        }
    }
}

/** The last step is the day's and not this shop's: it is never done here, and never left out. */
@Composable
private fun DayStep(number: Int, onOpen: () -> Unit) {
    Rail("step-day", isNext = false, onOpen) {
        Bead(number, StepState.EMPTY)
        Text(say(T.SUMMARY), Modifier.weight(1f), style = MaterialTheme.typography.titleMedium)
    }
}

@Composable
private fun Rail(tag: String, isNext: Boolean, onOpen: () -> Unit, content: @Composable RowScope.() -> Unit) {
    val colours = MaterialTheme.colorScheme
    Surface(
        Modifier.fillMaxWidth().clip(MaterialTheme.shapes.medium).clickable(onClick = onOpen).testTag(tag),
        shape = MaterialTheme.shapes.medium,
        color = if (isNext) colours.primaryContainer else colours.surfaceContainer,
        contentColor = if (isNext) colours.onPrimaryContainer else colours.onSurface,
        border = LocalSigns.current.edge,
    ) {
        Row(
            Modifier.heightIn(min = 72.dp).padding(start = 16.dp, end = 4.dp),
            verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(14.dp), content = content,
        )
    }
}

@Composable
private fun Bead(number: Int, state: StepState) {
    val colours = MaterialTheme.colorScheme
    val (fill, ink) = when (state) {
        StepState.FINISHED -> colours.primary to colours.onPrimary
        StepState.SKIPPED -> colours.outline to colours.surface
        StepState.STARTED -> colours.secondaryContainer to colours.onSecondaryContainer
        StepState.EMPTY -> colours.surfaceContainerHighest to colours.onSurface
    }
    // Round at any size of text, and large enough for its number.
    val side = 36.dp * LocalDensity.current.fontScale.coerceIn(1f, LARGE_TEXT)
    Box(Modifier.size(side).background(fill, CircleShape), contentAlignment = Alignment.Center) {
        if (state == StepState.FINISHED) Tick(Modifier.size(18.dp), ink) else Text(number.toString(), color = ink, style = MaterialTheme.typography.titleMedium)
    }
}

@Composable
private fun VisitBottom(screen: VisitScreen, models: AppModels, onAsk: (Asking) -> Unit) {
    val next = screen.next
    if (next == null) {
        MainButton(say(T.CHECK_OUT), { models.visit.checkOut() }, Modifier.fillMaxWidth().testTag("check-out"))
        return
    }
    MainButton(say(Labels.of(next)), { models.visit.open(next) }, Modifier.fillMaxWidth().testTag("next"))
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        QuietButton(say(T.VISIT_FAILED), { onAsk(Asking.Failed) }, Modifier.weight(1f).testTag("failed"))
        QuietButton(say(T.CHECK_OUT), { onAsk(Asking.Leave) }, Modifier.weight(1f).testTag("leave"))
    }
}

@Composable
private fun UnreadBottom(onFail: () -> Unit) {
    Text(say(T.VISIT_UNREAD, say(T.VISIT_FAILED)), Modifier.testTag("visit-unread"))
    QuietButton(say(T.VISIT_FAILED), onFail, Modifier.fillMaxWidth().testTag("failed"))
}

/** Without a [screen] the visit cannot be read. */
@Composable
private fun Ask(what: Asking, screen: VisitScreen?, models: AppModels, onClose: () -> Unit) {
    when (what) {
        is Asking.Skip -> screen?.let { WhySkip(what.step, it, models, onClose) }
        Asking.Leave -> screen?.let {
            val order = @Composable { Unconfirmed(it.orderLines) { onClose(); models.visit.open(Step.ORDER_CONFIRMATION) } }
            LeaveOpen(it.open.size, onClose, order) { models.visit.checkOut() }
        }
        Asking.Failed -> WhyFailed(if (screen == null) T.FAIL_UNREAD else T.FAIL_DROPS.takeUnless { screen.isUntouched }, models, onClose)
        is Asking.NoPhoto -> NoPhoto(what.reason, models.visit)
    }
}

@Composable
private fun WhySkip(step: Step, screen: VisitScreen, models: AppModels, onClose: () -> Unit) {
    val words = LocalSpeech.current.words
    Sheet(say(T.WHY_SKIP, say(Labels.of(step))), onClose) {
        if (screen.isStarted(step)) Text(say(T.SKIP_DROPS), Modifier.testTag("drops"))
        screen.skipReasons.forEach { reason ->
            QuietButton(words(reason), { onClose(); models.visit.skip(step, reason) }, Modifier.fillMaxWidth().testTag("reason-${reason.code}"))
        }
    }
}

/** Nobody leaves steps open unknowing, from the rail or from the last step; nobody is kept from it. */
@Composable
internal fun LeaveOpen(open: Int, onClose: () -> Unit, order: @Composable () -> Unit = {}, onLeave: () -> Unit) {
    Sheet(say(T.CHECK_OUT), onClose) {
        Text(say(T.CHECK_OUT_OPEN, open), Modifier.testTag("open-steps"))
        order()
        MainButton(say(T.CHECK_OUT), { onClose(); onLeave() }, Modifier.fillMaxWidth().testTag("check-out"))
    }
}

/** What the owner wanted goes out as an order, whether or not somebody has confirmed it: it is said, with the way to step 5. */
@Composable
internal fun Unconfirmed(lines: Int, onConfirm: () -> Unit) {
    if (lines == 0) return
    Text(say(T.ORDER_GOES, lines), Modifier.testTag("order-goes"))
    QuietButton(say(T.STEP_CONFIRM), onConfirm, Modifier.fillMaxWidth().testTag("to-confirm"))
}

/** Nothing is sealed by turning back from the camera, nor by one that failed. */
@Composable
private fun NoPhoto(reason: FailedReason, model: VisitModel) {
    Sheet(say(T.NO_PHOTO), model::keepVisit, no = say(T.CONTINUE_VISIT)) {
        Text(say(T.NO_PHOTO_ASK, say(Labels.of(reason))))
        QuietButton(say(T.WITHOUT_PHOTO), { model.failWithoutPhoto() }, Modifier.fillMaxWidth().testTag("without-photo"))
    }
}

/** With the photo the visit is sealed at once: what that [drops] is said before. */
@Composable
private fun WhyFailed(drops: T?, models: AppModels, onClose: () -> Unit) {
    var withPhoto by remember { mutableStateOf(true) }
    Sheet(say(T.WHY_FAILED), onClose) {
        drops?.let { Text(say(it), Modifier.testTag("fail-drops")) }
        TickLine(say(T.WITH_PHOTO), withPhoto, "with-photo") { withPhoto = !withPhoto }
        FailedReason.entries.forEach { reason ->
            QuietButton(say(Labels.of(reason)), { onClose(); models.visit.fail(reason, withPhoto) }, Modifier.fillMaxWidth().testTag("failed-${reason.name}"))
        }
    }
}
