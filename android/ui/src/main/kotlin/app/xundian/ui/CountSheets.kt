package app.xundian.ui

import androidx.compose.foundation.layout.ColumnScope
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
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import app.xundian.device.CountItem
import app.xundian.domain.SkuUnits
import app.xundian.logic.CountDraft
import app.xundian.logic.CountModel
import app.xundian.logic.change
import app.xundian.logic.Text as T

/** Over the count. What was refused is said in it: behind it nobody would see it. */
@Composable
internal fun CountSheet(title: String, model: CountModel, content: @Composable ColumnScope.() -> Unit) {
    val view by model.state.collectAsState()
    val draft by model.draft.collectAsState()
    Sheet(title, model::close, problem = view.problem, onDismiss = model::dismiss, isTouched = draft?.isTouched == true, content = content)
}

/** What came of a delivery that came in part. */
@Composable
fun PartCame(draft: CountDraft.PartCame, model: CountModel) {
    CountSheet(say(T.SOME_CAME), model) {
        draft.awaited.lines.forEach { (item, _) ->
            Row(Modifier.fillMaxWidth(), verticalAlignment = Alignment.CenterVertically) {
                Text(item.name, Modifier.weight(1f))
                val steps = stepsByUnit(item.case) { by -> model.change<CountDraft.PartCame> { it.step(item.sku, by) } }
                Stepper(draft.came[item.sku] ?: 0, null, say(T.UNITS), item.name, "came-${item.sku}", steps)
            }
        }
        val came = draft.came.map { SkuUnits(it.key, it.value) }
        MainButton(say(T.SAVE), { model.answer(draft.awaited, came) }, Modifier.fillMaxWidth().testTag("came-save"))
    }
}

/** The keyboard, for who asked for it: of the cases, or of what is loose beside them. */
@Composable
fun TypeNumber(draft: CountDraft.Typed, item: CountItem, model: CountModel) {
    val number = draft.text.toIntOrNull()?.coerceAtMost(MOST)
    val label = if (draft.isCases) T.CASES else if (item.case > 1) T.UNITS else T.HOW_MANY
    fun save() {
        val typed = number ?: return
        if (draft.isCases) model.typeCases(item, typed) else model.type(item, typed)
    }
    CountSheet(item.name, model) {
        OutlinedTextField(
            draft.text, { text -> model.open(draft.copy(text = text.filter(Char::isDigit).take(5))) }, Modifier.fillMaxWidth().typedAtOnce().testTag("typed"),
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
internal fun Modifier.typedAtOnce(): Modifier {
    val focus = remember { FocusRequester() }
    LaunchedEffect(focus) { focus.requestFocus() }
    return focusRequester(focus)
}
