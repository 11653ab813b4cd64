package app.xundian.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import app.xundian.domain.Step
import app.xundian.logic.AppModels
import app.xundian.logic.Route

/** The whole app: the same on the phone, on the desk and in the tests. */
@Composable
fun XundianApp(models: AppModels) {
    val look by models.look.state.collectAsState()
    val routes by models.go.routes.collectAsState()
    val here = routes.last()
    LaunchedEffect(here) { models.reload(here) }
    val refused by models.room.refused.collectAsState()
    XundianTheme(look) {
        CompositionLocalProvider(LocalRefusals provides refused) {
            Surface(color = MaterialTheme.colorScheme.background) { InPlace(routes) { At(here, models) } }
        }
    }
}

/** A page that was left is where it was when the way leads back to it: the thirtieth shop of a route is not sought again after each card. */
@Composable
private fun InPlace(routes: List<Route>, page: @Composable () -> Unit) {
    val holder = rememberSaveableStateHolder()
    // It outlives the window, as what is held does.
    val held = rememberSaveable { ArrayList<String>() }
    val kept = routes.flatMap(::keptWith).map(::nameOf)
    val here = nameOf(routes.last())
    holder.SaveableStateProvider(here, page)
    LaunchedEffect(kept) {
        (held - kept.toSet()).forEach(holder::removeState)
        held.retainAll(kept.toSet())
        if (here !in held) held += here
    }
}

/** One step takes the other's place in the stack, and all of them belong to the visit. */
private fun keptWith(route: Route): List<Route> = if (route == Route.Visit) listOf(route) + Step.entries.map(Route::At) else listOf(route)

/** What a system keeps must be text. */
private fun nameOf(route: Route): String = route.toString()

@Composable
private fun At(route: Route, models: AppModels) {
    when (route) {
        Route.Start -> StartPage(models)
        Route.Enrol -> EnrolPage(models)
        Route.Today -> TodayPage(models)
        Route.Plan -> PlanPage(models)
        Route.Search -> SearchPage(models)
        Route.NewStore -> NewStorePage(models)
        is Route.Card -> CardPage(models)
        Route.Visit -> VisitPage(models)
        is Route.At -> StepPage(route.step, models)
        is Route.Order -> OrderPage(models)
        Route.Summary -> SummaryPage(models)
        Route.Slips -> SlipsPage(models)
        Route.Outbox -> OutboxPage(models)
        Route.Settings -> SettingsPage(models)
    }
}

@Composable
private fun StepPage(step: Step, models: AppModels) {
    when (step) {
        Step.STOCK_COUNT -> CountPage(models)
        Step.SUGGESTED_ORDER -> SuggestPage(models)
        Step.DISPLAY -> DisplayPage(models)
        Step.COMPETITOR -> CompetitorPage(models)
        Step.ORDER_CONFIRMATION -> ConfirmPage(models)
    }
}
