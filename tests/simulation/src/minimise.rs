//! A failing plan made short: whole stretches are taken out, then smaller ones, as long as it fails in the same way. What is
//! left is told.

use crate::{Op, Plan, attempt};

/// Plans that a minimisation may try.
const TRIES: u32 = 400;
/// Lines of what happened that a story has at most.
const TOLD: usize = 300;

/// What a plan breaks first, or that it gets stuck or panics; `None` = nothing.
pub fn judge(plan: &Plan) -> Option<&'static str> {
    attempt(plan).violations.first().map(|violation| violation.invariant)
}

/// The shortest story found of a plan that `judge` finds to fail, line by line; of a long one its last steps. `None` = it
/// does not fail.
pub fn explain(plan: &Plan, judge: impl Fn(&Plan) -> Option<&'static str>) -> Option<Vec<String>> {
    let invariant = judge(plan)?;
    Some(story(&minimise(plan, invariant, judge), invariant))
}

/// The shortest plan found that fails by the same invariant.
fn minimise(plan: &Plan, invariant: &str, judge: impl Fn(&Plan) -> Option<&'static str>) -> Plan {
    let mut best = plan.clone();
    let mut stretch = best.ops.len() / 2;
    let mut left = TRIES;
    while stretch > 0 && left > 0 {
        let mut start = 0;
        while start < best.ops.len() && left > 0 {
            left -= 1;
            let without = |(n, op): (usize, &Op)| (!(start..start + stretch).contains(&n)).then_some(*op);
            let ops = best.ops.iter().enumerate().filter_map(without).collect();
            let shorter = Plan { ops, ..best.clone() };
            if judge(&shorter) == Some(invariant) {
                best = shorter;
            } else {
                start += stretch;
            }
        }
        stretch /= 2;
    }
    best
}

fn story(plan: &Plan, invariant: &str) -> Vec<String> {
    let ran = attempt(plan);
    let mut story = vec![format!("seed {} in {} operations: {invariant}", plan.seed, plan.ops.len())];
    let hidden = ran.trace.len().saturating_sub(TOLD);
    if hidden > 0 {
        story.push(format!("({hidden} lines before)"));
    }
    story.extend(ran.trace.into_iter().skip(hidden));
    story
        .extend(ran.violations.iter().map(|violation| format!("{} {}", violation.invariant, violation.what)));
    story
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
        let story = explain(&impossible(), judge).unwrap();
        assert_eq!((story.len(), story[0].as_str()), (2, "seed 1 in 1 operations: panicked"));
        assert!(story[1].starts_with("panicked ") && story[1].contains("zero"), "{}", story[1]);
    }

    /// Whose turn it is, as long as there are no copies.
    fn number(plan: &Plan, op: &Op) -> usize {
        usize::try_from(op.phone).unwrap() % plan.phones
    }

    /// As if the server forgot what phone 2 sends to it after it was restored to a backup.
    fn forgetful(plan: &Plan) -> Option<&'static str> {
        let is_sent =
            |op: &Op| matches!(op.kind, OpKind::SyncWell | OpKind::SyncBadly) && number(plan, op) == 2;
        let mut ops = plan.ops.iter();
        let is_lost = ops.any(|op| op.kind == OpKind::Backup)
            && ops.any(|op| op.kind == OpKind::RestoreServer)
            && ops.any(is_sent);
        is_lost.then_some("I1")
    }

    /// The operations that a story tells, each in a line of its own: `[day time] phone 2: SyncWell`.
    fn told(story: &[String]) -> Vec<(usize, &'static str)> {
        let operation = |line: &String| {
            let (number, what) = line.split_once("] phone ")?.1.split_once(": ")?;
            let kind = OpKind::ALL.iter().map(|(kind, _)| kind.name()).find(|name| *name == what)?;
            Some((number.parse().ok()?, kind))
        };
        story.iter().filter_map(operation).collect()
    }

    #[test]
    fn of_a_seed_that_fails_what_it_takes_is_left_and_told_and_nothing_else() {
        let plan = (1..).map(Plan::of).find(|plan| forgetful(plan).is_some()).unwrap();
        assert!(plan.phones >= 3 && plan.ops.len() >= 300);
        let shorter = minimise(&plan, "I1", forgetful);
        assert_eq!(forgetful(&shorter), Some("I1"));
        let left: Vec<_> = shorter.ops.iter().map(|op| (number(&shorter, op), op.kind.name())).collect();
        assert_eq!((left.len(), left[0].1, left[1].1, left[2].0), (3, "Backup", "RestoreServer", 2));
        let story = explain(&plan, forgetful).unwrap();
        assert_eq!(story[0], format!("seed {} in 3 operations: I1", plan.seed));
        assert_eq!(told(&story), left, "{}", story.join("\n"));
        let faults = story.iter().filter(|line| line.contains("] ! ")).count();
        assert_eq!(u64::try_from(faults).unwrap(), attempt(&shorter).counts.struck());
        assert!(story.iter().any(|line| line.contains("] ! server restored: ")), "{}", story.join("\n"));
    }

    #[test]
    fn a_seed_that_does_not_fail_has_no_story() {
        assert_eq!(explain(&Plan::of(1), |_| None), None);
    }
}
