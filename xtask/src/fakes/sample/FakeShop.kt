// Written by `cargo xtask bindings` from the interface that it stands in for.

package app.xundian.sample

import app.xundian.domain.BusinessDate
import app.xundian.domain.Stop
import java.util.concurrent.ConcurrentLinkedQueue

/** A Shop for tests: each door gives the answer that was set for it, and fails with its name where none was. */
open class FakeShop : ShopInterface {
    private val opened = ConcurrentLinkedQueue<String>()

    /** The doors that were opened, in their order. */
    val calls: List<String> get() = opened.toList()

    /** Comes before every answer; what it throws is said in the answer's place. */
    protected open fun called(door: String) {
        opened += door
    }

    @Volatile
    var onClose: () -> kotlin.Unit = { unset("close") }

    override fun `close`(): kotlin.Unit {
        called("close")
        return onClose()
    }

    @Volatile
    var onOpen: (`with`: kotlin.String) -> BusinessDate? = { _ -> unset("open") }

    override fun `open`(`with`: kotlin.String): BusinessDate? {
        called("open")
        return onOpen(`with`)
    }

    @Volatile
    var onStops: (`by`: Map<kotlin.String, List<kotlin.Long>>, `most`: kotlin.UInt?) -> List<Stop> = { _, _ -> unset("stops") }

    override fun `stops`(`by`: Map<kotlin.String, List<kotlin.Long>>, `most`: kotlin.UInt?): List<Stop> {
        called("stops")
        return onStops(`by`, `most`)
    }
}

private fun unset(door: String): Nothing = throw AssertionError("no answer was set for the door $door")
