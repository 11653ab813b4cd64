//! Putting the saved lines of a visit together at check-out: each step becomes done, or skipped for a reason.

use xundian_domain::id::ReasonCode;
use xundian_domain::order::Order;
use xundian_domain::suggestion::PolicyKind;
use xundian_domain::visit::competitor::Competitor;
use xundian_domain::visit::suggested_order::SuggestedLine;
use xundian_domain::visit::{
    Display, OrderConfirmation, Step, StepOutcome, Steps, StockCount, SuggestedOrder,
};
use xundian_domain::{Sku, Units};

use super::line::{Advised, Line, Receiver};

/// The lines of all five steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// In the order of the steps.
    pub of_step: [Vec<Line>; 5],
}

impl Lines {
    /// The lines of one step, also those that were begun in one that was left out.
    pub fn of(&self, step: Step) -> &[Line] {
        &self.of_step[Step::ALL.iter().position(|known| *known == step).unwrap_or(0)]
    }

    /// What a step says: nothing if it was left out, whatever was begun in it.
    pub fn kept(&self, step: Step) -> &[Line] {
        match self.ended(step) {
            Some(End::Skipped(_)) => &[],
            Some(End::Finished) | None => self.of(step),
        }
    }

    /// What the owner wants per SKU, in the order of saving keys.
    pub fn intentions(&self) -> Vec<(Sku, Units, Option<ReasonCode>)> {
        let wanted = self.kept(Step::SuggestedOrder).iter();
        wanted
            .filter_map(|line| match line {
                Line::Intention { sku, units, reason } => Some((*sku, *units, *reason)),
                _ => None,
            })
            .collect()
    }

    /// What was agreed per SKU: the intention, unless step 5 says otherwise. Zeros are left out.
    pub fn agreed(&self) -> Vec<(Sku, Units, Units)> {
        let mut agreed: Vec<(Sku, Units, Units)> =
            self.intentions().into_iter().map(|(sku, units, _)| (sku, units, units)).collect();
        for line in self.of(Step::OrderConfirmation) {
            if let Line::Confirmed { sku, units } = line {
                match agreed.iter_mut().find(|(known, ..)| known == sku) {
                    Some((_, _, confirmed)) => *confirmed = *units,
                    None => agreed.push((*sku, Units::ZERO, *units)),
                }
            }
        }
        agreed.retain(|(.., confirmed)| !confirmed.is_zero());
        agreed
    }

    /// What is sold: nothing if the rep left step 5 out, whatever was meant before. Who only walks past it sells what was meant.
    pub fn sold(&self) -> Vec<(Sku, Units, Units)> {
        match self.ended(Step::OrderConfirmation) {
            Some(End::Skipped(_)) => Vec::new(),
            Some(End::Finished) | None => self.agreed(),
        }
    }

    /// What step 2 showed.
    pub fn advised(&self) -> &[Advised] {
        let lines = self.of(Step::SuggestedOrder).iter();
        lines
            .filter_map(|line| if let Line::Advised(rows) = line { Some(rows.as_slice()) } else { None })
            .next()
            .unwrap_or(&[])
    }

    /// Who takes the order, if somebody else was named than the store's contact.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.of(Step::OrderConfirmation).iter().find_map(|line| match line {
            Line::Receiver(receiver) => Some(receiver),
            _ => None,
        })
    }

    fn ended(&self, step: Step) -> Option<End> {
        ended(self.of(step))
    }
}

fn ended(lines: &[Line]) -> Option<End> {
    lines.iter().find_map(|line| match line {
        Line::Finished(_) => Some(End::Finished),
        Line::Skip { reason, .. } => Some(End::Skipped(*reason)),
        _ => None,
    })
}

/// Whether a step with these lines was left out.
pub fn is_left_out(lines: &[Line]) -> bool {
    matches!(ended(lines), Some(End::Skipped(_)))
}

enum End {
    Finished,
    Skipped(ReasonCode),
}

/// The five outcomes. `order` is the priced order of step 5, if one was agreed; `none_given` stands for a step that
/// was left without a word.
pub fn assemble(lines: &Lines, order: Option<Order>, none_given: ReasonCode) -> Steps {
    Steps {
        stock_count: outcome(lines, Step::StockCount, none_given, stock_count),
        suggested_order: outcome(lines, Step::SuggestedOrder, none_given, |_| suggested(lines)),
        display: outcome(lines, Step::Display, none_given, display),
        competitor: outcome(lines, Step::Competitor, none_given, competitor),
        order_confirmation: confirmation(lines, order, none_given),
    }
}

fn outcome<T>(
    lines: &Lines,
    step: Step,
    none_given: ReasonCode,
    record: impl Fn(&[Line]) -> T,
) -> StepOutcome<T> {
    let content = lines.of(step);
    // Advice that was shown says something: what became of it is judged (hindsight), also if the rep left it at a look.
    let says_nothing =
        |line: &Line| matches!(line, Line::Finished(_) | Line::Skip { .. } | Line::Stands { .. });
    let is_empty = content.iter().all(says_nothing);
    match lines.ended(step) {
        Some(End::Skipped(reason)) => StepOutcome::Skipped { reason },
        None if is_empty => StepOutcome::Skipped { reason: none_given },
        Some(End::Finished) | None => StepOutcome::Done(record(content)),
    }
}

/// The count that these lines of step 1 say.
pub fn stock_count(lines: &[Line]) -> StockCount {
    let mut count = StockCount::default();
    for line in lines.iter().cloned() {
        match line {
            Line::Count(row) => count.rows.push(row),
            Line::DeliverySeen(seen) => count.deliveries.push(seen),
            Line::Inflow(inflow) => count.inflows.push(inflow),
            Line::Outflow(outflow) => count.outflows.push(outflow),
            Line::PickUp(pick_up) => count.pick_ups.push(pick_up),
            Line::Facings(facings) => count.facings.push(facings),
            _ => {}
        }
    }
    count
}

fn suggested(lines: &Lines) -> SuggestedOrder {
    let intentions = lines.intentions();
    let wanted = |sku: Sku| intentions.iter().find(|(of, ..)| *of == sku);
    let advised = lines.advised().iter().map(|advised| {
        let (_, intended, reason) = wanted(advised.sku).copied().unwrap_or((advised.sku, Units::ZERO, None));
        SuggestedLine {
            sku: advised.sku,
            inputs: Some(advised.inputs),
            suggested: advised.suggested,
            policy: advised.policy,
            fallback: advised.fallback,
            shadow: advised.shadow,
            opening: advised.opening,
            intended,
            reason,
        }
    });
    let is_advised = |sku: Sku| lines.advised().iter().any(|advised| advised.sku == sku);
    let others = intentions.iter().filter(|(sku, ..)| !is_advised(*sku)).map(|(sku, intended, reason)| {
        SuggestedLine {
            sku: *sku,
            inputs: None,
            suggested: None,
            policy: PolicyKind::OneAndAHalf,
            fallback: None,
            shadow: None,
            opening: None,
            intended: *intended,
            reason: *reason,
        }
    });
    SuggestedOrder { lines: advised.chain(others).collect() }
}

fn display(lines: &[Line]) -> Display {
    let mut display = Display::default();
    for line in lines.iter().cloned() {
        match line {
            Line::Check(check) => display.checks.push(check),
            Line::OnShelf(sku) => display.on_shelf.push(sku),
            Line::PopPlaced(pieces) => display.pop_placed = pieces,
            Line::PhotoBefore(photo) => display.photos_before.push(photo),
            Line::PhotoAfter(photo) => display.photos_after.push(photo),
            _ => {}
        }
    }
    display
}

fn competitor(lines: &[Line]) -> Competitor {
    let facts = lines.iter().filter_map(|line| match line {
        Line::Competitor(fact) => Some(fact.clone()),
        _ => None,
    });
    Competitor { facts: facts.collect() }
}

/// An order wins over "no order": it is what the owner agreed to last.
fn confirmation(
    lines: &Lines,
    order: Option<Order>,
    none_given: ReasonCode,
) -> StepOutcome<OrderConfirmation> {
    if let Some(order) = order {
        return StepOutcome::Done(OrderConfirmation::Order(Box::new(order)));
    }
    let no_order = lines.of(Step::OrderConfirmation).iter().find_map(|line| match line {
        Line::NoOrder(reason) => Some(*reason),
        _ => None,
    });
    match (no_order, lines.ended(Step::OrderConfirmation)) {
        (Some(reason), _) => StepOutcome::Done(OrderConfirmation::NoOrder { reason }),
        (None, Some(End::Skipped(reason))) => StepOutcome::Skipped { reason },
        (None, _) => StepOutcome::Skipped { reason: none_given },
    }
}

#[cfg(test)]
mod tests {
    use xundian_domain::visit::display::CheckMade;

    use super::*;

    fn code(text: &str) -> ReasonCode {
        text.parse().unwrap()
    }

    fn lines(of: &[Line]) -> Lines {
        let mut lines = Lines::default();
        for line in of {
            let place = Step::ALL.iter().position(|step| *step == line.step()).unwrap();
            lines.of_step[place].push(line.clone());
        }
        lines
    }

    fn assembled(of: &[Line]) -> Steps {
        assemble(&lines(of), None, code("none_given"))
    }

    fn wanted(sku: &str, units: u32) -> Line {
        Line::Intention { sku: sku.parse().unwrap(), units: Units(units), reason: None }
    }

    #[test]
    fn a_step_without_a_word_is_skipped_and_not_done() {
        let steps = assembled(&[]);
        assert!(steps.done().is_empty());
        assert_eq!(steps.competitor, StepOutcome::Skipped { reason: code("none_given") });
    }

    #[test]
    fn an_empty_step_counts_as_done_only_when_the_rep_says_so() {
        let steps = assembled(&[Line::Finished(Step::Competitor)]);
        assert_eq!(steps.done(), [Step::Competitor]);
        let skip = Line::Skip { step: Step::Competitor, reason: code("no_time") };
        assert_eq!(assembled(&[skip]).competitor, StepOutcome::Skipped { reason: code("no_time") });
    }

    #[test]
    fn a_skipped_step_keeps_nothing_of_what_was_begun() {
        let check = Line::Check(CheckMade { no: 1, value: 3 });
        let skip = Line::Skip { step: Step::Display, reason: code("no_time") };
        assert!(assembled(&[check, skip]).display.done().is_none());
    }

    #[test]
    fn a_wish_of_a_step_that_was_left_out_is_no_order_and_what_was_confirmed_is() {
        let skip = Line::Skip { step: Step::SuggestedOrder, reason: code("no_time") };
        let confirmed = Line::Confirmed { sku: "2".parse().unwrap(), units: Units(6) };
        let lines = lines(&[wanted("1", 24), confirmed, skip]);
        assert_eq!(lines.sold(), [("2".parse().unwrap(), Units::ZERO, Units(6))]);
    }

    #[test]
    fn what_was_confirmed_replaces_the_intention_and_zero_is_no_line() {
        let confirmed = |sku: &str, units| Line::Confirmed { sku: sku.parse().unwrap(), units: Units(units) };
        let lines = lines(&[wanted("1", 24), wanted("2", 12), confirmed("2", 0), confirmed("3", 6)]);
        let agreed: Vec<_> = lines.agreed().iter().map(|(sku, i, c)| (sku.to_string(), i.0, c.0)).collect();
        assert_eq!(agreed, [("1".into(), 24, 24), ("3".into(), 0, 6)]);
    }

    #[test]
    fn no_order_with_its_reason_is_done() {
        let steps = assembled(&[Line::NoOrder(code("stock_enough"))]);
        let expected = OrderConfirmation::NoOrder { reason: code("stock_enough") };
        assert_eq!(steps.order_confirmation.done(), Some(&expected));
    }
}
