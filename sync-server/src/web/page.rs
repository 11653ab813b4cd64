//! What all pages share: who looks at it, in which language, the frame around it.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use xundian_domain::stamp::Millis;

use super::account::{Account, Role, session};
use crate::app::App;
use crate::db::DbError;
use crate::master::Catalogue;
use crate::text::{Language, Texts};

/// Name of the session's cookie.
pub(super) const COOKIE: &str = "xundian";

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) account: Account,
    pub(super) language: Language,
}

/// The language that a browser asks for.
pub(super) fn language(headers: &axum::http::HeaderMap) -> Language {
    let tag = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("zh");
    Language::of_tag(tag)
}

/// The secret of the session.
pub(super) fn token(headers: &axum::http::HeaderMap) -> Option<String> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let to_login = || Redirect::to("/login").into_response();
        let token = token(&parts.headers).ok_or_else(to_login)?;
        let now = app.now();
        let account = app.db().read(move |tx| session(tx, &token, now)).await;
        let account = account.map_err(|why: DbError| failed(&why))?.ok_or_else(to_login)?;
        Ok(Self { account, language: language(&parts.headers) })
    }
}

/// The frame of a page.
pub(super) struct Page {
    pub(super) t: Texts,
    pub(super) nav: Vec<(&'static str, &'static str)>,
    pub(super) login: String,
    pub(super) demo_time: Option<String>,
}

impl Page {
    pub(super) fn of(app: &App, visitor: &Visitor) -> Self {
        let t = Texts::of(visitor.language);
        let nav = match visitor.account.role {
            Role::Distributor(_) => vec![("/d", t.get("nav.tonight")), ("/d/late", t.get("nav.late"))],
            Role::Supervisor(_) | Role::Office => {
                let mut nav = vec![
                    ("/s", t.get("nav.coverage")),
                    ("/s/stores", t.get("nav.stores")),
                    ("/s/suggestions", t.get("nav.suggestions")),
                    ("/s/todo", t.get("nav.todo")),
                ];
                if visitor.account.role == Role::Office {
                    nav.push(("/o/status", t.get("nav.status")));
                    nav.push(("/o/journal", t.get("nav.journal")));
                }
                nav
            }
        };
        Self { nav, login: visitor.account.login.clone(), demo_time: demo_time(app), t }
    }

    pub(super) fn open(app: &App, language: Language) -> Self {
        Self { t: Texts::of(language), nav: Vec::new(), login: String::new(), demo_time: demo_time(app) }
    }
}

fn demo_time(app: &App) -> Option<String> {
    app.is_demo().then(|| local_text(&app.catalogue(), app.now()))
}

/// A moment as people read it, in the company's time zone.
pub(super) fn local_text(catalogue: &Catalogue, at: Millis) -> String {
    let zone = catalogue.zone();
    format!("{} {}", zone.date(at), zone.time_of_day(at))
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    page: Page,
    text: &'a str,
}

/// What failed while an answer was made, laid beside it for whoever runs the server: the visitor is not told.
#[derive(Debug, Clone)]
pub(super) struct Fault(pub(super) String);

impl Fault {
    /// Lays it there.
    pub(super) fn beside(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// A page or a form that cannot be given.
#[derive(Debug)]
pub(super) enum PageError {
    /// Not there, or not this visitor's.
    NotFound,
    /// The form asks for what cannot be; the visitor is told why.
    Refused(String),
    /// The database, the fonts, a file.
    Failed(String),
}

impl From<DbError> for PageError {
    fn from(why: DbError) -> Self {
        Self::Failed(why.to_string())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let t = Texts::of(Language::Chinese);
        let (status, text) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, t.get("error.not_found")),
            Self::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, why.as_str()),
            Self::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, t.get("error.failed")),
        };
        let page = Page { t: t.clone(), nav: vec![("/", "⌂")], login: String::new(), demo_time: None };
        let response = (status, render(&Message { page, text })).into_response();
        match self {
            Self::Failed(why) => Fault(why).beside(response),
            Self::NotFound | Self::Refused(_) => response,
        }
    }
}

fn failed(why: &DbError) -> Response {
    PageError::Failed(why.to_string()).into_response()
}

/// A template as an answer.
pub(super) fn render<T: Template>(template: &T) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(why) => Fault(why.to_string()).beside(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}
