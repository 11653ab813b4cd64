//! The line between the phones and the server, as both ends share it: what wanders on it, what it counts, and the story of the
//! run. A fault is counted and told in one breath.

use std::fmt;

use xundian_demo::chance::Chance;
use xundian_device::sync::{Response, TransportError};
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::{Refusal, RefusalCode, codec};
use xundian_server::app::Clock;
use xundian_server::sync::service::{Answered, Asked};

use crate::Outcome;
use crate::clock::WorldClock;
use crate::report::{Counts, Violation};
use crate::server::Server;
use crate::weather::Weather;

/// What both ends share.
pub(crate) struct Line {
    pub(crate) server: Server,
    pub(crate) clock: WorldClock,
    /// Requests that wander somewhere and may still arrive.
    pub(crate) kept: Vec<Kept>,
    /// How a server goes that dies under a request: with its power or as a killed process; `None` = by chance.
    pub(crate) power: Option<bool>,
    /// What the clock's work stumbled over: no phone hears of it.
    pub(crate) trouble: Option<String>,
    /// What no answer may say.
    pub(crate) violations: Vec<Violation>,
    pub(crate) counts: Counts,
    /// The story of the run. Some hundred short lines cost nothing beside two databases, so that nobody has to ask for it first.
    pub(crate) trace: Vec<String>,
}

/// So long does the network keep a request that has not arrived, in milliseconds: nobody holds a connection for longer than a phone
/// may have slept in the middle of it.
const KEPT_MS: i64 = 6 * 3_600_000;

/// A request that the network kept.
pub(crate) struct Kept {
    number: usize,
    since: Millis,
    pub(crate) asked: Asked,
    /// Whether it has arrived once.
    pub(crate) is_double: bool,
}

impl Kept {
    pub(crate) fn errand(&self) -> Errand<'_> {
        Errand::of(self.number, &self.asked)
    }

    /// Whether it may still come at `now`. What has arrived once may be sent again by whoever heard it, whenever he likes.
    pub(crate) fn may_come(&self, now: Millis) -> bool {
        self.is_double || now.0 - self.since.0 <= KEPT_MS
    }
}

/// Whose request it is and of which kind, as it is told: `phone 3, push of 812 bytes`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand<'a> {
    number: usize,
    asked: &'a Asked,
}

impl<'a> Errand<'a> {
    pub(crate) fn of(number: usize, asked: &'a Asked) -> Self {
        Self { number, asked }
    }

    fn keep(self, since: Millis, is_double: bool) -> Kept {
        Kept { number: self.number, since, asked: self.asked.clone(), is_double }
    }
}

impl fmt::Display for Errand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.asked.path.trim_start_matches("/v1/");
        let door = path.split(['/', '?']).next().unwrap_or(path);
        write!(f, "phone {}, {door}", self.number)?;
        match self.asked.body.len() {
            0 => Ok(()),
            bytes => write!(f, " of {bytes} bytes"),
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
            trace: Vec::new(),
        }
    }

    /// A line of the story.
    pub(crate) fn tell(&mut self, what: impl fmt::Display) {
        let now = self.clock.now();
        let (date, time) = (ZoneOffset::CHINA.date(now), ZoneOffset::CHINA.time_of_day(now));
        self.trace.push(format!("[{date} {time}] {what}"));
    }

    /// A fault has struck: `[2026-07-27 08:12] ! request lost: phone 3, push of 812 bytes`.
    pub(crate) fn fault(&mut self, name: &str, whom: impl fmt::Display) {
        self.counts.fault(name);
        self.tell(format_args!("! {name}: {whom}"));
    }

    /// What people and the clock do is no fault.
    pub(crate) fn office(&mut self, name: &str) {
        self.counts.office(name);
        self.tell(format_args!("office: {name}"));
    }

    /// A fault because of which the phone hears nothing.
    pub(crate) fn lost(&mut self, name: &str, whom: impl fmt::Display) -> TransportError {
        self.fault(name, whom);
        TransportError(name.to_owned())
    }

    /// The server dies and comes back; half photos may have suffered.
    pub(crate) fn kill(&mut self, power: bool) -> Outcome<()> {
        self.server.kill(power)?;
        for fault in std::mem::take(&mut self.server.torn) {
            self.fault(fault, "on the server's disk");
        }
        Ok(())
    }

    /// A death of the server because of which the phone hears nothing.
    pub(crate) fn die(&mut self, power: bool, name: &str, whom: impl fmt::Display) -> TransportError {
        let lost = self.lost(name, whom);
        match self.kill(power) {
            Ok(()) => lost,
            Err(why) => TransportError(why.to_string()),
        }
    }

    /// What the server refuses is counted, unless it died over it and nobody hears.
    pub(crate) fn ask(&mut self, errand: Errand<'_>) -> Result<Answered, TransportError> {
        let answered = self.server.answer(errand.asked).map_err(|why| TransportError(why.to_string()))?;
        if answered.status != 200 && !self.server.machine.is_dead() {
            let (name, reason) = match codec::decode::<Refusal>(&answered.body, SMALL_BYTES) {
                Ok(refusal) => (name_of_refusal(refusal.code), refusal.reason),
                Err(_) => (answered.status.to_string(), "without a reason".to_owned()),
            };
            self.counts.refusal(&name);
            self.tell(format_args!("{errand}: {name}, {reason}"));
        }
        Ok(answered)
    }

    /// The server's work by the clock, while a phone is busy with its run.
    pub(crate) fn tick(&mut self) {
        let frozen = self.server.app().and_then(|app| Ok(app.tick()?));
        match frozen {
            Ok(frozen) => {
                self.office("clock's work between two requests");
                for _ in frozen {
                    self.office("sheet frozen between two requests");
                }
            }
            // The next request finds it dead.
            Err(_) if self.server.machine.is_dead() => {}
            Err(why) => self.trouble = Some(why.to_string()),
        }
    }

    /// What may keep a request from coming to the server.
    pub(crate) fn send_off(&mut self, weather: Weather, errand: Errand<'_>) -> Result<(), TransportError> {
        match weather {
            Weather::RequestLost => Err(self.lost("request lost", errand)),
            Weather::RequestCut => Err(self.lost("request cut", errand)),
            Weather::RequestDelayed => {
                self.kept.push(errand.keep(self.clock.now(), false));
                Err(self.lost("request delayed", errand))
            }
            Weather::KilledBefore => Err(self.die(false, "server killed before the request", errand)),
            _ => Ok(()),
        }
    }

    /// The request as it comes to the server's door. A broken proxy passes on what it has as if that were all; the
    /// signature is over the whole body.
    pub(crate) fn arrival(&mut self, weather: Weather, errand: Errand<'_>, chance: &mut Chance) -> Asked {
        let mut asked = errand.asked.clone();
        if weather == Weather::RequestCutSilently && cut(&mut asked.body, chance) {
            let left = asked.body.len();
            self.fault("request cut silently", format_args!("{errand}, after {left} of them"));
        }
        asked
    }

    /// The way back: what the phone hears.
    pub(crate) fn bring_back(
        &mut self,
        weather: Weather,
        errand: Errand<'_>,
        mut answered: Answered,
        chance: &mut Chance,
    ) -> Result<Response, TransportError> {
        match weather {
            Weather::AnswerLost => return Err(self.lost("answer lost after the commit", errand)),
            Weather::AnswerCut => return Err(self.lost("answer cut", errand)),
            Weather::PowerAfter => {
                return Err(self.die(true, "server without power after the commit", errand));
            }
            Weather::AnswerCutSilently => {
                let whole = answered.body.len();
                if cut(&mut answered.body, chance) {
                    let left = answered.body.len();
                    self.fault(
                        "answer cut silently",
                        format_args!("{errand}, after {left} of {whole} bytes of the answer"),
                    );
                }
            }
            Weather::Doubled => {
                self.fault("request doubled", errand);
                answered = self.ask(errand)?;
            }
            Weather::DoubledLater => self.kept.push(errand.keep(self.clock.now(), true)),
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

/// How a refusal is counted.
pub(crate) fn name_of_refusal(code: RefusalCode) -> String {
    format!("{} {code:?}", code.status())
}

/// How a death of the server is counted.
pub(crate) fn death_of_the_server(power: bool) -> &'static str {
    if power { "server lost its power" } else { "server killed while writing" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_its_phone_its_door_and_its_size() {
        let told = |path: &str, bytes: usize| {
            let asked = Asked {
                method: "POST".to_owned(),
                path: path.to_owned(),
                body: vec![0; bytes],
                ..Asked::default()
            };
            Errand::of(3, &asked).to_string()
        };
        assert_eq!(told("/v1/push", 812), "phone 3, push of 812 bytes");
        assert_eq!(told("/v1/pull?proto=1&cursor=abc/def", 0), "phone 3, pull");
        assert_eq!(told("/v1/blobs/01ab?offset=0", 7), "phone 3, blobs of 7 bytes");
    }
}
