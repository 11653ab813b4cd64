package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.xundian.logic.AppModels
import app.xundian.logic.DamageModel
import app.xundian.logic.EnrolModel
import app.xundian.logic.EnrolScreen
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.LookModel
import app.xundian.logic.Route
import app.xundian.logic.SettingsModel
import app.xundian.logic.SettingsScreen
import app.xundian.logic.Shade
import app.xundian.logic.Text as T

/** Settings: how it looks, how it stands. The looks work even when the core does not. */
@Composable
fun SettingsPage(models: AppModels) {
    val view by models.settings.state.collectAsState()
    val look by models.look.state.collectAsState()
    Page(title = say(T.SETTINGS), onBack = { models.go.back() }, problem = view.problem, onDismiss = models.settings::dismiss) {
        Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(12.dp), verticalArrangement = Arrangement.spacedBy(10.dp)) {
            Looks(look, models.look)
            view.value?.let { Diagnostics(it, models.settings) }
            Damaged(models.damage)
            Import(models.settings)
            QuietButton(say(T.ENROL_AGAIN), models.settings::enrolAgain, Modifier.fillMaxWidth())
        }
    }
}

@Composable
private fun Looks(look: Look, model: LookModel) {
    Section(say(T.LANGUAGE)) {
        Wrapping {
            Choice(say(T.LANGUAGE_ZH), look.language == Language.ZH, { model.change(look.copy(language = Language.ZH)) }, Modifier.testTag("zh"))
            Choice(say(T.LANGUAGE_EN), look.language == Language.EN, { model.change(look.copy(language = Language.EN)) }, Modifier.testTag("en"))
        }
    }
    Section(say(T.TEXT_SIZE)) {
        Wrapping {
            LookModel.TEXT_STEPS.forEach { percent -> Choice("$percent %", look.textPercent == percent, { model.change(look.copy(textPercent = percent)) }) }
        }
    }
    Section(say(T.SHADE)) {
        Wrapping {
            Choice(say(T.SHADE_SYSTEM), look.shade == Shade.SYSTEM, { model.change(look.copy(shade = Shade.SYSTEM)) })
            Choice(say(T.SHADE_LIGHT), look.shade == Shade.LIGHT, { model.change(look.copy(shade = Shade.LIGHT)) })
            Choice(say(T.SHADE_DARK), look.shade == Shade.DARK, { model.change(look.copy(shade = Shade.DARK)) })
        }
        TickLine(say(T.HIGH_CONTRAST), look.isHighContrast, "contrast") { model.change(look.copy(isHighContrast = !look.isHighContrast)) }
    }
}

@Composable
private fun Diagnostics(screen: SettingsScreen, model: SettingsModel) {
    val format = LocalSpeech.current.format
    Section(say(T.DIAGNOSTICS)) {
        Figure(say(T.SERVER), screen.server ?: say(T.NOT_SET))
        Figure(say(T.REP), screen.rep ?: say(T.NOT_SET))
        Figure(say(T.WAITING), screen.unsent.toString())
        Figure(say(T.PHOTO_STORAGE), format.bytes(screen.photoBytes))
        Figure(say(T.STORAGE), format.bytes(screen.storageBytes))
        Figure(say(T.VERSION), screen.version)
        Quiet(screen.lastContactMs?.let { say(T.LAST_CONTACT, format.moment(it)) } ?: say(T.NEVER_CONTACT))
        Log(screen.log)
        QuietButton(say(T.SHARE_LOG), model::shareDiagnostics, Modifier.testTag("share-log"))
    }
}

/** A glance at it; the whole of it is sent. */
@Composable
private fun Log(lines: List<String>) {
    if (lines.isEmpty()) return
    Text(say(T.LOG), style = MaterialTheme.typography.titleSmall)
    lines.takeLast(LINES_SHOWN).forEach { Text(it, Modifier.testTag("log-line"), style = MaterialTheme.typography.bodySmall) }
}

private const val LINES_SHOWN = 5

/** It stays on this phone, and so does the way to send it: who shared it may have turned back, and then put its line away. */
@Composable
private fun Damaged(model: DamageModel) {
    val told by model.state.collectAsState()
    val files = model.files.collectAsState().value ?: return
    Section(null, Modifier.testTag("damaged")) {
        Text(say(if (told == null) T.DAMAGED_KEPT else T.DAMAGED), Modifier.testTag("damaged-text"))
        files.problem?.let { Text(say(it.text, it.detail), color = LocalSigns.current.bad) }
        QuietButton(say(T.SHARE), { model.shareAll() }, Modifier.testTag("damaged-share"), isEnabled = !files.isBusy)
    }
}

@Composable
private fun Import(model: SettingsModel) {
    val imported by model.imported.collectAsState()
    val isImporting by model.isImporting.collectAsState()
    val code by model.code.collectAsState()
    Section(say(T.IMPORT_JOURNAL)) {
        Field(say(T.RECOVERY_LABEL), code, model::type, Modifier.testTag("recovery-code"), keyboard = KeyboardType.Ascii)
        val (text, isReady) = (if (isImporting) T.IMPORTING else T.IMPORT_JOURNAL) to (code.isNotBlank() && !isImporting)
        QuietButton(say(text), { model.importJournal(code) }, Modifier.testTag("import"), isEnabled = isReady)
        if (isImporting) LinearProgressIndicator(Modifier.fillMaxWidth())
        imported?.let { Text(say(T.IMPORTED, it.taken, it.known), Modifier.testTag("imported"), style = MaterialTheme.typography.bodyLarge) }
    }
}

/** First start: one photo of the office's QR, or two fields. */
@Composable
fun EnrolPage(models: AppModels) {
    val form by models.enrol.state.collectAsState()
    val look by models.look.state.collectAsState()
    val routes by models.go.routes.collectAsState()
    Page(
        title = say(T.ENROL), onBack = if (routes.size > 1 && routes.first() != Route.Enrol) ({ models.go.back() }) else null,
        problem = form.problem, onDismiss = { models.enrol.code(form.code) }, notice = { DamageLine(models.damage) },
        bottom = { EnrolBottom(form, models.enrol) },
    ) {
        Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            Text(say(T.ENROL_HINT), style = MaterialTheme.typography.bodyLarge)
            Quiet(say(T.ENROL_ONCE))
            Quiet(say(T.ENROL_BY_HAND), Modifier.padding(top = 8.dp))
            Field(say(T.ENROL_SERVER), form.server, models.enrol::server, Modifier.testTag("server"), keyboard = KeyboardType.Uri)
            Field(say(T.ENROL_CODE), form.code, models.enrol::code, Modifier.testTag("code"), keyboard = KeyboardType.Ascii)
            Quiet(say(T.FIRST_PULL))
            Wrapping {
                Choice(say(T.LANGUAGE_ZH), look.language == Language.ZH, { models.look.change(look.copy(language = Language.ZH)) })
                Choice(say(T.LANGUAGE_EN), look.language == Language.EN, { models.look.change(look.copy(language = Language.EN)) })
            }
        }
    }
}

/** The photo lies under the thumb until somebody types a code. */
@Composable
private fun EnrolBottom(form: EnrolScreen, model: EnrolModel) {
    val isTyped = form.code.isNotBlank()
    val text = when {
        form.isBusy -> T.ENROLLING
        isTyped -> T.ENROL_GO
        else -> T.ENROL_SCAN
    }
    if (isTyped) MainButton(say(text), { model.enrol() }, Modifier.fillMaxWidth().testTag("enrol"), isEnabled = form.canTry)
    else MainButton(say(text), { model.scan() }, Modifier.fillMaxWidth().testTag("scan"), isEnabled = !form.isBusy)
    if (form.isBusy) QuietButton(say(T.SYNC_STOP), { model.cancel() }, Modifier.fillMaxWidth().testTag("stop"))
}
