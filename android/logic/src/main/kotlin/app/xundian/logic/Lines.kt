package app.xundian.logic

import app.xundian.device.Line
import app.xundian.domain.Step

/** The step that a line is shown in. */
fun Line.step(): Step = when (this) {
    is Line.Count, is Line.Stands, is Line.DeliverySeen, is Line.Inflow, is Line.Outflow, is Line.PickUp, is Line.Facings -> Step.STOCK_COUNT
    is Line.Advised, is Line.Intention -> Step.SUGGESTED_ORDER
    is Line.Check, is Line.OnShelf, is Line.PopPlaced, is Line.PhotoBefore, is Line.PhotoAfter -> Step.DISPLAY
    is Line.Competitor -> Step.COMPETITOR
    is Line.Confirmed, is Line.Promise, is Line.Payment, is Line.Receiver, is Line.NoOrder -> Step.ORDER_CONFIRMATION
    is Line.Finished -> v1
    is Line.Skip -> step
}

/** How far a step is. */
enum class StepState {
    EMPTY, STARTED, FINISHED, SKIPPED;

    /** Neither done nor left out with a reason: who leaves now is asked. */
    val isOpen get() = this == EMPTY || this == STARTED
}

fun List<Line>.stateOf(step: Step): StepState {
    val own = filter { it.step() == step }
    return when {
        own.any { it is Line.Finished } -> StepState.FINISHED
        own.any { it is Line.Skip } -> StepState.SKIPPED
        // Looking at the suggestions saves them; that alone is no work.
        own.any { it !is Line.Advised } -> StepState.STARTED
        else -> StepState.EMPTY
    }
}

/** The step after [step] on the rail. */
fun after(step: Step): Step? = Step.entries.getOrNull(step.ordinal + 1)
