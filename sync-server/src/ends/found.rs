//! What of a territory is over, found beside the writer and ended by it, if nobody changed the territory in between.

use std::collections::{BTreeMap, HashMap, HashSet};

use xundian_domain::ledger::{Ledger, LedgerDelivery, LedgerVisit};
use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, OrderId, StoreId};
use xundian_protocol::tables::{FactState, OrderStanding, Table};

use super::{AT_ONCE, Term, past};
use crate::db::{Db, DbError, Row, Tx, Value};
use crate::master::Feed;

/// A row of the feed that ends.
#[derive(Debug, Clone)]
struct Told {
    table: &'static str,
    key: String,
    /// Of a ledger: whose it is, and what the server keeps.
    past: Option<(StoreId, String)>,
}

/// What is over in a territory.
pub(super) struct Found {
    scope: String,
    /// The version of the scope in which it was found.
    seen: i64,
    rows: Vec<Told>,
}

impl Found {
    /// Looks for it; changes nothing.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn of(tx: &mut Tx<'_>, scope: String, term: Term) -> Result<Self, DbError> {
        // Before its rows: what is written in between is seen by the version.
        let seen = version(tx, &scope)?;
        let mut rows = ledgers(tx, &scope, term)?;
        let kept = kept_deliveries(tx, &scope, &rows)?;
        rows.extend(orders(tx, &scope, term, &kept)?);
        rows.extend(verdicts(tx, &scope, term)?);
        Ok(Self { scope, seen, rows })
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Ends it piece by piece; `false` = somebody changed the territory meanwhile, and the rest is to be looked for again.
    ///
    /// # Errors
    /// A failing database; the pieces before stay ended.
    pub(super) fn end(self, db: &Db) -> Result<bool, DbError> {
        let Self { scope, mut seen, rows } = self;
        for piece in rows.chunks(AT_ONCE) {
            let (scope, piece) = (scope.clone(), piece.to_vec());
            if !db.write_now(move |tx| end_piece(tx, &scope, seen, piece))? {
                return Ok(false);
            }
            seen += 1;
        }
        Ok(true)
    }
}

fn version(tx: &mut Tx<'_>, scope: &str) -> Result<i64, DbError> {
    let row = tx.first("SELECT version FROM scope WHERE name = $1", &[scope.into()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

fn end_piece(tx: &mut Tx<'_>, scope: &str, seen: i64, piece: Vec<Told>) -> Result<bool, DbError> {
    if version(tx, scope)? != seen {
        return Ok(false);
    }
    let (mut feed, mut kept) = (Feed::default(), Vec::new());
    for Told { table, key, past } in piece {
        if let Some((store, value)) = past {
            kept.push(vec![store.into(), table.into(), key.as_str().into(), value.into()]);
        }
        feed.put_text(scope, table, key, None);
    }
    past::keep(tx, kept)?;
    feed.write(tx)?;
    // No ledger says anything else than before: what was replayed up to here still is.
    tx.execute(
        "UPDATE believed SET version = $3 WHERE scope = $1 AND version = $2",
        &[scope.into(), seen.into(), (seen + 1).into()],
    )?;
    Ok(true)
}

/// The rows of a table that a territory is told.
fn rows(tx: &mut Tx<'_>, scope: &str, table: &str) -> Result<Vec<Row>, DbError> {
    let sql = "SELECT key, value FROM scope_row WHERE scope = $1 AND tbl = $2 AND value IS NOT NULL";
    tx.query(sql, &[scope.into(), table.into()])
}

/// A row of a ledger as it is told; `None` = it cannot be read.
type Read<T> = (Told, Option<T>);

/// The rows of a ledger's table by store.
fn by_store<T: Table>(tx: &mut Tx<'_>, scope: &str) -> Result<BTreeMap<StoreId, Vec<Read<T>>>, DbError> {
    let mut stores: BTreeMap<StoreId, Vec<Read<T>>> = BTreeMap::new();
    for row in rows(tx, scope, T::NAME)? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(store) = key.split_once('/').and_then(|(store, _)| store.parse().ok()) else { continue };
        let told = Told { table: T::NAME, key, past: Some((StoreId(store), value)) };
        stores.entry(StoreId(store)).or_default().push((told, row.json(1).ok()));
    }
    Ok(stores)
}

/// The same of one store, as two lists; `None` if one of them cannot be read.
fn whole<T>(rows: Vec<Read<T>>) -> Option<(Vec<Told>, Vec<T>)> {
    rows.into_iter().map(|(told, value)| Some((told, value?))).collect()
}

/// A ledger that cannot be read stays as it is, and stops nobody else's.
fn ledgers(tx: &mut Tx<'_>, scope: &str, term: Term) -> Result<Vec<Told>, DbError> {
    let visits = by_store::<LedgerVisit>(tx, scope)?;
    let mut deliveries = by_store::<LedgerDelivery>(tx, scope)?;
    let due = deliveries.values().flatten().filter_map(|(_, delivery)| delivery.as_ref());
    let due = due.filter(|delivery| term.was_due(delivery.due_by)).map(|delivery| delivery.order);
    let orders = standing(tx, due.collect())?;
    let may_go = |delivery: &LedgerDelivery| {
        let standing = orders.get(&delivery.order);
        standing.is_some_and(|(_, state)| term.ends_delivery(delivery.due_by, *state))
    };
    let mut over = Vec::new();
    for (store, mut visits) in visits {
        visits.sort_by_cached_key(|(told, visit)| (visit.as_ref().map(|visit| visit.at), told.key.clone()));
        let brought = deliveries.remove(&store).unwrap_or_default();
        let (Some((visits_told, visits)), Some((told, deliveries))) = (whole(visits), whole(brought)) else {
            continue;
        };
        let past = Ledger { visits, deliveries }.past(term.brought_since(), may_go);
        over.extend(past.visits.iter().map(|n| visits_told[*n].clone()));
        over.extend(past.deliveries.iter().map(|n| told[*n].clone()));
    }
    Ok(over)
}

/// Where orders stand, and for which day they are or were; those left out that cannot be read.
fn standing(
    tx: &mut Tx<'_>,
    orders: Vec<OrderId>,
) -> Result<HashMap<OrderId, (BusinessDate, OrderState)>, DbError> {
    let ids: Vec<Value> = orders.into_iter().map(Into::into).collect();
    let rows = tx.query_each("SELECT id, day, state FROM store_order WHERE id", &ids)?;
    let place = |row: &Row| Some((row.get(0).ok()?, (row.get(1).ok()?, row.json(2).ok()?)));
    Ok(rows.iter().filter_map(place).collect())
}

/// The orders whose deliveries phones have also when these rows have ended.
fn kept_deliveries(tx: &mut Tx<'_>, scope: &str, over: &[Told]) -> Result<HashSet<OrderId>, DbError> {
    let over = over.iter().filter(|told| told.table == LedgerDelivery::NAME);
    let over: HashSet<&str> = over.map(|told| told.key.as_str()).collect();
    let mut kept = HashSet::new();
    for row in rows(tx, scope, LedgerDelivery::NAME)? {
        let key: String = row.get(0)?;
        if !over.contains(key.as_str()) {
            kept.extend(key.split_once('/').and_then(|(_, order)| order.parse().ok()).map(OrderId));
        }
    }
    Ok(kept)
}

/// A delivery that a card shows, and the light of its promise, say where its order stands for as long as they are there.
fn orders(tx: &mut Tx<'_>, scope: &str, term: Term, kept: &HashSet<OrderId>) -> Result<Vec<Told>, DbError> {
    let told = rows(tx, scope, OrderStanding::NAME)?;
    let keys: Vec<String> = told.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let ids: Vec<OrderId> = keys.iter().filter_map(|key| key.parse().ok().map(OrderId)).collect();
    let mut over: Vec<_> = standing(tx, ids)?.into_iter().collect();
    over.retain(|(order, (day, state))| term.ends_order(*state, *day) && !kept.contains(order));
    over.sort_by_key(|(order, _)| *order);
    let told = |order| Told { table: OrderStanding::NAME, key: OrderStanding::key(order), past: None };
    Ok(over.into_iter().map(|(order, _)| told(order)).collect())
}

/// A verdict that cannot be read stays.
fn verdicts(tx: &mut Tx<'_>, scope: &str, term: Term) -> Result<Vec<Told>, DbError> {
    let mut over = Vec::new();
    for row in rows(tx, scope, FactState::NAME)? {
        if row.json::<FactState>(1).is_ok_and(|state| term.ends_verdict(Millis(state.at))) {
            over.push(Told { table: FactState::NAME, key: row.get(0)?, past: None });
        }
    }
    Ok(over)
}
