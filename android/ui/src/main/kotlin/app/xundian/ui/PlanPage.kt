package app.xundian.ui

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.xundian.domain.Spot
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.PlannedStop
import app.xundian.logic.RoutePlan
import app.xundian.logic.Text as T

/** 路线图: which shops are near each other and which are left, drawn from the office's positions; it needs no map and no network. */
@Composable
fun PlanPage(models: AppModels) {
    val view by models.today.state.collectAsState()
    var chosen by remember { mutableStateOf<Int?>(null) }
    val plan = view.value?.let { RoutePlan.of(it.today) }
    val stop = plan?.stops?.find { it.number == chosen }
    Page(
        title = say(T.ROUTE_PLAN), onBack = { models.go.back() }, problem = if (plan == null) null else view.problem, onDismiss = models.today::dismiss,
        bottom = stop?.let { { Chosen(it, models) } },
    ) {
        Body(view, { models.today.load() }) { screen ->
            val shown = RoutePlan.of(screen.today)
            if (shown.stops.isEmpty()) Notice { Text(say(T.PLAN_EMPTY)) } else Drawn(shown, chosen) { chosen = it }
        }
    }
}

@Composable
private fun Drawn(plan: RoutePlan, chosen: Int?, onChoose: (Int) -> Unit) {
    Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(12.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Square(plan, chosen, onChoose)
        Quiet(say(T.PLAN_HINT))
        if (plan.here != null) Sign(say(T.PLAN_HERE), MaterialTheme.colorScheme.tertiary)
        if (plan.unplaced > 0) Quiet(say(T.PLAN_UNPLACED, plan.unplaced), Modifier.testTag("unplaced"))
    }
}

/** Half a mark stays free around it, so that the outermost marks are whole. */
@Composable
private fun Square(plan: RoutePlan, chosen: Int?, onChoose: (Int) -> Unit) {
    val leg = MaterialTheme.colorScheme.outline
    BoxWithConstraints(Modifier.fillMaxWidth().aspectRatio(1f).clip(MaterialTheme.shapes.medium).background(MaterialTheme.colorScheme.surfaceContainer).testTag("plan")) {
        val side = maxWidth - MARK
        Canvas(Modifier.fillMaxSize()) {
            val (margin, length) = (MARK / 2).toPx() to side.toPx()
            fun at(spot: Spot) = Offset(margin + length * spot.x.toFloat() / THOUSAND, margin + length * spot.y.toFloat() / THOUSAND)
            plan.legs.forEach { (from, to) -> drawLine(leg, at(from), at(to), 2.dp.toPx()) }
        }
        plan.here?.let { Box(Modifier.at(it, side).size(MARK), contentAlignment = Alignment.Center) { Here() } }
        // What is still to do lies on top.
        plan.stops.sortedBy { it.stop.state is app.xundian.device.StopState.ToDo }.forEach { stop ->
            Mark(stop, stop.number == chosen, Modifier.at(stop.spot, side)) { onChoose(stop.number) }
        }
    }
}

private val MARK = 48.dp
private const val THOUSAND = 1_000f

private fun Modifier.at(spot: Spot, side: Dp) = offset(side * (spot.x.toFloat() / THOUSAND), side * (spot.y.toFloat() / THOUSAND))

@Composable
private fun Here() {
    val name = say(T.PLAN_HERE)
    Box(Modifier.size(18.dp).background(MaterialTheme.colorScheme.tertiary, CircleShape).border(3.dp, MaterialTheme.colorScheme.surface, CircleShape).semantics { contentDescription = name })
}

/** A touch area of a thumb, a disc that leaves its neighbours visible. */
@Composable
private fun Mark(stop: PlannedStop, isChosen: Boolean, modifier: Modifier, onClick: () -> Unit) {
    val (name, state) = say(T.PLAN_STOP, stop.number, stop.stop.name) to say(Labels.of(stop.stop.state))
    val colour = colourOf(stop.stop.state)
    Box(
        modifier.size(MARK).clip(CircleShape).clickable(onClick = onClick).testTag("mark-${stop.number}")
            .semantics { role = Role.Button; contentDescription = name; stateDescription = state },
        contentAlignment = Alignment.Center,
    ) {
        val ring = if (isChosen) MaterialTheme.colorScheme.onSurface else MaterialTheme.colorScheme.surface
        Box(Modifier.size(if (isChosen) 36.dp else 30.dp).background(colour, CircleShape).border(2.dp, ring, CircleShape), contentAlignment = Alignment.Center) { Number(stop.number, colour) }
    }
}

/** As large as its disc, whatever size the text has: the whole name stands below. */
@Composable
private fun Number(number: Int, on: Color) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, 1f)) {
        Text(number.toString(), color = inkOn(on), style = MaterialTheme.typography.labelLarge, fontWeight = FontWeight.Bold, maxLines = 1)
    }
}

internal fun inkOn(disc: Color) = if (disc.luminance() > MIDDLE) Color.Black else Color.White

private const val MIDDLE = 0.3f

@Composable
private fun Chosen(stop: PlannedStop, models: AppModels) {
    val name = say(T.PLAN_STOP, stop.number, stop.stop.name)
    Text(name, Modifier.testTag("chosen"), style = MaterialTheme.typography.titleMedium, maxLines = 3, overflow = TextOverflow.Ellipsis)
    Quiet(stop.stop.address)
    Wrapping {
        MainButton(say(T.CARD), { models.today.open(stop.stop) }, Modifier.testTag("open"))
        QuietButton(say(T.MAP), { models.today.map(stop.stop) }, Modifier.testTag("map"))
    }
}
