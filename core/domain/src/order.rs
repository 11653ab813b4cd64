//! The order: what the owner intended beside what was confirmed, the promise made in the shop, and how it is paid.
//! Promotions are computed in `promotion`; sheets are `sheet`; where an order stands is `order_state`.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::{OrderId, PromoNo, ReasonCode, Sku, StoreId};
use crate::money::{Fen, PayShare};
use crate::promotion::PromoUse;
use crate::quantity::{CaseSize, Units};
use crate::time::{BusinessDate, TimeRange};

coded_enum! {
    /// 付款方式: how a store pays; when is [`crate::store::PaymentTerms`].
    PaymentForm {
        /// 现金
        Cash = "cash",
        /// 微信
        WeChat = "wechat",
        /// 转账
        Transfer = "transfer",
        /// 挂账 (written 月结 in `payment_methods`)
        OnAccount = "on_account",
    }
}

/// One confirmed line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What.
    pub sku: Sku,
    /// What the owner wanted at step 2.
    pub intended: Units,
    /// What was agreed at step 5; this is what is promised.
    pub confirmed: Units,
    /// 箱规 at confirmation.
    pub case: CaseSize,
    /// The price that the owner was shown, per case.
    pub case_price: Fen,
    /// What the line costs after line promotions.
    pub amount: Fen,
    /// Units with a discount and what is paid of them; they count as delivered first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounted: Vec<(Units, PayShare)>,
}

/// Goods that come free with the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct GiftLine {
    /// What.
    pub sku: Sku,
    /// How many.
    pub units: Units,
    /// By which promotion.
    pub promo: PromoNo,
}

/// Goods that the driver takes back: no amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PickUp {
    /// What.
    pub sku: Sku,
    /// How many.
    pub units: Units,
    /// Why.
    pub reason: ReasonCode,
}

/// What was promised in the shop: the day and the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Promise {
    /// Delivery day.
    pub day: BusinessDate,
    /// Agreed window; `None` = any time of that day.
    pub window: Option<TimeRange>,
}

/// One version of an order. The receiver, the phone and the owner's code travel beside it (1-field 1.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Through all versions.
    pub id: OrderId,
    /// For whom.
    pub store: StoreId,
    /// Lines with a confirmed quantity above zero, one per SKU.
    pub lines: Vec<OrderLine>,
    /// Gifts.
    pub gifts: Vec<GiftLine>,
    /// To be taken back.
    pub pick_ups: Vec<PickUp>,
    /// Cuts on the whole order, as a positive amount.
    pub cuts: Fen,
    /// What was used of which promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promos: Vec<PromoUse>,
    /// When it comes.
    pub promise: Promise,
    /// How it is paid.
    pub payment: PaymentForm,
}

/// Units, or uses of a promotion, that no store has in one order; sums over a year of such numbers still fit their types.
const UNITS_MAX: u32 = 1_000_000;
/// An amount that no store pays for one line: 100 million yuan.
const AMOUNT_MAX: i64 = 10_000_000_000;
/// Lines, gifts and so on that no order has.
const ROWS_MAX: usize = 1_000;

impl Order {
    /// Whether its numbers are those of an order at all. One that is not would break sums over orders of others.
    pub fn is_countable(&self) -> bool {
        let units = |units: Units| units.0 <= UNITS_MAX;
        let amount = |amount: Fen| (-AMOUNT_MAX..=AMOUNT_MAX).contains(&amount.0);
        let line = |line: &OrderLine| {
            units(line.intended)
                && units(line.confirmed)
                && line.case.get() <= UNITS_MAX
                && amount(line.case_price)
                && amount(line.amount)
                && line.discounted.len() <= ROWS_MAX
                && line.discounted.iter().all(|(of, share)| units(*of) && *share <= PayShare::FULL)
        };
        let promo = |promo: &PromoUse| {
            let used = promo.used;
            amount(promo.cut) && used.times <= UNITS_MAX && used.qty_thousandths <= UNITS_MAX * 1_000
        };
        [self.lines.len(), self.gifts.len(), self.pick_ups.len(), self.promos.len()]
            .iter()
            .all(|rows| *rows <= ROWS_MAX)
            && self.lines.iter().all(line)
            && self.gifts.iter().all(|gift| units(gift.units))
            && self.pick_ups.iter().all(|pick_up| units(pick_up.units))
            && self.promos.iter().all(promo)
            && amount(self.cuts)
    }

    /// To pay when everything comes: Σ lines − cuts, never below 0.
    pub fn total(&self) -> Fen {
        (self.lines.iter().map(|line| line.amount).sum::<Fen>() - self.cuts).at_least_zero()
    }

    /// Everything promised of a SKU, gifts included: what a kept promise must bring.
    pub fn promised(&self, sku: Sku) -> Units {
        let lines = self.lines.iter().filter(|line| line.sku == sku).map(|line| line.confirmed);
        let gifts = self.gifts.iter().filter(|gift| gift.sku == sku).map(|gift| gift.units);
        lines.chain(gifts).sum()
    }
}

/// The fact `order_amended`: a whole new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAmended {
    /// The version that the rep saw; another one at the server makes the amendment stale.
    pub base_version: u32,
    /// The new version.
    pub order: Order,
}

/// The fact `order_cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// The version that the rep saw.
    pub base_version: u32,
    /// Which order.
    pub order: OrderId,
    /// Why.
    pub reason: ReasonCode,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::tests::order;

    #[test]
    fn an_order_of_a_store_is_countable_and_one_that_breaks_sums_is_not() {
        let good = order(1, &[("21010019", 24), ("22070012", 45)]);
        assert!(good.is_countable());
        let spoil: [fn(&mut Order); 5] = [
            |order| order.lines[0].confirmed = Units(u32::MAX),
            |order| order.lines[1].amount = Fen(i64::MAX),
            |order| order.cuts = Fen(i64::MIN),
            |order| order.gifts[0].units = Units(1_000_001),
            |order| order.lines[0].discounted = vec![(Units(1), PayShare(1_000_001))],
        ];
        for spoil in spoil {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert!(!bad.is_countable(), "{bad:?}");
        }
    }
}
