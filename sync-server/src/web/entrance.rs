//! The entrance: log in, log out, and to which page a role goes first.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::account::{Role, log_in, log_out};
use super::page::{COOKIE, Page, PageError, Visitor, language, render, token};
use crate::app::{App, random};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home))
        .route("/login", get(show).post(enter))
        .route("/logout", post(leave))
        .route("/assets/style.css", get(async || asset("text/css", include_str!("../../assets/style.css"))))
        .route("/assets/van.js", get(async || asset("text/javascript", include_str!("../../assets/van.js"))))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")], text).into_response()
}

async fn home(visitor: Visitor) -> Redirect {
    match visitor.account.role {
        Role::Distributor(_) => Redirect::to("/d"),
        Role::Supervisor(_) | Role::Office => Redirect::to("/s"),
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    page: Page,
    wrong: bool,
}

async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    render(&Login { page: Page::open(&app, language(&headers)), wrong: false })
}

#[derive(Debug, Deserialize)]
struct Credentials {
    login: String,
    password: String,
}

async fn enter(
    State(app): State<App>,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Result<Response, PageError> {
    let token = xundian_protocol::digest::hex(&random::<24>()?);
    let (session, now) = (token.clone(), app.now());
    let login = given.login.trim().to_owned();
    let entered = app.db().write(move |tx| log_in(tx, &login, &given.password, &session, now)).await?;
    if !entered {
        let page = Page::open(&app, language(&headers));
        return Ok((StatusCode::UNAUTHORIZED, render(&Login { page, wrong: true })).into_response());
    }
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict");
    Ok(with_cookie(&cookie))
}

async fn leave(State(app): State<App>, headers: HeaderMap) -> Result<Response, PageError> {
    if let Some(token) = token(&headers) {
        app.db().write(move |tx| log_out(tx, &token)).await?;
    }
    Ok(with_cookie(&format!("{COOKIE}=; Path=/; Max-Age=0")))
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
