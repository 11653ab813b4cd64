package app.xundian.logic

import app.xundian.device.OrderCard
import app.xundian.domain.OrderState
import java.time.LocalDate
import java.time.format.DateTimeFormatter
import java.time.format.DateTimeParseException

/** 改期: the delivery day that was promised in the shop, and the one that the server gave the order. */
data class MovedDay(val from: LocalDate, val to: LocalDate) {
    companion object {
        /** `null` = it is the promised day, or nobody has said another one. */
        fun of(promised: LocalDate, state: OrderState?): MovedDay? {
            val day = state?.let(::dayOf) ?: return null
            return if (day == promised) null else MovedDay(promised, day)
        }

        private fun dayOf(state: OrderState): LocalDate? = when (state) {
            is OrderState.Waiting -> state.day
            is OrderState.OnSheet -> dayOn(state.sheet)
            is OrderState.Ended -> dayOn(state.sheet)
            is OrderState.Held, is OrderState.Cancelled -> null
        }

        /** The number of a sheet says its day: D01-20260728, its second difference D01-20260728.2. */
        private fun dayOn(sheet: String): LocalDate? = try {
            LocalDate.parse(sheet.substringAfterLast('-').substringBefore('.'), DateTimeFormatter.BASIC_ISO_DATE)
        } catch (other: DateTimeParseException) {
            null
        }
    }
}

/** When it comes or should have come, whatever was promised. */
val OrderCard.day: LocalDate get() = MovedDay.of(promise.day, state)?.to ?: promise.day
