//! The distributor's pages: what is coming in tonight, sheets with their files, accepting them, vans and results.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use xundian_domain::order_state::{OrderState, Outcome, SheetNo};
use xundian_domain::{BusinessDate, DistributorNo, OrderId};

use super::account::Role;
use super::page::{Page, PageError, Visitor, local_text, render};
use super::results::shown_since;
use super::slip::waiting_count;
use super::van::make_link;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, in_step};
use crate::orders::{
    FreezeError, OrderRow, Sheet, accept, give_to_van, kept_results, load_sheet, lost_sheets, make_again,
    open, van_plan,
};
use crate::sheets::{DocumentStop, SheetDocument, spoken, to_csv, to_escpos, to_pdf, to_receipt, to_xlsx};
use crate::sync::service::here;
use crate::text::Texts;

/// How many sheets the list shows.
const SHEETS: i64 = 40;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/d", get(tonight))
        .route("/d/late", get(late))
        .route("/d/sheet/{no}", get(show))
        .route("/d/sheet/{no}/accept", post(take_on))
        .route("/d/sheet/{no}/make", post(make))
        .route("/d/sheet/{no}/link", post(link))
        .route("/d/sheet/{no}/move", post(move_stop))
        .route("/d/sheet/{no}/{format}", get(file))
}

/// A distributor sees its own; the office sees all by number.
pub(super) fn whose(visitor: &Visitor, wanted: Option<DistributorNo>) -> Result<DistributorNo, PageError> {
    match (visitor.account.role, wanted) {
        (Role::Distributor(own), None) => Ok(own),
        (Role::Distributor(own), Some(wanted)) if own == wanted => Ok(own),
        (Role::Office, Some(wanted)) => Ok(wanted),
        _ => Err(PageError::NotFound),
    }
}

fn sheet_no(visitor: &Visitor, text: &str) -> Result<SheetNo, PageError> {
    let no: SheetNo = text.parse().map_err(|_| PageError::NotFound)?;
    whose(visitor, Some(no.distributor))?;
    Ok(no)
}

/// One delivery day that is still open.
struct Coming {
    title: String,
    cutoff: String,
    flags: String,
    /// The sheet that a restore has lost: its paper counts until it is made again.
    lost: Option<SheetNo>,
}

/// One sheet of the list.
struct SheetLine {
    no: SheetNo,
    day: BusinessDate,
    stops: usize,
    state: String,
    overdue: bool,
    accepted: Option<String>,
    results: String,
}

#[derive(Template)]
#[template(path = "tonight.html")]
struct Tonight {
    page: Page,
    distributor: String,
    held: usize,
    /// Orders of slips that wait for the dispatcher.
    slips: usize,
    /// Results of drivers that wait for the dispatcher.
    kept: usize,
    coming: Vec<Coming>,
    sheets: Vec<SheetLine>,
}

async fn tonight(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let own = whose(&visitor, None)?;
    let page = Page::of(&app, &visitor);
    let catalogue = app.catalogue();
    let distributor = catalogue.distributors.get(&own).map(|d| d.name.clone()).ok_or(PageError::NotFound)?;
    let (t, now) = (page.t.clone(), app.now());
    let (held, slips, kept, coming, sheets) = app
        .db()
        .read(move |tx| {
            let (held, coming) = coming(tx, &catalogue, own, &t)?;
            let slips = waiting_count(tx, own)?;
            let kept = kept_results(tx, own, shown_since(&catalogue, now))?.len();
            Ok::<_, DbError>((held, slips, kept, coming, sheet_lines(tx, &catalogue, own, &t, now)?))
        })
        .await?;
    Ok(render(&Tonight { page, distributor, held, slips, kept, coming, sheets }))
}

fn coming(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    own: DistributorNo,
    t: &Texts,
) -> Result<(usize, Vec<Coming>), DbError> {
    let held = tx.query(
        "SELECT id FROM store_order WHERE distributor = $1 AND state = '\"held\"' AND fact IS NOT NULL",
        &[own.into()],
    )?;
    let waiting = tx.query(
        "SELECT DISTINCT day FROM store_order WHERE distributor = $1 AND waiting = 1 ORDER BY day",
        &[own.into()],
    )?;
    let lost = lost_sheets(tx, catalogue, own)?;
    let mut days: BTreeSet<BusinessDate> = lost.iter().copied().collect();
    for day in waiting {
        days.insert(day.get(0)?);
    }
    let mut coming = Vec::new();
    for day in days {
        let lost = lost.contains(&day).then_some(SheetNo { distributor: own, day, difference: 0 });
        let orders = OrderRow::of_day(tx, own, day, true)?;
        let lines = orders.iter().flat_map(|row| &row.order.lines);
        let cases: u32 = lines.map(|line| line.confirmed.0.div_ceil(line.case.get())).sum();
        let mut flags: BTreeMap<String, usize> = BTreeMap::new();
        for flag in orders.iter().flat_map(|row| &row.flags) {
            let code = serde_json::to_string(flag).unwrap_or_default();
            *flags.entry(t.coded("flag", code.trim_matches('"'))).or_default() += 1;
        }
        let flags = flags.iter().map(|(flag, n)| format!("{flag} {n}")).collect::<Vec<_>>().join(", ");
        let title = t.fill("tonight.coming", &[&day, &orders.len(), &cases]);
        coming.push(Coming { title, cutoff: cutoff(catalogue, own, day), flags, lost });
    }
    Ok((held.len(), coming))
}

fn cutoff(catalogue: &Catalogue, own: DistributorNo, day: BusinessDate) -> String {
    let Some(distributor) = catalogue.distributors.get(&own) else { return String::new() };
    let rules = catalogue.delivery_rules(distributor);
    let freeze = rules.calendar.freeze_day(day, rules.lead_days);
    freeze.map_or_else(String::new, |freeze| format!("{freeze} {}", distributor.cutoff))
}

fn sheet_lines(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    own: DistributorNo,
    t: &Texts,
    now: xundian_domain::stamp::Millis,
) -> Result<Vec<SheetLine>, DbError> {
    let numbers = tx.query(
        "SELECT day, difference FROM sheet WHERE distributor = $1 ORDER BY day DESC, difference DESC LIMIT $2",
        &[own.into(), SHEETS.into()],
    )?;
    let accept_by = catalogue.distributors.get(&own).map_or(30, |d| d.accept_by_minutes);
    let mut lines = Vec::new();
    for number in numbers {
        let no = SheetNo { distributor: own, day: number.get(0)?, difference: number.get(1)? };
        let Some(sheet) = load_sheet(tx, no)? else { continue };
        let overdue = now.0 - sheet.frozen.0 > i64::from(accept_by) * 60_000;
        let key = match (sheet.opened, overdue) {
            (_, true) => "tonight.overdue",
            (Some(_), false) => "tonight.opened",
            (None, false) => "tonight.not_accepted",
        };
        let accepted = sheet
            .accepted
            .as_ref()
            .map(|(at, by)| t.fill("tonight.accepted", &[by, &local_text(catalogue, *at)]));
        lines.push(SheetLine {
            no,
            day: no.day,
            stops: sheet.stops().len() + sheet.changes().len(),
            state: t.get(key).to_owned(),
            overdue,
            accepted,
            results: results(tx, &sheet, t)?,
        });
    }
    Ok(lines)
}

fn results(tx: &mut Tx<'_>, sheet: &Sheet, t: &Texts) -> Result<String, DbError> {
    if sheet.stops().is_empty() {
        return Ok(String::new());
    }
    let ids: Vec<_> = sheet.stops().iter().map(|stop| stop.order.id.into()).collect();
    // Corrections are later versions of the same stop.
    let reported =
        tx.query_each("SELECT order_id FROM delivery_result WHERE version = 1 AND order_id", &ids)?;
    Ok(t.fill("tonight.results_of", &[&reported.len(), &ids.len()]))
}

/// A van that a stop can be given to.
struct VanChoice {
    no: usize,
    is_its: bool,
}

/// One row of the sheet's page.
struct StopLine {
    order: OrderId,
    mark: String,
    window: String,
    store: String,
    address: String,
    receiver: String,
    goods: Vec<String>,
    amount: String,
    payment: String,
    outcome: String,
    has_van: bool,
    /// Its van, for people.
    van: String,
    /// None, once nothing is to be delivered any more.
    choices: Vec<VanChoice>,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    page: Page,
    sheet: SheetDocument,
    vans: Vec<(usize, usize)>,
    rows: Vec<StopLine>,
    link: Option<String>,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(no): Path<String>,
) -> Result<Response, PageError> {
    let no = sheet_no(&visitor, &no)?;
    opened_by(&app, &visitor, no).await?;
    sheet_page(&app, &visitor, no, None).await
}

/// Whoever of the distributor looks at the sheet or takes its file has it.
async fn opened_by(app: &App, visitor: &Visitor, no: SheetNo) -> Result<(), PageError> {
    if matches!(visitor.account.role, Role::Distributor(_)) {
        let (catalogue, now) = (app.catalogue(), app.now());
        let opened = move |tx: &mut Tx<'_>| {
            let catalogue = in_step(tx, &catalogue)?;
            open(tx, &catalogue, no, now)
        };
        app.db().write(opened).await?;
    }
    Ok(())
}

async fn sheet_page(
    app: &App,
    visitor: &Visitor,
    no: SheetNo,
    link: Option<String>,
) -> Result<Response, PageError> {
    let page = Page::of(app, visitor);
    let (document, states) = document_with_states(app, no).await?;
    let plan = app.db().read(move |tx| van_plan(tx, no.distributor, no.day)).await?.unwrap_or_default();
    let known = app.catalogue().distributors.get(&no.distributor).map(|known| known.capacity);
    let most = known.map_or(0, |capacity| plan.choices(capacity));
    let vans = if no.difference > 0 { Vec::new() } else { plan.vans.iter().map(Vec::len).collect() };
    let t = &page.t;
    let row = |stop: &DocumentStop, mark: String| stop_line(stop, t, mark, states.get(&stop.order), most);
    let mut rows: Vec<StopLine> = document.stops.iter().map(|stop| row(stop, stop.no.to_string())).collect();
    rows.extend(document.changes.iter().map(|change| row(&change.stop, t.coded("kind", change.kind.code()))));
    let vans = (1..).zip(vans).collect();
    Ok(render(&SheetPage { page, sheet: document, vans, rows, link }))
}

fn stop_line(
    stop: &DocumentStop,
    t: &Texts,
    mark: String,
    state: Option<&OrderState>,
    most: usize,
) -> StopLine {
    let goods = stop.lines.iter().map(|line| {
        let gift = if line.gift { format!("【{}】", t.get("mark.gift")) } else { String::new() };
        format!("{gift}{}  {}", spoken(line.quantity, t.get("unit.case"), &line.unit), line.name)
    });
    StopLine {
        order: stop.order,
        mark,
        window: stop.window.map_or_else(|| t.get("mark.any_time").to_owned(), |window| window.to_string()),
        store: format!("{} {}", stop.store, stop.store_no),
        address: stop.address.clone(),
        receiver: format!("{} {}", stop.receiver, stop.phone),
        goods: goods.collect(),
        amount: stop.amount.to_string(),
        payment: t.coded("pay", stop.payment.code()),
        outcome: state.map(|state| state_text(t, state)).unwrap_or_default(),
        has_van: stop.van.is_some(),
        van: stop.van.map_or_else(|| t.get("sheet.no_van").to_owned(), |van| t.with("sheet.van", van)),
        choices: van_choices(stop, state, most),
    }
}

fn van_choices(stop: &DocumentStop, state: Option<&OrderState>, most: usize) -> Vec<VanChoice> {
    let is_open = matches!(
        state,
        Some(OrderState::OnSheet { .. } | OrderState::Ended { outcome: Outcome::NotReported, .. })
    );
    let most = if is_open { most } else { 0 };
    (1..=most).map(|no| VanChoice { no, is_its: stop.van == Some(no) }).collect()
}

/// A state for people.
pub(super) fn state_text(t: &Texts, state: &OrderState) -> String {
    match state {
        OrderState::Held => t.get("state.held").to_owned(),
        OrderState::Waiting { .. } => t.get("state.waiting").to_owned(),
        OrderState::OnSheet { .. } => t.get("state.on_sheet").to_owned(),
        OrderState::Ended { outcome, .. } => t.coded("outcome", outcome.code()),
        OrderState::Cancelled { .. } => t.get("state.cancelled").to_owned(),
    }
}

async fn document_with_states(
    app: &App,
    no: SheetNo,
) -> Result<(SheetDocument, BTreeMap<OrderId, OrderState>), PageError> {
    let (catalogue, now) = (app.catalogue(), app.now());
    let found = app
        .db()
        .read(move |tx| {
            let Some(sheet) = load_sheet(tx, no)? else { return Ok(None) };
            let document = SheetDocument::make(tx, &catalogue, &sheet, None, now)?;
            let states = OrderRow::of_day(tx, no.distributor, no.day, false)?;
            Ok::<_, DbError>(Some((document, states)))
        })
        .await?;
    let (document, rows) = found.ok_or(PageError::NotFound)?;
    Ok((document, rows.into_iter().map(|row| (row.order.id, row.state)).collect()))
}

async fn take_on(
    State(app): State<App>,
    visitor: Visitor,
    Path(no): Path<String>,
) -> Result<Redirect, PageError> {
    let (no, now, by) = (sheet_no(&visitor, &no)?, app.now(), visitor.account.login);
    let catalogue = app.catalogue();
    let taken_on = move |tx: &mut Tx<'_>| {
        let catalogue = in_step(tx, &catalogue)?;
        accept(tx, &catalogue, no, &by, now)
    };
    app.db().write(taken_on).await?;
    Ok(Redirect::to("/d"))
}

/// A sheet that a restore has lost is made again when the dispatcher says so, and no other one by hand.
async fn make(
    State(app): State<App>,
    visitor: Visitor,
    Path(no): Path<String>,
) -> Result<Redirect, PageError> {
    let (no, here, catalogue) = (sheet_no(&visitor, &no)?, here(&app), app.catalogue());
    let made = app.db().write(move |tx| {
        let catalogue = in_step(tx, &catalogue)?;
        make_again(tx, &catalogue, no, here).map(drop)
    });
    match made.await {
        Ok(()) | Err(FreezeError::Frozen(_)) => Ok(Redirect::to("/d")),
        Err(FreezeError::Db(why)) => Err(why.into()),
        Err(why) => Err(PageError::Refused(why.to_string())),
    }
}

#[derive(Debug, Deserialize)]
struct VanOf {
    van: usize,
}

async fn link(
    State(app): State<App>,
    visitor: Visitor,
    Path(no): Path<String>,
    Form(of): Form<VanOf>,
) -> Result<Response, PageError> {
    let no = sheet_no(&visitor, &no)?;
    let secret = make_link(&app, no.distributor, no.day, of.van).await?;
    sheet_page(&app, &visitor, no, Some(format!("/van#{secret}"))).await
}

#[derive(Debug, Deserialize)]
struct MoveTo {
    order: String,
    van: usize,
}

/// The plan is a record of its own: the sheet and its hash stay as they were printed.
async fn move_stop(
    State(app): State<App>,
    visitor: Visitor,
    Path(no): Path<String>,
    Form(to): Form<MoveTo>,
) -> Result<Redirect, PageError> {
    let no = sheet_no(&visitor, &no)?;
    let order = OrderId(to.order.parse().map_err(|_| PageError::NotFound)?);
    let known = app.catalogue().distributors.get(&no.distributor).map(|known| known.capacity);
    let capacity = known.ok_or(PageError::NotFound)?;
    let is_given = app.db().write(move |tx| give_to_van(tx, no, order, to.van, capacity)).await?;
    match is_given {
        true => Ok(Redirect::to(&format!("/d/sheet/{no}"))),
        false => Err(PageError::Refused(Texts::of(visitor.language).get("sheet.not_given").to_owned())),
    }
}

#[derive(Debug, Deserialize)]
struct FileOf {
    van: Option<usize>,
}

async fn file(
    State(app): State<App>,
    visitor: Visitor,
    Path((no, format)): Path<(String, String)>,
    Query(of): Query<FileOf>,
) -> Result<Response, PageError> {
    let no = sheet_no(&visitor, &no)?;
    let (catalogue, now) = (app.catalogue(), app.now());
    let document = app
        .db()
        .read(move |tx| {
            let Some(sheet) = load_sheet(tx, no)? else { return Ok(None) };
            SheetDocument::make(tx, &catalogue, &sheet, of.van, now).map(Some)
        })
        .await?;
    let document = document.ok_or(PageError::NotFound)?;
    opened_by(&app, &visitor, no).await?;
    let language = visitor.language;
    let written = tokio::task::spawn_blocking(move || write(&app, &document, &format, &Texts::of(language)));
    let (kind, ending, bytes) = written.await.unwrap_or(Err(PageError::NotFound))?;
    let place = if ending == "pdf" { "inline" } else { "attachment" };
    let disposition = format!("{place}; filename=\"{no}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

fn write(
    app: &App,
    document: &SheetDocument,
    format: &str,
    t: &Texts,
) -> Result<(&'static str, &'static str, Vec<u8>), PageError> {
    let failed = |why: &dyn std::fmt::Display| PageError::Failed(why.to_string());
    Ok(match format {
        "pdf" => {
            let fonts = app.fonts().map_err(|why| failed(&why))?;
            ("application/pdf", "pdf", to_pdf(document, fonts, t).map_err(|why| failed(&why))?)
        }
        "xlsx" => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            (kind, "xlsx", to_xlsx(document, t).map_err(|why| failed(&why))?)
        }
        "csv" => ("text/csv; charset=utf-8", "csv", to_csv(document, t)),
        "58mm" => ("text/plain; charset=utf-8", "txt", to_receipt(document, t).into_bytes()),
        "escpos" => ("application/octet-stream", "bin", to_escpos(document, t)),
        _ => return Err(PageError::NotFound),
    })
}

/// One late order.
struct LateLine {
    store: String,
    promised: String,
    went: String,
    at: String,
}

#[derive(Template)]
#[template(path = "late.html")]
struct Late {
    page: Page,
    rows: Vec<LateLine>,
}

async fn late(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let own = whose(&visitor, None)?;
    let catalogue = app.catalogue();
    let rows = app
        .db()
        .read(move |tx| {
            let rows = tx.query(
                "SELECT o.store, l.promised, l.went, l.at FROM late_order l JOIN store_order o ON o.id = l.order_id
                 WHERE l.distributor = $1 ORDER BY l.at DESC LIMIT 500",
                &[own.into()],
            )?;
            rows.iter()
                .map(|row| {
                    let store = catalogue.stores.get(&row.get(0)?);
                    Ok(LateLine {
                        store: store.map(|store| store.name.clone()).unwrap_or_default(),
                        promised: row.get(1)?,
                        went: row.get(2)?,
                        at: local_text(&catalogue, row.get(3)?),
                    })
                })
                .collect::<Result<Vec<_>, DbError>>()
        })
        .await?;
    Ok(render(&Late { page: Page::of(&app, &visitor), rows }))
}
