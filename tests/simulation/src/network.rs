//! The network of a run: it loses, doubles, keeps and cuts what it carries, the server dies under it, and time passes.

use std::cell::RefCell;
use std::rc::Rc;

use xundian_demo::chance::Chance;
use xundian_device::sync::{Credentials, Request, Response, Transport, TransportError};
use xundian_server::sync::service::Asked;

use crate::line::{Errand, Line, death_of_the_server};
use crate::report::Violation;
use crate::weather::Weather;

/// A request is on its way for so long at most, in milliseconds.
const WAY_MS: u64 = 400;
/// A phone that falls asleep does so for a while or through the evening, in milliseconds at most.
const NAPS_MS: [u64; 2] = [30 * 60_000, 16 * 3_600_000];
/// On a bad line one request of so many finds the phone asleep first.
const NAPS: u64 = 32;
/// Before so many of a thousand requests the server's clock does its work.
const TICKS: u64 = 50;

/// The line of one sync.
pub(crate) struct Network {
    line: Rc<RefCell<Line>>,
    /// Whose.
    number: usize,
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
    pub(crate) fn new(line: &Rc<RefCell<Line>>, number: usize, seed: u64, is_bad: bool) -> Self {
        Self {
            line: line.clone(),
            number,
            chance: Chance::new(seed, &[4]),
            is_bad,
            only: None,
            exchanges: 0,
            until_drained: 0,
        }
    }

    /// A bad line of phone 0 on which it is always the same that goes wrong.
    #[cfg(test)]
    pub(crate) fn always(line: &Rc<RefCell<Line>>, seed: u64, weather: Weather) -> Self {
        Self { only: Some(weather), ..Self::new(line, 0, seed, true) }
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
            let nap = signed(self.chance.below(longest));
            line.clock.pass(nap);
            let minutes = nap / 60_000;
            line.fault(
                "phone slept between two requests",
                format_args!("phone {}, for {minutes} minutes", self.number),
            );
            line.tick();
        } else if self.chance.per_mille(TICKS) {
            line.tick();
        }
    }

    fn carry(&mut self, asked: &Asked) -> Result<Response, TransportError> {
        let (mut line, chance) = (self.line.borrow_mut(), &mut self.chance);
        let thrown = if self.is_bad { Weather::of(chance) } else { Weather::Fair };
        let weather = self.only.unwrap_or(thrown);
        let errand = Errand::of(self.number, asked);
        line.send_off(weather, errand)?;
        let arrival = line.arrival(weather, errand, chance);
        let arrived = Errand::of(self.number, &arrival);
        let machine = line.server.machine.clone();
        let (refusals, writes, flushes) = (machine.refusals(), machine.writes(), machine.syncs());
        weather.plan(&machine, chance);
        let answered = line.ask(arrived)?;
        if machine.is_dead() {
            let (writes, flushes) = (machine.writes() - writes, machine.syncs() - flushes);
            let power = line.power.unwrap_or_else(|| chance.per_mille(500));
            let whom = format_args!("{errand}, it had come to write {writes} and flush {flushes}");
            return Err(line.die(power, death_of_the_server(power), whom));
        }
        if self.is_bad {
            machine.relent();
        }
        if let Some(name) = weather.refusal()
            && machine.refusals() > refusals
        {
            line.fault(name, errand);
        }
        if arrival.body.len() < asked.body.len() && answered.status == 200 {
            let what = format!("the server took a part of {} {} for the whole", asked.method, asked.path);
            line.violations.push(Violation { invariant: "I1", what });
        }
        line.bring_back(weather, arrived, answered, chance)
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(0)
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
            self.line.borrow_mut().fault("photo cut", Errand::of(self.number, &asked));
        }
        carried
    }

    /// The pause is the world's: phone and server see it on their clocks.
    fn wait(&mut self, ms: u64) {
        self.line.borrow().clock.pass(signed(ms));
    }
}
