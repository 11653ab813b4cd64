//! What a person must look at before it takes effect (the sync contract, 3.3): facts of a revoked phone, facts whose time
//! cannot be true. A supervisor releases or refuses each; kinds that this server learned with its upgrade release
//! themselves.

use xundian_domain::order::Order;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::stamp::Millis;
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, OrderId, RecordId, RepNo, StoreId};
use xundian_protocol::push::{HeldCode, Kind, Verdict};
use xundian_protocol::tables::{FactState, scope};

use super::ingest::{Here, rejected};
use super::parked::{judge_again, keep_verdict, retake};
use super::record::knows;
use crate::db::{DbError, Row, Tx};
use crate::master::{Catalogue, Feed};
use crate::orders::{OrderBook, OrderRow};

/// A fact that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFact {
    /// Which.
    pub id: RecordId,
    /// Whose.
    pub rep: RepNo,
    /// What it is.
    pub kind: Kind,
    /// As sealed.
    pub date: BusinessDate,
    /// The store it is about, if it is about one.
    pub store: Option<StoreId>,
    /// Why: the code of its verdict.
    pub code: String,
    /// The order of a visit: as confirmed in the shop.
    pub order: Option<Order>,
}

/// What a person says about a held fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldWord {
    /// It takes effect; else it never does.
    pub release: bool,
    /// Who says so.
    pub login: String,
}

impl HeldWord {
    fn code(&self) -> &'static str {
        if self.release { "released" } else { "refused" }
    }
}

/// A decision that was taken, for whoever asks later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDecision {
    /// Whose fact it is.
    pub rep: RepNo,
    /// What it is.
    pub kind: Kind,
    /// The store it is about, if it is about one.
    pub store: Option<StoreId>,
    /// Why it was held: the code of its verdict.
    pub code: String,
    /// `released` or `refused`.
    pub what: String,
    /// Who decided.
    pub login: String,
    /// When.
    pub at: Millis,
}

/// What held facts did that take effect after all, or never will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled<T> {
    /// The word that holds now, or how many were taken up.
    pub what: T,
    /// Records that would write over others, what waited for these facts included: they are in quarantine.
    pub conflicts: usize,
}

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// There is nothing to decide any more.
    #[error("somebody decided this already")]
    Decided,
    /// Nobody can judge what it says; the server's next version will.
    #[error("this server does not know such a record yet: it waits for an update of the server")]
    NotYet,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

const COLUMNS: &str =
    "SELECT f.id, f.rep, f.kind, f.date, f.store, h.code, f.body FROM held h JOIN fact f ON f.id = h.fact";

/// Everything that waits, oldest first.
///
/// # Errors
/// A failing database.
pub fn held_facts(tx: &mut Tx<'_>) -> Result<Vec<HeldFact>, DbError> {
    let rows = tx.query(&format!("{COLUMNS} ORDER BY f.received, f.id"), &[])?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<HeldFact, DbError> {
    let kind = Kind::from(row.get::<String>(2)?);
    let visit = if kind == Kind::VisitClosed { row.json::<Visit>(6).ok() } else { None };
    Ok(HeldFact {
        id: row.get(0)?,
        rep: row.get(1)?,
        kind,
        date: row.get(3)?,
        store: row.get(4)?,
        code: row.get(5)?,
        order: visit.and_then(|visit| visit.order().cloned()),
    })
}

/// The newest decisions about held facts, at most `limit`.
///
/// # Errors
/// A failing database.
pub fn held_decisions(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<HeldDecision>, DbError> {
    let rows = tx.query(
        "SELECT f.rep, f.kind, f.store, d.code, d.what, d.login, d.at FROM held_decision d
         JOIN fact f ON f.id = d.fact ORDER BY d.at DESC, d.fact LIMIT $1",
        &[limit.into()],
    )?;
    let decision = |row: &Row| {
        Ok(HeldDecision {
            rep: row.get(0)?,
            kind: Kind::from(row.get::<String>(1)?),
            store: row.get(2)?,
            code: row.get(3)?,
            what: row.get(4)?,
            login: row.get(5)?,
            at: row.get(6)?,
        })
    };
    rows.iter().map(decision).collect()
}

/// Releases a held fact (it takes effect as if it arrived now, late policy included), or refuses it: then its order is
/// cancelled. Who said so is written down, and the phone learns the new verdict.
///
/// # Errors
/// It is not held any more, or a failing database.
pub fn decide_held(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    fact: RecordId,
    word: &HeldWord,
) -> Result<Settled<Verdict>, HeldError> {
    let row = tx.first(&format!("{COLUMNS} WHERE h.fact = $1"), &[fact.into()])?.ok_or(HeldError::Decided)?;
    let held = read(&row)?;
    if held.code == HeldCode::UnknownKind.as_str() {
        return Err(HeldError::NotYet);
    }
    note(tx, &held, word, here.now)?;
    if word.release {
        return let_through(tx, catalogue, here, fact)?.ok_or(HeldError::Decided);
    }
    let mut feed = Feed::default();
    if let Some(order) = &held.order {
        cancel(tx, catalogue, here.now, (order.id, fact), &mut feed)?;
    }
    let verdict = rejected("refused", None);
    tx.execute("DELETE FROM held WHERE fact = $1", &[fact.into()])?;
    keep_verdict(tx, fact, &verdict, here.now)?;
    // The phone that pushed it learns the new verdict, whoever has the store by now.
    let state = FactState { verdict: verdict.clone(), at: here.now.0 };
    feed.put::<FactState>(&scope::territory(held.rep), fact, &state);
    feed.write(tx)?;
    Ok(Settled { what: verdict, conflicts: 0 })
}

fn note(tx: &mut Tx<'_>, held: &HeldFact, word: &HeldWord, now: Millis) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO held_decision (fact, what, code, login, at) VALUES ($1, $2, $3, $4, $5)",
        &[
            held.id.into(),
            word.code().into(),
            held.code.as_str().into(),
            word.login.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Takes up facts of kinds that this server knows since its upgrade; gives how many took effect.
///
/// # Errors
/// A failing database.
pub fn take_up_known_kinds(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
) -> Result<Settled<usize>, DbError> {
    let sql = "SELECT f.id, f.kind, f.version FROM held h JOIN fact f ON f.id = h.fact WHERE h.code = $1
               ORDER BY f.received, f.id";
    let mut taken = Settled { what: 0, conflicts: 0 };
    for row in tx.query(sql, &[HeldCode::UnknownKind.as_str().into()])? {
        if knows(&Kind::from(row.get::<String>(1)?), row.get(2)?) {
            let settled = let_through(tx, catalogue, here, row.get(0)?)?;
            taken.conflicts += settled.map_or(0, |settled| settled.conflicts);
            taken.what += 1;
        }
    }
    Ok(taken)
}

fn let_through(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    fact: RecordId,
) -> Result<Option<Settled<Verdict>>, DbError> {
    let Some(retaken) = judge_again(tx, catalogue, here, fact)? else { return Ok(None) };
    match retaken.verdict {
        // Of a kind that only a newer server knows: it waits for that one.
        Verdict::Held { code } => {
            tx.execute("UPDATE held SET code = $2 WHERE fact = $1", &[fact.into(), code.as_str().into()])?;
        }
        Verdict::Parked { missing } => {
            tx.execute("DELETE FROM held WHERE fact = $1", &[fact.into()])?;
            tx.execute(
                "INSERT INTO parked (fact, missing) VALUES ($1, $2) ON CONFLICT (fact) DO NOTHING",
                &[fact.into(), missing.into()],
            )?;
        }
        _ => drop(tx.execute("DELETE FROM held WHERE fact = $1", &[fact.into()])?),
    }
    let conflicts = retaken.conflicts + retake(tx, catalogue, here, &retaken.came)?;
    Ok(Some(Settled { what: retaken.verdict, conflicts }))
}

fn cancel(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    now: Millis,
    (order, fact): (OrderId, RecordId),
    feed: &mut Feed,
) -> Result<(), DbError> {
    let held =
        OrderRow::load(tx, order)?.filter(|row| row.state == OrderState::Held && row.fact == Some(fact));
    let Some(row) = held else { return Ok(()) };
    let mut book = OrderBook::new(catalogue, now);
    book.cancel(tx, row, CancelCause::Held)?;
    book.write(tx, feed)
}
