//! What the engines of sync ask of their drivers, and what they are told: requests and answers, steps, ends. Who decides is
//! `engine`, `photos` and `pictures`; who does are their drivers.

use uuid::Uuid;
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::hello::HelloAnswer;
use xundian_protocol::pull::Page;
use xundian_protocol::push::{Answered, Standing as ServerStanding};

/// Where phone and server stand; kept on the phone between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// This enrolment.
    pub install: InstallId,
    /// The server's epoch, once heard.
    pub epoch: Option<Uuid>,
    /// Everything up to here is on the server.
    pub acked_dseq: u64,
    /// The highest place given so far.
    pub last_dseq: u64,
    /// Closings whose day the server has otherwise, and that were not listed yet.
    pub days: Vec<RecordId>,
    /// How far each scope was pulled.
    pub cursors: Vec<(String, String)>,
    /// A renewal that was asked for and not adopted; `true` = because the server was restored.
    pub renewing: Option<bool>,
}

/// A request to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`.
    pub method: &'static str,
    /// Path with query.
    pub path: String,
    /// Compressed.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Compressed.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether it sends on to another place, which the server never does: somebody who wants a login stands before it.
    pub(super) fn leads_elsewhere(&self) -> bool {
        (300..400).contains(&self.status)
    }
}

/// What to do next.
#[derive(Debug, Clone)]
pub enum Action {
    /// Read facts behind this place and give them to [`super::Engine::handle_facts`].
    ReadFacts {
        /// Behind this place.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// Send it; then [`super::Engine::handle_response`] or [`super::Engine::handle_failure`].
    Send(Request),
    /// Write verdicts, the standing with the last of them; then [`super::Engine::handle_written`].
    WriteVerdicts {
        /// The server's words.
        verdicts: Vec<Answered>,
        /// Where it stands; `acked_dseq` covers no record without a verdict.
        standing: ServerStanding,
    },
    /// Make a new install id and key, keep them, and give them to [`super::Engine::handle_install`] with the grant of the
    /// install of now. What was made and not adopted is used again.
    MakeInstall {
        /// Not the one that was made before: another copy of this phone has it.
        fresh: bool,
        /// The server was restored; kept with it.
        all: bool,
    },
    /// The new install is granted: forget what the server said if nothing of it counts any more, then give places in its row in
    /// the commit that makes it the install of now; then [`super::Engine::handle_adopted`].
    Adopt {
        /// The answer.
        granted: HelloAnswer,
        /// The server was restored in between: nothing is known to be there.
        all: bool,
    },
    /// Read the facts of the day that this record closed and give them to [`super::Engine::handle_day`].
    ReadDay(RecordId),
    /// Remember that the day was listed; what lacks gets new places at the end of the row. In one commit; then
    /// [`super::Engine::handle_listed`].
    DayListed {
        /// The record that closed the day.
        closing: RecordId,
        /// What the server lacks.
        missing: Vec<RecordId>,
    },
    /// Apply each page with its cursor in a commit of its own, then write the standing; then
    /// [`super::Engine::handle_written`].
    ApplyPages {
        /// In order.
        pages: Vec<Page>,
        /// Where the server stands.
        standing: ServerStanding,
    },
    /// Pause, then [`super::Engine::handle_waited`].
    Wait {
        /// Milliseconds.
        ms: u64,
    },
    /// The run is over.
    Finished(Outcome),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum Outcome {
    /// Both sides have everything.
    InStep,
    /// No connection, or the server is busy: later, and not before this many milliseconds.
    Later {
        /// As the server asked; 0 = whenever there is a network.
        ms: u64,
    },
    /// Enrol again; facts stay and are pushed under the new install.
    EnrolAgain,
    /// Update the app to pull; pushing still works.
    Update,
    /// The server's answer cannot be understood; nothing was changed by it.
    Puzzled,
    /// Somebody stopped it.
    Cancelled,
}
