package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.xundian.device.Outbox
import app.xundian.device.OutboxRow
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.OutboxModel
import app.xundian.logic.OutboxScreen
import app.xundian.logic.SyncState
import app.xundian.logic.order
import app.xundian.protocol.Verdict
import app.xundian.logic.Text as T

/** Outbox 待上传: every record, and the server's own word about it. */
@Composable
fun OutboxPage(models: AppModels) {
    val view by models.outbox.state.collectAsState()
    val sync by models.schedule.state.collectAsState()
    val screen = view.value
    val details = screen?.let { detailsText(it.outbox, sync) }
    Page(
        title = say(T.OUTBOX), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.outbox::dismiss,
        trailing = { details?.let { PlainButton(say(T.COPY_DETAILS), { models.outbox.copyDetails(it) }) } },
        bottom = screen?.let {
            {
                SyncLine(it.outbox.unsent.toLong(), sync, models)
                QuietButton(say(T.EXPORT_JOURNAL), { models.outbox.export() }, Modifier.fillMaxWidth().testTag("export"), isEnabled = !view.isBusy)
            }
        },
    ) {
        Body(view, { models.outbox.load() }) { shown -> Records(shown, sync, models.outbox) }
    }
}

@Composable
private fun Records(screen: OutboxScreen, sync: SyncState, model: OutboxModel) {
    val list = rememberLazyListState()
    var seen by rememberSaveable { mutableStateOf(screen.recoveryCode) }
    // Another file has another code: somebody who was looking at an old record must not miss it.
    LaunchedEffect(screen.recoveryCode) {
        if (screen.recoveryCode != null && screen.recoveryCode != seen) list.scrollToItem(0)
        seen = screen.recoveryCode
    }
    LazyColumn(Modifier.fillMaxSize().testTag("records"), list, contentPadding = PaddingValues(12.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        item { Contact(screen, sync, model) }
        if (screen.outbox.rows.isEmpty()) item { Section(null) { Text(say(T.OUTBOX_EMPTY)) } }
        items(screen.outbox.rows, key = { it.id }) { Record(it, model) }
    }
}

@Composable
private fun Contact(screen: OutboxScreen, sync: SyncState, model: OutboxModel) {
    val format = LocalSpeech.current.format
    val (photos, signs) = screen.outbox.photos to LocalSigns.current
    Section(null) {
        Text(screen.outbox.lastContact?.let { say(T.LAST_CONTACT, format.moment(it)) } ?: say(T.NEVER_CONTACT))
        sync.nextTryMs?.let { Quiet(say(T.NEXT_TRY, format.moment(it))) }
        if (photos.count > 0u) Text(say(T.PHOTOS_PENDING, photos.count, format.bytes(photos.bytes.toLong())), color = signs.waiting)
        if (photos.lost > 0u) Text(say(T.PHOTOS_LOST, photos.lost), color = signs.bad)
        screen.recoveryCode?.let { Text(say(T.RECOVERY_CODE, it), Modifier.testTag("recovery"), style = MaterialTheme.typography.titleMedium) }
        if (screen.recoveryCode != null) QuietButton(say(T.SHARE_JOURNAL), { model.shareAgain() }, Modifier.fillMaxWidth().testTag("share-journal"))
        if (screen.leftOut > 0) Text(say(T.LEFT_OUT, screen.leftOut), Modifier.testTag("left-out"))
    }
}

/** One that made or changed an order leads to it, on later days too. */
@Composable
private fun Record(row: OutboxRow, model: OutboxModel) {
    val order = row.order
    Section(null) {
        Beside(main = { Standing(row) }) {
            if (order != null) QuietButton(say(T.OPEN_ORDER), { model.open(order) }, Modifier.testTag("record-${row.id}-order").spoken(nameOf(row), say(T.OPEN_ORDER)))
        }
    }
}

@Composable
private fun nameOf(row: OutboxRow): String = listOfNotNull(Labels.ofKind(row.kind)?.let { say(it) } ?: row.kind, row.storeName).joinToString(" · ")

@Composable
private fun Standing(row: OutboxRow) {
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Text(nameOf(row), Modifier.testTag("record-${row.id}"), style = MaterialTheme.typography.titleSmall, maxLines = 3, overflow = TextOverflow.Ellipsis)
        Quiet(LocalSpeech.current.format.moment(row.at), Modifier.testTag("record-${row.id}-at"))
        Sign(LocalSpeech.current.format.verdict(row.verdict), colourOf(row.verdict), Modifier.testTag("record-${row.id}-verdict"))
        if (row.photos > 0u) Quiet(say(T.ROW_PHOTOS, row.photos))
    }
}

@Composable
private fun colourOf(verdict: Verdict?): Color = when (verdict) {
    null -> LocalSigns.current.waiting
    is Verdict.Applied -> LocalSigns.current.good
    is Verdict.Parked, is Verdict.Held -> LocalSigns.current.warning
    else -> LocalSigns.current.bad
}

/** For the one who is called: codes and counts, nothing of stores or people. */
private fun detailsText(outbox: Outbox, sync: SyncState): String = buildString {
    appendLine("unsent=${outbox.unsent} photos=${outbox.photos.count} lost=${outbox.photos.lost} contact=${outbox.lastContact}")
    sync.problem?.let { appendLine("sync=${it.text} ${it.detail}") }
    outbox.rows.take(50).forEach { appendLine("${numberOf(it)} ${it.kind} ${it.id} ${codeOf(it.verdict)}") }
}

/** One that an earlier install pushed has none. */
private fun numberOf(row: OutboxRow): String = if (row.dseq > 0u) "${row.dseq}" else "-"

private fun codeOf(verdict: Verdict?): String = when (verdict) {
    null -> "-"
    is Verdict.Held -> "Held ${verdict.code}"
    is Verdict.Rejected -> "Rejected ${verdict.code}"
    else -> verdict.javaClass.simpleName
}
