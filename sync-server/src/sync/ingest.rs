//! `push`: facts come in. Id, hash, projections, verdict and the install's watermark are one commit; that is the only
//! exactly-once there is (the sync contract, 3.3).

use std::collections::HashMap;

use uuid::Uuid;
use xundian_domain::capture::{Captured, capture_time, is_possible};
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::order_state::CancelCause;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::store::{Store, StoreOpened};
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId};
use xundian_protocol::push::{Answered, Flag, HeldCode, OrderEffect, Verdict};
use xundian_protocol::tables::{Contact, Table, scope};
use xundian_protocol::{Refusal, RefusalCode};

use super::device::Device;
use super::flags::order_flags;
use super::record::{Content, Parsed};

use crate::db::{Bulk, DbError, Kind, Tx, Value};
use crate::master::{Catalogue, Feed};
use crate::orders::{OrderBook, OrderRow};

const FACTS: Bulk = Bulk {
    table: "fact",
    columns: &[
        ("id", Kind::Blob),
        ("install", Kind::Blob),
        ("rep", Kind::Text),
        ("kind", Kind::Text),
        ("version", Kind::Int),
        ("date", Kind::Text),
        ("store", Kind::Blob),
        ("captured", Kind::Int),
        ("received", Kind::Int),
        ("body", Kind::Text),
        ("hash", Kind::Blob),
        ("verdict", Kind::Text),
    ],
    tail: "",
};
const PRIVATE: Bulk = Bulk {
    table: "fact_private",
    columns: &[("id", Kind::Blob), ("value", Kind::Text)],
    tail: "ON CONFLICT (id) DO NOTHING",
};
const PUSHED: Bulk = Bulk {
    table: "pushed",
    columns: &[("install", Kind::Blob), ("dseq", Kind::Int), ("id", Kind::Blob)],
    tail: "",
};
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

/// Why a push is not taken as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The phone has to do something.
    #[error("refused: {}", .0.reason)]
    Refused(Refusal),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a push did.
#[derive(Debug)]
pub struct Pushed {
    /// One per record.
    pub verdicts: Vec<Answered>,
    /// Everything up to here is committed.
    pub acked_dseq: u64,
    /// Stores that were opened: the catalogue must learn them.
    pub new_stores: Vec<Store>,
}

/// Takes a batch. Nothing of it is there when it fails.
///
/// # Errors
/// A gap or fork in the row of facts, or a failing database.
pub fn push(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    device: &Device,
    sent: &Stamp,
    last_dseq: u64,
    records: Vec<Parsed>,
    now: Millis,
) -> Result<Pushed, PushError> {
    let mut batch = Batch::new(catalogue, device, *sent, now);
    // The watermark is read again under the writer: another connection of this phone may have pushed.
    let row = tx.first("SELECT acked_dseq FROM install WHERE id = $1", &[device.install.into()])?;
    batch.acked = row.map_or(Ok(0), |row| row.get(0))?;
    let mut known = batch.known(tx, &records)?;
    for parsed in records {
        let answered = batch.take(tx, parsed, &mut known)?;
        batch.verdicts.push(answered);
    }
    batch.write(tx, last_dseq)
}

/// A fact that is stored already.
struct Known {
    hash: [u8; 32],
    verdict: Verdict,
}

struct Batch<'a> {
    catalogue: &'a Catalogue,
    device: &'a Device,
    sent: Stamp,
    now: Millis,
    acked: u64,
    previous: Option<Millis>,
    book: OrderBook<'a>,
    feed: Feed,
    facts: Vec<Vec<Value>>,
    private: Vec<Vec<Value>>,
    pushed: Vec<Vec<Value>>,
    visits: Vec<Vec<Value>>,
    new_stores: HashMap<StoreId, Store>,
    verdicts: Vec<Answered>,
}

/// What is known about one record while it is judged.
struct Judged {
    captured: Captured,
    date: BusinessDate,
    record: RecordId,
}

impl<'a> Batch<'a> {
    fn new(catalogue: &'a Catalogue, device: &'a Device, sent: Stamp, now: Millis) -> Self {
        Self {
            catalogue,
            device,
            sent,
            now,
            acked: 0,
            previous: None,
            book: OrderBook::new(catalogue, now),
            feed: Feed::default(),
            facts: Vec::new(),
            private: Vec::new(),
            pushed: Vec::new(),
            visits: Vec::new(),
            new_stores: HashMap::new(),
            verdicts: Vec::new(),
        }
    }

    /// The records that the server has, by id.
    fn known(&self, tx: &mut Tx<'_>, records: &[Parsed]) -> Result<HashMap<RecordId, Known>, DbError> {
        let ids: Vec<Value> = records.iter().map(|parsed| parsed.record.id.into()).collect();
        let rows = tx.query_each("SELECT id, hash, verdict FROM fact WHERE id", &ids)?;
        rows.iter().map(|row| Ok((row.get(0)?, Known { hash: row.get(1)?, verdict: row.json(2)? }))).collect()
    }

    fn take(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: Parsed,
        known: &mut HashMap<RecordId, Known>,
    ) -> Result<Answered, PushError> {
        let (id, dseq) = (parsed.record.id, parsed.record.dseq);
        self.check_place(tx, id, dseq)?;
        match known.get(&id) {
            Some(known) if known.hash == parsed.hash => {
                return Ok(Answered { id, verdict: known.verdict.clone(), replayed: true });
            }
            Some(_) => {
                self.quarantine(tx, &parsed, "conflict_payload")?;
                return Ok(Answered { id, verdict: Verdict::ConflictPayload, replayed: false });
            }
            None => {}
        }
        let verdict = self.judge(tx, &parsed)?;
        // Known from here on, also within this batch.
        known.insert(id, Known { hash: parsed.hash, verdict: verdict.clone() });
        self.keep(parsed, &verdict)?;
        Ok(Answered { id, verdict, replayed: false })
    }

    /// The row of facts has no gaps, and a place belongs to one record for good.
    fn check_place(&mut self, tx: &mut Tx<'_>, id: RecordId, dseq: u64) -> Result<(), PushError> {
        if dseq <= self.acked {
            let row = tx.first(
                "SELECT id FROM pushed WHERE install = $1 AND dseq = $2",
                &[self.device.install.into(), dseq.into()],
            )?;
            let holder = row.map(|row| row.get::<RecordId>(0)).transpose()?;
            return if holder == Some(id) { Ok(()) } else { Err(self.refuse(RefusalCode::Fork)) };
        }
        if dseq != self.acked + 1 {
            return Err(self.refuse(RefusalCode::Gap));
        }
        self.acked = dseq;
        self.pushed.push(vec![self.device.install.into(), dseq.into(), id.into()]);
        Ok(())
    }

    fn refuse(&self, code: RefusalCode) -> PushError {
        let reason = format!("the server has this install up to {}", self.acked);
        PushError::Refused(Refusal { acked_dseq: Some(self.acked), ..Refusal::new(code, reason) })
    }

    fn judge(&mut self, tx: &mut Tx<'_>, parsed: &Parsed) -> Result<Verdict, DbError> {
        let stamp = &parsed.record.captured;
        let captured = capture_time(stamp, &self.sent, self.now, self.previous);
        self.previous = self.previous.max(Some(captured.at));
        let date = self.catalogue.zone().date(captured.at);
        // Over midnight a visit belongs to its check-in: the sealed date may be the day before.
        let date = if parsed.record.date == date.minus_days(1) { parsed.record.date } else { date };
        let judged = Judged { captured, date, record: parsed.record.id };
        let held = match () {
            () if self.device.revoked.is_some() => Some(HeldCode::RevokedDevice),
            () if !is_possible(captured.at, self.now) => Some(HeldCode::CaptureTime),
            () => None,
        };
        match &parsed.content {
            Content::Unknown => Ok(Verdict::Held { code: HeldCode::UnknownKind }),
            Content::Undecodable(_) => {
                self.quarantine(tx, parsed, "undecodable")?;
                Ok(rejected("undecodable", None))
            }
            Content::Visit(visit) => self.visit(tx, visit, &judged, held),
            _ if held.is_some() => Ok(held.map_or_else(applied, |code| Verdict::Held { code })),
            Content::Amended(amended) => self.amended(tx, amended, &judged),
            Content::Cancelled(cancelled) => self.cancelled(tx, cancelled, &judged),
            Content::StoreOpened(opened) => self.store_opened(opened, parsed),
            Content::DayClosed(_) => Ok(applied()),
        }
    }

    fn visit(
        &mut self,
        tx: &mut Tx<'_>,
        visit: &Visit,
        judged: &Judged,
        held: Option<HeldCode>,
    ) -> Result<Verdict, DbError> {
        let Some(store) = self.store(tx, visit.store)? else {
            return Ok(Verdict::Parked { missing: visit.store.0 });
        };
        if let Some(code) = held {
            if let Some(order) = visit.order() {
                let row = self.new_order(order, &store, judged, Vec::new());
                self.book.hold(row);
            }
            return Ok(Verdict::Held { code });
        }
        let mut flags = Vec::new();
        if judged.captured.unverified {
            flags.push(Flag::ClockUnverified);
        }
        if !self.catalogue.is_assigned(self.device.rep, visit.store, judged.date) {
            flags.push(Flag::OutsideTerritory);
        }
        self.project(visit, &store, judged);
        let mut effect: Option<OrderEffect> = None;
        if let Some(order) = visit.order() {
            flags.extend(order_flags(tx, self.catalogue, &store, order, judged.date)?);
            flags.sort_unstable();
            flags.dedup();
            let row = self.new_order(order, &store, judged, flags.clone());
            effect = Some(self.book.place(tx, row)?);
        }
        Ok(Verdict::Applied { order: effect, flags })
    }

    fn new_order(&self, order: &Order, store: &Store, judged: &Judged, flags: Vec<Flag>) -> OrderRow {
        OrderRow {
            order: order.clone(),
            distributor: store.distributor,
            rep: self.device.rep,
            version: 1,
            confirmed_on: judged.date,
            promised: order.promise.day,
            day: order.promise.day,
            late: false,
            state: xundian_domain::order_state::OrderState::Held,
            flags,
            fact: judged.record,
        }
    }

    /// Coverage and ledger.
    fn project(&mut self, visit: &Visit, store: &Store, judged: &Judged) {
        let at = (judged.date, judged.captured.at);
        let rep = self.device.rep;
        self.visits.push(visit_row(visit, judged.record, rep, at));
        let scope = self.territory(visit.store);
        feed_ledger(&mut self.feed, &scope, visit, store, judged.record, at);
    }

    fn territory(&self, store: StoreId) -> String {
        scope::territory(self.catalogue.route_of(store).map_or(self.device.rep, |(rep, _)| rep))
    }

    fn amended(
        &mut self,
        tx: &mut Tx<'_>,
        amended: &OrderAmended,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let Some(mut row) = self.book.order(tx, amended.order.id)? else {
            return Ok(Verdict::Parked { missing: amended.order.id.0 });
        };
        if !self.may_change(&row, judged.date) {
            return Ok(rejected("unauthorised", None));
        }
        if row.version != amended.base_version {
            return Ok(rejected("stale_base", Some(row.version)));
        }
        row.version += 1;
        row.fact = judged.record;
        let effect = self.book.amend(tx, row, amended.order.clone())?;
        Ok(Verdict::Applied { order: Some(effect), flags: Vec::new() })
    }

    /// An order is its rep's, and of whoever has the store on that date.
    fn may_change(&self, row: &OrderRow, date: BusinessDate) -> bool {
        row.rep == self.device.rep || self.catalogue.is_assigned(self.device.rep, row.order.store, date)
    }

    fn cancelled(
        &mut self,
        tx: &mut Tx<'_>,
        cancelled: &OrderCancelled,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let Some(mut row) = self.book.order(tx, cancelled.order)? else {
            return Ok(Verdict::Parked { missing: cancelled.order.0 });
        };
        if !self.may_change(&row, judged.date) {
            return Ok(rejected("unauthorised", None));
        }
        if row.version != cancelled.base_version {
            return Ok(rejected("stale_base", Some(row.version)));
        }
        row.version += 1;
        let effect = self.book.cancel(tx, row, CancelCause::Owner)?;
        Ok(Verdict::Applied { order: Some(effect), flags: Vec::new() })
    }

    fn store_opened(&mut self, opened: &StoreOpened, parsed: &Parsed) -> Result<Verdict, DbError> {
        let channel = opened.channel;
        let area = self.catalogue.areas.get(&opened.street);
        let lists = self.catalogue.price_list_for(channel, xundian_domain::store::StoreClass::D);
        let group = channel.group();
        let must_sell = format!("MS-{group}-D").parse().ok();
        let (Some(area), Some(prices), Some(must_sell)) = (area, lists, must_sell) else {
            // The office has no such area or list yet: the fact is kept and waits for it.
            return Ok(Verdict::Parked { missing: opened.id.0 });
        };
        let store = opened.proposed(area.distributor, prices, must_sell, self.device.rep);
        let scope = scope::territory(self.device.rep);
        self.feed.put::<Store>(&scope, store.id, &store);
        if let Some(private) = &parsed.record.private {
            let phone = private.phone.clone().unwrap_or_default();
            let owner = private.receiver.clone().unwrap_or_default();
            let contact = Contact { owner, phone, receiver: String::new() };
            self.feed.put(&scope, store.id, &contact);
        }
        self.new_stores.insert(store.id, store);
        Ok(applied())
    }

    /// A store of the catalogue, of this batch, or one that was opened moments ago.
    fn store(&self, tx: &mut Tx<'_>, id: StoreId) -> Result<Option<Store>, DbError> {
        if let Some(store) = self.catalogue.stores.get(&id).or_else(|| self.new_stores.get(&id)) {
            return Ok(Some(store.clone()));
        }
        let sql = "SELECT value FROM master WHERE tbl = $1 AND key = $2";
        let row = tx.first(sql, &[Store::NAME.into(), Store::key(id).into()])?;
        row.map(|row| row.json(0)).transpose()
    }

    fn keep(&mut self, parsed: Parsed, verdict: &Verdict) -> Result<(), DbError> {
        let captured = capture_time(&parsed.record.captured, &self.sent, self.now, None);
        let store = parsed.content.store();
        let Parsed { record, hash, .. } = parsed;
        if let Some(private) = &record.private {
            self.private.push(vec![record.id.into(), text(private)?.into()]);
        }
        self.facts.push(vec![
            record.id.into(),
            self.device.install.into(),
            self.device.rep.into(),
            record.kind.as_str().into(),
            record.v.into(),
            record.date.into(),
            store.into(),
            captured.at.into(),
            self.now.into(),
            record.body.into(),
            hash.into(),
            text(verdict)?.into(),
        ]);
        Ok(())
    }

    fn quarantine(&self, tx: &mut Tx<'_>, parsed: &Parsed, reason: &str) -> Result<(), DbError> {
        tx.execute(
            "INSERT INTO quarantine (id, install, hash, reason, received, body) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id, hash) DO NOTHING",
            &[
                parsed.record.id.into(),
                self.device.install.into(),
                parsed.hash.into(),
                reason.into(),
                self.now.into(),
                parsed.record.body.as_str().into(),
            ],
        )?;
        Ok(())
    }

    fn write(mut self, tx: &mut Tx<'_>, last_dseq: u64) -> Result<Pushed, PushError> {
        self.book.write(tx, &mut self.feed)?;
        tx.insert_many(&FACTS, self.facts)?;
        tx.insert_many(&PRIVATE, self.private)?;
        tx.insert_many(&PUSHED, self.pushed)?;
        tx.insert_many(&VISITS, self.visits)?;
        for store in self.new_stores.values() {
            tx.execute(
                "INSERT INTO master (tbl, key, value) VALUES ($1, $2, $3) ON CONFLICT (tbl, key) DO NOTHING",
                &[Store::NAME.into(), Store::key(store.id).into(), text(store)?.into()],
            )?;
        }
        self.feed.write(tx)?;
        tx.execute(
            "UPDATE install SET acked_dseq = $2, last_dseq = $3, last_contact = $4 WHERE id = $1",
            &[self.device.install.into(), self.acked.into(), last_dseq.into(), self.now.into()],
        )?;
        let new_stores = self.new_stores.into_values().collect();
        Ok(Pushed { verdicts: self.verdicts, acked_dseq: self.acked, new_stores })
    }
}

/// When the visit began: the server's time of its end, less its length where both were measured in one boot.
fn began(visit: &Visit, ended: Millis) -> Millis {
    let length = visit.check_out.mono_ms.saturating_sub(visit.check_in.mono_ms);
    let is_measured = visit.check_in.boot == visit.check_out.boot;
    Millis(ended.0 - if is_measured { length.max(0) } else { 0 })
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

/// A held visit that a person released takes effect as it was sealed: coverage and ledger. Its order is placed by
/// `orders`.
///
/// # Errors
/// A failing database.
pub(crate) fn release_visit(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    feed: &mut Feed,
    fact: RecordId,
) -> Result<(), DbError> {
    let row =
        tx.first("SELECT body, rep FROM fact WHERE id = $1 AND kind = 'visit_closed'", &[fact.into()])?;
    let Some(row) = row else { return Ok(()) };
    let (visit, rep): (Visit, RepNo) = (row.json(0)?, row.get(1)?);
    let Some(store) = catalogue.stores.get(&visit.store) else { return Ok(()) };
    let at = (visit.date, visit.check_out.estimate());
    tx.insert_many(&VISITS, vec![visit_row(&visit, fact, rep, at)])?;
    let owner = catalogue.route_of(visit.store).map_or(rep, |(rep, _)| rep);
    feed_ledger(feed, &scope::territory(owner), &visit, store, fact, at);
    Ok(())
}

fn applied() -> Verdict {
    Verdict::Applied { order: None, flags: Vec::new() }
}

fn rejected(code: &str, current: Option<u32>) -> Verdict {
    match code.parse() {
        Ok(code) => Verdict::Rejected { code, current },
        Err(_) => Verdict::Parked { missing: Uuid::nil() },
    }
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    crate::orders::json(value)
}
