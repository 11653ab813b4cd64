//! The simulation of sync (docs/guide/sync.md): phones with real SQLite files, the real server, a virtual network and
//! virtual time, in one thread, from a seed. The same seed gives the same run, byte for byte.
//!
//! `plan` throws what happens, `world` lets it happen to `phone`s, a `server` and the `network` between them with its
//! `weather`; the `line` has the counts and the story. `check` looks at what must hold (I0–I6 of the contract), `scopes` at I3,
//! `taps` at what an open visit has, `excuses` at what takes no effect, `photos` at theirs, `minimise` makes a failing plan short and tells it,
//! `report` counts, `seen` says what must have come, `remains` is what lies on the disks in the end; `child` lets a whole
//! process die.

mod check;
mod child;
mod city;
mod clock;
mod excuses;
mod line;
mod minimise;
mod network;
mod old_app;
mod phone;
mod photos;
mod plan;
mod reference;
mod remains;
mod report;
mod scopes;
mod seen;
mod server;
mod taps;
mod weather;
mod words;
mod world;

pub use child::{Kill, LastWords, Left, Moment, bury, live, prepare};
pub use minimise::{explain, judge};
pub use plan::{
    DiskFault, FEWEST_FAULTS, FEWEST_PHONES, Op, OpKind, Plan, Side, a_backup, a_day, a_journal_day,
    a_moving_day, a_slip_day,
};
pub use remains::Remains;
pub use report::{Counts, Report, Violation};
pub use world::{Ran, attempt, quotas, run, run_and_look, run_broken};

/// Anything that keeps a run from going on at all: a defect of the simulation or of its machine.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
