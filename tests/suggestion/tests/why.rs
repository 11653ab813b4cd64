//! The line of why, put together from the real texts in both languages, as a shell does it.

#[cfg(test)]
mod judges {
    use std::collections::HashMap;

    use xundian_domain::suggestion::base_stock::{Prior, ServiceLevel};
    use xundian_domain::suggestion::decision::{Fallback, decide};
    use xundian_domain::suggestion::exposure::Exposure;
    use xundian_domain::suggestion::question::Doubt;
    use xundian_domain::suggestion::state::State;
    use xundian_domain::suggestion::why::Why;
    use xundian_domain::suggestion::{
        BaseStock, DEFAULT_COEFFICIENT, Inputs, OneAndAHalf, Packing, PolicyKind, PreviousCount, Rounding,
    };
    use xundian_domain::{Pack, Units};

    type Texts = HashMap<&'static str, &'static str>;

    fn texts() -> [Texts; 2] {
        [
            include_str!("../../../sync-server/texts/zh-CN.txt"),
            include_str!("../../../sync-server/texts/en.txt"),
        ]
        .map(|table| table.lines().filter_map(|line| line.split_once(" = ")).collect())
    }

    fn inputs() -> Inputs {
        let previous = PreviousCount {
            count: Units(10),
            days_since: 7,
            received: Some(Units(24)),
            returned: Units::ZERO,
        };
        Inputs { previous: Some(previous), count_now: Units(8), in_transit: Units::ZERO, cycle_days: 7 }
    }

    /// The explanation of a shop that has sold 26 a week for long, or of the rule where base stock cannot speak.
    fn why(base_stock: bool) -> Why {
        let mut state = State::EMPTY;
        for _ in 0..200 {
            state = state.after(7, Exposure::ordinary(7), 26.0);
        }
        let policy = BaseStock {
            state,
            prior: Prior::new(26.0, 0.02).unwrap(),
            since: Exposure::ordinary(7),
            ahead: Exposure::ordinary(8),
            days_ahead: 8,
            service: ServiceLevel::LEAN,
            display_minimum: Units::ZERO,
            shelf_life_days: None,
        };
        let packing = Packing { pack: Pack::new(12).unwrap(), rounding: Rounding::Up };
        let rule = OneAndAHalf { coefficient: DEFAULT_COEFFICIENT };
        let base = if base_stock { Ok(&policy) } else { Err(Fallback::NoPrior) };
        let decision = decide(PolicyKind::BaseStock, &rule, base, &inputs(), packing);
        Why::of(&decision, &inputs(), 8).unwrap()
    }

    fn line(why: &Why, texts: &Texts) -> String {
        let pieces = why.pieces().map(|(key, number)| texts[key].replacen("{}", &number, 1));
        let marks = why.marks().map(|key| format!(" ({})", texts[key]));
        pieces.chain(marks).collect()
    }

    #[test]
    fn both_policies_explain_themselves_in_one_line_of_the_same_shape() {
        let [chinese, english] = texts();
        let by_rule = why(false);
        assert_eq!(
            line(&by_rule, &chinese),
            "每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,按箱36 (暂无同类数据,按1.5倍)"
        );
        assert_eq!(
            line(&by_rule, &english),
            "Sells 26 a week, 8 days to the next delivery, 9 in reserve, 8 here → suggest 31, in packs 36 (No data of \
             similar stores yet: 1.5× rule)"
        );
        let by_base_stock = why(true);
        assert_eq!(line(&by_base_stock, &chinese), "每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,按箱36");
    }

    #[test]
    fn the_numbers_of_the_line_lead_to_its_result() {
        for why in [why(false), why(true)] {
            let target = i64::from(why.expected.0) + why.safety.0;
            assert_eq!(target - i64::from(why.at_hand.0), i64::from(why.suggest.0), "{why:?}");
        }
    }

    #[test]
    fn every_doubt_has_a_question_in_both_languages() {
        for texts in texts() {
            for doubt in Doubt::ALL {
                assert!(texts.contains_key(format!("doubt.{doubt}").as_str()), "doubt.{doubt}");
            }
        }
    }
}
