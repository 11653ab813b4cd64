package app.xundian.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import app.xundian.device.ProductHit
import app.xundian.logic.SearchModel
import app.xundian.logic.Text as T

/** A product by its name, on the list or not: to be counted, or to be ordered. */
@Composable
fun AddProduct(search: SearchModel, onClose: () -> Unit, onAdd: (ProductHit) -> Unit) {
    val found by search.state.collectAsState()
    val products = found.value?.products.orEmpty()
    Sheet(say(T.ADD_SKU), onClose, problem = found.problem, onDismiss = search::dismiss) {
        Field(say(T.ITEM), found.value?.text.orEmpty(), search::type, Modifier.typedAtOnce().testTag("add-query"))
        products.take(MOST_PRODUCTS).forEach { product ->
            QuietButton(product.name, { onClose(); onAdd(product) }, Modifier.fillMaxWidth().testTag("sku-${product.sku}"))
        }
        val isSought = !found.isBusy && found.problem == null && !found.value?.text.isNullOrBlank()
        if (isSought && products.isEmpty()) Quiet(say(T.NO_HITS), Modifier.testTag("no-hits"))
    }
}

/** More are found by typing more. */
private const val MOST_PRODUCTS = 20

/** What was searched for last, a shop perhaps, is not what is missing here. */
@Composable
fun AddLine(search: SearchModel, modifier: Modifier = Modifier, onOpen: () -> Unit) {
    QuietButton(say(T.ADD_SKU), { search.type(""); onOpen() }, modifier.fillMaxWidth().testTag("add-line"))
}
