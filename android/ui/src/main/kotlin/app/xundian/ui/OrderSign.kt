package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import app.xundian.device.OrderLight
import app.xundian.device.OrderOfDay
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.logic.Labels
import app.xundian.logic.isToldByLights

/** 四态灯: phone, server, distributor, shop, lit up to where the order is. What is in its way, or how else it ended, is a word alone. */
@Composable
fun OrderSign(order: OrderOfDay, modifier: Modifier = Modifier) {
    val (word, colour) = say(Labels.of(order)) to colourOf(order)
    if (order.isToldByLights) Sign(word, colour, modifier, order.light.ordinal + 1, OrderLight.entries.size) else Sign(word, colour, modifier)
}

@Composable
fun colourOf(state: OrderState): Color = when (state) {
    is OrderState.Held -> LocalSigns.current.warning
    is OrderState.Waiting -> LocalSigns.current.waiting
    is OrderState.OnSheet -> LocalSigns.current.good
    is OrderState.Ended -> colourOf(state.outcome)
    is OrderState.Cancelled -> LocalSigns.current.bad
}

@Composable
private fun colourOf(outcome: Outcome): Color = when (outcome) {
    Outcome.DELIVERED -> LocalSigns.current.good
    Outcome.SHORT, Outcome.NOT_REPORTED -> LocalSigns.current.warning
    Outcome.REFUSED -> LocalSigns.current.bad
}

@Composable
private fun colourOf(order: OrderOfDay): Color = order.state?.takeUnless { order.isToldByLights }?.let { colourOf(it) } ?: colourOf(order.light)

@Composable
private fun colourOf(light: OrderLight): Color = when (light) {
    OrderLight.ON_PHONE -> LocalSigns.current.idle
    OrderLight.ON_SERVER -> LocalSigns.current.waiting
    OrderLight.ON_SHEET, OrderLight.DELIVERED -> LocalSigns.current.good
}
