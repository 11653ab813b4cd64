package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.xundian.device.OrderSlip
import app.xundian.logic.AppModels
import app.xundian.logic.SlipPage
import app.xundian.logic.SlipsModel
import app.xundian.logic.SlipsScreen
import app.xundian.logic.Text as T

/** 订单条: the orders of the day from this screen to the distributor's phone, one page after another, without any network. */
@Composable
fun SlipsPage(models: AppModels) {
    val view by models.slips.state.collectAsState()
    val place by models.slips.place.collectAsState()
    val screen = view.value
    val slip = screen?.at(place)
    Page(
        title = say(T.SLIPS), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.slips::dismiss,
        trailing = { slip?.let { PlainButton(say(T.SHARE), { models.slips.share(it) }, Modifier.testTag("share")) } },
        bottom = slip?.let { { Turn(it, place.page, models.slips) } },
    ) {
        Body(view, { models.slips.load() }) { shown ->
            if (slip == null) Notice { Text(say(T.ERR_NO_ORDERS)) } else Held(shown, slip, place, models.slips)
        }
    }
}

/** The code comes first and as wide as the screen: the smaller its modules, the nearer the other phone must come. What is beside it is scrolled to. */
@Composable
private fun Held(screen: SlipsScreen, slip: OrderSlip, place: SlipPage, model: SlipsModel) {
    val scroll = rememberScrollState()
    // Who is chosen below is held out above.
    LaunchedEffect(place.slip) { scroll.scrollTo(0) }
    BoxWithConstraints(Modifier.fillMaxSize()) {
        // On a screen that is wider than high the whole code must still be seen at once.
        val side = minOf(maxWidth, maxHeight) - MARGIN * 2
        Column(Modifier.fillMaxSize().verticalScroll(scroll).padding(MARGIN), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            val label = say(T.SLIP_QR, place.page + 1, slip.pages.size)
            slip.pages.getOrNull(place.page)?.let { QrCode(it, label, Modifier.size(side).align(Alignment.CenterHorizontally).testTag("slip-qr")) }
            Quiet(LocalSpeech.current.format.day(screen.date))
            Whose(screen, slip, place, model)
            Quiet(say(T.SLIPS_HINT))
        }
    }
}

private val MARGIN = 12.dp

@Composable
private fun Whose(screen: SlipsScreen, slip: OrderSlip, place: SlipPage, model: SlipsModel) {
    if (screen.slips.size == 1) Quiet(nameOf(slip)) else Wrapping {
        screen.slips.forEachIndexed { at, other -> Choice(nameOf(other), at == place.slip, { model.look(at) }, Modifier.testTag("slip-${at + 1}")) }
    }
}

/** The distributor with the number of his orders. */
@Composable
internal fun nameOf(slip: OrderSlip): String = say(T.SLIP_OF, slip.distributor ?: say(T.OTHER), slip.orders)

/** The room is the code's: the text does not grow to twice its size. */
@Composable
private fun Turn(slip: OrderSlip, page: Int, model: SlipsModel) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, density.fontScale.coerceAtMost(LARGE_TEXT))) {
        Turning(slip, page, model)
    }
}

@Composable
private fun Turning(slip: OrderSlip, page: Int, model: SlipsModel) {
    val haptics = rememberHaptics()
    fun turn(by: Int) {
        haptics.step()
        model.turn(by)
    }
    Text(
        "${page + 1} / ${slip.pages.size}", Modifier.fillMaxWidth().testTag("page"),
        style = MaterialTheme.typography.titleLarge, fontWeight = FontWeight.Bold, textAlign = TextAlign.Center,
    )
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
        QuietButton(say(T.PAGE_BEFORE), { turn(-1) }, Modifier.weight(1f).testTag("page-before"), isEnabled = page > 0)
        MainButton(say(T.PAGE_NEXT), { turn(1) }, Modifier.weight(1f).testTag("page-next"), isEnabled = page + 1 < slip.pages.size)
    }
}
