//! `verify`: everything that is shown is computed again from the journal (facts, sheets, results) and compared with what
//! is kept. Run it after a restore, or whenever somebody doubts a figure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::sheet::{ChangeKind, current_stops};
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, DistributorNo, InstallId, OrderId, RecordId};
use xundian_protocol::digest::hex;
use xundian_protocol::push::{Verdict, Went};
use xundian_protocol::tables::OrderStanding;

use super::slips;
use crate::db::{DbError, Row, Tx};
use crate::orders::{OrderRow, Sheet, sheets_of_day};

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

/// Checks the whole database; empty = all is well.
///
/// # Errors
/// A failing database, or rows that cannot be read at all.
pub fn verify(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = journal(tx)?;
    problems.extend(rows_of_installs(tx)?);
    let facts = Facts::load(tx)?;
    problems.extend(facts.visits(tx)?);
    problems.extend(facts.orders(tx)?);
    problems.extend(sheets(tx)?);
    problems.extend(standings(tx)?);
    Ok(problems)
}

/// Bytes are those of their hash.
fn journal(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    for row in tx.query("SELECT id, body, hash FROM fact", &[])? {
        let (id, body, hash): (RecordId, String, [u8; 32]) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if <[u8; 32]>::from(Sha256::digest(body.as_bytes())) != hash {
            problems.push(problem("a fact has the bytes that were sealed", id));
        }
    }
    for row in tx.query("SELECT distributor, day, difference, body, hash FROM sheet", &[])? {
        let (body, hash): (String, String) = (row.get(3)?, row.get(4)?);
        if hex(&Sha256::digest(body.as_bytes())) != hash {
            let (distributor, day): (String, String) = (row.get(0)?, row.get(1)?);
            problems.push(problem("a sheet is what was printed", format_args!("{distributor} {day}")));
        }
    }
    Ok(problems)
}

/// Places have no gaps up to the watermark, and what was acknowledged is here.
fn rows_of_installs(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    let sql = "SELECT i.id, i.acked_dseq, count(p.dseq), coalesce(max(p.dseq), 0)
               FROM install i LEFT JOIN pushed p ON p.install = i.id GROUP BY i.id, i.acked_dseq";
    for row in tx.query(sql, &[])? {
        let (install, acked): (InstallId, i64) = (row.get(0)?, row.get(1)?);
        if (acked, acked) != (row.get(2)?, row.get(3)?) {
            problems.push(problem("an install's row has no gaps", install));
        }
    }
    let lost = "SELECT p.id FROM pushed p LEFT JOIN fact f ON f.id = p.id AND f.hash = p.hash
                LEFT JOIN quarantine q ON q.id = p.id AND q.hash = p.hash
                WHERE f.id IS NULL AND q.id IS NULL";
    for row in tx.query(lost, &[])? {
        problems.push(problem("what was acknowledged is here", row.get::<RecordId>(0)?));
    }
    Ok(problems)
}

/// One fact with the verdict that holds now.
struct Fact {
    id: RecordId,
    kind: String,
    body: String,
    verdict: Verdict,
}

/// Facts in the order of their receipt.
struct Facts(Vec<Fact>);

/// An order as its facts tell it, or a slip until they come.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) order: Order,
    pub(super) version: u32,
    pub(super) is_cancelled: bool,
}

impl Facts {
    fn load(tx: &mut Tx<'_>) -> Result<Self, DbError> {
        let rows = tx.query(
            "SELECT f.id, f.kind, f.body, coalesce(v.verdict, f.verdict) FROM fact f
             LEFT JOIN fact_verdict v ON v.fact = f.id ORDER BY coalesce(v.at, f.received), f.id",
            &[],
        )?;
        let read = |row: &Row| {
            Ok(Fact { id: row.get(0)?, kind: row.get(1)?, body: row.get(2)?, verdict: row.json(3)? })
        };
        Ok(Self(rows.iter().map(read).collect::<Result<_, DbError>>()?))
    }

    fn applied<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Fact, Option<Went>)> {
        self.0.iter().filter(move |fact| fact.kind == kind).filter_map(|fact| match &fact.verdict {
            Verdict::Applied { order, .. } => Some((fact, order.map(|effect| effect.went))),
            _ => None,
        })
    }

    /// Every visit that took effect is there once, and no other.
    fn visits(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let mut kept: BTreeMap<RecordId, (Uuid, String, bool, bool)> = BTreeMap::new();
        for row in tx.query("SELECT fact, id, result, counted, effective FROM visit", &[])? {
            kept.insert(row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        }
        let mut problems = Vec::new();
        let known: BTreeSet<Uuid> = kept.values().map(|(visit, ..)| *visit).collect();
        for (fact, _) in self.applied("visit_closed") {
            let Ok(visit) = serde_json::from_str::<Visit>(&fact.body) else {
                problems.push(problem("a visit that took effect can be read", fact.id));
                continue;
            };
            let told =
                (visit.id.0, visit.result().code().to_owned(), visit.is_visited(), visit.is_effective());
            // Two copies of a phone may close one open visit: the first that came is kept.
            let same = match kept.remove(&fact.id) {
                Some(kept) => kept == told,
                None => known.contains(&visit.id.0),
            };
            if !same {
                problems.push(problem("a visit is kept as it was sealed", fact.id));
            }
        }
        problems.extend(kept.keys().map(|fact| problem("every visit has its fact", fact)));
        Ok(problems)
    }

    /// Orders are what the facts make of them.
    fn orders(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let mut problems = Vec::new();
        let told = self.told(slips::told(tx, &mut problems)?);
        // Held, or refused by the person who looked.
        let is_without_effect =
            |fact: &&Fact| matches!(fact.verdict, Verdict::Held { .. } | Verdict::Rejected { .. });
        let held: BTreeSet<OrderId> = self
            .0
            .iter()
            .filter(is_without_effect)
            .filter_map(|fact| Some(serde_json::from_str::<Visit>(&fact.body).ok()?.order()?.id))
            .collect();
        let mut found = 0;
        for id in tx.query("SELECT id FROM store_order", &[])? {
            let Some(row) = OrderRow::load(tx, id.get(0)?)? else { continue };
            match told.get(&row.order.id) {
                Some(told) => {
                    found += 1;
                    problems.extend(compare(&row, told));
                }
                None if held.contains(&row.order.id) => {}
                None => problems.push(problem("every order has its visit", row.order.id)),
            }
        }
        if found < told.len() {
            problems
                .push(problem("every order of a visit is kept", format_args!("{found} of {}", told.len())));
        }
        Ok(problems)
    }

    /// `by_slip`: what slips tell beyond the facts that have come.
    fn told(&self, by_slip: HashMap<OrderId, Told>) -> HashMap<OrderId, Told> {
        let mut told: HashMap<OrderId, Told> = HashMap::new();
        for (fact, _) in self.applied("visit_closed") {
            let visit = serde_json::from_str::<Visit>(&fact.body).ok();
            if let Some(order) = visit.as_ref().and_then(Visit::order) {
                let first = Told { order: order.clone(), version: 1, is_cancelled: false };
                told.entry(order.id).or_insert(first);
            }
        }
        for (id, slip) in by_slip {
            if told.get(&id).is_none_or(|known| known.version <= slip.version) {
                told.insert(id, slip);
            }
        }
        for kind in ["order_amended", "order_cancelled"] {
            for (fact, went) in self.applied(kind) {
                if went == Some(Went::AlreadyDelivered) {
                    continue;
                }
                let amended = serde_json::from_str::<OrderAmended>(&fact.body).ok();
                let cancelled = serde_json::from_str::<OrderCancelled>(&fact.body).ok();
                let base = amended.as_ref().map(|amended| amended.base_version);
                let base = base.or(cancelled.as_ref().map(|cancelled| cancelled.base_version)).unwrap_or(0);
                let id = amended.as_ref().map(|amended| amended.order.id);
                let Some(id) = id.or(cancelled.map(|cancelled| cancelled.order)) else { continue };
                let Some(known) = told.get_mut(&id) else { continue };
                if base + 1 > known.version {
                    known.version = base + 1;
                    known.is_cancelled = amended.is_none();
                    if let Some(amended) = amended {
                        known.order = amended.order;
                    }
                }
            }
        }
        told
    }
}

fn compare(row: &OrderRow, told: &Told) -> Option<Problem> {
    let by_owner = matches!(row.state, OrderState::Cancelled { cause: CancelCause::Owner });
    // The server may have moved the day and a result may have changed what was used: lines, gifts and money stay.
    let same = row.version == told.version
        && row.order.lines == told.order.lines
        && row.order.gifts == told.order.gifts
        && row.order.cuts == told.order.cuts
        && by_owner == told.is_cancelled;
    (!same).then(|| problem("an order is what its facts make of it", row.order.id))
}

/// Sheets and their differences are the orders that stand on them, no more and no less.
fn sheets(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    let mut on_sheets: BTreeSet<OrderId> = BTreeSet::new();
    for day in tx.query("SELECT DISTINCT distributor, day FROM sheet", &[])? {
        let (distributor, day): (DistributorNo, BusinessDate) = (day.get(0)?, day.get(1)?);
        let all = sheets_of_day(tx, distributor, day)?;
        let Some((first, differences)) = all.split_first() else { continue };
        let changes = differences.iter().flat_map(Sheet::changes);
        for current in current_stops(first.stops(), changes) {
            let order = &current.stop.order;
            on_sheets.insert(order.id);
            let row = OrderRow::load(tx, order.id)?;
            let is_gone = current.changed == Some(ChangeKind::Cancel);
            let same = row.is_some_and(|row| {
                let stands = matches!(row.state, OrderState::OnSheet { .. } | OrderState::Ended { .. });
                stands != is_gone && row.day == day && (is_gone || row.order.lines == order.lines)
            });
            if !same {
                problems.push(problem("a stop is its order", order.id));
            }
        }
    }
    let forgotten =
        "SELECT o.id FROM store_order o JOIN sheet s ON s.distributor = o.distributor AND s.day = o.day
                     AND s.difference = 0 WHERE o.waiting = 1";
    for row in tx.query(forgotten, &[])? {
        problems.push(problem("no order waits for a sheet that is frozen", row.get::<OrderId>(0)?));
    }
    for row in tx.query("SELECT id, state FROM store_order WHERE waiting = 0", &[])? {
        let (id, state): (OrderId, OrderState) = (row.get(0)?, row.json(1)?);
        let stands = matches!(state, OrderState::OnSheet { .. } | OrderState::Ended { .. });
        if stands && !on_sheets.contains(&id) {
            problems.push(problem("an order on a sheet is on a sheet", id));
        }
    }
    Ok(problems)
}

/// Phones are told where orders stand.
fn standings(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut told: HashMap<OrderId, OrderStanding> = HashMap::new();
    let sql = "SELECT key, value FROM scope_row WHERE tbl = 'order_state' AND value IS NOT NULL";
    let mut problems = Vec::new();
    for row in tx.query(sql, &[])? {
        let key: String = row.get(0)?;
        let Ok(id) = key.parse().map(OrderId) else { continue };
        if told.insert(id, row.json(1)?).is_some() {
            problems.push(problem("an order is in one territory", id));
        }
    }
    for row in tx.query("SELECT id, version, state FROM store_order", &[])? {
        let (id, version, state): (OrderId, u32, OrderState) = (row.get(0)?, row.get(1)?, row.json(2)?);
        let same = told.get(&id).is_some_and(|told| told.version == version && told.state == state);
        if !same {
            problems.push(problem("phones are told where an order stands", id));
        }
    }
    Ok(problems)
}
