package app.xundian.logic

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Values in a text: of a shop's name nobody knows what stands in it. */
class FillTest {
    private val words = Words(Language.EN)

    @Test
    fun `a value that looks like a place is left as it is, and takes no other's place`() {
        assertEquals("{1}: 5", words(Text.OF, "{1}", 5))
        assertEquals("{0}: {0}", words(Text.OF, "{0}", "{0}"))
        assertEquals("\$1 \\: {x", words(Text.OF, "\$1 \\", "{x"))
    }

    @Test
    fun `places are filled by their number, and one without a value is seen`() {
        assertEquals("5 pc of tea free", words(Text.GIVES_GIFT, "tea", 5))
        assertEquals("tea: {1}", words(Text.OF, "tea"))
        assertEquals("{0}: {1}", words(Text.OF))
    }
}
