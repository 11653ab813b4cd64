//! A failing plan made short: whole stretches are taken out, then smaller ones, as long as it fails in the same way.

use crate::{Op, Plan, Ran, attempt};

/// Runs that a minimisation may take.
const RUNS: u32 = 400;

/// The shortest plan found that breaks the same invariant, gets stuck or panics, too; with its run.
pub fn minimise(plan: &Plan, invariant: &str) -> (Plan, Ran) {
    let (mut best, mut ran) = (plan.clone(), attempt(plan));
    let mut stretch = best.ops.len() / 2;
    let mut left = RUNS;
    while stretch > 0 && left > 0 {
        let mut start = 0;
        while start < best.ops.len() && left > 0 {
            left -= 1;
            let without = |(n, op): (usize, &Op)| (!(start..start + stretch).contains(&n)).then_some(*op);
            let ops = best.ops.iter().enumerate().filter_map(without).collect();
            let shorter = Plan { ops, ..best.clone() };
            let found = attempt(&shorter);
            if found.violations.iter().any(|violation| violation.invariant == invariant) {
                (best, ran) = (shorter, found);
            } else {
                start += stretch;
            }
        }
        stretch /= 2;
    }
    (best, ran)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpKind;

    /// Without a phone there is nobody to whom anything could happen.
    fn impossible() -> Plan {
        let op = |seed| Op { kind: OpKind::Minutes, phone: seed, seed };
        Plan { seed: 1, phones: 0, ops: (0..8).map(op).collect() }
    }

    #[test]
    fn a_plan_that_panics_is_told_and_made_short() {
        let ran = attempt(&impossible());
        assert_eq!(ran.violations.len(), 1);
        assert_eq!(ran.violations[0].invariant, "panicked");
        assert!(ran.violations[0].what.contains("zero"), "{}", ran.violations[0].what);
        let (shorter, ran) = minimise(&impossible(), "panicked");
        assert_eq!((shorter.ops.len(), ran.violations[0].invariant), (1, "panicked"));
    }
}
