package app.xundian.app

import androidx.core.content.FileProvider

/** Every Robolectric test has folders of its own; the provider remembers those of the first one for as long as the JVM lives. */
fun forgetFolders() {
    val kept = FileProvider::class.java.getDeclaredField("sCache").apply { isAccessible = true }
    (kept.get(null) as MutableMap<*, *>).clear()
}
