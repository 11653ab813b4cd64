//! What no visit has: lists longer than any store's, texts longer than anybody types at a shelf. Whoever takes visits in
//! asks this first; what one phone seals becomes rows on the phones of others.

use super::{Steps, StockCount, Visit, VisitEnd};

/// Rows of one list: a supermarket is served with some 300 SKUs.
const ROWS_MAX: usize = 1_000;
/// Deliveries that one visit is asked about: a store has a handful on their way.
const DELIVERIES_MAX: usize = 100;
/// Photos before, and after; facts about competitors; categories with facings.
const SEEN_MAX: usize = 200;
/// Bytes of one text.
const TEXT_MAX: usize = 2_000;

impl Visit {
    /// Whether its lists and texts are those of a visit at all. Numbers of its order are `Order::is_countable`'s.
    pub fn is_bounded(&self) -> bool {
        match &self.end {
            VisitEnd::Failed { .. } => true,
            VisitEnd::Worked { steps } => are_bounded(steps),
        }
    }
}

fn are_bounded(steps: &Steps) -> bool {
    let text = |text: &String| text.len() <= TEXT_MAX;
    let count = steps.stock_count.done().is_none_or(is_count_bounded);
    let suggested = steps.suggested_order.done().is_none_or(|order| order.lines.len() <= ROWS_MAX);
    let display = steps.display.done().is_none_or(|display| {
        [display.checks.len(), display.on_shelf.len()].iter().all(|rows| *rows <= ROWS_MAX)
            && [display.photos_before.len(), display.photos_after.len()].iter().all(|seen| *seen <= SEEN_MAX)
    });
    let competitor = steps.competitor.done().is_none_or(|seen| {
        seen.facts.len() <= SEEN_MAX
            && seen.facts.iter().all(|fact| text(&fact.brand) && text(&fact.item) && text(&fact.value))
    });
    count && suggested && display && competitor
}

fn is_count_bounded(count: &StockCount) -> bool {
    let answers: usize = count.deliveries.iter().map(|seen| seen.lines.len()).sum();
    let rows = [count.rows.len(), answers, count.inflows.len(), count.outflows.len(), count.pick_ups.len()];
    rows.iter().all(|rows| *rows <= ROWS_MAX)
        && count.deliveries.len() <= DELIVERIES_MAX
        && count.facings.len() <= SEEN_MAX
        && count.facings.iter().all(|facings| facings.category.len() <= TEXT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OrderId;
    use crate::quantity::SkuUnits;
    use crate::quantity::Units;
    use crate::visit::stock_count::{DeliverySeen, Facings};
    use crate::visit::tests::{nothing_done, visit};
    use crate::visit::{Display, StepOutcome};

    fn counted(count: StockCount) -> Visit {
        let steps = Steps { stock_count: StepOutcome::Done(count), ..nothing_done() };
        visit(VisitEnd::Worked { steps: Box::new(steps) })
    }

    fn answers(orders: usize, lines: usize) -> StockCount {
        let line = SkuUnits { sku: "21010019".parse().unwrap(), units: Units(24) };
        let seen = DeliverySeen { order: OrderId(uuid::Uuid::nil()), lines: vec![line; lines] };
        StockCount { deliveries: vec![seen; orders], ..StockCount::default() }
    }

    #[test]
    fn a_visit_of_a_store_is_bounded_and_one_that_fills_the_phones_of_others_is_not() {
        assert!(counted(StockCount::default()).is_bounded());
        assert!(counted(answers(10, 100)).is_bounded(), "a supermarket after a holiday");
        assert!(!counted(answers(1, ROWS_MAX + 1)).is_bounded());
        assert!(!counted(answers(11, 100)).is_bounded(), "answers count together");
        assert!(!counted(answers(DELIVERIES_MAX + 1, 0)).is_bounded());
        let category = "x".repeat(TEXT_MAX + 1);
        let facings = vec![Facings { category, own: 1, total: 2 }];
        assert!(!counted(StockCount { facings, ..StockCount::default() }).is_bounded());
    }

    #[test]
    fn every_step_is_looked_at() {
        let on_shelf = vec!["21010019".parse().unwrap(); ROWS_MAX + 1];
        let display = Display { on_shelf, ..Display::default() };
        let steps = Steps { display: StepOutcome::Done(display), ..nothing_done() };
        assert!(!visit(VisitEnd::Worked { steps: Box::new(steps) }).is_bounded());
    }
}
