//! The end of what travels beside facts (1-field 1.10). Positions and owner's codes are emptied 30 days after the day of their
//! fact, names and phones when their store is closed or gone, or when its people ask for it. The row of a private part stays: a
//! phone that sends its fact again finds that it was here, and brings nothing back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use xundian_domain::stamp::Millis;
use xundian_domain::store::Store;
use xundian_domain::{BusinessDate, RecordId, StoreId, StoreNo};
use xundian_protocol::push::Private;
use xundian_protocol::tables::{Contact, Table, scope};

use crate::db::{Bulk, Db, DbError, Kind, Row, Tx, Value, json};
use crate::master::{Catalogue, ContactTold, Feed, in_step, keep, kept, new_master_version};
use crate::setting;

/// Days that a position and an owner's code are kept. A code is asked for until 72 hours after its delivery day, some ten days
/// after the visit.
const TRAIL_DAYS: u32 = 30;
/// Rows that one job of the writer empties: phones that push meanwhile wait for no more than that.
const AT_ONCE: u64 = 500;
/// The setting that says on which business date nothing was left to empty.
const DONE: &str = "private_emptied";

const COLUMNS: &[(&str, Kind)] =
    &[("id", Kind::Blob), ("value", Kind::Text), ("since", Kind::Text), ("store", Kind::Blob)];
/// Private parts that came: what was beside a fact first stays.
pub(super) const CAME: Bulk =
    Bulk { table: "fact_private", columns: COLUMNS, tail: "ON CONFLICT (id) DO NOTHING" };
const EMPTIED: Bulk = Bulk {
    table: "fact_private",
    columns: COLUMNS,
    tail: "ON CONFLICT (id) DO UPDATE SET value = excluded.value, since = excluded.since, store = excluded.store",
};

/// Names and phones beside all facts of a store.
const OF_ALL: &str = "SELECT id, value, since, store FROM fact_private WHERE store = $1 LIMIT $2";
/// Beside those that wait for nothing: what waits for a person, or for its store, takes effect with its names when it may.
const OF_SETTLED: &str = "SELECT p.id, p.value, p.since, p.store FROM fact_private p WHERE p.store = $1
                          AND NOT EXISTS (SELECT 1 FROM parked w WHERE w.fact = p.id)
                          AND NOT EXISTS (SELECT 1 FROM held w WHERE w.fact = p.id) LIMIT $2";

/// Whether it names somebody.
pub(super) fn has_contact(private: &Private) -> bool {
    private.owner.is_some() || private.receiver.is_some() || private.phone.is_some()
}

/// As it is when nobody is named.
pub(super) fn without_contact(private: Private) -> Private {
    Private { owner: None, receiver: None, phone: None, ..private }
}

/// As it is when nothing says where somebody was, or proves what was delivered.
fn without_trail(private: Private) -> Private {
    Private { owner_code: None, fixes: Vec::new(), ..private }
}

/// What may still be kept beside a fact of a business date.
pub(super) fn in_time(private: Private, date: BusinessDate, today: BusinessDate) -> Private {
    if date < kept_from(today) { without_trail(private) } else { private }
}

fn kept_from(today: BusinessDate) -> BusinessDate {
    today.minus_days(TRAIL_DAYS)
}

/// The columns `since` and `store` of a private part: each is there as long as what it leads to is.
pub(super) fn marks(private: &Private, date: impl Into<Value>, store: Option<StoreId>) -> [Value; 2] {
    let has_trail = private.owner_code.is_some() || !private.fixes.is_empty();
    let since = if has_trail { date.into() } else { Value::Null };
    [since, store.filter(|_| has_contact(private)).into()]
}

/// Notes whose names are beside a fact that could not be read when it came.
pub(super) fn mark_store(
    tx: &mut Tx<'_>,
    fact: RecordId,
    private: Option<&Private>,
    store: Option<StoreId>,
) -> Result<(), DbError> {
    if let Some(store) = store
        && private.is_some_and(has_contact)
    {
        let sql = "UPDATE fact_private SET store = $2 WHERE id = $1 AND store IS NULL";
        tx.execute(sql, &[fact.into(), store.into()])?;
    }
    Ok(())
}

/// Stores whose people asked to be forgotten, and when they did last.
pub(super) fn forgotten_stores(tx: &mut Tx<'_>) -> Result<HashMap<StoreId, Millis>, DbError> {
    let rows = tx.query("SELECT store, max(at) FROM forgotten GROUP BY store", &[])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Empties what may not be kept any longer, 500 rows of it at most: called at every tick, it goes on until nothing is left on a
/// business date. Blocks; the writer is held for one small commit.
///
/// # Errors
/// A failing database; what was emptied before stays so.
pub(crate) fn empty_private(
    db: &Db,
    catalogue: &Arc<Catalogue>,
    today: BusinessDate,
    now: Millis,
) -> Result<(), DbError> {
    if db.read_now(|tx| setting::read::<BusinessDate>(tx, DONE))? == Some(today) {
        return Ok(());
    }
    if db.write_now(move |tx| empty_trails(tx, today))? >= AT_ONCE {
        // There may be more: the next tick goes on.
        return Ok(());
    }
    let closed = db.read_now(|tx| closed_stores(tx, catalogue))?;
    let catalogue = catalogue.clone();
    db.write_now(move |tx| {
        let catalogue = in_step(tx, &catalogue)?;
        let mut left = AT_ONCE;
        for store in closed {
            if left == 0 {
                break;
            }
            // It may have opened since it was looked for, or only now for the first time.
            let is_new = !catalogue.stores.contains_key(&store) && is_kept(tx, store)?;
            if is_closed(&catalogue, store) && !is_new {
                left = left.saturating_sub(empty_store(tx, &catalogue, store, OF_SETTLED, left, now)?.rows());
            }
        }
        // Else there may be more: the next tick goes on.
        if left > 0 {
            setting::keep(tx, DONE, today)?;
        }
        Ok(())
    })
}

fn empty_trails(tx: &mut Tx<'_>, today: BusinessDate) -> Result<u64, DbError> {
    let old = tx.query(
        "SELECT id, value, since, store FROM fact_private WHERE since < $1 ORDER BY since LIMIT $2",
        &[kept_from(today).into(), AT_ONCE.into()],
    )?;
    empty(tx, &old, without_trail)
}

/// Writes rows `(id, value, since, store)` again without a part of them; gives how many.
fn empty(tx: &mut Tx<'_>, rows: &[Row], without: fn(Private) -> Private) -> Result<u64, DbError> {
    let mut emptied = Vec::with_capacity(rows.len());
    for row in rows {
        // One that cannot be read is emptied as a whole.
        let private = without(row.json::<Private>(1).unwrap_or_default());
        let [since, store] = marks(&private, row.get::<Option<String>>(2)?, row.get(3)?);
        emptied.push(vec![row.get::<RecordId>(0)?.into(), json(&private)?.into(), since, store]);
    }
    tx.insert_many(&EMPTIED, emptied)?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Not served any more, or in no file of the office.
fn is_closed(catalogue: &Catalogue, store: StoreId) -> bool {
    catalogue.stores.get(&store).is_none_or(|store| !store.status.is_served())
}

/// Whether the master data have it, also where this catalogue was loaded before it came.
fn is_kept(tx: &mut Tx<'_>, store: StoreId) -> Result<bool, DbError> {
    Ok(kept::<Store>(tx, Store::NAME, &Store::key(store))?.is_some())
}

/// Closed stores in which somebody may still be named.
fn closed_stores(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<BTreeSet<StoreId>, DbError> {
    let mut found = BTreeSet::new();
    for row in tx.query("SELECT DISTINCT store FROM fact_private WHERE store IS NOT NULL", &[])? {
        found.insert(row.get::<StoreId>(0)?);
    }
    found.retain(|store| is_closed(catalogue, *store));
    for store in catalogue.stores.keys().filter(|store| is_closed(catalogue, **store)) {
        if Said::of(tx, *store)?.names_somebody() {
            found.insert(*store);
        }
    }
    Ok(found)
}

/// What of a store was emptied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// It had a contact.
    pub contact: bool,
    /// Facts with a name or phone beside them.
    pub facts: u64,
}

impl Forgotten {
    fn rows(self) -> u64 {
        self.facts.saturating_add(u64::from(self.contact))
    }
}

/// Nobody of a store is named any more: its contact goes first, then `most` rows beside facts that `of` finds. Because it closed,
/// or because its people ask for it: the rule is the same.
fn empty_store(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: StoreId,
    of: &str,
    most: u64,
    now: Millis,
) -> Result<Forgotten, DbError> {
    let contact = empty_contact(tx, catalogue, store, now)?;
    let most = most.saturating_sub(u64::from(contact));
    let beside = tx.query(of, &[store.into(), most.into()])?;
    Ok(Forgotten { contact, facts: empty(tx, &beside, without_contact)? })
}

/// Whom to ask for in a store, in the words of the office and of reps.
struct Said {
    office: Option<Contact>,
    told: Option<ContactTold>,
}

impl Said {
    fn of(tx: &mut Tx<'_>, store: StoreId) -> Result<Self, DbError> {
        let key = Contact::key(store);
        let office = kept(tx, Contact::NAME, &key)?;
        Ok(Self { office, told: kept(tx, ContactTold::NAME, &key)? })
    }

    fn names_somebody(&self) -> bool {
        self.office.as_ref().is_some_and(|contact| *contact != Contact::default())
            || self.told.as_ref().is_some_and(|told| told.contact.is_some())
    }
}

/// What was said before now names nobody any more, whenever it comes; says whether somebody was named.
fn empty_contact(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: StoreId,
    now: Millis,
) -> Result<bool, DbError> {
    if !catalogue.stores.contains_key(&store) {
        // The import that took the store out took its contact along.
        return Ok(false);
    }
    let (said, key) = (Said::of(tx, store)?, Contact::key(store));
    let is_named = said.names_somebody();
    let nobody = ContactTold { contact: None, at: said.told.map_or(now, |told| told.at.max(now)) };
    let mut rows = vec![vec![ContactTold::NAME.into(), key.as_str().into(), json(&nobody)?.into()]];
    if said.office.is_some() {
        rows.push(vec![Contact::NAME.into(), key.into(), json(&Contact::default())?.into()]);
    }
    keep(tx, rows)?;
    if is_named {
        tell_phones(tx, catalogue, store, said.office.is_some())?;
        // The server that runs reads it again, also where a command emptied it.
        new_master_version(tx)?;
    }
    Ok(is_named)
}

/// Phones have what the office's row says now; without one there is no contact.
fn tell_phones(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: StoreId,
    is_the_offices: bool,
) -> Result<(), DbError> {
    let Some(keeper) = catalogue.keeper_of(store) else { return Ok(()) };
    let (territory, mut feed) = (scope::territory(keeper), Feed::default());
    if is_the_offices {
        feed.put::<Contact>(&territory, store, &Contact::default());
    } else {
        feed.delete::<Contact>(&territory, store);
    }
    feed.write(tx)
}

/// The store of a number, in the master data or gone from it; `None` = nobody ever spoke of it.
///
/// # Errors
/// A failing database.
pub fn store_numbered(tx: &mut Tx<'_>, number: StoreNo) -> Result<Option<StoreId>, DbError> {
    let catalogue = Catalogue::load(tx)?;
    if let Some(store) = catalogue.stores.values().find(|store| store.number == Some(number)) {
        return Ok(Some(store.id));
    }
    // One that the files have no more: its id follows from its number. Stores that reps opened are never taken out.
    let id = StoreId::from_number(number);
    let spoken_of = tx.first("SELECT 1 FROM fact WHERE store = $1 LIMIT 1", &[id.into()])?;
    Ok(spoken_of.map(|_| id))
}

/// Empties the names and phones of a store because its people ask for it: its contact, on phones too, and what is beside its facts.
/// That they asked is kept: what was captured before and comes later names nobody either. Blocks; the writer is held for small
/// commits.
///
/// # Errors
/// A failing database; what was emptied before stays so, and the same again does the rest.
pub fn forget(db: &Db, store: StoreId, now: Millis) -> Result<Forgotten, DbError> {
    let mut forgotten = Forgotten::default();
    loop {
        let emptied = db.write_now(move |tx| {
            note_request(tx, store, now)?;
            let catalogue = Catalogue::load(tx)?;
            empty_store(tx, &catalogue, store, OF_ALL, AT_ONCE, now)
        })?;
        forgotten.contact |= emptied.contact;
        forgotten.facts = forgotten.facts.saturating_add(emptied.facts);
        if emptied.rows() < AT_ONCE {
            return Ok(forgotten);
        }
    }
}

fn note_request(tx: &mut Tx<'_>, store: StoreId, now: Millis) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO forgotten (store, at) VALUES ($1, $2) ON CONFLICT (store, at) DO NOTHING",
        &[store.into(), now.into()],
    )?;
    Ok(())
}
