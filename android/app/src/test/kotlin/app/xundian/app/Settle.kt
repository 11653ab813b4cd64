package app.xundian.app

import android.os.Looper
import org.junit.Assert.assertTrue
import org.robolectric.Shadows.shadowOf
import java.time.Duration

/** Lets the threads of the core and the window's own do what they have to. */
fun settle(tries: Int = 800, said: () -> Any? = { "" }, until: () -> Boolean) {
    repeat(tries) {
        frames(1)
        if (until()) return
        Thread.sleep(25)
    }
    assertTrue("it does not settle: ${said()}", until())
}

/** Frames come by the clock, which stands still unless it is told to go on. */
fun frames(count: Int) = repeat(count) { shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(FRAME_MS)) }

private const val FRAME_MS = 32L
