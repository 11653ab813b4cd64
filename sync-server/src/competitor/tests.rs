//! What reps tell of competitors and who hears of it, on the demo's city: ZY01 and ZY02 serve the stores of D01, ZY03 those of D02.

use std::cell::Cell;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::visit::competitor::{Competitor, CompetitorFact, FactKind};
use xundian_domain::visit::{DistanceBand, StepOutcome, Steps, Visit, VisitEnd, Whereabouts};
use xundian_domain::{RepNo, VisitId};

use super::*;
use crate::db::Value;
use crate::db::tests::fresh;
use crate::import::{city_with, import_city};

const FIRST: &str = "QD010001";

/// A company whose reps have told nothing yet.
struct Company {
    db: Db,
    catalogue: Catalogue,
    told: Cell<u128>,
    _folder: tempfile::TempDir,
}

fn store(number: &str) -> StoreId {
    StoreId::from_number(number.parse().unwrap())
}

/// Days from Monday, 2026-06-01.
fn day(n: u32) -> BusinessDate {
    "2026-06-01".parse::<BusinessDate>().unwrap().plus_days(n)
}

fn price(item: &str, to: Option<u32>) -> CompetitorFact {
    CompetitorFact {
        brand: "统一".to_owned(),
        item: item.to_owned(),
        kind: FactKind::Price,
        value: "3.0".to_owned(),
        from: None,
        to: to.map(day),
        photo: None,
    }
}

fn visit(id: VisitId, store: StoreId, date: BusinessDate, facts: Vec<CompetitorFact>) -> Visit {
    fn skipped<T>() -> StepOutcome<T> {
        StepOutcome::Skipped { reason: "no_time".parse().unwrap() }
    }
    let stamp = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
    let steps = Steps {
        stock_count: skipped(),
        suggested_order: skipped(),
        display: skipped(),
        competitor: StepOutcome::Done(Competitor { facts }),
        order_confirmation: skipped(),
    };
    Visit {
        id,
        store,
        planned: true,
        date,
        check_in: stamp,
        check_out: stamp,
        whereabouts: Whereabouts { band: DistanceBand::Near, mock: false },
        end: VisitEnd::Worked { steps: Box::new(steps) },
    }
}

/// A sealed visit, and its row if it took effect.
fn keep(tx: &mut Tx<'_>, rep: RepNo, visit: &Visit, took_effect: bool) -> Result<(), DbError> {
    let body = json(visit)?;
    let hash: [u8; 32] = Sha256::digest(&body).into();
    let shared: [Value; 4] = [visit.id.into(), rep.into(), visit.date.into(), visit.store.into()];
    tx.execute(
        "INSERT INTO fact (id, install, rep, kind, version, date, store, captured, received, body, hash, verdict)
         VALUES ($1, $1, $2, 'visit_closed', 1, $3, $4, 0, 0, $5, $6, '{\"verdict\":\"applied\"}')",
        &[&shared[..], &[Value::from(body), Value::from(hash)]].concat(),
    )?;
    if took_effect {
        tx.execute(
            "INSERT INTO visit (id, fact, store, rep, date, check_in, check_out, planned, result, counted, effective)
             VALUES ($1, $1, $4, $2, $3, 0, 0, 1, 'partial', 0, 0)",
            &shared,
        )?;
    }
    Ok(())
}

#[test]
fn of_a_mad_day_the_first_facts_are_heard_and_nothing_that_is_a_book() {
    let told = |rep: &str, on, count: usize| Told {
        rep: rep.to_owned(),
        store: store("QD010001"),
        date: day(on),
        facts: (0..count).map(|n| price(&n.to_string(), None)).collect(),
        unread: None,
    };
    let mut heard = Day::default();
    let counts = [("ZY01", 0, 200), ("ZY01", 0, 200), ("ZY01", 0, 9), ("ZY02", 0, 9), ("ZY02", 1, 400)];
    let counts = counts.map(|(rep, on, count)| heard.hear(&told(rep, on, count)).len());
    assert_eq!(counts, [200, FACTS_OF_A_DAY - 200, 0, 9, FACTS_OF_A_DAY]);
    let book = price(&"长".repeat(WORDS_MAX / 3), None);
    let visit = Told { facts: vec![book, price("short", None)], ..told("ZY03", 1, 0) };
    assert_eq!(Day::default().hear(&visit), [&visit.facts[1]]);
}

impl Company {
    fn new() -> Self {
        let (folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
        let catalogue = db.read_now(Catalogue::load).unwrap();
        Self { db, catalogue, told: Cell::new(0), _folder: folder }
    }

    /// Visits of one rep on one day, with what each told; their ids are in the order of the stores.
    fn tell_all(&self, rep: &str, on: u32, told: Vec<(StoreId, Vec<CompetitorFact>)>, took_effect: bool) {
        let rep: RepNo = rep.parse().unwrap();
        let mut visits = Vec::new();
        for (store, facts) in told {
            self.told.set(self.told.get() + 1);
            visits.push(visit(VisitId(Uuid::from_u128(self.told.get())), store, day(on), facts));
        }
        let all =
            move |tx: &mut Tx<'_>| visits.iter().try_for_each(|visit| keep(tx, rep, visit, took_effect));
        self.db.write_now(all).unwrap();
    }

    fn tell(&self, rep: &str, on: u32, number: &str, fact: CompetitorFact) {
        self.tell_all(rep, on, vec![(store(number), vec![fact])], true);
    }

    fn merge(&self, today: u32) -> bool {
        merge(&self.db, &self.catalogue, 1, day(today), Log::STDERR).unwrap()
    }

    fn rows(&self, rep: &str, table: &'static str) -> Vec<(String, Option<String>)> {
        let sql = "SELECT key, value FROM scope_row WHERE scope = $1 AND tbl = $2 ORDER BY key";
        let at = [format!("rep/{rep}").into(), table.into()];
        let rows = self.db.read_now(|tx| tx.query(sql, &at)).unwrap();
        rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
    }

    /// What a rep's phones are told of the area.
    fn seen(&self, rep: &str) -> Vec<SeenFact> {
        let rows = self.rows(rep, SeenFact::NAME).into_iter().filter_map(|(_, value)| value);
        rows.map(|text| serde_json::from_str(&text).unwrap()).collect()
    }

    /// Of which stores a rep's phones are told what was seen in them.
    fn seen_in(&self, rep: &str) -> Vec<String> {
        let rows = self.rows(rep, SeenIn::NAME).into_iter();
        rows.filter(|(_, value)| value.is_some()).map(|(key, _)| key).collect()
    }

    fn versions(&self) -> Vec<(String, i64)> {
        let sql = "SELECT name, version FROM scope ORDER BY name";
        let rows = self.db.read_now(|tx| tx.query(sql, &[])).unwrap();
        rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
    }
}

#[test]
fn what_one_rep_saw_everybody_is_told_who_serves_stores_of_the_area() {
    let company = Company::new();
    company.tell("ZY01", 0, FIRST, price("鲜橙多", None));
    company.tell("ZY01", 3, "QD010002", price("鲜橙多", Some(20)));
    company.tell("ZY01", 3, FIRST, price("鲜橙多", None));
    assert!(company.merge(4));
    let seen = company.seen("ZY02");
    assert_eq!(seen, company.seen("ZY01"), "a phone may hold both");
    assert_eq!((seen.len(), seen[0].stores, seen[0].since, seen[0].last), (1, 2, day(0), day(3)));
    assert_eq!(company.seen("ZY03"), [], "another distributor's area");
    let mut stores = [FIRST, "QD010002"].map(|number| store(number).to_string());
    stores.sort();
    assert_eq!((company.seen_in("ZY01"), company.seen_in("ZY02")), (stores.to_vec(), vec![]));
    let marks = company.rows("ZY01", SeenIn::NAME)[0].1.clone();
    assert_eq!(marks, Some(format!("[\"{}\"]", fact_mark(price("鲜橙多", None).key()))));
}

#[test]
fn it_is_done_once_a_night_and_writes_what_changed_and_nothing_else() {
    let company = Company::new();
    company.tell("ZY01", 0, FIRST, price("鲜橙多", None));
    assert_eq!((company.merge(1), company.merge(1)), (true, false));
    let before = company.versions();
    assert!(company.merge(2));
    assert_eq!(company.versions(), before, "nobody saw anything");
    company.tell("ZY03", 2, "QD020001", price("老坛", None));
    assert!(merge(&company.db, &company.catalogue, 2, day(2), Log::STDERR).unwrap(), "an import");
    let after = company.versions();
    let bumped: Vec<_> =
        before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    let area = company.catalogue.stores[&store("QD020001")].distributor;
    let served: Vec<_> = served(&company.catalogue).remove(&area).unwrap().into_iter().collect();
    assert_eq!(bumped, served, "its area alone");
}

#[test]
fn what_is_out_of_the_window_or_has_ended_goes() {
    let company = Company::new();
    company.tell("ZY01", 0, FIRST, price("ends", Some(9)));
    company.tell("ZY01", 0, FIRST, price("stays", None));
    let items = |rep| company.seen(rep).into_iter().map(|fact| fact.item).collect::<Vec<_>>();
    company.merge(9);
    assert_eq!(company.seen("ZY02").len(), 2, "its last day counts");
    company.merge(10);
    assert_eq!(items("ZY02"), ["stays"]);
    company.merge(27);
    assert_eq!(items("ZY02"), ["stays"]);
    company.merge(28);
    assert_eq!((items("ZY02"), company.seen_in("ZY01")), (vec![], vec![]));
    let left = company.rows("ZY02", SeenFact::NAME);
    assert!(left.len() == 2 && left.iter().all(|(_, value)| value.is_none()), "phones hear that it went");
}

#[test]
fn every_visit_counts_once_on_whatever_page_it_is() {
    let company = Company::new();
    let area: DistributorNo = "D01".parse().unwrap();
    let stores = company.catalogue.stores.values().filter(|shop| shop.distributor == area);
    let told: Vec<_> = stores.map(|shop| (shop.id, vec![price("鲜橙多", None)])).collect();
    let count = u32::try_from(told.len()).unwrap();
    assert!(count > 200, "more than a page");
    company.tell_all("ZY01", 0, told, true);
    company.tell("ZY02", 1, FIRST, price("老坛", None));
    company.merge(1);
    let mut seen = company.seen("ZY01");
    seen.sort_by_key(|fact| fact.stores);
    assert_eq!(seen.iter().map(|fact| fact.stores).collect::<Vec<_>>(), [1, count]);
}

#[test]
fn what_took_no_effect_cannot_be_read_or_is_of_no_store_tells_nothing() {
    let company = Company::new();
    company.tell_all("ZY01", 0, vec![(store(FIRST), vec![price("held", None)])], false);
    company.tell("ZY01", 0, "NO-STORE", price("gone", None));
    company.tell("ZY01", 0, FIRST, price("老坛", None));
    let spoilt =
        "INSERT INTO fact SELECT $1, install, rep, kind, version, date, store, captured, received, '{', hash,
                  verdict, effective, unverified FROM fact LIMIT 1";
    let visit = "INSERT INTO visit (id, fact, store, rep, date, check_in, check_out, planned, result, counted, effective)
                 SELECT $1, $1, store, rep, date, 0, 0, 1, 'partial', 0, 0 FROM visit LIMIT 1";
    for sql in [spoilt, visit] {
        let id: Value = Uuid::from_u128(99).into();
        company.db.write_now(move |tx| tx.execute(sql, &[id])).unwrap();
    }
    company.merge(1);
    assert_eq!(company.seen("ZY02").into_iter().map(|fact| fact.item).collect::<Vec<_>>(), ["老坛"]);
}

#[test]
fn who_has_no_store_any_more_is_told_nothing_any_more() {
    let mut company = Company::new();
    company.tell("ZY01", 0, FIRST, price("鲜橙多", None));
    company.merge(1);
    let mut city = city_with(None);
    let of = |rep: &str| ("route".to_owned(), rep.to_owned());
    let given = city.rows[&of("ZY01")].replace("ZY01", "ZY03");
    let joined =
        format!("{},{}", given.trim_end_matches(']'), city.rows[&of("ZY03")].trim_start_matches('['));
    city.rows.insert(of("ZY03"), joined);
    city.rows.insert(of("ZY01"), "[]".to_owned());
    company.db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
    company.catalogue = company.db.read_now(Catalogue::load).unwrap();
    assert!(merge(&company.db, &company.catalogue, 2, day(1), Log::STDERR).unwrap());
    assert_eq!((company.seen("ZY01"), company.seen_in("ZY01")), (vec![], vec![]));
    assert_eq!(company.seen("ZY03").len(), 1, "who has stores of two areas hears of both");
    assert_eq!(company.seen_in("ZY03"), [store(FIRST).to_string()]);
}
