//! The object: who opens the file, who holds its lock, and what happens when the system takes the app away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use xundian_device::machine::Machine;
use xundian_device::phone::{Phone, PhoneError};
use xundian_domain::RepNo;

use crate::codes;
use crate::damage::close_if_damaged;
use crate::errors::CoreError;
use crate::shell::{
    Changed, Clocks, KeyStore, LogLevel, NetworkState, Position, Shell, ShellMachine, Watcher,
};

/// A rep's phone. Every call blocks until it is done and on the disk; the shell chooses the thread. Calls may come from
/// several threads at once.
#[derive(uniffi::Object)]
pub struct RepPhone {
    pub(crate) path: PathBuf,
    pub(crate) shell: Shell,
    /// Closed, it is what every call comes back with: paused, or damaged.
    phone: Mutex<Result<Phone, CoreError>>,
    /// Held by the one long call that may run.
    pub(crate) sending: Mutex<()>,
    /// The thread of that call: it must not wait for itself.
    pub(crate) sender: Mutex<Option<ThreadId>>,
    pub(crate) cancelled: AtomicBool,
    /// From the beginning of a pause, while the file may still be open: no long call begins.
    pub(crate) paused: AtomicBool,
}

#[uniffi::export]
impl RepPhone {
    /// Opens the phone's file, or makes a new one. Without `keys` the secret of the phone's key lies in the file as it is.
    ///
    /// Damage may also be met later: then whichever call meets it, and every one after it, is `Corrupt`, and
    /// [`RepPhone::resume`] begins a new file.
    ///
    /// # Errors
    /// `Corrupt` once (the damaged file is put aside: opening again begins a new one); with an empty `kept_as` the disk refuses the
    /// file another name: nothing was begun, and the next call tries again. `IncompatibleVersion` from a newer app's file,
    /// `StorageFull`.
    #[uniffi::constructor]
    pub fn open(
        path: String,
        clocks: Arc<dyn Clocks>,
        keys: Option<Arc<dyn KeyStore>>,
        position: Option<Arc<dyn Position>>,
        network: Option<Arc<dyn NetworkState>>,
        watcher: Option<Arc<dyn Watcher>>,
    ) -> Result<Arc<Self>, CoreError> {
        let shell = Shell { clocks, keys, position, network, watcher };
        Self::opened_by(PathBuf::from(path), shell, Phone::open)
    }

    /// Closes the file, before the system suspends the app. Calls until [`RepPhone::resume`] are `Conflict{paused}`.
    ///
    /// It stops the long call that runs and waits for its end: a request on its way is left within 100 ms, the time between two
    /// tries within 200 ms, and what is being written, by it or by a tap, comes to its end first. So no listener may wait for the
    /// thread that pauses. Called by a listener, on the long call's own thread, it does not wait: that call ends, and lets go of
    /// the file, once the listener has returned.
    ///
    /// # Errors
    /// None today.
    pub fn pause(&self) -> Result<(), CoreError> {
        // In this order: a call that begins meanwhile sees the one or hears the other.
        self.paused.store(true, Ordering::SeqCst);
        self.cancel()?;
        let is_sender = self.is_sender();
        let _nobody = (!is_sender).then(|| self.sending.lock().unwrap_or_else(PoisonError::into_inner));
        let mut phone = self.lock();
        // Who resumed meanwhile came later; what is closed for damage stays that.
        if self.paused.load(Ordering::SeqCst) && phone.is_ok() {
            *phone = Err(CoreError::conflict(codes::Conflict::Paused));
        }
        Ok(())
    }

    /// Opens the file again; after damage, a new one.
    ///
    /// # Errors
    /// As [`RepPhone::open`], and `Corrupt` while a damaged file cannot be put aside.
    pub fn resume(&self) -> Result<(), CoreError> {
        // Before it opens: whoever pauses meanwhile came later, and closes again what is opened here.
        self.paused.store(false, Ordering::SeqCst);
        self.settle()?;
        let mut phone = self.lock();
        if phone.is_err() {
            *phone = Ok(guarded(|| Ok(self.open_beside()?))?);
        }
        Ok(())
    }

    /// Whose phone this is; `None` before enrolment.
    ///
    /// # Errors
    /// A failing file, or paused.
    pub fn rep(&self) -> Result<Option<RepNo>, CoreError> {
        self.with(|phone| match phone.rep() {
            Ok(rep) => Ok(Some(rep)),
            Err(PhoneError::NotEnrolled) => Ok(None),
            Err(why) => Err(why.into()),
        })
    }

    /// Whether there is a day's work on this phone: it is enrolled and has pulled once.
    ///
    /// # Errors
    /// A failing file, or paused.
    pub fn is_ready(&self) -> Result<bool, CoreError> {
        self.with(|phone| match phone.today() {
            Ok(_) => Ok(true),
            Err(PhoneError::NotEnrolled | PhoneError::NotPulled) => Ok(false),
            Err(why) => Err(why.into()),
        })
    }
}

impl RepPhone {
    fn opened_by(
        path: PathBuf,
        shell: Shell,
        open: impl FnOnce(&Path, Box<dyn Machine>) -> Result<Phone, PhoneError>,
    ) -> Result<Arc<Self>, CoreError> {
        let phone = guarded(|| Ok(open(&path, Box::new(ShellMachine::new(&shell)))?))?;
        Ok(Arc::new(Self {
            path,
            shell,
            phone: Mutex::new(Ok(phone)),
            sending: Mutex::new(()),
            sender: Mutex::new(None),
            cancelled: AtomicBool::new(false),
            paused: AtomicBool::new(false),
        }))
    }

    /// What the calls of the screens take turns at.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Result<Phone, CoreError>> {
        self.phone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file on a connection of its own.
    pub(crate) fn open_beside(&self) -> Result<Phone, PhoneError> {
        Phone::open(&self.path, Box::new(ShellMachine::new(&self.shell)))
    }

    /// Under the lock. A fault in the core is an error for the shell and leaves the phone usable.
    pub(crate) fn with<T>(
        &self,
        act: impl FnOnce(&mut Phone) -> Result<T, CoreError>,
    ) -> Result<T, CoreError> {
        let mut phone = self.lock();
        let done = match &mut *phone {
            Ok(open) => guarded(|| act(open)),
            Err(why) => Err(why.clone()),
        };
        close_if_damaged(&mut phone, &done);
        drop(phone);
        done.map_err(|why| self.told(why))
    }

    /// As [`RepPhone::with`], and says what has changed when it is done and the lock is free.
    pub(crate) fn change<T>(
        &self,
        what: Changed,
        act: impl FnOnce(&mut Phone) -> Result<T, CoreError>,
    ) -> Result<T, CoreError> {
        let done = self.with(act)?;
        self.tell(what);
        Ok(done)
    }

    pub(crate) fn tell(&self, what: Changed) {
        if let Some(watcher) = &self.shell.watcher {
            drop(watcher.changed(what));
        }
    }

    pub(crate) fn tell_progress(&self, progress: xundian_device::sync::Progress) {
        if let Some(watcher) = &self.shell.watcher {
            drop(watcher.progress(progress));
        }
    }

    pub(crate) fn log(&self, level: LogLevel, line: String) {
        self.shell.log(level, line);
    }
}

/// A panic of the core is a fault of ours and no reason to lose the app.
pub(crate) fn guarded<T>(act: impl FnOnce() -> Result<T, CoreError>) -> Result<T, CoreError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(CoreError::Internal { reason: text.unwrap_or_else(|| "fault".to_owned()) })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::errors::ShellError;

    struct Still;

    impl Clocks for Still {
        fn wall_ms(&self) -> Result<i64, ShellError> {
            Ok(1_785_114_000_000)
        }

        fn since_boot_ms(&self) -> Result<i64, ShellError> {
            Ok(60_000)
        }

        fn boot_id(&self) -> Result<String, ShellError> {
            Ok("boot".to_owned())
        }
    }

    /// A new phone's, in this folder.
    pub(crate) fn opened(folder: &Path) -> Arc<RepPhone> {
        let path = folder.join("phone.db").to_string_lossy().into_owned();
        RepPhone::open(path, Arc::new(Still), None, None, None, None).unwrap()
    }

    #[test]
    fn a_fault_of_the_core_is_an_error_and_the_phone_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let phone = opened(folder.path());
        let fault = |reason: &str| Err(CoreError::Internal { reason: reason.to_owned() });
        assert_eq!(phone.with::<()>(|_| panic!("a rule broke")), fault("a rule broke"));
        assert_eq!(phone.with::<()>(|_| panic!("store {}", 7)), fault("store 7"));
        let thrown = phone.with::<()>(|_| std::panic::panic_any(7));
        assert_eq!(thrown, fault("fault"), "what says nothing");
        assert_eq!(phone.rep(), Ok(None));
    }

    #[test]
    fn a_fault_while_the_file_is_opened_is_an_error_and_it_can_be_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, clocks) = (folder.path().join("phone.db"), Arc::new(Still));
        let shell = Shell { clocks, keys: None, position: None, network: None, watcher: None };
        let opening = RepPhone::opened_by(path, shell, |_, _| panic!("a page is odd"));
        let reason = "a page is odd".to_owned();
        assert_eq!(opening.err(), Some(CoreError::Internal { reason }));
        assert_eq!(opened(folder.path()).rep(), Ok(None));
    }
}
