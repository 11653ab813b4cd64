//! What a run, or many, have seen: a fault or verdict that never came proves nothing, so it is counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{FEWEST_FAULTS, FEWEST_PHONES};
use crate::seen;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// I1–I6 of the contract, or I0: the phone itself; `stuck` or `panicked`: the run did not come to its end.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

/// How often things happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Operations by kind.
    pub operations: BTreeMap<String, u64>,
    /// Faults by kind, each counted when it struck.
    pub faults: BTreeMap<String, u64>,
    /// What the office, its distributors and the server's clock did, by kind.
    pub office: BTreeMap<String, u64>,
    /// Verdicts that phones heard.
    pub verdicts: BTreeMap<String, u64>,
    /// Requests that the server refused while their phones could hear it, by status and code.
    pub refusals: BTreeMap<String, u64>,
    /// Ends of syncs.
    pub ends: BTreeMap<String, u64>,
    /// Phones of the run that had the fewest at its end, copies included.
    pub fewest_phones: Option<u64>,
    /// Of the run that had the most.
    pub most_phones: Option<u64>,
    /// Exchanges until a queue was empty after the last fault, over all runs of sync; the most of a phone that needed
    /// no code.
    pub most_exchanges: u32,
    /// The same of phones that needed a code, and with what it cost.
    pub most_exchanges_with_code: u32,
    /// Codes that were needed after the last fault.
    pub codes: u64,
    /// Calls in a crash matrix that said that their disk had failed.
    pub refused_calls: u64,
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

    pub(crate) fn office(&mut self, name: &str) {
        add(&mut self.office, name, 1);
    }

    /// So many rows ended in the nights of a run, of which phones were told.
    pub(crate) fn ended(&mut self, what: &str, n: u64) {
        if n > 0 {
            add(&mut self.office, what, n);
        }
    }

    /// Faults that struck.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.faults.values().sum()
    }

    pub(crate) fn verdict(&mut self, name: &str) {
        add(&mut self.verdicts, name, 1);
    }

    pub(crate) fn refusal(&mut self, name: &str) {
        add(&mut self.refusals, name, 1);
    }

    /// A run came to so many phones.
    pub(crate) fn phones(&mut self, number: usize) {
        let number = u64::try_from(number).ok();
        (self.fewest_phones, self.most_phones) = (number, number);
    }

    pub(crate) fn end(&mut self, name: &str) {
        add(&mut self.ends, name, 1);
    }

    fn take(&mut self, other: &Self) {
        let pairs = [
            (&mut self.operations, &other.operations),
            (&mut self.faults, &other.faults),
            (&mut self.office, &other.office),
            (&mut self.verdicts, &other.verdicts),
            (&mut self.refusals, &other.refusals),
            (&mut self.ends, &other.ends),
        ];
        for (all, one) in pairs {
            for (name, n) in one {
                add(all, name, *n);
            }
        }
        self.fewest_phones = fewer(self.fewest_phones, other.fewest_phones);
        self.most_phones = self.most_phones.max(other.most_phones);
        self.most_exchanges = self.most_exchanges.max(other.most_exchanges);
        self.most_exchanges_with_code = self.most_exchanges_with_code.max(other.most_exchanges_with_code);
        self.codes += other.codes;
        self.refused_calls += other.refused_calls;
        self.facts += other.facts;
    }
}

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
    /// Faults that struck in the quietest run that came to its end.
    pub fewest_faults: Option<u64>,
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
        if violations.is_empty() {
            self.fewest_faults = fewer(self.fewest_faults, Some(counts.struck()));
        } else {
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
        self.fewest_faults = fewer(self.fewest_faults, other.fewest_faults);
    }

    /// Whether a run went too well to show anything.
    pub fn has_a_quiet_run(&self) -> bool {
        self.fewest_faults.is_some_and(|fewest| fewest < FEWEST_FAULTS)
    }

    /// Whether a run had too few phones to show anything.
    pub fn has_a_lonely_run(&self) -> bool {
        self.counts.fewest_phones.is_some_and(|fewest| fewest < FEWEST_PHONES)
    }

    /// What never came of all that should.
    pub fn never_seen(&self) -> Vec<&'static str> {
        seen::never(&self.counts)
    }
}

/// `None` = no run, which is not fewer than any.
fn fewer(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(faults: u64) -> Counts {
        let mut counts = Counts::default();
        (0..faults).for_each(|_| counts.fault("request lost"));
        counts.office("store moved");
        counts
    }

    #[test]
    fn a_run_that_does_not_come_to_its_end_is_a_violation_of_its_own() {
        let mut report = Report::default();
        let stuck = Violation { invariant: "stuck", what: "no disk".to_owned() };
        report.take(7, 300, &counts(2), &[stuck]);
        assert_eq!((report.violations["stuck"], report.failed.as_slice()), (1, &[7][..]));
        assert!(!report.has_a_quiet_run(), "what broke off says nothing about it");
    }

    #[test]
    fn the_quietest_run_counts_and_the_work_of_the_office_is_no_fault() {
        let (mut one, mut other) = (Report::default(), Report::default());
        one.take(1, 300, &counts(9), &[]);
        assert!(!one.has_a_quiet_run());
        other.take(2, 300, &counts(4), &[]);
        one.join(&other);
        assert_eq!((one.fewest_faults, one.has_a_quiet_run()), (Some(4), true));
        assert_eq!((one.counts.struck(), one.counts.office["store moved"]), (13, 2));
        assert!(!one.never_seen().contains(&"store moved") && one.never_seen().contains(&"rep absent"));
    }

    #[test]
    fn rows_that_ended_are_counted_and_none_is_not_one() {
        let mut counts = Counts::default();
        counts.ended("ledger ended", 2);
        counts.ended("fact_state ended", 0);
        assert_eq!(counts.office, BTreeMap::from([("ledger ended".to_owned(), 2)]));
        let unseen = seen::never(&counts);
        assert!(!unseen.contains(&"ledger ended") && unseen.contains(&"fact_state ended"));
    }

    #[test]
    fn a_thread_without_a_run_neither_calms_nor_empties_the_others() {
        let mut one = Report::default();
        one.join(&Report::default());
        assert_eq!((one.fewest_faults, one.counts.fewest_phones, one.has_a_quiet_run()), (None, None, false));
        let mut other = Report::default();
        other.take(1, 300, &counts(9), &[]);
        other.join(&Report::default());
        one.join(&other);
        assert_eq!((one.fewest_faults, one.seeds), (Some(9), 1));
    }

    #[test]
    fn the_run_with_the_fewest_phones_and_the_one_with_the_most_are_told() {
        let mut report = Report::default();
        for number in [4, 12, 3] {
            let mut counts = counts(9);
            counts.phones(number);
            report.take(1, 300, &counts, &[]);
        }
        assert_eq!((report.counts.fewest_phones, report.counts.most_phones), (Some(3), Some(12)));
        assert!(!report.has_a_lonely_run());
        report.counts.phones(2);
        assert!(report.has_a_lonely_run());
    }
}
