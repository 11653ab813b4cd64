//! The network of a run: it loses, doubles, keeps and cuts what it carries, and the server dies under it.

use std::cell::RefCell;
use std::rc::Rc;

use xundian_demo::chance::Chance;
use xundian_device::sync::{Credentials, Request, Response, Transport, TransportError};
use xundian_server::sync::service::Asked;
use xundian_vfs::When;

use crate::report::Counts;
use crate::server::Server;

/// What both ends share.
pub(crate) struct Line {
    pub(crate) server: Server,
    /// Requests that wander somewhere and may still arrive.
    pub(crate) kept: Vec<Asked>,
    pub(crate) counts: Counts,
}

/// The line of one sync.
pub(crate) struct Network {
    line: Rc<RefCell<Line>>,
    chance: Chance,
    is_bad: bool,
    /// Requests of this sync.
    pub(crate) exchanges: u32,
    /// Exchanges up to the last push.
    pub(crate) until_drained: u32,
}

impl Network {
    pub(crate) fn new(line: &Rc<RefCell<Line>>, seed: u64, is_bad: bool) -> Self {
        Self { line: line.clone(), chance: Chance::new(seed, &[4]), is_bad, exchanges: 0, until_drained: 0 }
    }

    fn carry(&mut self, asked: &Asked) -> Result<Response, TransportError> {
        let mut line = self.line.borrow_mut();
        let fault = if self.is_bad { self.chance.below(32) } else { u64::MAX };
        let lost = |line: &mut Line, name: &'static str| {
            line.counts.fault(name);
            Err(TransportError(name.to_owned()))
        };
        match fault {
            0 => return lost(&mut line, "request lost"),
            1 => return lost(&mut line, "request cut"),
            2 => {
                line.kept.push(asked.clone());
                return lost(&mut line, "request delayed");
            }
            3 => {
                kill(&mut line, false)?;
                return lost(&mut line, "server killed before the request");
            }
            10 => line.server.machine.die_at_write(1 + self.chance.below(40)),
            11 => line.server.machine.die_at_sync(1 + self.chance.below(3), When::Before),
            12 => line.server.machine.disk_full_after(Some(self.chance.below(40))),
            13 => line.server.machine.io_error_at_write(1 + self.chance.below(40)),
            _ => {}
        }
        let answered = line.server.answer(asked).map_err(|why| TransportError(why.to_string()))?;
        if line.server.machine.is_dead() {
            let power = self.chance.per_mille(500);
            kill(&mut line, power)?;
            return lost(
                &mut line,
                if power { "server lost its power" } else { "server killed while writing" },
            );
        }
        if self.is_bad {
            line.server.machine.relent();
        }
        if fault == 12 {
            line.counts.fault("server's disk full");
        }
        let mut body = answered.body;
        match fault {
            4 => return lost(&mut line, "answer lost after the commit"),
            5 => return lost(&mut line, "answer cut"),
            6 => {
                kill(&mut line, true)?;
                return lost(&mut line, "server without power after the commit");
            }
            7 => {
                // A proxy that closes early and says nothing about it.
                line.counts.fault("answer cut silently");
                let keep = self.chance.below(u64::try_from(body.len()).unwrap_or(0));
                body.truncate(usize::try_from(keep).unwrap_or(0));
            }
            8 => {
                line.counts.fault("request doubled");
                let again = line.server.answer(asked).map_err(|why| TransportError(why.to_string()))?;
                body = again.body;
            }
            13 => line.counts.fault("server's write failed"),
            9 => {
                line.counts.fault("request doubled later");
                line.kept.push(asked.clone());
            }
            _ => {}
        }
        Ok(Response { status: answered.status, body })
    }
}

fn kill(line: &mut Line, power: bool) -> Result<(), TransportError> {
    line.server.kill(power).map_err(|why| TransportError(why.to_string()))
}

impl Transport for Network {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.exchanges += 1;
        if request.path == "/v1/push" {
            self.until_drained = self.exchanges;
        }
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

    fn wait(&mut self, _: u64) {}
}
