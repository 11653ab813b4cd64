//! The supervisor's look back at suggestions: who was right, and what the other policy would have done to the shelves.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use xundian_domain::BusinessDate;

use super::page::{Page, PageError, Visitor, render};
use super::supervisor::team;
use crate::app::App;
use crate::learning::{Hindsight, Shelves, hindsight};

/// How far back the page looks.
const DAYS: u32 = 28;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/s/suggestions", get(suggestions))
}

/// One policy of one rep, or all of them.
struct Line {
    rep: String,
    policy: String,
    figures: Hindsight,
    is_sum: bool,
}

impl Line {
    /// Units left per shelf that can be compared, with one decimal, and days without stock per hundred of them;
    /// – where none can be.
    fn shelves(&self, shelves: &Shelves) -> String {
        if self.figures.compared == 0 {
            return "–".to_owned();
        }
        let per = |sum: u64, times: u64| (sum * times * 2 + 1) / (u64::from(self.figures.compared) * 2);
        let left = per(shelves.left, 10);
        format!("{}.{} / {}", left / 10, left % 10, per(shelves.empty_days, 100))
    }
}

#[derive(Template)]
#[template(path = "suggestions.html")]
struct SuggestionsPage {
    page: Page,
    from: BusinessDate,
    to: BusinessDate,
    rows: Vec<Line>,
}

async fn suggestions(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let catalogue = app.catalogue();
    let reps = team(&catalogue, &visitor)?;
    let to = catalogue.zone().date(app.now());
    let from = to.minus_days(DAYS);
    let page = Page::of(&app, &visitor);
    let t = page.t.clone();
    let figures = app.db().read(move |tx| hindsight(tx, &reps, (from, to))).await?;
    let mut sum = Hindsight::default();
    let mut rows = Vec::new();
    for ((rep, policy), figures) in figures {
        sum.add(&figures);
        let name = catalogue.people.get(&rep).map(|person| person.name.clone()).unwrap_or_default();
        let policy = t.coded("policy", policy.code());
        rows.push(Line { rep: format!("{rep} {name}"), policy, figures, is_sum: false });
    }
    if !rows.is_empty() {
        let rep = t.get("coverage.total").to_owned();
        rows.push(Line { rep, policy: String::new(), figures: sum, is_sum: true });
    }
    Ok(render(&SuggestionsPage { page, from, to, rows }))
}
