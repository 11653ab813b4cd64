package app.xundian.logic

import app.xundian.domain.Channel
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** The closed lists of the wire as tests/tests/codes.rs writes them down in Rust: Kotlin has the same ones, each with the same cases. */
class CodesTest {
    private class Case(val list: String, val name: String, val code: String)

    private val cases = File("../../tests/vectors/codes.csv").readLines().drop(1).map { row ->
        row.split(',').let { (list, name, code) -> Case(list, name, code) }
    }

    /** Of the generated type: an enum, or a class with one for each case. */
    private fun casesOf(list: String): Set<String> {
        val rooms = listOf("domain", "protocol")
        val type = rooms.firstNotNullOfOrNull { room -> runCatching { Class.forName("app.xundian.$room.$list") }.getOrNull() } ?: error("no $list")
        val names = type.enumConstants?.map { (it as Enum<*>).name } ?: type.declaredClasses.filter { type.isAssignableFrom(it) }.map { it.simpleName }
        return names.map(::plain).toSet()
    }

    /** WE_CHAT and WeChat are one name. */
    private fun plain(name: String) = name.replace("_", "").lowercase()

    @Test
    fun `every list has the cases that it has in Rust`() {
        val lists = cases.filter { it.list != KIND }.groupBy { it.list }
        assertTrue(lists.size > 30, "${lists.keys}")
        lists.forEach { (list, told) -> assertEquals(told.map { plain(it.name) }.toSet(), casesOf(list), list) }
    }

    @Test
    fun `every kind of record has a text of its own`() {
        val texts = cases.filter { it.list == KIND }.map { Labels.ofKind(it.code) }
        assertTrue(texts.size > 5 && null !in texts, "$texts")
        assertEquals(texts.size, texts.distinct().size)
    }

    /** A rep who opens a shop and the office that lists it mean the same kind by the same word. */
    @Test
    fun `every channel has the word that the office's files have`() {
        val listed = Regex("\\(\"(\\S+)\", Channel::(\\w+)\\)").findAll(File("../../sync-server/src/import/city/words.rs").readText())
        val words = listed.associate { found -> plain(found.groupValues[2]) to found.groupValues[1] }
        assertEquals(words, Channel.entries.associate { plain(it.name) to ZH.getValue(Labels.of(it)) })
    }

    private companion object {
        /** What the wire knows as a list, the shells as words. */
        const val KIND = "Kind"
    }
}
