package app.xundian.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.itemsIndexed
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.xundian.device.OrderOfDay
import app.xundian.device.PromiseLight
import app.xundian.device.RouteStop
import app.xundian.device.StopState
import app.xundian.domain.VisitResult
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.Problem
import app.xundian.logic.Route
import app.xundian.logic.SyncState
import app.xundian.logic.TodayScreen
import app.xundian.logic.Text as T

/** Today 今日路线. */
@Composable
fun TodayPage(models: AppModels) {
    val view by models.today.state.collectAsState()
    val sync by models.schedule.state.collectAsState()
    var isMenuOpen by remember { mutableStateOf(false) }
    val title = view.value?.let { LocalSpeech.current.format.day(it.today.date) } ?: say(T.TODAY)
    Page(
        title = title, onBack = null,
        problem = if (view.value == null) null else view.problem, onDismiss = models.today::dismiss,
        notice = { DamageLine(models.damage) },
        trailing = {
            PlainButton(say(T.SEARCH), { models.go.go(Route.Search) }, Modifier.testTag("search"))
            PlainButton(say(T.MORE), { isMenuOpen = true }, Modifier.testTag("more"))
        },
        bottom = view.value?.let { screen -> { TodayBottom(screen, sync, models) } },
        sheet = if (isMenuOpen) ({ Menu(models) { isMenuOpen = false } }) else null,
    ) {
        val isNothingHere = view.value == null && view.problem?.text == T.ERR_NOT_PULLED
        if (isNothingHere && sync.isRunning) {
            FirstPull(models)
        } else {
            // Why the first pull did not come says more than that nothing is here.
            val shown = if (isNothingHere) view.copy(problem = sync.problem ?: view.problem) else view
            val outdated = shown.problem?.takeIf { isNothingHere && it.wantsEnrolment }
            if (outdated != null) {
                EnrolAgain(outdated, models)
            } else {
                Body(shown, models.schedule::askedNow) { screen -> if (screen.today.stops.isEmpty()) NoRoute(models) else Stops(screen, models) }
            }
        }
    }
}

/** Nothing is here yet: how much has come, and the way to stop it. */
@Composable
private fun FirstPull(models: AppModels) {
    val progress by models.room.signals.progress.collectAsState()
    Notice {
        CircularProgressIndicator()
        Text(say(T.PULLING, progress?.rowsDown ?: 0u), Modifier.testTag("pulling"))
        QuietButton(say(T.SYNC_STOP), models.schedule::cancel, Modifier.testTag("stop"))
    }
}

/** It was revoked before anything came: trying again would say the same. */
@Composable
private fun EnrolAgain(why: Problem, models: AppModels) {
    Notice {
        Text(say(why.text, why.detail))
        MainButton(say(T.ENROL_AGAIN), { models.go.go(Route.Enrol) }, Modifier.testTag("enrol-again"))
        QuietButton(say(T.RETRY), models.schedule::askedNow, Modifier.testTag("retry"))
    }
}

@Composable
private fun NoRoute(models: AppModels) {
    Notice {
        Text(say(T.TODAY_EMPTY))
        MainButton(say(T.UNPLANNED), { models.go.go(Route.Search) }, Modifier.testTag("unplanned"))
    }
}

@Composable
private fun Stops(screen: TodayScreen, models: AppModels) {
    LazyColumn(
        Modifier.fillMaxSize().testTag("route"),
        contentPadding = PaddingValues(horizontal = 12.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        item {
            Column(Modifier.padding(horizontal = 4.dp), verticalArrangement = Arrangement.spacedBy(6.dp)) {
                Quiet(say(T.TODAY_PROGRESS, screen.done, screen.today.stops.size))
                Filling(screen.done, screen.today.stops.size)
            }
        }
        itemsIndexed(screen.today.stops, key = { _, stop -> stop.store }) { place, stop ->
            Stop(place + 1, stop, screen.orderOf(stop.store)) { models.today.open(stop) }
        }
    }
}

@Composable
private fun Stop(place: Int, stop: RouteStop, order: OrderOfDay?, onClick: () -> Unit) {
    val isHere = stop.state is StopState.Visiting
    Surface(
        Modifier.fillMaxWidth().clip(MaterialTheme.shapes.medium).clickable(onClick = onClick).testTag("stop$place"),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainer,
        border = if (isHere) BorderStroke(2.dp, MaterialTheme.colorScheme.primary) else LocalSigns.current.edge,
    ) {
        Row(Modifier.padding(14.dp), horizontalArrangement = Arrangement.spacedBy(12.dp)) {
            Text(place.toString(), Modifier.widthIn(min = 22.dp), style = MaterialTheme.typography.titleMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(4.dp)) {
                Text(stop.name, style = MaterialTheme.typography.titleMedium, fontWeight = FontWeight.SemiBold, maxLines = 2, overflow = TextOverflow.Ellipsis)
                Text(stop.address, style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant, maxLines = 2, overflow = TextOverflow.Ellipsis)
                Wrapping {
                    Sign(say(Labels.of(stop.state)), colourOf(stop.state))
                    if (stop.promise != PromiseLight.NONE) Sign(say(T.STOP_DELIVERY, say(Labels.of(stop.promise))), colourOf(stop.promise))
                    order?.let { OrderSign(it) }
                    Tag(say(T.CLASS, stop.`class`.name), MaterialTheme.colorScheme.onSurfaceVariant)
                    if (stop.substitute) Tag(say(T.SUBSTITUTE))
                    stop.distanceM?.let { Tag(LocalSpeech.current.format.distance(it), MaterialTheme.colorScheme.onSurfaceVariant) }
                }
            }
        }
    }
}

@Composable
private fun TodayBottom(screen: TodayScreen, sync: SyncState, models: AppModels) {
    val (shop, next) = screen.openVisit to screen.next
    when {
        shop != null -> {
            val text = listOf(say(T.CONTINUE_VISIT), shop).filter { it.isNotEmpty() }.joinToString(" · ")
            MainButton(text, { models.today.goOn() }, Modifier.fillMaxWidth().testTag("continue"))
        }
        next != null -> MainButton(say(T.NEXT_STOP, next.name), { models.today.open(next) }, Modifier.fillMaxWidth().testTag("next-stop"))
        screen.today.stops.isNotEmpty() -> MainButton(say(T.DAY_END), { models.go.go(Route.Summary) }, Modifier.fillMaxWidth().testTag("day-end"))
    }
    SyncLine(screen.today.unsent.toLong(), sync, models, screen.today.refused.toLong())
}

/** What is not on the server and what is done about it; never "success" before the server said so. [refused] = of which nothing takes effect. */
@Composable
fun SyncLine(unsent: Long, sync: SyncState, models: AppModels, refused: Long = 0) {
    val progress by models.room.signals.progress.collectAsState()
    Beside(main = {
        Column {
            val line = when {
                sync.isRunning -> say(T.SYNCING, progress?.recordsUp ?: 0u)
                unsent > 0 -> say(T.UNSENT, unsent)
                else -> say(T.ALL_SENT)
            }
            val signs = LocalSigns.current
            val colour = if (unsent > 0) signs.waiting else if (refused > 0) signs.idle else signs.good
            Sign(line, colour, Modifier.testTag("unsent"))
            val problem = sync.problem
            if (problem != null && !sync.isRunning) Quiet(say(problem.text, problem.detail))
            if (refused > 0) Refused(refused) { models.go.go(Route.Outbox) }
        }
    }) {
        when {
            sync.isRunning -> PlainButton(say(T.SYNC_STOP), models.schedule::cancel, Modifier.testTag("stop"))
            sync.problem?.wantsEnrolment == true -> PlainButton(say(T.ENROL_AGAIN), { models.go.go(Route.Enrol) }, Modifier.testTag("enrol-again"))
            else -> PlainButton(say(T.SYNC_NOW), models.schedule::askedNow, Modifier.testTag("sync"))
        }
    }
}

/** In the outbox each of them says why. */
@Composable
private fun Refused(count: Long, onOpen: () -> Unit) {
    val touch = Modifier.heightIn(min = 48.dp).clip(MaterialTheme.shapes.small).clickable(role = Role.Button, onClick = onOpen)
    Sign(say(T.NOT_ACCEPTED, count), LocalSigns.current.bad, touch.testTag("refused"))
}

@Composable
private fun Menu(models: AppModels, onClose: () -> Unit) {
    fun to(route: Route) {
        onClose()
        models.go.go(route)
    }
    Sheet(say(T.MORE), onClose) {
        QuietButton(say(T.ROUTE_PLAN), { to(Route.Plan) }, Modifier.fillMaxWidth().testTag("plan"))
        QuietButton(say(T.UNPLANNED), { to(Route.Search) }, Modifier.fillMaxWidth())
        QuietButton(say(T.NEW_STORE), { to(Route.NewStore) }, Modifier.fillMaxWidth())
        QuietButton(say(T.DAY_END), { to(Route.Summary) }, Modifier.fillMaxWidth().testTag("summary"))
        QuietButton(say(T.OUTBOX), { to(Route.Outbox) }, Modifier.fillMaxWidth())
        QuietButton(say(T.SETTINGS), { to(Route.Settings) }, Modifier.fillMaxWidth())
    }
}

@Composable
fun colourOf(state: StopState): Color = when (state) {
    is StopState.ToDo -> LocalSigns.current.idle
    is StopState.Visiting -> MaterialTheme.colorScheme.primary
    is StopState.Done -> if (state.v1 == VisitResult.COMPLETE) LocalSigns.current.good else LocalSigns.current.warning
    is StopState.Failed -> LocalSigns.current.bad
}

@Composable
fun colourOf(light: PromiseLight): Color = when (light) {
    PromiseLight.NONE -> LocalSigns.current.idle
    // Nobody has promised it to anybody yet.
    PromiseLight.ON_PHONE -> LocalSigns.current.warning
    PromiseLight.ON_ITS_WAY -> LocalSigns.current.waiting
    PromiseLight.DELIVERED -> LocalSigns.current.good
    PromiseLight.SHORT, PromiseLight.LATE, PromiseLight.NOT_REPORTED -> LocalSigns.current.warning
    PromiseLight.REFUSED -> LocalSigns.current.bad
}
