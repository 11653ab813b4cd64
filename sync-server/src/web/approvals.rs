//! What waits for a person: new stores and held orders of a supervisor's team.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use xundian_domain::order::Order;
use xundian_domain::store::StoreStatus;
use xundian_domain::{OrderId, RepNo, StoreId, StoreNo};

use super::page::{Page, PageError, Visitor, render};
use super::supervisor::team;
use crate::app::App;
use crate::db::DbError;
use crate::orders::{DecisionError, OrderRow, decide_held, decide_store};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/s/todo", get(show))
        .route("/s/todo/store/{id}", post(store))
        .route("/s/todo/order/{id}", post(order))
}

struct NewStore {
    id: StoreId,
    name: String,
    address: String,
    rep: String,
}

struct HeldOrder {
    id: OrderId,
    store: String,
    day: String,
    amount: String,
    rep: RepNo,
}

#[derive(Template)]
#[template(path = "todo.html")]
struct Todo {
    page: Page,
    stores: Vec<NewStore>,
    orders: Vec<HeldOrder>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let catalogue = app.catalogue();
    let reps = team(&catalogue, &visitor)?;
    let is_mine = |rep: Option<RepNo>| rep.is_none_or(|rep| reps.contains(&rep));
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
    let held = app
        .db()
        .read(|tx| {
            // What a slip alone tells is the dispatcher's to decide.
            let sql =
                "SELECT id, rep, day, body FROM store_order WHERE state = '\"held\"' AND fact IS NOT NULL
                       ORDER BY id";
            tx.query(sql, &[])
        })
        .await?;
    let mut orders = Vec::new();
    for row in held {
        let (rep, body): (RepNo, Order) = (row.get(1)?, row.json(3)?);
        let store = catalogue.stores.get(&body.store).map(|store| store.name.clone()).unwrap_or_default();
        if reps.contains(&rep) {
            orders.push(HeldOrder {
                id: row.get(0)?,
                store,
                day: row.get(2)?,
                amount: body.total().to_string(),
                rep,
            });
        }
    }
    Ok(render(&Todo { page: Page::of(&app, &visitor), stores, orders }))
}

impl From<DecisionError> for PageError {
    fn from(why: DecisionError) -> Self {
        match why {
            DecisionError::Db(why) => why.into(),
            other => Self::Refused(other.to_string()),
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
    let reps = team(&catalogue, &visitor)?;
    let opened_by = catalogue.stores.get(&id).ok_or(PageError::NotFound)?.opened_by;
    if opened_by.is_some_and(|rep| !reps.contains(&rep)) {
        return Err(PageError::NotFound);
    }
    let number: Option<StoreNo> = match form.decision.as_str() {
        "approve" => Some(form.number.trim().parse().map_err(|why| PageError::Refused(format!("{why}")))?),
        _ => None,
    };
    app.db().write(move |tx| decide_store(tx, &catalogue, id, number, now)).await?;
    let reader = app.clone();
    let reloaded: Result<(), DbError> =
        tokio::task::spawn_blocking(move || reader.reload()).await.unwrap_or(Ok(()));
    reloaded?;
    Ok(Redirect::to("/s/todo").into_response())
}

#[derive(Debug, Deserialize)]
struct OrderDecision {
    decision: String,
}

async fn order(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<OrderDecision>,
) -> Result<Response, PageError> {
    let id = OrderId(id.parse().map_err(|_| PageError::NotFound)?);
    let (catalogue, now) = (app.catalogue(), app.now());
    let reps = team(&catalogue, &visitor)?;
    let release = form.decision == "release";
    app.db()
        .write(move |tx| {
            let row = OrderRow::load(tx, id)?.filter(|row| reps.contains(&row.rep));
            row.ok_or(DecisionError::Decided)?;
            decide_held(tx, &catalogue, id, release, now)
        })
        .await?;
    Ok(Redirect::to("/s/todo").into_response())
}
