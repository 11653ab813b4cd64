//! 为什么: the numbers of the one line that explains a suggestion, the same for every policy. The words are the shell's
//! (`why.*` in the texts): here are only their keys and what fills them.

use serde::{Deserialize, Serialize};

use crate::quantity::{Units, UnitsDelta};

use super::base_stock::Limit;
use super::decision::Fallback;
use super::{Advice, Decision, Inputs, PolicyKind, Suggestion};

/// 每周卖26·到下次送货8天·安全备货9·架上8 → 建议31, 按箱36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Why {
    /// Whose number it is.
    pub policy: PolicyKind,
    /// Why it is not the chosen policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// What a week sells, in tenths of a unit.
    pub weekly_tenths: u32,
    /// Days until the delivery after the next visit.
    pub days: u32,
    /// Expected sales of these days, to the nearest unit.
    pub expected: Units,
    /// Target − expected: what stands against a better week, or against waiting; negative where a limit or a low factor
    /// plans for less.
    pub safety: UnitsDelta,
    /// Counted on the shelf and in the back room.
    pub at_hand: Units,
    /// On its way.
    pub in_transit: Units,
    /// The shelf was found empty: sales are a lower bound.
    pub out_of_stock: bool,
    /// What decided the target beside demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// What is asked for, before packs.
    pub suggest: Units,
    /// In whole packs.
    pub quantity: Units,
}

impl Why {
    /// The line of a suggestion that must last `days`; `None` where there is no number.
    pub fn of(decision: &Decision, inputs: &Inputs, days: u32) -> Option<Self> {
        let Advice::Suggest(s) = decision.advice else { return None };
        let expected = expected(&s, days);
        Some(Self {
            policy: decision.spoke,
            fallback: decision.fallback,
            weekly_tenths: s.weekly_tenths,
            days,
            expected,
            safety: s.target - expected,
            at_hand: inputs.count_now,
            in_transit: inputs.in_transit,
            out_of_stock: s.out_of_stock,
            limit: s.limit,
            suggest: s.suggest,
            quantity: s.quantity,
        })
    }

    /// The pieces of the line in their order: the key of a text, and the number in its gap.
    pub fn pieces(&self) -> impl Iterator<Item = (&'static str, String)> {
        let weekly = format!("{}.{}", self.weekly_tenths / 10, self.weekly_tenths % 10);
        let weekly = weekly.trim_end_matches(".0").to_owned();
        let number = |units: Units| units.0.to_string();
        let safety = if self.safety < UnitsDelta::ZERO { "why.less" } else { "why.safety" };
        let transit = (!self.in_transit.is_zero()).then(|| ("why.in_transit", number(self.in_transit)));
        let always = [
            ("why.weekly", weekly),
            ("why.days", self.days.to_string()),
            (safety, self.safety.0.abs().to_string()),
            ("why.at_hand", number(self.at_hand)),
        ];
        let result = [("why.suggest", number(self.suggest)), ("why.quantity", number(self.quantity))];
        always.into_iter().chain(transit).chain(result)
    }

    /// Keys of the marks beside the line: an empty shelf, a limit, a fallback.
    pub fn marks(&self) -> impl Iterator<Item = &'static str> {
        let limit = self.limit.map(|limit| match limit {
            Limit::Display => "why.display",
            Limit::ShelfLife => "why.shelf_life",
            Limit::Room => "why.room",
        });
        let fallback = self.fallback.map(|why| match why {
            Fallback::NoPrior => "why.no_prior",
            Fallback::NoCalendar => "why.no_calendar",
            Fallback::UnknownSku => "why.unknown_sku",
            Fallback::LongGap => "why.long_gap",
        });
        let empty = self.out_of_stock.then_some("why.out_of_stock");
        empty.into_iter().chain(limit).chain(fallback)
    }
}

fn expected(suggestion: &Suggestion, days: u32) -> Units {
    let tenths_of_a_day = u64::from(suggestion.weekly_tenths) * u64::from(days);
    Units(u32::try_from((tenths_of_a_day + 35) / 70).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Pack;
    use crate::suggestion::decision::decide;
    use crate::suggestion::{DEFAULT_COEFFICIENT, OneAndAHalf, Packing, PreviousCount, Rounding};

    fn inputs() -> Inputs {
        let previous = PreviousCount {
            count: Units(10),
            days_since: 7,
            received: Some(Units(24)),
            returned: Units::ZERO,
        };
        Inputs { previous: Some(previous), count_now: Units(8), in_transit: Units::ZERO, cycle_days: 7 }
    }

    fn decision(inputs: &Inputs, why: Fallback) -> Decision {
        let packing = Packing { pack: Pack::new(12).unwrap(), rounding: Rounding::Up };
        let rule = OneAndAHalf { coefficient: DEFAULT_COEFFICIENT };
        decide(PolicyKind::BaseStock, &rule, Err(why), inputs, packing)
    }

    #[test]
    fn the_line_adds_up() {
        let inputs = inputs();
        let why = Why::of(&decision(&inputs, Fallback::NoPrior), &inputs, 8).unwrap();
        assert_eq!((why.weekly_tenths, why.expected, why.safety), (260, Units(30), UnitsDelta(9)));
        let pieces: Vec<_> = why.pieces().collect();
        let line = [
            ("why.weekly", "26"),
            ("why.days", "8"),
            ("why.safety", "9"),
            ("why.at_hand", "8"),
            ("why.suggest", "31"),
            ("why.quantity", "36"),
        ];
        assert_eq!(pieces, line.map(|(key, number)| (key, number.to_owned())));
        assert_eq!(why.marks().collect::<Vec<_>>(), ["why.no_prior"]);
    }

    #[test]
    fn goods_on_their_way_and_an_empty_shelf_are_in_it() {
        let inputs = Inputs { in_transit: Units(12), count_now: Units(0), ..inputs() };
        let why = Why::of(&decision(&inputs, Fallback::LongGap), &inputs, 8).unwrap();
        assert!(why.pieces().any(|piece| piece == ("why.in_transit", "12".to_owned())));
        assert_eq!(why.marks().collect::<Vec<_>>(), ["why.out_of_stock", "why.long_gap"]);
    }

    #[test]
    fn where_there_is_no_number_there_is_no_line() {
        let first = Inputs { previous: None, ..inputs() };
        assert_eq!(Why::of(&decision(&first, Fallback::NoPrior), &first, 8), None);
    }

    #[test]
    fn tenths_are_shown_only_where_they_are() {
        let mut inputs = inputs();
        inputs.previous.as_mut().unwrap().days_since = 9;
        let why = Why::of(&decision(&inputs, Fallback::NoPrior), &inputs, 8).unwrap();
        assert_eq!(why.pieces().next(), Some(("why.weekly", "20.2".to_owned())), "26 × 7 ÷ 9");
    }
}
