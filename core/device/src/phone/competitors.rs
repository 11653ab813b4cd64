//! 竞品动态: what the reps of an area saw at competitors, as the server merged it, with what this phone saw since: the next shop
//! can confirm it with one tap, also without a network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Visit;
use xundian_domain::visit::competitor::{CompetitorFact, FactKey, FactKind};
use xundian_domain::visit::competitor_merge::{SeenFact, Sightings, WINDOW_DAYS, window_start};
use xundian_domain::{BusinessDate, DistributorNo, StoreId};
use xundian_protocol::tables::{SeenIn, Table, fact_mark};

use super::visit::json;
use super::{Phone, PhoneError};
use crate::office;
use crate::store::{OwnRow, Store};

/// Own rows: one fact that was told in a store on a date. No row of the server ends them: which of them are in its
/// lines is asked when they are read.
const SIGHTING: &str = "sighting";
/// Old ones that go with one check-out: after a holiday the tap does not wait for all of them.
const TAKEN_AT_ONCE: usize = 50;

/// One thing that was seen at competitors around here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct SeenAround {
    /// 品牌
    pub brand: String,
    /// 品名
    pub item: String,
    /// 情报类型
    pub kind: FactKind,
    /// What exactly.
    pub value: String,
    /// Since when it holds.
    pub from: Option<BusinessDate>,
    /// Until when.
    pub to: Option<BusinessDate>,
    /// Stores of the area in which it was seen in the last four weeks.
    pub stores: u32,
    /// When it was seen first in these weeks.
    pub since: BusinessDate,
    /// When it was seen last.
    pub last: BusinessDate,
    /// In this very store.
    pub here: bool,
}

/// What an own row says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sighting {
    store: StoreId,
    date: BusinessDate,
    fact: CompetitorFact,
}

impl Phone {
    /// What was seen at competitors in the area of a store, by all its reps: what most stores show first, then the newest. The
    /// open visit is no part of it.
    ///
    /// # Errors
    /// The store is not on this phone, before the first pull, or a failing file.
    pub fn seen_around(&mut self, id: StoreId) -> Result<Vec<SeenAround>, PhoneError> {
        let (area, today) = (self.shop(id)?.distributor, self.date()?);
        let merged: Vec<SeenFact> = office::rows(&self.store, &format!("{area}/"))?;
        let told = told_in(&self.store)?;
        let marks_of = |store: StoreId| told.get(&store.to_string());
        let mut here = marks_of(id).cloned().unwrap_or_default().0;
        let mut own = Sightings::new(today);
        for sighting in sightings(&self.store, area, today)? {
            own.add(&sighting.fact, sighting.store, sighting.date);
            if sighting.store == id {
                here.insert(fact_mark(sighting.fact.key()));
            }
        }
        let is_counted = |fact: FactKey<'_>, store: StoreId| {
            marks_of(store).is_some_and(|seen| seen.0.contains(&fact_mark(fact)))
        };
        let around = own.onto(merged, is_counted).into_iter().map(|fact| {
            let here = here.contains(&fact_mark(fact.fact_key()));
            let SeenFact { brand, item, kind, value, from, to, stores, since, last } = fact;
            SeenAround { brand, item, kind, value, from, to, stores, since, last, here }
        });
        Ok(around.collect())
    }
}

/// What the server's lines know of each store.
fn told_in(store: &Store) -> Result<BTreeMap<String, SeenIn>, PhoneError> {
    let rows = store.masters(SeenIn::NAME, "")?.into_iter();
    rows.map(|row| Ok((row.key, office::decode(&row.value)?))).collect()
}

/// What this phone saw in an area within the window. What was seen in a store that has left the phone, as a substitute say, is
/// the server's to count: which marks it has is not known here any more.
fn sightings(store: &Store, area: DistributorNo, today: BusinessDate) -> Result<Vec<Sighting>, PhoneError> {
    let rows = store.masters(SIGHTING, "")?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let shops = office::rows::<Shop>(store, "")?.into_iter();
    let areas: BTreeMap<StoreId, DistributorNo> = shops.map(|shop| (shop.id, shop.distributor)).collect();
    let sightings = rows.iter().filter_map(|row| office::decode::<Sighting>(&row.value).ok());
    let counts = |sighting: &Sighting| {
        (window_start(today)..=today).contains(&sighting.date) && areas.get(&sighting.store) == Some(&area)
    };
    Ok(sightings.filter(counts).collect())
}

/// The own rows of a sealed visit; in whose area its store is is asked when they are read.
pub(super) fn sighting_rows(visit: &Visit) -> Result<Vec<OwnRow>, PhoneError> {
    let row = |fact: &CompetitorFact| {
        let (store, date, mark) = (visit.store, visit.date, fact_mark(fact.key()));
        let sighting = Sighting { store, date, fact: CompetitorFact { photo: None, ..fact.clone() } };
        let value = Some(json("sighting", &sighting)?);
        Ok(OwnRow { table: SIGHTING.to_owned(), key: format!("{date}/{store}/{mark}"), value })
    };
    visit.competitor_facts().iter().map(row).collect()
}

/// Takes the own rows back that no question will ask for any more.
pub(super) fn old_sightings(store: &Store, today: BusinessDate) -> Result<Vec<OwnRow>, PhoneError> {
    // A day that this clock does not know yet may be right: it stays as long as one that has passed.
    let kept = window_start(today)..=today.plus_days(WINDOW_DAYS);
    let is_kept = |key: &str| {
        let date = key.split('/').next().and_then(|date| date.parse().ok());
        date.is_some_and(|date: BusinessDate| kept.contains(&date))
    };
    let old = store.masters(SIGHTING, "")?.into_iter().filter(|row| !is_kept(&row.key)).take(TAKEN_AT_ONCE);
    Ok(old.map(|row| OwnRow { table: SIGHTING.to_owned(), key: row.key, value: None }).collect())
}
