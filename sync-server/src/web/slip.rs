//! 订单条 at the distributor: the box to paste messages into, what was read from them, and what waits for the dispatcher.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::product::Product;
use xundian_domain::{BusinessDate, CaseSize, DistributorNo, OrderId, RepNo, Sku, Units};
use xundian_protocol::digest::hex;
use xundian_protocol::push::{OrderEffect, Went};
use xundian_protocol::slip::{Slip, SlipError, read};

use super::distributor::{state_text, whose};
use super::page::{Page, PageError, Visitor, render};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, in_step};
use crate::orders::{DecisionError, Desk, Doubt, Fate, SlipTaken, decide_slip, held_slips, take_slip};
use crate::sync::service::here;
use crate::text::Texts;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/d/slip", get(show).post(paste)).route("/d/slip/decide", post(decide))
}

/// One order, in the words of a sheet.
struct OrderLine {
    id: OrderId,
    store: String,
    goods: Vec<String>,
    promise: String,
    amount: String,
    /// What became of it.
    fate: String,
    /// How that is shown: `good`, `warn`, `bad` or `soft`.
    tone: &'static str,
}

/// One slip that was read just now.
struct ReadSlip {
    title: String,
    /// Whether it could be verified, and what that means.
    proof: String,
    verified: bool,
    orders: Vec<OrderLine>,
}

/// One slip with orders that wait for the dispatcher.
struct Waiting {
    hash: String,
    title: String,
    doubt: String,
    ids: String,
    orders: Vec<OrderLine>,
}

#[derive(Template)]
#[template(path = "slip.html")]
struct SlipPage {
    page: Page,
    /// What could not be read.
    errors: Vec<String>,
    read: Vec<ReadSlip>,
    waiting: Vec<Waiting>,
    /// What was pasted, if some of it could not be read: the missing page is added, the rest need not be found again.
    text: String,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    page(&app, &visitor, Vec::new(), Vec::new(), String::new()).await
}

async fn page(
    app: &App,
    visitor: &Visitor,
    errors: Vec<String>,
    read: Vec<ReadSlip>,
    text: String,
) -> Result<Response, PageError> {
    let own = whose(visitor, None)?;
    let page = Page::of(app, visitor);
    let held = app.db().read(move |tx| held_slips(tx, own)).await?;
    let catalogue = app.catalogue();
    let words = Words { t: &page.t, catalogue: &catalogue };
    let waiting = held.into_iter().map(|slip| Waiting {
        hash: hex(&slip.hash),
        title: words.title(slip.rep, slip.date, slip.orders.len()),
        doubt: page.t.coded("slip.doubt", &slip.doubt),
        ids: slip.orders.iter().map(|row| row.order.id.to_string()).collect::<Vec<_>>().join(" "),
        orders: slip.orders.iter().map(|row| words.order(&row.order, String::new(), "warn")).collect(),
    });
    let waiting = waiting.collect();
    Ok(render(&SlipPage { page, errors, read, waiting, text }))
}

#[derive(Debug, Deserialize)]
struct Pasted {
    text: String,
}

async fn paste(
    State(app): State<App>,
    visitor: Visitor,
    Form(pasted): Form<Pasted>,
) -> Result<Response, PageError> {
    let desk = desk(&visitor)?;
    let t = Texts::of(visitor.language);
    let (mut errors, mut slips) = (Vec::new(), Vec::new());
    for found in read(&pasted.text) {
        let opened = found.and_then(|sealed| sealed.open().map(|slip| (sealed, slip)));
        let (sealed, slip) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                errors.push(error_text(&t, &why));
                continue;
            }
        };
        let (catalogue, here, desk) = (app.catalogue(), here(&app), desk.clone());
        let words = Words { t: &t, catalogue: &catalogue };
        let (again, taking) = (slip.clone(), catalogue.clone());
        let taken = app
            .db()
            .write(move |tx| {
                let taking = in_step(tx, &taking)?;
                take_slip(tx, &taking, (&sealed, &again), &desk, here)
            })
            .await?;
        slips.push(words.slip(&slip, &taken));
    }
    let text = if errors.is_empty() { String::new() } else { pasted.text };
    page(&app, &visitor, errors, slips, text).await
}

/// Only the distributor itself pastes and decides.
fn desk(visitor: &Visitor) -> Result<Desk, PageError> {
    Ok(Desk { distributor: whose(visitor, None)?, login: visitor.account.login.clone() })
}

#[derive(Debug, Deserialize)]
struct Decision {
    decision: String,
    /// Order ids with blanks between them.
    orders: String,
}

async fn decide(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Decision>,
) -> Result<Response, PageError> {
    let (desk, catalogue, here) = (desk(&visitor)?, app.catalogue(), here(&app));
    let (accept, title) = match form.decision.as_str() {
        "accept" => (true, "slip.accepted"),
        "refuse" => (false, "slip.refused"),
        _ => return Err(PageError::NotFound),
    };
    let ids = form.orders.split_whitespace().map(|id| id.parse().map(OrderId));
    let ids: Vec<OrderId> = ids.collect::<Result<_, _>>().map_err(|_| PageError::NotFound)?;
    let decided = app
        .db()
        .write(move |tx| {
            let catalogue = in_step(tx, &catalogue)?;
            decide_slip(tx, &catalogue, &ids, accept, &desk, here)
        })
        .await;
    let t = Texts::of(visitor.language);
    let (mut errors, mut read) = (Vec::new(), Vec::new());
    match decided {
        Ok(decided) => {
            let title = t.get(title).to_owned();
            read.push(Words { t: &t, catalogue: &app.catalogue() }.decided(title, &decided));
        }
        Err(DecisionError::Decided) => errors.push(t.get("slip.error.decided").to_owned()),
        Err(other) => return Err(other.into()),
    }
    page(&app, &visitor, errors, read, String::new()).await
}

fn error_text(t: &Texts, why: &SlipError) -> String {
    match why {
        SlipError::Missing { pages, of } => {
            let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
            t.fill("slip.error.missing", &[&of, &pages.join(t.get("slip.and"))])
        }
        SlipError::Damaged { page, of } => t.fill("slip.error.damaged", &[&of, page]),
        other => t.coded("slip.error", other.code()),
    }
}

/// Ids and codes put into words.
struct Words<'a> {
    t: &'a Texts,
    catalogue: &'a Catalogue,
}

impl Words<'_> {
    fn title(&self, rep: RepNo, date: BusinessDate, orders: usize) -> String {
        let name = self.catalogue.people.get(&rep).map(|person| person.name.as_str()).unwrap_or_default();
        self.t.fill("slip.of", &[&date, &rep, &name, &orders])
    }

    fn slip(&self, slip: &Slip, taken: &SlipTaken) -> ReadSlip {
        let proof = match taken.doubt {
            None => self.t.get("slip.verified").to_owned(),
            Some(doubt) => self.t.with("slip.unverified", self.doubt(doubt)),
        };
        // What is held stands below with its buttons.
        let told = slip.orders.iter().zip(&taken.fates).filter(|(_, fate)| **fate != Fate::Held);
        let orders = told.map(|(told, fate)| {
            let (text, tone) = self.fate(fate);
            self.order(&told.order, text, tone)
        });
        ReadSlip {
            title: self.title(slip.rep, slip.date, slip.orders.len()),
            proof,
            verified: taken.doubt.is_none(),
            orders: orders.collect(),
        }
    }

    fn decided(&self, title: String, decided: &[(Order, OrderEffect)]) -> ReadSlip {
        let orders = decided.iter().map(|(order, effect)| {
            let (text, tone) = self.fate(&Fate::Placed(*effect));
            self.order(order, text, tone)
        });
        ReadSlip { title, proof: String::new(), verified: true, orders: orders.collect() }
    }

    fn doubt(&self, doubt: Doubt) -> String {
        self.t.coded("slip.doubt", doubt.code())
    }

    fn fate(&self, fate: &Fate) -> (String, &'static str) {
        let t = self.t;
        match fate {
            Fate::Placed(effect) => match effect.went {
                Went::Waiting { day, late: false } => (t.with("slip.new.waiting", day), "good"),
                Went::Waiting { day, late: true } => (t.with("slip.new.late", day), "warn"),
                Went::Difference { sheet } => (t.with("slip.new.difference", sheet), "warn"),
                Went::AlreadyDelivered => (t.get("state.on_sheet").to_owned(), "soft"),
                Went::Cancelled => (t.get("state.cancelled").to_owned(), "soft"),
            },
            Fate::Changed(effect) => match effect.went {
                Went::Waiting { day, .. } => (t.with("slip.changed.waiting", day), "good"),
                Went::Difference { sheet } => (t.with("slip.changed.difference", sheet), "warn"),
                Went::AlreadyDelivered | Went::Cancelled => (t.get("slip.waiting").to_owned(), "soft"),
            },
            Fate::Differs(state) => (t.with("slip.differs", self.standing(state)), "warn"),
            Fate::Held => (t.get("slip.waiting").to_owned(), "warn"),
            Fate::Known(state) => (t.with("slip.known", self.standing(state)), "soft"),
            Fate::NotYours => (t.get("slip.not_yours").to_owned(), "bad"),
            Fate::UnknownStore => (t.get("slip.unknown_store").to_owned(), "bad"),
            Fate::Taken => (t.get("slip.taken").to_owned(), "bad"),
        }
    }

    /// Where an order stands, with the number of its sheet.
    fn standing(&self, state: &OrderState) -> String {
        let text = state_text(self.t, state);
        match state {
            OrderState::Waiting { day, .. } => format!("{text} {day}"),
            OrderState::OnSheet { sheet } | OrderState::Ended { sheet, .. } => format!("{text} {sheet}"),
            OrderState::Held | OrderState::Cancelled { .. } => text,
        }
    }

    fn order(&self, order: &Order, fate: String, tone: &'static str) -> OrderLine {
        let store = self.catalogue.stores.get(&order.store).map(|store| {
            let number = store.number.map(|number| number.to_string()).unwrap_or_default();
            format!("{} {number}", store.name)
        });
        let lines = order.lines.iter().map(|line| self.goods("", line.sku, line.confirmed, Some(line.case)));
        let (gift, back) = (self.t.get("mark.gift"), self.t.get("mark.pick_up"));
        let gifts = order.gifts.iter().map(|line| self.goods(gift, line.sku, line.units, None));
        let pick_ups = order.pick_ups.iter().map(|line| self.goods(back, line.sku, line.units, None));
        let window = order.promise.window.map(|window| window.to_string());
        let window = window.unwrap_or_else(|| self.t.get("mark.any_time").to_owned());
        OrderLine {
            id: order.id,
            store: store.unwrap_or_else(|| self.t.get("slip.no_name").to_owned()),
            goods: lines.chain(gifts).chain(pick_ups).collect(),
            promise: format!("{} {window}", order.promise.day),
            amount: format!("{} {}", self.t.coded("pay", order.payment.code()), order.total()),
            fate,
            tone,
        }
    }

    fn goods(&self, mark: &str, sku: Sku, units: Units, case: Option<CaseSize>) -> String {
        let product = self.catalogue.products.get(&sku);
        let case = case.or(product.map(|product| product.case)).unwrap_or(CaseSize::ONE);
        let unit = product.map(|product| product.unit.as_str()).unwrap_or_default();
        let name = product.map_or_else(|| sku.to_string(), Product::full_name);
        let mark = if mark.is_empty() { String::new() } else { format!("【{mark}】") };
        format!("{mark}{}  {name}", units.split(case).spoken(self.t.get("unit.case"), unit))
    }
}

/// How many orders wait for the dispatcher.
pub(super) fn waiting_count(tx: &mut Tx<'_>, own: DistributorNo) -> Result<usize, DbError> {
    let sql = "SELECT id FROM store_order WHERE distributor = $1 AND state = '\"held\"' AND fact IS NULL";
    Ok(tx.query(sql, &[own.into()])?.len())
}
