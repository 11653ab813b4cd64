package app.xundian.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.xundian.logic.CardEdit
import app.xundian.logic.InTheWay
import app.xundian.logic.Problem
import app.xundian.logic.StoreCardModel
import app.xundian.logic.at
import app.xundian.protocol.Contact
import app.xundian.logic.Text as T

/** What the rep writes on a store card. */
@Composable
fun EditSheet(edit: CardEdit, isBusy: Boolean, problem: Problem?, model: StoreCardModel) {
    Sheet(say(titleOf(edit)), model::stopEdit, isTouched = edit.isChanged) {
        when (edit) {
            is CardEdit.Note -> NoteField(edit, model)
            is CardEdit.Person -> PersonFields(edit, problem, model)
        }
        problem?.let { ProblemLine(it, model::dismiss) }
        val takesAway = edit is CardEdit.Note && edit.takesAway
        MainButton(
            say(if (takesAway) T.NOTE_REMOVE else T.SAVE), { model.saveEdit() },
            Modifier.fillMaxWidth().padding(top = 8.dp).testTag("save-edit"), isEnabled = edit.isChanged && !isBusy,
        )
    }
}

private fun titleOf(edit: CardEdit) = when (edit) {
    is CardEdit.Note -> if (edit.before.isEmpty()) T.NOTE_WRITE else T.NOTE_CHANGE
    is CardEdit.Person -> T.CONTACT
}

@Composable
private fun NoteField(edit: CardEdit.Note, model: StoreCardModel) {
    Quiet(say(T.NOTE_HINT))
    Field(say(T.NOTE), edit.text, { model.type(edit.copy(text = it)) }, Modifier.testTag("note-text"), lines = 4)
}

/** Which one was refused stands below it. */
@Composable
private fun PersonFields(edit: CardEdit.Person, refused: Problem?, model: StoreCardModel) {
    val contact = edit.contact
    fun type(now: Contact) = model.type(edit.copy(contact = now))
    Field(say(T.OWNER), contact.owner, { type(contact.copy(owner = it)) }, Modifier.testTag("owner"), refusal = refused.at("owner"))
    Field(
        say(T.PHONE), contact.phone, { type(contact.copy(phone = it)) }, Modifier.testTag("phone"), keyboard = KeyboardType.Phone,
        refusal = refused.at("phone"),
    )
    Field(say(T.RECEIVER), contact.receiver, { type(contact.copy(receiver = it)) }, Modifier.testTag("receiver"), refusal = refused.at("receiver"))
}

/** Checking in here ends what is open there: nobody should do that unknowing. */
@Composable
fun OpenElsewhere(visit: InTheWay, model: StoreCardModel) {
    Sheet(say(T.ERR_VISIT_OPEN), model::stopAsking) {
        when (visit) {
            InTheWay.Unread -> Text(say(T.VISIT_UNREAD, say(T.VISIT_FAILED)), Modifier.testTag("visit-unread"))
            is InTheWay.Unsealed -> {
                Quiet(say(T.VISIT_ELSEWHERE, visit.shop.ifEmpty { say(T.OTHER_SHOP) }))
                Unconfirmed(visit.orderLines, model::confirmThere)
            }
        }
        MainButton(say(T.CONTINUE_THERE), { model.continueThere() }, Modifier.fillMaxWidth().testTag("continue-there"))
        if (visit is InTheWay.Unsealed) {
            QuietButton(say(T.SEAL_AND_CHECK_IN), { model.sealAndCheckIn() }, Modifier.fillMaxWidth().testTag("seal-and-check-in"))
        }
    }
}
