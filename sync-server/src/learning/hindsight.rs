//! 复盘 of a team: what became of its suggestions. Two visits of a store that follow each other are looked at SKU by SKU; what
//! that means is the domain's `suggestion::hindsight`.

use std::collections::BTreeMap;

use xundian_domain::order::Order;
use xundian_domain::suggestion::PolicyKind;
use xundian_domain::suggestion::hindsight::{Advised, Outcome, Right};
use xundian_domain::visit::Visit;
use xundian_domain::visit::suggested_order::SuggestedLine;
use xundian_domain::{BusinessDate, RepNo, Sku, StoreId, Units};

use crate::db::{DbError, Tx};

/// Shelves at the next count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shelves {
    /// Units left over.
    pub left: u64,
    /// Days without stock.
    pub empty_days: u64,
}

/// The suggestions of one policy, of one rep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hindsight {
    /// Suggestions whose next count is known.
    pub lines: u32,
    /// Units that were suggested where both policies had a number, and what the other one would have.
    pub asked: (u64, u64),
    /// The rep ordered more: how often he was right, and the suggestion.
    pub more: (u32, u32),
    /// The rep ordered less: likewise.
    pub less: (u32, u32),
    /// Of them those whose other shelf can be known: how both would have stood had they been ordered as suggested.
    pub compared: u32,
    /// Lines left out: the shelf was found empty, and the other policy would have put more there.
    pub ran_out: u32,
    /// By the policy that spoke.
    pub spoke: Shelves,
    /// By the other one.
    pub shadow: Shelves,
}

impl Hindsight {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.asked = (self.asked.0 + other.asked.0, self.asked.1 + other.asked.1);
        for (sum, part) in [(&mut self.more, other.more), (&mut self.less, other.less)] {
            *sum = (sum.0 + part.0, sum.1 + part.1);
        }
        self.compared += other.compared;
        self.ran_out += other.ran_out;
        for (sum, part) in [(&mut self.spoke, other.spoke), (&mut self.shadow, other.shadow)] {
            sum.left += part.left;
            sum.empty_days += part.empty_days;
        }
    }

    fn count(&mut self, advised: &Advised, outcome: Outcome) {
        self.lines += 1;
        if let Some(shadow) = advised.shadow {
            self.asked.0 += u64::from(advised.suggested.0);
            self.asked.1 += u64::from(shadow.0);
        }
        let sides = if advised.confirmed > advised.suggested { &mut self.more } else { &mut self.less };
        match advised.right(outcome) {
            Some(Right::Rep) => sides.0 += 1,
            Some(Right::Suggestion) => sides.1 += 1,
            None => {}
        }
        let is_more = advised.shadow.is_some_and(|shadow| shadow > advised.confirmed);
        self.ran_out += u32::from(outcome.empty && is_more);
        let shelf = |ordered| advised.shelf(ordered, outcome);
        if let (Some(spoke), Some(shadow)) = (shelf(advised.suggested), advised.shadow.and_then(shelf)) {
            self.compared += 1;
            for (sum, one) in [(&mut self.spoke, spoke), (&mut self.shadow, shadow)] {
                sum.left += u64::from(one.left.0);
                sum.empty_days += u64::from(one.empty_days);
            }
        }
    }
}

/// The visits of these reps between two dates, each with the one before it in its store.
///
/// # Errors
/// A failing database.
pub fn hindsight(
    tx: &mut Tx<'_>,
    reps: &[RepNo],
    (from, to): (BusinessDate, BusinessDate),
) -> Result<BTreeMap<(RepNo, PolicyKind), Hindsight>, DbError> {
    let mut figures: BTreeMap<(RepNo, PolicyKind), Hindsight> = BTreeMap::new();
    for rep in reps {
        let rows = tx.query(
            "SELECT v.store, f.body FROM visit v JOIN fact f ON f.id = v.fact
             WHERE v.rep = $1 AND v.date >= $2 AND v.date <= $3 AND v.counted = 1 ORDER BY v.store, v.check_in",
            &[(*rep).into(), from.into(), to.into()],
        )?;
        let mut before: Option<(StoreId, Visit)> = None;
        for row in rows {
            // What cannot be read has no place among figures; `verify` names it.
            let Ok(visit) = serde_json::from_str::<Visit>(&row.get::<String>(1)?) else { continue };
            let store: StoreId = row.get(0)?;
            if let Some((_, earlier)) = before.as_ref().filter(|(of, _)| *of == store) {
                compare(*rep, earlier, &visit, &mut figures);
            }
            before = Some((store, visit));
        }
    }
    Ok(figures)
}

fn compare(
    rep: RepNo,
    earlier: &Visit,
    later: &Visit,
    figures: &mut BTreeMap<(RepNo, PolicyKind), Hindsight>,
) {
    let outcomes: BTreeMap<Sku, Outcome> = lines(later)
        .filter_map(|line| {
            let inputs = line.inputs?;
            Some((line.sku, Outcome::of(&inputs)?))
        })
        .collect();
    for line in lines(earlier).filter(|line| line.opening.is_none()) {
        let (Some(suggested), Some(inputs)) = (line.suggested, line.inputs) else { continue };
        // Only what was sold since this very visit: another visit of that day, or a substitute's between, is another's.
        let days = later.date.days_since(earlier.date);
        let is_since = |outcome: &&Outcome| i64::from(outcome.days) == days;
        let Some(outcome) = outcomes.get(&line.sku).filter(is_since) else { continue };
        let (confirmed, gifts) = earlier.order().map_or_else(Default::default, |order| came(order, line.sku));
        let stock = inputs.count_now + inputs.in_transit + gifts;
        let advised = Advised { stock, suggested, shadow: line.shadow, confirmed };
        figures.entry((rep, line.policy)).or_default().count(&advised, *outcome);
    }
}

/// What an order brings of a SKU: confirmed, and as gifts.
fn came(order: &Order, sku: Sku) -> (Units, Units) {
    let confirmed = order.lines.iter().filter(|line| line.sku == sku).map(|line| line.confirmed).sum();
    (confirmed, order.promised(sku).saturating_sub(confirmed))
}

fn lines(visit: &Visit) -> impl Iterator<Item = &SuggestedLine> {
    let step = visit.steps().and_then(|steps| steps.suggested_order.done());
    step.into_iter().flat_map(|step| &step.lines)
}
