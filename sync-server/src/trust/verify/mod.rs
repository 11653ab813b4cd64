//! `verify`: everything that is shown is computed again from the journal (facts, slips, decisions, sheets, results) and
//! compared with what is kept, column by column; what phones have of the office's rows is compared with the master data, in both
//! directions. Run it after a restore, or whenever somebody doubts a figure.
//!
//! What the company learns is not computed again: a belief was replayed in the market of the night before it (docs/adr/0010), and
//! no night's rates outlive the next one. Only that phones have the beliefs that are kept is compared. Nor are the office's rows of
//! the past kept: what hung on them (a back room, a calendar, which promotion was capped) is compared with all that it can have been.
//!
//! What phones need no longer ends in the night after (`ends`): until then it may still be there, before it may not be gone.

mod facts;
mod journal;
mod office;
mod orders;
mod seen;
mod sheets;
mod stores;
mod told;
mod verdicts;
mod visits;
mod windows;

use xundian_domain::ledger::LedgerVisit;

use crate::db::{DbError, Tx};
use crate::ends::{Term, entries};
use crate::master::Catalogue;
use facts::Facts;
pub(super) use told::Told;
use windows::Windows;

/// Something that does not follow from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which rule is broken.
    pub rule: &'static str,
    /// Where, for a person to look.
    pub at: String,
}

pub(super) type Problems = Vec<Problem>;

pub(super) fn problem(rule: &'static str, at: impl std::fmt::Display) -> Problem {
    Problem { rule, at: at.to_string() }
}

/// Checks the whole database as it is at one moment, also while a server writes into it; empty = all is well.
///
/// # Errors
/// A failing database, or rows that cannot be read at all.
pub fn verify(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    tx.at_one_moment(|tx| {
        let mut problems = journal::bytes(tx)?;
        problems.extend(journal::rows_of_installs(tx)?);
        let catalogue = Catalogue::load(tx)?;
        let term = Term::of(&catalogue);
        let facts = Facts::load(tx)?;
        problems.extend(facts.verdicts(tx, term)?);
        problems.extend(facts.visits(tx)?);
        let ledgers = entries::<LedgerVisit>(tx)?;
        problems.extend(facts.ledger(&ledgers, &catalogue));
        let windows = Windows::of(ledgers, term);
        problems.extend(windows.lacking());
        problems.extend(facts.notes(tx)?);
        problems.extend(seen::told(tx)?);
        problems.extend(office::rows(tx, &catalogue)?);
        problems.extend(facts.orders(tx, &catalogue)?);
        problems.extend(orders::beside(tx, &catalogue)?);
        problems.extend(sheets::sheets(tx)?);
        problems.extend(sheets::standings(tx, term)?);
        problems.extend(sheets::deliveries(tx, &catalogue, &windows)?);
        problems.extend(stores::used(tx, &catalogue)?);
        problems.extend(stores::beliefs(tx, &catalogue)?);
        Ok(problems)
    })
}
