//! Virtual time: one for the world, which the server has too; each phone sees it through its own clocks.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use xundian_demo::chance::Chance;
use xundian_device::machine::Machine;
use xundian_domain::stamp::Millis;
use xundian_server::app::Clock;
use xundian_server::db::DbError;

/// The world's time and the server's chance.
#[derive(Debug, Clone)]
pub(crate) struct WorldClock {
    now: Arc<AtomicI64>,
    chance: Arc<Mutex<Chance>>,
}

impl WorldClock {
    pub(crate) fn at(now: Millis, seed: u64) -> Self {
        Self { now: Arc::new(AtomicI64::new(now.0)), chance: Arc::new(Mutex::new(Chance::new(seed, &[2]))) }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    /// Random bits of the world: epochs, codes.
    pub(crate) fn bits(&self) -> u128 {
        self.chance.lock().map_or(0, |mut chance| u128::from(chance.next()) << 64 | u128::from(chance.next()))
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Millis {
        Millis(self.now.load(Ordering::Relaxed))
    }

    fn random(&self) -> Result<[u8; 32], DbError> {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.bits().to_be_bytes());
        bytes[16..].copy_from_slice(&self.bits().to_be_bytes());
        Ok(bytes)
    }
}

/// The clocks of one phone.
#[derive(Debug, Clone)]
pub(crate) struct PhoneClock {
    world: WorldClock,
    state: Arc<Mutex<PhoneState>>,
}

#[derive(Debug)]
struct PhoneState {
    skew: i64,
    booted: i64,
    boot: Uuid,
    chance: Chance,
}

impl PhoneClock {
    pub(crate) fn new(world: &WorldClock, seed: u64, number: usize) -> Self {
        let mut chance = Chance::new(seed, &[3, u64::try_from(number).unwrap_or(0)]);
        let boot = Uuid::from_u64_pair(chance.next(), chance.next());
        let skew = i64::try_from(chance.below(20_000)).unwrap_or(0) - 10_000;
        let booted = world.now().0 - 3_600_000;
        let state = Arc::new(Mutex::new(PhoneState { skew, booted, boot, chance }));
        Self { world: world.clone(), state }
    }

    fn with<T: Default>(&self, act: impl FnOnce(&mut PhoneState) -> T) -> T {
        self.state.lock().map(|mut state| act(&mut state)).unwrap_or_default()
    }

    /// Somebody sets the wall clock.
    pub(crate) fn jump(&self, ms: i64) {
        self.with(|state| state.skew += ms);
    }

    /// The phone starts again: another boot, the monotonic clock begins at zero.
    pub(crate) fn reboot(&self) {
        let now = self.world.now().0;
        self.with(|state| {
            state.booted = now;
            state.boot = Uuid::from_u64_pair(state.chance.next(), state.chance.next());
        });
    }
}

impl Machine for PhoneClock {
    fn wall(&self) -> Millis {
        Millis(self.world.now().0 + self.with(|state| state.skew))
    }

    fn mono_ms(&self) -> i64 {
        self.world.now().0 - self.with(|state| state.booted)
    }

    fn boot(&self) -> Uuid {
        self.with(|state| state.boot)
    }

    fn random(&mut self) -> u128 {
        self.with(|state| u128::from(state.chance.next()) << 64 | u128::from(state.chance.next()))
    }
}
