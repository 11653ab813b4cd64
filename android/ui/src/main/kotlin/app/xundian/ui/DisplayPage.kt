package app.xundian.ui

import androidx.compose.foundation.Image
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.xundian.domain.CheckUnit
import app.xundian.domain.PhotoRef
import app.xundian.logic.AppModels
import app.xundian.logic.CheckRow
import app.xundian.logic.DisplayModel
import app.xundian.logic.DisplayScreen
import app.xundian.logic.Labels
import app.xundian.logic.Language
import app.xundian.logic.Text as T
import kotlinx.coroutines.CoroutineDispatcher

/** 3 做陈列: the company's standard, its picture and its checklist, photos, what stands on the shelf. */
@Composable
fun DisplayPage(models: AppModels) {
    val view by models.display.state.collectAsState()
    val picture = rememberPicture(models.display.picture.collectAsState().value, models.room.slow)
    var isWhole by remember { mutableStateOf(false) }
    Page(
        title = say(T.STEP_DISPLAY), onBack = { models.go.back() },
        problem = if (view.value == null) null else view.problem, onDismiss = models.display::dismiss,
        bottom = view.value?.let { { StepButton(say(T.NEXT_STEP), { models.display.finish() }, Modifier.fillMaxWidth().testTag("finish")) } },
        sheet = if (picture == null || !isWhole) null else ({ WholePicture(picture, say(T.STANDARD_PICTURE), "picture-whole") { isWhole = false } }),
    ) {
        Body(view, { models.display.load() }) { screen ->
            Standard(screen, picture, models.display, photos = { Photos(screen, models.display, models.room.slow) }) { isWhole = true }
        }
    }
}

@Composable
private fun Standard(screen: DisplayScreen, picture: ImageBitmap?, model: DisplayModel, photos: @Composable () -> Unit, onPicture: () -> Unit) {
    LazyColumn(
        Modifier.fillMaxSize().testTag("standard"),
        contentPadding = PaddingValues(horizontal = 12.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        item { photos() }
        if (screen.checks.isEmpty() && picture == null) item { Quiet(say(T.STANDARD_NONE), Modifier.padding(4.dp).testTag("no-standard")) }
        if (screen.checks.isNotEmpty() || picture != null) item { Quiet(say(T.CHECKLIST), Modifier.padding(start = 4.dp, top = 8.dp)) }
        picture?.let { item(key = "picture") { SmallPicture(it, say(T.STANDARD_PICTURE), "picture", onPicture) } }
        items(screen.checks, key = { "check-${it.check.no}" }) { CheckLine(it, model) }
        item {
            Section(null) {
                Row(verticalAlignment = Alignment.CenterVertically) {
                    Text(say(T.POP), Modifier.weight(1f), style = MaterialTheme.typography.titleSmall)
                    Stepper(screen.pop, null, say(T.UNIT_PIECE), say(T.POP), "pop", Steps({ model.pop(1) }, { model.pop(-1) }))
                }
            }
        }
        item { Quiet(say(T.ON_SHELF), Modifier.padding(start = 4.dp, top = 8.dp)) }
        items(screen.products, key = { "sku-${it.sku}" }) { product ->
            val isThere = product.sku in screen.onShelf
            TickLine(product.name, isThere, "shelf-${product.sku}") { model.shelf(product, !isThere) }
        }
    }
}

@Composable
private fun Photos(screen: DisplayScreen, model: DisplayModel, reader: CoroutineDispatcher) {
    val seen by model.photos.collectAsState()
    val look: @Composable (PhotoRef, String) -> Unit = { photo, tag -> Thumbnail(seen[photo.sha256], reader, tag) }
    Section(null) {
        Wrapping {
            QuietButton(say(T.PHOTO_BEFORE) + " · " + say(T.N_PHOTOS, screen.before.size), { model.photo(isAfter = false) }, Modifier.testTag("before"))
            QuietButton(say(T.PHOTO_AFTER) + " · " + say(T.N_PHOTOS, screen.after.size), { model.photo(isAfter = true) }, Modifier.testTag("after"))
        }
        Taken(say(T.PHOTO_BEFORE), screen.before, "before", look) { model.removePhoto(it, isAfter = false) }
        Taken(say(T.PHOTO_AFTER), screen.after, "after", look) { model.removePhoto(it, isAfter = true) }
    }
}

/** Of a photo that went to the server before this app saw it there is none. Its name stands beside it. */
@Composable
private fun Thumbnail(bytes: ByteArray?, reader: CoroutineDispatcher, tag: String) {
    val picture = rememberThumbnail(bytes, THUMBNAIL, reader) ?: return
    Image(picture, null, Modifier.size(THUMBNAIL).clip(MaterialTheme.shapes.small).testTag(tag))
}

private val THUMBNAIL = 72.dp

/** One that was taken by mistake goes before the visit is sealed. */
@Composable
private fun Taken(title: String, photos: List<PhotoRef>, tag: String, look: @Composable (PhotoRef, String) -> Unit, onRemove: (PhotoRef) -> Unit) {
    val format = LocalSpeech.current.format
    photos.forEachIndexed { place, photo ->
        val (name, own) = title + " " + (place + 1) to "$tag-${place + 1}"
        val label = say(T.REMOVE_OF, name)
        // The next one must not be shown under the name of one that was removed.
        key(photo.sha256) {
            Beside(main = {
                Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                    look(photo, "$own-picture")
                    Quiet(name + " · " + format.bytes(photo.len.toLong()))
                }
            }) {
                QuietButton(say(T.REMOVE), { onRemove(photo) }, Modifier.testTag("$own-remove").semantics { contentDescription = label })
            }
        }
    }
}

@Composable
private fun CheckLine(row: CheckRow, model: DisplayModel) {
    val check = row.check
    val name = if (LocalSpeech.current.words.language == Language.ZH) check.nameZh else check.nameEn
    Section(null, Modifier.testTag("check-${check.no}")) {
        Undoable(name, row.found != null, "check-${check.no}") { model.uncheck(row) }
        // Ten percent is what an eye can tell.
        val step = if (check.unit == CheckUnit.PERCENT) 10 else 1
        Beside(main = {
            Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
                val details = listOfNotNull(
                    say(T.AT_LEAST, check.minValue, say(Labels.of(check.unit))),
                    say(T.POINTS, check.weight),
                    if (check.photoRequired) say(T.PHOTO_WANTED) else null,
                )
                Quiet(details.joinToString(" · "))
                Met(row, name, model)
            }
        }) {
            Stepper(
                row.found, null, say(Labels.of(check.unit)), name, "check-${check.no}",
                Steps({ model.found(row, step) }, { model.found(row, -step) }, { model.meets(row) }, T.LONG_PRESS_MEETS),
            )
        }
    }
}

/** What an eye can tell is one tap; the stepper is for who counts. */
@Composable
private fun Met(row: CheckRow, name: String, model: DisplayModel) {
    val signs = LocalSigns.current
    Wrapping {
        Choice(say(T.MET), row.isMet == true, { model.tick(row) }, Modifier.testTag("check-${row.check.no}-met").spoken(name, say(T.MET)))
        when (row.isMet) {
            true -> Unit
            false -> Sign(say(T.NOT_MET), signs.bad)
            null -> Sign(say(T.NOT_CHECKED), signs.idle)
        }
    }
}

/** A line that a tap switches. */
@Composable
fun TickLine(text: String, isOn: Boolean, tag: String, onClick: () -> Unit) {
    Surface(
        Modifier.fillMaxWidth().toggleable(isOn, role = Role.Checkbox) { onClick() }.testTag(tag),
        shape = MaterialTheme.shapes.small,
        color = if (isOn) MaterialTheme.colorScheme.primaryContainer else MaterialTheme.colorScheme.surfaceContainer,
        border = LocalSigns.current.edge,
    ) {
        Row(Modifier.heightIn(min = 52.dp).padding(horizontal = 16.dp, vertical = 8.dp), verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
            Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyLarge)
            val box = Modifier.size(26.dp).border(2.dp, MaterialTheme.colorScheme.outline, MaterialTheme.shapes.extraSmall)
            Box(if (isOn) Modifier.size(26.dp) else box, contentAlignment = Alignment.Center) { if (isOn) Tick(Modifier.size(22.dp), MaterialTheme.colorScheme.primary) }
        }
    }
}
