package app.xundian.app

import com.sun.jna.Callback
import com.sun.jna.Library
import com.sun.jna.Structure
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.lang.reflect.Modifier
import java.net.URLClassLoader

/** What JNA and Android find by its name or by its order is there after R8, too: target/shrunk/app.jar is the app that shrink.sh leaves. */
class ShrinkTest {
    private val jar = File("target/shrunk/app.jar")

    /** Behind it the libraries of Android, for what the app's classes extend. */
    private val loader = URLClassLoader(
        (listOf(jar) + System.getProperty("java.class.path").split(File.pathSeparator).map(::File)).map { it.toURI().toURL() }.toTypedArray(),
        ClassLoader.getPlatformClassLoader(),
    )

    private fun shrunk(name: String): Class<*> {
        val found = Class.forName(name, false, loader)
        assertEquals("$name is gone", jar.toURI().toURL(), found.protectionDomain.codeSource.location)
        return found
    }

    private fun whole(name: String): Class<*> = Class.forName(name, false, javaClass.classLoader)

    /** The generated bindings, as they were compiled. */
    private val bindings = listOf("core", "device", "domain", "protocol").flatMap { part ->
        val classes = File("target/classes")
        classes.resolve("app/xundian/$part").walk().filter { it.extension == "class" }.map { it.relativeTo(classes).path.removeSuffix(".class").replace('/', '.') }
    }

    private fun Class<*>.isFoundByName() =
        Structure::class.java.isAssignableFrom(this) || Callback::class.java.isAssignableFrom(this) || Library::class.java.isAssignableFrom(this) ||
            declaredMethods.any { Modifier.isNative(it.modifiers) }

    private fun members(type: Class<*>): Set<String> = buildSet {
        type.declaredFields.forEach { add("field ${it.name}") }
        type.declaredMethods.forEach { add("method ${it.name}") }
        type.declaredConstructors.forEach { add("constructor of ${it.parameterCount}") }
        // The order of the fields, as JNA reads it.
        type.annotations.filter { it.annotationClass.java.name.endsWith("FieldOrder") }.forEach { add(it.toString()) }
    }

    @Test
    fun `names, fields and their order are those that JNA looks for`() {
        val sought = bindings.map(::whole).filter { it.isFoundByName() }
        val kinds = listOf(Structure::class.java, Callback::class.java).map { kind -> sought.count { kind.isAssignableFrom(it) } }
        assertTrue("found $kinds", kinds.all { it > 10 } && sought.any { type -> type.declaredMethods.count { Modifier.isNative(it.modifiers) } > 50 })
        for (type in sought) assertEquals(type.name, emptySet<String>(), members(type) - members(shrunk(type.name)))
    }

    @Test
    fun `what the system makes is found by its name`() {
        for (name in listOf("MainActivity", "XundianApplication")) assertEquals(listOf(0), shrunk("app.xundian.app.$name").constructors.map { it.parameterCount })
        val worker = shrunk("app.xundian.app.SyncWorker").constructors.single()
        assertEquals(listOf("android.content.Context", "androidx.work.WorkerParameters"), worker.parameterTypes.map { it.name })
    }

    /** In a process of its own: a second pair of bindings would take the core's callbacks away from the first. */
    @Test
    fun `the shrunk bindings find the core with all its functions and callbacks`() {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val classes = listOf(jar, File("target/test-classes")).joinToString(File.pathSeparator)
        val words = listOf(java, "-cp", classes, "-Djna.library.path=" + System.getProperty("jna.library.path"), "app.xundian.app.CoreAloneKt")
        val process = ProcessBuilder(words).redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        assertEquals(said, 0, process.waitFor())
    }

    /** Or the tests above would see the app as it was compiled. */
    @Test
    fun `R8 was here`() {
        val renamed = File("target/shrunk/mapping.txt").readLines().filter { it.startsWith("app.xundian.logic.") && " -> " in it }
        assertTrue("of logic nothing has another name", renamed.any { it.substringAfter(" -> ").removeSuffix(":") != it.substringBefore(" -> ") })
    }
}
