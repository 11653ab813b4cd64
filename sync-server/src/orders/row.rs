//! One order as the server keeps it: the newest version and where it stands.

use std::collections::HashMap;

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order::Order;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{BusinessDate, DistributorNo, OrderId, RecordId, RepNo};
use xundian_protocol::push::Flag;

use crate::db::{Bulk, DbError, Kind, Row, Tx, Value, json};

/// A row of `store_order`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The newest version.
    pub order: Order,
    /// Who delivers.
    pub distributor: DistributorNo,
    /// Who confirmed it.
    pub rep: RepNo,
    /// Of the rep's facts only.
    pub version: u32,
    /// Business date of the visit.
    pub confirmed_on: BusinessDate,
    /// Day said in the shop.
    pub promised: BusinessDate,
    /// Delivery day.
    pub day: BusinessDate,
    /// Moved by the late policy.
    pub late: bool,
    /// Where it stands.
    pub state: OrderState,
    /// Doubts.
    pub flags: Vec<Flag>,
    /// The visit's fact: beside it lies the owner's code, which an amendment keeps. `None` = only a slip tells this order.
    pub fact: Option<RecordId>,
    /// The slip that it came by first.
    pub slip: Option<BySlip>,
}

/// How an order came before its fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BySlip {
    /// SHA-256 of the slip.
    pub hash: [u8; 32],
    /// The version that stands here on the word of the slip; 0 = facts have told it since.
    pub version: u32,
}

/// The condition is that of the index `store_order_out`, letter by letter.
fn out_before_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM store_order WHERE distributor = $1 AND day >= $2 AND day < $3
         AND substr(state, 1, 11) = '{{\"on_sheet\"'"
    )
}

/// The results in effect of those of some orders that have one.
///
/// # Errors
/// A failing database.
pub(crate) fn results_in_effect(
    tx: &mut Tx<'_>,
    orders: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, DeliveryResult>, DbError> {
    newest_results(tx, orders)?.into_iter().map(|(order, (_, row))| Ok((order, row.json(2)?))).collect()
}

/// The same without those that cannot be read.
pub(super) fn readable_results(
    tx: &mut Tx<'_>,
    orders: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, DeliveryResult>, DbError> {
    let newest = newest_results(tx, orders)?.into_iter();
    Ok(newest.filter_map(|(order, (_, row))| Some((order, row.json(2).ok()?))).collect())
}

fn newest_results(
    tx: &mut Tx<'_>,
    orders: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, (u32, Row)>, DbError> {
    let ids: Vec<Value> = orders.map(Into::into).collect();
    let sql = "SELECT order_id, version, body FROM delivery_result WHERE version > 0 AND order_id";
    let mut newest: HashMap<OrderId, (u32, Row)> = HashMap::new();
    for row in tx.query_each(sql, &ids)? {
        let (order, version): (OrderId, u32) = (row.get(0)?, row.get(1)?);
        if newest.get(&order).is_none_or(|(known, _)| *known < version) {
            newest.insert(order, (version, row));
        }
    }
    Ok(newest)
}

fn rows_of(tx: &mut Tx<'_>, ids: &[Value]) -> Result<Vec<Row>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM store_order WHERE id");
    tx.query_each(&sql, ids)
}

const COLUMNS: &str = "distributor, rep, version, confirmed_on, promised, day, late, state, flags, body, fact, slip, slip_version";

const ROWS: Bulk = Bulk {
    table: "store_order",
    columns: &[
        ("id", Kind::Blob),
        ("store", Kind::Blob),
        ("distributor", Kind::Text),
        ("rep", Kind::Text),
        ("version", Kind::Int),
        ("confirmed_on", Kind::Text),
        ("promised", Kind::Text),
        ("day", Kind::Text),
        ("waiting", Kind::Int),
        ("late", Kind::Int),
        ("state", Kind::Text),
        ("flags", Kind::Text),
        ("body", Kind::Text),
        ("fact", Kind::Blob),
        ("slip", Kind::Blob),
        ("slip_version", Kind::Int),
    ],
    tail: "ON CONFLICT (id) DO UPDATE SET store = excluded.store, distributor = excluded.distributor,
           rep = excluded.rep, version = excluded.version, confirmed_on = excluded.confirmed_on,
           promised = excluded.promised, day = excluded.day, waiting = excluded.waiting, late = excluded.late,
           state = excluded.state, flags = excluded.flags, body = excluded.body, fact = excluded.fact,
           slip = excluded.slip, slip_version = excluded.slip_version",
};

impl OrderRow {
    /// One order.
    ///
    /// # Errors
    /// A failing database.
    pub fn load(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<Self>, DbError> {
        let sql = format!("SELECT {COLUMNS} FROM store_order WHERE id = $1");
        tx.first(&sql, &[id.into()])?.map(|row| Self::read(&row)).transpose()
    }

    /// Those of many ids that are there, in no order.
    pub(super) fn load_all(tx: &mut Tx<'_>, ids: &[Value]) -> Result<Vec<Self>, DbError> {
        rows_of(tx, ids)?.iter().map(Self::read).collect()
    }

    /// The same without those that cannot be read.
    pub(super) fn load_readable(tx: &mut Tx<'_>, ids: &[Value]) -> Result<Vec<Self>, DbError> {
        Ok(rows_of(tx, ids)?.iter().filter_map(|row| Self::read(row).ok()).collect())
    }

    /// The orders of a distributor's day, in no order; `waiting` = only those for its sheet.
    ///
    /// # Errors
    /// A failing database.
    pub fn of_day(
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
        day: BusinessDate,
        waiting: bool,
    ) -> Result<Vec<Self>, DbError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM store_order WHERE distributor = $1 AND day = $2 AND waiting >= $3"
        );
        let rows = tx.query(&sql, &[distributor.into(), day.into(), waiting.into()])?;
        rows.iter().map(Self::read).collect()
    }

    /// Those of a distributor's past days, from `since` on, that are on a sheet and have no result.
    pub(super) fn out_before(
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
        since: BusinessDate,
        before: BusinessDate,
    ) -> Result<Vec<Self>, DbError> {
        let rows = tx.query(&out_before_sql(), &[distributor.into(), since.into(), before.into()])?;
        rows.iter().map(Self::read).collect()
    }

    /// Whether anybody stands behind it: its fact, a phone's signature, or the dispatcher who accepted it. An order that
    /// only an unproven slip tells is one that anybody can write; whoever can prove more takes its id.
    pub fn stands(&self) -> bool {
        let is_waved_off = matches!(self.state, OrderState::Cancelled { cause: CancelCause::Held });
        self.fact.is_some() || self.state != OrderState::Held && !is_waved_off
    }

    fn read(row: &Row) -> Result<Self, DbError> {
        let (hash, version): (Option<[u8; 32]>, u32) = (row.get(11)?, row.get(12)?);
        Ok(Self {
            distributor: row.get(0)?,
            rep: row.get(1)?,
            version: row.get(2)?,
            confirmed_on: row.get(3)?,
            promised: row.get(4)?,
            day: row.get(5)?,
            late: row.get(6)?,
            state: row.json(7)?,
            flags: row.json(8)?,
            order: row.json(9)?,
            fact: row.get(10)?,
            slip: hash.map(|hash| BySlip { hash, version }),
        })
    }

    /// Writes many orders in one go; each id once.
    ///
    /// # Errors
    /// A failing database.
    pub fn save_all<'a>(tx: &mut Tx<'_>, orders: impl IntoIterator<Item = &'a Self>) -> Result<(), DbError> {
        let rows = orders.into_iter().map(Self::values).collect::<Result<Vec<_>, _>>()?;
        tx.insert_many(&ROWS, rows)
    }

    fn values(&self) -> Result<Vec<Value>, DbError> {
        let waiting = matches!(self.state, OrderState::Waiting { .. });
        Ok(vec![
            self.order.id.into(),
            self.order.store.into(),
            self.distributor.into(),
            self.rep.into(),
            self.version.into(),
            self.confirmed_on.into(),
            self.promised.into(),
            self.day.into(),
            waiting.into(),
            self.late.into(),
            json(&self.state)?.into(),
            json(&self.flags)?.into(),
            json(&self.order)?.into(),
            self.fact.into(),
            self.slip.map(|slip| slip.hash).into(),
            self.slip.map_or(0, |slip| slip.version).into(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use xundian_domain::order_state::SheetNo;

    use super::*;
    use crate::db::tests::fresh;

    #[test]
    fn what_is_out_is_found_by_its_index_and_not_among_all_orders() {
        let sheet = SheetNo {
            distributor: "D01".parse().unwrap(),
            day: "2026-07-28".parse().unwrap(),
            difference: 0,
        };
        let state = serde_json::to_string(&OrderState::OnSheet { sheet }).unwrap();
        assert!(state.starts_with(r#"{"on_sheet""#), "{state}");
        let (_folder, db) = fresh();
        let sql = format!("EXPLAIN QUERY PLAN {}", out_before_sql());
        let values = ["D01", "2026-06-28", "2026-07-28"].map(Value::from);
        let plan = db.read_now(|tx| tx.query(&sql, &values)).unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get(3).unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains("store_order_out")), "{plan:?}");
    }
}
