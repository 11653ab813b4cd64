package app.xundian.logic

import app.xundian.core.NewStore
import app.xundian.device.Street
import app.xundian.domain.Channel
import app.xundian.domain.StoreId
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

data class NewStoreScreen(
    val name: String = "",
    val channel: Channel = Channel.GROCERY,
    val street: String = "",
    val address: String = "",
    val hours: String = "",
    val owner: String = "",
    val phone: String = "",
    val problem: Problem? = null,
) {
    val canSave get() = name.isNotBlank() && street.isNotBlank() && address.isNotBlank()
}

/** How a street of these is named: with its district where another one has its name. */
fun List<Street>.label(street: Street): String =
    if (count { it.name == street.name } < 2) street.name else street.name + " · " + street.district.ifEmpty { street.code }

/** A new store 新店: it is served at once, the office looks at it later. */
class NewStoreModel(private val room: Room, private val go: Navigator) {
    private val shown = MutableStateFlow(NewStoreScreen())
    val state: StateFlow<NewStoreScreen> = shown.asStateFlow()
    private var saving: Job? = null

    private val known = MutableStateFlow(emptyList<Street>())
    /** Streets to pick from; the code of another one is typed. */
    val streets: StateFlow<List<Street>> = known.asStateFlow()

    /** The form is worth filling in without them. */
    fun load(): Job = room.scope.launch {
        withContext(room.quick) { runCatching { room.core.streets() } }.onSuccess { known.value = it }.onFailure(room::met)
    }

    fun change(to: NewStoreScreen) = shown.update { to.copy(problem = null) }

    /** Another rep's phone: whose shop it was going to be is nobody else's to know. */
    fun forget() {
        shown.value = NewStoreScreen()
    }

    /** A second tap while the first is on its way would open the store twice. */
    fun save(): Job {
        val running = saving
        if (running != null && running.isActive) return running
        val job = room.scope.launch { open(shown.value) }
        saving = job
        return job
    }

    private suspend fun open(form: NewStoreScreen) {
        try {
            val store: StoreId = withContext(room.quick) { room.core.openStore(asked(form)) }
            shown.value = NewStoreScreen()
            go.goOver(Route.Card(store))
        } catch (gone: CancellationException) {
            throw gone
        } catch (failure: Exception) {
            room.met(failure)
            room.refuses()
            shown.update { it.copy(problem = Messages.of(failure)) }
        }
    }

    private fun asked(form: NewStoreScreen) = NewStore(
        name = form.name.trim(),
        channel = form.channel,
        street = form.street.trim(),
        address = form.address.trim(),
        receivingHours = form.hours.trim(),
        owner = form.owner.trim().ifEmpty { null },
        phone = form.phone.trim().ifEmpty { null },
    )
}
