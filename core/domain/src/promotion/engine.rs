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
    const BUCKETS: [&str; 2] = ["21020018", "21020117"];
    const LITRES: [&str; 2] = ["22080011", "22080059"];
    const JUICES: [&str; 1] = ["22080059"];

    /// The promotions of the data set that the worked orders use.
    fn live() -> Vec<Promotion> {
        let exclusive = StackRule::ExclusiveInGroup;
        let mut p2601 = in_group(promotion("P2601", gift(5, TEA, 6), &[TEA]), "G1", exclusive, 10);
        p2601.cap_times = Some(5);
        let cut = Benefit::FullCut { min_amount: Fen(50_000), cut: Fen(2_000) };
        let mut p2602 = in_group(promotion("P2602", cut, &[]), "G2", StackRule::StackAfterLine, 50);
        p2602.cap_times = Some(1);
        let mut p2603 = in_group(promotion("P2603", off(6, 95), &BUCKETS), "G1", exclusive, 20);
        p2603.cap_qty = Some(20);
        let set = Benefit::Combo { set: vec![(sku("21010019"), 1), (sku(TEA), 1)], cut: Fen(300) };
        let p2605 = in_group(promotion("P2605", set, &["21010019", TEA]), "G1", exclusive, 5);
        let best = StackRule::BestOne;
        let mut p2607 = in_group(promotion("P2607", off(1, 80), &JUICES), "G3", best, 1);
        p2607.valid_from = "2026-09-07".parse().unwrap();
        p2607.cap_qty = Some(20);
        let mut p2609 = in_group(promotion("P2609", off(2, 90), &JUICES), "G3", best, 20);
        p2609.cap_qty = Some(10);
        let mut p2610 = in_group(promotion("P2610", gift(6, LITRES[0], 4), &LITRES), "G3", best, 10);
        p2610.cap_times = Some(3);
        vec![p2601, p2602, p2603, p2605, p2607, p2609, p2610]
    }

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

    fn names(priced: &Priced) -> Vec<String> {
        priced.uses.iter().map(|u| u.promo.to_string()).collect()
    }

    #[test]
    fn worked_order_qd040093_the_combo_takes_its_units_and_the_gift_is_computed_on_the_rest() {
        let wanted = order(&[("21010019", 1, 24, 4600), (TEA, 6, 15, 3000)]);
        let priced = priced("2026-07-28", &wanted, &live());
        assert_eq!(names(&priced), ["P2605", "P2601"]);
        assert_eq!((priced.cuts, priced.gifts[0].units), (Fen(300), Units(6)));
        assert_eq!(priced.total(), Fen(22_300));
    }

    #[test]
    fn worked_order_qd010002_gift_discount_and_cut_on_the_sum() {
        let wanted = order(&[("21020018", 6, 12, 3770), (TEA, 10, 15, 3060)]);
        let priced = priced("2026-07-28", &wanted, &live());
        assert_eq!(names(&priced), ["P2601", "P2603", "P2602"]);
        assert_eq!(priced.gifts[0].units, Units(12));
        assert_eq!(priced.amounts, [Fen(21_489), Fen(30_600)]);
        assert_eq!((priced.cuts, priced.total()), (Fen(2_000), Fen(50_089)));
    }

    #[test]
    fn worked_order_qd010182_the_best_of_the_group_is_the_gift() {
        let wanted = order(&[(LITRES[0], 2, 12, 3500), (LITRES[1], 4, 8, 2700)]);
        let priced = priced("2026-07-28", &wanted, &live());
        assert_eq!(names(&priced), ["P2610"], "11.67 against 10.80");
        assert_eq!((priced.gifts[0].units, priced.total()), (Units(4), Fen(17_800)));
    }

    #[test]
    fn worked_order_qd030129_the_best_of_the_group_is_the_discount() {
        let wanted = order(&[(LITRES[0], 2, 12, 3600), (LITRES[1], 4, 8, 2700)]);
        let priced = priced("2026-09-08", &wanted, &live());
        assert_eq!(names(&priced), ["P2607"]);
        assert_eq!((priced.amounts[1], priced.total()), (Fen(8_640), Fen(15_840)));
    }

    #[test]
    fn worked_order_qd010030_the_cap_ends_the_discount_inside_a_line() {
        let wanted = order(&[("21020018", 15, 12, 3770), ("21020117", 7, 12, 3110)]);
        let priced = priced("2026-07-28", &wanted, &live());
        assert_eq!(priced.amounts, [Fen(53_723), Fen(20_993)]);
        assert_eq!(
            (priced.discounted[1].clone(), priced.cuts),
            (vec![(Units(60), PayShare::percent(95))], Fen(2_000))
        );
        assert_eq!(priced.total(), Fen(72_716));
    }

    #[test]
    fn a_cap_that_was_used_up_gives_nothing_more() {
        let wanted = order(&[(TEA, 10, 15, 3060)]);
        let used = |_| Used { times: 4, qty_thousandths: 0 };
        let priced = price_order(&live()[..1], &buyer("2026-07-28"), &wanted, used, |_| None);
        assert_eq!(priced.uses[0].used.times, 1);
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
    fn nothing_applies_outside_its_window() {
        let wanted = order(&[("21020018", 6, 12, 3770)]);
        assert!(priced("2026-10-28", &wanted, &live()).uses.is_empty());
    }

    proptest! {
        #[test]
        fn amounts_are_never_negative_nor_above_the_list(cases in prop::collection::vec(0u32..40, 4)) {
            let wanted = order(&[
                ("21010019", cases[0], 24, 4600), (TEA, cases[1], 15, 3060),
                ("21020018", cases[2], 12, 3770), (JUICES[0], cases[3], 8, 2700),
            ]);
            let priced = priced("2026-09-08", &wanted, &live());
            for (amount, line) in priced.amounts.iter().zip(&wanted) {
                prop_assert!(Fen::ZERO <= *amount && *amount <= full_price(line));
            }
            prop_assert!(priced.total() >= Fen::ZERO);
            for (line, runs) in wanted.iter().zip(&priced.discounted) {
                prop_assert!(runs.iter().map(|(units, _)| *units).sum::<Units>() <= line.units);
            }
        }

        #[test]
        fn more_cases_never_mean_fewer_gifts(cases in 0u32..60) {
            let gifts = |cases| {
                let priced = priced("2026-07-28", &order(&[(TEA, cases, 15, 3060)]), &live()[..1]);
                priced.gifts.first().map_or(Units::ZERO, |gift| gift.units)
            };
            prop_assert!(gifts(cases) <= gifts(cases + 1));
        }
    }
}
