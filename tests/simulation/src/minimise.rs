//! A failing plan made short: whole stretches are taken out, then smaller ones, as long as it fails in the same way.

use crate::{Op, Outcome, Plan, Ran, run};

/// Runs that a minimisation may take.
const RUNS: u32 = 400;

/// The shortest plan found that breaks the same invariant, with its run.
///
/// # Errors
/// The simulation itself fails.
pub fn minimise(plan: &Plan, invariant: &str) -> Outcome<(Plan, Ran)> {
    let (mut best, mut ran) = (plan.clone(), run(plan)?);
    let mut stretch = best.ops.len() / 2;
    let mut left = RUNS;
    while stretch > 0 && left > 0 {
        let mut start = 0;
        while start < best.ops.len() && left > 0 {
            left -= 1;
            let without = |(n, op): (usize, &Op)| (!(start..start + stretch).contains(&n)).then_some(*op);
            let ops = best.ops.iter().enumerate().filter_map(without).collect();
            let shorter = Plan { ops, ..best.clone() };
            match run(&shorter) {
                Ok(found) if found.violations.iter().any(|violation| violation.invariant == invariant) => {
                    (best, ran) = (shorter, found);
                }
                _ => start += stretch,
            }
        }
        stretch /= 2;
    }
    Ok((best, ran))
}
