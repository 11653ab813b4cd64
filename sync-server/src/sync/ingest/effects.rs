//! What each kind of fact does: projections of visits, orders and stores. Judging whether it may is `ingest`'s.

use uuid::Uuid;
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::stamp::Millis;
use xundian_domain::store::{Store, StoreStatus};
use xundian_domain::visit::Visit;
use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId};
use xundian_protocol::digest::day_digest;
use xundian_protocol::push::{Flag, HeldCode, OrderEffect, Verdict, Went};
use xundian_protocol::tables::{FactState, scope};

use super::{Batch, Judged};
use crate::db::{Bulk, DbError, Kind, Tx, Value};
use crate::master::Feed;
use crate::orders::{Author, Before, LostPaper, OrderBook, OrderRow, before};
use crate::sync::days::{pushed_before, pushed_of};
use crate::sync::flags::order_flags;
use crate::sync::record::{Content, Parsed};

const VISITS: Bulk = Bulk {
    table: "visit",
    columns: &[
        ("id", Kind::Blob),
        ("fact", Kind::Blob),
        ("store", Kind::Blob),
        ("rep", Kind::Text),
        ("date", Kind::Text),
        ("check_in", Kind::Int),
        ("check_out", Kind::Int),
        ("planned", Kind::Int),
        ("result", Kind::Text),
        ("counted", Kind::Int),
        ("effective", Kind::Int),
    ],
    tail: "ON CONFLICT (id) DO NOTHING",
};

impl Batch<'_> {
    /// The effect of a record whose time and author are settled, now or when what it waited for has come.
    pub(in crate::sync) fn effect(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: &Parsed,
        judged: &Judged,
        held: Option<HeldCode>,
    ) -> Result<Verdict, DbError> {
        let refused = self.was_refused(parsed);
        match &parsed.content {
            // Who must be looked at stays so, whatever this server learns.
            Content::Unknown => Ok(Verdict::Held { code: held.unwrap_or(HeldCode::UnknownKind) }),
            Content::Undecodable(_) => Ok(rejected("undecodable", None)),
            Content::Visit(visit) => self.visit(tx, parsed, visit, judged, held),
            _ if refused.is_some() => Ok(refused.unwrap_or_else(applied)),
            _ if held.is_some() => Ok(held.map_or_else(applied, |code| Verdict::Held { code })),
            Content::Amended(amended) => self.amended(tx, amended, judged),
            Content::Cancelled(cancelled) => self.cancelled(tx, cancelled, judged),
            Content::StoreOpened(opened) => self.store_opened(tx, opened, parsed, judged),
            Content::StoreNoted(noted) => self.store_noted(tx, noted, judged),
            Content::StoreContactChanged(changed) => self.contact_changed(tx, changed, parsed, judged),
            Content::DayClosed(closed) => self.day_closed(tx, closed, judged),
        }
    }

    /// The day is closed; the phone lists it if it is another one here. A closing says what was there before it: what came after it in its row is the next one's.
    fn day_closed(&self, tx: &mut Tx<'_>, closed: &DayClosed, judged: &Judged) -> Result<Verdict, DbError> {
        let install = self.device.install;
        let mut facts = if judged.is_again {
            pushed_before(tx, install, closed.date, judged.record)?
        } else {
            pushed_of(tx, install, closed.date)?
        };
        for row in &self.pushed {
            // (install, dseq, id, hash, date, closing), not written yet.
            let [_, _, Value::Blob(id), Value::Blob(hash), Value::Text(date), Value::Int(0)] = row.as_slice()
            else {
                continue;
            };
            if *date == closed.date.to_string()
                && let (Ok(id), Ok(hash)) = (Uuid::from_slice(id), <[u8; 32]>::try_from(hash.as_slice()))
            {
                facts.insert(RecordId(id), hash);
            }
        }
        let flags = if day_digest(facts) == closed.digest { vec![] } else { vec![Flag::DayDiffers] };
        Ok(Verdict::Applied { order: None, flags })
    }

    fn visit(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: &Parsed,
        visit: &Visit,
        judged: &Judged,
        held: Option<HeldCode>,
    ) -> Result<Verdict, DbError> {
        let Some(store) = self.store(tx, visit.store)? else {
            // Held before parked: what waits for a store takes effect by itself when the store comes.
            let parked = Verdict::Parked { missing: visit.store.0 };
            let held = held.map(|code| Verdict::Held { code });
            return Ok(self.was_refused(parsed).or(held).unwrap_or(parked));
        };
        let author = Author { record: judged.record, rep: judged.rep, date: judged.date };
        let before = match visit.order() {
            Some(order) => before(tx, &mut self.book, self.catalogue, order, author)?,
            None => Before::Nothing,
        };
        if let Before::Another = before {
            return self.clash(tx, parsed);
        }
        if let Some(verdict) = self.was_refused(parsed) {
            self.refuse_visit(tx, visit, &store, &before, judged)?;
            return Ok(verdict);
        }
        if let Some(code) = held {
            if let (Some(order), Before::Nothing) = (visit.order(), before) {
                let row = new_order(order, &store, judged, Vec::new());
                self.came.push(order.id.0);
                self.book.hold(row);
            }
            return Ok(Verdict::Held { code });
        }
        self.project(visit, &store, judged);
        let mut flags = self.visit_flags(visit, judged);
        let Some(order) = visit.order() else { return Ok(Verdict::Applied { order: None, flags }) };
        flags.extend(order_flags(tx, self.catalogue, &store, order, judged.date)?);
        flags.sort_unstable();
        flags.dedup();
        let row = new_order(order, &store, judged, flags.clone());
        self.came.push(order.id.0);
        let effect = match before {
            Before::Slip(known) => self.follow_slip(tx, *known, row)?,
            Before::Nothing | Before::Another => {
                let paper = self.lost_paper(parsed, judged);
                self.place_order(tx, row, (paper, store.status), judged.is_again)?
            }
        };
        Ok(Verdict::Applied { order: Some(effect), flags })
    }

    fn visit_flags(&self, visit: &Visit, judged: &Judged) -> Vec<Flag> {
        let mut flags = Vec::new();
        if judged.captured.unverified {
            flags.push(Flag::ClockUnverified);
        }
        if !self.catalogue.is_assigned(judged.rep, visit.store, judged.date) {
            flags.push(Flag::OutsideTerritory);
        }
        flags
    }

    /// The order that a slip told belongs to its fact from here on.
    fn follow_slip(
        &mut self,
        tx: &mut Tx<'_>,
        known: OrderRow,
        row: OrderRow,
    ) -> Result<OrderEffect, DbError> {
        let OrderRow { order, rep, confirmed_on, flags, fact, version, .. } = row;
        let known = OrderRow { rep, confirmed_on, flags, fact, ..known };
        self.book.catch_up(tx, known, version, order)
    }

    /// A record that would write over what another fact made: nothing of it takes effect.
    pub(super) fn clash(&mut self, tx: &mut Tx<'_>, parsed: &Parsed) -> Result<Verdict, DbError> {
        self.quarantine(tx, parsed, "conflict_payload")?;
        self.conflicts += 1;
        Ok(Verdict::ConflictPayload)
    }

    /// A new order finds its place, unless its store was rejected meanwhile. One that was held is there already, perhaps amended
    /// or cancelled since; whoever has its store by now delivers it.
    fn place_order(
        &mut self,
        tx: &mut Tx<'_>,
        fresh: OrderRow,
        (paper, store): (LostPaper, StoreStatus),
        is_again: bool,
    ) -> Result<OrderEffect, DbError> {
        let order = fresh.order.id;
        let held = if is_again { self.book.order(tx, order)? } else { None };
        match held.filter(|held| held.fact == fresh.fact) {
            Some(held) if held.state != OrderState::Held => {
                // The doubts of its visit are its own, whatever it is by now.
                self.book.touch(OrderRow { flags: fresh.flags, ..held });
                Ok(OrderEffect { order, went: Went::Cancelled, instead_of: None })
            }
            Some(held) if store == StoreStatus::Rejected => {
                self.book.cancel(tx, held, CancelCause::StoreRejected)
            }
            Some(held) => {
                let OrderRow { flags, distributor, .. } = fresh;
                self.book.place(tx, OrderRow { flags, distributor, ..held })
            }
            None if store == StoreStatus::Rejected => self.book.cancel(tx, fresh, CancelCause::StoreRejected),
            None => self.book.place_again(tx, fresh, paper),
        }
    }

    /// Coverage and ledger.
    fn project(&mut self, visit: &Visit, store: &Store, judged: &Judged) {
        let at = (judged.date, judged.captured.at);
        self.visits.push(visit_row(visit, judged.record, judged.rep, at));
        let scope = self.territory(visit.store, judged.rep);
        feed_ledger(&mut self.feed, &scope, visit, store, judged.record, at);
    }

    pub(super) fn territory(&self, store: StoreId, otherwise: RepNo) -> String {
        scope::territory(self.catalogue.keeper_of(store).unwrap_or(otherwise))
    }

    fn amended(
        &mut self,
        tx: &mut Tx<'_>,
        amended: &OrderAmended,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let Some(mut row) = self.book.order(tx, amended.order.id)?.filter(OrderRow::stands) else {
            return Ok(Verdict::Parked { missing: amended.order.id.0 });
        };
        if row.order.store != amended.order.store {
            return Ok(rejected("unauthorised", None));
        }
        if !self.may_change(&row, judged) {
            return self.unauthorised(tx, row.order.store, judged);
        }
        let version = amended.base_version.saturating_add(1);
        // What a slip told is caught up with by facts of its rep: anybody else's change is based on what stands.
        let is_told = row.slip.is_some_and(|slip| version <= slip.version) && row.rep == judged.rep;
        if version > 1 && is_told {
            if row.fact.is_none() {
                return Ok(Verdict::Parked { missing: amended.order.id.0 });
            }
            self.came.push(row.order.id.0);
            let effect = self.book.catch_up(tx, row, version, amended.order.clone())?;
            return Ok(Verdict::Applied { order: Some(effect), flags: Vec::new() });
        }
        if let Some(verdict) = not_based_on(&row, amended.base_version) {
            return Ok(verdict);
        }
        if self.waits_for_paper(tx, &row, judged)? {
            return Ok(Verdict::Parked { missing: row.order.id.0 });
        }
        row.version += 1;
        self.came.push(row.order.id.0);
        let effect = self.book.amend(tx, row, amended.order.clone())?;
        Ok(Verdict::Applied { order: Some(effect), flags: Vec::new() })
    }

    /// An order is its rep's, and of whoever has the store on that date.
    fn may_change(&self, row: &OrderRow, judged: &Judged) -> bool {
        row.rep == judged.rep || self.catalogue.is_assigned(judged.rep, row.order.store, judged.date)
    }

    fn cancelled(
        &mut self,
        tx: &mut Tx<'_>,
        cancelled: &OrderCancelled,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let Some(mut row) = self.book.order(tx, cancelled.order)?.filter(OrderRow::stands) else {
            return Ok(Verdict::Parked { missing: cancelled.order.0 });
        };
        if !self.may_change(&row, judged) {
            return self.unauthorised(tx, row.order.store, judged);
        }
        if let Some(verdict) = not_based_on(&row, cancelled.base_version) {
            return Ok(verdict);
        }
        if self.waits_for_paper(tx, &row, judged)? {
            return Ok(Verdict::Parked { missing: row.order.id.0 });
        }
        // Of an order that the office took back changes came before it that made no version.
        row.version = cancelled.base_version.saturating_add(1);
        self.came.push(row.order.id.0);
        let effect = self.book.cancel(tx, row, CancelCause::Owner)?;
        Ok(Verdict::Applied { order: Some(effect), flags: Vec::new() })
    }

    /// Orders, visits, stores and the feed: everything that can be made again from facts.
    pub(in crate::sync) fn write_effects(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let book = std::mem::replace(&mut self.book, OrderBook::new(self.catalogue, self.now));
        book.write(tx, &mut self.feed)?;
        tx.insert_many(&VISITS, std::mem::take(&mut self.visits))?;
        self.write_stores(tx)?;
        std::mem::take(&mut self.feed).write(tx)
    }

    /// The phone learns a verdict that came later than the answer.
    pub(in crate::sync) fn tell_later(&mut self, rep: RepNo, record: RecordId, verdict: Verdict) {
        let state = FactState { verdict, at: self.now.0 };
        self.feed.put::<FactState>(&scope::territory(rep), record, &state);
    }

    /// Records that would write over others.
    pub(in crate::sync) fn conflicts(&self) -> usize {
        self.conflicts
    }

    /// What came with these records, and others may have waited for.
    pub(in crate::sync) fn came(&mut self) -> Vec<Uuid> {
        std::mem::take(&mut self.came)
    }
}

/// A change of another version than the one that stands. A later one waits for the versions between: after a restore the
/// phones of two reps send their changes of one order in any order. Of an order that is over there will be no later one: what
/// came after its end has raised no version.
fn not_based_on(row: &OrderRow, base: u32) -> Option<Verdict> {
    match base.cmp(&row.version) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(rejected("stale_base", Some(row.version))),
        std::cmp::Ordering::Greater if is_over(&row.state) => None,
        std::cmp::Ordering::Greater => Some(Verdict::Parked { missing: row.order.id.0 }),
    }
}

/// It was delivered, or the office took it back: neither makes a version.
fn is_over(state: &OrderState) -> bool {
    let by_office = [CancelCause::StoreRejected, CancelCause::Held];
    let is_stopped = by_office.iter().any(|cause| *state == OrderState::Cancelled { cause: *cause });
    is_stopped || matches!(state, OrderState::Ended { .. })
}

pub(super) fn new_order(order: &Order, store: &Store, judged: &Judged, flags: Vec<Flag>) -> OrderRow {
    OrderRow {
        order: order.clone(),
        distributor: store.distributor,
        rep: judged.rep,
        version: 1,
        confirmed_on: judged.date,
        promised: order.promise.day,
        day: order.promise.day,
        late: false,
        state: OrderState::Held,
        flags,
        fact: Some(judged.record),
        slip: None,
    }
}

/// When the visit began: the server's time of its end, less its length where both were measured in one boot.
pub(crate) fn began(visit: &Visit, ended: Millis) -> Millis {
    let length = visit.check_out.mono_ms.saturating_sub(visit.check_in.mono_ms);
    let is_measured = visit.check_in.boot == visit.check_out.boot;
    Millis(ended.0.saturating_sub(if is_measured { length.max(0) } else { 0 }))
}

fn visit_row(visit: &Visit, fact: RecordId, rep: RepNo, (date, ended): (BusinessDate, Millis)) -> Vec<Value> {
    vec![
        visit.id.into(),
        fact.into(),
        visit.store.into(),
        rep.into(),
        date.into(),
        began(visit, ended).into(),
        ended.into(),
        visit.planned.into(),
        visit.result().code().into(),
        visit.is_visited().into(),
        visit.is_effective().into(),
    ]
}

fn feed_ledger(
    feed: &mut Feed,
    scope: &str,
    visit: &Visit,
    store: &Store,
    fact: RecordId,
    (date, ended): (BusinessDate, Millis),
) {
    if let Some(row) = LedgerVisit::of(visit, store.required_places(), date, began(visit, ended)) {
        feed.put::<LedgerVisit>(scope, (visit.store, fact), &row);
    }
}

pub(super) fn applied() -> Verdict {
    Verdict::Applied { order: None, flags: Vec::new() }
}

pub(in crate::sync) fn rejected(code: &str, current: Option<u32>) -> Verdict {
    match code.parse() {
        Ok(code) => Verdict::Rejected { code, current },
        Err(_) => Verdict::Parked { missing: Uuid::nil() },
    }
}
