package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.hapticfeedback.HapticFeedback
import androidx.compose.ui.hapticfeedback.HapticFeedbackType
import androidx.compose.ui.platform.LocalHapticFeedback

/** What the thumb feels, the same four as on iOS. Phones before Android 11 know no [done] and no [refused], and a desk feels nothing. */
class Haptics(private val felt: HapticFeedback) {
    fun step() = felt.performHapticFeedback(HapticFeedbackType.KeyboardTap)
    fun wholeCase() = felt.performHapticFeedback(HapticFeedbackType.LongPress)
    fun done() = felt.performHapticFeedback(HapticFeedbackType.Confirm)
    fun refused() = felt.performHapticFeedback(HapticFeedbackType.Reject)
}

@Composable
fun rememberHaptics(): Haptics {
    val felt = LocalHapticFeedback.current
    return remember(felt) { Haptics(felt) }
}
