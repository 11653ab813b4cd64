//! The supervisor's pages: coverage now, with what is unknown, and the history of a store.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use xundian_domain::figures::coverage::{Coverage, RepDay};
use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, RepNo, StoreId};
use xundian_protocol::tables::{Contact, StoreNote, Table};

use super::account::Role;
use super::distributor::state_text;
use super::page::{Page, PageError, Visitor, local_text, render};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, PersonRole, kept};
use crate::photos::photos_pending_of;
use crate::sheets::spoken;
use crate::sync::{InstallRow, is_known};
use crate::text::Texts;

/// Hits of a search.
const HITS: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/s", get(coverage))
        .route("/s/stores", get(stores))
        .route("/s/store/{id}", get(store))
}

/// The reps that a visitor may see.
pub(super) fn team(catalogue: &Catalogue, visitor: &Visitor) -> Result<Vec<RepNo>, PageError> {
    let of = match visitor.account.role {
        Role::Office => None,
        Role::Supervisor(no) => Some(no),
        Role::Distributor(_) => return Err(PageError::NotFound),
    };
    let reps = catalogue.people.values().filter(|person| person.role == PersonRole::Rep && person.active);
    Ok(reps.filter(|rep| of.is_none() || rep.supervisor == of).map(|rep| rep.no).collect())
}

/// One rep's day.
struct Line {
    rep: String,
    coverage: Coverage,
    effective: u64,
    contact: String,
    is_sum: bool,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    page: Page,
    date: BusinessDate,
    rows: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct OfDate {
    date: Option<String>,
}

async fn coverage(
    State(app): State<App>,
    visitor: Visitor,
    Query(of): Query<OfDate>,
) -> Result<Response, PageError> {
    let catalogue = app.catalogue();
    let reps = team(&catalogue, &visitor)?;
    let now = app.now();
    let asked = of.date.and_then(|text| text.parse().ok());
    let date: BusinessDate = asked.unwrap_or(catalogue.zone().date(now));
    let page = Page::of(&app, &visitor);
    let t = page.t.clone();
    let rows = app
        .db()
        .read(move |tx| {
            let mut rows = Vec::new();
            let (mut sum, mut effective) = (Coverage::default(), 0);
            for rep in reps {
                let (day, with_order, contact) = rep_day(tx, &catalogue, rep, date, now)?;
                let coverage = Coverage::of(&day, now);
                sum += coverage;
                effective += with_order;
                let name = catalogue.people.get(&rep).map(|person| person.name.clone()).unwrap_or_default();
                let contact = contact
                    .map_or_else(|| t.get("coverage.never").to_owned(), |at| local_text(&catalogue, at));
                let rep = format!("{rep} {name}");
                rows.push(Line { rep, coverage, effective: with_order, contact, is_sum: false });
            }
            let rep = t.get("coverage.total").to_owned();
            rows.push(Line { rep, coverage: sum, effective, contact: String::new(), is_sum: true });
            Ok::<_, DbError>(rows)
        })
        .await?;
    Ok(render(&CoveragePage { page, date, rows }))
}

/// What is known about a rep's day; visits with an order; the last contact.
fn rep_day(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    rep: RepNo,
    date: BusinessDate,
    now: Millis,
) -> Result<(RepDay, u64, Option<Millis>), DbError> {
    let mut day = RepDay {
        planned: catalogue.planned(rep, date).into_iter().map(|(store, _)| store).collect(),
        ..RepDay::default()
    };
    let mut effective = BTreeSet::new();
    let visits = tx.query(
        "SELECT store, counted, result, effective FROM visit WHERE date = $1 AND rep = $2",
        &[date.into(), rep.into()],
    )?;
    for visit in visits {
        let store: StoreId = visit.get(0)?;
        day.seen.insert(store);
        if visit.get(1)? {
            day.visited.insert(store);
        }
        if visit.get::<String>(2)? == "failed" {
            day.failed.insert(store);
        }
        if visit.get(3)? {
            effective.insert(store);
        }
    }
    let phones = Phones::load(tx, rep, now)?;
    day.drained_at = phones.heard.filter(|_| phones.are_drained);
    day.is_closed = phones.are_drained && is_known(tx, rep, date, now)?;
    Ok((day, u64::try_from(effective.len()).unwrap_or(0), phones.contact))
}

/// How a rep's phones stand, those that were revoked aside.
struct Phones {
    /// When any of them was heard last.
    contact: Option<Millis>,
    /// When one was that goes on.
    heard: Option<Millis>,
    /// All of these have sent what they are known to have.
    are_drained: bool,
}

impl Phones {
    fn load(tx: &mut Tx<'_>, rep: RepNo, now: Millis) -> Result<Self, DbError> {
        let mut phones = Self { contact: None, heard: None, are_drained: true };
        for (_, install) in InstallRow::of_rep(tx, rep)? {
            if install.revoked.is_some() || install.closed.is_some() {
                continue;
            }
            phones.contact = phones.contact.max(install.last_contact);
            // Of a broken phone that a code has replaced nothing is waited for when it is drained or its term is over.
            if install.goes_on(now) {
                phones.heard = phones.heard.max(install.last_contact);
                phones.are_drained &= install.is_drained();
            }
        }
        Ok(phones)
    }
}

#[derive(Template)]
#[template(path = "stores.html")]
struct Stores {
    page: Page,
    q: String,
    found: Vec<(StoreId, String, String)>,
}

#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn stores(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let catalogue = app.catalogue();
    let reps = team(&catalogue, &visitor)?;
    let q = search.q.trim().to_lowercase();
    let is_mine = |store: &StoreId| catalogue.route_of(*store).is_none_or(|(rep, _)| reps.contains(&rep));
    let mut found: Vec<_> = catalogue
        .stores
        .values()
        .filter(|store| is_mine(&store.id))
        .filter(|store| {
            let number = store.number.map(|no| no.to_string().to_lowercase()).unwrap_or_default();
            [store.name.to_lowercase(), store.address.to_lowercase(), number]
                .iter()
                .any(|text| text.contains(&q))
        })
        .map(|store| (store.id, store.name.clone(), store.address.clone()))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    found.truncate(HITS);
    Ok(render(&Stores { page: Page::of(&app, &visitor), q: search.q, found }))
}

/// One order of a store.
struct OrderLine {
    on: String,
    day: String,
    state: String,
    amount: String,
    goods: Vec<String>,
}

#[derive(Template)]
#[template(path = "store.html")]
struct StorePage {
    page: Page,
    name: String,
    address: String,
    contact: Contact,
    /// What it says, who wrote it and when.
    note: Option<(String, String)>,
    visits: Vec<(String, String, String)>,
    orders: Vec<OrderLine>,
}

async fn store(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = StoreId(id.parse().map_err(|_| PageError::NotFound)?);
    let catalogue = app.catalogue();
    let reps = team(&catalogue, &visitor)?;
    if catalogue.route_of(id).is_some_and(|(rep, _)| !reps.contains(&rep)) {
        return Err(PageError::NotFound);
    }
    let known = catalogue.stores.get(&id).ok_or(PageError::NotFound)?;
    let (name, address) = (known.name.clone(), known.address.clone());
    let page = Page::of(&app, &visitor);
    let t = page.t.clone();
    let reader = catalogue.clone();
    let contact = catalogue.contacts.get(&id).cloned().unwrap_or_default();
    let (visits, orders, note) = app
        .db()
        .read(move |tx| {
            let visits = visits_of(tx, &reader, &t, id)?;
            let orders = tx.query(
                "SELECT confirmed_on, day, state, body FROM store_order WHERE store = $1
                 ORDER BY confirmed_on DESC LIMIT 60",
                &[id.into()],
            )?;
            let orders = orders
                .iter()
                .map(|row| {
                    let (state, order): (OrderState, Order) = (row.json(2)?, row.json(3)?);
                    Ok(OrderLine {
                        on: row.get(0)?,
                        day: row.get(1)?,
                        state: state_text(&t, &state),
                        amount: order.total().to_string(),
                        goods: goods(&reader, &order, t.get("unit.case")),
                    })
                })
                .collect::<Result<Vec<_>, DbError>>()?;
            Ok::<_, DbError>((visits, orders, note_of(tx, &reader, id)?))
        })
        .await?;
    Ok(render(&StorePage { page, name, address, contact, note, visits, orders }))
}

/// The note that stands, if there is one, and whose it is.
fn note_of(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: StoreId,
) -> Result<Option<(String, String)>, DbError> {
    let note: Option<StoreNote> = kept(tx, StoreNote::NAME, &StoreNote::key(store))?;
    Ok(note.filter(|note| !note.text.is_empty()).map(|note| {
        let by = format!("{} · {}", note.rep, local_text(catalogue, note.at));
        (note.text, by)
    }))
}

/// The newest visits of a store: when, by whom, with what result, and how many of their photos have not come yet.
fn visits_of(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    t: &Texts,
    store: StoreId,
) -> Result<Vec<(String, String, String)>, DbError> {
    let sql = "SELECT visit.check_in, visit.rep, visit.result, fact.body FROM visit JOIN fact ON fact.id = visit.fact
               WHERE visit.store = $1 ORDER BY visit.check_in DESC LIMIT 60";
    let mut visits = Vec::new();
    for row in tx.query(sql, &[store.into()])? {
        let (rep, result): (RepNo, String) = (row.get(1)?, row.get(2)?);
        let pending = photos_pending_of(tx, &row.json(3)?, rep)?;
        let mut said = t.coded("result", &result);
        if pending > 0 {
            said = t.fill("store.photos", &[&said, &pending]);
        }
        visits.push((local_text(catalogue, row.get(0)?), rep.to_string(), said));
    }
    Ok(visits)
}

fn goods(catalogue: &Catalogue, order: &Order, case: &str) -> Vec<String> {
    let line = |line: &xundian_domain::order::OrderLine| {
        let product = catalogue.products.get(&line.sku);
        let (name, unit) = product.map_or((line.sku.to_string(), String::new()), |p| {
            (format!("{} {}", p.name, p.series), p.unit.clone())
        });
        format!("{}  {name}", spoken(line.confirmed.split(line.case), case, &unit))
    };
    order.lines.iter().map(line).collect()
}
