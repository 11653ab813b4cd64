package app.xundian.app

import android.os.Bundle
import org.junit.rules.ExternalResource
import org.robolectric.Robolectric
import org.robolectric.android.controller.ActivityController

/**
 * The windows of one test, closed after it. Compose's dispatcher is one for all tests: a frame for which it still waits when
 * the queue is emptied between two of them never comes, and no later window is ever composed.
 */
class Windows : ExternalResource() {
    private val opened = mutableListOf<ActivityController<MainActivity>>()

    fun open(state: Bundle? = null): ActivityController<MainActivity> {
        val window = Robolectric.buildActivity(MainActivity::class.java).also(opened::add)
        return if (state == null) window.setup() else window.setup(state)
    }

    override fun after() {
        opened.forEach { it.close() }
        frames(LAST_FRAMES)
    }

    private companion object {
        const val LAST_FRAMES = 4
    }
}
