//! Long calls: enrolment, sync, photos and pictures. One at a time; each can be cancelled from any thread and loses nothing, and
//! runs on a connection of its own, so that taps go on.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::thread::ThreadId;

use xundian_device::phone::{JournalExport, OrderSlip, Phone, PhoneError};
use xundian_device::store::Store;
use xundian_device::sync::{
    HttpTransport, Outcome, Progress, SyncError, SyncReport, Transport, enrol, enrol_invited,
    fetch_pictures_beside, send_photos_beside, sync_beside,
};
use xundian_domain::BusinessDate;
use xundian_protocol::invitation::Invitation;
use xundian_protocol::journal::ImportKey;

use crate::codes;
use crate::damage::{close_if_damaged, is_damaged};
use crate::errors::CoreError;
use crate::line::{EnrolmentLine, Line};
use crate::phone::{RepPhone, guarded};
use crate::shell::{Changed, LogLevel, ShellMachine};

/// Where the company's key lies in the file, by which journals are sealed; empty = its server has none.
const COMPANY_KEY: &str = "import_key";

#[uniffi::export]
impl RepPhone {
    /// Enrols this phone with a code of the office. Asking again with the same code after a lost answer is safe.
    ///
    /// # Errors
    /// `InvalidInput{server|code}`, `Unauthorized{wrong_code}`, `Unauthorized{other_company}` when the server is not that of the company
    /// that this phone works for, `Network`, `Cancelled`; with another rep's code also `Conflict{visit_open}` and
    /// `Conflict{others_wait}`, then the phone stays whose it was and the code is still good.
    pub fn enrol(&self, server: String, code: String) -> Result<(), CoreError> {
        let server = server.trim().trim_end_matches('/').to_owned();
        let code = code.trim().to_uppercase();
        if code.is_empty() {
            return Err(CoreError::input("code", codes::InvalidInput::Empty));
        }
        self.join(|company| match company {
            // As if the office's QR had said it: another company's server is not believed.
            Some(key) => self.ask_invited(&Invitation { server, code, key }),
            None => self.ask(&server, |phone, line| enrol(phone, line, &code)),
        })
    }

    /// As [`RepPhone::enrol`], with the text of the office's QR.
    ///
    /// # Errors
    /// `InvalidInput{invitation, unreadable}`, `InvalidInput{invitation, other_company}` when it is not of the company that this
    /// phone works for, `Unauthorized{other_company}` when another server answers, and those of [`RepPhone::enrol`].
    pub fn enrol_invited(&self, invitation: String) -> Result<(), CoreError> {
        let refused = |code| CoreError::input("invitation", code);
        let invited =
            Invitation::read(&invitation).ok_or_else(|| refused(codes::InvalidInput::Unreadable))?;
        self.join(|company| {
            if company.is_some_and(|key| key != invited.key) {
                return Err(refused(codes::InvalidInput::OtherCompany));
            }
            self.ask_invited(&invited)
        })
    }

    /// The server's address; `None` before enrolment.
    ///
    /// # Errors
    /// A failing file, or paused.
    pub fn server(&self) -> Result<Option<String>, CoreError> {
        self.with(|_| Ok(Store::open(&self.path)?.server()?))
    }

    /// One run of sync. That there is no network is an outcome, not an error.
    ///
    /// # Errors
    /// `Unauthorized{not_enrolled}`, `Unauthorized{key_lost}`, `Network{clock}` when the phone's date must be set, `Conflict{busy}` while another long call runs, a failing file.
    pub fn sync(&self) -> Result<SyncReport, CoreError> {
        self.tell_of(self.run(|machine, line, go_on| sync_beside(&self.path, machine, line, go_on)))
    }

    /// Sends the photos that wait, then fetches the pictures of display standards that are not here, as long as
    /// [`crate::NetworkState`] is good for them; then it is `Cancelled`, and they wait on.
    ///
    /// # Errors
    /// As [`RepPhone::sync`].
    pub fn send_photos(&self) -> Result<SyncReport, CoreError> {
        let sent = self.run(|machine, line, go_on| {
            let mut go_on = |progress: &Progress| go_on(progress) && self.shell.is_good_for_photos();
            let sent = send_photos_beside(&self.path, machine, line, &mut go_on)?;
            if sent.outcome != Outcome::InStep {
                return Ok(sent);
            }
            let go_on = |progress: &Progress| go_on(&sent.progress.then(progress));
            match fetch_pictures_beside(&self.path, machine, line, go_on) {
                Ok(fetched) => Ok(SyncReport { progress: sent.progress.then(&fetched.progress), ..fetched }),
                Err(why) if is_damaged(&why) => Err(why),
                // The photos went, whatever becomes of the pictures: those are fetched by a later run.
                Err(_) => Ok(sent),
            }
        });
        self.tell_of(sent)
    }

    /// Ends the long call that runs, if any, also while it waits for an answer. An enrolment has one: its answer is thrown away, as if it were lost.
    ///
    /// # Errors
    /// None today.
    pub fn cancel(&self) -> Result<(), CoreError> {
        self.cancelled.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// The day's orders for the distributor when there is no server.
    ///
    /// # Errors
    /// `NotFound{no_orders}`, a failing file.
    pub fn order_slips(&self, date: BusinessDate) -> Result<Vec<OrderSlip>, CoreError> {
        self.with(|phone| Ok(phone.order_slips(date)?))
    }

    /// Everything that the server lacks as an encrypted file with a code that the core keeps nowhere. It counts as kept elsewhere
    /// when the shell says that the file went to somebody: `journal_left`.
    ///
    /// # Errors
    /// `Unauthorized{not_enrolled}`, `Unauthorized{key_lost}`, `Internal` when there is too much for one file or too little memory,
    /// a failing file.
    pub fn export_journal(&self) -> Result<JournalExport, CoreError> {
        self.with(|phone| match phone.export_journal() {
            // Not what anybody entered: there is no file yet that could be a wrong one.
            Err(PhoneError::Journal(why)) => Err(CoreError::Internal { reason: why.to_string() }),
            exported => Ok(exported?),
        })
    }

    /// The file of an export was handed to somebody, `upto` from that export: another rep may take this phone over.
    ///
    /// # Errors
    /// A failing file.
    pub fn journal_left(&self, upto: i64) -> Result<(), CoreError> {
        self.with(|phone| Ok(phone.journal_left(upto)?))
    }

    /// Takes in the journal of another phone of this rep.
    ///
    /// # Errors
    /// `InvalidInput{code}`, `InvalidInput{journal}`, `Unauthorized{not_enrolled}`, `IncompatibleVersion{newer_journal}`, a failing
    /// file.
    pub fn import_journal(
        &self,
        bytes: Vec<u8>,
        code: String,
    ) -> Result<xundian_device::phone::ImportReport, CoreError> {
        self.change(Changed::Facts, |phone| Ok(phone.import_journal(&bytes, &code)?))
    }
}

impl RepPhone {
    /// An enrolment has the line before it looks at anything: from there on a stop is heard. `act` is told whose phone this is.
    fn join(&self, act: impl FnOnce(Option<[u8; 32]>) -> Result<(), CoreError>) -> Result<(), CoreError> {
        self.alone(|| act(self.company()?))?;
        self.tell(Changed::Facts);
        Ok(())
    }

    /// Fingerprint of the key of the company that this phone works for; `None` = it is nobody's, or its server has none.
    fn company(&self) -> Result<Option<[u8; 32]>, CoreError> {
        let kept = self.with(|_| Ok(Store::open(&self.path)?.setting(COMPANY_KEY)?))?;
        Ok(kept.and_then(|text| ImportKey::read(&text)).map(|key| key.fingerprint()))
    }

    fn ask_invited(&self, invited: &Invitation) -> Result<(), CoreError> {
        let server = invited.server.trim_end_matches('/');
        self.ask(server, |phone, line| enrol_invited(phone, line, invited))
    }

    /// The screens' calls wait while the enrolment reads and writes, so that none comes between a look at what waits and what
    /// becomes of it; while the server is asked they go on ([`EnrolmentLine`]).
    fn ask(
        &self,
        server: &str,
        act: impl FnOnce(&mut Phone, &mut dyn Transport) -> Result<(), SyncError>,
    ) -> Result<(), CoreError> {
        if self.cancelled.load(Ordering::SeqCst) {
            return Err(CoreError::Cancelled);
        }
        let http = self.transport(server)?;
        let mut phone = self.open_beside()?;
        // The address comes with the install in one commit: a code that was taken is of no use without it.
        Store::open(&self.path)?.ask_at(server)?;
        let mut line = EnrolmentLine::new(http, self);
        let joined = act(&mut phone, &mut line);
        if line.is_over() {
            return Err(CoreError::Cancelled);
        }
        Ok(joined?)
    }

    fn transport(&self, server: &str) -> Result<HttpTransport, CoreError> {
        let heard = self.with(|phone| Ok(phone.server_time()?))?;
        HttpTransport::heard_at(server, None, heard)
            .map_err(|_| CoreError::input("server", codes::InvalidInput::BadAddress))
    }

    /// The one long call. It holds the file while it runs, and no longer.
    fn alone<T>(&self, act: impl FnOnce() -> Result<T, CoreError>) -> Result<T, CoreError> {
        let one = self.one_at_a_time()?;
        let done = guarded(act);
        close_if_damaged(&mut self.lock(), &done);
        drop(one);
        done.map_err(|why| self.told(why))
    }

    fn one_at_a_time(&self) -> Result<Sending<'_>, CoreError> {
        let one = match self.sending.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let is_paused = self.paused.load(Ordering::SeqCst);
                let why = if is_paused { codes::Conflict::Paused } else { codes::Conflict::Busy };
                return Err(CoreError::conflict(why));
            }
        };
        let call = Sending { phone: self, _one: one };
        // In this order: a pause sets its flag first and cancels then, so that either is heard.
        self.cancelled.store(false, Ordering::SeqCst);
        call.set_thread(Some(std::thread::current().id()));
        if self.paused.load(Ordering::SeqCst) {
            return Err(CoreError::conflict(codes::Conflict::Paused));
        }
        Ok(call)
    }

    /// Whether this thread is in a long call, and asks from a listener.
    pub(crate) fn is_sender(&self) -> bool {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        *sender == Some(std::thread::current().id())
    }

    /// Says what a run has changed, also one that failed: what it had written by then is on the disk.
    fn tell_of(&self, run: Result<SyncReport, CoreError>) -> Result<SyncReport, CoreError> {
        if matches!(run, Err(CoreError::Conflict { .. })) {
            return run;
        }
        self.tell(Changed::Facts);
        if run.as_ref().map_or(true, |report| report.progress.rows_down > 0) {
            self.tell(Changed::Master);
        }
        run
    }

    fn run(
        &self,
        act: impl FnOnce(
            &mut ShellMachine,
            &mut dyn Transport,
            &mut dyn FnMut(&Progress) -> bool,
        ) -> Result<SyncReport, SyncError>,
    ) -> Result<SyncReport, CoreError> {
        let report = self.alone(|| {
            let server = self.server()?;
            let server = server.ok_or_else(|| CoreError::unauthorized(codes::Unauthorized::NotEnrolled))?;
            let mut line = Line::new(self.transport(&server)?, &self.cancelled);
            let mut machine = ShellMachine::new(&self.shell);
            let mut go_on = |progress: &Progress| {
                self.tell_progress(*progress);
                !self.cancelled.load(Ordering::Relaxed)
            };
            let report = act(&mut machine, &mut line, &mut go_on)?;
            match (report.outcome, line.clock()) {
                (Outcome::Later { .. }, Some(why)) => Err(why.into()),
                _ => Ok(report),
            }
        })?;
        if report.outcome != Outcome::InStep {
            self.log(LogLevel::Info, format!("sync ended with {:?}", report.outcome));
        }
        Ok(report)
    }
}

/// The one long call, from its beginning until this is dropped.
struct Sending<'a> {
    phone: &'a RepPhone,
    _one: MutexGuard<'a, ()>,
}

impl Sending<'_> {
    fn set_thread(&self, thread: Option<ThreadId>) {
        *self.phone.sender.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.set_thread(None);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::phone::tests::opened;

    #[test]
    fn a_stop_is_heard_before_an_enrolment_knows_whose_phone_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let phone = opened(folder.path());
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        door.set_nonblocking(true).unwrap();
        let (address, asked) = (format!("http://{}", door.local_addr().unwrap()), Arc::clone(&phone));
        // As long as a tap holds the file, the enrolment cannot look into it.
        let tap = phone.lock();
        let asking = std::thread::spawn(move || asked.enrol(address, "ABCD2345".to_owned()));
        let has_line = || phone.sender.lock().unwrap().is_some();
        for _ in (0..1_000).take_while(|_| !has_line()) {
            std::thread::sleep(Duration::from_millis(5));
        }
        phone.cancel().unwrap();
        drop(tap);
        assert_eq!(asking.join().unwrap(), Err(CoreError::Cancelled));
        assert!(door.accept().is_err(), "nobody was asked");
    }
}
