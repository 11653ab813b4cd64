//! The sync engine, sans-IO: `handle_…` takes in what happened, [`Engine::poll`] says what to do next. It owns no
//! socket, thread, clock or file, so that the same code runs on the phone and in a simulation.
//!
//! One run: push everything behind the server's watermark in batches, then pull until there is no more. A batch that
//! times out is halved; a refusal that names the watermark sets the engine back to it; everything else ends the run
//! with what to do about it. A run that is cut off anywhere is simply started again: the watermark and the cursor are
//! on the disk, and replays get their first verdicts.

use uuid::Uuid;
use xundian_domain::stamp::Stamp;
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::limits::{PULL_BYTES, PUSH_BYTES, PUSH_RECORDS, SMALL_BYTES};
use xundian_protocol::pull::{Page, PullAnswer};
use xundian_protocol::push::{Answered, PushAnswer, PushRequest, Record};
use xundian_protocol::{PROTO, Refusal, RefusalCode, codec};

/// The smallest batch that is still halved.
const SMALLEST_BATCH: usize = 1;
/// Tries of one request before the run ends.
const TRIES: u32 = 5;
/// First pause after a failure, milliseconds; it doubles.
const FIRST_PAUSE_MS: u64 = 500;
/// What a record costs beside its body, in bytes: an upper bound for filling batches.
const ENVELOPE_BYTES: usize = 600;

/// Where phone and server stand; kept on the phone between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// This enrolment.
    pub install: InstallId,
    /// The server's epoch, once heard.
    pub epoch: Option<Uuid>,
    /// Everything up to here is on the server.
    pub acked_dseq: u64,
    /// How far was pulled.
    pub cursor: Option<String>,
}

/// A request to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`.
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

/// What to do next.
#[derive(Debug, Clone)]
pub enum Action {
    /// Read facts behind this place and give them to [`Engine::handle_facts`].
    ReadFacts {
        /// Behind this place.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// Send it; then [`Engine::handle_response`] or [`Engine::handle_failure`].
    Send(Request),
    /// Write verdicts and standing in one commit; then [`Engine::handle_written`].
    WriteVerdicts {
        /// The server's words.
        verdicts: Vec<Answered>,
        /// After them.
        acked_dseq: u64,
        /// The server's epoch.
        epoch: Uuid,
        /// The server's clock, milliseconds since 1970 UTC.
        server_time: i64,
    },
    /// Apply each page with its cursor in a commit of its own; then [`Engine::handle_written`].
    ApplyPages(Vec<Page>),
    /// Pause, then [`Engine::handle_waited`].
    Wait {
        /// Milliseconds.
        ms: u64,
    },
    /// The run is over.
    Finished(Outcome),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides have everything.
    InStep,
    /// No connection, or the server is busy: later.
    Later,
    /// Enrol again; facts stay and are pushed under the new install.
    EnrolAgain,
    /// Update the app to pull; pushing still works.
    Update,
    /// The server's answer cannot be understood; nothing was changed by it.
    Puzzled,
    /// Somebody stopped it.
    Cancelled,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Reading,
    Sending(Vec<Record>),
    WritingVerdicts,
    Pulling,
    Applying { more: bool },
    Waiting(Box<State>),
    Done(Outcome),
}

/// One run of sync.
#[derive(Debug)]
pub struct Engine {
    standing: Standing,
    now: Stamp,
    last_dseq: u64,
    batch: usize,
    tries: u32,
    jitter: u64,
    state: State,
    verdicts: Option<PushAnswer>,
    pages: Vec<Page>,
    is_rewound: bool,
}

impl Engine {
    /// A run from where things stand. `last_dseq` is the highest place given so far; `jitter` any random number.
    pub fn new(standing: Standing, now: Stamp, last_dseq: u64, jitter: u64) -> Self {
        Self {
            standing,
            now,
            last_dseq,
            batch: PUSH_RECORDS,
            tries: 0,
            jitter,
            state: State::Reading,
            verdicts: None,
            pages: Vec::new(),
            is_rewound: false,
        }
    }

    /// What to do next; asked again it says the same.
    pub fn poll(&mut self) -> Action {
        match &self.state {
            State::Reading if self.standing.acked_dseq >= self.last_dseq => {
                self.state = State::Pulling;
                self.poll()
            }
            State::Reading => Action::ReadFacts { after: self.standing.acked_dseq, limit: self.batch },
            State::Sending(records) => match self.push_request(records) {
                Some(request) => Action::Send(request),
                None => self.finish(Outcome::Puzzled),
            },
            State::WritingVerdicts => match &self.verdicts {
                Some(answer) => Action::WriteVerdicts {
                    verdicts: answer.verdicts.clone(),
                    acked_dseq: answer.standing.acked_dseq,
                    epoch: answer.standing.epoch,
                    server_time: answer.standing.server_time,
                },
                None => self.finish(Outcome::Puzzled),
            },
            State::Pulling => Action::Send(self.pull_request()),
            State::Applying { .. } => Action::ApplyPages(self.pages.clone()),
            State::Waiting(_) => Action::Wait { ms: self.pause_ms() },
            State::Done(outcome) => Action::Finished(*outcome),
        }
    }

    /// The facts that were asked for.
    pub fn handle_facts(&mut self, records: Vec<Record>) {
        if self.state != State::Reading {
            return;
        }
        let mut bytes = 0;
        let fitting: Vec<Record> = records
            .into_iter()
            .take(self.batch)
            .take_while(|record| {
                bytes += record.body.len() + ENVELOPE_BYTES;
                bytes <= PUSH_BYTES
            })
            .collect();
        self.state = if fitting.is_empty() { State::Pulling } else { State::Sending(fitting) };
    }

    /// The server answered.
    pub fn handle_response(&mut self, response: &Response) {
        let is_push = matches!(self.state, State::Sending(_));
        if response.status != 200 {
            self.refused(response);
        } else if is_push {
            self.pushed(&response.body);
        } else {
            self.pulled(&response.body);
        }
    }

    /// No answer came.
    pub fn handle_failure(&mut self) {
        self.tries += 1;
        if self.tries >= TRIES {
            self.state = State::Done(Outcome::Later);
            return;
        }
        if let State::Sending(records) = &mut self.state {
            // The line may be too thin for the whole batch: half of it next time.
            let half = records.len().div_ceil(2).max(SMALLEST_BATCH);
            records.truncate(half);
            self.batch = half;
        }
        self.state = State::Waiting(Box::new(self.state.clone()));
    }

    /// The pause is over.
    pub fn handle_waited(&mut self) {
        if let State::Waiting(state) = &self.state {
            self.state = (**state).clone();
        }
    }

    /// What was to be written is on the disk.
    pub fn handle_written(&mut self) {
        match self.state {
            State::WritingVerdicts => {
                if let Some(answer) = self.verdicts.take() {
                    self.standing.acked_dseq = answer.standing.acked_dseq;
                    self.standing.epoch = Some(answer.standing.epoch);
                }
                self.state = State::Reading;
            }
            State::Applying { more } => {
                if let Some(last) = self.pages.last() {
                    self.standing.cursor = Some(last.cursor.clone());
                }
                self.pages.clear();
                self.state = if more { State::Pulling } else { State::Done(Outcome::InStep) };
            }
            _ => {}
        }
    }

    /// Stops after what is being written.
    pub fn cancel(&mut self) {
        self.state = State::Done(Outcome::Cancelled);
    }

    fn push_request(&self, records: &[Record]) -> Option<Request> {
        let message = PushRequest {
            proto: PROTO,
            install_id: self.standing.install,
            epoch_seen: self.standing.epoch,
            now: self.now,
            last_dseq: self.last_dseq,
            records: records.to_vec(),
        };
        let body = codec::encode(&message, PUSH_BYTES).ok()?;
        Some(Request { method: "POST", path: "/v1/push".to_owned(), body })
    }

    fn pull_request(&self) -> Request {
        let cursor = self.standing.cursor.as_deref().unwrap_or_default();
        Request { method: "GET", path: format!("/v1/pull?cursor={cursor}"), body: Vec::new() }
    }

    fn pushed(&mut self, body: &[u8]) {
        let Ok(mut answer) = codec::decode::<PushAnswer>(body, PUSH_BYTES) else {
            self.state = State::Done(Outcome::Puzzled);
            return;
        };
        if let State::Sending(records) = &self.state {
            // The server may be further (its answer was lost): what got no verdict here is sent again for its first one.
            let judged = records.last().map_or(0, |record| record.dseq);
            answer.standing.acked_dseq = answer.standing.acked_dseq.min(judged);
        }
        self.tries = 0;
        self.verdicts = Some(answer);
        self.state = State::WritingVerdicts;
    }

    fn pulled(&mut self, body: &[u8]) {
        let Ok(answer) = codec::decode::<PullAnswer>(body, PULL_BYTES) else {
            self.state = State::Done(Outcome::Puzzled);
            return;
        };
        self.tries = 0;
        self.pages = answer.pages;
        self.state = State::Applying { more: answer.more };
    }

    fn refused(&mut self, response: &Response) {
        let refusal = codec::decode::<Refusal>(&response.body, SMALL_BYTES)
            .ok()
            .or_else(|| serde_json::from_slice(&response.body).ok());
        let Some(refusal) = refusal else {
            self.handle_failure();
            return;
        };
        match refusal.code {
            // The server was restored: it may be behind this phone. Once per run, or two servers could play ball.
            RefusalCode::Gap | RefusalCode::Epoch if !self.is_rewound => {
                self.is_rewound = true;
                self.standing.acked_dseq = refusal.acked_dseq.unwrap_or(0).min(self.last_dseq);
                self.standing.epoch = refusal.epoch.or(self.standing.epoch);
                self.state = State::Reading;
            }
            RefusalCode::Token | RefusalCode::Revoked | RefusalCode::Fork => {
                self.state = State::Done(Outcome::EnrolAgain);
            }
            RefusalCode::Upgrade => self.state = State::Done(Outcome::Update),
            RefusalCode::Busy | RefusalCode::Limit => self.handle_failure(),
            RefusalCode::Gap | RefusalCode::Epoch | RefusalCode::Unreadable | RefusalCode::NotFound => {
                self.state = State::Done(Outcome::Puzzled);
            }
        }
    }

    fn pause_ms(&self) -> u64 {
        let base = FIRST_PAUSE_MS << self.tries.saturating_sub(1).min(6);
        base + self.jitter % base
    }

    fn finish(&mut self, outcome: Outcome) -> Action {
        self.state = State::Done(outcome);
        Action::Finished(outcome)
    }
}

/// The verdicts of an answer as the store keeps them.
pub(crate) fn as_texts(verdicts: &[Answered]) -> Vec<(RecordId, String)> {
    let text = |answered: &Answered| serde_json::to_string(&answered.verdict).ok();
    verdicts.iter().filter_map(|answered| Some((answered.id, text(answered)?))).collect()
}

#[cfg(test)]
mod tests {
    use xundian_domain::stamp::Millis;
    use xundian_protocol::push::{Kind, Standing as ServerStanding, Verdict};

    use super::*;

    fn stamp() -> Stamp {
        Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None }
    }

    fn record(dseq: u64) -> Record {
        Record {
            dseq,
            id: RecordId(Uuid::from_u128(u128::from(dseq))),
            kind: Kind::VisitClosed,
            v: 1,
            captured: stamp(),
            date: "2026-07-27".parse().unwrap(),
            body: "{}".into(),
            private: None,
        }
    }

    fn engine(acked_dseq: u64, last_dseq: u64) -> Engine {
        let install = InstallId(Uuid::from_u128(9));
        Engine::new(Standing { install, epoch: None, acked_dseq, cursor: None }, stamp(), last_dseq, 7)
    }

    fn server(acked_dseq: u64) -> ServerStanding {
        ServerStanding { epoch: Uuid::from_u128(1), acked_dseq, durable_upto: 0, server_time: 5 }
    }

    fn answer<T: serde::Serialize>(status: u16, message: &T) -> Response {
        Response { status, body: codec::encode(message, PULL_BYTES).unwrap() }
    }

    fn push_answer(request: &Request) -> Response {
        let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
        let verdict = || Verdict::Applied { order: None, flags: vec![] };
        let verdicts: Vec<_> =
            push.records.iter().map(|r| Answered { id: r.id, verdict: verdict(), replayed: false }).collect();
        let acked = push.records.last().unwrap().dseq;
        answer(200, &PushAnswer { standing: server(acked), verdicts })
    }

    fn pull_answer() -> Response {
        answer(200, &PullAnswer { standing: server(0), pages: vec![], more: false })
    }

    /// Runs to the end; gives the outcome, the dseqs sent and the pauses.
    fn run(
        engine: &mut Engine,
        mut on: impl FnMut(&Request, usize) -> Option<Response>,
    ) -> (Outcome, Vec<Vec<u64>>, usize) {
        let (mut sent, mut pauses, mut requests) = (Vec::new(), 0, 0);
        for _ in 0..200 {
            match engine.poll() {
                Action::ReadFacts { after, limit } => {
                    let last = engine.last_dseq.min(after + limit as u64);
                    engine.handle_facts((after + 1..=last).map(record).collect());
                }
                Action::Send(request) => {
                    if request.method == "POST" {
                        let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
                        sent.push(push.records.iter().map(|r| r.dseq).collect());
                    }
                    requests += 1;
                    match on(&request, requests) {
                        Some(response) => engine.handle_response(&response),
                        None => engine.handle_failure(),
                    }
                }
                Action::WriteVerdicts { .. } | Action::ApplyPages(_) => engine.handle_written(),
                Action::Wait { .. } => {
                    pauses += 1;
                    engine.handle_waited();
                }
                Action::Finished(outcome) => return (outcome, sent, pauses),
            }
        }
        panic!("the run does not end");
    }

    fn well(request: &Request) -> Response {
        if request.method == "POST" { push_answer(request) } else { pull_answer() }
    }

    #[test]
    fn a_day_goes_up_in_one_request_and_the_pull_follows() {
        let (outcome, sent, _) = run(&mut engine(3, 43), |request, _| Some(well(request)));
        assert_eq!((outcome, sent.len(), sent[0].len(), sent[0][0]), (Outcome::InStep, 1, 40, 4));
    }

    #[test]
    fn nothing_to_send_is_only_a_pull() {
        let (outcome, sent, _) = run(&mut engine(3, 3), |request, _| Some(well(request)));
        assert_eq!((outcome, sent.len()), (Outcome::InStep, 0));
    }

    #[test]
    fn a_lost_answer_halves_the_batch_and_nothing_is_skipped() {
        let drop_first = |request: &Request, n: usize| (n > 1).then(|| well(request));
        let (outcome, sent, pauses) = run(&mut engine(0, 10), drop_first);
        assert_eq!((outcome, pauses), (Outcome::InStep, 1));
        assert_eq!(sent, [(1..=10).collect::<Vec<_>>(), (1..=5).collect(), (6..=10).collect()]);
    }

    #[test]
    fn a_server_that_is_further_is_asked_for_the_verdicts_that_were_lost() {
        let mut acked = 0;
        let (outcome, sent, _) = run(&mut engine(0, 10), |request, n| {
            if request.method == "GET" {
                return Some(pull_answer());
            }
            let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
            acked = acked.max(push.records.last().unwrap().dseq);
            let mut answered: PushAnswer = codec::decode(&push_answer(request).body, PUSH_BYTES).unwrap();
            answered.standing.acked_dseq = acked;
            (n > 1).then(|| answer(200, &answered))
        });
        assert_eq!((outcome, sent.len()), (Outcome::InStep, 3));
        assert_eq!(sent[2], [6, 7, 8, 9, 10]);
    }

    #[test]
    fn without_a_network_the_run_ends_and_says_later() {
        assert_eq!(run(&mut engine(0, 10), |_, _| None).0, Outcome::Later);
    }

    #[test]
    fn a_restored_server_gets_everything_behind_its_watermark_again() {
        let refusal = Refusal { acked_dseq: Some(2), ..Refusal::new(RefusalCode::Gap, "restored") };
        let (outcome, sent, _) = run(&mut engine(8, 10), |request, n| {
            Some(if n == 1 { answer(409, &refusal) } else { well(request) })
        });
        assert_eq!((outcome, sent[1][0]), (Outcome::InStep, 3));
    }

    #[test]
    fn a_server_that_plays_ball_is_left() {
        let refusal = Refusal { acked_dseq: Some(0), ..Refusal::new(RefusalCode::Gap, "again") };
        assert_eq!(run(&mut engine(8, 10), |_, _| Some(answer(409, &refusal))).0, Outcome::Puzzled);
    }

    #[test]
    fn a_refused_token_asks_for_enrolment_and_nonsense_changes_nothing() {
        let token = Refusal::new(RefusalCode::Token, "who");
        assert_eq!(run(&mut engine(0, 1), |_, _| Some(answer(401, &token))).0, Outcome::EnrolAgain);
        let nonsense = |_: &Request, _| Some(Response { status: 200, body: b"<html>".to_vec() });
        let mut puzzled = engine(0, 1);
        assert_eq!(run(&mut puzzled, nonsense).0, Outcome::Puzzled);
        assert_eq!(puzzled.standing.acked_dseq, 0);
    }

    #[test]
    fn cancelling_stops_before_the_next_request() {
        let mut engine = engine(0, 10);
        engine.cancel();
        assert!(matches!(engine.poll(), Action::Finished(Outcome::Cancelled)));
    }
}
