//! What is learnt from ledgers as the feed has them, on the demo's city.

use std::sync::Arc;

use uuid::Uuid;
use xundian_domain::ledger::{DeliveryLine, Ledger, LedgerDelivery, LedgerVisit, VisitEntry};
use xundian_domain::product::Product;
use xundian_domain::store::Store;
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, MarketEvent, Rate, Rates, Taught};
use xundian_domain::{BusinessDate, OrderId, RecordId, Sku, StoreId, TimeOfDay, Units};
use xundian_protocol::tables::{Table, scope};

use super::beliefs::follow;
use super::published::Published;
use super::{Learnt, learn};
use crate::db::Db;
use crate::db::tests::fresh;
use crate::ends::end_past;
use crate::import::{city_with, import_city};
use crate::log::Log;
use crate::master::{Catalogue, Feed};
use crate::orders::begin_why_missed;

const NOODLES: &str = "21010019";
const TERRITORY: &str = "rep/ZY01";

/// A company that has sold nothing yet.
struct Company {
    db: Db,
    catalogue: Catalogue,
    _folder: tempfile::TempDir,
}

fn store(number: &str) -> StoreId {
    StoreId::from_number(number.parse().unwrap())
}

fn noodles() -> Sku {
    NOODLES.parse().unwrap()
}

/// Days from Monday, 2026-06-01.
fn day(n: u32) -> BusinessDate {
    "2026-06-01".parse::<BusinessDate>().unwrap().plus_days(n)
}

fn visit(n: u32, counts: &[(Sku, u32)]) -> LedgerVisit {
    let counts = counts.iter().map(|(sku, units)| (*sku, Units(*units))).collect();
    let at = xundian_domain::stamp::ZoneOffset::CHINA.moment(day(n), TimeOfDay::new(9, 0).unwrap());
    LedgerVisit { date: day(n), at, entry: VisitEntry { counts, ..VisitEntry::default() } }
}

/// Promised for the day after, with or without the driver's result.
fn delivery(n: u32, delivered: Option<u32>) -> LedgerDelivery {
    let line = DeliveryLine {
        sku: noodles(),
        confirmed: Units(24),
        delivered: delivered.map(Units),
        carried: Units::ZERO,
        picked_up: Units::ZERO,
    };
    let at = xundian_domain::stamp::ZoneOffset::CHINA.moment(day(n + 1), TimeOfDay::new(10, 0).unwrap());
    LedgerDelivery { order: order(n), due_by: at, at: delivered.map(|_| at), lines: vec![line], missed: None }
}

fn order(n: u32) -> OrderId {
    OrderId(Uuid::from_u128(u128::from(n)))
}

/// Three weeks: 20 there, 24 come on Tuesday, 18 are left; 24 come, nothing is left.
fn weeks() -> Ledger {
    let visits = [(0, 20), (7, 18), (14, 0)].map(|(n, count)| visit(n, &[(noodles(), count)]));
    Ledger { visits: visits.into(), deliveries: [0, 7].map(|n| delivery(n, Some(24))).into() }
}

impl Company {
    fn new() -> Self {
        let (folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, xundian_domain::stamp::Millis(0))).unwrap();
        let catalogue = db.read_now(Catalogue::load).unwrap();
        Self { db, catalogue, _folder: folder }
    }

    /// With a ledger in one store.
    fn with(store: StoreId, ledger: &Ledger) -> Self {
        let company = Self::new();
        company.put(store, ledger);
        company
    }

    fn put(&self, store: StoreId, ledger: &Ledger) {
        let mut feed = Feed::default();
        for visit in &ledger.visits {
            let id = RecordId(Uuid::new_v5(&store.0, visit.date.to_string().as_bytes()));
            feed.put(TERRITORY, (store, id), visit);
        }
        for delivery in &ledger.deliveries {
            feed.put(TERRITORY, (store, delivery.order), delivery);
        }
        self.write(feed);
    }

    fn write(&self, feed: Feed) {
        self.db.write_now(move |tx| feed.write(tx)).unwrap();
    }

    fn learn(&self, today: BusinessDate) -> Learnt {
        learn(&self.db, &self.catalogue, 1, today, Log::STDERR).unwrap()
    }

    /// The stores alone, without the night.
    fn follow(&self) -> usize {
        follow(&self.db, &self.catalogue, Log::STDERR).unwrap().stores
    }

    fn row<T: Table>(&self, scope: &str, key: T::Key<'_>) -> Option<T> {
        let sql =
            "SELECT value FROM scope_row WHERE scope = $1 AND tbl = $2 AND key = $3 AND value IS NOT NULL";
        let at = [scope.into(), T::NAME.into(), T::key(key).into()];
        let row = self.db.read_now(|tx| tx.first(sql, &at)).unwrap();
        row.map(|row| row.json(0).unwrap())
    }

    fn belief(&self, of: StoreId) -> Option<Belief> {
        self.row(TERRITORY, of)
    }

    fn rates(&self, shop: &Store) -> Vec<Rate> {
        self.row::<Rates>(scope::COMPANY, (shop.channel, shop.class)).map_or(Vec::new(), |rates| rates.rows)
    }

    fn events(&self) -> Vec<LearntEvent> {
        let sql = "SELECT value FROM scope_row WHERE tbl = 'event' AND value IS NOT NULL ORDER BY key";
        let rows = self.db.read_now(|tx| tx.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.json(0).unwrap()).collect()
    }

    fn versions(&self) -> Vec<(String, i64)> {
        let sql = "SELECT name, version FROM scope ORDER BY name";
        let rows = self.db.read_now(|tx| tx.query(sql, &[])).unwrap();
        rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
    }

    fn version(&self, scope: &str) -> i64 {
        self.versions().into_iter().find(|(name, _)| name == scope).unwrap().1
    }

    fn shop(&self, id: StoreId) -> &Store {
        &self.catalogue.stores[&id]
    }

    /// Made by hand from a ledger, in the market as it is published.
    fn made_anew(&self, id: StoreId, ledger: &Ledger) -> Belief {
        let products: Vec<Product> = self.catalogue.products.values().cloned().collect();
        let own = Belief::default();
        let published = self.db.read_now(|tx| Published::load(tx, Log::STDERR)).unwrap();
        let market = published.market(self.shop(id), &own, &products);
        Belief::default().replay(ledger, day(300), &products, &market, &mut |_| {})
    }

    fn event(&mut self, kind: &str, from: u32, to: u32) {
        let of = self.catalogue.products[&noodles()].category.clone();
        self.catalogue.events = vec![MarketEvent {
            id: "E99".to_owned(),
            name: "啤酒节".to_owned(),
            kind: kind.to_owned(),
            from: day(from),
            to: day(to),
            districts: Vec::new(),
            channels: Vec::new(),
            of,
            multiplier: 300,
            prior_weight: 5,
        }];
    }
}

#[test]
fn a_visit_changes_the_belief_of_its_store_and_of_no_other() {
    let first = store("QD010001");
    let company = Company::with(first, &weeks());
    let before = company.versions();
    assert_eq!(company.follow(), 1);
    let belief = company.belief(first).unwrap();
    assert_eq!(belief, company.made_anew(first, &weeks()));
    assert_eq!(belief.until().map(|(date, _)| date), Some(day(14)));
    assert!(belief.state(noodles()).sales() > 0.9 * 26.0 + 42.0, "{belief:?}");
    assert_eq!(company.belief(store("QD010002")), None);
    let after = company.versions();
    let bumped: Vec<_> =
        before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    assert_eq!(bumped, [TERRITORY]);
}

#[test]
fn when_nothing_changed_nothing_is_written() {
    let sold = Ledger { visits: weeks().visits[..2].to_vec(), ..weeks() };
    let company = Company::with(store("QD010001"), &sold);
    company.learn(day(15));
    let before = company.versions();
    let written =
        || company.db.read_now(|tx| tx.query("SELECT * FROM believed ORDER BY scope", &[])).unwrap();
    let believed = written();
    assert_eq!(company.learn(day(15)), Learnt::default());
    assert_eq!((company.versions(), written()), (before, believed));
    company.put(store("QD010001"), &sold);
    let before = company.versions();
    assert_eq!(company.learn(day(15)).stores, 1, "the rows came again");
    assert_eq!(company.versions(), before, "and said the same");
}

#[test]
fn a_late_result_is_believed_where_it_belongs() {
    let (first, mut late) = (store("QD010001"), weeks());
    late.deliveries[0] = delivery(0, None);
    let company = Company::with(first, &late);
    company.learn(day(15));
    let before = company.belief(first).unwrap();
    company.put(first, &Ledger { visits: vec![], deliveries: vec![delivery(0, Some(24))] });
    company.follow();
    let after = company.belief(first).unwrap();
    assert_ne!(before, after);
    assert_eq!(after, company.made_anew(first, &weeks()));
}

#[test]
fn a_cancelled_delivery_and_a_corrected_one_are_believed_as_they_are() {
    let first = store("QD010001");
    let company = Company::with(first, &weeks());
    company.learn(day(15));
    let mut feed = Feed::default();
    feed.delete::<LedgerDelivery>(TERRITORY, (first, order(7)));
    company.write(feed);
    company.put(first, &Ledger { visits: vec![], deliveries: vec![delivery(0, Some(12))] });
    company.follow();
    let corrected = Ledger { deliveries: vec![delivery(0, Some(12))], ..weeks() };
    assert_eq!(company.belief(first).unwrap(), company.made_anew(first, &corrected));
}

#[test]
fn a_store_that_changes_hands_brings_its_belief() {
    let first = store("QD010001");
    let mut company = Company::with(first, &weeks());
    company.follow();
    let belief = company.belief(first);
    let mut city = city_with(None);
    let of = |rep: &str| ("route".to_owned(), rep.to_owned());
    let text = city.rows[&of("ZY01")].clone();
    let (gone, left): (Vec<_>, Vec<_>) = serde_json::from_str::<Vec<xundian_domain::route::RouteRow>>(&text)
        .unwrap()
        .into_iter()
        .partition(|row| row.store == first);
    let mut taken: Vec<xundian_domain::route::RouteRow> =
        serde_json::from_str(&city.rows[&of("ZY02")]).unwrap();
    taken.extend(
        gone.into_iter().map(|row| xundian_domain::route::RouteRow { rep: "ZY02".parse().unwrap(), ..row }),
    );
    for (rep, rows) in [("ZY01", left), ("ZY02", taken)] {
        city.rows.insert(of(rep), serde_json::to_string(&rows).unwrap());
    }
    company.db.write_now(move |tx| import_city(tx, &city, xundian_domain::stamp::Millis(0))).unwrap();
    assert_eq!(company.row("rep/ZY02", first), belief, "it came with the ledger");
    assert_eq!(company.belief(first), None);
    company.catalogue = company.db.read_now(Catalogue::load).unwrap();
    let version = company.version("rep/ZY02");
    company.follow();
    assert_eq!(company.row("rep/ZY02", first), belief);
    assert_eq!(
        (company.belief(first), company.version("rep/ZY02")),
        (None, version),
        "replayed, and the same"
    );
}

#[test]
fn a_ledger_that_cannot_be_read_stops_nobody_elses() {
    let (broken, sound) = (store("QD010001"), store("QD010002"));
    let company = Company::with(broken, &weeks());
    company.learn(day(15));
    let before = company.belief(broken);
    let mut feed = Feed::default();
    feed.put_text(TERRITORY, LedgerVisit::NAME, format!("{broken}/x"), Some("{\"date\":".to_owned()));
    company.write(feed);
    company.put(sound, &weeks());
    assert_eq!(company.follow(), 2);
    assert_eq!(company.belief(sound).unwrap(), company.made_anew(sound, &weeks()));
    assert!(before.is_some());
    assert_eq!(company.belief(broken), before, "it stays as it was");
    assert_eq!(company.follow(), 0, "and is not tried again until it changes");
}

#[test]
fn what_left_the_catalogue_and_who_has_no_territory_is_left_out() {
    let (first, homeless) = (store("QD010001"), StoreId(Uuid::from_u128(5)));
    let mut company = Company::with(first, &weeks());
    company.put(homeless, &weeks());
    company.catalogue.stores.insert(homeless, Store { id: homeless, ..company.shop(first).clone() });
    company.catalogue.products.remove(&noodles());
    company.learn(day(15));
    assert_eq!(company.belief(homeless), None);
    let belief = company.belief(first).unwrap();
    assert_eq!((belief.states().count(), belief.until().is_some()), (0, true));
    assert!(company.rates(company.shop(first)).is_empty());
}

#[test]
fn what_phones_have_no_longer_goes_on_teaching() {
    let first = store("QD010001");
    let weekly = |n: u32| visit(7 * n, &[(noodles(), 40 - n)]);
    let ledger = |weeks: std::ops::Range<u32>| {
        let visits = weeks.map(weekly).collect();
        Ledger { visits, deliveries: vec![] }
    };
    let mut company = Company::with(first, &ledger(0..20));
    company.follow();
    let before = company.belief(first);
    company.catalogue.day = Some(day(140));
    company.db.write_now(begin_why_missed).unwrap();
    end_past(&company.db, &Arc::new(company.catalogue.clone())).unwrap();
    let live = "SELECT count(*) FROM scope_row WHERE tbl = 'ledger' AND value IS NOT NULL";
    let live = company.db.read_now(|tx| tx.first(live, &[])).unwrap().unwrap();
    assert_eq!(live.get::<i64>(0).unwrap(), 13);
    assert_eq!((company.follow(), company.belief(first)), (0, before), "nothing is replayed for it");
    company.put(first, &ledger(20..21));
    assert_eq!(company.follow(), 1);
    let belief = company.belief(first).unwrap();
    assert_eq!(belief, company.made_anew(first, &ledger(0..21)));
    assert_ne!(belief, company.made_anew(first, &ledger(7..21)), "phones' own visits say less");
}

#[test]
fn a_visit_that_is_taken_back_takes_the_belief_with_it() {
    let first = store("QD010001");
    let company = Company::with(first, &weeks());
    company.learn(day(15));
    let mut feed = Feed::default();
    for visit in weeks().visits {
        let id = RecordId(Uuid::new_v5(&first.0, visit.date.to_string().as_bytes()));
        feed.delete::<LedgerVisit>(TERRITORY, (first, id));
    }
    company.write(feed);
    company.learn(day(16));
    assert_eq!(company.belief(first), None);
    assert!(company.rates(company.shop(first)).is_empty(), "nobody is added up who is not believed in");
}

#[test]
fn a_territory_at_once_is_published_in_small_commits() {
    let company = Company::new();
    let rep = "ZY01".parse().unwrap();
    let stores: Vec<StoreId> =
        company.catalogue.routes.iter().filter(|row| row.rep == rep).map(|row| row.store).collect();
    let stores: std::collections::BTreeSet<StoreId> = stores.into_iter().collect();
    assert!(stores.len() > 100, "{}", stores.len());
    let mut feed = Feed::default();
    for (store, visit) in
        stores.iter().flat_map(|store| weeks().visits.into_iter().map(move |visit| (*store, visit)))
    {
        feed.put(
            TERRITORY,
            (store, RecordId(Uuid::new_v5(&store.0, visit.date.to_string().as_bytes()))),
            &visit,
        );
    }
    company.write(feed);
    let before = company.version(TERRITORY);
    assert_eq!(company.learn(day(15)).stores, stores.len());
    let commits = i64::try_from(stores.len().div_ceil(50)).unwrap();
    assert_eq!(company.version(TERRITORY), before + commits);
    assert_eq!(company.learn(day(15)).stores, 0, "its own publishing is nothing new");
}

#[test]
fn rates_are_the_sums_of_the_beliefs_of_a_class_and_fade_from_day_to_day() {
    let company = Company::new();
    let rep = "ZY01".parse().unwrap();
    let is_like = |store: &&Store| {
        let first = company.shop(store_1());
        (store.channel, store.class) == (first.channel, first.class)
            && company.catalogue.route_of(store.id).is_some_and(|(of, _)| of == rep)
    };
    let mut same: Vec<StoreId> =
        company.catalogue.stores.values().filter(is_like).map(|store| store.id).collect();
    same.sort_unstable();
    same.truncate(3);
    assert_eq!(same.len(), 3);
    for id in &same {
        company.put(*id, &weeks());
    }
    assert!(company.learn(day(14)).night);
    let sums = |fade: f64| {
        let of = |id: &StoreId| company.belief(*id).unwrap().sums(noodles(), 0);
        let (units, weeks) =
            same.iter().map(of).fold((0.0, 0.0), |(a, b), sums| (a + sums.units, b + sums.weeks));
        Rate::of(
            noodles(),
            xundian_domain::suggestion::prior::RateSums { units: units * fade, weeks: weeks * fade },
        )
    };
    let shop = company.shop(same[0]).clone();
    assert_eq!(company.rates(&shop), [sums(1.0)]);
    assert!(!company.learn(day(14)).night, "once a day");
    assert!(company.learn(day(21)).night);
    assert_eq!(company.rates(&shop), [sums(0.9)]);
    // Nothing was known of these weeks before them; the next one is held against what they say.
    assert_eq!(company.row::<Dispersions>(scope::COMPANY, ()), None);
    company.put(same[0], &Ledger { visits: vec![visit(21, &[(noodles(), 0)])], deliveries: Vec::new() });
    company.put(
        same[1],
        &Ledger { visits: vec![visit(21, &[(noodles(), 8)])], deliveries: vec![delivery(14, Some(24))] },
    );
    assert!(company.learn(day(22)).night);
    let dispersions: Dispersions = company.row(scope::COMPANY, ()).unwrap();
    assert!(dispersions.0.contains_key(&noodles()));
}

fn store_1() -> StoreId {
    store("QD010001")
}

#[test]
fn an_import_adds_up_again_on_the_same_day() {
    let company = Company::with(store("QD010001"), &weeks());
    let learn =
        |version| learn(&company.db, &company.catalogue, version, day(15), Log::STDERR).unwrap().night;
    assert!(learn(1) && !learn(1) && learn(2) && !learn(2));
}

/// Six weeks of 10 in 7 days, three times as many in the last one.
fn festival_ledger() -> Ledger {
    let mut ledger = Ledger::default();
    for week in 0..=6 {
        let left = if week == 6 { 10 } else { 30 };
        ledger.visits.push(visit(7 * week, &[(noodles(), left)]));
        ledger.deliveries.push(delivery(7 * week, Some(10)));
    }
    ledger
}

#[test]
fn what_an_event_does_is_learnt_from_the_week_in_which_it_held() {
    let first = store("QD010001");
    let mut company = Company::with(first, &festival_ledger());
    company.event("festival", 35, 41);
    company.learn(day(28));
    assert_eq!(company.events()[0].event, company.catalogue.events[0]);
    // the event is known to the market from now on; the store is replayed by its next visit
    company.put(first, &festival_ledger());
    company.learn(day(43));
    let learnt = &company.events()[0].learnt;
    // one week of 30 where about 10 were usual: (30 + 5·(30 + 5) ÷ (10 + 5)) ÷ (10 + 5) ≈ 2.8, at most 2.5
    let multiplier = learnt[&noodles()].0;
    assert!((2_000..=2_500).contains(&multiplier), "{multiplier}");
    let quiet = company
        .catalogue
        .products
        .values()
        .find(|product| product.category != company.catalogue.events[0].of);
    assert_eq!(learnt.get(&quiet.unwrap().sku), None);
}

#[test]
fn a_promotion_of_the_trade_is_not_learnt() {
    let first = store("QD010001");
    let mut company = Company::with(first, &festival_ledger());
    company.event("promotion", 35, 41);
    company.learn(day(28));
    company.put(first, &festival_ledger());
    company.learn(day(43));
    assert_eq!(company.events().iter().map(|event| event.learnt.len()).collect::<Vec<_>>(), [0]);
}

#[test]
fn events_come_and_go_with_the_calendar() {
    let mut company = Company::new();
    company.event("festival", 130, 140);
    company.learn(day(10));
    assert_eq!(company.events().len(), 0, "it begins in 120 days");
    company.learn(day(11));
    assert_eq!(company.events().len(), 1);
    company.learn(day(140 + 399));
    assert_eq!(company.events().len(), 1);
    company.learn(day(140 + 400));
    assert_eq!(company.events().len(), 0, "what is replayed reaches a year back");
    company.learn(day(11));
    company.catalogue.events.clear();
    company.learn(day(12));
    assert_eq!(company.events().len(), 0, "the office took it off");
}

#[test]
fn a_company_that_has_sold_nothing_publishes_its_events_and_no_number() {
    let company = Company::new();
    let near =
        |event: &&MarketEvent| event.to > day(15).minus_days(400) && event.from < day(15).plus_days(120);
    let near = company.catalogue.events.iter().filter(near).count();
    assert_eq!(company.learn(day(15)), Learnt { stores: 0, night: true });
    assert!(
        near > 20
            && company.events().len() == near
            && company.events().iter().all(|event| event.learnt.is_empty())
    );
    assert_eq!(company.row::<Dispersions>(scope::COMPANY, ()), None);
    let sql = "SELECT count(*) FROM scope_row WHERE tbl IN ('belief', 'rates')";
    let rows: i64 = company.db.read_now(|tx| tx.first(sql, &[])).unwrap().unwrap().get(0).unwrap();
    assert_eq!(rows, 0);
    let version = company.version(scope::COMPANY);
    assert!(company.learn(day(16)).night);
    assert_eq!(company.version(scope::COMPANY), version, "the next night has nothing new to say");
}

#[test]
fn a_kept_belief_that_cannot_be_read_teaches_nobody_and_stops_nothing() {
    let company = Company::with(store("QD010001"), &weeks());
    company.put(store("QD010002"), &weeks());
    company.learn(day(14));
    company
        .db
        .write_now(|tx| {
            tx.execute("UPDATE belief SET taught = '{' WHERE store = $1", &[store("QD010001").into()])
        })
        .unwrap();
    assert!(company.learn(day(15)).night);
    assert!(company.rates(company.shop(store("QD010001"))).is_empty());
    assert_eq!(company.rates(company.shop(store("QD010002"))).len(), 1);
}

#[test]
fn what_is_kept_comes_back_as_it_went() {
    let company = Company::with(store("QD010001"), &festival_ledger());
    company.learn(day(43));
    let row = company.db.read_now(|tx| tx.first("SELECT value, taught FROM belief", &[])).unwrap().unwrap();
    assert_eq!(row.json::<Belief>(0).unwrap(), company.belief(store("QD010001")).unwrap());
    assert_ne!(row.json::<Taught>(1).unwrap(), Taught::default());
}
