//! A phone's clocks and luck, set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;
use xundian_device::machine::Machine;
use xundian_domain::stamp::Millis;

/// Time stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestMachine {
    pub(crate) now: Arc<AtomicI64>,
    pub(crate) next: u64,
}

impl Machine for TestMachine {
    fn wall(&self) -> Millis {
        Millis(self.now.load(Ordering::Relaxed))
    }

    fn mono_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed) - 1_785_000_000_000
    }

    fn boot(&self) -> Uuid {
        Uuid::from_u128(1)
    }

    fn random(&mut self) -> u128 {
        self.next = self.next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u128::from(self.next) << 64 | u128::from(self.next ^ 0x9e37_79b9)
    }
}
