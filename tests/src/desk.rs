//! A day without a server, for judges: a phone that finds none, its slip, and the dispatcher who pastes it.

use xundian_domain::OrderId;
use xundian_domain::order::Order;
use xundian_protocol::push::{Verdict, Went};
use xundian_server::orders::OrderRow;
use xundian_server::trust::verify;
use xundian_server::web::add_account;

use crate::town::{MONDAY, Outcome, Town, TownPhone, on_both};

/// The day after.
pub const TUESDAY: &str = "2026-07-28";
/// 24 in a case.
pub const NOODLES: &str = "21010019";
/// 15 in a case.
pub const TEA: &str = "22070012";

/// Runs a judge on both engines; in the end the database must follow from its journal.
///
/// # Panics
/// With the words of the judge that fails.
pub fn sound(judge: impl Fn(&Town) -> Outcome<()>) {
    on_both(|town| {
        judge(town)?;
        let problems = town.app.db().read_now(verify)?;
        assert_eq!(problems, [], "does not follow from the journal");
        Ok(())
    });
}

/// A dispatcher in front of the distributor's pages.
#[derive(Debug)]
pub struct Dispatcher<'a> {
    town: &'a Town,
    client: reqwest::blocking::Client,
    cookie: String,
}

/// A form field as browsers send it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl<'a> Dispatcher<'a> {
    /// Somebody who has no login.
    ///
    /// # Errors
    /// No answer.
    pub fn nobody(town: &'a Town) -> Outcome<Self> {
        let none = reqwest::redirect::Policy::none();
        let client = reqwest::blocking::Client::builder().no_proxy().redirect(none).build()?;
        Ok(Self { town, client, cookie: String::new() })
    }

    /// Makes the login of a distributor and uses it.
    ///
    /// # Errors
    /// No answer.
    pub fn of(town: &'a Town, distributor: &str) -> Outcome<Self> {
        Self::who(town, &distributor.to_lowercase(), "distributor", distributor)
    }

    /// Makes any login and uses it.
    ///
    /// # Errors
    /// No answer.
    pub fn who(town: &'a Town, login: &str, role: &str, subject: &str) -> Outcome<Self> {
        let password = add_account(town.app.db(), login, role, subject, town.app.now())?;
        let mut dispatcher = Self::nobody(town)?;
        let entered = dispatcher.post("/login", &[("login", login), ("password", &password)])?;
        dispatcher.cookie = entered.headers().get("set-cookie").ok_or("no cookie")?.to_str()?.to_owned();
        Ok(dispatcher)
    }

    /// Sends a form.
    ///
    /// # Errors
    /// No answer.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Outcome<reqwest::blocking::Response> {
        let fields: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.client.post(format!("{}{path}", self.town.address)).header("cookie", &self.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Ok(request.body(fields.join("&")).send()?)
    }

    /// The page after something was pasted and read.
    ///
    /// # Errors
    /// No answer.
    pub fn paste(&self, text: &str) -> Outcome<String> {
        let answer = self.post("/d/slip", &[("text", text)])?;
        match answer.status().as_u16() {
            200 => Ok(answer.text()?),
            status => Err(format!("status {status}").into()),
        }
    }

    /// A page.
    ///
    /// # Errors
    /// No answer.
    pub fn page(&self, path: &str) -> Outcome<String> {
        let request = self.client.get(format!("{}{path}", self.town.address));
        Ok(request.header("cookie", &self.cookie).send()?.text()?)
    }

    /// The page after a decision about orders.
    ///
    /// # Errors
    /// No answer.
    pub fn decide(&self, decision: &str, orders: &[OrderId]) -> Outcome<String> {
        let ids: Vec<_> = orders.iter().map(ToString::to_string).collect();
        let form = [("decision", decision), ("orders", &ids.join(" "))];
        Ok(self.post("/d/slip/decide", &form)?.text()?)
    }
}

/// A phone that took two orders and finds no server.
///
/// # Errors
/// The phone's file or the server.
pub fn offline(town: &Town) -> Outcome<(TownPhone, [Order; 2])> {
    let mut phone = town.phone("ZY01")?;
    let route = phone.route()?;
    let first = phone.visit(route[0], &[(NOODLES, 5, 24), (TEA, 8, 45)])?.ok_or("no order")?;
    let second = phone.visit(route[1], &[(NOODLES, 2, 48)])?.ok_or("no order")?;
    town.at(MONDAY, "18:00")?;
    phone.at(MONDAY, "18:00")?;
    Ok((phone, [first, second]))
}

/// The block that the phone makes for a chat.
///
/// # Errors
/// The phone's file or the server.
pub fn text_of(phone: &mut TownPhone) -> Outcome<String> {
    let mut slips = phone.phone.order_slips(MONDAY.parse()?)?;
    match slips.pop() {
        Some(slip) if slips.is_empty() => Ok(slip.text),
        _ => Err("not one slip".into()),
    }
}

/// The evening of Monday: sheets of Tuesday are frozen.
///
/// # Errors
/// The phone's file or the server.
pub fn freeze(town: &Town) -> Outcome<()> {
    town.at(MONDAY, "20:31")?;
    town.app.tick()?;
    Ok(())
}

/// An order as the server keeps it.
///
/// # Errors
/// The phone's file or the server.
pub fn row(town: &Town, id: OrderId) -> Outcome<OrderRow> {
    Ok(town.app.db().read_now(|tx| OrderRow::load(tx, id))?.ok_or("no such order")?)
}

/// What the server said about the newest record of a kind.
///
/// # Errors
/// The phone's file or the server.
pub fn verdict(phone: &TownPhone, kind: &str) -> Outcome<Verdict> {
    let rows = phone.phone.outbox()?.rows;
    let row = rows.into_iter().find(|row| row.kind == kind).ok_or("no such record")?;
    row.verdict.ok_or_else(|| "not on the server".into())
}

/// Where the order of the newest visit went.
///
/// # Errors
/// The visit was not applied, or had no order.
pub fn went(phone: &TownPhone) -> Outcome<Went> {
    match verdict(phone, "visit_closed")? {
        Verdict::Applied { order: Some(effect), .. } => Ok(effect.went),
        other => Err(format!("{other:?}").into()),
    }
}
