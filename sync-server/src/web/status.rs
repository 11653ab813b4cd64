//! The office sees how sync stands: phones, what waits, and whether a backup lets phones forget.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::account::Role;
use super::page::{Page, PageError, Visitor, local_text, render};
use crate::app::App;
use crate::master::Catalogue;
use crate::text::Texts;
use crate::trust::{PhoneStanding, sync_standing};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/o/status", get(show))
}

/// One phone as it is shown.
struct PhoneLine {
    rep: String,
    name: String,
    contact: String,
    waiting: u64,
    unsaved: u64,
    state: String,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    page: Page,
    is_backed_up: bool,
    counts: Vec<(&'static str, u64)>,
    phones: Vec<PhoneLine>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    if visitor.account.role != Role::Office {
        return Err(PageError::NotFound);
    }
    let standing = app.db().read(sync_standing).await?;
    let (page, catalogue) = (Page::of(&app, &visitor), app.catalogue());
    let phones = standing.phones.iter().map(|phone| line(&catalogue, &page.t, phone)).collect();
    let counts = vec![
        ("status.held", standing.held),
        ("status.parked", standing.parked),
        ("status.quarantined", standing.quarantined),
    ];
    Ok(render(&StatusPage { page, is_backed_up: standing.is_backed_up, counts, phones }))
}

fn line(catalogue: &Catalogue, t: &Texts, phone: &PhoneStanding) -> PhoneLine {
    let state = match (phone.revoked, phone.superseded) {
        (Some(_), _) => "status.revoked",
        (None, Some(_)) => "status.superseded",
        (None, None) => "status.in_use",
    };
    let never = || t.get("status.never").to_owned();
    PhoneLine {
        rep: phone.rep.to_string(),
        name: catalogue.people.get(&phone.rep).map(|person| person.name.clone()).unwrap_or_default(),
        contact: phone.last_contact.map_or_else(never, |at| local_text(catalogue, at)),
        waiting: phone.waiting,
        unsaved: phone.unsaved,
        state: t.get(state).to_owned(),
    }
}
