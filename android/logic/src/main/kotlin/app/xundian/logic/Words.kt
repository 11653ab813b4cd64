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

    operator fun invoke(text: Text, vararg values: Any): String {
        var filled = table.getValue(text)
        values.forEachIndexed { place, value -> filled = filled.replace("{$place}", value.toString()) }
        return filled
    }

    /** The company's own text. */
    operator fun invoke(reason: Reason): String = if (language == Language.ZH) reason.zh else reason.en
}
