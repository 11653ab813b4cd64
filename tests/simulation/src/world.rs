//! A run: the plan's operations, one after the other, then peace, then the look at what must hold.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use xundian_demo::chance::Chance;
use xundian_device::phone::PhoneError;
use xundian_device::sync::{Outcome as SyncOutcome, SyncError, enrol, sync_once};
use xundian_device::visit_loop::Line as VisitLine;
use xundian_domain::route::RouteRow;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::{Channel, StoreOpened};
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount};
use xundian_domain::{OrderId, RecordId, RepNo, Sku, StoreId, Units};
use xundian_protocol::push::Private;
use xundian_server::app::Clock;
use xundian_server::import::import_city;
use xundian_vfs::{Machine, When};

use crate::check::{self, Fate, Printed};
use crate::city::template;
use crate::clock::WorldClock;
use crate::network::{Line, Network};
use crate::phone::{SimPhone, name_of};
use crate::photos;
use crate::report::{Counts, Violation};
use crate::server::Server;
use crate::{DiskFault, Op, OpKind, Outcome, Plan, Side};

/// What a run was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What must not be.
    pub violations: Vec<Violation>,
    /// What was seen.
    pub counts: Counts,
    /// The story, line by line.
    pub trace: Vec<String>,
}

/// Phones at most, clones included.
const MOST_PHONES: usize = 20;
/// Exchanges in which a queue must be empty after the last fault.
const EXCHANGES: u32 = 3;
/// Runs of sync that peace may take.
const ROUNDS: usize = 6;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NOODLES: &str = "21010019";
const TEA: &str = "22070012";

pub(crate) struct World {
    seed: u64,
    folder: PathBuf,
    pub(crate) clock: WorldClock,
    pub(crate) line: Rc<RefCell<Line>>,
    pub(crate) phones: Vec<SimPhone>,
    pub(crate) routes: BTreeMap<RepNo, Vec<RouteRow>>,
    facts: BTreeMap<RecordId, Fate>,
    printed: Printed,
    pub(crate) violations: Vec<Violation>,
    pub(crate) trace: Vec<String>,
}

/// Runs a plan.
///
/// # Errors
/// The simulation itself cannot go on: a full disk of this machine, a defect of its own.
pub fn run(plan: &Plan) -> Outcome<Ran> {
    let ram = Path::new("/dev/shm");
    let folder = if ram.is_dir() { tempfile::tempdir_in(ram)? } else { tempfile::tempdir()? };
    let mut world = World::start(plan, folder.path())?;
    for op in &plan.ops {
        world.happen(*op)?;
        if !world.violations.is_empty() {
            break;
        }
    }
    if world.violations.is_empty() {
        world.peace()?;
    }
    let counts = world.line.borrow().counts.clone();
    Ok(Ran { violations: world.violations, counts, trace: world.trace })
}

/// Runs a plan while the disk of one side fails once; gives whether it came to that.
///
/// # Errors
/// The simulation itself cannot go on, or a call fails although its disk is well.
pub fn run_broken(plan: &Plan, side: Side, fault: DiskFault) -> Outcome<(Ran, bool)> {
    let ram = Path::new("/dev/shm");
    let folder = if ram.is_dir() { tempfile::tempdir_in(ram)? } else { tempfile::tempdir()? };
    let mut world = World::start(plan, folder.path())?;
    let machine = match side {
        Side::Phone => world.phones[0].machine.clone(),
        Side::Server => world.line.borrow().server.machine.clone(),
    };
    match fault {
        DiskFault::KillAtWrite(n) | DiskFault::PowerAtWrite(n) => machine.die_at_write(n),
        DiskFault::PowerBeforeSync(n) => machine.die_at_sync(n, When::Before),
        DiskFault::PowerAfterSync(n) => machine.die_at_sync(n, When::After),
        DiskFault::FullAtWrite(n) => machine.disk_full_after(Some(n - 1)),
        DiskFault::ErrorAtWrite(n) => machine.io_error_at_write(n),
    }
    let power = !matches!(fault, DiskFault::KillAtWrite(_));
    let (writes, syncs) = (machine.writes(), machine.syncs());
    let is_reached = || match fault {
        DiskFault::PowerBeforeSync(n) | DiskFault::PowerAfterSync(n) => machine.syncs() - syncs >= n,
        DiskFault::KillAtWrite(n)
        | DiskFault::PowerAtWrite(n)
        | DiskFault::FullAtWrite(n)
        | DiskFault::ErrorAtWrite(n) => machine.writes() - writes >= n,
    };
    for op in &plan.ops {
        let was_reached = is_reached();
        world.happen_or_break(*op, &machine, power)?;
        if is_reached() && !was_reached {
            machine.relent();
        }
    }
    let broken = is_reached();
    machine.relent();
    world.peace()?;
    let counts = world.line.borrow().counts.clone();
    Ok((Ran { violations: world.violations, counts, trace: world.trace }, broken))
}

impl World {
    /// An operation that may find its disk broken; whoever is dead then comes back.
    fn happen_or_break(&mut self, op: Op, machine: &Machine, power: bool) -> Outcome<()> {
        let failures = self.trace.len();
        let done = self.happen(op);
        let died = machine.is_dead();
        if self.line.borrow().server.machine.is_dead() {
            self.line.borrow_mut().server.kill(power)?;
        }
        if self.phones[0].machine.is_dead() {
            self.restart(0, power)?;
        }
        match done {
            Ok(()) => Ok(()),
            Err(why) if died || is_of_the_disk(why.as_ref()) => {
                self.tell(format_args!("{why}"));
                machine.relent();
                // What a call that failed has left is looked at before anything else happens.
                let line = self.line.borrow();
                self.violations.extend(check::saved_is_there(0, &self.phones[0], &line.server)?);
                Ok(())
            }
            Err(why) => Err(format!("{why} (after {failures} lines)").into()),
        }
    }

    pub(crate) fn start(plan: &Plan, folder: &Path) -> Outcome<Self> {
        let monday = ZoneOffset::CHINA.moment("2026-07-27".parse()?, "08:00".parse()?);
        let clock = WorldClock::at(monday, plan.seed);
        let server = Server::start(folder, &clock)?;
        let template = template()?;
        let routes = template.reps.iter().cloned().collect();
        let mut world = Self::with(plan.seed, folder, clock, server, routes);
        for number in 0..plan.phones.min(template.reps.len()) {
            let rep = template.reps[number].0;
            let phone = SimPhone::open(folder, &world.clock, plan.seed, number, rep)?;
            world.phones.push(phone);
            world.enrol(number)?;
            world.sync(number, 0, false, None)?;
        }
        Ok(world)
    }

    /// A world without phones.
    pub(crate) fn with(
        seed: u64,
        folder: &Path,
        clock: WorldClock,
        server: Server,
        routes: BTreeMap<RepNo, Vec<RouteRow>>,
    ) -> Self {
        let line = Line { server, kept: Vec::new(), counts: Counts::default() };
        Self {
            seed,
            folder: folder.to_owned(),
            clock,
            line: Rc::new(RefCell::new(line)),
            phones: Vec::new(),
            routes,
            facts: BTreeMap::new(),
            printed: Printed::new(),
            violations: Vec::new(),
            trace: Vec::new(),
        }
    }

    fn tell(&mut self, what: std::fmt::Arguments<'_>) {
        let now = self.clock.now();
        let (date, time) = (ZoneOffset::CHINA.date(now), ZoneOffset::CHINA.time_of_day(now));
        self.trace.push(format!("[{date} {time}] {what}"));
    }

    fn fault(&mut self, name: &str) {
        self.line.borrow_mut().counts.fault(name);
    }

    pub(crate) fn happen(&mut self, op: Op) -> Outcome<()> {
        let number = usize::try_from(op.phone).unwrap_or(usize::MAX) % self.phones.len();
        let mut chance = Chance::new(op.seed, &[5]);
        self.line.borrow_mut().counts.operation(&format!("{:?}", op.kind));
        self.tell(format_args!("phone {number}: {:?}", op.kind));
        match op.kind {
            OpKind::Visit => self.visit(number, &mut chance)?,
            OpKind::Amend => self.amend(number, &mut chance)?,
            OpKind::Cancel => self.cancel(number, &mut chance)?,
            OpKind::OpenStore => self.open_store(number)?,
            OpKind::CloseDay => drop(self.phones[number].core()?.close_day()?),
            OpKind::SyncWell => self.sync(number, op.seed, false, None)?,
            OpKind::SyncBadly => self.sync(number, op.seed, true, None)?,
            OpKind::SyncStopped => self.sync(number, op.seed, true, Some(chance.below(12)))?,
            OpKind::LateArrival => self.late_arrival(&mut chance)?,
            OpKind::Minutes => self.pass((1 + signed(chance.below(40))) * MINUTE)?,
            OpKind::Night => self.night()?,
            OpKind::Weeks => self.pass((10 + signed(chance.below(30))) * DAY)?,
            OpKind::ClockJump => self.jump(number, &mut chance),
            OpKind::Reboot => {
                self.phones[number].clock.reboot();
                self.fault("phone started again");
                self.restart(number, false)?;
            }
            OpKind::KillPhone => {
                self.fault("phone killed");
                self.restart(number, chance.per_mille(500))?;
            }
            OpKind::KillServer => {
                self.fault("server killed");
                self.line.borrow_mut().server.kill(chance.per_mille(500))?;
            }
            OpKind::DieInCall | OpKind::FullDisk | OpKind::WriteError => {
                self.with_bad_disk(op.kind, number, op, &mut chance)?;
            }
            OpKind::Backup => self.line.borrow_mut().server.back_up()?,
            OpKind::RestoreServer => self.restore_server()?,
            OpKind::MoveStore => self.move_store(&mut chance)?,
            OpKind::Revoke => self.revoke(number)?,
            OpKind::TakePhoto => {
                let now = self.clock.now();
                let told = photos::take(&mut self.phones[number], &mut chance, self.seed, now)?;
                self.tell(format_args!("phone {number}: {told}"));
            }
            OpKind::SendPhotos => self.send_photos(number, op.seed, false)?,
            OpKind::SendPhotosBadly => self.send_photos(number, op.seed, true)?,
            _ => self.happen_to_file(op.kind, number, &mut chance)?,
        }
        self.remember(number)
    }

    fn happen_to_file(&mut self, kind: OpKind, number: usize, chance: &mut Chance) -> Outcome<()> {
        match kind {
            OpKind::CopyPhone => {
                let copy = self.folder.join(format!("phone-{number}")).join("copy.db");
                self.phones[number].copy_file(&copy)?;
                self.phones[number].copy = Some(copy);
            }
            OpKind::RestorePhone => {
                if let Some(copy) = self.phones[number].copy.clone() {
                    self.fault("phone restored");
                    self.phones[number].replace_file(Some(&copy))?;
                    if chance.per_mille(500) {
                        self.lose_photo_files(number)?;
                    }
                }
            }
            OpKind::ClonePhone => self.clone_phone(number, chance)?,
            OpKind::Reinstall => {
                self.fault("phone reinstalled");
                self.phones[number].replace_file(None)?;
                self.lose_photo_files(number)?;
                self.phones[number].orders.clear();
                self.enrol(number)?;
                self.sync(number, 0, false, None)?;
            }
            OpKind::LoseKey => {
                self.fault("key lost");
                self.phones[number].lose_key()?;
            }
            OpKind::UpgradeApp => self.upgrade_app(number)?,
            OpKind::NewerKind => self.craft(number, "store_dreamt", None, "{\"a\":1}".to_owned())?,
            OpKind::Garbage => self.craft(number, "store_opened", None, "{nonsense".to_owned())?,
            OpKind::SameIdOtherBytes => {
                let n = usize::try_from(chance.below(u64::try_from(self.facts.len())?))?;
                if let Some(id) = self.facts.keys().nth(n).copied() {
                    self.craft(number, "store_opened", Some(id), "{\"other\":1}".to_owned())?;
                }
            }
            OpKind::BeforeItsParent => self.foreign_cancel(number, chance, 1)?,
            OpKind::NotMine => {
                let base = u32::try_from(chance.below(2))?;
                self.foreign_cancel(number, chance, base)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the phone has by now; verdicts that are new are counted.
    fn remember(&mut self, number: usize) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let mut line = self.line.borrow_mut();
        for row in phone.core()?.outbox()?.rows {
            if phone.saved.insert(row.id) {
                line.counts.facts += 1;
            }
            let fate = self.facts.entry(row.id).or_default();
            if let Some(verdict) = row.verdict {
                if phone.epoch == line.server.epoch_number {
                    fate.acked_in = Some(phone.epoch);
                }
                let name = name_of(&verdict);
                if phone.heard.get(&row.id) != Some(&name) {
                    line.counts.verdict(&name);
                    phone.heard.insert(row.id, name);
                }
            }
        }
        Ok(())
    }

    fn visit(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let route = self.routes.get(&phone.rep).map_or(&[][..], Vec::as_slice);
        let stores: Vec<StoreId> =
            route.iter().map(|row| row.store).chain(phone.opened.iter().copied()).collect();
        let Some(store) = pick(&stores, chance) else { return Ok(()) };
        match phone.core()?.begin_visit(store) {
            Ok(_) => {}
            Err(PhoneError::UnknownStore(_)) => return Ok(()),
            Err(why) => return Err(why.into()),
        }
        let skus: Vec<Sku> = [NOODLES, TEA].iter().filter_map(|sku| sku.parse().ok()).collect();
        for sku in &skus {
            phone.core()?.save_line(&VisitLine::Count(count(*sku, u32::try_from(chance.below(30))?)))?;
        }
        if chance.per_mille(800) {
            for sku in skus.iter().take(1 + usize::from(chance.per_mille(400))) {
                let units = Units(24 * (1 + u32::try_from(chance.below(4))?));
                phone.core()?.save_line(&VisitLine::Intention { sku: *sku, units, reason: None })?;
            }
        }
        for photo in phone.album.tell() {
            phone.core()?.save_line(&VisitLine::PhotoBefore(photo))?;
        }
        let closed = phone.core()?.check_out(Private::default())?;
        if let Some((order, _)) = closed.order {
            phone.orders.push(order.id);
        }
        self.pass(MINUTE)
    }

    fn amend(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let Some(order) = pick(&phone.orders, chance) else { return Ok(()) };
        let units = Units(24 * (1 + u32::try_from(chance.below(6))?));
        tolerate(phone.core()?.amend_order(order, &[(NOODLES.parse()?, units)]).map(drop))
    }

    fn cancel(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let Some(order) = pick(&phone.orders, chance) else { return Ok(()) };
        tolerate(phone.core()?.cancel_order(order, "owner".parse()?))
    }

    fn open_store(&mut self, number: usize) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let catalogue = self.line.borrow().server.app()?.catalogue();
        let route = self.routes.get(&phone.rep).and_then(|rows| rows.first()).map(|row| row.store);
        let Some(known) = route.and_then(|store| catalogue.stores.get(&store)) else { return Ok(()) };
        let opened = StoreOpened {
            id: StoreId(uuid::Uuid::nil()),
            name: "新店".to_owned(),
            channel: Channel::Kiosk,
            street: known.street.ok_or("a store without a street")?,
            address: "贵州路1号".to_owned(),
            receiving_hours: "".parse()?,
        };
        let store = phone.core()?.open_store(opened, known.distributor, known.price_list, None, None)?;
        phone.opened.push(store);
        Ok(())
    }

    fn craft(&mut self, number: usize, kind: &str, id: Option<RecordId>, body: String) -> Outcome<()> {
        self.phones[number].craft(kind, id, body).map(drop)
    }

    /// Takes an order back that was made on any phone.
    fn foreign_cancel(&mut self, number: usize, chance: &mut Chance, base: u32) -> Outcome<()> {
        let orders: Vec<OrderId> =
            self.phones.iter().flat_map(|phone| phone.orders.iter().copied()).collect();
        // The newest are not pushed yet.
        let newest: Vec<OrderId> = orders.iter().rev().take(20).copied().collect();
        let Some(order) = pick(&newest, chance) else { return Ok(()) };
        let body = format!("{{\"base_version\":{base},\"order\":\"{order}\",\"reason\":\"owner\"}}");
        self.craft(number, "order_cancelled", None, body)
    }

    fn jump(&mut self, number: usize, chance: &mut Chance) {
        const YEAR: i64 = 365 * DAY;
        let span = [HOUR, DAY, YEAR];
        let span = span[usize::try_from(chance.below(3)).unwrap_or(0)];
        let ms = signed(chance.below(u64::try_from(2 * span).unwrap_or(1))) - span;
        self.phones[number].clock.jump(ms);
        self.fault("clock set");
    }

    /// A call during which the disk does not do as it should; what the call says is worth nothing then, what calls
    /// before it have said is.
    fn with_bad_disk(&mut self, kind: OpKind, number: usize, op: Op, chance: &mut Chance) -> Outcome<()> {
        let machine = self.phones[number].machine.clone();
        match kind {
            OpKind::DieInCall if chance.per_mille(700) => machine.die_at_write(1 + chance.below(30)),
            OpKind::DieInCall => machine.die_at_sync(1 + chance.below(6), When::Before),
            OpKind::FullDisk => machine.disk_full_after(Some(chance.below(20))),
            _ => machine.io_error_at_write(1 + chance.below(20)),
        }
        let done = match chance.below(5) {
            0 | 1 => self.visit(number, chance),
            2 => self.sync(number, op.seed, false, None),
            3 => self.send_photos(number, op.seed, true),
            _ => self.sync(number, op.seed, true, None),
        };
        if let Err(why) = done {
            self.tell(format_args!("phone {number}: {why}"));
        }
        if machine.is_dead() {
            let power = chance.per_mille(500);
            self.fault(if power { "phone lost its power" } else { "phone killed while writing" });
            return self.restart(number, power);
        }
        machine.relent();
        match kind {
            OpKind::FullDisk => self.fault("phone's disk full"),
            OpKind::WriteError => self.fault("phone's write failed"),
            // It did not come to the write at which it was to die; it dies in peace.
            _ => self.restart(number, false)?,
        }
        Ok(())
    }

    fn restart(&mut self, number: usize, power: bool) -> Outcome<()> {
        self.phones[number].restart(power)?;
        let line = self.line.borrow();
        self.violations.extend(check::saved_is_there(number, &self.phones[number], &line.server)?);
        Ok(())
    }

    fn upgrade_app(&mut self, number: usize) -> Outcome<()> {
        if !self.phones[number].upgrade_from_the_first()? {
            return Ok(());
        }
        self.fault("app upgraded");
        let line = self.line.borrow();
        self.violations.extend(check::saved_is_there(number, &self.phones[number], &line.server)?);
        Ok(())
    }

    fn clone_phone(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        if self.phones.len() >= MOST_PHONES {
            return Ok(());
        }
        let copy = self.folder.join("clone.db");
        self.phones[number].copy_file(&copy)?;
        let (next, rep) = (self.phones.len(), self.phones[number].rep);
        let mut clone = SimPhone::open(&self.folder, &self.clock, self.seed, next, rep)?;
        clone.replace_file(Some(&copy))?;
        clone.orders = self.phones[number].orders.clone();
        clone.opened = self.phones[number].opened.clone();
        photos::clone_files(&self.phones[number], &mut clone)?;
        self.phones.push(clone);
        if chance.per_mille(500) {
            self.lose_photo_files(next)?;
        }
        self.fault("phone cloned");
        self.tell(format_args!("phone {next} is a copy of phone {number}"));
        Ok(())
    }

    fn enrol(&mut self, number: usize) -> Outcome<()> {
        let code = self.line.borrow().server.code(self.phones[number].rep)?;
        let mut network = Network::new(&self.line, 0, false);
        enrol(self.phones[number].core()?, &mut network, &code)?;
        Ok(())
    }

    /// One run of sync; a phone that must enrol again does so.
    fn sync(&mut self, number: usize, seed: u64, is_bad: bool, stop: Option<u64>) -> Outcome<()> {
        let mut network = Network::new(&self.line, seed, is_bad);
        let mut steps = 0;
        let go_on = |_: &_| {
            steps += 1;
            stop.is_none_or(|stop| steps <= stop)
        };
        let report = sync_once(self.phones[number].core()?, &mut network, go_on);
        let outcome = match report {
            Ok(report) => report.outcome,
            Err(SyncError::Phone(PhoneError::NotEnrolled)) => SyncOutcome::EnrolAgain,
            Err(why) => return Err(why.into()),
        };
        self.line.borrow_mut().counts.end(&format!("{outcome:?}").replace(" { ms: 0 }", ""));
        self.tell(format_args!("phone {number}: {outcome:?} after {} exchanges", network.exchanges));
        if outcome == SyncOutcome::EnrolAgain {
            let line = self.line.borrow();
            self.violations.extend(check::has_no_rights(number, &self.phones[number], &line.server)?);
            drop(line);
            self.enrol(number)?;
        }
        self.note_epoch(number)?;
        if outcome == SyncOutcome::InStep && (!is_bad || seed.is_multiple_of(8)) {
            let line = self.line.borrow();
            self.violations.extend(check::scopes_equal(number, &self.phones[number], &line.server)?);
        }
        Ok(())
    }

    /// Which of the server's epochs the phone knows by now: acknowledgements of earlier ones count no more.
    fn note_epoch(&mut self, number: usize) -> Outcome<()> {
        let line = self.line.borrow();
        let known = self.phones[number].setting("epoch")?;
        if known == Some(line.server.app()?.epoch().to_string()) {
            self.phones[number].epoch = line.server.epoch_number;
        }
        Ok(())
    }

    /// One run of sending photos; on a bad line the app or the power sometimes goes meanwhile.
    fn send_photos(&mut self, number: usize, seed: u64, is_bad: bool) -> Outcome<()> {
        let mut chance = Chance::new(seed, &[8]);
        let stop = (is_bad && chance.per_mille(300)).then(|| chance.below(12));
        let outcome = photos::send(&self.line, &mut self.phones[number], seed, is_bad, stop)?;
        self.tell(format_args!("phone {number}: photos {outcome:?}"));
        if stop.is_some() && !self.phones[number].machine.is_dead() {
            self.restart(number, chance.per_mille(500))?;
        }
        if outcome == SyncOutcome::EnrolAgain {
            self.enrol(number)?;
        }
        Ok(())
    }

    fn lose_photo_files(&mut self, number: usize) -> Outcome<()> {
        let is_loss = photos::lose_files(&mut self.phones[number], &self.line.borrow().server)?;
        if is_loss {
            self.fault("photo files lost");
        }
        Ok(())
    }

    /// After the last fault: every photo goes up. A file that is gone is believed to be gone after an hour only, and a
    /// phone's clock may have been set to just that hour.
    fn send_all_photos(&mut self) -> Outcome<()> {
        for _ in 0..ROUNDS {
            self.pass(5 * HOUR)?;
            for number in 0..self.phones.len() {
                let outcome = photos::send(&self.line, &mut self.phones[number], 0, false, None)?;
                if outcome == SyncOutcome::EnrolAgain {
                    self.enrol(number)?;
                }
            }
        }
        let torn = std::mem::take(&mut self.line.borrow_mut().server.torn);
        torn.into_iter().for_each(|fault| self.fault(fault));
        let line = self.line.borrow();
        self.violations.extend(photos::all_arrived(&mut self.phones, &line.server)?);
        self.violations.extend(photos::nothing_half_is_left(&line.server)?);
        Ok(())
    }

    fn late_arrival(&mut self, chance: &mut Chance) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        if line.kept.is_empty() {
            return Ok(());
        }
        let n = usize::try_from(chance.below(u64::try_from(line.kept.len())?))?;
        let asked = line.kept.swap_remove(n);
        line.server.answer(&asked)?;
        Ok(())
    }

    fn pass(&mut self, ms: i64) -> Outcome<()> {
        self.clock.pass(ms);
        let line = self.line.borrow();
        line.server.app()?.tick()?;
        line.server.app()?.tend_photos()?;
        self.violations.extend(check::sheets_stay(&mut self.printed, &line.server)?);
        Ok(())
    }

    /// Until after the last cut-off, and until the next morning.
    fn night(&mut self) -> Outcome<()> {
        let since_midnight = (self.clock.now().0 + 8 * HOUR).rem_euclid(DAY);
        let evening = 21 * HOUR;
        if since_midnight < evening {
            self.pass(evening - since_midnight)?;
        }
        let since_midnight = (self.clock.now().0 + 8 * HOUR).rem_euclid(DAY);
        self.pass(DAY - since_midnight + 8 * HOUR)
    }

    fn restore_server(&mut self) -> Outcome<()> {
        let is_restored = self.line.borrow_mut().server.restore()?;
        if is_restored {
            self.fault("server restored");
            if self.line.borrow().server.app()?.tend_photos()?.found > 0 {
                self.fault("photo unknown to the restored server");
            }
            // Sheets that were made after the backup are gone with it.
            self.printed.clear();
            let line = self.line.borrow();
            check::sheets_stay(&mut self.printed, &line.server)?;
        }
        Ok(())
    }

    fn move_store(&mut self, chance: &mut Chance) -> Outcome<()> {
        let reps: Vec<RepNo> = self.phones.iter().map(|phone| phone.rep).collect();
        let (Some(from), Some(to)) = (pick(&reps, chance), pick(&reps, chance)) else { return Ok(()) };
        let rows = self.routes.get_mut(&from).ok_or("a rep without a route")?;
        if from == to || rows.len() < 2 {
            return Ok(());
        }
        let n = usize::try_from(chance.below(u64::try_from(rows.len())?))?;
        let mut row = rows.remove(n);
        (row.rep, row.valid_from) = (to, ZoneOffset::CHINA.date(self.clock.now()));
        self.tell(format_args!("store {} goes from {from} to {to}", row.store));
        self.routes.entry(to).or_default().push(row);
        let city = template()?.with_routes(&self.routes)?;
        self.fault("store moved");
        let line = self.line.borrow();
        let app = line.server.app()?;
        app.db().write_now(move |tx| import_city(tx, &city))?;
        app.tick()?;
        Ok(())
    }

    fn revoke(&mut self, number: usize) -> Outcome<()> {
        let Some(install) = self.phones[number].setting("install")? else { return Ok(()) };
        let (install, now): (uuid::Uuid, _) = (install.parse()?, self.clock.now());
        let revoke = move |tx: &mut xundian_server::db::Tx<'_>| {
            tx.execute("UPDATE install SET revoked = $2 WHERE id = $1", &[install.into(), now.into()])
        };
        self.line.borrow().server.app()?.db().write_now(revoke)?;
        self.fault("phone revoked");
        Ok(())
    }

    /// After the last fault: everything drains, and is looked at.
    pub(crate) fn peace(&mut self) -> Outcome<()> {
        self.tell(format_args!("peace"));
        self.line.borrow_mut().kept.clear();
        for number in 0..self.phones.len() {
            self.drain(number)?;
            self.remember(number)?;
        }
        self.send_all_photos()?;
        let line = self.line.borrow();
        self.violations.extend(check::nothing_lost(&self.facts, &self.phones, &line.server)?);
        self.violations.extend(check::server_is_sound(&line.server)?);
        self.violations.extend(check::sheets_stay(&mut self.printed, &line.server)?);
        Ok(())
    }

    fn drain(&mut self, number: usize) -> Outcome<()> {
        for _ in 0..ROUNDS {
            let mut network = Network::new(&self.line, 0, false);
            let report = sync_once(self.phones[number].core()?, &mut network, |_| true);
            match report {
                Ok(report) if report.outcome == SyncOutcome::InStep => {
                    self.look_at(number, network.until_drained)?;
                    return Ok(());
                }
                Ok(report) if report.outcome != SyncOutcome::EnrolAgain => {
                    self.tell(format_args!("phone {number}: {:?}", report.outcome));
                    break;
                }
                Ok(_) | Err(SyncError::Phone(PhoneError::NotEnrolled)) => self.enrol(number)?,
                Err(why) => return Err(why.into()),
            }
        }
        let what = format!("phone {number} does not come into step");
        self.violations.push(Violation { invariant: "I6", what });
        Ok(())
    }

    fn look_at(&mut self, number: usize, until_drained: u32) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        line.counts.most_exchanges = line.counts.most_exchanges.max(until_drained);
        if until_drained > EXCHANGES {
            let what = format!("phone {number} needed {until_drained} exchanges to drain");
            self.violations.push(Violation { invariant: "I6", what });
        }
        let phone = &self.phones[number];
        self.violations.extend(check::scopes_equal(number, phone, &line.server)?);
        self.violations.extend(check::digests_equal(number, phone, &line.server)?);
        Ok(())
    }
}

/// Whether an error says that the disk failed, in the words that people see.
fn is_of_the_disk(why: &(dyn std::error::Error + 'static)) -> bool {
    let text = why.to_string();
    ["storage is full", "database failed", "full", "disk I/O error", "no answer"]
        .iter()
        .any(|word| text.contains(word))
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

fn pick<T: Copy>(from: &[T], chance: &mut Chance) -> Option<T> {
    let n = chance.below(u64::try_from(from.len()).unwrap_or(0));
    from.get(usize::try_from(n).unwrap_or(0)).copied()
}

/// What a phone may not know any more: an order of an earlier file, a store that went to another rep.
fn tolerate(done: Result<(), PhoneError>) -> Outcome<()> {
    match done {
        Err(PhoneError::UnknownOrder(_) | PhoneError::UnknownStore(_)) => Ok(()),
        other => Ok(other?),
    }
}

fn count(sku: Sku, units: u32) -> CountRow {
    CountRow {
        sku,
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(units)),
        backroom: PlaceCount::Counted(Units::ZERO),
        cooler: PlaceCount::NotCounted,
        expiry: None,
    }
}
