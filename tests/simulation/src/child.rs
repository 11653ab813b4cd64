//! A day in a process of its own, which dies before a write, before a flush or after a flush of the phone or of the
//! server. The parent hears what the child had been told to be saved, opens what it left, lets the rest of the day
//! happen, and looks.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use xundian_domain::stamp::Millis;
use xundian_domain::{OrderId, RecordId};
use xundian_server::app::Clock;
use xundian_vfs::When;

use crate::clock::WorldClock;
use crate::phone::SimPhone;
use crate::server::Server;
use crate::world::World;
use crate::{Outcome, Ran, Side, a_day, check};

/// So long, in milliseconds, a child may have lived in one operation of its day after it told the time: the next process
/// is not to be earlier.
const UNTOLD_MS: i64 = 5 * 60_000;

/// At which moment a child process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Killed before a write: what was written before it stays.
    BeforeWrite,
    /// Without power before a flush: what was written since the last one goes.
    BeforeFlush,
    /// Killed after a flush, before anybody hears of it.
    AfterFlush,
}

/// The death of a child process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    /// Whose write or flush.
    pub side: Side,
    /// On which side of it.
    pub at: Moment,
    /// The n-th one from the morning on.
    pub n: u64,
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.side == Side::Phone { "phone" } else { "server" };
        let at = match self.at {
            Moment::BeforeWrite => "write",
            Moment::BeforeFlush => "before",
            Moment::AfterFlush => "after",
        };
        write!(f, "{side}-{at}-{}", self.n)
    }
}

impl FromStr for Kill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no death, like phone-write-7, phone-before-3 or server-after-1");
        let parts: Vec<&str> = text.split('-').collect();
        let [side, at, n] = parts.as_slice() else { return Err(bad()) };
        let side = match *side {
            "phone" => Side::Phone,
            "server" => Side::Server,
            _ => return Err(bad()),
        };
        let at = match *at {
            "write" => Moment::BeforeWrite,
            "before" => Moment::BeforeFlush,
            "after" => Moment::AfterFlush,
            _ => return Err(bad()),
        };
        Ok(Self { side, at, n: n.parse().map_err(|_| bad())? })
    }
}

/// What a child said before it died, and what the next process has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastWords {
    /// Operations of the day that had begun.
    pub begun: usize,
    /// The world's time at the last one, milliseconds since 1970.
    pub now: i64,
    /// Records of which a call had said that they are saved.
    pub saved: Vec<RecordId>,
    /// Orders that had been confirmed.
    pub orders: Vec<OrderId>,
    /// It reached the end of the day.
    pub is_over: bool,
}

impl LastWords {
    /// Reads what a child printed.
    ///
    /// # Errors
    /// A line that no child prints.
    pub fn of(said: &str) -> Outcome<Self> {
        let mut words = Self::default();
        for line in said.lines() {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["begin", n, now] => (words.begun, words.now) = (n.parse::<usize>()? + 1, now.parse()?),
                ["saved", id] => words.saved.push(RecordId(id.parse()?)),
                ["order", id] => words.orders.push(OrderId(id.parse()?)),
                ["over"] => words.is_over = true,
                _ => return Err(format!("a child said `{line}`").into()),
            }
        }
        Ok(words)
    }
}

/// Records that a dead child has left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// On the phone.
    pub on_phone: u64,
    /// At the server.
    pub at_server: u64,
}

impl Left {
    fn of(world: &World) -> Outcome<Self> {
        let on_phone = u64::try_from(world.phones[0].lying()?.len())?;
        let facts = world.line.borrow().server.read(|tx| tx.query("SELECT id FROM fact", &[]))?;
        Ok(Self { on_phone, at_server: u64::try_from(facts.len())? })
    }
}

/// Makes the morning of a day in a folder: a server with its city, one phone that is enrolled and has pulled.
///
/// # Errors
/// The simulation itself cannot go on.
pub fn prepare(folder: &Path) -> Outcome<LastWords> {
    let world = World::start(&a_day(), folder)?;
    let routes: Vec<_> = world.routes.iter().collect();
    std::fs::write(folder.join("routes.json"), serde_json::to_string(&routes)?)?;
    Ok(LastWords { now: world.clock.now().0, ..LastWords::default() })
}

/// The world as it lies in the folder; `salt` keeps ids of one process apart from those of another.
fn wake(folder: &Path, words: &LastWords, salt: u64) -> Outcome<World> {
    let clock = WorldClock::at(Millis(words.now), salt);
    let server = Server::open(&folder.join("server"), &clock)?;
    let routes: Vec<_> = serde_json::from_str(&std::fs::read_to_string(folder.join("routes.json"))?)?;
    let mut world = World::with(salt, folder, clock, server, routes.into_iter().collect());
    let rep = *world.routes.keys().next().ok_or("no reps")?;
    let mut phone = SimPhone::open(folder, &world.clock, salt, 0, rep)?;
    phone.saved = words.saved.iter().copied().collect();
    phone.orders.clone_from(&words.orders);
    world.phones.push(phone);
    Ok(world)
}

/// The child: lives the day, tells what it hears, and dies as it was told to.
///
/// # Errors
/// The simulation itself cannot go on; a child that is to die does not return.
pub fn live(folder: &Path, morning: &LastWords, kill: Kill, tell: &mut dyn Write) -> Outcome<()> {
    let mut world = wake(folder, morning, 1)?;
    let machine = world.machine(kill.side);
    machine.takes_process_along();
    match kill.at {
        Moment::BeforeWrite => machine.die_at_write(kill.n),
        Moment::BeforeFlush => machine.die_at_sync(kill.n, When::Before),
        Moment::AfterFlush => machine.die_at_sync(kill.n, When::After),
    }
    let mut told = BTreeSet::new();
    let mut orders = 0;
    for (n, op) in a_day().ops.iter().enumerate() {
        writeln!(tell, "begin {n} {}", world.clock.now().0)?;
        tell.flush()?;
        world.happen(*op)?;
        let phone = &world.phones[0];
        for id in phone.saved.iter().filter(|id| told.insert(**id)) {
            writeln!(tell, "saved {id}")?;
        }
        for id in &phone.orders[orders..] {
            writeln!(tell, "order {id}")?;
        }
        orders = phone.orders.len();
        tell.flush()?;
    }
    writeln!(tell, "over")?;
    Ok(())
}

/// The parent: opens what the child left, counts it, lets the rest of the day happen, then peace, and looks at what must
/// hold.
///
/// # Errors
/// The simulation itself cannot go on.
pub fn bury(folder: &Path, words: &LastWords) -> Outcome<(Ran, Left)> {
    let later = LastWords { now: words.now + UNTOLD_MS, ..words.clone() };
    let mut world = wake(folder, &later, 2)?;
    let left = Left::of(&world)?;
    {
        let line = world.line.borrow();
        world.violations.extend(check::saved_is_there(0, &world.phones[0], &line.server)?);
    }
    for op in a_day().ops.iter().skip(words.begun) {
        world.happen(*op)?;
    }
    world.peace()?;
    Ok((world.ran(), left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_is_read_as_it_is_written() {
        for text in ["phone-write-7", "phone-before-3", "server-after-12"] {
            assert_eq!(text.parse::<Kill>().unwrap().to_string(), text);
        }
        for nonsense in ["", "phone-3", "moon-before-1", "phone-during-1", "phone-before-x"] {
            assert!(nonsense.parse::<Kill>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn last_words_are_understood_and_noise_is_not() {
        let id = RecordId(uuid::Uuid::from_u128(7));
        let words = LastWords::of(&format!("begin 0 5\nsaved {id}\nbegin 1 9\n")).unwrap();
        assert_eq!((words.begun, words.now, words.saved, words.is_over), (2, 9, vec![id], false));
        assert!(LastWords::of("hello").is_err());
    }
}
