//! 街道: the streets that a new store is picked from. A street decides who delivers (1-field 1.6).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use xundian_domain::StoreId;
use xundian_domain::id::StreetCode;
use xundian_domain::location::Location;
use xundian_domain::store::Store as Shop;
use xundian_protocol::tables::{Area, StoreLocation, Table};

use super::{Phone, PhoneError};
use crate::office;
use crate::store::Store;

/// A street that stores of this phone are in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Street {
    /// 街道代码.
    pub code: StreetCode,
    /// 街道; its code where the office has no name for it.
    pub name: String,
    /// 区; empty where the office has no name for it.
    pub district: String,
    /// Stores of this phone in it.
    pub stores: u32,
    /// To the nearest of them as the crow flies, where both places are known.
    pub distance_m: Option<u32>,
}

impl Phone {
    /// The streets of this phone's stores that a new one may be in: the nearest first where the phone knows its place, else those
    /// with the most stores.
    ///
    /// # Errors
    /// A failing file.
    pub fn streets(&self) -> Result<Vec<Street>, PhoneError> {
        let here = self.fix.and_then(|fix| fix.place());
        let places = if here.is_some() { places(&self.store)? } else { BTreeMap::new() };
        let metres = |shop: StoreId| Some(here?.metres_to(*places.get(&StoreLocation::key(shop))?));
        let mut areas = areas(&self.store)?;
        let mut found: BTreeMap<StreetCode, (u32, Option<u32>)> = BTreeMap::new();
        for shop in office::rows::<Shop>(&self.store, "")? {
            let Some(street) = shop.street.filter(|street| is_known(&areas, *street)) else { continue };
            let (stores, nearest) = found.entry(street).or_default();
            *stores += 1;
            *nearest = nearest.iter().copied().chain(metres(shop.id)).min();
        }
        let mut streets: Vec<_> = found.into_iter().map(|of| street(of, areas.remove(&of.0))).collect();
        let nearest = |street: &Street| (street.distance_m.is_none(), street.distance_m);
        streets.sort_by_key(|street| (nearest(street), Reverse(street.stores)));
        Ok(streets)
    }
}

fn street((code, (stores, distance_m)): (StreetCode, (u32, Option<u32>)), area: Option<Area>) -> Street {
    let (name, district) =
        area.map_or_else(|| (code.to_string(), String::new()), |area| (area.street, area.district));
    Street { code, name, district, stores, distance_m }
}

/// The office's areas by their streets.
pub(super) fn areas(store: &Store) -> Result<BTreeMap<StreetCode, Area>, PhoneError> {
    Ok(office::rows::<Area>(store, "")?.into_iter().map(|area| (area.code, area)).collect())
}

/// Whether a new store may be in a street: one in a street of no area stands still at the server, and its orders with it. Before
/// an area was pulled nobody knows.
pub(super) fn is_known(areas: &BTreeMap<StreetCode, Area>, street: StreetCode) -> bool {
    areas.is_empty() || areas.contains_key(&street)
}

/// Where all stores are, by their keys.
fn places(store: &Store) -> Result<BTreeMap<String, Location>, PhoneError> {
    let rows = store.masters(StoreLocation::NAME, "")?.into_iter();
    rows.map(|row| Ok((row.key, office::decode::<StoreLocation>(&row.value)?.0))).collect()
}
