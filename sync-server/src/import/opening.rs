//! The opening ledger: the last count of every SKU, as a company has it on the day it goes live. Without it the first
//! visit of each store would have no suggestion.

use std::collections::BTreeMap;

use uuid::Uuid;
use xundian_domain::ledger::{LedgerVisit, VisitEntry};
use xundian_domain::{BusinessDate, RecordId, Sku, StoreId, StoreNo, TimeOfDay, Units};
use xundian_protocol::tables::scope;

use super::{FileError, Reject, Rows, Table};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};

/// Counts that were read from a file, by store and date.
#[derive(Debug, Default)]
pub struct OpeningLedger {
    counts: BTreeMap<(StoreNo, BusinessDate), Vec<(Sku, Units)>>,
    /// Cells that cannot be taken.
    pub rejects: Vec<Reject>,
}

/// Reads `store_no, sku, counted_on, units`.
///
/// # Errors
/// A column is missing.
pub fn read_opening(table: &Table) -> Result<OpeningLedger, FileError> {
    let rows = Rows::new(table, &["store_no", "sku", "counted_on", "units"])?;
    let found = rows.read(|row| {
        row.unique(&["store_no", "sku", "counted_on"])?;
        let at = (row.required("store_no")?, row.required("counted_on")?);
        Some((at, (row.required("sku")?, Units(row.required("units")?))))
    });
    let mut ledger = OpeningLedger { rejects: rows.into_rejects(), ..OpeningLedger::default() };
    for (at, count) in found {
        ledger.counts.entry(at).or_default().push(count);
    }
    Ok(ledger)
}

/// What an opening count has in a ledger in the place of a visit's fact: there was none.
pub(crate) fn opening_id(store: StoreId, date: BusinessDate) -> RecordId {
    RecordId(Uuid::new_v5(&store.0, date.to_string().as_bytes()))
}

/// Puts the counts into the ledgers of their stores. The same file again changes nothing: a row's id comes from store
/// and date.
///
/// # Errors
/// A failing database.
pub fn import_opening(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    ledger: &OpeningLedger,
) -> Result<usize, DbError> {
    let mut feed = Feed::default();
    let noon = TimeOfDay::new(12, 0).unwrap_or(TimeOfDay::MIDNIGHT);
    // A store that a rep opened has another id than its number says.
    let numbered: BTreeMap<StoreNo, StoreId> =
        catalogue.stores.values().filter_map(|store| Some((store.number?, store.id))).collect();
    for ((number, date), counts) in &ledger.counts {
        let store = numbered.get(number).copied().unwrap_or(StoreId::from_number(*number));
        let Some((rep, _)) = catalogue.route_of(store) else { continue };
        let id = opening_id(store, *date);
        let entry = VisitEntry { counts: counts.clone(), ..VisitEntry::default() };
        let visit = LedgerVisit { date: *date, at: catalogue.zone().moment(*date, noon), entry };
        feed.put(&scope::territory(rep), (store, id), &visit);
    }
    feed.write(tx)?;
    Ok(ledger.counts.len())
}
