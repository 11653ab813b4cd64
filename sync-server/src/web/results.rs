//! What drivers reported and what is not in effect: the dispatcher sees what was told, when, and why it does not count, and takes
//! it or puts it away with a reason (1-field 1.3).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use xundian_domain::delivery::{DeliveryResult, gifts_by_sku};
use xundian_domain::id::ReasonCode;
use xundian_domain::order_state::OrderState;
use xundian_domain::product::Product;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, CaseSize, RecordId, Sku, Units};

use super::distributor::{state_text, whose};
use super::page::{Page, PageError, Visitor, local_text, render};
use crate::app::App;
use crate::master::{Catalogue, in_step};
use crate::orders::{Cause, Desk, KeptResult, KeptWord, ResultRefused, decide_kept, kept_results};
use crate::text::{Language, Texts};

/// Deliveries of which undecided results are shown, in days back.
const SHOWN_DAYS: u32 = 60;
/// The longest reason, in characters.
const REASON_CHARS: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/d/results", get(show)).route("/d/results/{id}", post(decide))
}

/// One line as the driver tells it and as it stands on the order now.
struct Goods {
    name: String,
    told: String,
    ordered: String,
    reason: String,
}

/// One result that waits.
struct Waiting {
    id: RecordId,
    title: String,
    why: String,
    by: String,
    at: String,
    received: String,
    due: String,
    /// Where the order stands.
    state: String,
    goods: Vec<Goods>,
    can_take: bool,
}

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsPage {
    page: Page,
    waiting: Vec<Waiting>,
}

/// The first day of which results are shown.
pub(super) fn shown_since(catalogue: &Catalogue, now: Millis) -> BusinessDate {
    catalogue.zone().date(now).minus_days(SHOWN_DAYS)
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let own = whose(&visitor, None)?;
    let (page, catalogue) = (Page::of(&app, &visitor), app.catalogue());
    let since = shown_since(&catalogue, app.now());
    let kept = app.db().read(move |tx| kept_results(tx, own, since)).await?;
    let words = Words { t: &page.t, catalogue: &catalogue };
    let waiting = kept.iter().map(|kept| words.waiting(kept)).collect();
    Ok(render(&ResultsPage { page, waiting }))
}

#[derive(Debug, Deserialize)]
struct Decision {
    decision: String,
    #[serde(default)]
    reason: String,
}

/// Only the distributor itself decides.
async fn decide(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<Decision>,
) -> Result<Redirect, PageError> {
    let desk = Desk { distributor: whose(&visitor, None)?, login: visitor.account.login.clone() };
    let id = RecordId(id.parse().map_err(|_| PageError::NotFound)?);
    let take = match form.decision.as_str() {
        "take" => true,
        "put_away" => false,
        _ => return Err(PageError::NotFound),
    };
    let t = Texts::of(visitor.language);
    let reason: String = form.reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(PageError::Refused(t.get("kept.no_word").to_owned()));
    }
    let (catalogue, now, word) = (app.catalogue(), app.now(), KeptWord { take, reason });
    let decided = app
        .db()
        .write(move |tx| {
            let catalogue = in_step(tx, &catalogue)?;
            decide_kept(tx, &catalogue, id, &word, &desk, now)
        })
        .await;
    match decided {
        Ok(()) => Ok(Redirect::to("/d/results")),
        Err(ResultRefused::Db(why)) => Err(why.into()),
        Err(why) => Err(PageError::Refused(t.coded("refused", why.code()))),
    }
}

/// Why a result is not in effect, for people.
pub(super) fn cause_text(t: &Texts, catalogue: &Catalogue, cause: &Cause) -> String {
    let text = t.coded("kept.cause", &cause.code);
    match cause.sku {
        Some(sku) => format!("{text}: {}", name(catalogue, sku)),
        None => text,
    }
}

fn name(catalogue: &Catalogue, sku: Sku) -> String {
    catalogue.products.get(&sku).map_or_else(|| sku.to_string(), Product::full_name)
}

/// Ids and codes put into words.
struct Words<'a> {
    t: &'a Texts,
    catalogue: &'a Catalogue,
}

impl Words<'_> {
    fn waiting(&self, kept: &KeptResult) -> Waiting {
        let (row, result) = (&kept.row, &kept.result);
        let store = self.catalogue.stores.get(&row.order.store).map(|store| {
            let number = store.number.map(|number| number.to_string()).unwrap_or_default();
            format!("{} {number}", store.name)
        });
        Waiting {
            id: result.id,
            title: format!("{} · {}", row.day, store.unwrap_or_default()),
            why: cause_text(self.t, self.catalogue, &kept.cause),
            by: kept.made_by.clone(),
            at: local_text(self.catalogue, result.at),
            received: local_text(self.catalogue, kept.received),
            due: result.paid.to_string(),
            state: state_text(self.t, &row.state),
            goods: self.goods(kept),
            // What was cancelled is on no sheet: nothing can be delivered of it.
            can_take: matches!(row.state, OrderState::OnSheet { .. } | OrderState::Ended { .. }),
        }
    }

    /// Everything that the order has or the driver tells: goods, gifts, what came back.
    fn goods(&self, kept: &KeptResult) -> Vec<Goods> {
        let (order, result) = (&kept.row.order, &kept.result);
        let lines = order.lines.iter().map(|line| (line.sku, false, line.confirmed));
        let gifts = gifts_by_sku(order).into_iter().map(|(sku, units)| (sku, true, units));
        let mut rows: Vec<(Sku, bool, Units)> = lines.chain(gifts).collect();
        for line in &result.lines {
            if rows.iter().all(|(sku, gift, _)| (*sku, *gift) != (line.sku, line.gift)) {
                rows.push((line.sku, line.gift, Units::ZERO));
            }
        }
        let back = result.picked_up.iter().map(|(sku, units)| {
            let ordered = order.pick_ups.iter().filter(|line| line.sku == *sku).map(|line| line.units).sum();
            Goods {
                name: self.marked("mark.pick_up", *sku),
                told: self.quantity(*sku, *units),
                ordered: self.quantity(*sku, ordered),
                reason: String::new(),
            }
        });
        rows.into_iter().map(|row| self.line(row, result)).chain(back).collect()
    }

    fn line(&self, (sku, gift, ordered): (Sku, bool, Units), result: &DeliveryResult) -> Goods {
        let told = result.lines.iter().find(|line| (line.sku, line.gift) == (sku, gift));
        let units = told.map(|line| line.delivered).unwrap_or_default();
        Goods {
            name: if gift { self.marked("mark.gift", sku) } else { name(self.catalogue, sku) },
            told: self.quantity(sku, units),
            ordered: self.quantity(sku, ordered),
            reason: told.and_then(|line| line.reason).map(|code| self.reason(code)).unwrap_or_default(),
        }
    }

    fn marked(&self, mark: &'static str, sku: Sku) -> String {
        format!("【{}】{}", self.t.get(mark), name(self.catalogue, sku))
    }

    fn quantity(&self, sku: Sku, units: Units) -> String {
        let product = self.catalogue.products.get(&sku);
        let case = product.map_or(CaseSize::ONE, |product| product.case);
        let unit = product.map(|product| product.unit.as_str()).unwrap_or_default();
        units.split(case).spoken(self.t.get("unit.case"), unit)
    }

    fn reason(&self, code: ReasonCode) -> String {
        let lists = ["shortage", "refusal"].into_iter().filter_map(|kind| self.catalogue.reasons.get(kind));
        let known = lists.flat_map(|list| &list.0).find(|reason| reason.code == code);
        known.map_or_else(
            || code.to_string(),
            |reason| match self.t.language {
                Language::Chinese => reason.zh.clone(),
                Language::English => reason.en.clone(),
            },
        )
    }
}
