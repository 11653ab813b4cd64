//! Sending photos: apart from the facts and after them, when the shell says that the network is good for it. Sans-IO
//! like the engine: `poll` says what to do, `handle_…` takes in what happened. A photo goes on where it was cut; the
//! server says where that is, so that nothing about it is kept here.

use std::collections::VecDeque;

use uuid::Uuid;
use xundian_protocol::blobs::{HaveAnswer, HaveRequest};
use xundian_protocol::limits::{BLOB_PIECE_BYTES, SMALL_BYTES};
use xundian_protocol::{Refusal, RefusalCode, codec};

use super::action::{Outcome, Request, Response};
use super::patience::Patience;
use crate::store::WaitingPhoto;

/// Tries of one request before the run ends.
pub(super) const TRIES: u32 = 3;

/// A pause of so many seconds is waited for in the run; a longer one ends it.
const SHORT_PAUSE_S: u32 = 5;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoAction {
    /// Send it; then [`Photos::handle_response`] or [`Photos::handle_failure`].
    Send(Request),
    /// Read so many bytes of a photo from this offset and give them to [`Photos::handle_piece`].
    Read {
        /// Which.
        sha256: String,
        /// From.
        offset: u64,
        /// At most.
        length: usize,
    },
    /// The server has the whole of it: note that; then [`Photos::handle_noted`].
    Sent(String),
    /// The server says that these bytes are not those of the name: look; then [`Photos::handle_checked`].
    Check(String),
    /// There is nothing here that could be sent: note that; then [`Photos::handle_noted`].
    Gone(String),
    /// Pause, then [`Photos::handle_waited`].
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
    Next,
    Reading,
    Sending(Vec<u8>),
    Noting(String),
    Checking(String),
    Losing(String),
    Waiting,
    Done(Outcome),
}

/// A photo on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Going {
    photo: WaitingPhoto,
    offset: u64,
    restarted: bool,
}

/// One run of sending photos.
#[derive(Debug)]
pub struct Photos {
    waiting: VecDeque<Going>,
    had: VecDeque<String>,
    state: State,
    patience: Patience,
    /// The server's, as the phone knows it.
    epoch: Option<Uuid>,
}

impl Photos {
    /// A run with what waits. `jitter` is any random number.
    pub fn new(waiting: Vec<WaitingPhoto>, jitter: u64) -> Self {
        let state = if waiting.is_empty() { State::Done(Outcome::InStep) } else { State::Asking };
        let going = |photo| Going { photo, offset: 0, restarted: false };
        let (waiting, patience) = (waiting.into_iter().map(going).collect(), Patience::new(TRIES, jitter));
        Self { waiting, had: VecDeque::new(), state, patience, epoch: None }
    }

    /// With the server's epoch as the phone knows it: one that was restored since is left to the sync of facts first.
    #[must_use]
    pub fn in_epoch(self, epoch: Option<Uuid>) -> Self {
        Self { epoch, ..self }
    }

    /// What to do next; asked again it says the same.
    pub fn poll(&mut self) -> PhotoAction {
        if self.state == State::Next {
            self.state = match (self.had.pop_front(), self.waiting.front()) {
                (Some(had), _) => State::Noting(had),
                // All bytes are there and the server died before it said so: a piece of nothing asks it to look.
                (None, Some(going)) if going.offset >= going.photo.length => State::Sending(Vec::new()),
                (None, Some(_)) => State::Reading,
                (None, None) => State::Done(Outcome::InStep),
            };
        }
        match &self.state {
            State::Asking => self.ask(),
            State::Reading => self.waiting.front().map_or(PhotoAction::Finished(Outcome::InStep), |going| {
                let (sha256, offset) = (going.photo.sha256.clone(), going.offset);
                PhotoAction::Read { sha256, offset, length: BLOB_PIECE_BYTES }
            }),
            State::Sending(piece) => self.piece(piece),
            State::Noting(sha256) => PhotoAction::Sent(sha256.clone()),
            State::Checking(sha256) => PhotoAction::Check(sha256.clone()),
            State::Losing(sha256) => PhotoAction::Gone(sha256.clone()),
            State::Waiting => PhotoAction::Wait { ms: self.patience.pause_ms() },
            State::Done(outcome) => PhotoAction::Finished(*outcome),
            State::Next => PhotoAction::Finished(Outcome::Puzzled),
        }
    }

    fn ask(&self) -> PhotoAction {
        let sha256 = self.waiting.iter().map(|going| going.photo.sha256.clone()).collect();
        match codec::encode(&HaveRequest { sha256 }, SMALL_BYTES) {
            Ok(body) => {
                PhotoAction::Send(Request { method: "POST", path: "/v1/blobs/have".to_owned(), body })
            }
            Err(_) => PhotoAction::Finished(Outcome::Puzzled),
        }
    }

    fn piece(&self, piece: &[u8]) -> PhotoAction {
        let Some(going) = self.waiting.front() else { return PhotoAction::Finished(Outcome::Puzzled) };
        let (sha256, offset, total) = (&going.photo.sha256, going.offset, going.photo.length);
        let path = format!("/v1/blobs/{sha256}?offset={offset}&total={total}");
        PhotoAction::Send(Request { method: "PUT", path, body: piece.to_vec() })
    }

    /// The bytes that were asked for; none = the file is gone or too short.
    pub fn handle_piece(&mut self, piece: Vec<u8>) {
        if piece.is_empty() {
            let gone = self.waiting.pop_front();
            self.state = gone.map_or(State::Next, |going| State::Losing(going.photo.sha256));
        } else {
            self.state = State::Sending(piece);
        }
    }

    /// Whether the bytes here are those of the name: then the photo waits for the next run.
    pub fn handle_checked(&mut self, is_right: bool) {
        self.state = match &self.state {
            State::Checking(sha256) if !is_right => State::Losing(sha256.clone()),
            _ => State::Next,
        };
    }

    /// It is noted that the server has a photo, or that there is none.
    pub fn handle_noted(&mut self) {
        self.state = State::Next;
    }

    /// No answer came.
    pub fn handle_failure(&mut self) {
        let (may_try, ms) = (self.patience.fail(), self.patience.asked_ms());
        self.state = if may_try { State::Waiting } else { State::Done(Outcome::Later { ms }) };
    }

    /// The pause is over; where the server stands is not known any more.
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

    /// The server answered.
    pub fn handle_response(&mut self, response: &Response) {
        match (&self.state, response.status) {
            (State::Asking, 200) => self.asked(&response.body),
            // The server's word has no body: a page behind it is a proxy's, and the only file would go by it.
            (State::Sending(piece), 200) if response.body.is_empty() => self.taken(piece.len()),
            _ => self.refused(response),
        }
    }

    fn asked(&mut self, body: &[u8]) {
        let Ok(answer) = codec::decode::<HaveAnswer>(body, SMALL_BYTES) else {
            self.state = State::Done(Outcome::Puzzled);
            return;
        };
        let server = answer.standing.map(|standing| standing.epoch);
        if self.epoch.is_some() && server.is_some() && self.epoch != server {
            // The sync of facts renews this install: what it sends now would be sent once more.
            self.state = State::Done(Outcome::Later { ms: 0 });
            return;
        }
        for mut going in std::mem::take(&mut self.waiting) {
            match answer.missing.iter().position(|sha256| *sha256 == going.photo.sha256) {
                Some(n) => {
                    going.offset = answer.offsets.get(n).copied().unwrap_or(0);
                    self.waiting.push_back(going);
                }
                None => self.had.push_back(going.photo.sha256),
            }
        }
        self.state = State::Next;
    }

    fn taken(&mut self, length: usize) {
        self.patience.restore();
        self.state = State::Next;
        let Some(going) = self.waiting.front_mut() else { return };
        going.offset += u64::try_from(length).unwrap_or(0);
        if going.offset >= going.photo.length {
            self.had.extend(self.waiting.pop_front().map(|going| going.photo.sha256));
        }
    }

    fn refused(&mut self, response: &Response) {
        let Ok(refusal) = codec::decode::<Refusal>(&response.body, SMALL_BYTES) else {
            match response.leads_elsewhere() {
                true => self.state = State::Done(Outcome::Puzzled),
                false => self.handle_failure(),
            }
            return;
        };
        let is_piece = matches!(self.state, State::Sending(_));
        match (refusal.code, refusal.acked_dseq) {
            (RefusalCode::Gap, Some(offset)) if is_piece => self.go_on_from(offset),
            (RefusalCode::Unreadable, _) if is_piece => self.torn(),
            _ => match end_by(&refusal) {
                Some(outcome) => self.state = State::Done(outcome),
                None => {
                    self.patience.ask(pause_ms(&refusal));
                    self.handle_failure();
                }
            },
        }
    }

    /// The server has another part of it than was thought; once or twice that may be.
    fn go_on_from(&mut self, offset: u64) {
        match self.waiting.front_mut() {
            Some(going) if self.patience.fail() => {
                going.offset = offset;
                self.state = State::Next;
            }
            _ => self.state = State::Done(Outcome::Later { ms: 0 }),
        }
    }

    /// Torn bytes at the server: once from the beginning; then it is looked whether they are torn here.
    fn torn(&mut self) {
        self.state = State::Next;
        if let Some(going) = self.waiting.pop_front() {
            if going.restarted {
                self.state = State::Checking(going.photo.sha256);
            } else {
                self.waiting.push_front(Going { offset: 0, restarted: true, ..going });
            }
        }
    }
}

/// The pause that a refusal asks for.
pub(super) fn pause_ms(refusal: &Refusal) -> u64 {
    u64::from(refusal.retry_after_s.unwrap_or(0)) * 1000
}

/// How a refusal ends a run of photos or pictures; `None` = it may be tried again after its pause.
pub(super) fn end_by(refusal: &Refusal) -> Option<Outcome> {
    match (refusal.code, refusal.retry_after_s) {
        (RefusalCode::Busy, Some(seconds)) if seconds > SHORT_PAUSE_S => {
            Some(Outcome::Later { ms: pause_ms(refusal) })
        }
        // Whether the phone needs a code is for the sync of facts to find out: it renews an install that a restore lost.
        (RefusalCode::Token | RefusalCode::Fork, _) => Some(Outcome::Later { ms: 0 }),
        (RefusalCode::Revoked, _) => Some(Outcome::EnrolAgain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use xundian_protocol::push::Standing;

    use super::*;

    const LENGTH: u64 = 300 * 1024;

    fn photo() -> WaitingPhoto {
        WaitingPhoto { sha256: "a".repeat(64), length: LENGTH }
    }

    /// A server that keeps what comes and can be cut.
    #[derive(Default)]
    struct Server {
        here: u64,
        pieces: Vec<(u64, usize)>,
    }

    impl Server {
        fn answer(&mut self, request: &Request) -> Response {
            let ok = |body| Response { status: 200, body };
            if request.method == "POST" {
                let missing = if self.here == LENGTH { vec![] } else { vec!["a".repeat(64)] };
                let offsets = vec![self.here; missing.len()];
                let answer = HaveAnswer { offsets, missing, standing: None };
                return ok(codec::encode(&answer, SMALL_BYTES).unwrap());
            }
            let offset = request.path.split("offset=").nth(1).unwrap().split('&').next().unwrap();
            let offset: u64 = offset.parse().unwrap();
            if offset != self.here {
                let refusal =
                    Refusal { acked_dseq: Some(self.here), ..Refusal::new(RefusalCode::Gap, "here") };
                return Response { status: 409, body: codec::encode(&refusal, SMALL_BYTES).unwrap() };
            }
            self.pieces.push((offset, request.body.len()));
            self.here += request.body.len() as u64;
            ok(Vec::new())
        }
    }

    fn run(server: &mut Server, cut_at: Option<usize>) -> (Outcome, u32) {
        let (mut photos, mut requests, mut sent) = (Photos::new(vec![photo()], 7), 0, 0);
        loop {
            match photos.poll() {
                PhotoAction::Send(request) => {
                    requests += 1;
                    let is_cut = cut_at.is_some_and(|at| requests > at);
                    if is_cut {
                        photos.handle_failure();
                    } else {
                        let answer = server.answer(&request);
                        photos.handle_response(&answer);
                    }
                }
                PhotoAction::Read { offset, length, .. } => {
                    let left = usize::try_from(LENGTH - offset).unwrap();
                    photos.handle_piece(vec![7; left.min(length)]);
                }
                PhotoAction::Sent(_) => {
                    sent += 1;
                    photos.handle_noted();
                }
                PhotoAction::Check(_) => photos.handle_checked(true),
                PhotoAction::Gone(_) => photos.handle_noted(),
                PhotoAction::Wait { .. } => photos.handle_waited(),
                PhotoAction::Finished(outcome) => return (outcome, sent),
            }
        }
    }

    #[test]
    fn a_photo_goes_up_in_pieces_and_is_noted_once() {
        let mut server = Server::default();
        assert_eq!(run(&mut server, None), (Outcome::InStep, 1));
        assert_eq!(server.pieces.len(), 5);
        assert_eq!(run(&mut server, None), (Outcome::InStep, 1), "the server has it already");
        assert_eq!(server.pieces.len(), 5);
    }

    #[test]
    fn after_a_cut_no_piece_is_sent_twice() {
        for cut in 1..=6 {
            let mut server = Server::default();
            let (outcome, _) = run(&mut server, Some(cut));
            assert_ne!(outcome, Outcome::Puzzled);
            assert_eq!(run(&mut server, None), (Outcome::InStep, 1));
            let sent: usize = server.pieces.iter().map(|(_, length)| length).sum();
            assert_eq!(sent as u64, LENGTH, "cut after {cut}");
        }
    }

    #[test]
    fn a_torn_piece_at_the_server_is_gone_on_behind() {
        let mut server = Server { here: 70_000, pieces: vec![] };
        assert_eq!(run(&mut server, None), (Outcome::InStep, 1));
        assert_eq!(server.pieces[0].0, 70_000);
    }

    /// A machine whose first photo is asked for from this offset.
    fn asked_from(offset: u64) -> Photos {
        let mut photos = Photos::new(vec![photo()], 7);
        let have = HaveAnswer { offsets: vec![offset], missing: vec!["a".repeat(64)], standing: None };
        photos.handle_response(&Response { status: 200, body: codec::encode(&have, SMALL_BYTES).unwrap() });
        photos
    }

    fn refused(refusal: &Refusal) -> Response {
        Response { status: refusal.code.status(), body: codec::encode(refusal, SMALL_BYTES).unwrap() }
    }

    /// Twice the whole of it, and twice the server says that these are other bytes.
    fn torn_twice() -> Photos {
        let mut photos = asked_from(0);
        for _ in 0..2 {
            assert!(matches!(photos.poll(), PhotoAction::Read { offset: 0, .. }));
            photos.handle_piece(vec![1]);
            photos.handle_response(&refused(&Refusal::new(RefusalCode::Unreadable, "hash")));
        }
        assert_eq!(photos.poll(), PhotoAction::Check("a".repeat(64)));
        photos
    }

    #[test]
    fn a_request_without_an_answer_is_repeated_after_a_pause_and_not_for_ever() {
        let pauses = |jitter| {
            let (mut photos, mut pauses) = (Photos::new(vec![photo()], jitter), Vec::new());
            loop {
                match photos.poll() {
                    PhotoAction::Send(request) => {
                        assert_eq!(request.path, "/v1/blobs/have");
                        photos.handle_failure();
                    }
                    PhotoAction::Wait { ms } => {
                        pauses.push(ms);
                        photos.handle_waited();
                    }
                    done => return (done, pauses),
                }
            }
        };
        let (done, one) = pauses(0x0123_4567_89ab_cdef);
        assert_eq!((done, one.len()), (PhotoAction::Finished(Outcome::Later { ms: 0 }), 2));
        assert!((500..1_000).contains(&one[0]) && (1_000..2_000).contains(&one[1]), "{one:?}");
        assert_ne!(one, pauses(0xfedc_ba98_7654_3210).1, "phones that failed together");
    }

    #[test]
    fn torn_bytes_are_sent_once_more_and_then_left_for_the_next_run() {
        let mut photos = torn_twice();
        photos.handle_checked(true);
        assert_eq!(photos.poll(), PhotoAction::Finished(Outcome::InStep));
    }

    #[test]
    fn bytes_that_are_torn_here_are_not_sent_for_ever() {
        let mut photos = torn_twice();
        photos.handle_checked(false);
        assert_eq!(photos.poll(), PhotoAction::Gone("a".repeat(64)));
        photos.handle_noted();
        assert_eq!(photos.poll(), PhotoAction::Finished(Outcome::InStep));
    }

    #[test]
    fn a_file_that_is_gone_is_noted_and_not_asked_for_again() {
        let mut photos = asked_from(0);
        photos.poll();
        photos.handle_piece(Vec::new());
        assert_eq!(photos.poll(), PhotoAction::Gone("a".repeat(64)));
    }

    #[test]
    fn a_server_that_died_before_its_word_is_asked_with_a_piece_of_nothing() {
        let mut photos = asked_from(LENGTH);
        let PhotoAction::Send(request) = photos.poll() else { panic!("nothing is sent") };
        assert_eq!((request.method, request.body.len()), ("PUT", 0));
        assert!(request.path.ends_with(&format!("?offset={LENGTH}&total={LENGTH}")), "{}", request.path);
        photos.handle_response(&Response { status: 200, body: Vec::new() });
        assert_eq!(photos.poll(), PhotoAction::Sent("a".repeat(64)));
    }

    #[test]
    fn who_leads_elsewhere_is_not_followed_and_has_taken_nothing() {
        let mut photos = asked_from(0);
        photos.poll();
        photos.handle_piece(vec![1]);
        photos.handle_response(&Response { status: 302, body: b"<html>".to_vec() });
        assert_eq!(photos.poll(), PhotoAction::Finished(Outcome::Puzzled));
    }

    #[test]
    fn a_page_in_the_place_of_the_servers_word_has_taken_nothing_and_the_server_is_asked_again() {
        let mut photos = asked_from(LENGTH - 1);
        photos.poll();
        photos.handle_piece(vec![1]);
        photos.handle_response(&Response { status: 200, body: b"<html>".to_vec() });
        assert!(matches!(photos.poll(), PhotoAction::Wait { .. }), "{:?}", photos.poll());
        photos.handle_waited();
        assert!(matches!(photos.poll(), PhotoAction::Send(request) if request.path == "/v1/blobs/have"));
    }

    #[test]
    fn a_server_that_was_restored_is_left_to_the_sync_of_facts() {
        let (known, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (phone, server, goes_on) in [
            (Some(known), Some(known), true),
            (Some(known), Some(other), false),
            (Some(known), None, true),
            (None, Some(other), true),
        ] {
            let mut photos = Photos::new(vec![photo()], 7).in_epoch(phone);
            let standing = server.map(|epoch| Standing {
                epoch,
                acked_dseq: 0,
                durable_upto: 0,
                server_time: 5,
                push_records: 500,
            });
            let have = HaveAnswer { offsets: vec![0], missing: vec!["a".repeat(64)], standing };
            let body = codec::encode(&have, SMALL_BYTES).unwrap();
            photos.handle_response(&Response { status: 200, body });
            match goes_on {
                true => assert!(matches!(photos.poll(), PhotoAction::Read { offset: 0, .. })),
                false => assert_eq!(photos.poll(), PhotoAction::Finished(Outcome::Later { ms: 0 })),
            }
        }
    }

    #[test]
    fn a_short_pause_that_the_server_asks_for_is_waited_for_in_the_run() {
        let mut photos = asked_from(0);
        photos.poll();
        photos.handle_piece(vec![1]);
        let garbled = Refusal { retry_after_s: Some(1), ..Refusal::new(RefusalCode::Busy, "cut on its way") };
        photos.handle_response(&refused(&garbled));
        assert!(matches!(photos.poll(), PhotoAction::Wait { ms: 1_000..2_000 }), "{:?}", photos.poll());
        photos.handle_waited();
        assert!(matches!(photos.poll(), PhotoAction::Send(request) if request.path == "/v1/blobs/have"));
    }

    #[test]
    fn a_short_pause_that_is_asked_for_at_the_last_try_holds_after_the_run() {
        let busy = Refusal { retry_after_s: Some(5), ..Refusal::new(RefusalCode::Busy, "busy") };
        let (mut photos, mut asked) = (Photos::new(vec![photo()], 7), 0);
        let done = loop {
            match photos.poll() {
                PhotoAction::Send(_) => {
                    asked += 1;
                    photos.handle_response(&refused(&busy));
                }
                PhotoAction::Wait { .. } => photos.handle_waited(),
                done => break done,
            }
        };
        assert_eq!((asked, done), (3, PhotoAction::Finished(Outcome::Later { ms: 5_000 })));
    }

    #[test]
    fn a_busy_server_says_when_and_a_puzzled_one_is_not_asked_for_ever() {
        let mut photos = asked_from(0);
        photos.poll();
        photos.handle_piece(vec![1]);
        let busy = Refusal { retry_after_s: Some(60), ..Refusal::new(RefusalCode::Busy, "quota") };
        photos.handle_response(&refused(&busy));
        assert_eq!(photos.poll(), PhotoAction::Finished(Outcome::Later { ms: 60_000 }));

        let mut photos = asked_from(0);
        let gap = Refusal { acked_dseq: Some(0), ..Refusal::new(RefusalCode::Gap, "here") };
        let mut asked = 0;
        while let PhotoAction::Read { .. } = photos.poll() {
            photos.handle_piece(vec![1]);
            photos.handle_response(&refused(&gap));
            asked += 1;
        }
        assert_eq!((asked, photos.poll()), (3, PhotoAction::Finished(Outcome::Later { ms: 0 })));
    }
}
