//! The table of figures, and stop-watches.

use std::fmt;
use std::time::{Duration, Instant};

/// Figures in the order of measuring.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<(String, String, String)>);

impl Table {
    pub(crate) fn row(&mut self, what: &str, found: impl fmt::Display, target: &str) {
        eprintln!("  {what}: {found} (target {target})");
        self.0.push((what.to_owned(), found.to_string(), target.to_owned()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | measured | target |\n|---|---|---|")?;
        self.0.iter().try_for_each(|(what, found, target)| writeln!(f, "| {what} | {found} | {target} |"))
    }
}

pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    Instant::now()
}

/// Times of many calls.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let start = now();
        let result = call();
        self.0.push(start.elapsed());
        result
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |per_mille: usize| {
            let index = (sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1));
            sorted.get(index).copied().unwrap_or_default()
        };
        let (half, most_of, most) = (at(500), at(990), at(1000));
        write!(f, "p50 {half:.2?}, p99 {most_of:.2?}, most {most:.2?} ({} calls)", sorted.len())
    }
}
