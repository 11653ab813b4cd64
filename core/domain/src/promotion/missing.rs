//! What is missing for the next benefit (满500还差36), so that the rep can say it while there is time. It looks at the
//! units that the other promotions of the group left; what a benefit takes is `effect`.

use super::effect::{effect, needs, parts, quantity_left};
use super::engine::sum_for;
use super::group::{Free, Group, Scale, groups};
use super::{Benefit, Buyer, Priced, Promotion, Used, Wanted};
use crate::id::{PromoNo, Sku};
use crate::money::Fen;

/// How far the next benefit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum Missing {
    /// So much more to pay.
    Amount(Fen),
    /// So much more in thousandths of the promotion's unit (of a set: order units of its SKUs together), rounded up.
    Quantity(u32),
}

/// Per promotion that applies, has begun (something of it is on the order) and is not used up: what is missing for its
/// next benefit, in the order of the promotions given. `priced` is the order as it stands. Where the best of a group
/// already applies, the others of the group stay silent: reaching them may give nothing.
pub fn missing_for_next(
    promotions: &[Promotion],
    buyer: &Buyer,
    wanted: &[Wanted],
    priced: &Priced,
    used: impl Fn(PromoNo) -> Used,
) -> Vec<(PromoNo, Missing)> {
    let used = |promotion: &Promotion| used(promotion.no);
    let applies = |promotion: &Promotion| priced.uses.iter().any(|of| of.promo == promotion.no);
    let (groups, on_sum) = groups(promotions, buyer);
    let mut found: Vec<(PromoNo, Option<Missing>)> = Vec::new();
    for group in groups {
        match group {
            Group::Exclusive(members) => {
                let mut free = Free::all(wanted);
                found.extend(members.iter().map(|p| (p.no, after_its_turn(p, &mut free, used(p)))));
            }
            Group::BestOne(members) => {
                let is_decided = members.iter().any(|p| applies(p));
                let heard = members.iter().filter(|p| !is_decided || applies(p));
                found.extend(heard.map(|p| (p.no, after_its_turn(p, &mut Free::all(wanted), used(p)))));
            }
        }
    }
    found.extend(on_sum.iter().map(|p| (p.no, amount(p, promotions, wanted, priced, used(p)))));
    let missing = |no: PromoNo| found.iter().find(|(of, _)| *of == no).and_then(|(_, missing)| *missing);
    promotions.iter().filter_map(|promotion| Some((promotion.no, missing(promotion.no)?))).collect()
}

/// Lets the promotion take its units, then looks at what is left for its next time.
fn after_its_turn(promotion: &Promotion, free: &mut Free<'_>, used: Used) -> Option<Missing> {
    let now = effect(promotion, free, used).used;
    if is_used_up(promotion, now.times, used) {
        return None;
    }
    let thousandths = match &promotion.benefit {
        Benefit::BuyGift { min_qty, unit, .. } => {
            quantity(promotion, free, *min_qty, Scale::of(*unit, promotion, free.wanted))
        }
        Benefit::Discount { min_qty, unit, .. } => {
            let scale = Scale::of(*unit, promotion, free.wanted);
            let is_open = now.times == 0 && quantity_left(promotion, scale, used) > 0;
            is_open.then(|| quantity(promotion, free, *min_qty, scale)).flatten()
        }
        Benefit::Combo { set, .. } => of_set(free, set),
        Benefit::FullCut { .. } | Benefit::DisplayReward { .. } => None,
    };
    thousandths.filter(|thousandths| *thousandths > 0).map(Missing::Quantity)
}

fn is_used_up(promotion: &Promotion, times: u32, used: Used) -> bool {
    promotion.cap_times.is_some_and(|cap| used.times.saturating_add(times) >= cap)
}

/// The nearest part that has begun, in thousandths.
fn quantity(promotion: &Promotion, free: &Free<'_>, min_qty: u32, scale: Scale) -> Option<u32> {
    let has_begun = |part: &Vec<usize>| part.iter().any(|line| !free.wanted[*line].units.is_zero());
    let begun = parts(promotion, free).into_iter().filter(has_begun);
    begun
        .map(|part| scale.of_whole(min_qty).saturating_sub(free.weight(&part, scale)))
        .min()
        .map(|weight| scale.thousandths(weight))
}

/// What the SKUs of the next set lack together, in thousandths of order units.
fn of_set(free: &Free<'_>, set: &[(Sku, u32)]) -> Option<u32> {
    let mut has_begun = false;
    let lacks = needs(set).into_iter().map(|(sku, need)| {
        let line = free.wanted.iter().position(|wanted| wanted.sku == sku);
        let there = line.map_or(0, |line| {
            has_begun |= !free.wanted[line].units.is_zero();
            let order_unit = u64::from(free.wanted[line].order_unit.max(1));
            u64::from(free.units(line)) * 1000 / order_unit
        });
        (u64::from(need) * 1000).saturating_sub(there)
    });
    let lacks: u64 = lacks.sum();
    has_begun.then(|| u32::try_from(lacks).unwrap_or(u32::MAX))
}

/// The sum of rule 5 against the next full amount.
fn amount(
    promotion: &Promotion,
    promotions: &[Promotion],
    wanted: &[Wanted],
    priced: &Priced,
    used: Used,
) -> Option<Missing> {
    let Benefit::FullCut { min_amount, .. } = &promotion.benefit else { return None };
    let times = priced.uses.iter().find(|of| of.promo == promotion.no).map_or(0, |of| of.used.times);
    if is_used_up(promotion, times, used) {
        return None;
    }
    let with_cut = |no: PromoNo| promotions.iter().find(|other| other.no == no);
    let cuts = priced.uses.iter().filter_map(|of| Some((with_cut(of.promo)?, of.cut)));
    let sum = sum_for(promotion, wanted, &priced.amounts, cuts);
    let next = min_amount.times(times.saturating_add(1));
    (sum > Fen::ZERO && sum < next).then(|| Missing::Amount(next - sum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::engine::tests::{buyer, in_group, order, promotion};
    use super::super::{QtyUnit, StackRule, price_order};
    use super::*;
    use crate::quantity::Units;

    const TEA: &str = "22070012";
    const NOODLES: &str = "21010019";

    fn gift(no: &str, min_qty: u32, skus: &[&str]) -> Promotion {
        let (unit, gift, gift_units) = (QtyUnit::Case, TEA.parse().unwrap(), Units(6));
        promotion(no, Benefit::BuyGift { min_qty, unit, gift, gift_units }, skus)
    }

    fn off(no: &str, min_qty: u32, pay_pct: u8, skus: &[&str]) -> Promotion {
        promotion(no, Benefit::Discount { min_qty, unit: QtyUnit::Case, pay_pct }, skus)
    }

    fn full_500() -> Promotion {
        let cut = Benefit::FullCut { min_amount: Fen(50_000), cut: Fen(2_000) };
        let mut p2602 = promotion("P2602", cut, &[]);
        (p2602.cap_times, p2602.rule) = (Some(1), StackRule::StackAfterLine);
        p2602
    }

    fn noodles_and_tea() -> Promotion {
        let set = vec![(NOODLES.parse().unwrap(), 1), (TEA.parse().unwrap(), 1)];
        let combo = promotion("P2605", Benefit::Combo { set, cut: Fen(300) }, &[NOODLES, TEA]);
        in_group(combo, "G1", StackRule::ExclusiveInGroup, 5)
    }

    fn cases(noodles: u32, tea: u32) -> Vec<Wanted> {
        order(&[(NOODLES, noodles, 24, 4600), (TEA, tea, 15, 3060)])
    }

    fn asked(promotions: &[Promotion], wanted: &[Wanted]) -> Vec<(String, Missing)> {
        let none = |_| Used::default();
        let priced = price_order(promotions, &buyer("2026-07-28"), wanted, none, |_| None);
        let missing = missing_for_next(promotions, &buyer("2026-07-28"), wanted, &priced, none);
        missing.into_iter().map(|(no, missing)| (no.to_string(), missing)).collect()
    }

    fn only(promotion: Promotion, wanted: &[Wanted]) -> Option<Missing> {
        asked(&[promotion], wanted).pop().map(|(_, missing)| missing)
    }

    #[test]
    fn full_500_lacks_what_is_not_yet_on_the_order() {
        assert_eq!(only(full_500(), &cases(0, 15)), Some(Missing::Amount(Fen(50_000 - 45_900))));
        assert_eq!(only(full_500(), &cases(0, 20)), None, "used up");
        assert_eq!(only(full_500(), &cases(0, 0)), None, "nothing has begun");
    }

    #[test]
    fn the_cut_of_a_set_is_missing_too() {
        let wanted = order(&[(NOODLES, 1, 24, 47_100), (TEA, 1, 15, 3_000)]);
        let missing = asked(&[full_500(), noodles_and_tea()], &wanted);
        assert_eq!(missing[0], ("P2602".to_owned(), Missing::Amount(Fen(200))), "501.00 − 3.00");
    }

    #[test]
    fn five_cases_lack_one_when_there_are_four() {
        assert_eq!(only(gift("P2601", 5, &[TEA]), &cases(0, 4)), Some(Missing::Quantity(1000)));
        assert_eq!(only(gift("P2601", 5, &[TEA]), &cases(0, 7)), Some(Missing::Quantity(3000)));
        assert_eq!(only(gift("P2601", 5, &[TEA]), &cases(3, 0)), None, "nothing has begun");
    }

    #[test]
    fn units_that_a_set_took_are_missing_for_the_gift() {
        let gift = in_group(gift("P2601", 5, &[TEA]), "G1", StackRule::ExclusiveInGroup, 10);
        let missing = asked(&[gift, noodles_and_tea()], &cases(1, 5));
        assert_eq!(missing[0], ("P2601".to_owned(), Missing::Quantity(1000)));
        assert_eq!(missing[1], ("P2605".to_owned(), Missing::Quantity(1000)), "one more of the noodles");
    }

    #[test]
    fn without_mix_the_nearest_sku_counts() {
        let mut alone = gift("P1", 5, &[TEA, NOODLES]);
        alone.mix = false;
        assert_eq!(only(alone, &cases(4, 6)), Some(Missing::Quantity(1000)));
    }

    #[test]
    fn a_set_lacks_the_sku_that_is_not_on_the_order() {
        assert_eq!(only(noodles_and_tea(), &order(&[(TEA, 3, 15, 3060)])), Some(Missing::Quantity(1000)));
        assert_eq!(only(noodles_and_tea(), &order(&[("21020018", 3, 12, 3770)])), None);
    }

    #[test]
    fn a_discount_that_was_reached_lacks_nothing() {
        assert_eq!(only(off("P2603", 6, 95, &[TEA]), &cases(0, 4)), Some(Missing::Quantity(2000)));
        assert_eq!(only(off("P2603", 6, 95, &[TEA]), &cases(0, 6)), None);
        let mut no_quantity_left = off("P2603", 6, 95, &[TEA]);
        no_quantity_left.cap_qty = Some(0);
        assert_eq!(only(no_quantity_left, &cases(0, 4)), None);
    }

    #[test]
    fn where_the_best_applies_the_others_are_silent() {
        let best = |promotion, priority| in_group(promotion, "G3", StackRule::BestOne, priority);
        let group = [best(gift("P2610", 6, &[TEA]), 10), best(off("P2609", 2, 90, &[TEA]), 20)];
        let names = |tea| asked(&group, &cases(0, tea)).into_iter().map(|(no, _)| no).collect::<Vec<_>>();
        assert_eq!(names(1), ["P2610", "P2609"]);
        assert!(names(3).is_empty(), "P2609 applies and is reached");
    }

    proptest! {
        #[test]
        fn what_is_missing_brings_the_next_gift_and_a_unit_less_does_not(units in 1u32..600, min_qty in 1u32..9) {
            let promotions = [gift("P2601", min_qty, &[TEA])];
            let times = |units| {
                let mut wanted = cases(0, 1);
                wanted[1].units = Units(units);
                let none = |_| Used::default();
                let priced = price_order(&promotions, &buyer("2026-07-28"), &wanted, none, |_| None);
                let missing = asked(&promotions, &wanted).pop().map(|(_, missing)| missing);
                (priced.uses.first().map_or(0, |of| of.used.times), missing)
            };
            let (now, missing) = times(units);
            let Some(Missing::Quantity(thousandths)) = missing else { panic!("{missing:?}") };
            let more = thousandths * 15 / 1000;
            prop_assert_eq!(times(units + more).0, now + 1);
            prop_assert_eq!(times(units + more - 1).0, now);
        }
    }
}
