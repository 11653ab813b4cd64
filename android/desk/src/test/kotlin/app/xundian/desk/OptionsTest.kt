package app.xundian.desk

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

class OptionsTest {
    @Test
    fun `a code for a phone that is enrolled already is told not to be used, and how to begin anew`() {
        val asked = Options(arrayOf("--file", "kept/phone.sqlite", "--server", "http://127.0.0.1:9", "--code", "ABCD2345"))
        assertNull(asked.unused(rep = null), "it is used")
        val said = "--server and --code are not used: kept/phone.sqlite is enrolled already, for ZY01. " +
            "To begin anew, close the window and delete kept/phone.sqlite, kept/phone.sqlite-wal and kept/phone.sqlite-shm."
        assertEquals(said, asked.unused(rep = "ZY01"))
        assertNull(Options(arrayOf("--file", "kept/phone.sqlite")).unused(rep = "ZY01"), "nothing was asked for")
    }
}
