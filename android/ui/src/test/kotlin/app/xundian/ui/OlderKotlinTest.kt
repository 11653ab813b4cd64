package app.xundian.ui

import app.xundian.core.RepPhone
import app.xundian.device.Today
import app.xundian.domain.Step
import app.xundian.protocol.Verdict
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

/** Whoever builds an app on the bindings may have an older Kotlin than we do; it says in each class who can read it. */
class OlderKotlinTest {
    @Test
    fun `the bindings are read by Kotlin 2-2, in Maven's build and in Gradle's`() {
        val versions = listOf(RepPhone::class, Today::class, Step::class, Verdict::class).map { type ->
            checkNotNull(type.java.getAnnotation(Metadata::class.java)).metadataVersion.take(2)
        }
        assertEquals(listOf(2, 2), versions.distinct().single())
        val pin = Regex("(language|api)Version = KotlinVersion\\.(KOTLIN_\\w+)")
        val pinned = pin.findAll(File("../bindings/build.gradle.kts").readText()).associate { it.groupValues[1] to it.groupValues[2] }
        assertEquals(mapOf("language" to "KOTLIN_2_2", "api" to "KOTLIN_2_2"), pinned)
    }
}
