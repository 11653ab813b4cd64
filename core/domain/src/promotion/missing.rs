//! What is missing for the next benefit (满500还差36), so that the rep can say it while there is time.

use super::group::Scale;
use super::{Benefit, Buyer, Priced, Promotion, Used, Wanted};
use crate::id::PromoNo;
use crate::money::Fen;

/// How far the next benefit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// So much more to pay.
    Amount(Fen),
    /// So much more in thousandths of the promotion's unit, rounded up.
    Quantity(u32),
}

/// Per promotion that applies, has begun (something of it is on the order) and is not used up: what is missing for its
/// next benefit, in the order of the promotions given. `priced` is the order as it stands.
pub fn missing_for_next(
    promotions: &[Promotion],
    buyer: &Buyer,
    wanted: &[Wanted],
    priced: &Priced,
    used: impl Fn(PromoNo) -> Used,
) -> Vec<(PromoNo, Missing)> {
    let applying = promotions.iter().filter(|promotion| promotion.applies_to(buyer));
    applying.filter_map(|p| Some((p.no, missing(p, wanted, priced, used(p.no))?))).collect()
}

fn missing(promotion: &Promotion, wanted: &[Wanted], priced: &Priced, used: Used) -> Option<Missing> {
    let now = priced.uses.iter().find(|of| of.promo == promotion.no).map(|of| of.used).unwrap_or_default();
    if promotion.cap_times.is_some_and(|cap| used.times + now.times >= cap) {
        return None;
    }
    match &promotion.benefit {
        Benefit::FullCut { min_amount, .. } => {
            let lines = wanted.iter().zip(&priced.amounts).filter(|(line, _)| promotion.covers(line.sku));
            let sum: Fen = lines.map(|(_, amount)| *amount).sum();
            let next = min_amount.times(now.times + 1);
            (sum > Fen::ZERO && sum < next).then(|| Missing::Amount(next - sum))
        }
        Benefit::BuyGift { min_qty, unit, .. } => {
            quantity(promotion, wanted, Scale::of(*unit, promotion, wanted), *min_qty * (now.times + 1))
        }
        Benefit::Discount { min_qty, unit, .. } if now.times == 0 => {
            quantity(promotion, wanted, Scale::of(*unit, promotion, wanted), *min_qty)
        }
        Benefit::Discount { .. } | Benefit::Combo { .. } | Benefit::DisplayReward { .. } => None,
    }
}

fn quantity(promotion: &Promotion, wanted: &[Wanted], scale: Scale, next: u32) -> Option<Missing> {
    let lines = wanted.iter().filter(|line| promotion.covers(line.sku));
    let weights = lines.map(|line| u64::from(line.units.0) * scale.weight(line.case));
    let there = if promotion.mix { weights.sum::<u64>() } else { weights.max().unwrap_or(0) };
    let next = u64::from(next) * scale.whole;
    let thousandths = (next.saturating_sub(there) * 1000).div_ceil(scale.whole);
    let missing = Missing::Quantity(u32::try_from(thousandths).unwrap_or(u32::MAX));
    (there > 0 && there < next).then_some(missing)
}

#[cfg(test)]
mod tests {
    use super::super::engine::tests::{buyer, promotion};
    use super::super::{QtyUnit, price_order};
    use super::*;
    use crate::quantity::{CaseSize, Units};

    fn wanted(cases: u32) -> Vec<Wanted> {
        let case = CaseSize::new(15).unwrap();
        let sku = "22070012".parse().unwrap();
        let units = Units(cases * 15);
        vec![Wanted { sku, units, case, order_unit: 15, case_price: Fen(3060), position: 0 }]
    }

    fn asked(promotion: Promotion, cases: u32) -> Vec<Missing> {
        let (promotions, wanted) = ([promotion], wanted(cases));
        let none = |_| Used::default();
        let priced = price_order(&promotions, &buyer("2026-07-28"), &wanted, none, |_| None);
        let missing = missing_for_next(&promotions, &buyer("2026-07-28"), &wanted, &priced, none);
        missing.into_iter().map(|(_, missing)| missing).collect()
    }

    #[test]
    fn full_500_lacks_what_is_not_yet_on_the_order() {
        let cut = Benefit::FullCut { min_amount: Fen(50_000), cut: Fen(2_000) };
        let mut p2602 = promotion("P2602", cut, &[]);
        (p2602.cap_times, p2602.rule) = (Some(1), super::super::StackRule::StackAfterLine);
        assert_eq!(asked(p2602.clone(), 15), [Missing::Amount(Fen(50_000 - 45_900))]);
        assert!(asked(p2602.clone(), 20).is_empty(), "used up");
        assert!(asked(p2602, 0).is_empty(), "nothing has begun");
    }

    #[test]
    fn five_cases_lack_one_when_there_are_four() {
        let gift = Benefit::BuyGift {
            min_qty: 5,
            unit: QtyUnit::Case,
            gift: "22070012".parse().unwrap(),
            gift_units: Units(6),
        };
        let p2601 = promotion("P2601", gift, &["22070012"]);
        assert_eq!(asked(p2601.clone(), 4), [Missing::Quantity(1000)]);
        assert_eq!(asked(p2601, 7), [Missing::Quantity(3000)]);
    }
}
