//! Which policy speaks, and why it is not the one that was chosen. The other one is computed too (影子): on its own data a
//! company sees what the other would have said. There is no silent 0: a fallback has a code, and its end is the must-sell list.

use crate::coded::coded_enum;

use super::base_stock::GAP_DAYS_MAX;
use super::{Advice, BaseStock, Inputs, OneAndAHalf, Packing, Policy, PolicyKind};

coded_enum! {
    /// Why base stock does not speak.
    Fallback {
        /// No prior was published for this SKU: a new company, or nothing counted anywhere yet.
        NoPrior = "no_prior",
        /// The route says no next visit, so that nobody knows how long the stock must last.
        NoCalendar = "no_calendar",
        /// The SKU is not in the catalogue.
        UnknownSku = "unknown_sku",
        /// Nobody counted it for a year.
        LongGap = "long_gap",
    }
}

/// What is suggested, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The policy whose advice it is.
    pub spoke: PolicyKind,
    /// Why it is not the chosen one; shown beside the number.
    pub fallback: Option<Fallback>,
    /// A number, a question, or [`Advice::FirstCount`] = the must-sell list.
    pub advice: Advice,
    /// What the other policy says; `None` = it has nothing to go by.
    pub shadow: Option<Advice>,
}

/// Lets the chosen policy speak, or the rule where base stock cannot.
pub fn decide(
    chosen: PolicyKind,
    rule: &OneAndAHalf,
    base_stock: Result<&BaseStock, Fallback>,
    inputs: &Inputs,
    packing: Packing,
) -> Decision {
    let by_rule = rule.advise(inputs, packing);
    let by_base_stock = usable(base_stock, inputs).map(|policy| policy.advise(inputs, packing));
    match (chosen, by_base_stock) {
        (PolicyKind::BaseStock, Ok(advice)) => {
            Decision { spoke: chosen, fallback: None, advice, shadow: Some(by_rule) }
        }
        (PolicyKind::BaseStock, Err(why)) => {
            let advice = if why == Fallback::UnknownSku { Advice::FirstCount } else { by_rule };
            Decision { spoke: PolicyKind::OneAndAHalf, fallback: Some(why), advice, shadow: None }
        }
        (PolicyKind::OneAndAHalf, other) => {
            Decision { spoke: chosen, fallback: None, advice: by_rule, shadow: other.ok() }
        }
    }
}

impl Decision {
    /// The same for both advices.
    pub(super) fn map(self, shape: impl Fn(Advice) -> Advice) -> Self {
        Self { advice: shape(self.advice), shadow: self.shadow.map(shape), ..self }
    }

    /// About a SKU that no catalogue has: nobody knows its packs or its factor, so that no policy may speak.
    pub const UNKNOWN_SKU: Self = Self {
        spoke: PolicyKind::OneAndAHalf,
        fallback: Some(Fallback::UnknownSku),
        advice: Advice::FirstCount,
        shadow: None,
    };
}

fn usable<'a>(
    base_stock: Result<&'a BaseStock, Fallback>,
    inputs: &Inputs,
) -> Result<&'a BaseStock, Fallback> {
    let gap = inputs.previous.is_some_and(|previous| previous.days_since >= GAP_DAYS_MAX);
    if gap { Err(Fallback::LongGap) } else { base_stock }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Pack, Units};
    use crate::suggestion::base_stock::{Prior, ServiceLevel};
    use crate::suggestion::exposure::Exposure;
    use crate::suggestion::state::State;
    use crate::suggestion::{DEFAULT_COEFFICIENT, PreviousCount, Rounding};

    const RULE: OneAndAHalf = OneAndAHalf { coefficient: DEFAULT_COEFFICIENT };
    const PACKING: Packing = Packing { pack: Pack::ONE, rounding: Rounding::Up };

    fn base_stock() -> BaseStock {
        BaseStock {
            state: State::EMPTY,
            prior: Prior::new(6.0, 0.3).unwrap(),
            since: Exposure::ordinary(7),
            ahead: Exposure::ordinary(8),
            days_ahead: 8,
            service: ServiceLevel::USUAL,
            display_minimum: Units::ZERO,
            shelf_life_days: None,
        }
    }

    fn counted(days_since: u32) -> Inputs {
        let previous =
            PreviousCount { count: Units(10), days_since, received: Some(Units(24)), returned: Units::ZERO };
        Inputs { previous: Some(previous), count_now: Units(8), in_transit: Units::ZERO, cycle_days: 7 }
    }

    fn decided(chosen: PolicyKind, base_stock: Result<&BaseStock, Fallback>, inputs: &Inputs) -> Decision {
        decide(chosen, &RULE, base_stock, inputs, PACKING)
    }

    #[test]
    fn whichever_speaks_the_other_is_computed() {
        let (policy, inputs) = (base_stock(), counted(7));
        let rule = decided(PolicyKind::OneAndAHalf, Ok(&policy), &inputs);
        let base = decided(PolicyKind::BaseStock, Ok(&policy), &inputs);
        assert_eq!((rule.spoke, base.spoke), (PolicyKind::OneAndAHalf, PolicyKind::BaseStock));
        assert_eq!((Some(rule.advice), rule.shadow), (base.shadow, Some(base.advice)));
        assert_eq!((rule.fallback, base.fallback), (None, None));
        assert_ne!(rule.advice, base.advice);
    }

    #[test]
    fn what_is_missing_falls_back_to_the_rule_and_says_so() {
        for why in [Fallback::NoPrior, Fallback::NoCalendar] {
            let decision = decided(PolicyKind::BaseStock, Err(why), &counted(7));
            assert_eq!((decision.spoke, decision.fallback), (PolicyKind::OneAndAHalf, Some(why)));
            assert_eq!(decision.advice.quantity(), Some(Units(31)));
        }
    }

    #[test]
    fn a_year_without_a_count_falls_back_however_much_is_known() {
        let policy = base_stock();
        let decision = decided(PolicyKind::BaseStock, Ok(&policy), &counted(365));
        assert_eq!(decision.fallback, Some(Fallback::LongGap));
        assert_eq!(decided(PolicyKind::BaseStock, Ok(&policy), &counted(364)).fallback, None);
    }

    #[test]
    fn without_any_number_the_must_sell_list_is_shown_and_never_a_zero() {
        let first = Inputs { previous: None, ..counted(7) };
        let no_prior = decided(PolicyKind::BaseStock, Err(Fallback::NoPrior), &first);
        assert_eq!(no_prior.advice, Advice::FirstCount);
        let unknown = decided(PolicyKind::BaseStock, Err(Fallback::UnknownSku), &counted(7));
        assert_eq!(unknown, Decision::UNKNOWN_SKU);
    }

    #[test]
    fn a_first_count_has_a_number_where_other_stores_sell_it() {
        let policy = base_stock();
        let first = Inputs { previous: None, ..counted(7) };
        let decision = decided(PolicyKind::BaseStock, Ok(&policy), &first);
        assert!(decision.advice.quantity().is_some_and(|units| units.0 > 0));
        assert_eq!(decision.shadow, Some(Advice::FirstCount));
    }
}
