//! The way to the server, which whoever cancels closes.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use xundian_device::phone::Phone;
use xundian_device::sync::{Credentials, HttpTransport, Request, Response, Transport, TransportError};

use crate::errors::CoreError;
use crate::phone::RepPhone;

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

/// The way of an enrolment. The screens' calls wait but for the time in which the server is asked.
pub(crate) struct EnrolmentLine<'a> {
    http: HttpTransport,
    phone: &'a RepPhone,
    screens: Option<MutexGuard<'a, Result<Phone, CoreError>>>,
    is_over: bool,
}

impl<'a> EnrolmentLine<'a> {
    pub(crate) fn new(http: HttpTransport, phone: &'a RepPhone) -> Self {
        Self { http, phone, screens: Some(phone.lock()), is_over: false }
    }

    /// Whether somebody cancelled.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }
}

impl Transport for EnrolmentLine<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        drop(self.screens.take());
        let answer = send_until(&self.phone.cancelled, &self.http, request, by);
        self.screens = Some(self.phone.lock());
        self.is_over = self.phone.cancelled.load(Ordering::Relaxed);
        if self.is_over { Err(TransportError("cancelled".to_owned())) } else { answer }
    }

    fn wait(&mut self, ms: u64) {
        self.http.wait(ms);
    }
}

/// The way of a run, which remembers that it was closed for the phone's date: time alone does not mend that.
pub(crate) struct Line<'a> {
    http: HttpTransport,
    cancelled: &'a AtomicBool,
    clock: Option<TransportError>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(http: HttpTransport, cancelled: &'a AtomicBool) -> Self {
        Self { http, cancelled, clock: None }
    }

    /// Why it was closed, if that was the phone's date.
    pub(crate) fn clock(self) -> Option<TransportError> {
        self.clock
    }
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
