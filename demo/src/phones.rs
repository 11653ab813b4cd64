//! Reps: each with a real phone core and its own file, walking a route offline and syncing in the evening.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use xundian_device::machine::Machine;
use xundian_device::phone::{Awaited, Phone, PhoneError, SuggestionRow};
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome, Progress, Request, Response, SyncError, Transport, TransportError,
    enrol, sync_once,
};
use xundian_device::visit_loop::Line;
use xundian_domain::id::ReasonCode;
use xundian_domain::promotion::Missing;
use xundian_domain::visit::display::CheckMade;
use xundian_domain::visit::stock_count::{CountRow, DeliverySeen, Entry, PlaceCount};
use xundian_domain::visit::{FailedReason, PhotoRef, Step};
use xundian_domain::{BusinessDate, Fen, OrderId, RepNo, Sku, SkuUnits, StoreId, Units};

use crate::chance::Chance;
use crate::clock::PhoneMachine;
use crate::drivers::Deliveries;
use crate::owner;
use crate::shelf::{Shelves, key, sku_key};

/// Walking from one shop to the next, in milliseconds.
const TRANSFER_MS: i64 = 8 * 60_000;
/// One tap, in milliseconds.
const TAP_MS: i64 = 1_500;
/// Of 1,000 orders near a promotion's threshold so many are filled up to it.
const FILLS_UP: u64 = 350;
/// "Near" is at most so much in money, or one order unit.
const NEAR: Fen = Fen(6_000);

/// What can go wrong with a simulated phone; every one of them is a defect of the product.
#[derive(Debug, thiserror::Error)]
pub enum RepError {
    /// The façade.
    #[error("{rep}: {why}")]
    Phone {
        /// Whose.
        rep: RepNo,
        /// What.
        why: PhoneError,
    },
    /// Sync.
    #[error("{rep}: {why}")]
    Sync {
        /// Whose.
        rep: RepNo,
        /// What.
        why: SyncError,
    },
    /// Something saved was not there any more.
    #[error("{rep}: {lost} lines were lost when the app was killed")]
    Lost {
        /// Whose.
        rep: RepNo,
        /// How many.
        lost: usize,
    },
}

/// What all reps share.
#[derive(Debug)]
pub struct Street<'a> {
    /// The shelves of the city.
    pub shelves: &'a Mutex<Shelves>,
    /// What the vans bring today.
    pub deliveries: &'a Deliveries,
    /// The run's seed.
    pub seed: u64,
}

/// A network that loses the answer of one request.
#[derive(Debug)]
pub struct Network {
    http: HttpTransport,
    /// The answer of this request of the next run is lost, counted from 1.
    pub lose_answer: Option<u32>,
    sent: u32,
}

impl Transport for Network {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.sent += 1;
        let response = self.http.send(request, by)?;
        if self.lose_answer == Some(self.sent) {
            self.lose_answer = None;
            return Err(TransportError("the tunnel swallowed the answer".to_owned()));
        }
        Ok(response)
    }

    fn wait(&mut self, _: u64) {}
}

/// What one rep's phone did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Commits of the visit loop.
    pub commits: u64,
    /// Visits sealed.
    pub visits: u64,
    /// Days with visits.
    pub days: u64,
    /// Bytes sent in evening syncs.
    pub bytes_up: u64,
    /// Bytes of the first pull.
    pub first_pull: u64,
    /// Sync runs that did not end in step at the first try.
    pub retried: u64,
}

/// A rep with a phone.
pub struct Rep {
    /// Number.
    pub no: RepNo,
    /// The phone.
    pub phone: Phone,
    machine: PhoneMachine,
    file: PathBuf,
    /// The network.
    pub network: Network,
    /// What was done.
    pub tally: Tally,
}

impl Rep {
    /// Opens a new phone, enrols it and pulls for the first time.
    ///
    /// # Errors
    /// See [`RepError`].
    pub fn enrol(
        no: RepNo,
        folder: &Path,
        machine: PhoneMachine,
        server: &str,
        code: &str,
    ) -> Result<Self, RepError> {
        let file = folder.join(format!("{no}.db"));
        let failed = |why| RepError::Sync { rep: no, why };
        let http = HttpTransport::new(server).map_err(|why| failed(why.into()))?;
        let phone = Phone::open(&file, Box::new(machine.clone()));
        let phone = phone.map_err(|why| RepError::Phone { rep: no, why })?;
        let network = Network { http, lose_answer: None, sent: 0 };
        let mut rep = Self { no, phone, machine, file, network, tally: Tally::default() };
        enrol(&mut rep.phone, &mut rep.network, code).map_err(failed)?;
        rep.tally.first_pull = rep.sync()?.bytes_down;
        Ok(rep)
    }

    /// Syncs until both sides have everything.
    ///
    /// # Errors
    /// It does not end.
    pub fn sync(&mut self) -> Result<Progress, RepError> {
        self.network.sent = 0;
        for _ in 0..5 {
            let report = sync_once(&mut self.phone, &mut self.network, |_| true);
            let report = report.map_err(|why| RepError::Sync { rep: self.no, why })?;
            match report.outcome {
                Outcome::InStep => return Ok(report.progress),
                Outcome::Later { .. } => self.tally.retried += 1,
                _ => break,
            }
        }
        Err(RepError::Sync { rep: self.no, why: SyncError::Puzzled })
    }

    /// The evening: the day is closed and sent.
    ///
    /// # Errors
    /// See [`RepError`].
    pub fn evening(&mut self, now: xundian_domain::stamp::Millis) -> Result<(), RepError> {
        self.machine.set(now);
        if self.phone.day_report().map_err(|why| self.failed(why))?.summary.visited > 0 {
            self.phone.close_day().map_err(|why| self.failed(why))?;
            self.tally.days += 1;
        }
        self.tally.bytes_up += self.sync()?.bytes_up;
        Ok(())
    }

    fn failed(&self, why: PhoneError) -> RepError {
        RepError::Phone { rep: self.no, why }
    }

    /// Walks today's route. `killed_at` = the app dies in the middle of this stop.
    ///
    /// # Errors
    /// See [`RepError`].
    pub fn walk(
        &mut self,
        street: &Street<'_>,
        date: BusinessDate,
        start: xundian_domain::stamp::Millis,
        killed_at: Option<usize>,
        progress: &dyn Fn(),
    ) -> Result<(), RepError> {
        self.machine.set(start);
        let today = self.phone.today().map_err(|why| self.failed(why))?;
        for (index, stop) in today.stops.iter().enumerate() {
            self.machine.pass(TRANSFER_MS);
            let mut chance = Chance::new(street.seed, &[key(stop.store), day_key(date)]);
            street.deliveries.arrive(stop.store, self.machine.wall(), street.shelves);
            let killed = killed_at == Some(index);
            self.visit(street, stop.store, &mut chance, killed)?;
            progress();
        }
        Ok(())
    }

    fn visit(
        &mut self,
        street: &Street<'_>,
        store: StoreId,
        chance: &mut Chance,
        killed: bool,
    ) -> Result<(), RepError> {
        self.tap(|phone| phone.begin_visit(store).map(drop))?;
        self.tally.visits += 1;
        if owner::finds_closed_door(chance) {
            let photo = photo(chance);
            return self.tap(|phone| phone.fail_visit(FailedReason::Closed, Some(photo)).map(drop));
        }
        self.count(street, store)?;
        if killed {
            self.kill()?;
        }
        self.sell(chance)?;
        self.display_and_competitor(chance)?;
        self.tap(|phone| phone.check_out().map(drop))
    }

    /// Step 1: everything on the list and on the shelf, answers about deliveries first.
    fn count(&mut self, street: &Street<'_>, store: StoreId) -> Result<(), RepError> {
        let items = self.phone.count_items().map_err(|why| self.failed(why))?;
        let mut seen: Vec<(OrderId, Vec<SkuUnits>)> = Vec::new();
        for item in &items {
            for Awaited { order, units } in &item.did_it_come {
                let came = street.deliveries.came(*order, item.sku).unwrap_or(*units);
                let line = SkuUnits { sku: item.sku, units: came };
                match seen.iter_mut().find(|(of, _)| of == order) {
                    Some((_, lines)) => lines.push(line),
                    None => seen.push((*order, vec![line])),
                }
            }
        }
        for (order, lines) in seen {
            self.line(&Line::DeliverySeen(DeliverySeen { order, lines }))?;
        }
        let backroom = self.phone.store_card(store).map_err(|why| self.failed(why))?.shop.has_backroom;
        let mut skus: Vec<Sku> = items.iter().map(|item| item.sku).collect();
        let (stock, carried) = {
            let shelves = street.shelves.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let carried = shelves.skus(store);
            let all = skus.iter().chain(&carried).map(|sku| (*sku, shelves.units(store, *sku)));
            (all.collect::<std::collections::BTreeMap<_, _>>(), carried)
        };
        skus.extend(carried.into_iter().filter(|sku| !items.iter().any(|item| item.sku == *sku)));
        for sku in skus {
            let units = stock.get(&sku).copied().flatten().unwrap_or(0);
            self.line(&Line::Count(counted(sku, units, backroom)))?;
        }
        Ok(())
    }

    /// Steps 2 and 5: suggestions, the owner's answers, promotions within reach, the confirmation.
    fn sell(&mut self, chance: &mut Chance) -> Result<(), RepError> {
        let rows = self.phone.suggestions().map_err(|why| self.failed(why))?;
        self.tally.commits += 1;
        let nothing = owner::wants_nothing(chance);
        let mut wanted = 0;
        for row in &rows {
            let pack = row.pack;
            let mut answer =
                |units| owner::answers(&mut Chance::new(chance.next(), &[sku_key(row.sku)]), units, pack);
            let (units, reason) = match row.suggested {
                Some(suggested) if !suggested.is_zero() && !nothing => answer(suggested),
                Some(suggested) if !suggested.is_zero() => (Units::ZERO, Some("owner_wants_less")),
                _ if !nothing
                    && row.inputs.count_now.is_zero()
                    && row.inputs.in_transit.is_zero()
                    && owner::takes_unsuggested(chance, row.inputs.previous.is_some()) =>
                {
                    (Units(pack.get()), Some("owner_wants_more"))
                }
                _ => continue,
            };
            wanted += u32::from(!units.is_zero());
            let reason = reason.and_then(|code| code.parse::<ReasonCode>().ok());
            self.line(&Line::Intention { sku: row.sku, units, reason })?;
        }
        if wanted == 0 {
            let code = if nothing { "owner_absent" } else { "stock_enough" };
            return code.parse().map_or(Ok(()), |reason| self.line(&Line::NoOrder(reason)));
        }
        self.fill_up(chance, &rows)
    }

    /// 凑促销门槛: a pack more of the first line when the next benefit is near.
    fn fill_up(&mut self, chance: &mut Chance, rows: &[SuggestionRow]) -> Result<(), RepError> {
        let quote = self.phone.quote().map_err(|why| self.failed(why))?;
        let is_near = |missing: &Missing| match missing {
            Missing::Amount(amount) => *amount <= NEAR,
            Missing::Quantity(thousandths) => *thousandths <= 1_000,
        };
        if !quote.missing.iter().any(|row| is_near(&row.missing)) || !chance.per_mille(FILLS_UP) {
            return Ok(());
        }
        let Some(line) = quote.lines.iter().max_by_key(|line| line.confirmed) else { return Ok(()) };
        let Some(row) = rows.iter().find(|row| row.sku == line.sku) else { return Ok(()) };
        let units = Units(line.confirmed.0 + row.pack.get());
        self.line(&Line::Confirmed { sku: line.sku, units })
    }

    fn display_and_competitor(&mut self, chance: &mut Chance) -> Result<(), RepError> {
        for no in 1..=4u32 {
            let value = u32::try_from(chance.below(6)).unwrap_or(0);
            self.line(&Line::Check(CheckMade { no, value }))?;
        }
        self.line(&Line::PhotoBefore(photo(chance)))?;
        self.line(&Line::PhotoAfter(photo(chance)))?;
        self.line(&Line::Finished(Step::Competitor))
    }

    /// The app dies and is opened again: everything that was saved must be there.
    fn kill(&mut self) -> Result<(), RepError> {
        let lines = |phone: &Phone| -> Result<usize, PhoneError> {
            Ok(phone.current_visit()?.map_or(0, |visit| visit.lines.len()))
        };
        let before = lines(&self.phone).map_err(|why| self.failed(why))?;
        self.phone =
            Phone::open(&self.file, Box::new(self.machine.clone())).map_err(|why| self.failed(why))?;
        let after = lines(&self.phone).map_err(|why| self.failed(why))?;
        if after < before { Err(RepError::Lost { rep: self.no, lost: before - after }) } else { Ok(()) }
    }

    fn line(&mut self, line: &Line) -> Result<(), RepError> {
        self.tap(|phone| phone.save_line(line))
    }

    fn tap(&mut self, tap: impl FnOnce(&mut Phone) -> Result<(), PhoneError>) -> Result<(), RepError> {
        self.machine.pass(TAP_MS);
        self.tally.commits += 1;
        tap(&mut self.phone).map_err(|why| RepError::Phone { rep: self.no, why })
    }
}

impl std::fmt::Debug for Rep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rep").field("no", &self.no).field("tally", &self.tally).finish_non_exhaustive()
    }
}

fn counted(sku: Sku, units: u32, backroom: bool) -> CountRow {
    let (shelf, back) = if backroom { (units / 2, units - units / 2) } else { (units, 0) };
    CountRow {
        sku,
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(shelf)),
        backroom: if backroom { PlaceCount::Counted(Units(back)) } else { PlaceCount::NotCounted },
        cooler: PlaceCount::NotCounted,
        expiry: None,
    }
}

fn photo(chance: &mut Chance) -> PhotoRef {
    let sha256 = (0..4).map(|_| format!("{:016x}", chance.next())).collect();
    PhotoRef { sha256, len: 90_000 + u32::try_from(chance.below(60_000)).unwrap_or(0) }
}

/// A number for a date.
pub fn day_key(date: BusinessDate) -> u64 {
    u64::try_from(date.days_since(BusinessDate(Default::default()))).unwrap_or(0)
}
