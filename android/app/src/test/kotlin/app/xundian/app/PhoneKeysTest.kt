package app.xundian.app

import app.xundian.core.CoreException
import app.xundian.core.ShellException
import app.xundian.fake.Road
import app.xundian.fake.Town
import app.xundian.logic.RealCore
import app.xundian.logic.Signals
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assume.assumeTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.security.KeyStoreException
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** Real ciphers with a key of this machine: the real Keystore is on phones only. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PhoneKeysTest {
    @get:Rule
    val folder = TemporaryFolder()

    private fun key(): SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()

    private fun keys() = key().let { key -> PhoneKeys { key } }

    @Test
    fun `a key is made to wrap, once, and never because one was not found to unwrap`() {
        var kept: SecretKey? = null
        var count = 0
        val keys = PhoneKeys({ count++; key().also { kept = it } }) { kept }
        assertThrows(ShellException.Failed::class.java) { keys.unwrap(ByteArray(40)) }
        assertEquals(0, count)
        val secret = ByteArray(32) { it.toByte() }
        val wrapped = keys.wrap(secret)
        keys.wrap(secret)
        val first = kept
        kept = null
        assertThrows(ShellException.Failed::class.java) { keys.unwrap(wrapped) }
        kept = first
        assertArrayEquals("the Keystore answers again", secret, keys.unwrap(wrapped))
        assertEquals(1, count)
    }

    @Test
    fun `what is wrapped opens with its own key, whole and unchanged`() {
        val (keys, secret) = keys() to ByteArray(32) { it.toByte() }
        val wrapped = keys.wrap(secret)
        assertArrayEquals(secret, keys.unwrap(wrapped))
        assertFalse("never twice the same", keys.wrap(secret).contentEquals(wrapped))
        val torn = wrapped.copyOf().also { it[20] = (it[20] + 1).toByte() }
        for (bad in listOf(torn, wrapped.copyOf(12), ByteArray(0))) assertThrows(ShellException.Failed::class.java) { keys.unwrap(bad) }
        assertThrows(ShellException.Failed::class.java) { keys().unwrap(wrapped) }
        assertThrows(ShellException.Failed::class.java) { PhoneKeys { throw KeyStoreException("locked") }.wrap(secret) }
    }

    @Test
    fun `a copied phone says that its key is lost and works on with a new code`() {
        val town = Town.start()
        assumeTrue(town != null)
        checkNotNull(town).use {
            Road(town).use { road ->
                val path = folder.root.resolve("phone.sqlite").path
                fun open(keys: PhoneKeys) = RealCore.open(path, PhoneClocks(RuntimeEnvironment.getApplication()), null, Signals(), keys)
                open(keys()).use { core ->
                    core.enrol(road.address, town.ask("code ZY01"))
                    core.sync()
                    core.beginVisit(core.today().stops.first().store)
                    core.checkOut()
                }
                open(keys()).use { copy ->
                    assertEquals(CoreException.Unauthorized("key_lost").reason, assertThrows(CoreException.Unauthorized::class.java) { copy.sync() }.reason)
                    copy.enrol(road.address, town.ask("code ZY01"))
                    copy.sync()
                    assertEquals("nothing was lost", "1", town.ask("facts"))
                }
            }
        }
    }
}
