//! What must hold (I1–I6 of the contract), looked at from outside: both databases, side by side.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use xundian_domain::order_state::SheetNo;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, InstallId, OrderId, RecordId};
use xundian_protocol::digest::day_digest;
use xundian_protocol::hello::PhoneRoot;
use xundian_server::db::DbError;
use xundian_server::orders::{Sheet, SheetBody, load_sheet};
use xundian_server::sync::{pushed_of, scopes_of};
use xundian_server::trust::verify;

use crate::Outcome;
use crate::phone::SimPhone;
use crate::report::Violation;
use crate::server::Server;

fn violation(invariant: &'static str, what: impl std::fmt::Display) -> Violation {
    Violation { invariant, what: what.to_string() }
}

/// I0: what a call has said to be saved lies in the file, or was forgotten because it is old and in the server's backup.
pub(crate) fn saved_is_there(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let lying: BTreeSet<RecordId> = phone.lying()?.into_iter().map(|fact| fact.id).collect();
    let mut violations = Vec::new();
    for id in phone.saved.difference(&lying) {
        let kept = server.read(|tx| {
            let sql = "SELECT 1 FROM pushed p JOIN install i ON i.id = p.install
                       WHERE p.id = $1 AND p.dseq <= i.durable_upto";
            tx.first(sql, &[(*id).into()])
        })?;
        if kept.is_none() && server.epoch_number == 1 {
            violations.push(violation("I0", format_args!("phone {number} lost {id}, which was saved")));
        }
    }
    Ok(violations)
}

/// I3: the rows that a phone has of its scopes are the server's, no more, no fewer, none older. That the server's are those of the
/// master data, which no phone could tell, is `verify`'s to say: [`server_is_sound`] asks it at the end of every run.
pub(crate) fn scopes_equal(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let app = server.app()?;
    let (catalogue, now) = (app.catalogue(), app.now());
    let wanted: BTreeSet<String> =
        scopes_of(&catalogue, phone.rep, catalogue.zone().date(now)).into_iter().collect();
    let held = texts(&db, "SELECT scope FROM scope_cursor")?;
    let mut violations = Vec::new();
    if wanted != held {
        violations.push(violation("I3", format_args!("phone {number} holds {held:?} instead of {wanted:?}")));
    }
    let stray = texts(&db, "SELECT DISTINCT scope FROM master_row WHERE scope <> 'own'")?;
    for scope in stray.difference(&wanted) {
        violations.push(violation("I3", format_args!("phone {number} has rows of {scope}, which it lost")));
    }
    for scope in &wanted {
        let here = server.read(|tx| {
            let rows = tx.query(
                "SELECT tbl, key, value FROM scope_row WHERE scope = $1 AND value IS NOT NULL ORDER BY tbl, key",
                &[scope.as_str().into()],
            )?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect::<Result<Vec<_>, DbError>>()
        })?;
        let there = rows_of(&db, scope)?;
        if here != there {
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (here.iter().collect(), there.iter().collect());
            let differing = ours.symmetric_difference(&theirs).next();
            violations.push(violation(
                "I3",
                format_args!(
                    "phone {number}, scope {scope}: {} rows there, {} here; {differing:?}",
                    there.len(),
                    here.len()
                ),
            ));
        }
    }
    Ok(violations)
}

/// I3 in the middle of a run: what a phone has read by its cursors it has as the server has it, and what was deleted up to
/// there it has not, unless a snapshot of the scope is still coming.
pub(crate) fn cursors_hold(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let sealer = server.app()?.sealer();
    let mut violations = Vec::new();
    for (scope, cursor) in cursors_of(&db)? {
        let there: BTreeMap<(String, String), String> =
            rows_of(&db, &scope)?.into_iter().map(|(table, key, value)| ((table, key), value)).collect();
        let is_whole = !texts(&db, "SELECT scope FROM master_row WHERE stale = 1")?.contains(&scope);
        let rows = server.read(|tx| {
            let sql = "SELECT tbl, key, version, value FROM scope_row WHERE scope = $1";
            tx.query(sql, &[scope.as_str().into()])
        })?;
        for row in rows {
            let (table, key, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let value: Option<String> = row.get(3)?;
            if sealer.has_read(&cursor, version, &table, &key) != Some(true) {
                continue;
            }
            let has = there.get(&(table.clone(), key.clone()));
            if has != value.as_ref() && (is_whole || value.is_some()) {
                let what = format_args!(
                    "phone {number} has read {table} {key} of {scope} in version {version}, and has {has:?} instead of {value:?}"
                );
                violations.push(violation("I3", what));
            }
        }
    }
    Ok(violations)
}

fn cursors_of(db: &Connection) -> Outcome<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT scope, cursor FROM scope_cursor")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn texts(db: &Connection, sql: &str) -> Outcome<BTreeSet<String>> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn rows_of(db: &Connection, scope: &str) -> Outcome<Vec<(String, String, String)>> {
    let mut statement =
        db.prepare_cached("SELECT tbl, key, value FROM master_row WHERE scope = ?1 ORDER BY tbl, key")?;
    let rows = statement.query_map([scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// I6: a phone asks for a code only when its key or its rights are gone; what was copied or restored, and what a restored
/// server does not know, renews itself.
pub(crate) fn has_no_rights(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let (Some(install), Some(_)) = (phone.setting("install")?, phone.setting("device_key")?) else {
        return Ok(Vec::new());
    };
    let install: uuid::Uuid = install.parse()?;
    // What the office took away stays so also where a restore has lost the install.
    let root: Option<PhoneRoot> =
        phone.setting("phone")?.map(|text| serde_json::from_str(&text)).transpose()?;
    let since = root.map_or(Millis(i64::MAX), |root| root.since);
    let ended = server.read(|tx| {
        let sql = "SELECT 1 FROM install WHERE id = $1 AND (revoked IS NOT NULL OR superseded IS NOT NULL)
                   UNION ALL SELECT 1 FROM revocation WHERE rep = $2 AND at >= $3";
        tx.first(sql, &[install.into(), phone.rep.into(), since.into()])
    })?;
    Ok(match ended {
        None => vec![violation("I6", format_args!("phone {number} must enrol again, and it has its rights"))],
        Some(_) => Vec::new(),
    })
}

/// I4: the digests of every day are equal.
pub(crate) fn digests_equal(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let Some(install) = phone.setting("install")? else { return Ok(Vec::new()) };
    let install = InstallId(install.parse()?);
    let since = ZoneOffset::CHINA.date(server.app()?.now()).minus_days(25);
    let mut days: BTreeMap<BusinessDate, Vec<(RecordId, [u8; 32])>> = BTreeMap::new();
    for fact in phone.lying()? {
        // Older days may be forgotten in part already.
        if fact.dseq > 0 && fact.kind != "day_closed" && fact.date >= since {
            days.entry(fact.date).or_default().push((fact.id, fact.hash));
        }
    }
    let mut violations = Vec::new();
    for (date, facts) in days {
        let here = server.read(|tx| pushed_of(tx, install, date))?;
        if day_digest(here) != day_digest(facts) {
            violations.push(violation("I4", format_args!("phone {number}: the digests of {date} differ")));
        }
    }
    Ok(violations)
}

/// What the world knows about a fact.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fate {
    /// The server's epoch in which a phone heard its verdict.
    pub(crate) acked_in: Option<u32>,
}

/// I1: what was acknowledged, or lies on a phone that has nothing more to send, is at the server with its bytes.
pub(crate) fn nothing_lost(
    facts: &BTreeMap<RecordId, Fate>,
    phones: &[SimPhone],
    server: &Server,
) -> Outcome<Vec<Violation>> {
    let here: BTreeSet<(RecordId, [u8; 32])> = server.read(|tx| {
        let rows = tx.query("SELECT id, hash FROM fact UNION SELECT id, hash FROM quarantine", &[])?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()
    })?;
    let ids: BTreeSet<RecordId> = here.iter().map(|(id, _)| *id).collect();
    let mut violations = Vec::new();
    for (number, phone) in phones.iter().enumerate() {
        let lying = phone.lying()?;
        let there: BTreeSet<RecordId> = lying.iter().map(|fact| fact.id).collect();
        for id in phone.saved.difference(&there).filter(|id| !ids.contains(id)) {
            violations.push(violation("I1", format_args!("phone {number} forgot {id}, and it is not here")));
        }
        for fact in lying {
            if fact.verdict.is_none() {
                violations
                    .push(violation("I6", format_args!("phone {number} still has {} to send", fact.id)));
            } else if !here.contains(&(fact.id, fact.hash)) {
                violations.push(violation("I1", format_args!("{} of phone {number} is not here", fact.id)));
            }
        }
    }
    for (id, fate) in facts {
        if fate.acked_in == Some(server.epoch_number) && !ids.contains(id) {
            violations.push(violation("I1", format_args!("{id} was acknowledged and is not here")));
        }
    }
    Ok(violations)
}

/// I2 and I5: everything follows from the journal, once, and what is there for phones to pull from the master data; and what waited
/// for a parent that is here was taken up.
pub(crate) fn server_is_sound(server: &Server) -> Outcome<Vec<Violation>> {
    let mut violations: Vec<Violation> = server
        .read(verify)?
        .into_iter()
        .map(|problem| violation("I2", format_args!("{}: {}", problem.rule, problem.at)))
        .collect();
    // A change of a later version waits for the versions between, and one that a slip told before for the fact of its
    // order, which may lie in quarantine. An order that only an unproven slip tells is not here yet.
    let waiting = server.read(|tx| {
        let sql = "SELECT 1 FROM
                 (SELECT missing, coalesce(json_extract(f.body, char(36) || '.base_version'), 0) AS base
                  FROM parked p JOIN fact f ON f.id = p.fact) w
               JOIN store_order o ON o.id = w.missing
               WHERE base <= o.version AND NOT (o.fact IS NULL AND (base < o.slip_version OR o.state LIKE '%held%'))";
        tx.query(sql, &[])
    })?;
    violations.extend(waiting.iter().map(|_| violation("I2", "a record waits for an order that is here")));
    Ok(violations)
}

/// Sheets as they were first seen.
pub(crate) type Printed = BTreeMap<(String, String, i64), String>;

/// I5: a sheet that was seen once is never another one and never gone.
pub(crate) fn sheets_stay(printed: &mut Printed, server: &Server) -> Outcome<Vec<Violation>> {
    let rows = server.read(|tx| tx.query("SELECT distributor, day, difference, hash FROM sheet", &[]))?;
    let mut now = Printed::new();
    for row in rows {
        now.insert((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?);
    }
    let changed = printed.iter().filter(|(no, hash)| now.get(*no) != Some(*hash));
    let violations = changed.map(|(no, _)| violation("I5", format_args!("sheet {no:?} changed"))).collect();
    *printed = now;
    Ok(violations)
}

/// Every sheet with the orders on it.
pub(crate) fn sheets(server: &Server) -> Outcome<BTreeMap<SheetNo, Vec<OrderId>>> {
    let found = server.read(|tx| {
        let rows = tx.query("SELECT distributor, day, difference FROM sheet", &[])?;
        let mut found = Vec::new();
        for row in rows {
            let no = SheetNo { distributor: row.get(0)?, day: row.get(1)?, difference: row.get(2)? };
            found.extend(load_sheet(tx, no)?);
        }
        Ok(found)
    })?;
    let orders = |sheet: &Sheet| match &sheet.body {
        SheetBody::Stops(stops) => stops.iter().map(|stop| stop.order.id).collect(),
        SheetBody::Changes(changes) => {
            changes.iter().filter_map(|change| change.after.as_ref()).map(|order| order.id).collect()
        }
    };
    Ok(found.iter().map(|sheet| (sheet.no, orders(sheet))).collect())
}

/// What stands on sheets that a restored server does not know, and drivers have in their hands.
#[derive(Debug, Default)]
pub(crate) struct Paper {
    orders: BTreeMap<OrderId, OnLost>,
}

#[derive(Debug, Clone, Copy)]
struct OnLost {
    /// The day of its sheet.
    day: BusinessDate,
    /// The last day whose sheet was lost with it.
    last: BusinessDate,
    /// Whether every phone that has it was told this day.
    is_told: bool,
    /// On a difference: that it has this paper at all, only who was told can tell.
    is_added: bool,
}

impl OnLost {
    fn is_unheard_of(&self) -> bool {
        self.is_added && !self.is_told
    }
}

impl Paper {
    /// The server was restored. Of an order that stands on a difference alone only its phone can tell.
    pub(crate) fn lose(
        &mut self,
        before: BTreeMap<SheetNo, Vec<OrderId>>,
        left: &BTreeMap<SheetNo, Vec<OrderId>>,
        told: &BTreeMap<OrderId, Option<BusinessDate>>,
    ) {
        // Who has not sent it again before the next restore has nothing more to say.
        for (order, known) in &mut self.orders {
            known.is_told &= told.get(order).copied().flatten() == Some(known.day);
        }
        self.orders.retain(|_, known| !known.is_unheard_of());
        let lost: Vec<_> = before.into_iter().filter(|(no, _)| !left.contains_key(no)).collect();
        let mut last: BTreeMap<_, BusinessDate> = BTreeMap::new();
        for (no, _) in &lost {
            let day = last.entry(no.distributor).or_insert(no.day);
            *day = (*day).max(no.day);
        }
        for (no, orders) in lost {
            for order in orders {
                let is_told = told.get(&order).copied().flatten() == Some(no.day);
                let (last, is_added) = (last[&no.distributor], no.difference > 0);
                let lost = OnLost { day: no.day, last, is_told, is_added };
                if !lost.is_unheard_of() {
                    self.orders.insert(order, lost);
                }
            }
        }
    }

    /// Whether this is the day on whose paper the order stands.
    pub(crate) fn is_told(&self, order: OrderId, day: Option<BusinessDate>) -> bool {
        self.orders.get(&order).is_none_or(|known| day == Some(known.day))
    }

    /// Somebody who was not told where this order went may send it, too.
    pub(crate) fn doubt(&mut self, order: OrderId) {
        if let Some(known) = self.orders.get_mut(&order) {
            known.is_told = false;
        }
        self.orders.retain(|_, known| !known.is_unheard_of());
    }

    /// I5: what stands on lost paper stands on no sheet of another day, or it is delivered twice. Where nobody was told on
    /// which of the lost sheets it stands, it may wait on an earlier one.
    pub(crate) fn goes_out_once(&self, server: &Server) -> Outcome<Vec<Violation>> {
        let mut violations = Vec::new();
        for (no, orders) in sheets(server)? {
            for order in orders {
                let Some(known) = self.orders.get(&order) else { continue };
                if no.day > known.last || known.is_told && no.day != known.day {
                    let what = format_args!("{order} is on lost paper of {}, and on sheet {no}", known.day);
                    violations.push(violation("I5", what));
                }
            }
        }
        Ok(violations)
    }
}
