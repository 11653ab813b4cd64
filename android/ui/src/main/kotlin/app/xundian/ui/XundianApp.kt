package app.xundian.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
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
    XundianTheme(look) {
        Surface(color = MaterialTheme.colorScheme.background) { At(here, models) }
    }
}

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
