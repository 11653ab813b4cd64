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
    Sheet(say(T.ADD_SKU), onClose) {
        Field(say(T.ITEM), found.value?.text.orEmpty(), search::type, Modifier.typedAtOnce().testTag("add-query"))
        found.value?.products.orEmpty().take(20).forEach { product ->
            QuietButton(product.name, { onClose(); onAdd(product) }, Modifier.fillMaxWidth().testTag("sku-${product.sku}"))
        }
    }
}

/** What was searched for last, a shop perhaps, is not what is missing here. */
@Composable
fun AddLine(search: SearchModel, modifier: Modifier = Modifier, onOpen: () -> Unit) {
    QuietButton(say(T.ADD_SKU), { search.type(""); onOpen() }, modifier.fillMaxWidth().testTag("add-line"))
}
