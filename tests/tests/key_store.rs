//! The key of a phone is wrapped by its key store. What happens where the store is another one, fails, or comes late; each test
//! runs on SQLite and PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use xundian_demo::clock::PhoneMachine;
use xundian_device::machine::Machine;
use xundian_device::phone::{Phone, PhoneError};
use xundian_device::store::Store;
use xundian_device::sync::{Outcome as SyncOutcome, SyncError, enrol};
use xundian_domain::stamp::Millis;
use xundian_tests::desk::{NOODLES, sound};
use xundian_tests::town::{Outcome, TownPhone};

/// A phone whose key store has a key of one byte; 0 = it does not work.
#[derive(Clone)]
struct Guarded {
    machine: PhoneMachine,
    key: Arc<AtomicU8>,
}

impl Guarded {
    fn new(machine: PhoneMachine, key: u8) -> Self {
        Self { machine, key: Arc::new(AtomicU8::new(key)) }
    }

    fn key(&self) -> Option<u8> {
        Some(self.key.load(Ordering::Relaxed)).filter(|key| *key != 0)
    }
}

impl Machine for Guarded {
    fn wall(&self) -> Millis {
        self.machine.wall()
    }

    fn mono_ms(&self) -> i64 {
        self.machine.mono_ms()
    }

    fn boot(&self) -> uuid::Uuid {
        self.machine.boot()
    }

    fn random(&mut self) -> u128 {
        self.machine.random()
    }

    fn wrap_key(&self, secret: &[u8; 32]) -> Option<Vec<u8>> {
        let key = self.key()?;
        Some(std::iter::once(key).chain(secret.iter().map(|byte| byte ^ key)).collect())
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Option<[u8; 32]> {
        let key = self.key()?;
        let (mark, rest) = wrapped.split_first()?;
        let secret: Vec<u8> = rest.iter().map(|byte| byte ^ key).collect();
        secret.try_into().ok().filter(|_| *mark == key)
    }
}

fn kept_key(phone: &TownPhone) -> Outcome<String> {
    Ok(Store::open(&phone.file)?.setting("device_key")?.unwrap_or_default())
}

fn is_lost<T: std::fmt::Debug>(result: &Result<T, SyncError>) -> bool {
    matches!(result, Err(SyncError::Phone(PhoneError::KeyLost)))
}

#[test]
fn a_copy_on_another_phone_cannot_speak_for_it_and_loses_nothing() {
    sound(|town| {
        let mut phone = town.phone_on("ZY01", |machine| Box::new(Guarded::new(machine, 7)))?;
        assert!(kept_key(&phone)?.starts_with("wrapped:"), "the secret never lay in the file");
        let route = phone.route()?;
        phone.visit(route[0], &[(NOODLES, 5, 24)])?;
        let mut copy = town.copy_of(&phone, 99)?;
        let machine = Guarded::new(copy.machine.clone(), 8);
        copy.phone = Phone::open(&copy.file, Box::new(machine))?;
        copy.visit(route[1], &[(NOODLES, 3, 24)])?;
        let refused = xundian_device::sync::sync_once(&mut copy.phone, &mut copy.network, |_| true);
        assert!(is_lost(&refused), "{refused:?}");
        assert!(matches!(copy.phone.export_journal(), Err(PhoneError::KeyLost)));
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep, "the phone itself goes on");
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 1);
        let code = town.code("ZY01")?;
        enrol(&mut copy.phone, &mut copy.network, &code)?;
        assert_eq!(copy.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!((copy.phone.outbox()?.unsent, town.count("SELECT count(*) FROM visit")?), (0, 2));
        Ok(())
    });
}

#[test]
fn a_store_that_fails_for_a_while_costs_the_syncs_of_that_while_and_nothing_else() {
    sound(|town| {
        let mut store = None;
        let mut phone = town.phone_on("ZY01", |machine| {
            let guarded = Guarded::new(machine, 7);
            store = Some(Arc::clone(&guarded.key));
            Box::new(guarded)
        })?;
        let store = store.ok_or("no machine")?;
        let before = kept_key(&phone)?;
        store.store(0, Ordering::Relaxed);
        let first = phone.route()?[0];
        phone.visit(first, &[(NOODLES, 5, 24)])?;
        let refused = xundian_device::sync::sync_once(&mut phone.phone, &mut phone.network, |_| true);
        assert!(is_lost(&refused), "{refused:?}");
        store.store(7, Ordering::Relaxed);
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!((kept_key(&phone)?, town.count("SELECT count(*) FROM visit")?), (before, 1));
        Ok(())
    });
}

#[test]
fn a_key_of_before_the_store_is_wrapped_by_the_next_sync() {
    sound(|town| {
        let mut store = None;
        let mut phone = town.phone_on("ZY01", |machine| {
            let guarded = Guarded::new(machine, 0);
            store = Some(Arc::clone(&guarded.key));
            Box::new(guarded)
        })?;
        let plain = kept_key(&phone)?;
        assert_eq!(plain.len(), 64, "{plain}");
        store.ok_or("no machine")?.store(9, Ordering::Relaxed);
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        let kept = kept_key(&phone)?;
        assert!(kept.starts_with("wrapped:") && !kept.contains(&plain), "{kept}");
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep, "it is the same key");
        Ok(())
    });
}
