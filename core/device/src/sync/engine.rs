//! The sync engine, sans-IO: `handle_…` takes in what happened, [`Engine::poll`] says what to do next. It owns no
//! socket, thread, clock or file, so that the same code runs on the phone and in the simulation.
//!
//! One run: push everything behind the server's watermark in batches, list days whose digests differ, then pull until
//! there is no more. Every answer says where the server stands, and the engine acts on what differs:
//!
//! | the server | means | the engine |
//! |---|---|---|
//! | has another epoch, or is behind | it was restored | renews its install and pushes all that the phone still has |
//! | is ahead of this phone, or has another record in a place | this phone is a copy | renews its install and pushes what waits |
//! | does not know this phone | it was restored to a copy from before | shows it what it had granted, and renews its install |
//! | says nothing | no network | asks and sends less at once, waits longer each time, ends the run |
//!
//! A run that is cut off anywhere is simply started again: watermark, cursors and the days to be listed are on the disk, and
//! replays get their first verdicts.

use xundian_domain::stamp::Stamp;
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::day::{DayAnswer, DayRequest};
use xundian_protocol::hello::{Grant, HelloAnswer, HelloRequest};
use xundian_protocol::limits::{PULL_BYTES, PULL_PAGES, PUSH_BYTES, PUSH_RECORDS, SMALL_BYTES};
use xundian_protocol::pull::{CURSOR_JOINT, PullAnswer};
use xundian_protocol::push::{
    Answered, Flag, PushAnswer, PushRequest, Record, Standing as ServerStanding, Verdict,
};
use xundian_protocol::{PROTO, Refusal, RefusalCode, codec};

use super::action::{Action, Outcome, Request, Response, Standing};
use super::patience::Patience;

/// Tries of one request before the run ends.
const TRIES: u32 = 5;
/// A server that asks for a longer pause is left for now.
const LONGEST_PAUSE_MS: u64 = 60_000;
/// What a batch costs beside its records, in bytes: an upper bound for filling it.
const HEAD_BYTES: usize = 600;
/// How often one run renews its install, or two servers could play ball with it.
const TURNS: u32 = 3;

#[derive(Debug, Clone, PartialEq)]
enum State {
    Reading,
    Sending(Vec<Record>),
    WritingVerdicts,
    MakingInstall { fresh: bool },
    Renewing(HelloRequest),
    Adopting(HelloAnswer),
    ReadingDay(RecordId),
    Listing(RecordId, DayRequest),
    Listed(RecordId, Vec<RecordId>),
    Pulling,
    Applying,
    Waiting(Box<State>),
    Done(Outcome),
}

/// One run of sync.
#[derive(Debug)]
pub struct Engine {
    standing: Standing,
    now: Stamp,
    batch: usize,
    pages: usize,
    patience: Patience,
    turns: u32,
    state: State,
    pushed: Option<PushAnswer>,
    pulled: Option<PullAnswer>,
    is_restored: bool,
}

impl Engine {
    /// A run from where things stand. `jitter` is any random number.
    pub fn new(standing: Standing, now: Stamp, jitter: u64) -> Self {
        // The server may have granted what was asked for: until that is heard, the old install is as good as closed.
        let state = standing.renewing.map_or(State::Reading, |_| State::MakingInstall { fresh: false });
        Self {
            is_restored: standing.renewing == Some(true),
            standing,
            now,
            batch: PUSH_RECORDS,
            pages: PULL_PAGES,
            patience: Patience::new(TRIES, jitter),
            turns: 0,
            state,
            pushed: None,
            pulled: None,
        }
    }

    /// What to do next; asked again it says the same.
    pub fn poll(&mut self) -> Action {
        if self.state == State::Reading && self.standing.acked_dseq >= self.standing.last_dseq {
            self.state = self.standing.days.pop().map_or(State::Pulling, State::ReadingDay);
        }
        match &self.state {
            State::Reading => Action::ReadFacts { after: self.standing.acked_dseq, limit: self.batch },
            State::Sending(records) => self.send("/v1/push", &self.push_request(records), PUSH_BYTES),
            State::WritingVerdicts => self.written_verdicts(),
            State::MakingInstall { fresh } => Action::MakeInstall { fresh: *fresh, all: self.is_restored },
            State::Renewing(hello) => self.send("/v1/hello", hello, SMALL_BYTES),
            State::Adopting(granted) => {
                let all = self.is_restored || Some(granted.standing.epoch) != self.standing.epoch;
                Action::Adopt { granted: granted.clone(), all }
            }
            State::ReadingDay(closing) => Action::ReadDay(*closing),
            State::Listing(_, day) => self.send("/v1/day", day, PUSH_BYTES),
            State::Listed(closing, missing) => {
                Action::DayListed { closing: *closing, missing: missing.clone() }
            }
            State::Pulling => Action::Send(self.pull_request()),
            State::Applying => self.pulled_pages(),
            State::Waiting(_) => Action::Wait { ms: self.patience.pause_ms() },
            State::Done(outcome) => Action::Finished(*outcome),
        }
    }

    fn send<T: serde::Serialize>(&self, path: &str, message: &T, limit: usize) -> Action {
        match codec::encode(message, limit) {
            Ok(body) => Action::Send(Request { method: "POST", path: path.to_owned(), body }),
            Err(_) => Action::Finished(Outcome::Puzzled),
        }
    }

    fn written_verdicts(&self) -> Action {
        match &self.pushed {
            Some(answer) => {
                Action::WriteVerdicts { verdicts: answer.verdicts.clone(), standing: answer.standing }
            }
            None => Action::Finished(Outcome::Puzzled),
        }
    }

    fn pulled_pages(&self) -> Action {
        match &self.pulled {
            Some(answer) => Action::ApplyPages {
                pages: answer.pages.clone(),
                standing: ServerStanding { acked_dseq: self.standing.acked_dseq, ..answer.standing },
            },
            None => Action::Finished(Outcome::Puzzled),
        }
    }

    /// The facts that were asked for, and the phone's clocks as they are now.
    pub fn handle_facts(&mut self, records: Vec<Record>, now: Stamp) {
        if self.state != State::Reading {
            return;
        }
        self.now = now;
        // What was sealed since the run began goes, too: a server that has it is not ahead of this phone.
        let last = records.last().map_or(0, |record| record.dseq);
        self.standing.last_dseq = self.standing.last_dseq.max(last);
        let mut bytes = HEAD_BYTES;
        let fitting: Vec<Record> = records
            .into_iter()
            .take(self.batch)
            .take_while(|record| {
                bytes = bytes.saturating_add(record.wire_len());
                bytes <= PUSH_BYTES
            })
            .collect();
        self.state = if fitting.is_empty() { State::Pulling } else { State::Sending(fitting) };
    }

    /// The server answered.
    pub fn handle_response(&mut self, response: &Response) {
        if response.status != 200 {
            self.refused(response);
            return;
        }
        let body = &response.body;
        let understood = match &self.state {
            State::Sending(_) => codec::decode(body, PUSH_BYTES).map(|answer| self.pushed(answer)),
            State::Renewing(_) => codec::decode(body, SMALL_BYTES).map(|granted| self.granted(granted)),
            State::Listing(closing, _) => {
                let closing = *closing;
                codec::decode(body, PUSH_BYTES).map(|answer| self.listed(closing, answer))
            }
            State::Pulling => codec::decode(body, PULL_BYTES).map(|answer| self.pulled(answer)),
            _ => Ok(()),
        };
        match understood {
            Ok(()) => self.patience.restore(),
            Err(_) => self.puzzled(),
        }
    }

    fn puzzled(&mut self) {
        self.state = match self.state {
            // A day that cannot be listed must not keep the pull from coming: the next run asks again.
            State::Listing(..) => State::Reading,
            _ => State::Done(Outcome::Puzzled),
        };
    }

    /// No answer came.
    pub fn handle_failure(&mut self) {
        if !self.patience.fail() {
            self.state = State::Done(Outcome::Later { ms: 0 });
            return;
        }
        match &mut self.state {
            // The line may be too thin for the whole batch: a quarter of it next time. So 500 facts come down to two within the
            // tries of a run; by halves they come down to 32, and where those break, too, each run would begin anew for nothing.
            State::Sending(records) => {
                let fewer = records.len().div_ceil(4).max(1);
                records.truncate(fewer);
                self.batch = fewer;
            }
            // Or for the whole answer: every page that came counts, down to one at a time within the tries of a run.
            State::Pulling => self.pages = self.pages.div_ceil(4),
            _ => {}
        }
        self.state = State::Waiting(Box::new(self.state.clone()));
    }

    /// The pause is over; what is sent next carries the clocks of now, or facts would seem younger by the pause.
    pub fn handle_waited(&mut self, now: Stamp) {
        self.patience.waited();
        self.now = now;
        if let State::Waiting(state) = &self.state {
            self.state = (**state).clone();
        }
    }

    /// What was to be written is on the disk.
    pub fn handle_written(&mut self) {
        match &self.state {
            State::WritingVerdicts => {
                if let Some(answer) = self.pushed.take() {
                    self.standing.acked_dseq = answer.standing.acked_dseq;
                    self.standing.epoch = Some(answer.standing.epoch);
                    let differing = |a: &&Answered| matches!(&a.verdict, Verdict::Applied { flags, .. } if flags.contains(&Flag::DayDiffers));
                    // Replays too: the first answer may have been lost. Listing a day once more does no harm.
                    self.standing
                        .days
                        .extend(answer.verdicts.iter().filter(differing).map(|answered| answered.id));
                }
                self.state = State::Reading;
            }
            State::Applying => self.applied(),
            _ => {}
        }
    }

    fn applied(&mut self) {
        let Some(answer) = self.pulled.take() else { return };
        for page in answer.pages {
            self.standing.cursors.retain(|(scope, _)| *scope != page.scope);
            if !page.dropped {
                self.standing.cursors.push((page.scope, page.cursor));
            }
        }
        let after = if answer.more { State::Pulling } else { State::Done(Outcome::InStep) };
        self.state = self.differing(&answer.standing).unwrap_or(after);
        self.standing.epoch = self.standing.epoch.or(Some(answer.standing.epoch));
    }

    /// What the phone made for [`Action::MakeInstall`]: the new id and its public key, base64, and what the server had
    /// granted to the install of now.
    pub fn handle_install(&mut self, install: InstallId, public_key: String, was: Option<Grant>) {
        self.state = State::Renewing(HelloRequest {
            proto: PROTO,
            install_id: install,
            public_key,
            code: String::new(),
            renew: Some(self.standing.install),
            was,
        });
    }

    /// The new install is on the disk; `last_dseq` is the highest place of its row.
    pub fn handle_adopted(&mut self, install: InstallId, last_dseq: u64) {
        if let State::Adopting(granted) = &self.state {
            self.standing.install = install;
            self.standing.epoch = Some(granted.standing.epoch);
            self.standing.acked_dseq = 0;
            self.standing.last_dseq = last_dseq;
            self.standing.days.clear();
            self.is_restored = false;
            self.standing.renewing = None;
            self.state = State::Reading;
        }
    }

    /// The day that was asked for; `None` = the record closes none.
    pub fn handle_day(&mut self, day: Option<DayRequest>) {
        if let State::ReadingDay(closing) = self.state {
            self.state = day.map_or(State::Reading, |day| State::Listing(closing, day));
        }
    }

    /// The day is remembered as listed, and what lacked has new places; `last_dseq` is the highest one.
    pub fn handle_listed(&mut self, last_dseq: u64) {
        self.standing.last_dseq = last_dseq;
        self.state = State::Reading;
    }

    /// Stops after what is being written.
    pub fn cancel(&mut self) {
        self.state = State::Done(Outcome::Cancelled);
    }

    fn push_request(&self, records: &[Record]) -> PushRequest {
        PushRequest {
            proto: PROTO,
            install_id: self.standing.install,
            epoch_seen: self.standing.epoch,
            now: self.now,
            last_dseq: self.standing.last_dseq,
            records: records.to_vec(),
        }
    }

    fn pull_request(&self) -> Request {
        let cursors: Vec<&str> = self.standing.cursors.iter().map(|(_, cursor)| cursor.as_str()).collect();
        let fewer = if self.pages < PULL_PAGES { format!("&pages={}", self.pages) } else { String::new() };
        let (last, cursors) = (self.standing.last_dseq, cursors.join(&CURSOR_JOINT.to_string()));
        let path = format!("/v1/pull?proto={PROTO}&last_dseq={last}{fewer}&cursor={cursors}");
        Request { method: "GET", path, body: Vec::new() }
    }

    fn pushed(&mut self, mut answer: PushAnswer) {
        if let State::Sending(records) = &self.state {
            // The server may be further (its answer was lost): what got no verdict here is sent again for its first one.
            let judged = records.last().map_or(0, |record| record.dseq);
            answer.standing.acked_dseq = answer.standing.acked_dseq.min(judged);
        }
        let most = usize::try_from(answer.standing.push_records).unwrap_or(PUSH_RECORDS);
        self.batch = self.batch.min(most.max(1));
        self.pushed = Some(answer);
        self.state = State::WritingVerdicts;
    }

    /// An install that has facts already, or was left already, is another copy's, which asked for the same: this one parts
    /// from it.
    fn granted(&mut self, granted: HelloAnswer) {
        self.state = if granted.standing.acked_dseq == 0 && !granted.closed {
            State::Adopting(granted)
        } else {
            match self.renew(false) {
                State::MakingInstall { .. } => State::MakingInstall { fresh: true },
                done => done,
            }
        };
    }

    /// A server that was restored gets everything anew: what it lacks of one day is part of that.
    fn listed(&mut self, closing: RecordId, answer: DayAnswer) {
        self.state = match self.is_restored(&answer.standing) {
            true => self.renew(true),
            false => State::Listed(closing, answer.missing),
        };
    }

    /// Another epoch is the phone's only when its new install is: a cut in between must not hide it. Its pages come once more after the
    /// facts that it lacks; now they would take back what the phone knows of its own orders, and a change of one would be based on a
    /// version of before.
    fn pulled(&mut self, answer: PullAnswer) {
        if self.is_restored(&answer.standing) {
            self.state = self.renew(true);
            return;
        }
        self.pulled = Some(answer);
        self.state = State::Applying;
    }

    /// What to do if the server stands elsewhere than this phone believes: a new install, whose row begins anew. Going
    /// back to the server's watermark instead would trust that its records are this phone's; after a restore a copy of
    /// the phone may have filled them (docs/adr/0004).
    fn differing(&mut self, server: &ServerStanding) -> Option<State> {
        if self.is_restored(server) {
            return Some(self.renew(true));
        }
        (server.acked_dseq > self.standing.last_dseq).then(|| self.renew(false))
    }

    /// Whether the server has another epoch than the phone, or less than it had.
    fn is_restored(&self, server: &ServerStanding) -> bool {
        let is_new = self.standing.epoch.is_some_and(|epoch| epoch != server.epoch);
        is_new || server.acked_dseq < self.standing.acked_dseq
    }

    /// A new install, but not for ever. `is_restored` = the server is not known to have anything.
    fn renew(&mut self, is_restored: bool) -> State {
        self.is_restored |= is_restored;
        self.turns += 1;
        match self.turns > TURNS {
            true => State::Done(Outcome::Puzzled),
            false => State::MakingInstall { fresh: false },
        }
    }

    fn refused(&mut self, response: &Response) {
        let refusal = codec::decode::<Refusal>(&response.body, SMALL_BYTES)
            .ok()
            .or_else(|| codec::read(&response.body).ok());
        let Some(refusal) = refusal else {
            // Somebody on the way who lets no day be listed would keep the pull from coming at every run.
            match response.leads_elsewhere() || matches!(self.state, State::Listing(..)) {
                true => self.puzzled(),
                false => self.handle_failure(),
            }
            return;
        };
        match refusal.code {
            RefusalCode::Gap | RefusalCode::Epoch => self.state = self.renew(true),
            RefusalCode::Fork if matches!(self.state, State::Renewing(_)) => {
                self.state = State::Done(Outcome::EnrolAgain);
            }
            RefusalCode::Fork => {
                let is_behind = refusal.acked_dseq.is_some_and(|acked| acked < self.standing.acked_dseq);
                self.state = self.renew(is_behind);
            }
            // A server that lost this install with a restore takes it up again by what it has granted.
            RefusalCode::Token if !matches!(self.state, State::Renewing(_)) => self.state = self.renew(true),
            RefusalCode::Token | RefusalCode::Revoked => self.state = State::Done(Outcome::EnrolAgain),
            RefusalCode::Upgrade => self.state = State::Done(Outcome::Update),
            RefusalCode::Busy => self.busy(u64::from(refusal.retry_after_s.unwrap_or(0)) * 1000),
            RefusalCode::Limit => self.handle_failure(),
            RefusalCode::Unreadable | RefusalCode::NotFound if matches!(self.state, State::Listing(..)) => {
                self.state = State::Reading;
            }
            RefusalCode::Unreadable | RefusalCode::NotFound => self.state = State::Done(Outcome::Puzzled),
        }
    }

    fn busy(&mut self, ms: u64) {
        if ms > LONGEST_PAUSE_MS {
            self.state = State::Done(Outcome::Later { ms });
            return;
        }
        // It answered: the line is not too thin, and smaller parts would be more work for it.
        self.state = match (self.patience.fail(), &self.state) {
            (true, state) => State::Waiting(Box::new(state.clone())),
            // What cannot be said of one day keeps the pull from nobody.
            (false, State::Listing(..)) => {
                self.patience.restore();
                State::Reading
            }
            (false, _) => State::Done(Outcome::Later { ms }),
        };
        self.patience.ask(ms);
    }
}

/// The verdicts of an answer as the store keeps them.
pub(crate) fn as_texts(verdicts: &[Answered]) -> Vec<(RecordId, String)> {
    let text = |answered: &Answered| serde_json::to_string(&answered.verdict).ok();
    verdicts.iter().filter_map(|answered| Some((answered.id, text(answered)?))).collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use uuid::Uuid;
    use xundian_domain::stamp::Millis;
    use xundian_protocol::digest::hex;
    use xundian_protocol::hello::PhoneRoot;
    use xundian_protocol::push::{HeldCode, Kind, Private, Standing as ServerStanding, Verdict};

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
            went: None,
            refused: None,
            held: None,
        }
    }

    fn engine(acked_dseq: u64, last_dseq: u64) -> Engine {
        let install = InstallId(Uuid::from_u128(9));
        let epoch = Some(Uuid::from_u128(1));
        let standing =
            Standing { install, epoch, acked_dseq, last_dseq, days: vec![], cursors: vec![], renewing: None };
        Engine::new(standing, stamp(), 7)
    }

    fn server(acked_dseq: u64) -> ServerStanding {
        ServerStanding {
            epoch: Uuid::from_u128(1),
            acked_dseq,
            durable_upto: 0,
            server_time: 5,
            push_records: 500,
        }
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

    fn pull_answer(acked: u64) -> Response {
        answer(200, &PullAnswer { standing: server(acked), pages: vec![], more: false })
    }

    /// What a run did so far.
    #[derive(Default)]
    struct Done {
        /// The dseqs of every push.
        sent: Vec<Vec<u64>>,
        pauses: usize,
        requests: usize,
        /// Names of its steps.
        steps: Vec<String>,
    }

    /// Does what the engine says next; gives the outcome at the end.
    fn act(
        engine: &mut Engine,
        on: &mut impl FnMut(&Request, usize) -> Option<Response>,
        done: &mut Done,
    ) -> Option<Outcome> {
        let action = engine.poll();
        let name: String =
            format!("{action:?}").chars().take_while(|letter| letter.is_alphabetic()).collect();
        match action {
            Action::ReadFacts { after, limit } => {
                let last = engine.standing.last_dseq.min(after + limit as u64);
                engine.handle_facts((after + 1..=last).map(record).collect(), stamp());
            }
            Action::Send(request) => {
                if request.path == "/v1/push" {
                    let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
                    done.sent.push(push.records.iter().map(|r| r.dseq).collect());
                }
                done.requests += 1;
                match on(&request, done.requests) {
                    Some(response) => engine.handle_response(&response),
                    None => engine.handle_failure(),
                }
            }
            Action::WriteVerdicts { .. } | Action::ApplyPages { .. } => engine.handle_written(),
            Action::MakeInstall { .. } => {
                let phone = PhoneRoot { root: InstallId(Uuid::from_u128(9)), since: Millis(0) };
                let rep = "ZY01".parse().unwrap();
                let was = Some(Grant { public_key: "old".into(), rep, phone, before: Vec::new() });
                engine.handle_install(InstallId(Uuid::from_u128(10)), "key".into(), was);
            }
            Action::Adopt { .. } => engine.handle_adopted(InstallId(Uuid::from_u128(10)), 2),
            Action::ReadDay(_) => {
                engine.handle_day(Some(DayRequest { date: "2026-07-27".parse().unwrap(), facts: vec![] }));
            }
            Action::DayListed { missing, .. } => {
                let last = engine.standing.last_dseq + missing.len() as u64;
                engine.handle_listed(last);
            }
            Action::Wait { .. } => {
                done.pauses += 1;
                engine.handle_waited(stamp());
            }
            Action::Finished(outcome) => return Some(outcome),
        }
        done.steps.push(name);
        None
    }

    /// Runs to the end; gives the outcome, the dseqs sent and the pauses.
    fn run(
        engine: &mut Engine,
        mut on: impl FnMut(&Request, usize) -> Option<Response>,
    ) -> (Outcome, Vec<Vec<u64>>, usize) {
        let mut done = Done::default();
        for _ in 0..200 {
            if let Some(outcome) = act(engine, &mut on, &mut done) {
                return (outcome, done.sent, done.pauses);
            }
        }
        panic!("the run does not end");
    }

    fn well(request: &Request) -> Response {
        match request.path.as_str() {
            "/v1/push" => push_answer(request),
            "/v1/hello" => answer(
                200,
                &HelloAnswer {
                    token: "t".into(),
                    rep: "ZY01".parse().unwrap(),
                    phone: None,
                    closed: false,
                    import_key: None,
                    standing: server(0),
                },
            ),
            _ => pull_answer(0),
        }
    }

    /// A server that knows how far it is.
    fn truthful(mut acked: u64) -> impl FnMut(&Request) -> Response {
        move |request| match request.path.as_str() {
            "/v1/push" => {
                let response = push_answer(request);
                let answered: PushAnswer = codec::decode(&response.body, PUSH_BYTES).unwrap();
                acked = acked.max(answered.standing.acked_dseq);
                response
            }
            "/v1/hello" => {
                acked = 0;
                well(request)
            }
            _ => pull_answer(acked),
        }
    }

    #[test]
    fn a_day_goes_up_in_one_request_and_the_pull_follows() {
        let (outcome, sent, _) = {
            let mut server = truthful(3);
            run(&mut engine(3, 43), |request, _| Some(server(request)))
        };
        assert_eq!((outcome, sent.len(), sent[0].len(), sent[0][0]), (Outcome::InStep, 1, 40, 4));
    }

    #[test]
    fn what_is_sealed_while_a_run_goes_is_sent_and_is_no_reason_to_renew() {
        let (mut engine, mut server, mut paths) = (engine(0, 2), truthful(0), Vec::new());
        let outcome = loop {
            match engine.poll() {
                // The third one was sealed when the run had begun.
                Action::ReadFacts { after, .. } => {
                    engine.handle_facts((after + 1..=3).map(record).collect(), stamp());
                }
                Action::Send(request) => {
                    paths.push(request.path.clone());
                    engine.handle_response(&server(&request));
                }
                Action::WriteVerdicts { .. } | Action::ApplyPages { .. } => engine.handle_written(),
                Action::Finished(outcome) => break outcome,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((outcome, paths.len(), paths[0].as_str()), (Outcome::InStep, 2, "/v1/push"));
        assert_eq!(engine.standing.acked_dseq, 3);
    }

    #[test]
    fn nothing_to_send_is_only_a_pull() {
        let (outcome, sent, _) = {
            let mut server = truthful(3);
            run(&mut engine(3, 3), |request, _| Some(server(request)))
        };
        assert_eq!((outcome, sent.len()), (Outcome::InStep, 0));
    }

    #[test]
    fn a_lost_answer_quarters_the_batch_and_nothing_is_skipped() {
        let mut server = truthful(0);
        let drop_first = |request: &Request, n: usize| (n > 1).then(|| server(request));
        let (outcome, sent, pauses) = run(&mut engine(0, 10), drop_first);
        assert_eq!((outcome, pauses), (Outcome::InStep, 1));
        let quarters = [(1..=10).collect::<Vec<_>>(), vec![1, 2, 3], vec![4, 5, 6], vec![7, 8, 9], vec![10]];
        assert_eq!(sent, quarters);
    }

    /// A backlog of 600 facts that no codec makes short, over a line that breaks under every request of more bytes. Gives how
    /// the run ended, how many requests broke, and how many facts went with each that did not.
    fn over_a_line_of(most: usize) -> (Outcome, usize, Vec<u64>) {
        let noise =
            |dseq: u64| (0..16).map(|n| hex(&Sha256::digest(format!("{dseq}/{n}")))).collect::<String>();
        let noisy = |dseq| Record { body: noise(dseq), ..record(dseq) };
        let (mut engine, mut server) = (engine(0, 600), truthful(0));
        let (mut broken, mut went) = (0, Vec::new());
        loop {
            match engine.poll() {
                Action::ReadFacts { after, limit } => {
                    let last = 600.min(after + limit as u64);
                    engine.handle_facts((after + 1..=last).map(noisy).collect(), stamp());
                }
                Action::Send(request) if request.body.len() > most => {
                    broken += 1;
                    engine.handle_failure();
                }
                Action::Send(request) => {
                    let before = engine.standing.acked_dseq;
                    engine.handle_response(&server(&request));
                    went.extend(engine.pushed.as_ref().map(|said| said.standing.acked_dseq - before));
                }
                Action::Wait { .. } => engine.handle_waited(stamp()),
                Action::Finished(outcome) => return (outcome, broken, went),
                _ => engine.handle_written(),
            }
        }
    }

    #[test]
    fn a_line_that_breaks_under_every_long_request_drains_any_backlog_in_one_run() {
        assert_eq!(
            over_a_line_of(8 << 10),
            (Outcome::InStep, 3, vec![8; 75]),
            "not 500, 125, nor 32 at once"
        );
        assert_eq!(over_a_line_of(2 << 10), (Outcome::InStep, 4, vec![2; 300]), "nor 8");
        assert_eq!(over_a_line_of(1 << 20), (Outcome::InStep, 0, vec![500, 100]), "a good line carries all");
    }

    #[test]
    fn a_server_that_is_further_is_asked_for_the_verdicts_that_were_lost() {
        let mut acked = 0;
        let (outcome, sent, _) = run(&mut engine(0, 10), |request, n| {
            if request.method == "GET" {
                return Some(pull_answer(acked));
            }
            let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
            acked = acked.max(push.records.last().unwrap().dseq);
            let mut answered: PushAnswer = codec::decode(&push_answer(request).body, PUSH_BYTES).unwrap();
            answered.standing.acked_dseq = acked;
            (n > 1).then(|| answer(200, &answered))
        });
        assert_eq!((outcome, sent.len()), (Outcome::InStep, 5));
        assert_eq!(sent[2], [4, 5, 6]);
    }

    #[test]
    fn what_travels_beside_the_bodies_counts_too() {
        let long = || Some("𠮷".repeat(60));
        let beside = Private { owner: long(), receiver: long(), phone: long(), ..Private::default() };
        let full = |dseq| Record {
            body: "x".repeat(2_048),
            private: Some(beside.clone()),
            refused: Some("stale_base".parse().unwrap()),
            held: Some(HeldCode::CaptureTime),
            ..record(dseq)
        };
        let mut engine = engine(0, 500);
        engine.poll();
        engine.handle_facts((1..=500).map(full).collect(), stamp());
        assert!(matches!(engine.poll(), Action::Send(_)), "a batch that cannot be written ends every run");
    }

    #[test]
    fn without_a_network_the_run_ends_and_says_later() {
        assert_eq!(run(&mut engine(0, 10), |_, _| None).0, Outcome::Later { ms: 0 });
    }

    #[test]
    fn a_restored_server_gets_everything_again_under_a_new_install() {
        for code in [RefusalCode::Gap, RefusalCode::Epoch] {
            let refusal = Refusal { acked_dseq: Some(2), ..Refusal::new(code, "restored") };
            let mut server = truthful(2);
            let (outcome, sent, _) = run(&mut engine(8, 10), |request, n| {
                Some(if n == 1 { answer(409, &refusal) } else { server(request) })
            });
            assert_eq!((outcome, &sent[1]), (Outcome::InStep, &vec![1, 2]));
        }
    }

    #[test]
    fn a_server_that_plays_ball_is_left() {
        let refusal = Refusal { acked_dseq: Some(0), ..Refusal::new(RefusalCode::Gap, "again") };
        let mut server = truthful(0);
        let ball = |request: &Request, _| {
            Some(if request.path == "/v1/push" { answer(409, &refusal) } else { server(request) })
        };
        assert_eq!(run(&mut engine(8, 10), ball).0, Outcome::Puzzled);
    }

    #[test]
    fn a_refused_token_asks_for_enrolment_and_nonsense_changes_nothing() {
        let token = Refusal::new(RefusalCode::Token, "who");
        assert_eq!(run(&mut engine(0, 1), |_, _| Some(answer(401, &token))).0, Outcome::EnrolAgain);
        for status in [200, 302, 307] {
            let nonsense = |_: &Request, _| Some(Response { status, body: b"<html>".to_vec() });
            let mut puzzled = engine(0, 1);
            assert_eq!(run(&mut puzzled, nonsense).0, Outcome::Puzzled, "{status}");
            assert_eq!(puzzled.standing.acked_dseq, 0);
        }
    }

    #[test]
    fn a_server_that_has_lost_this_phone_is_shown_its_grant_and_gets_everything_again() {
        let token = Refusal::new(RefusalCode::Token, "who");
        let mut server = truthful(0);
        let mut hellos = Vec::new();
        let (outcome, sent, _) = run(&mut engine(5, 5), |request, n| {
            if request.path == "/v1/hello" {
                hellos.push(codec::decode::<HelloRequest>(&request.body, SMALL_BYTES).unwrap());
            }
            Some(if n == 1 { answer(401, &token) } else { server(request) })
        });
        assert_eq!((outcome, sent), (Outcome::InStep, vec![vec![1, 2]]));
        let was = hellos[0].was.as_ref().map(|was| was.public_key.as_str());
        assert_eq!((hellos.len(), was), (1, Some("old")));
    }

    fn granted(acked: u64, closed: bool) -> Response {
        let answer_of = HelloAnswer {
            token: "t".into(),
            rep: "ZY01".parse().unwrap(),
            phone: None,
            import_key: None,
            closed,
            standing: server(acked),
        };
        answer(200, &answer_of)
    }

    #[test]
    fn a_renewal_that_was_cut_goes_on_before_anything_is_sent_under_the_old_install() {
        let mut engine = engine(5, 5);
        engine = Engine::new(Standing { renewing: Some(true), ..engine.standing }, stamp(), 7);
        assert!(matches!(engine.poll(), Action::MakeInstall { fresh: false, all: true }));
        let (mut paths, mut server) = (Vec::new(), truthful(0));
        let (outcome, sent, _) = run(&mut engine, |request, _| {
            paths.push(request.path.clone());
            Some(server(request))
        });
        assert_eq!((outcome, sent), (Outcome::InStep, vec![vec![1, 2]]));
        assert_eq!(paths[..2], ["/v1/hello", "/v1/push"]);
    }

    #[test]
    fn an_install_that_another_copy_has_filled_or_left_is_left_to_it() {
        for (acked, closed) in [(9, false), (0, true)] {
            let standing = Standing { renewing: Some(false), ..engine(5, 5).standing };
            let (mut paths, mut server) = (Vec::new(), truthful(0));
            let (outcome, ..) = run(&mut Engine::new(standing, stamp(), 7), |request, _| {
                paths.push(request.path.clone());
                Some(if paths.len() == 1 { granted(acked, closed) } else { server(request) })
            });
            assert_eq!(outcome, Outcome::InStep);
            assert_eq!(paths[..3], ["/v1/hello", "/v1/hello", "/v1/push"], "three until it is drained");
        }
        let mut ball =
            Engine::new(Standing { renewing: Some(false), ..self::engine(5, 5).standing }, stamp(), 7);
        assert_eq!(run(&mut ball, |_, _| Some(granted(9, false))).0, Outcome::Puzzled, "not for ever");
    }

    #[test]
    fn a_pull_shows_that_the_server_was_restored_and_everything_goes_up_again() {
        let (mut server, mut done) = (truthful(2), Done::default());
        let mut engine = engine(5, 5);
        let outcome =
            std::iter::from_fn(|| Some(act(&mut engine, &mut |request, _| Some(server(request)), &mut done)))
                .take(100)
                .find_map(|outcome| outcome);
        assert_eq!((outcome, done.sent), (Some(Outcome::InStep), vec![vec![1, 2]]));
        let step = |name: &str| done.steps.iter().position(|step| step == name);
        assert!(step("Adopt") < step("ApplyPages"), "its pages speak of before: {:?}", done.steps);
    }

    #[test]
    fn a_server_that_is_ahead_of_the_whole_phone_makes_it_renew_its_install() {
        let mut server = truthful(9);
        let mut paths = Vec::new();
        let (outcome, sent, _) = run(&mut engine(5, 5), |request, _| {
            paths.push(request.path.clone());
            Some(server(request))
        });
        assert_eq!(outcome, Outcome::InStep);
        assert_eq!(paths[1], "/v1/hello");
        assert_eq!(sent, [vec![1, 2]], "what waits is pushed under the new install");
    }

    #[test]
    fn a_fork_is_renewed_and_a_renewal_that_is_refused_asks_for_a_code() {
        let fork = Refusal { acked_dseq: Some(9), ..Refusal::new(RefusalCode::Fork, "fork") };
        let mut server = truthful(0);
        let once = |request: &Request, n| Some(if n == 1 { answer(409, &fork) } else { server(request) });
        assert_eq!(run(&mut engine(5, 6), once).0, Outcome::InStep);
        assert_eq!(run(&mut engine(5, 6), |_, _| Some(answer(409, &fork))).0, Outcome::EnrolAgain);
    }

    #[test]
    fn a_day_that_differs_is_listed_and_what_lacks_goes_up_with_a_new_place() {
        let mut server = truthful(0);
        let (outcome, sent, _) = run(&mut engine(0, 2), |request, n| {
            let flags = vec![Flag::DayDiffers];
            let missing = vec![RecordId(Uuid::from_u128(1))];
            let mut answered = server(request);
            if n == 1 {
                let mut push: PushAnswer = codec::decode(&answered.body, PUSH_BYTES).unwrap();
                push.verdicts[1].verdict = Verdict::Applied { order: None, flags };
                answered = answer(200, &push);
            }
            Some(if request.path == "/v1/day" {
                answer(200, &DayAnswer { standing: self::server(2), missing })
            } else {
                answered
            })
        });
        assert_eq!((outcome, sent), (Outcome::InStep, vec![vec![1, 2], vec![3]]));
    }

    fn with_days(days: &[u128]) -> Engine {
        let mut engine = engine(3, 3);
        engine.standing.days = days.iter().map(|n| RecordId(Uuid::from_u128(*n))).collect();
        engine
    }

    #[test]
    fn days_that_an_earlier_run_left_are_listed_before_the_pull() {
        let mut paths = Vec::new();
        let (outcome, _, _) = run(&mut with_days(&[1, 2]), |request, _| {
            paths.push(request.path.clone());
            Some(match request.path.as_str() {
                "/v1/day" => answer(200, &DayAnswer { standing: server(3), missing: vec![] }),
                _ => pull_answer(3),
            })
        });
        assert_eq!(outcome, Outcome::InStep);
        assert_eq!(paths[..2], ["/v1/day", "/v1/day"]);
    }

    #[test]
    fn a_listing_shows_that_the_server_was_restored_before_the_pull_does() {
        let (mut paths, mut server) = (Vec::new(), truthful(0));
        let (outcome, sent, _) = run(&mut with_days(&[1, 2]), |request, _| {
            paths.push(request.path.clone());
            Some(match request.path.as_str() {
                "/v1/day" => answer(200, &DayAnswer { standing: self::server(0), missing: vec![] }),
                _ => server(request),
            })
        });
        assert_eq!((outcome, sent), (Outcome::InStep, vec![vec![1, 2]]));
        assert_eq!(paths[..3], ["/v1/day", "/v1/hello", "/v1/push"], "three until it is drained");
    }

    #[test]
    fn what_a_listing_lacks_has_its_place_before_the_pull_shows_a_copy() {
        let mut server = truthful(9);
        let (outcome, sent, _) = run(&mut with_days(&[1]), |request, _| {
            let missing = vec![RecordId(Uuid::from_u128(1))];
            Some(match request.path.as_str() {
                "/v1/day" => answer(200, &DayAnswer { standing: self::server(9), missing }),
                _ => server(request),
            })
        });
        assert_eq!((outcome, sent.first()), (Outcome::InStep, Some(&vec![4])));
    }

    #[test]
    fn a_day_that_cannot_be_listed_does_not_keep_the_pull_from_coming() {
        let nonsense = Response { status: 200, body: b"<html>".to_vec() };
        let elsewhere = Response { status: 302, body: Vec::new() };
        let unknown = answer(404, &Refusal::new(RefusalCode::NotFound, "no such door"));
        let barred = Response { status: 403, body: b"<html>no".to_vec() };
        let busy = answer(503, &Refusal::new(RefusalCode::Busy, "this day cannot be read"));
        for no in [nonsense, elsewhere, unknown, barred, busy] {
            let said = |request: &Request, _| {
                Some(if request.path == "/v1/day" { no.clone() } else { pull_answer(3) })
            };
            assert_eq!(run(&mut with_days(&[1]), said).0, Outcome::InStep);
        }
    }

    #[test]
    fn a_busy_server_is_left_in_peace_for_as_long_as_it_asks() {
        let busy =
            |seconds| Refusal { retry_after_s: Some(seconds), ..Refusal::new(RefusalCode::Busy, "busy") };
        let mut waiting = engine(0, 1);
        waiting.handle_facts(vec![record(1)], stamp());
        waiting.handle_response(&answer(503, &busy(20)));
        assert!(matches!(waiting.poll(), Action::Wait { ms } if ms >= 20_000), "{:?}", waiting.poll());
        let long = run(&mut engine(0, 1), |_, _| Some(answer(503, &busy(3600)))).0;
        assert_eq!(long, Outcome::Later { ms: 3_600_000 });
        let (outcome, sent, pauses) = run(&mut engine(0, 1), |_, _| Some(answer(503, &busy(30))));
        assert_eq!(
            (outcome, sent.len(), pauses),
            (Outcome::Later { ms: 30_000 }, 5, 4),
            "after the run, too"
        );
    }

    #[test]
    fn a_backlog_of_long_visits_goes_up_in_batches_that_fit() {
        let mut server = truthful(0);
        let mut engine = engine(0, 400);
        let quotes = "\"\"".repeat(2_000);
        let mut sent = 0;
        loop {
            match engine.poll() {
                Action::ReadFacts { after, limit } => {
                    let long = |dseq| Record { body: quotes.clone(), ..record(dseq) };
                    let last = 400.min(after + limit as u64);
                    engine.handle_facts((after + 1..=last).map(long).collect(), stamp());
                }
                Action::Send(request) => {
                    sent += usize::from(request.path == "/v1/push");
                    engine.handle_response(&server(&request));
                }
                Action::Finished(outcome) => {
                    assert_eq!(outcome, Outcome::InStep);
                    assert!(sent >= 4, "{sent} batches");
                    return;
                }
                _ => engine.handle_written(),
            }
        }
    }

    #[test]
    fn what_is_sent_after_a_pause_carries_the_clocks_of_then() {
        let mut engine = engine(0, 1);
        engine.handle_facts(vec![record(1)], stamp());
        engine.handle_failure();
        engine.handle_waited(Stamp { mono_ms: 60_000, ..stamp() });
        let Action::Send(request) = engine.poll() else { panic!("nothing is sent") };
        let push: PushRequest = codec::decode(&request.body, PUSH_BYTES).unwrap();
        assert_eq!(push.now.mono_ms, 60_000);
    }

    /// An answer is lost, the install is unknown and renewed, and a day differs and is listed.
    fn eventful() -> impl FnMut(&Request, usize) -> Option<Response> {
        let mut server = truthful(0);
        move |request, n| match (n, request.path.as_str()) {
            (1, _) => None,
            (2, _) => Some(answer(401, &Refusal::new(RefusalCode::Token, "unknown"))),
            (4, _) => {
                let mut push: PushAnswer = codec::decode(&server(request).body, PUSH_BYTES).unwrap();
                push.verdicts[0].verdict = Verdict::Applied { order: None, flags: vec![Flag::DayDiffers] };
                Some(answer(200, &push))
            }
            (_, "/v1/day") => {
                let missing = vec![RecordId(Uuid::from_u128(1))];
                Some(answer(200, &DayAnswer { standing: self::server(2), missing }))
            }
            _ => Some(server(request)),
        }
    }

    /// Such a run, stopped before this step; gives how it ended, and the steps that were taken.
    fn stopped_before(stop: usize) -> (Outcome, Vec<String>) {
        let (mut engine, mut on, mut done) = (engine(0, 2), eventful(), Done::default());
        for step in 0..30 {
            if step == stop {
                engine.cancel();
            }
            if let Some(outcome) = act(&mut engine, &mut on, &mut done) {
                return (outcome, done.steps);
            }
        }
        panic!("the run does not end");
    }

    #[test]
    fn a_run_can_be_stopped_at_every_step() {
        let (outcome, steps) = stopped_before(usize::MAX);
        let kinds: std::collections::BTreeSet<&str> = steps.iter().map(String::as_str).collect();
        assert_eq!((outcome, kinds.len()), (Outcome::InStep, 9), "every kind of step: {steps:?}");
        for stop in 0..steps.len() {
            assert_eq!(stopped_before(stop), (Outcome::Cancelled, steps[..stop].to_vec()));
        }
    }

    #[test]
    fn a_pull_that_does_not_come_is_asked_for_in_smaller_parts_until_it_does() {
        let mut asked = Vec::new();
        let (outcome, _, pauses) = run(&mut engine(3, 3), |request, _| {
            let said = request.path.split('&').find_map(|part| part.strip_prefix("pages=")?.parse().ok());
            asked.push(said.unwrap_or(PULL_PAGES));
            (asked.last() == Some(&1)).then(|| pull_answer(3))
        });
        assert_eq!((outcome, pauses, asked), (Outcome::InStep, 3, vec![32, 8, 2, 1]));
    }

    #[test]
    fn a_busy_server_is_not_asked_for_smaller_parts() {
        let busy = Refusal { retry_after_s: Some(1), ..Refusal::new(RefusalCode::Busy, "busy") };
        let (mut server, mut paths) = (truthful(0), Vec::new());
        let (outcome, sent, pauses) = run(&mut engine(0, 3), |request, n| {
            paths.push(request.path.clone());
            Some(if matches!(n, 1 | 3) { answer(503, &busy) } else { server(request) })
        });
        assert_eq!((outcome, sent, pauses), (Outcome::InStep, vec![vec![1, 2, 3]; 2], 2));
        assert!(paths.iter().all(|path| !path.contains("pages=")), "{paths:?}");
    }

    #[test]
    fn a_pull_says_how_far_the_phone_is() {
        let Action::Send(request) = engine(3, 3).poll() else { panic!("nothing is sent") };
        assert_eq!(request.path, "/v1/pull?proto=1&last_dseq=3&cursor=");
    }

    #[test]
    fn cancelling_stops_before_the_next_request() {
        let mut engine = engine(0, 10);
        engine.cancel();
        assert!(matches!(engine.poll(), Action::Finished(Outcome::Cancelled)));
    }
}
