//! The words of the wire that reach the shells, told in every language of the phone: the closed lists with the word of each case, and
//! what an invitation is. This test writes them down, those of `android/` and `ios/` hold their own sides against the same files.
//! Whoever changes one on purpose writes it with `XUNDIAN_WRITE_VECTORS=1 cargo test -p xundian-tests --test codes`.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;
use xundian_domain::count_list::MustSellKind;
use xundian_domain::figures::kept_promise::MissCause;
use xundian_domain::order::PaymentForm;
use xundian_domain::order_state::{CancelCause, OrderState, Outcome, SheetNo};
use xundian_domain::product::{OrderUnit, Season};
use xundian_domain::promotion::{CapPeriod, Payer, QtyUnit, StackRule};
use xundian_domain::route::WeekPattern;
use xundian_domain::sheet::ChangeKind;
use xundian_domain::store::{Channel, Frequency, PaymentTerms, StoreClass, StoreStatus};
use xundian_domain::suggestion::base_stock::Limit;
use xundian_domain::suggestion::decision::Fallback;
use xundian_domain::suggestion::event::EventPrior;
use xundian_domain::suggestion::hindsight::Right;
use xundian_domain::suggestion::opening::Gap;
use xundian_domain::suggestion::question::Doubt;
use xundian_domain::suggestion::{PolicyKind, Rounding};
use xundian_domain::visit::competitor::FactKind;
use xundian_domain::visit::display::CheckUnit;
use xundian_domain::visit::stock_count::{Entry, InflowSource};
use xundian_domain::visit::{DistanceBand, FailedReason, Step, VisitResult};
use xundian_domain::{BusinessDate, StoreId};
use xundian_protocol::invitation::Invitation;
use xundian_protocol::push::{Flag, HeldCode, Kind, Verdict, Went};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn vector(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).join(name)
}

/// How a value is written: a text, or what tells its object from the others.
fn word(value: &impl Serialize) -> Done<String> {
    let written = serde_json::to_value(value)?;
    let word = match &written {
        Value::String(word) => Some(word.as_str()),
        Value::Object(fields) => match fields.get("verdict") {
            Some(tag) => tag.as_str(),
            None => fields.keys().next().map(String::as_str),
        },
        _ => None,
    };
    Ok(word.ok_or_else(|| format!("{written} has no word"))?.to_owned())
}

/// A line for each case of a list: its name in Rust, of which those in Kotlin and Swift are made, and its word.
fn cases<T: Debug + Serialize>(list: &str, all: &[T]) -> Done<String> {
    let mut lines = String::new();
    for value in all {
        let shown = format!("{value:?}");
        let case = shown.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        writeln!(lines, "{list},{case},{}", word(value)?)?;
    }
    Ok(lines)
}

/// Lists that know all of their cases.
macro_rules! whole {
    ($($list:ident),+ $(,)?) => { [$(cases(stringify!($list), $list::ALL)?),+].concat() };
}

/// A case that is missing here is in the generated types, and their tests say so.
fn lists() -> Done<String> {
    let coded = whole! {
        CancelCause, CapPeriod, ChangeKind, Channel, CheckUnit, DistanceBand, Doubt, Entry, EventPrior,
        FactKind, FailedReason, Fallback, Frequency, Gap, InflowSource, Limit, MissCause, MustSellKind,
        OrderUnit, Outcome, Payer, PaymentForm, PaymentTerms, PolicyKind, QtyUnit, Right, Rounding, Season,
        StackRule, Step, StoreClass, VisitResult, WeekPattern,
    };
    Ok("list,case,code\n".to_owned() + &coded + &with_fields()? + &of_the_protocol()?)
}

/// Cases that carry something: one value of each.
fn with_fields() -> Done<String> {
    let (day, sheet): (BusinessDate, SheetNo) = ("2026-07-28".parse()?, "D01-20260728".parse()?);
    let (outcome, cause, code) = (Outcome::Short, CancelCause::Owner, "stale_base".parse()?);
    let orders = [
        OrderState::Held,
        OrderState::Waiting { day, late: false },
        OrderState::OnSheet { sheet },
        OrderState::Ended { outcome, sheet },
        OrderState::Cancelled { cause },
    ];
    let merged = StoreStatus::MergedInto(StoreId(Uuid::nil()));
    let stores =
        [StoreStatus::Proposed, StoreStatus::Approved, merged, StoreStatus::Rejected, StoreStatus::Closed];
    let verdicts = [
        Verdict::Applied { order: None, flags: Vec::new() },
        Verdict::Parked { missing: Uuid::nil() },
        Verdict::Held { code: HeldCode::CaptureTime },
        Verdict::ConflictPayload,
        Verdict::Rejected { code, current: None },
    ];
    let waiting = Went::Waiting { day, late: false };
    let ways = [waiting, Went::Difference { sheet }, Went::AlreadyDelivered, Went::Cancelled];
    let (orders, stores) = (cases("OrderState", &orders)?, cases("StoreStatus", &stores)?);
    Ok(orders + &stores + &cases("Verdict", &verdicts)? + &cases("Went", &ways)?)
}

/// Kinds of records reach the shells as words alone.
fn of_the_protocol() -> Done<String> {
    let flags = [
        Flag::PriceStale,
        Flag::OverCredit,
        Flag::PromoCap,
        Flag::UnlistedSku,
        Flag::ClockUnverified,
        Flag::OutsideTerritory,
        Flag::DayDiffers,
    ];
    let held = [HeldCode::UnknownKind, HeldCode::CaptureTime, HeldCode::RevokedDevice];
    let kinds: Vec<Kind> = Kind::known().cloned().collect();
    Ok(cases("Flag", &flags)? + &cases("HeldCode", &held)? + &cases("Kind", &kinds)?)
}

/// The lists that the generated Kotlin offers in the rooms that the wire speaks of.
fn offered() -> Done<BTreeSet<String>> {
    let api = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../bindings/api.txt"))?;
    let (mut lists, mut is_wire) = (BTreeSet::new(), false);
    for line in api.lines() {
        if let Some(file) = line.strip_prefix("== ") {
            is_wire = file.starts_with("app/xundian/domain/") || file.starts_with("app/xundian/protocol/");
        } else if let Some(list) = line.strip_prefix("enum class ").filter(|_| is_wire) {
            lists.insert(list.to_owned());
        }
    }
    Ok(lists)
}

#[test]
fn every_list_that_reaches_the_shells_has_the_words_that_it_had() -> Done {
    let (lists, file) = (lists()?, vector("codes.csv"));
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        std::fs::write(&file, &lists)?;
    }
    assert_eq!(std::fs::read_to_string(file)?, lists);
    let told: BTreeSet<&str> = lists.lines().filter_map(|line| line.split(',').next()).collect();
    let offered = offered()?;
    assert!(offered.len() > 30, "{offered:?}");
    let untold: Vec<_> = offered.iter().filter(|list| !told.contains(list.as_str())).collect();
    assert!(untold.is_empty(), "{untold:?} reach the shells and are not here");
    Ok(())
}

/// Written by hand: `text,whether it is one`. Those that are say the same.
#[test]
fn an_invitation_is_told_from_every_other_text() -> Done {
    let (server, code) = ("http://127.0.0.1:9".to_owned(), "ABCD2345".to_owned());
    let ours = Invitation { server, code, key: [0x0f; 32] };
    let rows = std::fs::read_to_string(vector("invitations.csv"))?;
    assert!(rows.lines().any(|row| row == format!("{ours},true")), "as the office writes it");
    for row in rows.lines().skip(1) {
        let (text, is_one) = row.rsplit_once(',').ok_or(row)?;
        let wanted = if is_one == "true" { Some(&ours) } else { None };
        assert_eq!(Invitation::read(text).as_ref(), wanted, "{text}");
    }
    Ok(())
}
