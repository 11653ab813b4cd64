//! What a run, or many, have seen: a fault or verdict that never came proves nothing, so it is counted.

use std::collections::BTreeMap;

use serde::Serialize;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// I1–I6 of the contract, or I0: the phone itself.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

/// How often things happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Operations by kind.
    pub operations: BTreeMap<String, u64>,
    /// Faults by kind.
    pub faults: BTreeMap<String, u64>,
    /// Verdicts that phones heard.
    pub verdicts: BTreeMap<String, u64>,
    /// Ends of syncs.
    pub ends: BTreeMap<String, u64>,
    /// Exchanges until a queue was empty after the last fault, the most.
    pub most_exchanges: u32,
    /// Facts that were sealed.
    pub facts: u64,
}

fn add(map: &mut BTreeMap<String, u64>, name: &str, n: u64) {
    match map.get_mut(name) {
        Some(count) => *count += n,
        None => drop(map.insert(name.to_owned(), n)),
    }
}

impl Counts {
    pub(crate) fn operation(&mut self, name: &str) {
        add(&mut self.operations, name, 1);
    }

    pub(crate) fn fault(&mut self, name: &str) {
        add(&mut self.faults, name, 1);
    }

    pub(crate) fn verdict(&mut self, name: &str) {
        add(&mut self.verdicts, name, 1);
    }

    pub(crate) fn end(&mut self, name: &str) {
        add(&mut self.ends, name, 1);
    }

    fn take(&mut self, other: &Self) {
        let pairs = [
            (&mut self.operations, &other.operations),
            (&mut self.faults, &other.faults),
            (&mut self.verdicts, &other.verdicts),
            (&mut self.ends, &other.ends),
        ];
        for (all, one) in pairs {
            for (name, n) in one {
                add(all, name, *n);
            }
        }
        self.most_exchanges = self.most_exchanges.max(other.most_exchanges);
        self.facts += other.facts;
    }
}

/// Faults that a run of many seeds must have seen.
const FAULTS: &[&str] = &[
    "request lost",
    "request cut",
    "request delayed",
    "request doubled",
    "request doubled later",
    "answer lost after the commit",
    "answer cut",
    "answer cut silently",
    "server killed before the request",
    "server without power after the commit",
    "server lost its power",
    "server killed while writing",
    "server's disk full",
    "server's write failed",
    "phone killed while writing",
    "phone lost its power",
    "phone's disk full",
    "phone's write failed",
    "server restored",
    "lost sheet made again",
    "server killed",
    "phone killed",
    "phone restored",
    "phone cloned",
    "phone reinstalled",
    "key lost",
    "app upgraded",
    "clock set",
    "phone started again",
    "store moved",
    "rep absent",
    "office changed rows",
    "phone revoked",
    "days without signal",
    "slip pasted",
    "slip pasted again",
    "slip in doubt",
    "slip went ahead of its facts",
    "journal brought",
    "journal taken into the next phone",
    "photo cut",
    "photo piece torn",
    "photo piece spoilt",
    "photo files lost",
    "photo unknown to the restored server",
];

/// Verdicts that a run of many seeds must have seen.
const VERDICTS: &[&str] = &[
    "applied",
    "applied difference",
    "applied late",
    "applied already_delivered",
    "parked",
    "held unknown_kind",
    "held capture_time",
    "held revoked_device",
    "conflict_payload",
    "rejected undecodable",
    "rejected unauthorised",
    "rejected stale_base",
    "flag ClockUnverified",
    "flag DayDiffers",
];

/// Many runs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Runs.
    pub seeds: u64,
    /// Operations.
    pub steps: u64,
    /// How often things happened.
    #[serde(flatten)]
    pub counts: Counts,
    /// Violations by invariant.
    pub violations: BTreeMap<&'static str, u64>,
    /// Seeds with violations.
    pub failed: Vec<u64>,
    /// How long it took.
    pub seconds: u64,
}

impl Report {
    /// Adds a run.
    pub fn take(&mut self, seed: u64, steps: usize, counts: &Counts, violations: &[Violation]) {
        self.seeds += 1;
        self.steps += u64::try_from(steps).unwrap_or(0);
        self.counts.take(counts);
        for violation in violations {
            *self.violations.entry(violation.invariant).or_default() += 1;
        }
        if !violations.is_empty() {
            self.failed.push(seed);
        }
    }

    /// Adds what another thread has seen.
    pub fn join(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.counts.take(&other.counts);
        for (invariant, n) in &other.violations {
            *self.violations.entry(invariant).or_default() += n;
        }
        self.failed.extend(&other.failed);
        self.failed.sort_unstable();
    }

    /// Faults and verdicts that never came.
    pub fn never_seen(&self) -> Vec<&'static str> {
        let faults = FAULTS.iter().filter(|name| !self.counts.faults.contains_key(**name));
        let verdicts = VERDICTS.iter().filter(|name| !self.counts.verdicts.contains_key(**name));
        faults.chain(verdicts).copied().collect()
    }
}
