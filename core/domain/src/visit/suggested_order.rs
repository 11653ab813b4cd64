//! Step 2, 建议销售: what was suggested, on which inputs, and what the owner intends.
//! The arithmetic is `suggestion`; an override keeps its reason.

use serde::{Deserialize, Serialize};

use crate::id::{ReasonCode, Sku};
use crate::quantity::Units;
use crate::suggestion::decision::Fallback;
use crate::suggestion::opening::Gap;
use crate::suggestion::{Inputs, PolicyKind};

/// One SKU of step 2: late results change the ledger, never this record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedLine {
    /// What.
    pub sku: Sku,
    /// Everything the suggestion used; `None` = wanted without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Inputs>,
    /// Suggested, in whole packs; `None` = there was no number.
    pub suggested: Option<Units>,
    /// Whose number it is.
    #[serde(
        default = "PolicyKind::of_old_documents",
        skip_serializing_if = "PolicyKind::is_of_old_documents"
    )]
    pub policy: PolicyKind,
    /// Why it is not the chosen policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// 影子: what the other policy would have suggested, in whole packs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Units>,
    /// The number opens a shelf: it is neither policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Gap>,
    /// What the owner wants.
    pub intended: Units,
    /// Why the intention differs from the suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
}

impl SuggestedLine {
    /// The owner's no to an offer; a no without a reason says nothing.
    pub fn declined(&self) -> Option<ReasonCode> {
        let was_offered = self.suggested.is_some_and(|units| !units.is_zero());
        self.reason.filter(|_| was_offered && self.intended.is_zero())
    }

    /// An override without its reason is not finished.
    pub fn needs_reason(&self) -> bool {
        self.suggested.is_some_and(|suggested| suggested != self.intended) && self.reason.is_none()
    }
}

/// The record of step 2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedOrder {
    /// One line per SKU that was suggested or wanted.
    pub lines: Vec<SuggestedLine>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unexplained_override_asks_for_a_reason() {
        let inputs = Inputs { previous: None, count_now: Units(6), in_transit: Units(0), cycle_days: 7 };
        let line = |suggested: Option<u32>, intended: u32| SuggestedLine {
            sku: "21010019".parse().unwrap(),
            inputs: Some(inputs),
            suggested: suggested.map(Units),
            policy: PolicyKind::OneAndAHalf,
            fallback: None,
            shadow: None,
            opening: None,
            intended: Units(intended),
            reason: None,
        };
        assert!(line(Some(36), 24).needs_reason());
        assert!(!line(Some(36), 36).needs_reason());
        assert!(!line(None, 24).needs_reason());
        let explained = SuggestedLine { reason: Some("cash_short".parse().unwrap()), ..line(Some(36), 24) };
        assert!(!explained.needs_reason());
    }

    #[test]
    fn a_no_has_an_offer_and_a_reason() {
        let line = |suggested: Option<u32>, intended: u32, reason: Option<&str>| {
            let text = format!(r#"{{"sku":"21010019","suggested":null,"intended":{intended}}}"#);
            let line: SuggestedLine = serde_json::from_str(&text).unwrap();
            let reason = reason.map(|code| code.parse().unwrap());
            SuggestedLine { suggested: suggested.map(Units), reason, ..line }.declined()
        };
        assert_eq!(line(Some(24), 0, Some("shelf_space")), Some("shelf_space".parse().unwrap()));
        assert_eq!(line(Some(24), 0, None), None, "nobody asked");
        assert_eq!(line(Some(0), 0, Some("shelf_space")), None, "nothing was offered");
        assert_eq!(line(Some(24), 12, Some("shelf_space")), None, "fewer is no no");
        assert_eq!(line(None, 0, Some("shelf_space")), None);
    }

    #[test]
    fn old_documents_are_the_rules_and_what_says_nothing_new_keeps_its_bytes() {
        let old = r#"{"sku":"21010019","suggested":36,"intended":24,"reason":"shelf_space"}"#;
        let line: SuggestedLine = serde_json::from_str(old).unwrap();
        assert_eq!((line.policy, line.fallback, line.shadow), (PolicyKind::OneAndAHalf, None, None));
        assert_eq!(serde_json::to_string(&line).unwrap(), old);
        let new = SuggestedLine {
            policy: PolicyKind::BaseStock,
            shadow: Some(Units(48)),
            opening: Some(Gap::Launch),
            ..line.clone()
        };
        let fallen = SuggestedLine { fallback: Some(Fallback::NoPrior), ..line };
        for line in [new, fallen] {
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<SuggestedLine>(&text).unwrap(), line);
        }
    }
}
