//! The company's master data on the phone, typed. It is decoded at its first use, not at the start, and again after a
//! pull; what belongs to one store is read row by row.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use xundian_domain::calendar::{WorkingCalendar, WorkingDays};
use xundian_domain::distributor::{Distributor, LatePolicy};
use xundian_domain::placement::DeliveryRules;
use xundian_domain::product::Product;
use xundian_domain::promotion::Promotion;
use xundian_domain::route::{RoutePlan, RouteRow};
use xundian_domain::settings::CompanySettings;
use xundian_domain::suggestion::{Dispersions, LearntEvent};
use xundian_domain::{BusinessDate, CaseSize, DistributorNo, RepNo, Sku, Units};
use xundian_protocol::tables::{Calendar, Routes, Table};

use crate::phone::NamedUnits;
use crate::store::{Store, StoreError};

/// Everything that all stores share.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) settings: CompanySettings,
    /// In the fixed order of the count screen.
    pub(crate) products: Vec<Product>,
    pub(crate) promotions: Vec<Promotion>,
    pub(crate) distributors: BTreeMap<DistributorNo, Distributor>,
    /// How much weeks differ, as the server learnt it; empty before.
    pub(crate) dispersions: Dispersions,
    /// What moves the market, with what was learnt of it.
    pub(crate) events: Vec<LearntEvent>,
    company_days: WorkingDays,
    rep_days: Vec<(RepNo, WorkingDays)>,
    distributor_days: BTreeMap<DistributorNo, WorkingDays>,
    routes: Vec<RouteRow>,
}

impl Office {
    /// `None` before the first pull.
    pub(crate) fn load(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(settings) = row::<CompanySettings>(store, ())? else { return Ok(None) };
        let mut products: Vec<Product> = rows(store, "")?;
        products.sort_by_key(|product| product.position);
        let distributors = rows::<Distributor>(store, "")?.into_iter().map(|d| (d.no, d)).collect();
        let mut office = Self {
            settings,
            products,
            promotions: rows(store, "")?,
            distributors,
            dispersions: row(store, ())?.unwrap_or_default(),
            events: rows(store, "")?,
            company_days: WorkingDays::default(),
            rep_days: Vec::new(),
            distributor_days: BTreeMap::new(),
            routes: rows::<Routes>(store, "")?.into_iter().flat_map(|routes| routes.0).collect(),
        };
        for stored in store.masters(Calendar::NAME, "")? {
            let days = decode::<Calendar>(&stored.value)?.0;
            match stored.key.split_once('/') {
                Some(("rep", no)) => office.rep_days.extend(no.parse().ok().map(|no| (no, days))),
                Some(("distributor", no)) => {
                    office.distributor_days.extend(no.parse().ok().map(|no| (no, days)));
                }
                _ => office.company_days = days,
            }
        }
        Ok(Some(office))
    }

    pub(crate) fn product(&self, sku: Sku) -> Option<&Product> {
        self.products.iter().find(|product| product.sku == sku)
    }

    /// 品名规格; the code of what the catalogue does not have (any more).
    pub(crate) fn name(&self, sku: Sku) -> String {
        self.product(sku).map_or_else(|| sku.to_string(), Product::full_name)
    }

    /// 箱规; a piece where the catalogue does not have it (any more).
    pub(crate) fn case(&self, sku: Sku) -> CaseSize {
        self.product(sku).map_or(CaseSize::ONE, |product| product.case)
    }

    pub(crate) fn named_units(&self, sku: Sku, units: Units) -> NamedUnits {
        NamedUnits { sku, name: self.name(sku), units, case: self.case(sku) }
    }

    pub(crate) fn plan(&self) -> RoutePlan<'_> {
        RoutePlan {
            rows: &self.routes,
            company: &self.company_days,
            reps: &self.rep_days,
            week_anchor: self.settings.week_anchor,
        }
    }

    /// The earliest day on which an order of this date can come; `None` if the distributor never works.
    pub(crate) fn earliest_delivery(
        &self,
        distributor: DistributorNo,
        date: BusinessDate,
    ) -> Option<BusinessDate> {
        self.delivery_rules(distributor).earliest(date)
    }

    pub(crate) fn delivery_rules(&self, distributor: DistributorNo) -> DeliveryRules<'_> {
        let own = self.distributor_days.get(&distributor).unwrap_or(&self.company_days);
        let known = self.distributors.get(&distributor);
        DeliveryRules {
            calendar: WorkingCalendar { own, company: &self.company_days },
            lead_days: known.map_or(1, |distributor| distributor.lead_days),
            promise_max_days: self.settings.promise_max_days,
            late: known.map_or(LatePolicy::NextDay, |distributor| distributor.late),
        }
    }
}

/// One pulled row.
pub(crate) fn row<T: Table>(store: &Store, key: T::Key<'_>) -> Result<Option<T>, StoreError> {
    store.master(T::NAME, &T::key(key))?.map(|text| decode(&text)).transpose()
}

/// The pulled rows of a table whose key starts with `prefix`.
pub(crate) fn rows<T: Table>(store: &Store, prefix: &str) -> Result<Vec<T>, StoreError> {
    store.masters(T::NAME, prefix)?.iter().map(|stored| decode(&stored.value)).collect()
}

pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|why| StoreError::Unreadable { what: "master row", reason: why.to_string() })
}
