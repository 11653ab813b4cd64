//! The catalogue: all master data, typed, in memory. It is read once and replaced as a whole when the office imports,
//! so that neither ingest nor a page asks the database row by row.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xundian_domain::calendar::{WorkingCalendar, WorkingDays};
use xundian_domain::coded::UnknownCode;
use xundian_domain::distributor::Distributor;
use xundian_domain::id::{DisplayStandardNo, MustSellListNo, StreetCode};
use xundian_domain::placement::{DeliveryRules, LocalTime};
use xundian_domain::price::PriceList;
use xundian_domain::product::Product;
use xundian_domain::promotion::Promotion;
use xundian_domain::route::{Capacity, RoutePlan, RouteRow};
use xundian_domain::settings::{CompanySettings, PHOTO_KEEP_DAYS};
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::store::{Channel, Store, StoreClass};
use xundian_domain::suggestion::MarketEvent;
use xundian_domain::{BusinessDate, DistributorNo, PriceListNo, RepNo, Sku, StoreId};
use xundian_protocol::tables::{
    Area, Calendar, CompetitorItem, Contact, MustSellList, Prices, Reasons, Routes, Standard, Table,
};

use super::ContactTold;
use super::offset_of;
use crate::db::{DbError, Row, Tx};
use crate::setting;

/// What a person of `reps.csv` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// 助理业代.
    Rep,
    /// 主管.
    Supervisor,
    /// 业代.
    AccountManager,
}

/// A person of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// 人员编号.
    pub no: RepNo,
    /// Name.
    pub name: String,
    /// Role.
    pub role: PersonRole,
    /// 主管, of a rep.
    pub supervisor: Option<RepNo>,
    /// Works here.
    pub active: bool,
}

/// A price list's head: pre-fills new stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListRow {
    /// 价格表编号.
    pub no: PriceListNo,
    /// For which channels; empty = all.
    pub channels: Vec<Channel>,
    /// For which classes; empty = all.
    pub classes: Vec<StoreClass>,
    /// Lowest first.
    pub priority: u32,
}

/// Everything the office keeps.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Company settings; `None` before the first import.
    pub settings: Option<CompanySettings>,
    /// Products by SKU.
    pub products: BTreeMap<Sku, Product>,
    /// Distributors.
    pub distributors: BTreeMap<DistributorNo, Distributor>,
    /// Stores.
    pub stores: HashMap<StoreId, Store>,
    /// The import that it is of, or the change of hands since.
    pub version: (i64, i64),
    /// The business date whose territories these are, here and in the feed; `None` = no server has started on this database yet.
    pub day: Option<BusinessDate>,
    /// Contacts of stores.
    pub contacts: HashMap<StoreId, Contact>,
    /// Prices.
    pub prices: HashMap<PriceListNo, PriceList>,
    /// Heads of the price lists.
    pub price_lists: Vec<PriceListRow>,
    /// Promotions.
    pub promotions: Vec<Promotion>,
    /// Must-sell lists.
    pub must_sell: HashMap<MustSellListNo, MustSellList>,
    /// Display standards.
    pub standards: HashMap<DisplayStandardNo, Standard>,
    /// Reasons by kind.
    pub reasons: BTreeMap<String, Reasons>,
    /// Events of the market.
    pub events: Vec<MarketEvent>,
    /// Competitors' items.
    pub competitor_items: Vec<CompetitorItem>,
    /// The company's days.
    pub company_days: WorkingDays,
    /// Exceptions of reps.
    pub rep_days: Vec<(RepNo, WorkingDays)>,
    /// Days of distributors.
    pub distributor_days: BTreeMap<DistributorNo, WorkingDays>,
    /// All route rows.
    pub routes: Vec<RouteRow>,
    /// People.
    pub people: BTreeMap<RepNo, Person>,
    /// Areas.
    pub areas: BTreeMap<StreetCode, Area>,
    /// Zone names of distributors.
    pub zones: BTreeMap<DistributorNo, String>,
    by_store: HashMap<StoreId, (RepNo, u32)>,
    /// Who had a store since when, oldest first: rights of the past.
    assignments: HashMap<StoreId, Vec<(BusinessDate, RepNo)>>,
}

/// Name of the setting by which a running server sees that another process imported.
const MASTER_VERSION: &str = "master_version";
/// Name of the setting that counts decisions about new stores.
const STORES_DECIDED: &str = "stores_decided";
/// Name of the setting that says of which business date the territories are that phones have.
const TERRITORY_DAY: &str = "territory_day";

/// Changes with every import that changes something, and when a day begins on which stores change hands.
///
/// # Errors
/// A failing database.
pub(crate) fn master_version(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    Ok(setting::read(tx, MASTER_VERSION)?.unwrap_or(0))
}

/// The master data of a transaction that writes: an import beside this server may have been committed since a catalogue was
/// read, and what goes to phones must go where their stores are now.
///
/// # Errors
/// A failing database.
pub(crate) fn in_step(tx: &mut Tx<'_>, catalogue: &Arc<Catalogue>) -> Result<Arc<Catalogue>, DbError> {
    if version(tx)? == catalogue.version {
        return Ok(catalogue.clone());
    }
    Catalogue::load(tx).map(Arc::new)
}

/// After an import that changed something, or a day began on which stores change hands.
///
/// # Errors
/// A failing database.
pub(crate) fn new_master_version(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let next = master_version(tx)? + 1;
    setting::keep(tx, MASTER_VERSION, next)
}

/// After somebody decided about a new store: who writes must know it, and nothing that follows imports is done again for it.
///
/// # Errors
/// A failing database.
pub(crate) fn new_store_version(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let (_, decided) = version(tx)?;
    setting::keep(tx, STORES_DECIDED, decided + 1)
}

fn version(tx: &mut Tx<'_>) -> Result<(i64, i64), DbError> {
    Ok((master_version(tx)?, setting::read(tx, STORES_DECIDED)?.unwrap_or(0)))
}

/// From here on the territories are those of a business date; whoever says so brings the feed in line.
///
/// # Errors
/// A failing database.
pub(super) fn keep_territory_day(tx: &mut Tx<'_>, day: BusinessDate) -> Result<(), DbError> {
    setting::keep(tx, TERRITORY_DAY, day)
}

impl Catalogue {
    /// Reads everything.
    ///
    /// # Errors
    /// A failing database, or a row that this program cannot read.
    pub fn load(tx: &mut Tx<'_>) -> Result<Self, DbError> {
        let (version, day) = (version(tx)?, setting::read(tx, TERRITORY_DAY)?);
        let mut catalogue = Self { version, day, ..Self::default() };
        let mut prices: HashMap<PriceListNo, Vec<_>> = HashMap::new();
        for row in tx.query("SELECT tbl, key, value FROM master ORDER BY tbl, key", &[])? {
            let (table, key): (String, String) = (row.get(0)?, row.get(1)?);
            if table == Prices::NAME {
                let (list, sku) = key.split_once('/').unwrap_or_default();
                let items: Prices = row.json(2)?;
                let list = prices.entry(parsed(list)?).or_default();
                let sku: Sku = parsed(sku)?;
                list.extend(items.0.into_iter().map(|item| (sku, item)));
            } else {
                catalogue.take(&table, &key, &row)?;
            }
        }
        for (list, items) in prices {
            let list_of_prices = PriceList::new(items)
                .map_err(|why| DbError::Column { column: 2, reason: why.to_string() })?;
            catalogue.prices.insert(list, list_of_prices);
        }
        catalogue.by_store = owners(&catalogue.routes, catalogue.day);
        for row in tx.query("SELECT store, since, rep FROM assignment ORDER BY since, rep", &[])? {
            catalogue.assignments.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
        }
        Ok(catalogue)
    }

    fn take(&mut self, table: &str, key: &str, row: &Row) -> Result<(), DbError> {
        match table {
            CompanySettings::NAME => self.settings = Some(row.json(2)?),
            Product::NAME => drop(self.products.insert(parsed(key)?, row.json(2)?)),
            Distributor::NAME => drop(self.distributors.insert(parsed(key)?, row.json(2)?)),
            Store::NAME => {
                let store: Store = row.json(2)?;
                self.stores.insert(store.id, store);
            }
            Contact::NAME => drop(self.contacts.insert(StoreId(parsed(key)?), row.json(2)?)),
            // It comes behind the office's word.
            ContactTold::NAME => {
                let told = row.json::<ContactTold>(2)?.contact;
                self.contacts
                    .extend(told.map(|told| Ok::<_, DbError>((StoreId(parsed(key)?), told))).transpose()?);
            }
            Promotion::NAME => self.promotions.push(row.json(2)?),
            MustSellList::NAME => drop(self.must_sell.insert(parsed(key)?, row.json(2)?)),
            Standard::NAME => drop(self.standards.insert(parsed(key)?, row.json(2)?)),
            Reasons::NAME => drop(self.reasons.insert(key.to_owned(), row.json(2)?)),
            CompetitorItem::NAME => self.competitor_items.push(row.json(2)?),
            Routes::NAME => self.routes.extend(row.json::<Routes>(2)?.0),
            Calendar::NAME => self.take_calendar(key, row.json::<Calendar>(2)?.0)?,
            "event" => self.events.push(row.json(2)?),
            "person" => drop(self.people.insert(parsed(key)?, row.json(2)?)),
            Area::NAME => drop(self.areas.insert(parsed(key)?, row.json(2)?)),
            "price_list" => self.price_lists.push(row.json(2)?),
            "zone" => drop(self.zones.insert(parsed(key)?, row.json(2)?)),
            _ => {}
        }
        Ok(())
    }

    fn take_calendar(&mut self, key: &str, days: WorkingDays) -> Result<(), DbError> {
        match key.split_once('/') {
            Some(("rep", no)) => self.rep_days.push((parsed(no)?, days)),
            Some(("distributor", no)) => drop(self.distributor_days.insert(parsed(no)?, days)),
            _ => self.company_days = days,
        }
        Ok(())
    }

    /// Whether the territories of a business date are other ones than these.
    pub(super) fn changes_hands(&self, day: BusinessDate) -> bool {
        owners(&self.routes, Some(day)) != self.by_store
    }

    /// Whose territory a store is in on the day of these territories, and its place on the route.
    pub fn route_of(&self, store: StoreId) -> Option<(RepNo, u32)> {
        self.by_store.get(&store).copied()
    }

    /// Whose phones have a store: its territory's rep, or before it is on a route the one who opened it.
    pub fn keeper_of(&self, store: StoreId) -> Option<RepNo> {
        let opened_by = || self.stores.get(&store).and_then(|store| store.opened_by);
        self.route_of(store).map(|(rep, _)| rep).or_else(opened_by)
    }

    /// Whether a rep may visit a store on a date: as its owner of that date, or as a substitute.
    pub fn is_assigned(&self, rep: RepNo, store: StoreId, date: BusinessDate) -> bool {
        let Some((owner, _)) = self.route_of(store) else { return true };
        let past = self.assignments.get(&store).map_or(&[][..], Vec::as_slice);
        // The newest plan that had begun; plans that began on one day (a correction) all count.
        let began = past.iter().map(|(since, _)| *since).filter(|since| *since <= date).max();
        let owned = |of: RepNo| past.iter().any(|(since, who)| Some(*since) == began && *who == of);
        let has = |of: RepNo| of == owner || owned(of);
        has(rep) || self.absent_reps(rep, date).into_iter().any(has)
    }

    /// The reps for whom `rep` stands in on a date.
    pub fn absent_reps(&self, rep: RepNo, date: BusinessDate) -> Vec<RepNo> {
        let stands_in = |days: &WorkingDays| {
            days.exceptions.get(&date).is_some_and(|row| !row.works && row.substitute == Some(rep))
        };
        self.rep_days.iter().filter(|(_, days)| stands_in(days)).map(|(absent, _)| *absent).collect()
    }

    /// The route plan of everybody.
    pub fn plan(&self) -> Option<RoutePlan<'_>> {
        let settings = self.settings.as_ref()?;
        Some(RoutePlan {
            rows: &self.routes,
            company: &self.company_days,
            reps: &self.rep_days,
            week_anchor: settings.week_anchor,
        })
    }

    /// The planned visits of a rep on a date, with the stores that are still served.
    pub fn planned(&self, rep: RepNo, date: BusinessDate) -> Vec<(StoreId, Capacity)> {
        let visits = self.plan().map(|plan| plan.visits(rep, date)).unwrap_or_default();
        let served = |id: &StoreId| self.stores.get(id).is_some_and(|store| store.status.is_served());
        visits.into_iter().map(|visit| (visit.store, visit.capacity)).filter(|(id, _)| served(id)).collect()
    }

    /// The delivery rules of a distributor.
    pub fn delivery_rules<'a>(&'a self, distributor: &'a Distributor) -> DeliveryRules<'a> {
        let own = self.distributor_days.get(&distributor.no).unwrap_or(&self.company_days);
        DeliveryRules {
            calendar: WorkingCalendar { own, company: &self.company_days },
            lead_days: distributor.lead_days,
            promise_max_days: self.settings.as_ref().map_or(7, |settings| settings.promise_max_days),
            late: distributor.late,
        }
    }

    /// The company's zone.
    pub fn zone(&self) -> ZoneOffset {
        self.settings.as_ref().map_or(ZoneOffset::CHINA, |settings| settings.zone)
    }

    /// Days that a photo is kept.
    pub fn photo_keep_days(&self) -> u32 {
        self.settings.as_ref().map_or(PHOTO_KEEP_DAYS, |settings| settings.photo_keep_days)
    }

    /// The local date and time at a distributor.
    pub fn local(&self, distributor: DistributorNo, at: Millis) -> LocalTime {
        let zone = self.zones.get(&distributor).and_then(|name| offset_of(name, at)).unwrap_or(self.zone());
        LocalTime { date: zone.date(at), time: zone.time_of_day(at) }
    }

    /// The price list and must-sell list of a new store: the first head that fits its channel and class.
    pub fn price_list_for(&self, channel: Channel, class: StoreClass) -> Option<PriceListNo> {
        let mut heads: Vec<_> = self.price_lists.iter().collect();
        heads.sort_by_key(|head| head.priority);
        let fits = |head: &&&PriceListRow| {
            (head.channels.is_empty() || head.channels.contains(&channel))
                && (head.classes.is_empty() || head.classes.contains(&class))
        };
        heads.iter().find(fits).map(|head| head.no)
    }
}

/// Whose each store is on a day, and its place on the route: by the row that holds then, of several the one that began last; else
/// by the next one to begin; else by the last one that ended. Without a day the last row of all counts, as it did for servers
/// that knew no days: so it is in a feed that no newer one has published.
fn owners(routes: &[RouteRow], day: Option<BusinessDate>) -> HashMap<StoreId, (RepNo, u32)> {
    let mut rows: Vec<&RouteRow> = routes.iter().collect();
    // The sort is stable: of rows that are equally near the last one counts.
    rows.sort_by_key(|row| day.map(|day| nearness(row, day)));
    rows.into_iter().map(|row| (row.store, (row.rep, row.seq))).collect()
}

/// Of two rows of a store the one with more says whose it is on a day.
fn nearness(row: &RouteRow, day: BusinessDate) -> (u8, i64) {
    match row.valid_to {
        Some(to) if to < day => (0, to.days_since(day)),
        _ if row.valid_from > day => (1, day.days_since(row.valid_from)),
        _ => (2, row.valid_from.days_since(day)),
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, DbError> {
    text.parse().map_err(|_| DbError::Column {
        column: 1,
        reason: UnknownCode { given: text.to_owned(), known: String::new() }.given,
    })
}

#[cfg(test)]
mod tests {
    use xundian_domain::route::WeekPattern;
    use xundian_domain::time::Weekday;

    use super::*;

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn row(rep: &str, from: &str, to: Option<&str>) -> RouteRow {
        RouteRow {
            rep: rep.parse().unwrap(),
            weekday: Weekday::try_from(1).unwrap(),
            pattern: WeekPattern::Every,
            seq: 1,
            store: StoreId::from_number("QD1".parse().unwrap()),
            valid_from: date(from),
            valid_to: to.map(date),
        }
    }

    /// Whose the store is on a day by these rows, in whatever order they stand.
    fn owner(rows: &[RouteRow], day: &str) -> RepNo {
        let reversed: Vec<RouteRow> = rows.iter().rev().cloned().collect();
        let of = |rows: &[RouteRow]| owners(rows, Some(date(day))).into_values().next().unwrap().0;
        assert_eq!(of(rows), of(&reversed), "{day}");
        of(rows)
    }

    #[test]
    fn a_store_is_in_the_territory_of_its_row_of_the_day_else_of_the_next_one_else_of_the_last_one() {
        for [first, second] in [["ZY01", "ZY02"], ["ZY02", "ZY01"]] {
            let rows =
                [row(first, "2026-06-01", Some("2026-08-28")), row(second, "2026-09-01", Some("2026-12-31"))];
            let (first, second): (RepNo, RepNo) = (first.parse().unwrap(), second.parse().unwrap());
            assert_eq!(owner(&rows, "2026-05-01"), first, "the next one to begin");
            assert_eq!([owner(&rows, "2026-06-01"), owner(&rows, "2026-08-28")], [first, first]);
            assert_eq!(owner(&rows, "2026-08-29"), second, "between them the one that begins");
            assert_eq!([owner(&rows, "2026-09-01"), owner(&rows, "2026-12-31")], [second, second]);
            assert_eq!(owner(&rows, "2027-01-01"), second, "the last one that ended");
        }
    }

    #[test]
    fn of_two_rows_that_hold_the_one_counts_that_began_last() {
        let rows = [row("ZY01", "2026-07-27", None), row("ZY02", "2026-06-01", None)];
        assert_eq!(owner(&rows, "2026-07-26"), "ZY02".parse().unwrap());
        assert_eq!(owner(&rows, "2026-07-27"), "ZY01".parse().unwrap());
    }

    #[test]
    fn without_a_day_the_last_row_counts() {
        let rows = [row("ZY01", "2026-07-27", None), row("ZY02", "2026-06-01", Some("2026-06-30"))];
        let store = rows[0].store;
        assert_eq!(owners(&rows, None).get(&store), Some(&("ZY02".parse().unwrap(), 1)));
    }
}
