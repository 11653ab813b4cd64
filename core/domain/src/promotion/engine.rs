//! Pricing an order with all promotions (rules 2–6).

use super::effect::{Effect, capped_times, effect};
use super::group::{Discounted, Free, Group, groups};
use super::{Benefit, Buyer, PromoUse, Promotion, Used, Wanted};
use crate::id::{PromoNo, Sku};
use crate::money::{Fen, PayShare};
use crate::order::GiftLine;
use crate::quantity::{CaseSize, Units};

/// A priced order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Priced {
    /// Per wanted line, after line promotions.
    pub amounts: Vec<Fen>,
    /// Per wanted line, the discounted units with their share, in the order in which they are counted as delivered.
    pub discounted: Vec<Vec<(Units, PayShare)>>,
    /// Gifts by promotion.
    pub gifts: Vec<GiftLine>,
    /// Off the whole order, as a positive amount.
    pub cuts: Fen,
    /// What was used, by promotion.
    pub uses: Vec<PromoUse>,
}

impl Priced {
    /// To pay when everything comes.
    pub fn total(&self) -> Fen {
        (self.amounts.iter().copied().sum::<Fen>() - self.cuts).at_least_zero()
    }
}

/// Prices an order. `used` says what the store used of a promotion in the period of its caps before this order;
/// `gift_price` the store's price of a SKU (no price = worth nothing). Promotions may come in any order.
pub fn price_order(
    promotions: &[Promotion],
    buyer: &Buyer,
    wanted: &[Wanted],
    used: impl Fn(PromoNo) -> Used,
    gift_price: impl Fn(Sku) -> Option<(Fen, CaseSize)>,
) -> Priced {
    let mut pricing = Pricing { wanted, used: &used, gift_price: &gift_price, effects: Vec::new() };
    let (groups, on_sum) = groups(promotions, buyer);
    for group in groups {
        match group {
            Group::Exclusive(members) => pricing.exclusive(members),
            Group::BestOne(members) => pricing.best_one(members),
        }
    }
    pricing.finish(on_sum)
}

struct Pricing<'a> {
    wanted: &'a [Wanted],
    used: &'a dyn Fn(PromoNo) -> Used,
    gift_price: &'a dyn Fn(Sku) -> Option<(Fen, CaseSize)>,
    effects: Vec<(&'a Promotion, Effect)>,
}

impl<'a> Pricing<'a> {
    /// A unit serves one promotion (rule 3).
    fn exclusive(&mut self, members: Vec<&'a Promotion>) {
        let mut free = Free::all(self.wanted);
        for promotion in members {
            let effect = effect(promotion, &mut free, (self.used)(promotion.no));
            self.keep(promotion, effect);
        }
    }

    /// Each alone on all units; the best benefit wins, at ties the first (rule 4).
    fn best_one(&mut self, members: Vec<&'a Promotion>) {
        let mut best: Option<(Fen, &Promotion, Effect)> = None;
        for promotion in members {
            let effect = effect(promotion, &mut Free::all(self.wanted), (self.used)(promotion.no));
            let benefit = self.benefit(&effect);
            if best.as_ref().is_none_or(|(most, ..)| benefit > *most) {
                best = Some((benefit, promotion, effect));
            }
        }
        if let Some((_, promotion, effect)) = best {
            self.keep(promotion, effect);
        }
    }

    fn keep(&mut self, promotion: &'a Promotion, effect: Effect) {
        if !effect.is_nothing() {
            self.effects.push((promotion, effect));
        }
    }

    fn benefit(&self, effect: &Effect) -> Fen {
        let gift = effect.gift.and_then(|(sku, units)| {
            let (price, case) = (self.gift_price)(sku)?;
            Some(Fen::line(price, units, case))
        });
        let full: Fen = self.wanted.iter().map(full_price).sum();
        let paid: Fen = (0..self.wanted.len()).map(|line| self.amount(line, &effect.discounted)).sum();
        gift.unwrap_or_default() + (full - paid) + effect.cut
    }

    /// The line with all discounts that lie on its units, rounded once.
    fn amount(&self, line: usize, discounts: &[Discounted]) -> Fen {
        let wanted = &self.wanted[line];
        let runs = runs(line, wanted.units.0, discounts);
        let share_units: i128 =
            runs.iter().map(|(units, share)| i128::from(*units) * i128::from(share.0)).sum();
        Fen::share(wanted.case_price, share_units, wanted.case)
    }

    /// Lays everything over each other and takes the cuts on the sum (rule 5).
    fn finish(mut self, on_sum: Vec<&'a Promotion>) -> Priced {
        let discounts: Vec<Discounted> =
            self.effects.iter().flat_map(|(_, effect)| effect.discounted.iter().copied()).collect();
        let amounts: Vec<Fen> = (0..self.wanted.len()).map(|line| self.amount(line, &discounts)).collect();
        for promotion in on_sum {
            let effect = self.cut_on_sum(promotion, &amounts);
            self.keep(promotion, effect);
        }
        let discounted = (0..self.wanted.len()).map(|line| {
            let runs = runs(line, self.wanted[line].units.0, &discounts).into_iter();
            runs.filter(|(_, share)| *share != PayShare::FULL)
                .map(|(units, share)| (Units(units), share))
                .collect()
        });
        let discounted = discounted.collect();
        let gifts = self.effects.iter().filter_map(|(promotion, effect)| {
            effect.gift.map(|(sku, units)| GiftLine { sku, units, promo: promotion.no })
        });
        let gifts = gifts.collect();
        let uses: Vec<PromoUse> = self
            .effects
            .iter()
            .map(|(promotion, effect)| PromoUse { promo: promotion.no, used: effect.used, cut: effect.cut })
            .collect();
        let cuts = uses.iter().map(|promo_use| promo_use.cut).sum();
        Priced { amounts, discounted, gifts, cuts, uses }
    }

    fn cut_on_sum(&self, promotion: &Promotion, amounts: &[Fen]) -> Effect {
        let Benefit::FullCut { min_amount, cut } = &promotion.benefit else { return Effect::default() };
        let cuts = self.effects.iter().map(|(other, effect)| (*other, effect.cut));
        let sum = sum_for(promotion, self.wanted, amounts, cuts);
        let times = if min_amount.0 > 0 { sum.0.max(0) / min_amount.0 } else { 0 };
        let times =
            capped_times(promotion, u32::try_from(times).unwrap_or(u32::MAX), (self.used)(promotion.no));
        Effect { used: Used { times, qty_thousandths: 0 }, cut: cut.times(times), ..Effect::default() }
    }
}

/// The sum that a FULL_CUT looks at: its lines after gifts and discounts, less combos whose SKUs are all among them.
pub(super) fn sum_for<'a>(
    promotion: &Promotion,
    wanted: &[Wanted],
    amounts: &[Fen],
    cuts: impl Iterator<Item = (&'a Promotion, Fen)>,
) -> Fen {
    let lines = wanted.iter().zip(amounts).filter(|(line, _)| promotion.covers(line.sku));
    let is_inside = |other: &Promotion| match &other.benefit {
        Benefit::Combo { set, .. } => set.iter().all(|(sku, _)| promotion.covers(*sku)),
        _ => false,
    };
    let combos: Fen = cuts.filter(|(other, _)| is_inside(other)).map(|(_, cut)| cut).sum();
    lines.map(|(_, amount)| *amount).sum::<Fen>() - combos
}

fn full_price(wanted: &Wanted) -> Fen {
    Fen::line(wanted.case_price, wanted.units, wanted.case)
}

/// A line cut into runs of units with one share each; discounts of different groups on one unit multiply.
fn runs(line: usize, units: u32, discounts: &[Discounted]) -> Vec<(u32, PayShare)> {
    let here: Vec<&Discounted> = discounts.iter().filter(|d| d.line == line).collect();
    let mut borders: Vec<u32> = here.iter().flat_map(|d| [d.from, d.to]).chain([0, units]).collect();
    borders.sort_unstable();
    borders.dedup();
    borders
        .windows(2)
        .map(|pair| {
            let over = here.iter().filter(|d| d.from <= pair[0] && pair[1] <= d.to);
            (pair[1] - pair[0], over.fold(PayShare::FULL, |share, d| share.and(d.share)))
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::{CapPeriod, QtyUnit, StackRule};
    use super::*;
    use crate::store::{Channel, StoreClass};

    fn sku(text: &str) -> Sku {
        text.parse().unwrap()
    }

    pub(in super::super) fn promotion(no: &str, benefit: Benefit, skus: &[&str]) -> Promotion {
        Promotion {
            no: no.parse().unwrap(),
            name: no.to_owned(),
            benefit,
            valid_from: "2026-06-01".parse().unwrap(),
            valid_to: "2026-09-20".parse().unwrap(),
            skus: skus.iter().map(|text| sku(text)).collect(),
            channels: vec![],
            classes: vec![],
            distributors: vec![],
            mix: true,
            cap_times: None,
            cap_qty: None,
            cap_period: CapPeriod::Order,
            group: None,
            rule: StackRule::Independent,
            priority: 10,
            payer: None,
        }
    }

    pub(in super::super) fn in_group(
        mut promotion: Promotion,
        group: &str,
        rule: StackRule,
        priority: u32,
    ) -> Promotion {
        (promotion.group, promotion.rule, promotion.priority) = (Some(group.to_owned()), rule, priority);
        promotion
    }

    fn gift(min_qty: u32, gift: &str, units: u32) -> Benefit {
        let unit = QtyUnit::Case;
        Benefit::BuyGift { min_qty, unit, gift: sku(gift), gift_units: Units(units) }
    }

    fn off(min_qty: u32, pay_pct: u8) -> Benefit {
        Benefit::Discount { min_qty, unit: QtyUnit::Case, pay_pct }
    }

    const TEA: &str = "22070012";

    pub(in super::super) fn buyer(date: &str) -> Buyer {
        Buyer {
            date: date.parse().unwrap(),
            channel: Channel::Convenience,
            class: StoreClass::B,
            distributor: "D01".parse().unwrap(),
        }
    }

    /// `(sku, cases, case size, case price in fen)`.
    pub(in super::super) fn order(lines: &[(&str, u32, u32, i64)]) -> Vec<Wanted> {
        (0..)
            .zip(lines)
            .map(|(position, (code, cases, size, price))| Wanted {
                sku: sku(code),
                units: Units(cases * size),
                case: CaseSize::new(*size).unwrap(),
                order_unit: *size,
                case_price: Fen(*price),
                position,
            })
            .collect()
    }

    fn priced(date: &str, wanted: &[Wanted], promotions: &[Promotion]) -> Priced {
        let price = |gift: Sku| wanted.iter().find(|w| w.sku == gift).map(|w| (w.case_price, w.case));
        price_order(promotions, &buyer(date), wanted, |_| Used::default(), price)
    }

    /// Five cases of tea bring six bottles, five times.
    fn tea_gift() -> Promotion {
        let mut promotion = promotion("P2601", gift(5, TEA, 6), &[TEA]);
        promotion.cap_times = Some(5);
        promotion
    }

    fn tea(cases: u32) -> Vec<Wanted> {
        order(&[(TEA, cases, 15, 3060)])
    }

    fn names(priced: &Priced) -> Vec<String> {
        priced.uses.iter().map(|of| of.promo.to_string()).collect()
    }

    #[test]
    fn a_cap_that_was_used_up_gives_nothing_more() {
        let used = |times| move |_| Used { times, qty_thousandths: 0 };
        let price = |times| price_order(&[tea_gift()], &buyer("2026-07-28"), &tea(10), used(times), |_| None);
        assert_eq!(price(4).uses[0].used.times, 1);
        assert!(price(5).uses.is_empty());
        assert!(price(6).uses.is_empty(), "overrun offline");
    }

    #[test]
    fn the_lowest_priority_goes_first_and_ties_go_by_number() {
        let member = |no, priority| {
            in_group(promotion(no, gift(5, TEA, 6), &[TEA]), "G1", StackRule::ExclusiveInGroup, priority)
        };
        assert_eq!(names(&priced("2026-07-28", &tea(5), &[member("P2", 10), member("P3", 5)])), ["P3"]);
        assert_eq!(names(&priced("2026-07-28", &tea(5), &[member("P2", 10), member("P1", 10)])), ["P1"]);
    }

    #[test]
    fn one_best_one_that_applies_makes_the_whole_group_compare() {
        let member = |no, pay_pct, rule, priority| {
            in_group(promotion(no, off(1, pay_pct), &[TEA]), "G3", rule, priority)
        };
        let mut best = member("P1", 90, StackRule::BestOne, 1);
        let exclusive = member("P2", 80, StackRule::ExclusiveInGroup, 2);
        assert_eq!(names(&priced("2026-07-28", &tea(1), &[best.clone(), exclusive.clone()])), ["P2"]);
        let equal = member("P3", 90, StackRule::BestOne, 3);
        assert_eq!(names(&priced("2026-07-28", &tea(1), &[equal.clone(), best.clone()])), ["P1"], "a tie");
        best.valid_to = "2026-07-27".parse().unwrap();
        assert_eq!(names(&priced("2026-07-28", &tea(1), &[best, exclusive])), ["P2"]);
    }

    #[test]
    fn a_gift_without_a_price_is_worth_nothing_in_a_comparison() {
        let best = |promotion, priority| in_group(promotion, "G3", StackRule::BestOne, priority);
        let unpriced = best(promotion("P1", gift(1, "21040016", 99), &[TEA]), 1);
        let discount = best(promotion("P2", off(1, 99), &[TEA]), 2);
        assert_eq!(names(&priced("2026-07-28", &tea(5), &[unpriced, discount])), ["P2"]);
    }

    #[test]
    fn a_cut_on_the_sum_looks_only_at_its_own_lines_and_sets() {
        let set = |sku_b| Benefit::Combo { set: vec![(sku(TEA), 1), (sku(sku_b), 1)], cut: Fen(1_000) };
        let combo = promotion("P1", set("21010019"), &[]);
        let cut = |skus: &[&str]| {
            let full = Benefit::FullCut { min_amount: Fen(3_000), cut: Fen(100) };
            Promotion { rule: StackRule::StackAfterLine, ..promotion("P2", full, skus) }
        };
        let wanted = order(&[(TEA, 1, 15, 3000), ("21010019", 1, 24, 4600)]);
        let cuts = |skus: &[&str]| priced("2026-07-28", &wanted, &[combo.clone(), cut(skus)]).cuts;
        assert_eq!(cuts(&[TEA]), Fen(1_100), "the set reaches beyond its lines: not taken off");
        assert_eq!(cuts(&[]), Fen(1_200), "76.00 − 10.00 is twice 30.00");
    }

    #[test]
    fn discounts_of_different_groups_multiply_on_one_unit() {
        let exclusive = StackRule::ExclusiveInGroup;
        let one = in_group(promotion("P1", off(1, 90), &[TEA]), "A", exclusive, 1);
        let two = in_group(promotion("P2", off(1, 80), &[TEA]), "B", exclusive, 1);
        let priced = priced("2026-07-28", &order(&[(TEA, 1, 10, 1000)]), &[one, two]);
        assert_eq!(priced.amounts, [Fen(720)]);
    }

    #[test]
    fn without_mix_each_sku_stands_alone() {
        let mut alone = promotion("P1", gift(5, TEA, 6), &["21020018", "21020117"]);
        let wanted = order(&[("21020018", 3, 12, 3770), ("21020117", 3, 12, 3110)]);
        assert_eq!(priced("2026-07-28", &wanted, &[alone.clone()]).gifts.len(), 1);
        alone.mix = false;
        assert!(priced("2026-07-28", &wanted, &[alone]).gifts.is_empty());
    }

    #[test]
    fn it_applies_on_its_first_and_last_day_and_not_beyond() {
        let is_live = |date| !priced(date, &tea(5), &[tea_gift()]).uses.is_empty();
        let days = ["2026-05-31", "2026-06-01", "2026-09-20", "2026-09-21"];
        assert_eq!(days.map(is_live), [false, true, true, false]);
    }

    proptest! {
        #[test]
        fn more_cases_never_mean_fewer_gifts(cases in 0u32..60) {
            let gifts = |cases| {
                let priced = priced("2026-07-28", &tea(cases), &[tea_gift()]);
                priced.gifts.first().map_or(Units::ZERO, |gift| gift.units)
            };
            prop_assert!(gifts(cases) <= gifts(cases + 1));
        }
    }
}
