package app.xundian.logic

import app.xundian.protocol.Reason

enum class Language {
    ZH,
    EN;

    companion object {
        /** Chinese, unless the system speaks English; [code] is that of ISO 639. */
        fun ofSystem(code: String): Language = if (code == "en") EN else ZH
    }
}

/** The texts of one language. */
class Words(val language: Language) {
    private val table = if (language == Language.ZH) ZH else EN

    operator fun invoke(text: Text, vararg values: Any): String = fill(table.getValue(text), values)

    /** One pass over the text: a value that itself holds "{0}" fills nothing. */
    private fun fill(text: String, values: Array<out Any>): String =
        if (values.isEmpty()) text else PLACE.replace(text) { hole -> values.getOrNull(hole.groupValues[1].toInt())?.toString() ?: hole.value }

    /** The company's own text. */
    operator fun invoke(reason: Reason): String = if (language == Language.ZH) reason.zh else reason.en

    private companion object {
        // Android wants both braces escaped.
        val PLACE = Regex("""\{(\d)\}""")
    }
}
