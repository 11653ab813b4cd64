package app.xundian.logic

import app.xundian.domain.FactKind
import app.xundian.domain.FailedReason

/** What a photo is for. The shell writes it down while the camera is open: the system may end this app behind it. */
sealed interface PhotoPurpose {
    data object Before : PhotoPurpose
    data object After : PhotoPurpose
    data class Fact(val brand: String, val item: String, val kind: FactKind, val value: String) : PhotoPurpose
    data class Failed(val reason: FailedReason) : PhotoPurpose

    fun words(): List<String> = when (this) {
        Before -> listOf(BEFORE)
        After -> listOf(AFTER)
        is Fact -> listOf(FACT, brand, item, kind.name, value)
        is Failed -> listOf(FAILED, reason.name)
    }

    companion object {
        private const val BEFORE = "before"
        private const val AFTER = "after"
        private const val FACT = "fact"
        private const val FAILED = "failed"

        /** From [words]; `null` = another version of the app wrote them. */
        fun of(words: List<String>): PhotoPurpose? = when (words.firstOrNull()) {
            BEFORE -> Before
            AFTER -> After
            FACT -> fact(words)
            FAILED -> FailedReason.entries.find { it.name == words.getOrNull(1) }?.let { Failed(it) }
            else -> null
        }

        private fun fact(words: List<String>): Fact? {
            val kind = FactKind.entries.find { it.name == words.getOrNull(3) }
            return if (kind == null || words.size != 5) null else Fact(words[1], words[2], kind, words[4])
        }
    }
}

/** The answer of a camera that outlived the app which opened it; without [bytes] the rep turned back, unless it [failed]. */
class LatePhoto(val purpose: PhotoPurpose, val bytes: ByteArray?, val failed: PickFailed? = null)
