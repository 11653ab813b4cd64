//! Dispatchers: they log in to the portal, accept the sheets, and give each driver his link, as people do.

use std::collections::BTreeMap;

use serde_json::Value;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_server::app::App;
use xundian_server::db::DbError;
use xundian_server::orders::{sheets_of_day, van_plan};

use crate::city::Login;

/// A page that did not do what it should: a defect.
#[derive(Debug, thiserror::Error)]
#[error("page: {0}")]
pub struct PageError(pub String);

impl From<reqwest::Error> for PageError {
    fn from(why: reqwest::Error) -> Self {
        Self(why.to_string())
    }
}

impl From<DbError> for PageError {
    fn from(why: DbError) -> Self {
        Self(why.to_string())
    }
}

/// All dispatchers of the city, each with a session.
#[derive(Debug)]
pub struct Dispatchers {
    client: reqwest::blocking::Client,
    server: String,
    app: App,
    sessions: BTreeMap<DistributorNo, String>,
}

impl Dispatchers {
    /// Logs everybody in.
    ///
    /// # Errors
    /// A log-in that does not work.
    pub fn log_in(app: &App, server: &str, logins: &[Login]) -> Result<Self, PageError> {
        let policy = reqwest::redirect::Policy::none();
        let client = reqwest::blocking::Client::builder().no_proxy().redirect(policy).build()?;
        let mut office =
            Self { client, server: server.to_owned(), app: app.clone(), sessions: BTreeMap::new() };
        for distributor in app.catalogue().distributors.keys() {
            let name = distributor.to_string().to_lowercase();
            let Some(login) = logins.iter().find(|login| login.login == name) else { continue };
            let session = office.session(login)?;
            office.sessions.insert(*distributor, session);
        }
        Ok(office)
    }

    fn session(&self, login: &Login) -> Result<String, PageError> {
        let form = format!("login={}&password={}", login.login, login.password);
        let answer = self.post("/login", "").body(form).send()?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|text| text.split(';').next()).map(ToOwned::to_owned);
        cookie.ok_or_else(|| PageError(format!("{} cannot log in", login.login)))
    }

    fn post(&self, path: &str, cookie: &str) -> reqwest::blocking::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.server)).header("cookie", cookie);
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sessions end after twelve hours: a new day, a new log-in.
    ///
    /// # Errors
    /// A log-in that does not work.
    pub fn new_day(&mut self, logins: &[Login]) -> Result<(), PageError> {
        *self = Self::log_in(&self.app, &self.server, logins)?;
        Ok(())
    }

    /// Accepts every sheet of a day.
    ///
    /// # Errors
    /// The page refuses.
    pub fn accept(&self, date: BusinessDate) -> Result<(), PageError> {
        for (distributor, session) in &self.sessions {
            for sheet in self.app.db().read_now(|tx| sheets_of_day(tx, *distributor, date))? {
                let answer = self.post(&format!("/d/sheet/{}/accept", sheet.no), session).send()?;
                if !answer.status().is_redirection() {
                    return Err(PageError(format!("{} cannot be accepted", sheet.no)));
                }
            }
        }
        Ok(())
    }

    /// The vans of a day, by distributor.
    pub(crate) fn vans(&self, date: BusinessDate) -> Result<Vec<(DistributorNo, Vec<usize>)>, PageError> {
        let mut vans = Vec::new();
        for distributor in self.sessions.keys() {
            let plan = self.app.db().read_now(|tx| van_plan(tx, *distributor, date))?;
            vans.push((*distributor, (1..=plan.map_or(0, |plan| plan.vans.len())).collect()));
        }
        Ok(vans)
    }

    /// The secret of a driver's link.
    pub(crate) fn link(
        &self,
        of: DistributorNo,
        date: BusinessDate,
        van: usize,
    ) -> Result<String, PageError> {
        let session = self.sessions.get(&of).map_or("", String::as_str);
        let day = date.0.format("%Y%m%d");
        let page =
            self.post(&format!("/d/sheet/{of}-{day}/link"), session).body(format!("van={van}")).send()?;
        let text = page.text()?;
        let secret = text.split("/van#").nth(1).and_then(|rest| rest.get(..32));
        secret.map(ToOwned::to_owned).ok_or_else(|| PageError("the page shows no link".to_owned()))
    }

    /// The orders that a link shows.
    pub(crate) fn stops(&self, secret: &str) -> Result<Vec<OrderId>, PageError> {
        let day = self.ask(secret, "/van/stops", "{}")?;
        let stops = day["stops"].as_array().cloned().unwrap_or_default();
        let id = |stop: &Value| stop["order"].as_str().and_then(|id| id.parse().ok()).map(OrderId);
        Ok(stops.iter().filter_map(id).collect())
    }

    /// Reports one stop; a result that only waits for the dispatcher is a failure of the demo.
    pub(crate) fn send(&self, secret: &str, result: &DeliveryResult) -> Result<(), PageError> {
        let mut body = serde_json::to_value(result).unwrap_or_default();
        body["at"] = result.at.0.into();
        let answer = self.ask(secret, "/van/result", &body.to_string())?;
        if answer["kept"] == true { Err(PageError(format!("/van/result: {answer}"))) } else { Ok(()) }
    }

    fn ask(&self, secret: &str, path: &str, body: &str) -> Result<Value, PageError> {
        let request = self.client.post(format!("{}{path}", self.server));
        let request = request.header("x-van-secret", secret).header("content-type", "application/json");
        let answer = request.body(body.to_owned()).send()?;
        let status = answer.status();
        let text = answer.text()?;
        if !status.is_success() {
            return Err(PageError(format!("{path}: {status} {text}")));
        }
        serde_json::from_str(&text).map_err(|why| PageError(why.to_string()))
    }
}
