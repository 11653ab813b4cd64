package app.xundian.app

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import app.xundian.core.KeyStore
import app.xundian.core.ShellException
import java.security.GeneralSecurityException
import java.security.ProviderException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Wraps the secret of the phone's key with a key that never leaves the Keystore: no other phone opens it, nor does this one after
 * its data were erased. Nobody is asked for a finger: what waits is sent in the background, too.
 */
class PhoneKeys(private val made: () -> SecretKey = ::freshKey, private val kept: () -> SecretKey? = ::keptKey) : KeyStore {
    override fun wrap(secret: ByteArray): ByteArray = orFail {
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, kept() ?: made()) }
        cipher.iv + cipher.doFinal(secret)
    }

    override fun unwrap(wrapped: ByteArray): ByteArray = orFail {
        if (wrapped.size <= IV_BYTES) throw GeneralSecurityException("too short")
        // One made here would open nothing, and take the place of a key that the Keystore only did not find this time.
        val key = kept() ?: throw GeneralSecurityException("no key")
        val cipher = Cipher.getInstance(CIPHER).apply { init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, IV_BYTES)) }
        cipher.doFinal(wrapped, IV_BYTES, wrapped.size - IV_BYTES)
    }

    /** Some makers' Keystores fail in their own ways; the core goes on without. */
    private fun orFail(work: () -> ByteArray): ByteArray = try {
        work()
    } catch (failure: GeneralSecurityException) {
        throw ShellException.Failed(failure.toString())
    } catch (failure: ProviderException) {
        throw ShellException.Failed(failure.toString())
    }

    private companion object {
        const val CIPHER = "AES/GCM/NoPadding"
        const val IV_BYTES = 12
        const val TAG_BITS = 128
    }
}

private const val PROVIDER = "AndroidKeyStore"
private const val NAME = "phone"

private fun keptKey(): SecretKey? = java.security.KeyStore.getInstance(PROVIDER).apply { load(null) }.getKey(NAME, null) as? SecretKey

private fun freshKey(): SecretKey {
    val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
    val spec = KeyGenParameterSpec.Builder(NAME, purposes)
        .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
        .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        .setKeySize(256)
        .build()
    return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
}
