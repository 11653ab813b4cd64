//! What waits for a person: new stores, held facts and alarms of a supervisor's team.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use xundian_domain::store::StoreStatus;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId, StoreNo};
use xundian_protocol::push::HeldCode;

use super::account::Role;
use super::page::{Page, PageError, Visitor, local_text, render};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, in_step};
use crate::orders::{DecisionError, decide_store};
use crate::sync::service::{here, late_alarm};
use crate::sync::{HeldDecision, HeldError, HeldFact, HeldWord, decide_held, held_decisions, held_facts};
use crate::text::Texts;
use crate::trust::{Quarantined, quarantined};

/// Alarms and decisions that are shown, newest first.
const SHOWN: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/s/todo", get(show))
        .route("/s/todo/store/{id}", post(store))
        .route("/s/todo/fact/{id}", post(fact))
}

struct NewStore {
    id: StoreId,
    name: String,
    address: String,
    rep: String,
}

/// A fact that is held.
struct Held {
    id: RecordId,
    kind: String,
    store: String,
    date: BusinessDate,
    amount: String,
    rep: RepNo,
    why: String,
    /// A person can judge it; a kind of a newer app waits for a newer server.
    can_decide: bool,
}

/// What somebody decided about a fact that was held.
struct Decided {
    kind: String,
    why: String,
    store: String,
    rep: RepNo,
    what: String,
    login: String,
    at: String,
}

/// A record that came with other bytes, or that cannot be read.
struct Alarm {
    rep: String,
    kind: String,
    why: String,
    at: String,
}

#[derive(Template)]
#[template(path = "todo.html")]
struct Todo {
    page: Page,
    stores: Vec<NewStore>,
    held: Vec<Held>,
    decided: Vec<Decided>,
    alarms: Vec<Alarm>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let catalogue = app.catalogue();
    let mine = Mine::of(&catalogue, &visitor)?;
    let page = Page::of(&app, &visitor);
    let stores = new_stores(&catalogue, &mine);
    let read = |tx: &mut Tx<'_>| {
        Ok::<_, DbError>((held_facts(tx)?, held_decisions(tx, SHOWN)?, quarantined(tx, SHOWN)?))
    };
    let (facts, decisions, records) = app.db().read(read).await?;
    let held = facts.into_iter().filter(|fact| mine.has(fact.rep));
    let held = held.map(|fact| held_row(&catalogue, &page.t, fact)).collect();
    let decided = decisions.into_iter().filter(|decision| mine.has(decision.rep));
    let decided = decided.map(|decision| decided_row(&catalogue, &page.t, decision)).collect();
    let alarms = records.into_iter().filter(|record| mine.has(record.rep));
    let alarms = alarms.map(|record| alarm(&catalogue, &page.t, &record)).collect();
    Ok(render(&Todo { page, stores, held, decided, alarms }))
}

/// Whose work a visitor decides about. What reps left who are no longer there waits for somebody, too.
enum Mine {
    All,
    Of(Vec<RepNo>),
}

impl Mine {
    fn of(catalogue: &Catalogue, visitor: &Visitor) -> Result<Self, PageError> {
        match visitor.account.role {
            Role::Office => Ok(Self::All),
            Role::Supervisor(no) => {
                let team = catalogue.people.values().filter(|person| person.supervisor == Some(no));
                Ok(Self::Of(team.map(|person| person.no).collect()))
            }
            Role::Distributor(_) => Err(PageError::NotFound),
        }
    }

    fn has(&self, rep: RepNo) -> bool {
        match self {
            Self::All => true,
            Self::Of(reps) => reps.contains(&rep),
        }
    }
}

fn new_stores(catalogue: &Catalogue, mine: &Mine) -> Vec<NewStore> {
    let is_mine = |rep: Option<RepNo>| rep.is_none_or(|rep| mine.has(rep));
    let mut stores: Vec<NewStore> = catalogue
        .stores
        .values()
        .filter(|store| store.status == StoreStatus::Proposed && is_mine(store.opened_by))
        .map(|store| NewStore {
            id: store.id,
            name: store.name.clone(),
            address: store.address.clone(),
            rep: store.opened_by.map(|rep| rep.to_string()).unwrap_or_default(),
        })
        .collect();
    stores.sort_by_key(|store| store.id);
    stores
}

fn held_row(catalogue: &Catalogue, t: &Texts, fact: HeldFact) -> Held {
    let store = fact.store.and_then(|store| catalogue.stores.get(&store));
    Held {
        id: fact.id,
        kind: t.coded("kind", fact.kind.as_str()),
        store: store.map(|store| store.name.clone()).unwrap_or_default(),
        date: fact.date,
        amount: fact.order.map(|order| order.total().to_string()).unwrap_or_default(),
        rep: fact.rep,
        why: t.coded("held", &fact.code),
        can_decide: fact.code != HeldCode::UnknownKind.as_str(),
    }
}

fn decided_row(catalogue: &Catalogue, t: &Texts, decision: HeldDecision) -> Decided {
    let store = decision.store.and_then(|store| catalogue.stores.get(&store));
    Decided {
        kind: t.coded("kind", decision.kind.as_str()),
        why: t.coded("held", &decision.code),
        store: store.map(|store| store.name.clone()).unwrap_or_default(),
        rep: decision.rep,
        what: t.coded("decided", &decision.what),
        login: decision.login,
        at: local_text(catalogue, decision.at),
    }
}

fn alarm(catalogue: &Catalogue, t: &Texts, record: &Quarantined) -> Alarm {
    Alarm {
        rep: record.rep.to_string(),
        kind: record.kind.as_deref().map(|kind| t.coded("kind", kind)).unwrap_or_default(),
        why: t.coded("alarm", &record.reason),
        at: local_text(catalogue, record.received),
    }
}

impl From<DecisionError> for PageError {
    fn from(why: DecisionError) -> Self {
        match why {
            DecisionError::Db(why) => why.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<HeldError> for PageError {
    fn from(why: HeldError) -> Self {
        match why {
            HeldError::Db(why) => why.into(),
            why @ (HeldError::Decided | HeldError::NotYet) => Self::Refused(why.to_string()),
        }
    }
}

#[derive(Debug, Deserialize)]
struct StoreDecision {
    decision: String,
    #[serde(default)]
    number: String,
}

async fn store(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<StoreDecision>,
) -> Result<Response, PageError> {
    let id = StoreId(id.parse().map_err(|_| PageError::NotFound)?);
    let (catalogue, now) = (app.catalogue(), app.now());
    let mine = Mine::of(&catalogue, &visitor)?;
    let opened_by = catalogue.stores.get(&id).ok_or(PageError::NotFound)?.opened_by;
    if opened_by.is_some_and(|rep| !mine.has(rep)) {
        return Err(PageError::NotFound);
    }
    let number: Option<StoreNo> = match form.decision.as_str() {
        "approve" => Some(form.number.trim().parse().map_err(|why| PageError::Refused(format!("{why}")))?),
        _ => None,
    };
    app.db()
        .write(move |tx| {
            let catalogue = in_step(tx, &catalogue)?;
            decide_store(tx, &catalogue, id, number, now)
        })
        .await?;
    let reader = app.clone();
    let reloaded: Result<(), DbError> =
        tokio::task::spawn_blocking(move || reader.reload()).await.unwrap_or(Ok(()));
    reloaded?;
    Ok(Redirect::to("/s/todo").into_response())
}

#[derive(Debug, Deserialize)]
struct FactDecision {
    decision: String,
}

async fn fact(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<FactDecision>,
) -> Result<Response, PageError> {
    let id = RecordId(id.parse().map_err(|_| PageError::NotFound)?);
    let (catalogue, here) = (app.catalogue(), here(&app));
    let mine = Mine::of(&catalogue, &visitor)?;
    let release = match form.decision.as_str() {
        "release" => true,
        "refuse" => false,
        _ => return Err(PageError::NotFound),
    };
    let word = HeldWord { release, login: visitor.account.login.clone() };
    let settled = app
        .db()
        .write(move |tx| {
            let is_mine = held_facts(tx)?.iter().any(|held| held.id == id && mine.has(held.rep));
            let catalogue = in_step(tx, &catalogue)?;
            if is_mine { decide_held(tx, &catalogue, here, id, &word) } else { Err(HeldError::Decided) }
        })
        .await?;
    late_alarm(app.log(), "a release", settled.conflicts);
    let reader = app.clone();
    let reloaded: Result<(), DbError> =
        tokio::task::spawn_blocking(move || reader.reload()).await.unwrap_or(Ok(()));
    reloaded?;
    Ok(Redirect::to("/s/todo").into_response())
}
