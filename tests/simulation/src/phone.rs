//! A phone of a run: the real core on a real file, with clocks that lie and a disk that forgets.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;
use xundian_device::phone::Phone;
use xundian_device::store::{NewFact, Store};
use xundian_domain::{BusinessDate, OrderId, RecordId, RepNo, StoreId};
use xundian_protocol::push::{HeldCode, Verdict, Went};
use xundian_vfs::{Machine, Onlooker};

use crate::Outcome;
use crate::clock::{PhoneClock, WorldClock};
use crate::photos::Album;
use crate::scopes::Equal;
use crate::taps::Taps;

/// A phone of the run.
pub(crate) struct SimPhone {
    /// As it is told: from 0.
    pub(crate) number: usize,
    /// `None` while it is down.
    phone: Option<Phone>,
    /// A second pair of eyes on the file, for checks; closed with it.
    eyes: RefCell<Option<Rc<Connection>>>,
    pub(crate) machine: Machine,
    pub(crate) file: PathBuf,
    pub(crate) clock: PhoneClock,
    pub(crate) rep: RepNo,
    pub(crate) copy: Option<PathBuf>,
    /// Orders that were confirmed on it.
    pub(crate) orders: Vec<OrderId>,
    /// Stores that were opened on it.
    pub(crate) opened: Vec<StoreId>,
    /// Records of which a call has said that they are saved.
    pub(crate) saved: BTreeSet<RecordId>,
    /// Verdicts that were counted, as they were written.
    pub(crate) heard: BTreeMap<RecordId, String>,
    /// The server's epoch, by number, that it knows; 0 = none or one that is gone.
    pub(crate) epoch: u32,
    /// How far its rows are known to be the server's.
    pub(crate) equal: Equal,
    /// Photos that were kept on it.
    pub(crate) album: Album,
    /// What its calls have said.
    pub(crate) taps: Taps,
}

/// A look at a phone's file: what it reads is not the phone's, and no fault of the disk is meant for it.
pub(crate) struct Eyes {
    db: Rc<Connection>,
    _onlooker: Onlooker,
}

impl Deref for Eyes {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.db
    }
}

/// A fact as it lies in the phone's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lying {
    pub(crate) id: RecordId,
    pub(crate) hash: [u8; 32],
    /// 0 = of an earlier install.
    pub(crate) dseq: u64,
    pub(crate) date: BusinessDate,
    pub(crate) kind: String,
    pub(crate) verdict: Option<String>,
}

impl SimPhone {
    pub(crate) fn open(
        folder: &Path,
        world: &WorldClock,
        seed: u64,
        number: usize,
        rep: RepNo,
    ) -> Outcome<Self> {
        let home = folder.join(format!("phone-{number}"));
        std::fs::create_dir_all(&home)?;
        let file = home.join("phone.db");
        let clock = PhoneClock::new(world, seed, number);
        let machine = Machine::new(&home)?;
        let phone = Some(Phone::open(&file, Box::new(clock.clone()))?);
        Ok(Self {
            number,
            phone,
            eyes: RefCell::new(None),
            machine,
            file,
            clock,
            rep,
            copy: None,
            orders: Vec::new(),
            opened: Vec::new(),
            saved: BTreeSet::new(),
            heard: BTreeMap::new(),
            epoch: 0,
            equal: Equal::default(),
            album: Album::default(),
            taps: Taps::default(),
        })
    }

    /// The phone core.
    pub(crate) fn core(&mut self) -> Outcome<&mut Phone> {
        self.phone.as_mut().ok_or_else(|| "the phone is down".into())
    }

    /// The app dies and starts again with what is on the disk; with the power, what was not flushed goes.
    pub(crate) fn restart(&mut self, power: bool) -> Outcome<()> {
        self.go_down(power)?;
        self.up()
    }

    /// The app dies; its disk has no plans any more.
    pub(crate) fn go_down(&mut self, power: bool) -> Outcome<()> {
        if power {
            self.machine.power_cut()?;
        } else {
            // A killed app closes nothing.
            self.machine.die();
        }
        self.close();
        Ok(self.machine.reboot()?)
    }

    /// The app starts on what lies in its file.
    pub(crate) fn up(&mut self) -> Outcome<()> {
        self.phone = Some(Phone::open(&self.file, Box::new(self.clock.clone()))?);
        Ok(())
    }

    /// A consistent copy of the file, as a phone's own backup makes it.
    pub(crate) fn copy_file(&self, to: &Path) -> Outcome<()> {
        let _ = std::fs::remove_file(to);
        Connection::open(&self.file)?.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        Ok(())
    }

    /// The file becomes another one; `None` = a fresh one.
    pub(crate) fn replace_file(&mut self, by: Option<&Path>) -> Outcome<()> {
        self.put_file(by)?;
        let lying = self.lying()?;
        self.saved = lying.iter().map(|fact| fact.id).collect();
        self.heard.clear();
        self.forget_taps();
        self.epoch = 0;
        Ok(())
    }

    /// The file becomes another one with the same facts.
    pub(crate) fn swap_file(&mut self, by: &Path) -> Outcome<()> {
        self.put_file(Some(by))
    }

    fn put_file(&mut self, by: Option<&Path>) -> Outcome<()> {
        self.close();
        self.equal = Equal::default();
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.file.as_os_str().to_owned();
            name.push(suffix);
            let _ = std::fs::remove_file(PathBuf::from(name));
        }
        self.machine.reboot()?;
        if let Some(by) = by {
            std::fs::copy(by, &self.file)?;
        }
        self.restart(false)
    }

    fn close(&mut self) {
        self.phone = None;
        self.eyes.take();
    }

    /// The key is gone, the file is not.
    pub(crate) fn lose_key(&mut self) -> Outcome<()> {
        Connection::open(&self.file)?
            .execute("DELETE FROM setting WHERE name IN ('device_key', 'token')", [])?;
        self.restart(false)
    }

    /// The file as it lies there.
    pub(crate) fn look(&self) -> Outcome<Eyes> {
        let onlooker = self.machine.onlooker();
        let mut eyes = self.eyes.borrow_mut();
        if let Some(open) = &*eyes {
            return Ok(Eyes { db: open.clone(), _onlooker: onlooker });
        }
        let open = Rc::new(Connection::open(&self.file)?);
        open.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Eyes { db: eyes.insert(open).clone(), _onlooker: onlooker })
    }

    pub(crate) fn setting(&self, name: &str) -> Outcome<Option<String>> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        Ok(self.look()?.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Seals a fact that no screen would make; gives which.
    pub(crate) fn craft(&mut self, kind: &str, id: Option<RecordId>, body: String) -> Outcome<RecordId> {
        use xundian_device::machine::Machine;
        let fresh = RecordId(Uuid::from_u128(self.clock.random()));
        let (date, captured) = (self.core()?.date()?, self.core()?.stamp()?);
        let id = id.unwrap_or(fresh);
        let fact = NewFact { id, kind: kind.to_owned(), version: 1, date, captured, body, private: None };
        // The file may have one of that id.
        drop(Store::open(&self.file)?.seal(&fact, &[]));
        Ok(id)
    }

    /// The newest records of the row, with their kinds and what the server said of each.
    pub(crate) fn lately(&self) -> Outcome<Vec<(RecordId, String, Option<String>)>> {
        let db = self.look()?;
        let sql = "SELECT id, kind, verdict FROM place JOIN fact ON n = fact
                   WHERE dseq > (SELECT max(dseq) FROM place) - 200 ORDER BY dseq DESC";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((RecordId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records of orders, each with the delivery day that the server has said; `before` = also before its last restore.
    pub(crate) fn told(&self, before: bool) -> Outcome<Vec<(RecordId, Option<BusinessDate>)>> {
        let db = self.look()?;
        let said = match before {
            true => "coalesce(verdict, told)",
            // What was said in an epoch before is told again after the next restore if it was a difference.
            false => r#"coalesce(verdict, CASE WHEN told LIKE '%"went":{"difference"%' THEN told END)"#,
        };
        let sql = format!("SELECT id, {said} FROM fact WHERE kind = 'visit_closed'");
        let mut statement = db.prepare_cached(&sql)?;
        let rows = statement.query_map([], |row| {
            let said = row.get::<_, Option<String>>(1)?;
            let verdict = said.and_then(|text| serde_json::from_str::<Verdict>(&text).ok());
            Ok((RecordId(row.get(0)?), verdict.as_ref().and_then(day_of)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Kind and bytes of a record; `None` = bytes that are no text.
    pub(crate) fn sealed(&self, id: RecordId) -> Outcome<Option<(String, String)>> {
        let db = self.look()?;
        let mut statement =
            db.prepare_cached("SELECT kind, body FROM fact JOIN sealed USING (n) WHERE id = ?1")?;
        let found =
            statement.query_row([id.0], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
        Ok(found.and_then(|(kind, body)| Some((kind, String::from_utf8(body).ok()?))))
    }

    /// Everything that lies in the file, in the order of capture.
    pub(crate) fn lying(&self) -> Outcome<Vec<Lying>> {
        let db = self.look()?;
        let sql = "SELECT id, hash, coalesce(dseq, 0), business_date, kind, verdict
                   FROM fact LEFT JOIN place ON place.fact = n ORDER BY n";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let date: String = row.get(3)?;
            Ok((row.get::<_, Uuid>(0)?, row.get(1)?, row.get(2)?, date, row.get(4)?, row.get(5)?))
        })?;
        let mut lying = Vec::new();
        for row in rows {
            let (id, hash, dseq, date, kind, verdict) = row?;
            lying.push(Lying { id: RecordId(id), hash, dseq, date: date.parse()?, kind, verdict });
        }
        Ok(lying)
    }
}

/// The delivery day of a verdict's order.
fn day_of(verdict: &Verdict) -> Option<BusinessDate> {
    let Verdict::Applied { order: Some(effect), .. } = verdict else { return None };
    match effect.went {
        Went::Waiting { day, .. } => Some(day),
        Went::Difference { sheet } => Some(sheet.day),
        Went::AlreadyDelivered | Went::Cancelled => None,
    }
}

/// A verdict by its name, finely enough to be counted.
pub(crate) fn name_of(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applied { order: Some(effect), .. } => match effect.went {
            Went::Waiting { late: true, .. } => "applied late".to_owned(),
            Went::Waiting { .. } => "applied".to_owned(),
            Went::Difference { .. } => "applied difference".to_owned(),
            Went::AlreadyDelivered => "applied already_delivered".to_owned(),
            Went::Cancelled => "applied cancelled".to_owned(),
        },
        Verdict::Applied { .. } => "applied".to_owned(),
        Verdict::Parked { .. } => "parked".to_owned(),
        Verdict::Held { code: HeldCode::UnknownKind } => "held unknown_kind".to_owned(),
        Verdict::Held { code: HeldCode::CaptureTime } => "held capture_time".to_owned(),
        Verdict::Held { code: HeldCode::RevokedDevice } => "held revoked_device".to_owned(),
        Verdict::ConflictPayload => "conflict_payload".to_owned(),
        Verdict::Rejected { code, .. } => format!("rejected {code}"),
    }
}

/// The doubts of a verdict, as they are counted.
pub(crate) fn flags_of(verdict: &Verdict) -> impl Iterator<Item = String> {
    let flags = match verdict {
        Verdict::Applied { flags, .. } => flags.as_slice(),
        _ => &[],
    };
    flags.iter().map(|flag| format!("flag {flag:?}"))
}
