//! What must hold (I0–I6 of the contract), looked at from outside: both databases, side by side. I3 is in `scopes`.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::order_state::SheetNo;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, DistributorNo, InstallId, OrderId, RecordId};
use xundian_protocol::digest::day_digest;
use xundian_protocol::hello::PhoneRoot;
use xundian_server::orders::{Sheet, SheetBody, load_sheet};
use xundian_server::sync::pushed_of;
use xundian_server::trust::verify;

use crate::Outcome;
use crate::phone::{Lying, SimPhone};
use crate::report::Violation;
use crate::server::Server;

/// Something that must not be.
pub(crate) fn violation(invariant: &'static str, what: impl std::fmt::Display) -> Violation {
    Violation { invariant, what: what.to_string() }
}

/// I0: what a call has said to be saved lies in the file, or was forgotten because a confirmed backup has it. Every restore goes
/// back to the newest backup, and each has what the ones before it had: it holds whatever the epoch is.
pub(crate) fn saved_is_there(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let lying: BTreeSet<RecordId> = phone.lying()?.into_iter().map(|fact| fact.id).collect();
    let gone = phone.saved.difference(&lying).filter(|id| !server.is_backed_up(**id));
    let lost = |id: &RecordId| violation("I0", format_args!("phone {number} lost {id}, which was saved"));
    Ok(gone.map(lost).collect())
}

/// I0, before it comes to that: what the phone was told to be in a confirmed backup, and forgets after its days, is in one.
pub(crate) fn durable_is_backed_up(
    number: usize,
    phone: &SimPhone,
    server: &Server,
) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let mut statement = db.prepare_cached(
        "SELECT id FROM fact JOIN place ON place.fact = n WHERE verdict IS NOT NULL
         AND dseq <= (SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'durable_upto')",
    )?;
    let durable = statement.query_map([], |row| Ok(RecordId(row.get(0)?)))?;
    let mut violations = Vec::new();
    for id in durable {
        let id = id?;
        if !server.is_backed_up(id) {
            let what = format_args!("phone {number} was told that {id} is in a backup, and it is in none");
            violations.push(violation("I0", what));
        }
    }
    Ok(violations)
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    /// When it was first seen on a phone.
    pub(crate) seen: Millis,
    /// The server's epoch in which a phone heard its verdict.
    pub(crate) acked_in: Option<u32>,
}

/// I1: what was acknowledged, or lies on a phone that has nothing more to send, is at the server with its bytes.
pub(crate) fn nothing_lost(
    facts: &BTreeMap<RecordId, Fate>,
    phones: &[SimPhone],
    server: &Server,
) -> Outcome<Vec<Violation>> {
    let here = server.records()?;
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
    violations.extend(backups_are_here(server)?);
    Ok(violations)
}

/// I1 across restores, whatever became of the phones: what was in a confirmed backup is here with its bytes.
pub(crate) fn backups_are_here(server: &Server) -> Outcome<Vec<Violation>> {
    let here = server.records()?;
    let lost = |(id, _): &(RecordId, [u8; 32])| {
        violation("I1", format_args!("{id} was in a confirmed backup and is not here"))
    };
    Ok(server.backed_up.difference(&here).map(lost).collect())
}

/// I1: what waited on a phone whose journal was brought to the office is here with its bytes.
pub(crate) fn journal_is_here(number: usize, waited: &[Lying], server: &Server) -> Outcome<Vec<Violation>> {
    let here = server.records()?;
    let lost = waited.iter().filter(|fact| !here.contains(&(fact.id, fact.hash)));
    let what = |fact: &Lying| format!("{} was in the journal of phone {number} and is not here", fact.id);
    Ok(lost.map(|fact| violation("I1", what(fact))).collect())
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
    /// Whose sheet.
    distributor: DistributorNo,
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
                let lost = OnLost { distributor: no.distributor, day: no.day, last, is_told, is_added };
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

    /// Whether no order lies on paper that a restore has lost.
    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// A person releases it, once more if it was released before: the restore has lost that, and he has the paper in his hand.
    pub(crate) fn release(&mut self, order: OrderId) {
        self.orders.remove(&order);
    }

    /// I5: what stands on lost paper stands on no sheet of another day, or it is delivered twice. Where nobody was told on
    /// which of the lost sheets it stands, it may wait on an earlier one; where its store went to another distributor since it was
    /// printed, nobody knows whose paper it was (sync-limits.md).
    pub(crate) fn goes_out_once(&self, server: &Server) -> Outcome<Vec<Violation>> {
        let mut violations = Vec::new();
        for (no, orders) in sheets(server)? {
            for order in orders {
                let Some(known) = self.orders.get(&order) else { continue };
                if no.distributor != known.distributor {
                    continue;
                }
                if no.day > known.last || known.is_told && no.day != known.day {
                    let what = format_args!("{order} is on lost paper of {}, and on sheet {no}", known.day);
                    violations.push(violation("I5", what));
                }
            }
        }
        Ok(violations)
    }
}
