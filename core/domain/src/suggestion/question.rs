//! What a count seems to mean when it cannot be right: asked in the place where it was entered, with the likely answer.
//! A question stops nobody: it is asked once, and the count stands as the rep confirms it.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::{CaseSize, Units};

use super::Inputs;
use super::base_stock::Prior;

/// Sales so many times beyond the usual ones are asked about, either way.
const JUMP: f64 = 10.0;
/// A jump downwards is only one where at least so much was expected.
const STALL_UNITS_MIN: f64 = 20.0;
/// Weeks of usual sales that an ordinary shop holds at most: a first count beyond ten times that is asked about.
const SHELF_WEEKS: f64 = 4.0;
/// Standard deviations above the expected sales that surprise. A shop that holds a week or two of a fast mover must come
/// there, too: it cannot sell three times the usual.
const SURPRISE_SIGMAS: f64 = 3.0;

coded_enum! {
    /// What is doubted.
    Doubt {
        /// More is there than can be, and the missing piece fits no slip of the hand: bought elsewhere?
        BoughtElsewhere = "bought_elsewhere",
        /// Cases were entered as units: 3 bottles are 3 cases.
        CasesAsUnits = "cases_as_units",
        /// Units were entered as cases: 36 cases are 36 bottles.
        UnitsAsCases = "units_as_cases",
        /// The count before this one had cases entered as units.
        PreviousCasesAsUnits = "previous_cases_as_units",
        /// Ten times what usually sells.
        SoldTooMuch = "sold_too_much",
        /// A first count far beyond what such shops hold.
        MuchThere = "much_there",
        /// A tenth of what usually sells: copied from last time?
        SoldTooLittle = "sold_too_little",
    }
}

/// A question about one counted SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Question {
    /// What is doubted.
    pub doubt: Doubt,
    /// What is likely meant: the count that fits (of the earlier visit for `PreviousCasesAsUnits`), or for
    /// `BoughtElsewhere` what must have come in; `None` = only the rep can say.
    pub likely: Option<Units>,
}

/// Doubts about a count. `usual` = units that an ordinary week sells (the state's rate, else the prior's); `None` = nothing
/// is known, and only what is impossible is asked.
pub fn doubt(inputs: &Inputs, case: CaseSize, usual: Option<f64>) -> Option<Question> {
    let now = inputs.count_now;
    let Some(previous) = inputs.previous else { return first_count(now, case, usual?) };
    let there = (previous.count + previous.received?).saturating_sub(previous.returned);
    let expected = usual.map(|weekly| weekly * f64::from(previous.days_since) / 7.0);
    if now > there {
        return Some(too_much(now, there, previous.count, case, expected));
    }
    match expected {
        Some(expected) => jump(now, there, case, expected),
        None => cases_of_a_stranger(now, there, case),
    }
}

fn ask(doubt: Doubt, likely: impl Into<Option<Units>>) -> Option<Question> {
    Some(Question { doubt, likely: likely.into() })
}

/// A first count against what a shop usually holds.
fn first_count(now: Units, case: CaseSize, usual: f64) -> Option<Question> {
    let holds = (usual * SHELF_WEEKS).max(f64::from(case.get()));
    if f64::from(now.0) < JUMP * holds {
        return None;
    }
    match as_units(now, case).filter(|meant| f64::from(meant.0) <= JUMP * holds) {
        Some(meant) => ask(Doubt::UnitsAsCases, meant),
        None => ask(Doubt::MuchThere, None),
    }
}

/// More is counted than can be there.
fn too_much(now: Units, there: Units, before: Units, case: CaseSize, expected: Option<f64>) -> Question {
    if let Some(meant) = as_units(now, case).filter(|meant| *meant <= there) {
        return Question { doubt: Doubt::UnitsAsCases, likely: Some(meant) };
    }
    let by_the_case = case.cases(before.0);
    let sold = (there.saturating_sub(before) + by_the_case) - now;
    // where nothing is known, half of what stood there is much for a week
    let most = expected.map_or(f64::from(by_the_case.0) / 2.0, |expected| 2.0 * expected + 2.0);
    let plausible = sold.to_units().is_some_and(|sold| f64::from(sold.0) <= most);
    if is_few(before, case) && plausible {
        return Question { doubt: Doubt::PreviousCasesAsUnits, likely: Some(by_the_case) };
    }
    Question { doubt: Doubt::BoughtElsewhere, likely: Some(now.saturating_sub(there)) }
}

/// Where nobody knows what sells: half of what stood there is much for a week, unless the count was one of cases.
fn cases_of_a_stranger(now: Units, there: Units, case: CaseSize) -> Option<Question> {
    let meant = case.cases(now.0);
    let (sold, otherwise) = (there.saturating_sub(now), there.saturating_sub(meant));
    let is_much = |sold: Units| u64::from(sold.0) * 2 > u64::from(there.0);
    let fits = is_few(now, case) && meant <= there && is_much(sold) && !is_much(otherwise);
    fits.then_some(Question { doubt: Doubt::CasesAsUnits, likely: Some(meant) })
}

/// Sales far from the usual ones, where another reading of the count is not.
fn jump(now: Units, there: Units, case: CaseSize, expected: f64) -> Option<Question> {
    let sold = f64::from(there.saturating_sub(now).0);
    let meant = case.cases(now.0);
    let otherwise = f64::from(there.saturating_sub(meant).0);
    let variance = expected + Prior::UNKNOWN.dispersion() * expected * expected;
    let surprising = sold > expected + SURPRISE_SIGMAS * libm::sqrt(variance) + 2.0;
    let may_be_cases = case > CaseSize::ONE && !now.is_zero();
    if may_be_cases && meant <= there && surprising && otherwise <= 2.0 * expected + 2.0 {
        return ask(Doubt::CasesAsUnits, meant);
    }
    if sold >= JUMP * expected.max(1.0) {
        return ask(Doubt::SoldTooMuch, None);
    }
    (expected >= STALL_UNITS_MIN && sold * JUMP <= expected)
        .then_some(Question { doubt: Doubt::SoldTooLittle, likely: None })
}

/// A number that could be one of cases: at least one, and fewer units than a case holds.
fn is_few(count: Units, case: CaseSize) -> bool {
    case > CaseSize::ONE && !count.is_zero() && count.0 < case.get()
}

/// The count if what was entered as cases were units; `None` if no whole cases were entered.
fn as_units(count: Units, case: CaseSize) -> Option<Units> {
    let split = count.split(case);
    (case > CaseSize::ONE && split.units == 0 && split.cases > 0).then_some(Units(split.cases))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suggestion::PreviousCount;

    fn inputs(previous: u32, received: u32, now: u32) -> Inputs {
        let previous = PreviousCount {
            count: Units(previous),
            days_since: 7,
            received: Some(Units(received)),
            returned: Units::ZERO,
        };
        Inputs { previous: Some(previous), count_now: Units(now), in_transit: Units::ZERO, cycle_days: 7 }
    }

    fn asked(inputs: &Inputs, case: u32, usual: f64) -> Option<(Doubt, Option<u32>)> {
        let question = doubt(inputs, CaseSize::new(case).unwrap(), Some(usual))?;
        Some((question.doubt, question.likely.map(|units| units.0)))
    }

    #[test]
    fn three_cases_entered_as_three_bottles_are_asked() {
        assert_eq!(asked(&inputs(40, 0, 3), 12, 5.0), Some((Doubt::CasesAsUnits, Some(36))));
        assert_eq!(asked(&inputs(40, 0, 3), 12, 35.0), None, "it may have sold so much");
        assert_eq!(asked(&inputs(60, 0, 8), 6, 10.0), Some((Doubt::CasesAsUnits, Some(48))), "a small case");
        assert_eq!(
            asked(&inputs(60, 0, 3), 12, 20.0),
            Some((Doubt::CasesAsUnits, Some(36))),
            "three weeks' stock"
        );
        assert_eq!(
            asked(&inputs(24, 24, 2), 12, 15.0),
            Some((Doubt::CasesAsUnits, Some(24))),
            "as the rule orders"
        );
        assert_eq!(asked(&inputs(24, 6, 2), 12, 15.0), None, "28 of an expected 15 happen");
        let stranger = |now| doubt(&inputs(40, 0, now), CaseSize::new(12).unwrap(), None);
        let cases = Question { doubt: Doubt::CasesAsUnits, likely: Some(Units(36)) };
        assert_eq!((stranger(3), stranger(20), stranger(0)), (Some(cases), None, None));
    }

    #[test]
    fn thirty_six_bottles_entered_as_cases_are_asked() {
        assert_eq!(asked(&inputs(40, 0, 432), 12, 5.0), Some((Doubt::UnitsAsCases, Some(36))));
    }

    #[test]
    fn a_slip_of_the_last_visit_is_found_by_this_one() {
        assert_eq!(asked(&inputs(3, 0, 30), 12, 5.0), Some((Doubt::PreviousCasesAsUnits, Some(36))));
        assert_eq!(asked(&inputs(3, 0, 30), 24, 5.0), Some((Doubt::BoughtElsewhere, Some(27))), "42 sold?");
    }

    #[test]
    fn what_no_slip_explains_was_bought_elsewhere() {
        assert_eq!(asked(&inputs(5, 0, 9), 12, 5.0), Some((Doubt::BoughtElsewhere, Some(4))));
        let unknown = doubt(&inputs(5, 0, 9), CaseSize::ONE, None).unwrap();
        assert_eq!(unknown, Question { doubt: Doubt::BoughtElsewhere, likely: Some(Units(4)) });
    }

    #[test]
    fn ten_times_the_usual_is_asked_in_both_directions() {
        assert_eq!(asked(&inputs(200, 0, 100), 1, 10.0), Some((Doubt::SoldTooMuch, None)));
        assert_eq!(asked(&inputs(200, 0, 101), 1, 10.0), None);
        assert_eq!(asked(&inputs(200, 0, 200), 1, 30.0), Some((Doubt::SoldTooLittle, None)));
        assert_eq!(asked(&inputs(200, 0, 200), 1, 19.0), None, "a quiet week happens");
    }

    #[test]
    fn a_first_count_is_measured_by_what_shops_hold() {
        let first = |now| Inputs { previous: None, ..inputs(0, 0, now) };
        assert_eq!(asked(&first(30), 12, 2.0), None);
        assert_eq!(asked(&first(288), 12, 2.0), Some((Doubt::UnitsAsCases, Some(24))));
        assert_eq!(asked(&first(505), 12, 2.0), Some((Doubt::MuchThere, None)), "no whole cases");
        assert_eq!(doubt(&first(288), CaseSize::new(12).unwrap(), None), None);
    }

    #[test]
    fn ordinary_weeks_are_not_asked_about() {
        for sold in 0..=18 {
            assert_eq!(asked(&inputs(30, 0, 30 - sold), 24, 6.0), None, "{sold} sold");
        }
    }

    proptest! {
        #[test]
        fn what_cannot_be_is_always_asked_and_has_an_answer(previous in 0u32..5_000, received in 0u32..5_000, more in 1u32..5_000, case in 1u32..48) {
            let impossible = inputs(previous, received, previous + received + more);
            let question = doubt(&impossible, CaseSize::new(case).unwrap(), None);
            prop_assert!(question.is_some_and(|question| question.likely.is_some()));
        }
    }
}
