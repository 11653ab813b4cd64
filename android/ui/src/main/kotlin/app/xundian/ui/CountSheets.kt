package app.xundian.ui

import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateMapOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import app.xundian.device.CountItem
import app.xundian.domain.SkuUnits
import app.xundian.logic.AppModels
import app.xundian.logic.AwaitedOrder
import app.xundian.logic.CountModel
import app.xundian.logic.Text as T

/** What came of a delivery that came in part. */
@Composable
fun PartCame(awaited: AwaitedOrder, model: CountModel, onClose: () -> Unit) {
    val came = remember(awaited.order) { mutableStateMapOf(*awaited.lines.map { (item, units) -> item.sku to units }.toTypedArray()) }
    Sheet(say(T.SOME_CAME), onClose) {
        awaited.lines.forEach { (item, _) ->
            val units = came[item.sku] ?: 0
            Row(Modifier.fillMaxWidth(), verticalAlignment = Alignment.CenterVertically) {
                Text(item.name, Modifier.weight(1f))
                Stepper(units, null, say(T.UNITS), item.name, "came-${item.sku}", stepsByUnit(item.case) { came[item.sku] = (units + it).coerceAtLeast(0) })
            }
        }
        MainButton(say(T.SAVE), { onClose(); model.answer(awaited, came.map { SkuUnits(it.key, it.value) }) }, Modifier.fillMaxWidth())
    }
}

/** The keyboard, for who asked for it: of the cases, or of what is loose beside them. */
@Composable
fun TypeNumber(item: CountItem, isCases: Boolean, model: CountModel, onClose: () -> Unit) {
    var text by remember { mutableStateOf("") }
    val number = text.toIntOrNull()?.coerceAtMost(MOST)
    val label = if (isCases) T.CASES else if (item.case > 1) T.UNITS else T.HOW_MANY
    fun save() {
        val typed = number ?: return
        onClose()
        if (isCases) model.typeCases(item, typed) else model.type(item, typed)
    }
    Sheet(item.name, onClose) {
        OutlinedTextField(
            text, { text = it.filter(Char::isDigit).take(5) }, Modifier.fillMaxWidth().typedAtOnce().testTag("typed"),
            label = { Text(say(label)) }, singleLine = true,
            keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Number, imeAction = ImeAction.Done),
            keyboardActions = KeyboardActions(onDone = { save() }),
        )
        MainButton(say(T.SAVE), { save() }, Modifier.fillMaxWidth().testTag("typed-save"), isEnabled = number != null)
    }
}

private const val MOST = 99_999

/** What was opened to be typed in: the keyboard comes with it. */
@Composable
private fun Modifier.typedAtOnce(): Modifier {
    val focus = remember { FocusRequester() }
    LaunchedEffect(focus) { focus.requestFocus() }
    return focusRequester(focus)
}

/** A SKU by its name, on the list or not. */
@Composable
fun AddSku(models: AppModels, onClose: () -> Unit) {
    val found by models.search.state.collectAsState()
    Sheet(say(T.ADD_SKU), onClose) {
        Field(say(T.ITEM), found.value?.text.orEmpty(), models.search::type, Modifier.typedAtOnce().testTag("add-query"))
        found.value?.products.orEmpty().take(20).forEach { product ->
            QuietButton(product.name, { onClose(); models.count.add(product) }, Modifier.fillMaxWidth().testTag("sku-${product.sku}"))
        }
    }
}
