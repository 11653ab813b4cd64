package app.xundian.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.xundian.device.Street
import app.xundian.domain.Channel
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.NewStoreScreen
import app.xundian.logic.Route
import app.xundian.logic.SearchScreen
import app.xundian.logic.at
import app.xundian.logic.label
import app.xundian.logic.Text as T

/** Search: an unplanned visit starts here. */
@Composable
fun SearchPage(models: AppModels) {
    val view by models.search.state.collectAsState()
    val screen = view.value ?: SearchScreen()
    Page(
        title = say(T.SEARCH), onBack = { models.go.back() }, problem = view.problem, onDismiss = models.search::dismiss,
        bottom = { QuietButton(say(T.NEW_STORE), { models.go.go(Route.NewStore) }, Modifier.fillMaxWidth()) },
    ) {
        Column(Modifier.padding(horizontal = 12.dp)) {
            Field(say(T.SEARCH_HINT), screen.text, models.search::type, Modifier.testTag("query"))
            Hits(screen, models)
        }
    }
}

@Composable
private fun Hits(screen: SearchScreen, models: AppModels) {
    LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(vertical = 8.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        if (screen.stores.isNotEmpty()) item { Quiet(say(T.STORES)) }
        items(screen.stores, key = { it.store }) { hit ->
            Section(null, Modifier.clickable { models.search.open(hit) }.testTag("hit-${hit.name}")) {
                Text(hit.name, style = MaterialTheme.typography.titleMedium)
                Quiet(hit.address)
            }
        }
        if (screen.products.isNotEmpty()) item { Quiet(say(T.PRODUCTS)) }
        items(screen.products, key = { it.sku }) { Section(null) { Text(it.name) } }
        if (screen.text.isNotBlank() && screen.stores.isEmpty() && screen.products.isEmpty()) item { Quiet(say(T.NO_HITS)) }
    }
}

/** A new store 新店. */
@Composable
fun NewStorePage(models: AppModels) {
    val form by models.newStore.state.collectAsState()
    val streets by models.newStore.streets.collectAsState()
    val change: (NewStoreScreen) -> Unit = { models.newStore.change(it) }
    Page(
        title = say(T.NEW_STORE), onBack = { models.go.back() }, problem = form.problem, onDismiss = { change(form) },
        bottom = { MainButton(say(T.SAVE), { models.newStore.save() }, Modifier.fillMaxWidth().testTag("save-store"), isEnabled = form.canSave) },
    ) {
        Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(horizontal = 12.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Field(say(T.STORE_NAME), form.name, { change(form.copy(name = it)) }, Modifier.testTag("store-name"), refusal = form.problem.at("name"))
            Quiet(say(T.CHANNEL))
            Wrapping { Channel.entries.forEach { one -> Choice(say(Labels.of(one)), form.channel == one, { change(form.copy(channel = one)) }) } }
            if (streets.isNotEmpty()) Streets(streets, form.street) { change(form.copy(street = it)) }
            NewStoreFields(form, change)
            Quiet(say(T.NEW_STORE_HINT))
        }
    }
}

/** Which one was refused stands below it. */
@Composable
private fun NewStoreFields(form: NewStoreScreen, change: (NewStoreScreen) -> Unit) {
    val refused = form.problem
    Field(
        say(T.STREET_CODE), form.street, { change(form.copy(street = it)) }, Modifier.testTag("store-street"), keyboard = KeyboardType.Number,
        refusal = refused.at("street"),
    )
    Field(say(T.ADDRESS), form.address, { change(form.copy(address = it)) }, Modifier.testTag("store-address"), refusal = refused.at("address"))
    Field(say(T.HOURS), form.hours, { change(form.copy(hours = it)) }, Modifier.testTag("store-hours"), refusal = refused.at("receiving_hours"))
    Field(say(T.OWNER), form.owner, { change(form.copy(owner = it)) }, Modifier.testTag("store-owner"), refusal = refused.at("owner"))
    Field(
        say(T.PHONE), form.phone, { change(form.copy(phone = it)) }, Modifier.testTag("store-phone"), keyboard = KeyboardType.Phone,
        refusal = refused.at("phone"),
    )
}

/** More would push what follows off the screen; the others are seldom meant. */
private const val FEW_STREETS = 9

@Composable
private fun Streets(streets: List<Street>, code: String, pick: (String) -> Unit) {
    var areAllWanted by remember { mutableStateOf(false) }
    val chosen = code.trim()
    val shown = streets.filterIndexed { place, one -> areAllWanted || place < FEW_STREETS || one.code == chosen }
    Quiet(say(T.STREET))
    Wrapping {
        shown.forEach { one -> Choice(streets.label(one), one.code == chosen, { pick(one.code) }, Modifier.testTag("street-${one.code}")) }
        if (shown.size < streets.size) PlainButton(say(T.MORE), { areAllWanted = true }, Modifier.testTag("streets-more"))
    }
}
