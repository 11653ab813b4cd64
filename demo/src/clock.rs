//! Simulated time: one clock that the run sets, seen by the server and by every phone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;
use xundian_device::machine::Machine;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, TimeOfDay};
use xundian_server::app::Clock;

use crate::chance::Chance;

/// The time of the run.
#[derive(Debug, Clone)]
pub struct SimClock {
    now: Arc<AtomicI64>,
    /// Real milliseconds at which it began to tick on by itself; 0 = it stands.
    ticking_since: Arc<AtomicI64>,
}

impl SimClock {
    /// Stands at a moment.
    pub fn at(now: Millis) -> Self {
        Self { now: Arc::new(AtomicI64::new(now.0)), ticking_since: Arc::default() }
    }

    /// Sets the time; never back.
    pub fn set(&self, date: BusinessDate, time: TimeOfDay) {
        let moment = ZoneOffset::CHINA.moment(date, time).0;
        self.now.fetch_max(moment, Ordering::Relaxed);
    }

    /// From now on it goes on with real time.
    pub fn tick_on(&self) {
        self.ticking_since.store(real_ms(), Ordering::Relaxed);
    }

    /// A clock of one phone: its own walk through the day, starting from the run's.
    pub fn phone(&self, seed: u64) -> PhoneMachine {
        PhoneMachine {
            now: Arc::new(AtomicI64::new(self.now.load(Ordering::Relaxed))),
            start: self.now.load(Ordering::Relaxed) - 3_600_000,
            chance: Chance::new(seed, &[]),
        }
    }
}

fn real_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the demo's clock ticks on with real time at its end")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Clock for SimClock {
    fn now(&self) -> Millis {
        let since = self.ticking_since.load(Ordering::Relaxed);
        let passed = if since == 0 { 0 } else { real_ms() - since };
        Millis(self.now.load(Ordering::Relaxed) + passed)
    }

    fn is_demo(&self) -> bool {
        true
    }
}

/// The machine of one simulated phone.
#[derive(Debug, Clone)]
pub struct PhoneMachine {
    now: Arc<AtomicI64>,
    start: i64,
    chance: Chance,
}

impl PhoneMachine {
    /// Sets the phone's clock.
    pub fn set(&self, at: Millis) {
        self.now.fetch_max(at.0, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    /// The phone's time.
    pub fn time(&self) -> Millis {
        Millis(self.now.load(Ordering::Relaxed))
    }
}

impl Machine for PhoneMachine {
    fn wall(&self) -> Millis {
        self.time()
    }

    fn mono_ms(&self) -> i64 {
        self.time().0 - self.start
    }

    fn boot(&self) -> Uuid {
        // One boot through the whole run: 1 + the seed's stream would serve as well.
        Uuid::from_u128(1)
    }

    fn random(&mut self) -> u128 {
        u128::from(self.chance.next()) << 64 | u128::from(self.chance.next())
    }
}
