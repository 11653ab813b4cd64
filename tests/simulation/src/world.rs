//! A run: the plan's operations, one after the other, then peace, then the look at what must hold. `hands` are the rep's,
//! `office` is the office's, `people` is what is decided by supervisors and dispatchers, `paper` is what goes without a server, `fate` what happens to phones, server and time, `talk`
//! sync and the end, `broken` the crash matrix.

mod broken;
mod fate;
mod hands;
mod office;
mod paper;
mod people;
mod talk;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
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
use xundian_protocol::limits::PUSH_RECORDS;
use xundian_protocol::push::Verdict;
use xundian_server::app::Clock;
use xundian_server::import::import_city;
use xundian_vfs::{Machine, When};

use crate::check::{self, Fate, Printed};
use crate::city::{FILLER, ORDERED, template};
use crate::clock::WorldClock;
use crate::excuses::Excuses;
use crate::line::{Line, death_of_the_server};
use crate::network::Network;
use crate::phone::{SimPhone, flags_of, name_of};
use crate::photos;
use crate::reference::Reference;
use crate::remains::{Remains, remains};
use crate::report::{Counts, Violation};
use crate::scopes::{self, Look};
use crate::server::Server;
use crate::{DiskFault, Op, OpKind, Outcome, Plan, Side, taps, words};

pub use broken::{quotas, run_broken};

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
/// What a new code costs beside them: what was refused, the renewal that was refused, and the enrolment.
const EXCHANGES_OF_A_CODE: u32 = 3;
/// Runs of sync that peace may take.
const ROUNDS: usize = 6;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NOODLES: &str = ORDERED[0];
const TEA: &str = ORDERED[1];

pub(crate) struct World {
    seed: u64,
    folder: PathBuf,
    pub(crate) clock: WorldClock,
    pub(crate) line: Rc<RefCell<Line>>,
    pub(crate) phones: Vec<SimPhone>,
    pub(crate) routes: BTreeMap<RepNo, Vec<RouteRow>>,
    /// What the office changed beside routes.
    edits: office::Edits,
    facts: BTreeMap<RecordId, Fate>,
    excuses: Excuses,
    reference: Reference,
    /// Slips that were sent to distributors.
    slips: Vec<paper::Sent>,
    printed: Printed,
    paper: check::Paper,
    pub(crate) violations: Vec<Violation>,
}

/// Runs a plan.
///
/// # Errors
/// The simulation itself cannot go on: a full disk of this machine, a defect of its own.
pub fn run(plan: &Plan) -> Outcome<Ran> {
    let folder = somewhere()?;
    let mut world = World::start(plan, folder.path())?;
    world.play(plan)?;
    Ok(world.ran())
}

/// Runs a plan and looks at what it leaves on the disks.
///
/// # Errors
/// The simulation itself cannot go on.
pub fn run_and_look(plan: &Plan) -> Outcome<(Ran, Remains)> {
    let folder = somewhere()?;
    let mut world = World::start(plan, folder.path())?;
    world.play(plan)?;
    // It closes its files when it is gone.
    let ran = world.ran();
    Ok((ran, remains(folder.path())?))
}

/// Runs a plan to whatever end: that it cannot go on is a violation, too, `stuck` or `panicked`, behind the story so far.
pub fn attempt(plan: &Plan) -> Ran {
    let mut begun = None;
    let halt = watch(|| {
        let folder = somewhere()?;
        let world = World::start(plan, folder.path())?;
        // The world goes before its folder.
        begun.insert((world, folder)).0.play(plan)
    });
    let (mut ran, _folder) = match begun {
        Some((world, folder)) => (world.ran(), Some(folder)),
        None => (Ran { violations: Vec::new(), counts: Counts::default(), trace: Vec::new() }, None),
    };
    ran.violations.extend(halt);
    ran
}

/// What keeps it from coming to its end.
fn watch(act: impl FnOnce() -> Outcome<()>) -> Option<Violation> {
    // Whoever panicked is only asked for what it has seen.
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(())) => None,
        Ok(Err(why)) => Some(Violation { invariant: "stuck", what: why.to_string() }),
        Err(panic) => Some(Violation { invariant: "panicked", what: last_words(&*panic) }),
    }
}

fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}

/// A folder that goes with the run, in memory if there is such a place.
fn somewhere() -> Outcome<tempfile::TempDir> {
    let ram = Path::new("/dev/shm");
    Ok(if ram.is_dir() { tempfile::tempdir_in(ram)? } else { tempfile::tempdir()? })
}

impl World {
    /// Every operation, then peace; the first violation ends it.
    fn play(&mut self, plan: &Plan) -> Outcome<()> {
        for op in &plan.ops {
            self.happen(*op)?;
            if !self.violations.is_empty() {
                return Ok(());
            }
        }
        self.peace()
    }

    pub(crate) fn ran(self) -> Ran {
        let mut line = self.line.borrow_mut();
        line.counts.phones(self.phones.len());
        let (counts, trace) = (std::mem::take(&mut line.counts), std::mem::take(&mut line.trace));
        drop(line);
        Ran { violations: self.violations, counts, trace }
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
        let line = Line::new(server, clock.clone());
        Self {
            seed,
            folder: folder.to_owned(),
            clock,
            line: Rc::new(RefCell::new(line)),
            phones: Vec::new(),
            routes,
            edits: office::Edits::new(),
            facts: BTreeMap::new(),
            excuses: Excuses::default(),
            reference: Reference::default(),
            slips: Vec::new(),
            printed: Printed::new(),
            paper: check::Paper::default(),
            violations: Vec::new(),
        }
    }

    fn tell(&self, what: impl Display) {
        self.line.borrow_mut().tell(what);
    }

    fn fault(&self, name: &str, whom: impl Display) {
        self.line.borrow_mut().fault(name, whom);
    }

    /// What people do is no fault.
    fn office(&self, name: &str) {
        self.line.borrow_mut().office(name);
    }

    pub(crate) fn happen(&mut self, op: Op) -> Outcome<()> {
        let number = usize::try_from(op.phone).unwrap_or(usize::MAX) % self.phones.len();
        let mut chance = Chance::new(op.seed, &[5]);
        self.line.borrow_mut().counts.operation(op.kind.name());
        self.tell(format_args!("phone {number}: {}", op.kind.name()));
        match op.kind {
            OpKind::Visit => self.visit(number, &mut chance)?,
            OpKind::Backlog => self.backlog(number, &mut chance)?,
            OpKind::Amend => self.amend(number, &mut chance)?,
            OpKind::Cancel => self.cancel(number, &mut chance)?,
            OpKind::OpenStore => self.open_store(number)?,
            OpKind::NoteStore | OpKind::ChangeContact => self.speak_of_store(op.kind, number, &mut chance)?,
            OpKind::CloseDay => self.close_day(number)?,
            OpKind::SyncWell => self.sync(number, op.seed, false, None)?,
            OpKind::SyncBadly => self.sync(number, op.seed, true, None)?,
            OpKind::SyncStopped => self.sync_stopped(number, op.seed, &mut chance)?,
            OpKind::Slip => self.slip(number, &mut chance)?,
            OpKind::Journal => self.journal(number, &mut chance)?,
            OpKind::LateArrival => self.late_arrival(&mut chance)?,
            OpKind::Minutes => self.pass((1 + signed(chance.below(40))) * MINUTE)?,
            OpKind::Night => self.night()?,
            OpKind::Weeks => self.pass((10 + signed(chance.below(30))) * DAY)?,
            OpKind::ClockJump => self.jump(number, &mut chance),
            OpKind::Reboot => self.reboot(number)?,
            OpKind::KillPhone => self.kill_phone(number, chance.per_mille(500))?,
            OpKind::KillServer => self.kill_server(chance.per_mille(500))?,
            OpKind::DieInCall | OpKind::FullDisk | OpKind::DiskError => {
                self.with_bad_disk(op, number, &mut chance)?;
            }
            OpKind::Backup => self.back_up()?,
            OpKind::RestoreServer => self.restore_server()?,
            OpKind::MoveStore => self.move_store(&mut chance)?,
            OpKind::MoveDistributor => self.move_distributor(&mut chance)?,
            OpKind::DayOff => self.day_off(&mut chance)?,
            OpKind::Absence => self.absence(&mut chance)?,
            OpKind::StandIn => self.stand_in(number, &mut chance)?,
            OpKind::ChangeRows => self.change_rows(&mut chance)?,
            OpKind::Revoke => self.revoke(number)?,
            OpKind::DecideHeld => self.decide_held(&mut chance)?,
            OpKind::DecideStore => self.decide_store(&mut chance)?,
            OpKind::OpenSheet => self.open_sheet(&mut chance)?,
            OpKind::TakePhoto => {
                let now = self.clock.now();
                let told = photos::take(&mut self.phones[number], &mut chance, self.seed, now)?;
                self.tell(format_args!("phone {number}: {told}"));
            }
            OpKind::SendPhotos => self.send_photos(number, op.seed, false)?,
            OpKind::SendPhotosBadly => self.send_photos(number, op.seed, true)?,
            _ => self.happen_to_file(op.kind, number, &mut chance)?,
        }
        self.settle(number)
    }

    fn settle(&mut self, number: usize) -> Outcome<()> {
        self.hear_the_way()?;
        self.remember(number)
    }

    /// What the way has to say beside its answers.
    fn hear_the_way(&mut self) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        self.violations.append(&mut line.violations);
        line.trouble.take().map_or(Ok(()), |why| Err(why.into()))
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
                    self.fault("phone restored", Whose(number));
                    self.phones[number].replace_file(Some(&copy))?;
                    self.doubt_paper(number, false)?;
                    if chance.per_mille(500) {
                        self.lose_photo_files(number)?;
                    }
                }
            }
            OpKind::ClonePhone => self.clone_phone(number, chance)?,
            OpKind::Reinstall => {
                self.fault("phone reinstalled", Whose(number));
                self.reinstall(number, chance)?;
            }
            OpKind::LoseKey => {
                self.fault("key lost", Whose(number));
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
        let (now, before) = (self.clock.now(), phone.saved.len());
        for (id, kind, verdict) in phone.lately()? {
            if phone.saved.insert(id) {
                line.counts.facts += 1;
            }
            if !self.facts.contains_key(&id)
                && let Some((kind, body)) = phone.sealed(id)?
            {
                self.reference.hear(id, &kind, &body);
            }
            let fate = self.facts.entry(id).or_insert(Fate { seen: now, acked_in: None });
            let Some(text) = verdict else { continue };
            if phone.epoch == line.server.epoch_number {
                fate.acked_in = Some(phone.epoch);
            }
            if phone.heard.get(&id) != Some(&text) {
                let verdict = serde_json::from_str(&text)?;
                line.counts.verdict(&name_of(&verdict));
                flags_of(&verdict).for_each(|flag| line.counts.verdict(&flag));
                if matches!(verdict, Verdict::Applied { .. }) {
                    line.counts.verdict(&format!("{kind} applied"));
                }
                phone.heard.insert(id, text);
            }
        }
        let more = u64::try_from(phone.saved.len() - before)?;
        self.violations.extend(taps::are_there(phone, more)?);
        Ok(())
    }
}

/// To whom it happened, in the story.
struct Whose(usize);

impl Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "phone {}", self.0)
    }
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

fn pick<T: Copy>(from: &[T], chance: &mut Chance) -> Option<T> {
    let n = chance.below(u64::try_from(from.len()).unwrap_or(0));
    from.get(usize::try_from(n).unwrap_or(0)).copied()
}
