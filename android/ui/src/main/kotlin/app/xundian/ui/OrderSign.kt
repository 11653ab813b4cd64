package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import app.xundian.device.OrderLight
import app.xundian.device.OrderOfDay
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.logic.LAMPS
import app.xundian.logic.Labels
import app.xundian.logic.hidesCancellation
import app.xundian.logic.lamps
import app.xundian.logic.tellsAllOf

/** 四态灯: phone, server, distributor, shop, lit up to where the order is. What is in its way, or how else it ended, is a word alone. */
@Composable
fun OrderSign(order: OrderOfDay, modifier: Modifier = Modifier) {
    val (light, state) = order.light to order.state
    val (word, colour) = say(Labels.of(light, state)) to colourOf(light, state)
    if (light.tellsAllOf(state)) Sign(word, colour, modifier, light.lamps, LAMPS) else Sign(word, colour, modifier)
}

/** Of an order of any day, where there is no room for its way. */
@Composable
fun StandingSign(light: OrderLight, state: OrderState?, modifier: Modifier = Modifier) {
    val known = state?.takeIf { light != OrderLight.ON_PHONE && it !is OrderState.OnSheet && light.tellsAllOf(it) }
    Sign(say(Labels.alone(light, state)), known?.let { colourOf(it) } ?: colourOf(light, state), modifier)
}

@Composable
private fun colourOf(state: OrderState): Color = when (state) {
    is OrderState.Held -> LocalSigns.current.warning
    is OrderState.Waiting, is OrderState.OnSheet -> LocalSigns.current.waiting
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
private fun colourOf(light: OrderLight, state: OrderState?): Color = when {
    light.hidesCancellation(state) -> LocalSigns.current.warning
    state == null || light == OrderLight.REFUSED || light.tellsAllOf(state) -> colourOf(light)
    else -> colourOf(state)
}

@Composable
private fun colourOf(light: OrderLight): Color = when (light) {
    OrderLight.ON_PHONE -> LocalSigns.current.idle
    OrderLight.ON_SERVER, OrderLight.ON_SHEET -> LocalSigns.current.waiting
    OrderLight.AT_DISTRIBUTOR, OrderLight.DELIVERED -> LocalSigns.current.good
    OrderLight.REFUSED -> LocalSigns.current.bad
}
