//! The network of a run: it loses, doubles, keeps and cuts what it carries, the server dies under it, and time passes.

use std::cell::RefCell;
use std::rc::Rc;

use xundian_demo::chance::Chance;
use xundian_device::sync::{Credentials, Request, Response, Transport, TransportError};
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::{Refusal, RefusalCode, codec};
use xundian_server::sync::service::{Answered, Asked};
use xundian_vfs::{Machine, When};

use crate::clock::WorldClock;
use crate::report::{Counts, Violation};
use crate::server::Server;

/// A request is on its way for so long at most, in milliseconds.
const WAY_MS: u64 = 400;
/// A phone that falls asleep does so for a while or through the evening, in milliseconds at most.
const NAPS_MS: [u64; 2] = [30 * 60_000, 16 * 3_600_000];
/// On a bad line one request of so many finds the phone asleep first.
const NAPS: u64 = 32;
/// Before so many of a thousand requests the server's clock does its work.
const TICKS: u64 = 50;

/// What both ends share.
pub(crate) struct Line {
    pub(crate) server: Server,
    clock: WorldClock,
    /// Requests that wander somewhere and may still arrive.
    pub(crate) kept: Vec<Kept>,
    /// How a server goes that dies under a request: with its power or as a killed process; `None` = by chance.
    pub(crate) power: Option<bool>,
    /// What the clock's work stumbled over: no phone hears of it.
    pub(crate) trouble: Option<String>,
    /// What no answer may say.
    pub(crate) violations: Vec<Violation>,
    pub(crate) counts: Counts,
}

/// A request that the network kept.
pub(crate) struct Kept {
    pub(crate) asked: Asked,
    /// Whether it has arrived once.
    pub(crate) is_double: bool,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    RequestLost,
    RequestCut,
    RequestCutSilently,
    RequestDelayed,
    KilledBefore,
    DiesAtWrite,
    DiesAtFlush,
    DiskFull,
    ReadFails,
    WriteFails,
    FlushFails,
    AnswerLost,
    AnswerCut,
    AnswerCutSilently,
    PowerAfter,
    Doubled,
    DoubledLater,
}

impl Weather {
    const BAD: [Self; 17] = [
        Self::RequestLost,
        Self::RequestCut,
        Self::RequestCutSilently,
        Self::RequestDelayed,
        Self::KilledBefore,
        Self::DiesAtWrite,
        Self::DiesAtFlush,
        Self::DiskFull,
        Self::ReadFails,
        Self::WriteFails,
        Self::FlushFails,
        Self::AnswerLost,
        Self::AnswerCut,
        Self::AnswerCutSilently,
        Self::PowerAfter,
        Self::Doubled,
        Self::DoubledLater,
    ];
    /// Throws of a request on a bad line: more than half of them go well.
    const THROWS: u64 = 39;

    fn of(chance: &mut Chance) -> Self {
        let throw = usize::try_from(chance.below(Self::THROWS)).unwrap_or(usize::MAX);
        Self::BAD.get(throw).copied().unwrap_or(Self::Fair)
    }

    /// Plans what the server's disk does meanwhile; whether it comes to that shows later.
    fn plan(self, machine: &Machine, chance: &mut Chance) {
        match self {
            Self::DiesAtWrite => machine.die_at_write(1 + chance.below(40)),
            Self::DiesAtFlush => machine.die_at_sync(1 + chance.below(3), When::Before),
            Self::DiskFull => machine.disk_full_after(Some(chance.below(40))),
            Self::ReadFails => machine.io_error_at_read(1 + chance.below(10)),
            Self::WriteFails => machine.io_error_at_write(1 + chance.below(40)),
            Self::FlushFails => machine.io_error_at_sync(1 + chance.below(2)),
            _ => {}
        }
    }

    /// What it is called that a disk refused something.
    fn refusal(self) -> Option<&'static str> {
        match self {
            Self::DiskFull => Some("server's disk full"),
            Self::ReadFails => Some("server's read failed"),
            Self::WriteFails => Some("server's write failed"),
            Self::FlushFails => Some("server's flush failed"),
            _ => None,
        }
    }
}

impl Line {
    pub(crate) fn new(server: Server, clock: WorldClock) -> Self {
        Self {
            server,
            clock,
            kept: Vec::new(),
            power: None,
            trouble: None,
            violations: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn lost(&mut self, name: &str) -> TransportError {
        self.counts.fault(name);
        TransportError(name.to_owned())
    }

    fn kill(&mut self, power: bool) -> Result<(), TransportError> {
        self.server.kill(power).map_err(|why| TransportError(why.to_string()))
    }

    /// What the server refuses is counted, unless it died over it and nobody hears.
    fn ask(&mut self, asked: &Asked) -> Result<Answered, TransportError> {
        let answered = self.server.answer(asked).map_err(|why| TransportError(why.to_string()))?;
        if answered.status != 200 && !self.server.machine.is_dead() {
            let refusal = codec::decode::<Refusal>(&answered.body, SMALL_BYTES);
            let unknown = |_| answered.status.to_string();
            self.counts.refusal(&refusal.map_or_else(unknown, |refusal| name_of_refusal(refusal.code)));
        }
        Ok(answered)
    }

    /// The server's work by the clock, while a phone is busy with its run.
    fn tick(&mut self) {
        let frozen = self.server.app().and_then(|app| Ok(app.tick()?));
        match frozen {
            Ok(frozen) => {
                self.counts.office("clock's work between two requests");
                for _ in frozen {
                    self.counts.office("sheet frozen between two requests");
                }
            }
            // The next request finds it dead.
            Err(_) if self.server.machine.is_dead() => {}
            Err(why) => self.trouble = Some(why.to_string()),
        }
    }

    /// What may keep a request from coming to the server.
    fn send_off(&mut self, weather: Weather, asked: &Asked) -> Result<(), TransportError> {
        match weather {
            Weather::RequestLost => Err(self.lost("request lost")),
            Weather::RequestCut => Err(self.lost("request cut")),
            Weather::RequestDelayed => {
                self.kept.push(Kept { asked: asked.clone(), is_double: false });
                Err(self.lost("request delayed"))
            }
            Weather::KilledBefore => {
                self.kill(false)?;
                Err(self.lost("server killed before the request"))
            }
            _ => Ok(()),
        }
    }

    /// The request as it comes to the server's door. A broken proxy passes on what it has as if that were all; the
    /// signature is over the whole body.
    fn arrival(&mut self, weather: Weather, asked: &Asked, chance: &mut Chance) -> Asked {
        let mut asked = asked.clone();
        if weather == Weather::RequestCutSilently && cut(&mut asked.body, chance) {
            self.counts.fault("request cut silently");
        }
        asked
    }

    /// The way back: what the phone hears.
    fn bring_back(
        &mut self,
        weather: Weather,
        asked: &Asked,
        mut answered: Answered,
        chance: &mut Chance,
    ) -> Result<Response, TransportError> {
        match weather {
            Weather::AnswerLost => return Err(self.lost("answer lost after the commit")),
            Weather::AnswerCut => return Err(self.lost("answer cut")),
            Weather::PowerAfter => {
                self.kill(true)?;
                return Err(self.lost("server without power after the commit"));
            }
            Weather::AnswerCutSilently if cut(&mut answered.body, chance) => {
                self.counts.fault("answer cut silently");
            }
            Weather::Doubled => {
                self.counts.fault("request doubled");
                answered = self.ask(asked)?;
            }
            Weather::DoubledLater => self.kept.push(Kept { asked: asked.clone(), is_double: true }),
            _ => {}
        }
        Ok(Response { status: answered.status, body: answered.body })
    }
}

/// Keeps the first bytes only; `false` = there was nothing to cut.
fn cut(body: &mut Vec<u8>, chance: &mut Chance) -> bool {
    let before = body.len();
    let keep = chance.below(u64::try_from(before).unwrap_or(0));
    body.truncate(usize::try_from(keep).unwrap_or(0));
    body.len() < before
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(0)
}

/// The line of one sync.
pub(crate) struct Network {
    line: Rc<RefCell<Line>>,
    chance: Chance,
    is_bad: bool,
    /// The same for every request: for tests.
    only: Option<Weather>,
    /// Requests of this sync.
    pub(crate) exchanges: u32,
    /// Exchanges up to the last push.
    pub(crate) until_drained: u32,
}

impl Network {
    pub(crate) fn new(line: &Rc<RefCell<Line>>, seed: u64, is_bad: bool) -> Self {
        Self {
            line: line.clone(),
            chance: Chance::new(seed, &[4]),
            is_bad,
            only: None,
            exchanges: 0,
            until_drained: 0,
        }
    }

    /// A bad line on which it is always the same that goes wrong.
    #[cfg(test)]
    pub(crate) fn always(line: &Rc<RefCell<Line>>, seed: u64, weather: Weather) -> Self {
        Self { only: Some(weather), ..Self::new(line, seed, true) }
    }

    /// Every request takes its time. Between two of a run the server's clock may do its work, and the phone may sleep; it
    /// never sleeps between the stamp of a push and its way, or its facts would seem younger.
    fn let_time_pass(&mut self, request: &Request) {
        let mut line = self.line.borrow_mut();
        line.clock.pass(1 + signed(self.chance.below(WAY_MS)));
        if self.exchanges < 2 {
            return;
        }
        if self.is_bad && request.path != "/v1/push" && self.chance.below(NAPS) == 0 {
            let longest = NAPS_MS[usize::from(self.chance.per_mille(500))];
            line.clock.pass(signed(self.chance.below(longest)));
            line.counts.fault("phone slept between two requests");
            line.tick();
        } else if self.chance.per_mille(TICKS) {
            line.tick();
        }
    }

    fn carry(&mut self, asked: &Asked) -> Result<Response, TransportError> {
        let (mut line, chance) = (self.line.borrow_mut(), &mut self.chance);
        let thrown = if self.is_bad { Weather::of(chance) } else { Weather::Fair };
        let weather = self.only.unwrap_or(thrown);
        line.send_off(weather, asked)?;
        let arrival = line.arrival(weather, asked, chance);
        let refusals = line.server.machine.refusals();
        weather.plan(&line.server.machine, chance);
        let answered = line.ask(&arrival)?;
        if line.server.machine.is_dead() {
            let power = line.power.unwrap_or_else(|| chance.per_mille(500));
            line.kill(power)?;
            return Err(line.lost(death_of_the_server(power)));
        }
        if self.is_bad {
            line.server.machine.relent();
        }
        if let Some(name) = weather.refusal()
            && line.server.machine.refusals() > refusals
        {
            line.counts.fault(name);
        }
        if arrival.body.len() < asked.body.len() && answered.status == 200 {
            let what = format!("the server took a part of {} {} for the whole", asked.method, asked.path);
            line.violations.push(Violation { invariant: "I1", what });
        }
        line.bring_back(weather, &arrival, answered, chance)
    }
}

/// How a refusal is counted.
pub(crate) fn name_of_refusal(code: RefusalCode) -> String {
    format!("{} {code:?}", code.status())
}

/// How a death of the server is counted.
pub(crate) fn death_of_the_server(power: bool) -> &'static str {
    if power { "server lost its power" } else { "server killed while writing" }
}

impl Transport for Network {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.exchanges += 1;
        if request.path == "/v1/push" {
            self.until_drained = self.exchanges;
        }
        self.let_time_pass(request);
        let asked = Asked {
            method: request.method.to_owned(),
            path: request.path.clone(),
            install: by.map(|by| by.install),
            token: by.map(|by| by.token.clone()),
            signature: by.map(|by| by.signature.clone()),
            body: request.body.clone(),
            from: None,
        };
        let carried = self.carry(&asked);
        if carried.is_err() && request.method == "PUT" {
            self.line.borrow_mut().counts.fault("photo cut");
        }
        carried
    }

    /// The pause is the world's: phone and server see it on their clocks.
    fn wait(&mut self, ms: u64) {
        self.line.borrow().clock.pass(signed(ms));
    }
}
