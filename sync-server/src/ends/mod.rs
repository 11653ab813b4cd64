//! The end of what territories are told (the sync contract, 3.4; docs/adr/0018): every night the rows of ledgers that no suggestion
//! needs, and the states and verdicts of long ago, become tombstones that phones pull. Which rows of a ledger those are is the
//! domain's `past`; how tombstones end is `sync::tombstones`.

mod found;
mod past;
#[cfg(test)]
mod tests;

pub(crate) use past::{Entry, entries, whole_ledger};

use std::sync::Arc;

use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, TimeOfDay};

use crate::db::{Db, DbError, Tx};
use crate::master::Catalogue;
use crate::orders::is_why_missed_told;
use crate::setting;
use found::Found;

/// Days that phones are told of an order that is over, of a delivery that was due, of a verdict that changed.
const TOLD_DAYS: u32 = 30;
/// Rows that one job of the writer ends: phones that push meanwhile wait for no more than that.
const AT_ONCE: usize = 500;
/// The setting that says on which business date nothing was left to end.
const DONE: &str = "told_ended";

/// From when on phones are told: what was over before may end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    day: BusinessDate,
    moment: Millis,
    brought: Millis,
}

impl Term {
    /// By the business date of the territories; `None` = there was none yet, and nothing ends.
    pub(crate) fn of(catalogue: &Catalogue) -> Option<Self> {
        let midnight = |day| catalogue.zone().moment(day, TimeOfDay::MIDNIGHT);
        let (today, weeks) =
            (catalogue.day?, catalogue.settings.as_ref().map_or(0, |all| all.count_list_weeks));
        let (day, listed) =
            (today.minus_days(TOLD_DAYS), today.minus_days(weeks.saturating_mul(7).max(TOLD_DAYS)));
        Some(Self { day, moment: midnight(day), brought: midnight(listed) })
    }

    /// What came into stores since then decides what is counted there.
    pub(crate) fn brought_since(self) -> Millis {
        self.brought
    }

    /// An order that was for this delivery day.
    pub(crate) fn ends_order(self, state: OrderState, day: BusinessDate) -> bool {
        !state.is_open() && day < self.day
    }

    /// Since when whatever came stays, however many weeks the count list had in the nights before.
    pub(crate) fn brought_lately(self) -> Millis {
        self.moment
    }

    /// A delivery that was due by then, as far as days decide.
    fn was_due(self, due_by: Millis) -> bool {
        due_by < self.moment
    }

    /// The same of an order that stands so; the rest is the ledger's to say.
    pub(crate) fn ends_delivery(self, due_by: Millis, state: OrderState) -> bool {
        matches!(state, OrderState::Ended { .. }) && self.was_due(due_by)
    }

    /// A verdict that changed then.
    pub(crate) fn ends_verdict(self, at: Millis) -> bool {
        at < self.moment
    }
}

/// Ends what is over, territory by territory, in small commits: called at every tick, it goes on until nothing is left on a business
/// date. After a territory that had more than one commit's worth it leaves the others to the next tick. Blocks.
///
/// # Errors
/// A failing database; what was ended before stays so.
pub(crate) fn end_past(db: &Db, catalogue: &Arc<Catalogue>) -> Result<(), DbError> {
    let (Some(today), Some(term)) = (catalogue.day, Term::of(catalogue)) else { return Ok(()) };
    if !db.read_now(|tx| is_due(tx, today))? {
        return Ok(());
    }
    for scope in db.read_now(territories)? {
        let found = db.read_now(|tx| Found::of(tx, scope, term))?;
        let is_much = found.len() > AT_ONCE;
        let is_whole = found.end(db)?;
        if is_much || !is_whole {
            return Ok(());
        }
    }
    db.write_now(move |tx| setting::keep(tx, DONE, today))
}

/// Not before phones were told again of every order: what ends is told no more.
fn is_due(tx: &mut Tx<'_>, today: BusinessDate) -> Result<bool, DbError> {
    Ok(is_why_missed_told(tx)? && setting::read::<BusinessDate>(tx, DONE)? != Some(today))
}

fn territories(tx: &mut Tx<'_>) -> Result<Vec<String>, DbError> {
    let rows = tx.query("SELECT name FROM scope WHERE name LIKE 'rep/%' ORDER BY name", &[])?;
    rows.iter().map(|row| row.get(0)).collect()
}
