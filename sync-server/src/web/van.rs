//! The driver's page: opened by a secret link for one van and one day. The secret sits in the fragment, is kept as its
//! hash, reads until 04:00 of the day after and reports for 72 hours. No GET changes anything. What a driver reports of his
//! stops is kept, whether it takes effect or not.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xundian_domain::delivery::{DeliveryResult, ResultLine};
use xundian_domain::id::ReasonCode;
use xundian_domain::order_state::OrderState;
use xundian_domain::owner_code::{CodeAnswer, OwnerCode};
use xundian_domain::sheet::{ChangeKind, current_stops};
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, Fen, OrderId, RecordId, Sku, TimeOfDay, Units};
use xundian_protocol::tables::Reasons;

use super::distributor::state_text;
use super::page::{Fault, PageError, language, render};
use super::results::cause_text;
use crate::app::{App, random};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, in_step};
use crate::orders::{
    OrderRow, ResultRefused, SheetBody, Taken, amount_due, is_endless, is_known, kept_results, record_result,
    sheets_of_day, try_code,
};
use crate::sheets::{DocumentStop, SheetDocument, spoken};
use crate::text::{Language, Texts};

/// Results are taken so long after the day began, in milliseconds.
const TAKES_MS: i64 = 72 * 3_600_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/van", get(show))
        .route("/van/stops", post(stops))
        .route("/van/code", post(code))
        .route("/van/amount", post(amount))
        .route("/van/result", post(result))
}

/// Makes the link of a van; gives the secret, which is shown once.
pub(super) async fn make_link(
    app: &App,
    distributor: DistributorNo,
    day: BusinessDate,
    van: usize,
) -> Result<String, PageError> {
    let secret = xundian_protocol::digest::hex(&random::<16>()?);
    let (hash, now) = (hash(&secret), app.now());
    let zone = app.catalogue().zone();
    let four = TimeOfDay::new(4, 0).unwrap_or(TimeOfDay::MIDNIGHT);
    let reads = zone.moment(day.plus_days(1), four);
    let takes = zone.moment(day, TimeOfDay::MIDNIGHT).0 + TAKES_MS;
    let van = i64::try_from(van).unwrap_or(0);
    app.db()
        .write(move |tx| {
            tx.execute(
                "INSERT INTO van_link (secret_hash, distributor, day, van, made, reads_until, takes_until)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    hash.into(),
                    distributor.into(),
                    day.into(),
                    van.into(),
                    now.into(),
                    reads.into(),
                    takes.into(),
                ],
            )
        })
        .await?;
    Ok(secret)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What a secret opens.
#[derive(Debug, Clone, Copy)]
struct Link {
    distributor: DistributorNo,
    day: BusinessDate,
    van: usize,
    reads_until: Millis,
    takes_until: Millis,
}

fn link(tx: &mut Tx<'_>, secret: &str) -> Result<Option<Link>, DbError> {
    let row = tx.first(
        "SELECT distributor, day, van, reads_until, takes_until FROM van_link WHERE secret_hash = $1",
        &[hash(secret).into()],
    )?;
    row.map(|row| {
        Ok(Link {
            distributor: row.get(0)?,
            day: row.get(1)?,
            van: usize::try_from(row.get::<i64>(2)?).unwrap_or(0),
            reads_until: row.get(3)?,
            takes_until: row.get(4)?,
        })
    })
    .transpose()
}

/// Why the driver's page gets no.
enum VanError {
    Ended,
    /// The stop is another van's now.
    Moved,
    Refused(String),
    Failed(String),
}

#[derive(Serialize)]
struct Said {
    reason: String,
    /// It is here and not in effect: the dispatcher decides.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    kept: bool,
}

impl From<DbError> for VanError {
    fn from(why: DbError) -> Self {
        Self::Failed(why.to_string())
    }
}

impl IntoResponse for VanError {
    fn into_response(self) -> Response {
        let said = |status: StatusCode, reason: &str| {
            (status, Json(Said { reason: reason.to_owned(), kept: false })).into_response()
        };
        match self {
            // The page's script knows these two words: a proxy says no, too, and ends nothing.
            Self::Ended => said(StatusCode::FORBIDDEN, "link"),
            Self::Moved => said(StatusCode::GONE, "stop"),
            Self::Refused(reason) => said(StatusCode::UNPROCESSABLE_ENTITY, &reason),
            Self::Failed(why) => Fault(why).beside(said(StatusCode::INTERNAL_SERVER_ERROR, "failed")),
        }
    }
}

async fn open(app: &App, headers: &HeaderMap) -> Result<Link, VanError> {
    let secret =
        headers.get("x-van-secret").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    app.db().read(move |tx| link(tx, &secret)).await?.ok_or(VanError::Ended)
}

#[derive(Template)]
#[template(path = "van.html")]
struct VanPage {
    t: Texts,
    texts: String,
}

async fn show(headers: HeaderMap) -> Response {
    let t = Texts::of(language(&headers));
    let texts = script_texts(&t);
    render(&VanPage { t, texts })
}

/// The texts of the page's script, as JSON that cannot end its element.
fn script_texts(t: &Texts) -> String {
    let keys = [
        "full",
        "part",
        "delivered",
        "why",
        "reason",
        "code",
        "no_code",
        "send",
        "sent",
        "queued",
        "expired",
        "taken",
        "kept",
        "moved",
        "not_taken",
        "retry",
        "put_away",
        "put_away_sure",
    ];
    let mut texts: serde_json::Map<String, serde_json::Value> =
        keys.iter().map(|key| ((*key).to_owned(), t.coded("van", key).into())).collect();
    texts.insert("gift".to_owned(), t.get("mark.gift").into());
    texts.insert("case".to_owned(), t.get("unit.case").into());
    serde_json::Value::Object(texts).to_string().replace('<', "\\u003c")
}

#[derive(Serialize)]
struct Line {
    sku: Sku,
    gift: bool,
    units: Units,
    case: u32,
    unit: String,
    said: String,
    name: String,
}

#[derive(Serialize)]
struct Stop {
    no: usize,
    order: OrderId,
    window: String,
    store: String,
    address: String,
    receiver: String,
    phone: String,
    lines: Vec<Line>,
    pick_ups: Vec<String>,
    pick_up_units: Vec<(Sku, Units)>,
    amount: String,
    due: Fen,
    payment: String,
    changed: Option<String>,
    outcome: Option<String>,
}

#[derive(Serialize)]
struct Choice {
    code: ReasonCode,
    text: String,
}

#[derive(Serialize)]
struct Day {
    title: String,
    server_time: i64,
    stops: Vec<Stop>,
    shortage: Vec<Choice>,
    refusal: Vec<Choice>,
    no_code: Vec<Choice>,
}

async fn stops(State(app): State<App>, headers: HeaderMap) -> Result<Json<Day>, VanError> {
    let link = open(&app, &headers).await?;
    let (now, catalogue, language) = (app.now(), app.catalogue(), language(&headers));
    if now > link.reads_until {
        return Err(VanError::Ended);
    }
    let t = Texts::of(language);
    let reader = catalogue.clone();
    let (document, changed, states, kept) = app
        .db()
        .read(move |tx| {
            let mut sheets = sheets_of_day(tx, link.distributor, link.day)?.into_iter();
            let Some(mut sheet) = sheets.next() else { return Ok(None) };
            let differences: Vec<_> = sheets.flat_map(|sheet| sheet.changes().to_vec()).collect();
            let current = current_stops(sheet.stops(), &differences);
            let changed: HashMap<OrderId, ChangeKind> =
                current.iter().filter_map(|c| Some((c.stop.order.id, c.changed?))).collect();
            sheet.body = SheetBody::Stops(current.into_iter().map(|current| current.stop).collect());
            let document = SheetDocument::make(tx, &reader, &sheet, Some(link.van), now)?;
            let states = OrderRow::of_day(tx, link.distributor, link.day, false)?;
            let kept = kept_results(tx, link.distributor, link.day)?;
            let kept: HashSet<OrderId> = kept.iter().map(|kept| kept.row.order.id).collect();
            Ok::<_, DbError>(Some((document, changed, states, kept)))
        })
        .await?
        .ok_or(VanError::Ended)?;
    let state = |order: OrderId| states.iter().find(|row| row.order.id == order).map(|row| row.state);
    let stop = |stop: &DocumentStop| {
        let ended = state(stop.order).filter(|state| !matches!(state, OrderState::OnSheet { .. }));
        let ended = ended.map(|state| state_text(&t, &state));
        let waits = kept.contains(&stop.order).then(|| t.get("van.kept").to_owned());
        let changed = changed.get(&stop.order).map(|kind| t.coded("kind", kind.code()));
        stop_of(stop, &t, changed, ended.or(waits))
    };
    let choices = |kind: &str| choices(catalogue.reasons.get(kind), language);
    Ok(Json(Day {
        title: format!("{} · {}", document.no, t.fill("sheet.van", &[&link.van])),
        server_time: now.0,
        stops: document.stops.iter().map(stop).collect(),
        shortage: choices("shortage"),
        refusal: choices("refusal"),
        no_code: choices("no_code"),
    }))
}

fn choices(reasons: Option<&Reasons>, language: Language) -> Vec<Choice> {
    let text = |reason: &xundian_protocol::tables::Reason| match language {
        Language::Chinese => reason.zh.clone(),
        Language::English => reason.en.clone(),
    };
    let rows = reasons.map(|reasons| reasons.0.as_slice()).unwrap_or_default();
    rows.iter().map(|reason| Choice { code: reason.code, text: text(reason) }).collect()
}

fn stop_of(stop: &DocumentStop, t: &Texts, changed: Option<String>, outcome: Option<String>) -> Stop {
    let said = |line: &crate::sheets::DocumentLine| spoken(line.quantity, t.get("unit.case"), &line.unit);
    let line = |line: &crate::sheets::DocumentLine| Line {
        sku: line.sku,
        gift: line.gift,
        units: line.units,
        case: line.case.get(),
        unit: line.unit.clone(),
        said: said(line),
        name: line.name.clone(),
    };
    Stop {
        no: stop.no,
        order: stop.order,
        window: stop.window.map_or_else(|| t.get("mark.any_time").to_owned(), |window| window.to_string()),
        store: format!("{} {}", stop.store, stop.store_no),
        address: stop.address.clone(),
        receiver: stop.receiver.clone(),
        phone: stop.phone.clone(),
        lines: stop.lines.iter().map(line).collect(),
        pick_ups: stop.pick_ups.iter().map(|line| format!("{} {}", said(line), line.name)).collect(),
        pick_up_units: stop.pick_ups.iter().map(|line| (line.sku, line.units)).collect(),
        amount: stop.amount.to_string(),
        due: stop.amount,
        payment: t.coded("pay", stop.payment.code()),
        changed,
        outcome,
    }
}

#[derive(Debug, Deserialize)]
struct CodeSaid {
    order: OrderId,
    code: OwnerCode,
}

#[derive(Serialize)]
struct CodeJudged {
    right: bool,
    text: String,
}

async fn code(
    State(app): State<App>,
    headers: HeaderMap,
    Json(said): Json<CodeSaid>,
) -> Result<Json<CodeJudged>, VanError> {
    let link = open(&app, &headers).await?;
    if app.now() > link.takes_until {
        return Err(VanError::Ended);
    }
    let tries = app.catalogue().settings.as_ref().map_or(5, |settings| settings.owner_code_tries);
    let answer = app
        .db()
        .write(move |tx| {
            if !is_on_van(tx, &link, said.order)? {
                return Ok(None);
            }
            try_code(tx, said.order, said.code, tries)
        })
        .await?;
    let t = Texts::of(language(&headers));
    let text = match answer {
        Some(CodeAnswer::Right) => t.get("van.right").to_owned(),
        Some(CodeAnswer::Wrong { tries_left }) => t.fill("van.wrong", &[&tries_left]),
        Some(CodeAnswer::Locked) | None => t.get("van.locked").to_owned(),
    };
    Ok(Json(CodeJudged { right: answer == Some(CodeAnswer::Right), text }))
}

/// A link reaches the stops of its van only; a stop that was moved to another van is the other's.
fn is_on_van(tx: &mut Tx<'_>, link: &Link, order: OrderId) -> Result<bool, DbError> {
    let plan = crate::orders::van_plan(tx, link.distributor, link.day)?.unwrap_or_default();
    Ok(plan.van_of(order) == Some(link.van))
}

#[derive(Debug, Deserialize)]
struct Asked {
    order: OrderId,
    lines: Vec<ResultLine>,
}

#[derive(Serialize)]
struct Amount {
    amount: String,
    due: Fen,
}

/// What is to be collected for what is in the boxes; changes nothing.
async fn amount(
    State(app): State<App>,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Result<Json<Amount>, VanError> {
    let link = open(&app, &headers).await?;
    let (catalogue, now) = (app.catalogue(), app.now());
    let amount = app
        .db()
        .read(move |tx| {
            let row =
                if is_on_van(tx, &link, asked.order)? { OrderRow::load(tx, asked.order)? } else { None };
            let Some(row) = row else { return Ok(None) };
            let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::nil()), &row.order, now);
            result.lines = asked.lines;
            amount_due(tx, &catalogue, &row, &result).map(Some)
        })
        .await?
        .ok_or(VanError::Moved)?;
    Ok(Json(Amount { amount: amount.to_string(), due: amount }))
}

#[derive(Debug, Deserialize)]
struct Reported {
    id: RecordId,
    order: OrderId,
    at: i64,
    lines: Vec<ResultLine>,
    no_code: Option<ReasonCode>,
    #[serde(default)]
    picked_up: Vec<(Sku, Units)>,
    /// What the page said that was to be collected.
    #[serde(default)]
    due: Option<Fen>,
}

/// Puts what was told into a result. Paid is what the order as it stands costs; by what does not fit it any more, what the page
/// had said.
fn told(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    row: &OrderRow,
    reported: Reported,
) -> Result<DeliveryResult, DbError> {
    let mut result = DeliveryResult {
        id: reported.id,
        order: reported.order,
        at: Millis(reported.at),
        lines: reported.lines,
        paid: Fen::ZERO,
        picked_up: reported.picked_up,
        no_code: reported.no_code,
    };
    let by_page = reported.due.filter(|due| *due >= Fen::ZERO && result.check(&row.order).is_err());
    result.paid = match by_page {
        Some(due) => due,
        None => amount_due(tx, catalogue, row, &result)?,
    };
    Ok(result)
}

async fn result(
    State(app): State<App>,
    headers: HeaderMap,
    Json(reported): Json<Reported>,
) -> Result<(StatusCode, Json<Said>), VanError> {
    let link = open(&app, &headers).await?;
    let now = app.now();
    if now > link.takes_until {
        return Err(VanError::Ended);
    }
    let catalogue = app.catalogue();
    let by = format!("van {} of {}", link.van, link.distributor);
    let taking = catalogue.clone();
    let taken = app
        .db()
        .write(move |tx| {
            let catalogue = in_step(tx, &taking)?;
            // What was taken stays taken, whoever has the stop now.
            if !is_on_van(tx, &link, reported.order)? && !is_known(tx, reported.id)? {
                return Ok(None);
            }
            if is_endless(&reported.lines, &reported.picked_up) {
                return Err(ResultRefused::TooMany);
            }
            let row = OrderRow::load(tx, reported.order)?.ok_or(ResultRefused::NoOrder)?;
            let result = told(tx, &catalogue, &row, reported)?;
            record_result(tx, &catalogue, result, &by, now).map(Some)
        })
        .await;
    let t = Texts::of(language(&headers));
    match taken {
        Ok(Some(Taken::InEffect(outcome))) => {
            Ok((StatusCode::OK, Json(Said { reason: outcome.to_string(), kept: false })))
        }
        Ok(Some(Taken::Kept(cause))) => {
            let reason = cause_text(&t, &catalogue, &cause);
            Ok((StatusCode::ACCEPTED, Json(Said { reason, kept: true })))
        }
        Ok(None) => Err(VanError::Moved),
        Err(ResultRefused::Db(why)) => Err(why.into()),
        Err(why) => Err(VanError::Refused(t.coded("refused", why.code()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_script_finds_every_text_that_it_asks_for() {
        let script = include_str!("../../assets/van.js");
        let texts: serde_json::Value =
            serde_json::from_str(&script_texts(&Texts::of(Language::Chinese))).unwrap();
        let asked = script.split("texts.").skip(1).map(|rest| {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
        });
        for key in asked {
            let text = texts[&key].as_str().unwrap_or_default();
            assert!(!text.is_empty() && text != key, "texts.{key}");
        }
    }
}
