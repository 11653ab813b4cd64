//! 订单整形: what would make the order better, said beside it and never done to it. A hint is a number and a code; who takes it
//! changes the order as always, with a reason.

use crate::id::{PromoNo, Sku};
use crate::money::Fen;
use crate::order::PaymentForm;
use crate::promotion::{Benefit, Missing, Promotion};
use crate::quantity::Units;
use crate::store::Store;

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum Hint {
    /// 再加2箱送1箱: at least half of the next benefit is on the order.
    NextBenefit {
        /// Which promotion.
        promo: PromoNo,
        /// What is still missing.
        missing: Missing,
        /// What it then gives.
        gives: Gives,
    },
    /// 超信用额度: what is owed with this order, less the limit. It warns, it never blocks.
    OverCredit {
        /// So much beyond it.
        by: Fen,
    },
    /// 未达起送金额: the distributor's minimum, less the order. It warns, it never blocks.
    BelowMinimum {
        /// So much is missing.
        by: Fen,
    },
}

/// What a promotion gives at its next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum Gives {
    /// So many units free.
    Gift(Sku, Units),
    /// So much is paid of everything, in percent.
    Share(u8),
    /// So much less to pay.
    Cut(Fen),
}

/// The hints for an order as it stands: `missing` is what the promotions say of it, `total` what is to pay, `min_order` the
/// distributor's minimum.
pub fn hints(
    promotions: &[Promotion],
    missing: &[(PromoNo, Missing)],
    shop: &Store,
    (total, min_order): (Fen, Fen),
    payment: PaymentForm,
) -> Vec<Hint> {
    let near = missing.iter().filter_map(|(no, missing)| {
        let promotion = promotions.iter().find(|promotion| promotion.no == *no)?;
        let (step, gives) = next(&promotion.benefit)?;
        is_near(*missing, step).then_some(Hint::NextBenefit { promo: *no, missing: *missing, gives })
    });
    near.chain(over_credit(shop, total, payment)).chain(below_minimum(total, min_order)).collect()
}

/// An empty order is none that could be too small.
fn below_minimum(total: Fen, min_order: Fen) -> Option<Hint> {
    (Fen::ZERO < total && total < min_order).then(|| Hint::BelowMinimum { by: min_order - total })
}

/// How large a step of the benefit is, and what it gives.
fn next(benefit: &Benefit) -> Option<(Missing, Gives)> {
    let units = |n: u32| Missing::Quantity(n.saturating_mul(1_000));
    match benefit {
        Benefit::BuyGift { min_qty, gift, gift_units, .. } => {
            Some((units(*min_qty), Gives::Gift(*gift, *gift_units)))
        }
        Benefit::Discount { min_qty, pay_pct, .. } => Some((units(*min_qty), Gives::Share(*pay_pct))),
        Benefit::FullCut { min_amount, cut } => Some((Missing::Amount(*min_amount), Gives::Cut(*cut))),
        Benefit::Combo { set, cut } => {
            Some((units(set.iter().map(|(_, n)| *n).fold(0, u32::saturating_add)), Gives::Cut(*cut)))
        }
        Benefit::DisplayReward { .. } => None,
    }
}

/// At least half of the step is there: what is farther is no hint but a wish.
fn is_near(missing: Missing, step: Missing) -> bool {
    match (missing, step) {
        (Missing::Amount(missing), Missing::Amount(step)) => missing.times(2) <= step,
        (Missing::Quantity(missing), Missing::Quantity(step)) => missing.saturating_mul(2) <= step,
        _ => false,
    }
}

/// Outstanding as of its import and this order. Other orders on account that are on their way are the server's to add
/// (`over_credit`): the phone does not know them all.
fn over_credit(shop: &Store, total: Fen, payment: PaymentForm) -> Option<Hint> {
    let by = shop.outstanding + total - shop.credit_limit.at_least_zero();
    (payment == PaymentForm::OnAccount && by > Fen::ZERO).then_some(Hint::OverCredit { by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::testing::shop;

    fn promotion(no: &str, benefit: Benefit) -> Promotion {
        Promotion {
            no: no.parse().unwrap(),
            name: String::new(),
            benefit,
            valid_from: "2026-07-01".parse().unwrap(),
            valid_to: "2026-07-31".parse().unwrap(),
            skus: vec![],
            channels: vec![],
            classes: vec![],
            distributors: vec![],
            mix: false,
            cap_times: None,
            cap_qty: None,
            cap_period: crate::promotion::CapPeriod::Order,
            group: None,
            rule: crate::promotion::StackRule::ALL[0],
            priority: 1,
            payer: None,
        }
    }

    fn ten_and_one() -> Promotion {
        let (gift, unit) = ("21010019".parse().unwrap(), crate::promotion::QtyUnit::ALL[0]);
        promotion("P2601", Benefit::BuyGift { min_qty: 10, unit, gift, gift_units: Units(24) })
    }

    fn said(promotion: &Promotion, missing: Missing) -> Vec<Hint> {
        let missing = [(promotion.no, missing)];
        hints(std::slice::from_ref(promotion), &missing, &shop(), (Fen(1_000), Fen::ZERO), PaymentForm::Cash)
    }

    #[test]
    fn two_more_cases_for_a_free_one_are_said_and_six_are_not() {
        let promo = ten_and_one();
        let gives = Gives::Gift("21010019".parse().unwrap(), Units(24));
        let two = Missing::Quantity(2_000);
        assert_eq!(said(&promo, two), [Hint::NextBenefit { promo: promo.no, missing: two, gives }]);
        assert_eq!(said(&promo, Missing::Quantity(5_000)).len(), 1);
        assert_eq!(said(&promo, Missing::Quantity(6_000)), []);
    }

    #[test]
    fn thirty_six_short_of_five_hundred_are_said_and_three_hundred_are_not() {
        let promo = promotion("P2602", Benefit::FullCut { min_amount: Fen(50_000), cut: Fen(2_000) });
        assert_eq!(said(&promo, Missing::Amount(Fen(3_600))).len(), 1);
        assert_eq!(said(&promo, Missing::Amount(Fen(30_000))), []);
        assert_eq!(said(&promo, Missing::Quantity(1)), [], "another measure is no answer");
    }

    #[test]
    fn the_limit_is_passed_only_on_account_and_the_amount_is_said() {
        let shop = Store { credit_limit: Fen(10_000), outstanding: Fen(7_000), ..shop() };
        let said = |total, payment| hints(&[], &[], &shop, (Fen(total), Fen::ZERO), payment);
        assert_eq!(said(3_000, PaymentForm::OnAccount), []);
        assert_eq!(said(4_250, PaymentForm::OnAccount), [Hint::OverCredit { by: Fen(1_250) }]);
        assert_eq!(said(4_250, PaymentForm::Cash), []);
    }

    #[test]
    fn an_order_below_the_distributors_minimum_is_told_what_is_missing() {
        let said = |total, least| hints(&[], &[], &shop(), (Fen(total), Fen(least)), PaymentForm::Cash);
        assert_eq!(said(7_000, 10_000), [Hint::BelowMinimum { by: Fen(3_000) }]);
        assert_eq!(said(10_000, 10_000), []);
        assert_eq!(said(0, 10_000), [], "no order");
        assert_eq!(said(1, 0), []);
    }
}
