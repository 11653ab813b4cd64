//! Visits and their rows in the phones' ledgers.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::visit::Visit;
use xundian_domain::visit::stock_count::RequiredPlaces;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId};

use super::facts::{Fact, Facts};
use super::windows::parts;
use super::{Problems, problem};
use crate::db::{DbError, Row, Tx};
use crate::ends::Entry;
use crate::import::opening_id;
use crate::master::{Catalogue, territory_of};
use crate::sync::began;

/// A visit as the table has it: whose and of which store, the day and the times, what it came to.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    id: Uuid,
    store: StoreId,
    rep: RepNo,
    /// Effective date, check-in and check-out.
    when: (BusinessDate, i64, i64),
    result: String,
    /// Planned, counted, effective.
    is: [bool; 3],
}

impl Facts {
    /// Every visit that took effect is there once, with everything that is known of it, and no other.
    pub(super) fn visits(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let sql = "SELECT fact, id, store, rep, date, check_in, check_out, result, planned, counted, effective FROM visit";
        let mut kept: BTreeMap<RecordId, Kept> = BTreeMap::new();
        let mut known: BTreeSet<Uuid> = BTreeSet::new();
        for row in tx.query(sql, &[])? {
            let visit = read(&row)?;
            known.insert(visit.id);
            kept.insert(row.get(0)?, visit);
        }
        let mut problems = Vec::new();
        for (fact, _) in self.applied("visit_closed") {
            let Ok(visit) = serde_json::from_str::<Visit>(&fact.body) else {
                problems.push(problem("a visit that took effect can be read", fact.id));
                continue;
            };
            // Two copies of a phone may close one open visit: the first that came is kept.
            let same = match kept.remove(&fact.id) {
                Some(kept) => is_kept(fact, &visit, &kept),
                None => known.contains(&visit.id.0),
            };
            if !same {
                problems.push(problem("a visit is kept as it was sealed and judged", fact.id));
            }
        }
        problems.extend(kept.keys().map(|fact| problem("every visit has its fact", fact)));
        Ok(problems)
    }

    /// The ledgers tell each visit once, also where phones have it no longer; those of the phones to whoever has its store; and as
    /// it was sealed and judged.
    pub(super) fn ledger(&self, ledgers: &[Entry<LedgerVisit>], catalogue: &Catalogue) -> Problems {
        let mut problems = Vec::new();
        let mut told: BTreeMap<RecordId, (StoreId, &LedgerVisit)> = BTreeMap::new();
        for Entry { key, value: visit, scope } in ledgers {
            let Some((store, fact)) = parts(key) else { continue };
            let keeper = territory_of(catalogue, store);
            if scope.as_ref().is_some_and(|scope| keeper.is_some_and(|keeper| keeper != *scope)) {
                problems.push(problem("a visit is in the ledger of whoever has its store", fact));
            }
            if told.insert(fact, (store, visit)).is_some() {
                problems.push(problem("a visit is in one ledger", fact));
            }
        }
        for (fact, _) in self.applied("visit_closed") {
            let Ok(visit) = serde_json::from_str::<Visit>(&fact.body) else { continue };
            if !is_told(fact, &visit, told.remove(&fact.id)) {
                problems.push(problem("phones are told what a visit recorded, on its day", fact.id));
            }
        }
        // The counts with which a company began are nobody's visits.
        told.retain(|id, (store, visit)| *id != opening_id(*store, visit.date));
        problems.extend(told.keys().map(|fact| problem("every visit of a ledger has its fact", fact)));
        problems
    }
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get(1)?,
        store: row.get(2)?,
        rep: row.get(3)?,
        when: (row.get(4)?, row.get(5)?, row.get(6)?),
        result: row.get(7)?,
        is: [row.get(8)?, row.get(9)?, row.get(10)?],
    })
}

/// How an older server judged the day and the times is not kept.
fn is_kept(fact: &Fact, visit: &Visit, kept: &Kept) -> bool {
    let judged = |date| (date, began(visit, fact.captured).0, fact.captured.0);
    let told = Kept {
        id: visit.id.0,
        store: visit.store,
        rep: fact.rep,
        when: fact.date.map_or(kept.when, judged),
        result: visit.result().code().to_owned(),
        is: [visit.planned, visit.is_visited(), visit.is_effective()],
    };
    told == *kept
}

/// Which places the store had when it was counted is not kept: it is told as with a back room, or as without one. Nor is how an
/// older server judged the day and the times. Servers before told neither expiries nor what was declined: a row that has none may
/// be theirs.
fn is_told(fact: &Fact, visit: &Visit, told: Option<(StoreId, &LedgerVisit)>) -> bool {
    let judged = fact.date.map(|date| (date, began(visit, fact.captured)));
    let as_told = told.map(|(_, row)| (row.date, row.at));
    let (date, at) = judged.or(as_told).unwrap_or((visit.date, fact.captured));
    [true, false].into_iter().map(RequiredPlaces::of).any(|places| {
        let mut row = LedgerVisit::of(visit, places, date, at);
        if let (Some((_, told)), Some(row)) = (told, &mut row) {
            if told.entry.expiries.is_empty() {
                row.entry.expiries.clear();
            }
            if told.entry.declined.is_empty() {
                row.entry.declined.clear();
            }
        }
        told == row.as_ref().map(|row| (visit.store, row))
    })
}
