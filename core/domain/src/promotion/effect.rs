//! What one promotion does with the free units of its group (rules 2, 3 and 6): gifts, discounted units, sets.
//! Which promotions come in which order is `engine`; sums of money over lines are there too.

use std::collections::BTreeMap;

use super::group::{Discounted, Free, Scale};
use super::{Benefit, Promotion, Used};
use crate::id::Sku;
use crate::money::{Fen, PayShare};
use crate::quantity::Units;

/// What one promotion does when it is computed on free units.
#[derive(Debug, Clone, Default)]
pub(super) struct Effect {
    pub(super) used: Used,
    pub(super) gift: Option<(Sku, Units)>,
    pub(super) discounted: Vec<Discounted>,
    pub(super) cut: Fen,
}

impl Effect {
    pub(super) fn is_nothing(&self) -> bool {
        self.used.times == 0
    }

    fn of_times(times: u32) -> Self {
        Self { used: Used { times, qty_thousandths: 0 }, ..Self::default() }
    }
}

/// One promotion on the free units of its group; takes what it uses.
pub(super) fn effect(promotion: &Promotion, free: &mut Free<'_>, used: Used) -> Effect {
    match &promotion.benefit {
        Benefit::BuyGift { min_qty, unit, gift, gift_units } => {
            let scale = Scale::of(*unit, promotion, free.wanted);
            let times = buy_gift(promotion, free, scale.of_whole(*min_qty), scale, used);
            let units = Units(gift_units.0.saturating_mul(times));
            Effect { gift: (times > 0).then_some((*gift, units)), ..Effect::of_times(times) }
        }
        Benefit::Discount { min_qty, unit, pay_pct } => {
            let scale = Scale::of(*unit, promotion, free.wanted);
            let share = PayShare::percent(*pay_pct);
            discount(promotion, free, scale.of_whole(*min_qty), scale, share, used)
        }
        Benefit::Combo { set, cut } => {
            let times = combo(promotion, free, set, used);
            Effect { cut: cut.times(times), ..Effect::of_times(times) }
        }
        Benefit::FullCut { .. } | Benefit::DisplayReward { .. } => Effect::default(),
    }
}

/// So many times, as far as the cap goes (rule 6).
pub(super) fn capped_times(promotion: &Promotion, times: u32, used: Used) -> u32 {
    promotion.cap_times.map_or(times, |cap| times.min(cap.saturating_sub(used.times)))
}

/// The lines that count together: all of them with `mix`, else each alone. In the order of consumption.
pub(super) fn parts(promotion: &Promotion, free: &Free<'_>) -> Vec<Vec<usize>> {
    let lines = free.lines_of(promotion);
    if promotion.mix { vec![lines] } else { lines.into_iter().map(|line| vec![line]).collect() }
}

/// What one set needs of each SKU, in order units. A SKU named twice needs both.
pub(super) fn needs(set: &[(Sku, u32)]) -> BTreeMap<Sku, u32> {
    let mut needs = BTreeMap::new();
    for (sku, quantity) in set {
        let need: &mut u32 = needs.entry(*sku).or_default();
        *need = need.saturating_add(*quantity);
    }
    needs
}

/// floor(quantity ÷ min_qty) times per part; min_qty × times units are used up.
fn buy_gift(promotion: &Promotion, free: &mut Free<'_>, per_time: u64, scale: Scale, used: Used) -> u32 {
    let mut times = 0u32;
    for part in parts(promotion, free) {
        let quantity = free.weight(&part, scale);
        let wished = u32::try_from(quantity.checked_div(per_time).unwrap_or(0)).unwrap_or(u32::MAX);
        let before = Used { times: used.times.saturating_add(times), ..used };
        let here = capped_times(promotion, wished, before);
        take(free, &part, u64::from(here) * per_time, scale);
        times = times.saturating_add(here);
    }
    times
}

/// Takes a weight in the order of the lines; a unit that the border cuts through is taken.
fn take(free: &mut Free<'_>, lines: &[usize], mut weight: u64, scale: Scale) {
    for line in lines {
        let of_one = scale.weight(free.wanted[*line].case);
        if of_one == 0 {
            continue;
        }
        let units = u32::try_from(weight.div_ceil(of_one)).unwrap_or(u32::MAX).min(free.units(*line));
        free.take(*line, units);
        weight = weight.saturating_sub(u64::from(units) * of_one);
    }
}

/// From the threshold on, all of it, at most what is left of cap_qty; per SKU without `mix`.
fn discount(
    promotion: &Promotion,
    free: &mut Free<'_>,
    threshold: u64,
    scale: Scale,
    share: PayShare,
    used: Used,
) -> Effect {
    let mut effect = Effect::default();
    if capped_times(promotion, 1, used) == 0 {
        return effect;
    }
    let mut left = quantity_left(promotion, scale, used);
    let mut taken = 0u64;
    for part in parts(promotion, free) {
        if free.weight(&part, scale) < threshold {
            continue;
        }
        for line in part {
            let of_one = scale.weight(free.wanted[line].case);
            let units = u32::try_from(left.checked_div(of_one).unwrap_or(0))
                .unwrap_or(u32::MAX)
                .min(free.units(line));
            if units == 0 {
                continue;
            }
            let from = free.take(line, units);
            effect.discounted.push(Discounted { line, from, to: from + units, share });
            left = left.saturating_sub(u64::from(units) * of_one);
            taken = taken.saturating_add(u64::from(units) * of_one);
        }
    }
    effect.used = Used { times: u32::from(taken > 0), qty_thousandths: scale.thousandths(taken) };
    effect
}

/// What cap_qty leaves, as a weight.
pub(super) fn quantity_left(promotion: &Promotion, scale: Scale, used: Used) -> u64 {
    let before = u64::from(used.qty_thousandths) * scale.whole / 1000;
    promotion.cap_qty.map_or(u64::MAX, |cap| scale.of_whole(cap).saturating_sub(before))
}

/// As many whole sets as there are.
fn combo(promotion: &Promotion, free: &mut Free<'_>, set: &[(Sku, u32)], used: Used) -> u32 {
    let line_of = |(sku, quantity): (Sku, u32)| {
        let line = free.wanted.iter().position(|wanted| wanted.sku == sku)?;
        Some((line, quantity.saturating_mul(free.wanted[line].order_unit)))
    };
    let needs: Option<Vec<(usize, u32)>> = needs(set).into_iter().map(line_of).collect();
    let Some(needs) = needs else { return 0 };
    let sets = needs.iter().map(|(line, need)| free.units(*line).checked_div(*need).unwrap_or(0)).min();
    let times = capped_times(promotion, sets.unwrap_or(0), used);
    for (line, need) in needs {
        free.take(line, need.saturating_mul(times));
    }
    times
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::engine::tests::{order, promotion};
    use super::super::{QtyUnit, Wanted};
    use super::*;
    use crate::quantity::CaseSize;

    const A: &str = "21010019";
    const B: &str = "22070012";

    fn code(text: &str) -> Sku {
        text.parse().unwrap()
    }

    fn set(parts: &[(&str, u32)]) -> Promotion {
        let set = parts.iter().map(|(sku, quantity)| (code(sku), *quantity)).collect();
        promotion("P1", Benefit::Combo { set, cut: Fen(300) }, &[])
    }

    fn five_cases(skus: &[&str]) -> Promotion {
        let (gift, gift_units) = (code(B), Units(6));
        promotion("P2", Benefit::BuyGift { min_qty: 5, unit: QtyUnit::Case, gift, gift_units }, skus)
    }

    fn times_and_rest(promotion: &Promotion, wanted: &[Wanted]) -> (u32, Vec<u32>) {
        let mut free = Free::all(wanted);
        let effect = effect(promotion, &mut free, Used::default());
        (effect.used.times, (0..wanted.len()).map(|line| free.units(line)).collect())
    }

    #[test]
    fn gift_units_are_taken_in_the_order_that_the_promotion_names() {
        let wanted = order(&[(A, 4, 24, 4600), (B, 3, 15, 3000)]);
        assert_eq!(times_and_rest(&five_cases(&[B, A]), &wanted), (1, vec![2 * 24, 0]));
        assert_eq!(times_and_rest(&five_cases(&[A, B]), &wanted), (1, vec![0, 2 * 15]));
        assert_eq!(times_and_rest(&five_cases(&[]), &wanted), (1, vec![0, 2 * 15]), "of skus.csv");
    }

    #[test]
    fn parts_of_cases_add_up_exactly() {
        let mut wanted = order(&[(A, 5, 24, 4600), (B, 1, 15, 3000)]);
        (wanted[0].units, wanted[1].units) = (Units(4 * 24 + 8), Units(10));
        assert_eq!(times_and_rest(&five_cases(&[]), &wanted).0, 1, "1/3 + 2/3 of a case");
        wanted[1].units = Units(9);
        assert_eq!(times_and_rest(&five_cases(&[]), &wanted).0, 0);
    }

    #[test]
    fn a_set_that_names_a_sku_twice_needs_both() {
        let twice = set(&[(A, 1), (A, 2)]);
        assert_eq!(times_and_rest(&twice, &order(&[(A, 2, 24, 4600)])), (0, vec![48]));
        assert_eq!(times_and_rest(&twice, &order(&[(A, 7, 24, 4600)])), (2, vec![24]));
    }

    #[test]
    fn a_set_counts_in_order_units() {
        let mut wanted = order(&[(A, 1, 24, 4600), (B, 1, 15, 3000)]);
        (wanted[1].order_unit, wanted[1].units) = (1, Units(5));
        assert_eq!(times_and_rest(&set(&[(A, 1), (B, 5)]), &wanted), (1, vec![0, 0]));
    }

    #[test]
    fn a_set_without_one_of_its_skus_is_none() {
        let wanted = order(&[(A, 3, 24, 4600)]);
        assert_eq!(times_and_rest(&set(&[(A, 1), (B, 1)]), &wanted), (0, vec![72]));
        assert_eq!(times_and_rest(&set(&[]), &wanted).0, 0);
        assert_eq!(times_and_rest(&set(&[(A, 0)]), &wanted).0, 0);
    }

    #[test]
    fn a_quantity_cap_counts_what_was_discounted_before() {
        let benefit = Benefit::Discount { min_qty: 1, unit: QtyUnit::Case, pay_pct: 80 };
        let mut eight_tenths = promotion("P2607", benefit, &[A]);
        eight_tenths.cap_qty = Some(20);
        let wanted = order(&[(A, 5, 24, 4600)]);
        let used = Used { times: 3, qty_thousandths: 17_500 };
        let effect = effect(&eight_tenths, &mut Free::all(&wanted), used);
        assert_eq!(effect.used, Used { times: 1, qty_thousandths: 2_500 });
    }

    proptest! {
        #[test]
        fn whatever_the_office_writes_no_more_is_consumed_than_was_ordered(
            kind in 0..3, quantity: u32, units in prop::collection::vec(prop_oneof![0u32..5_000, any::<u32>()], 2),
            sizes in prop::collection::vec(prop_oneof![1u32..60, 1..u32::MAX], 2), mix: bool, cap in prop::option::of(0u32..50),
        ) {
            let mut wanted = order(&[(A, 1, 1, 4600), (B, 1, 1, 3000)]);
            for ((line, units), size) in wanted.iter_mut().zip(&units).zip(&sizes) {
                (line.units, line.case) = (Units(*units), CaseSize::new(*size).unwrap());
                line.order_unit = *size;
            }
            let unit = QtyUnit::Case;
            let small = quantity % 7;
            let (min_qty, gift, gift_units) = (if mix { small } else { quantity }, code(A), Units(quantity));
            let benefit = match kind {
                0 => Benefit::BuyGift { min_qty, unit, gift, gift_units },
                1 => Benefit::Discount { min_qty, unit, pay_pct: 95 },
                _ => Benefit::Combo { set: vec![(code(A), small), (code(B), min_qty)], cut: Fen(300) },
            };
            let mut promotion = promotion("P1", benefit, &[]);
            (promotion.mix, promotion.cap_times, promotion.cap_qty) = (mix, cap, cap);
            let mut free = Free::all(&wanted);
            let effect = effect(&promotion, &mut free, Used { times: small, qty_thousandths: quantity });
            for (line, units) in units.iter().enumerate() {
                prop_assert!(free.units(line) <= *units);
                let here = effect.discounted.iter().filter(|run| run.line == line);
                prop_assert_eq!(here.map(|run| run.to - run.from).sum::<u32>(),
                    if kind == 1 { units - free.units(line) } else { 0 });
            }
            prop_assert!(cap.is_none_or(|cap| effect.used.times <= cap));
        }
    }
}
