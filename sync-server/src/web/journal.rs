//! The office takes in the journal that a phone wrote as a file; what becomes of it is `sync::journal`.

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use xundian_protocol::journal::FILE_BYTES;

use super::account::Role;
use super::page::{Page, PageError, Visitor, local_text, render};
use crate::app::App;
use crate::sync::{JournalImportError, JournalReport, import_journal};

/// What a form costs beside its file, in bytes.
const FORM_BYTES: usize = 16 << 10;

pub(super) fn routes() -> Router<App> {
    let both = get(show).post(take).layer(DefaultBodyLimit::max(FILE_BYTES + FORM_BYTES));
    Router::new().route("/o/journal", both)
}

/// What a journal brought, as it is shown.
struct Done {
    title: String,
    counts: Vec<(&'static str, usize)>,
}

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    page: Page,
    error: Option<&'static str>,
    done: Option<Done>,
}

/// The office alone.
fn admit(visitor: &Visitor) -> Result<(), PageError> {
    if visitor.account.role == Role::Office { Ok(()) } else { Err(PageError::NotFound) }
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    admit(&visitor)?;
    Ok(render(&JournalPage { page: Page::of(&app, &visitor), error: None, done: None }))
}

async fn take(State(app): State<App>, visitor: Visitor, form: Multipart) -> Result<Response, PageError> {
    admit(&visitor)?;
    let page = Page::of(&app, &visitor);
    let taken = match read(form).await {
        Ok((file, code)) => import(&app, file, code).await?.map_err(|why| said(&app, &why)),
        Err(why) if why.status() == StatusCode::PAYLOAD_TOO_LARGE => Err("too_large"),
        Err(_) => Err("damaged"),
    };
    Ok(match taken {
        Ok(report) => {
            let done = Some(done(&app, &page, &report));
            render(&JournalPage { page, error: None, done })
        }
        Err(code) => {
            let shown = render(&JournalPage { page, error: Some(code), done: None });
            (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
        }
    })
}

/// The file and its code; a code that is blank is none.
async fn read(mut form: Multipart) -> Result<(Bytes, Option<String>), MultipartError> {
    let (mut file, mut code) = (Bytes::new(), None);
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("file") => file = field.bytes().await?,
            Some("code") => code = Some(field.text().await?).filter(|code| !code.trim().is_empty()),
            _ => {}
        }
    }
    Ok((file, code))
}

async fn import(
    app: &App,
    file: Bytes,
    code: Option<String>,
) -> Result<Result<JournalReport, JournalImportError>, PageError> {
    let app = app.clone();
    tokio::task::spawn_blocking(move || import_journal(&app, &file, code.as_deref()))
        .await
        .map_err(|why| PageError::Failed(why.to_string()))
}

fn said(app: &App, why: &JournalImportError) -> &'static str {
    app.log().say(format_args!("a journal was not taken: {why}"));
    why.code()
}

fn done(app: &App, page: &Page, report: &JournalReport) -> Done {
    let catalogue = app.catalogue();
    let name = catalogue.people.get(&report.rep).map(|person| person.name.as_str()).unwrap_or_default();
    let (rep, at) = (format!("{} {name}", report.rep), local_text(&catalogue, report.made_at));
    Done {
        title: page.t.fill("journal.done", &[&rep, &at]),
        counts: vec![
            ("journal.taken", report.taken),
            ("journal.known", report.known),
            ("journal.held", report.held),
            ("journal.conflicts", report.conflicts),
            ("journal.rejected", report.rejected),
        ],
    }
}
