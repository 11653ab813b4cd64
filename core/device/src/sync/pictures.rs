//! Fetching the pictures of display standards: behind the facts and the photos, when the shell says that the network is
//! good for it, one after the other. Sans-IO like the engine: `poll` says what to do, `handle_…` takes in what happened.
//! What comes with other bytes than its name says is thrown away and asked for again in the next run, not in this one.

use std::collections::VecDeque;

use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::tables::StandardPicture;
use xundian_protocol::{Refusal, codec};

use super::action::{Outcome, Request, Response};
use super::patience::Patience;
use super::photos::{TRIES, end_by, pause_ms};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureAction {
    /// Send it; then [`Pictures::handle_response`] or [`Pictures::handle_failure`].
    Send(Request),
    /// These are its bytes: keep them; then [`Pictures::handle_kept`].
    Keep {
        /// Which.
        picture: StandardPicture,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Pause, then [`Pictures::handle_waited`].
    Wait {
        /// Milliseconds.
        ms: u64,
    },
    /// The run is over.
    Finished(Outcome),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Asking,
    Waiting,
    Keeping(Vec<u8>),
    Done(Outcome),
}

/// One run of fetching pictures.
#[derive(Debug)]
pub struct Pictures {
    lacking: VecDeque<StandardPicture>,
    state: State,
    patience: Patience,
}

impl Pictures {
    /// A run for what is not here. `jitter` is any random number.
    pub fn new(lacking: Vec<StandardPicture>, jitter: u64) -> Self {
        Self { lacking: lacking.into(), state: State::Asking, patience: Patience::new(TRIES, jitter) }
    }

    /// What to do next; asked again it says the same.
    pub fn poll(&self) -> PictureAction {
        match (&self.state, self.lacking.front()) {
            (State::Done(outcome), _) => PictureAction::Finished(*outcome),
            (_, None) => PictureAction::Finished(Outcome::InStep),
            (State::Waiting, Some(_)) => PictureAction::Wait { ms: self.patience.pause_ms() },
            (State::Asking, Some(picture)) => {
                let path = format!("/v1/pictures/{}", picture.sha256);
                PictureAction::Send(Request { method: "GET", path, body: Vec::new() })
            }
            (State::Keeping(bytes), Some(picture)) => {
                PictureAction::Keep { picture: picture.clone(), bytes: bytes.clone() }
            }
        }
    }

    /// The server answered.
    pub fn handle_response(&mut self, response: &Response) {
        match (response.status, self.lacking.front()) {
            (200, Some(picture)) if picture.is_of(&response.body) => {
                self.patience.restore();
                self.state = State::Keeping(response.body.clone());
            }
            // Other bytes; or the standard has another picture since, and the next pull says so.
            (200 | 404, _) => self.leave(),
            _ => self.refused(response),
        }
    }

    /// It is on the disk.
    pub fn handle_kept(&mut self) {
        self.leave();
    }

    /// No answer came.
    pub fn handle_failure(&mut self) {
        let (may_try, ms) = (self.patience.fail(), self.patience.asked_ms());
        self.state = if may_try { State::Waiting } else { State::Done(Outcome::Later { ms }) };
    }

    /// The pause is over.
    pub fn handle_waited(&mut self) {
        self.patience.waited();
        if self.state == State::Waiting {
            self.state = State::Asking;
        }
    }

    /// Stops before the next request.
    pub fn cancel(&mut self) {
        self.state = State::Done(Outcome::Cancelled);
    }

    fn leave(&mut self) {
        self.lacking.pop_front();
        if !matches!(self.state, State::Done(_)) {
            self.state = State::Asking;
        }
    }

    fn refused(&mut self, response: &Response) {
        let refusal = codec::decode::<Refusal>(&response.body, SMALL_BYTES).ok();
        match refusal.as_ref().and_then(end_by) {
            Some(outcome) => self.state = State::Done(outcome),
            None if response.leads_elsewhere() => self.state = State::Done(Outcome::Puzzled),
            None => {
                self.patience.ask(refusal.as_ref().map_or(0, pause_ms));
                self.handle_failure();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use xundian_protocol::RefusalCode;

    use super::*;

    fn run_for(pictures: &[&[u8]]) -> Pictures {
        Pictures::new(pictures.iter().map(|bytes| StandardPicture::of(bytes)).collect(), 7)
    }

    fn came(body: &[u8]) -> Response {
        Response { status: 200, body: body.to_vec() }
    }

    fn no(code: RefusalCode, retry_after_s: Option<u32>) -> Response {
        let refusal = Refusal { retry_after_s, ..Refusal::new(code, "no") };
        Response { status: code.status(), body: codec::encode(&refusal, SMALL_BYTES).unwrap() }
    }

    fn asks_for(run: &Pictures, bytes: &[u8]) -> bool {
        let path = format!("/v1/pictures/{}", StandardPicture::of(bytes).sha256);
        run.poll() == PictureAction::Send(Request { method: "GET", path, body: Vec::new() })
    }

    #[test]
    fn pictures_come_one_after_the_other_and_each_is_kept_once() {
        let mut run = run_for(&[b"one", b"two"]);
        for bytes in [&b"one"[..], b"two"] {
            assert!(asks_for(&run, bytes) && asks_for(&run, bytes), "asked again it says the same");
            run.handle_response(&came(bytes));
            let keep = PictureAction::Keep { picture: StandardPicture::of(bytes), bytes: bytes.to_vec() };
            assert_eq!(run.poll(), keep);
            run.handle_kept();
        }
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::InStep));
        assert_eq!(run_for(&[]).poll(), PictureAction::Finished(Outcome::InStep));
    }

    #[test]
    fn other_bytes_are_not_kept_and_not_asked_for_again_in_this_run() {
        for wrong in [came(b"on"), came(b"onE"), came(b""), no(RefusalCode::NotFound, None)] {
            let mut run = run_for(&[b"one", b"two"]);
            run.handle_response(&wrong);
            assert!(asks_for(&run, b"two"), "{wrong:?}");
        }
    }

    #[test]
    fn a_line_that_breaks_is_tried_three_times_and_a_picture_that_came_begins_the_count_again() {
        let mut run = run_for(&[b"one", b"two"]);
        run.handle_failure();
        assert!(matches!(run.poll(), PictureAction::Wait { ms: 500..1_000 }), "{:?}", run.poll());
        run.handle_waited();
        run.handle_response(&Response { status: 502, body: b"a proxy".to_vec() });
        assert!(matches!(run.poll(), PictureAction::Wait { ms: 1_000..2_000 }), "{:?}", run.poll());
        run.handle_waited();
        run.handle_response(&came(b"one"));
        run.handle_kept();
        for _ in 0..3 {
            assert!(asks_for(&run, b"two"));
            run.handle_failure();
            run.handle_waited();
        }
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::Later { ms: 0 }));
    }

    #[test]
    fn a_short_pause_that_is_asked_for_at_the_last_try_holds_after_the_run() {
        let mut run = run_for(&[b"one"]);
        for _ in 0..3 {
            assert!(asks_for(&run, b"one"));
            run.handle_response(&no(RefusalCode::Busy, Some(5)));
            if matches!(run.poll(), PictureAction::Wait { .. }) {
                run.handle_waited();
            }
        }
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::Later { ms: 5_000 }));
        let mut run = run_for(&[b"one"]);
        run.handle_response(&no(RefusalCode::Busy, Some(5)));
        run.handle_waited();
        for _ in 0..2 {
            run.handle_failure();
            run.handle_waited();
        }
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::Later { ms: 0 }), "waited for once");
    }

    #[test]
    fn a_refusal_ends_the_run_as_it_ends_one_of_photos() {
        for (refused, outcome) in [
            (no(RefusalCode::Busy, Some(60)), Outcome::Later { ms: 60_000 }),
            (no(RefusalCode::Token, None), Outcome::Later { ms: 0 }),
            (no(RefusalCode::Fork, None), Outcome::Later { ms: 0 }),
            (no(RefusalCode::Revoked, None), Outcome::EnrolAgain),
        ] {
            let mut run = run_for(&[b"one"]);
            run.handle_response(&refused);
            assert_eq!(run.poll(), PictureAction::Finished(outcome));
        }
        let mut run = run_for(&[b"one"]);
        run.handle_response(&Response { status: 302, body: b"<html>".to_vec() });
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::Puzzled));
        let mut run = run_for(&[b"one"]);
        run.cancel();
        assert_eq!(run.poll(), PictureAction::Finished(Outcome::Cancelled));
    }
}
