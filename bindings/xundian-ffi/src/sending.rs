//! Long calls: enrolment, sync, photos and pictures. One at a time; each can be cancelled from any thread and loses nothing. All but
//! the enrolment run on a connection of their own, so that taps go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::thread::ThreadId;
use std::time::Duration;

use xundian_device::phone::{JournalExport, OrderSlip, Phone};
use xundian_device::store::Store;
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome, Progress, Request, Response, SyncError, SyncReport, Transport,
    TransportError, enrol, enrol_invited, fetch_pictures_beside, send_photos_beside, sync_beside,
};
use xundian_domain::BusinessDate;
use xundian_protocol::invitation::Invitation;

use crate::errors::CoreError;
use crate::phone::{RepPhone, guarded};
use crate::shell::{Changed, LogLevel, ShellMachine};

/// Where the server's address lies in the file.
const SERVER: &str = "server";

#[uniffi::export]
impl RepPhone {
    /// Enrols this phone with a code of the office. Asking again with the same code after a lost answer is safe.
    ///
    /// # Errors
    /// `InvalidInput{server}`, `Unauthorized{wrong_code}`, `Conflict{others_wait}`, `Network`, `Cancelled`.
    pub fn enrol(&self, server: String, code: String) -> Result<(), CoreError> {
        let server = server.trim().trim_end_matches('/').to_owned();
        let code = code.trim().to_uppercase();
        if code.is_empty() {
            return Err(CoreError::input("code", "empty"));
        }
        self.join(&server, |phone, line| enrol(phone, line, &code))
    }

    /// As [`RepPhone::enrol`], with the text of the office's QR.
    ///
    /// # Errors
    /// `InvalidInput{invitation, unreadable}`, `Unauthorized{other_company}` when another server answers, and those of
    /// [`RepPhone::enrol`].
    pub fn enrol_invited(&self, invitation: String) -> Result<(), CoreError> {
        let read = Invitation::read(&invitation);
        let invited = read.ok_or_else(|| CoreError::input("invitation", "unreadable"))?;
        let server = invited.server.trim_end_matches('/').to_owned();
        self.join(&server, |phone, line| enrol_invited(phone, line, &invited))
    }

    /// The server's address; `None` before enrolment.
    ///
    /// # Errors
    /// A failing file, or paused.
    pub fn server(&self) -> Result<Option<String>, CoreError> {
        self.with(|_| Ok(Store::open(&self.path)?.setting(SERVER)?))
    }

    /// One run of sync. That there is no network is an outcome, not an error.
    ///
    /// # Errors
    /// `Unauthorized{not_enrolled}`, `Unauthorized{key_lost}`, `Network{clock}` when the phone's date must be set, `Conflict{busy}` while another long call runs, a failing file.
    pub fn sync(&self) -> Result<SyncReport, CoreError> {
        let report = self.run(|machine, line, go_on| sync_beside(&self.path, machine, line, go_on))?;
        self.tell(Changed::Facts);
        if report.progress.rows_down > 0 {
            self.tell(Changed::Master);
        }
        Ok(report)
    }

    /// Sends the photos that wait, then fetches the pictures of display standards that are not here, as long as
    /// [`crate::NetworkState`] is good for them; then it is `Cancelled`, and they wait on.
    ///
    /// # Errors
    /// As [`RepPhone::sync`].
    pub fn send_photos(&self) -> Result<SyncReport, CoreError> {
        let report = self.run(|machine, line, go_on| {
            let mut go_on = |progress: &Progress| go_on(progress) && self.shell.is_good_for_photos();
            let sent = send_photos_beside(&self.path, machine, line, &mut go_on)?;
            if sent.outcome != Outcome::InStep {
                return Ok(sent);
            }
            let go_on = |progress: &Progress| go_on(&sent.progress.then(progress));
            // The photos went, whatever becomes of the pictures: those are fetched by a later run.
            let Ok(fetched) = fetch_pictures_beside(&self.path, machine, line, go_on) else {
                return Ok(sent);
            };
            Ok(SyncReport { progress: sent.progress.then(&fetched.progress), ..fetched })
        })?;
        self.tell(Changed::Facts);
        if report.progress.rows_down > 0 {
            self.tell(Changed::Master);
        }
        Ok(report)
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

    /// Everything that the server lacks as an encrypted file with a code that is shown once.
    ///
    /// # Errors
    /// A failing file.
    pub fn export_journal(&self) -> Result<JournalExport, CoreError> {
        self.with(|phone| Ok(phone.export_journal()?))
    }

    /// Takes in the journal of another phone of this rep.
    ///
    /// # Errors
    /// `InvalidInput{code}`, `InvalidInput{journal}`.
    pub fn import_journal(
        &self,
        bytes: Vec<u8>,
        code: String,
    ) -> Result<xundian_device::phone::ImportReport, CoreError> {
        self.change(Changed::Facts, |phone| Ok(phone.import_journal(&bytes, &code)?))
    }
}

impl RepPhone {
    fn join(
        &self,
        server: &str,
        act: impl FnOnce(&mut Phone, &mut dyn Transport) -> Result<(), SyncError>,
    ) -> Result<(), CoreError> {
        let http = self.transport(server)?;
        let _one = self.one_at_a_time()?;
        let mut line = UntilCancelled { http, cancelled: &self.cancelled, is_over: false };
        let joined = self.with(|phone| Ok(act(phone, &mut line)?));
        if line.is_over {
            return Err(CoreError::Cancelled);
        }
        joined?;
        guarded(|| Ok(Store::open(&self.path)?.set(&[(SERVER, server)])?))?;
        self.tell(Changed::Facts);
        Ok(())
    }

    fn transport(&self, server: &str) -> Result<HttpTransport, CoreError> {
        let heard = self.with(|phone| Ok(phone.server_time()?))?;
        HttpTransport::heard_at(server, None, heard).map_err(|_| CoreError::input("server", "bad_address"))
    }

    fn one_at_a_time(&self) -> Result<Sending<'_>, CoreError> {
        let one = match self.sending.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let reason = if self.paused.load(Ordering::SeqCst) { "paused" } else { "busy" };
                return Err(CoreError::conflict(reason));
            }
        };
        let call = Sending { phone: self, _one: one };
        call.set_thread(Some(std::thread::current().id()));
        // In this order: a pause sets its flag first and cancels then, so that either is heard.
        self.cancelled.store(false, Ordering::SeqCst);
        if self.paused.load(Ordering::SeqCst) {
            return Err(CoreError::conflict("paused"));
        }
        Ok(call)
    }

    /// Whether this thread is in a long call, and asks from a listener.
    pub(crate) fn is_sender(&self) -> bool {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        *sender == Some(std::thread::current().id())
    }

    fn run(
        &self,
        act: impl FnOnce(
            &mut ShellMachine,
            &mut dyn Transport,
            &mut dyn FnMut(&Progress) -> bool,
        ) -> Result<SyncReport, SyncError>,
    ) -> Result<SyncReport, CoreError> {
        let _one = self.one_at_a_time()?;
        let server = self.server()?.ok_or(CoreError::Unauthorized { reason: "not_enrolled".to_owned() })?;
        let mut line = Line { http: self.transport(&server)?, cancelled: &self.cancelled, clock: None };
        let mut machine = ShellMachine::new(&self.shell);
        let mut go_on = |progress: &Progress| {
            self.tell_progress(*progress);
            !self.cancelled.load(Ordering::Relaxed)
        };
        let report = guarded(|| Ok(act(&mut machine, &mut line, &mut go_on)?))?;
        if let (Outcome::Later { .. }, Some(why)) = (report.outcome, line.clock) {
            return Err(why.into());
        }
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

/// So often a request that is on its way looks whether somebody cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Sends and waits until somebody cancels: a server that is silent holds nobody for its half minute. What it answers then is as
/// good as lost, and can be asked for again.
fn send_until(
    cancelled: &AtomicBool,
    http: &HttpTransport,
    request: &Request,
    by: Option<&Credentials>,
) -> Result<Response, TransportError> {
    let (tell, heard) = channel();
    let (mut http, request, by) = (http.clone(), request.clone(), by.cloned());
    let asking = std::thread::Builder::new().name("request".to_owned());
    // Nobody may be left to hear it.
    asking
        .spawn(move || drop(tell.send(http.send(&request, by.as_ref()))))
        .map_err(|why| TransportError(why.to_string()))?;
    loop {
        let answer = heard.recv_timeout(LOOK);
        match answer {
            _ if cancelled.load(Ordering::Relaxed) => return Err(TransportError("cancelled".to_owned())),
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(TransportError("no answer".to_owned())),
        }
    }
}

/// The way to the server until somebody cancels.
struct UntilCancelled<'a> {
    http: HttpTransport,
    cancelled: &'a AtomicBool,
    is_over: bool,
}

impl Transport for UntilCancelled<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = send_until(self.cancelled, &self.http, request, by);
        self.is_over = self.cancelled.load(Ordering::Relaxed);
        if self.is_over { Err(TransportError("cancelled".to_owned())) } else { answer }
    }

    fn wait(&mut self, ms: u64) {
        self.http.wait(ms);
    }
}

/// The way to the server, which remembers that it was closed for the phone's date: time alone does not mend that.
struct Line<'a> {
    http: HttpTransport,
    cancelled: &'a AtomicBool,
    clock: Option<TransportError>,
}

impl Transport for Line<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = send_until(self.cancelled, &self.http, request, by);
        self.clock = answer.as_ref().err().filter(|why| why.is_clock()).cloned();
        answer
    }

    fn wait(&mut self, ms: u64) {
        self.http.wait(ms);
    }
}
