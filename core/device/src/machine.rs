//! What the phone's machine gives: clocks, randomness, a key store. A constructor argument, so that tests and the demo bring
//! their own; the shells bring the real one.

use uuid::Uuid;
use xundian_domain::stamp::Millis;

/// Clocks, randomness, and a key store where there is one.
pub trait Machine: Send {
    /// The wall clock, which the owner can set.
    fn wall(&self) -> Millis;
    /// Milliseconds since boot, going on in sleep.
    fn mono_ms(&self) -> i64;
    /// Which boot this is.
    fn boot(&self) -> Uuid;
    /// Fresh random bits.
    fn random(&mut self) -> u128;
    /// Locks a secret so that only this phone opens it again; `None` = there is no key store, or it cannot.
    fn wrap_key(&self, _secret: &[u8; 32]) -> Option<Vec<u8>> {
        None
    }
    /// Undoes [`Machine::wrap_key`]; `None` = another phone wrapped it, or the key store lost its own key.
    fn unwrap_key(&self, _wrapped: &[u8]) -> Option<[u8; 32]> {
        None
    }
}

/// A new UUIDv7: its time is the wall clock's, a hint and no more.
pub(crate) fn new_id(machine: &mut dyn Machine) -> Uuid {
    let millis = u64::try_from(machine.wall().0).unwrap_or(0);
    let random = machine.random().to_be_bytes();
    let mut tail = [0u8; 10];
    tail.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

/// Fills with fresh random bytes.
pub(crate) fn fill(machine: &mut dyn Machine, bytes: &mut [u8]) {
    for part in bytes.chunks_mut(16) {
        part.copy_from_slice(&machine.random().to_be_bytes()[..part.len()]);
    }
}

/// The machine that the program runs on.
#[derive(Debug)]
pub struct ThisMachine {
    boot: Uuid,
    start: std::time::Instant,
}

impl ThisMachine {
    /// `boot` comes from the shell, which knows when the phone was started; its own process counts otherwise.
    pub fn new(boot: Option<Uuid>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where real time comes in")]
        let start = std::time::Instant::now();
        let mut machine = Self { boot: Uuid::nil(), start };
        machine.boot = boot.unwrap_or_else(|| Uuid::from_u128(machine.random()));
        machine
    }
}

impl Machine for ThisMachine {
    fn wall(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "this is where real time comes in")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn mono_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn boot(&self) -> Uuid {
        self.boot
    }

    fn random(&mut self) -> u128 {
        Uuid::new_v4().as_u128() ^ (Uuid::new_v4().as_u128() << 64 | Uuid::new_v4().as_u128() >> 64)
    }
}
