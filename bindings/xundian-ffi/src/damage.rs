//! A file that turns out to be damaged after it was opened: no call goes on with it, and once nobody holds it, it is put aside
//! like one that does not open ([`put_aside`]).

use std::ffi::c_int;
use std::sync::PoisonError;

use xundian_device::phone::{Phone, PhoneError};
use xundian_device::store::{StoreError, put_aside};
use xundian_device::sync::SyncError;

use crate::errors::CoreError;
use crate::phone::RepPhone;
use crate::shell::LogLevel;

/// SQLITE_CORRUPT and SQLITE_NOTADB; further bytes say where.
const DAMAGE: [c_int; 2] = [11, 26];

/// Whether SQLite says by this code that the file itself is broken.
pub(crate) fn is_damage(extended_code: c_int) -> bool {
    DAMAGE.contains(&(extended_code & 0xff))
}

/// Whether it was damage that a long call met.
pub(crate) fn is_damaged(why: &SyncError) -> bool {
    let SyncError::Phone(PhoneError::Storage(why)) = why else { return false };
    match why {
        StoreError::Corrupt { .. } | StoreError::NotPutAside { .. } => true,
        StoreError::Database(why) => why.sqlite_extended_error_code().is_some_and(is_damage),
        _ => false,
    }
}

/// Damage closes the file, for every call; what is closed for damage stays so, and gets its name from whoever put it aside.
pub(crate) fn close_if_damaged<T>(phone: &mut Result<Phone, CoreError>, done: &Result<T, CoreError>) {
    if let Err(damage @ CoreError::Corrupt { kept_as }) = done
        && (!matches!(phone, Err(CoreError::Corrupt { .. })) || !kept_as.is_empty())
    {
        *phone = Err(damage.clone());
    }
}

impl RepPhone {
    /// What a call comes back with: of damage, under which name the file is kept.
    pub(crate) fn told(&self, why: CoreError) -> CoreError {
        if !matches!(why, CoreError::Corrupt { .. }) {
            return why;
        }
        self.settle().err().or_else(|| self.damage()).unwrap_or(why)
    }

    /// Sees a damaged file, if there is one, put aside and held by nobody. A long call is stopped first, or it would go on in what
    /// is kept.
    ///
    /// # Errors
    /// `Corrupt`: it lies where it was.
    pub(crate) fn settle(&self) -> Result<(), CoreError> {
        let Some(damage) = self.damage() else { return Ok(()) };
        if self.is_sender() {
            return Err(damage);
        }
        self.cancel()?;
        let put = {
            let _nobody = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
            self.put_aside()
        };
        // Who listens may call back: nothing is held by now.
        let (line, settled) = match put {
            None => return Ok(()),
            Some(Ok(kept_as)) => (format!("the file was damaged and is kept as {kept_as}"), Ok(())),
            Some(Err(why)) => (why.to_string(), Err(damage)),
        };
        self.log(LogLevel::Error, line);
        settled
    }

    /// Why the file is closed, if that is damage.
    fn damage(&self) -> Option<CoreError> {
        let phone = self.lock();
        phone.as_ref().err().filter(|why| matches!(why, CoreError::Corrupt { .. })).cloned()
    }

    /// The name that the damaged file has got; `None` = there is none that lies where it was.
    fn put_aside(&self) -> Option<Result<String, StoreError>> {
        let mut phone = self.lock();
        phone.as_ref().err().filter(|why| **why == CoreError::damaged())?;
        let put = put_aside(&self.path);
        if let Ok(kept_as) = &put {
            *phone = Err(CoreError::Corrupt { kept_as: kept_as.clone() });
        }
        Some(put)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_damage_is_damage_and_no_other_trouble_is() {
        // SQLITE_CORRUPT, that of a virtual table, that of an index, SQLITE_NOTADB.
        assert!([11, 267, 779, 26].into_iter().all(is_damage));
        // SQLITE_BUSY, SQLITE_IOERR_READ, SQLITE_FULL.
        assert!(![5, 266, 13].into_iter().any(is_damage));
    }
}
