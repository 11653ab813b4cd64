//! 促销: what a promotion is, to whom it applies, and what it gives (data set README, "Promotions", rules 1–8).
//! Pricing an order with all of them is `engine`; money is rounded in `money` only.

mod effect;
mod engine;
mod group;
mod missing;
mod settle;
#[cfg(test)]
mod worked;

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::{DistributorNo, PromoNo, Sku};
use crate::money::Fen;
use crate::quantity::{CaseSize, Units};
use crate::store::{Channel, StoreClass};
use crate::time::BusinessDate;

pub use engine::{Priced, price_order};
pub use missing::{Missing, missing_for_next};
pub use settle::{Handed, to_collect};

coded_enum! {
    /// In what `min_qty` and `cap_qty` count.
    QtyUnit {
        /// 箱: units ÷ units per case, exact.
        Case = "case",
        /// The smallest unit (提, 瓶).
        Unit = "unit",
    }
}

coded_enum! {
    /// 叠加规则, the same for a whole group.
    StackRule {
        /// A unit serves one promotion of the group; lowest priority first.
        ExclusiveInGroup = "EXCLUSIVE_IN_GROUP",
        /// Only the best promotion of the group applies.
        BestOne = "BEST_ONE",
        /// Looks at the sum after line promotions.
        StackAfterLine = "STACK_AFTER_LINE",
        /// Alone.
        Independent = "INDEPENDENT",
    }
}

coded_enum! {
    /// 上限周期, by business date.
    CapPeriod {
        /// Each order anew.
        Order = "order",
        /// Calendar month.
        Month = "month",
        /// As long as it runs.
        Promotion = "promotion",
    }
}

coded_enum! {
    /// 费用承担: who bears the cost. The store's price does not depend on it.
    Payer {
        /// 公司
        Company = "company",
        /// 经销商
        Distributor = "distributor",
    }
}

impl CapPeriod {
    /// The name of the period that a date falls in; uses are counted under it. `None` = nothing to remember.
    pub fn key(self, date: BusinessDate) -> Option<String> {
        match self {
            Self::Order => None,
            Self::Month => Some(date.0.format("%Y-%m").to_string()),
            Self::Promotion => Some("all".to_owned()),
        }
    }
}

/// What the store gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Benefit {
    /// 买赠: gifts per full `min_qty`.
    BuyGift {
        /// Per gift.
        min_qty: u32,
        /// Of `min_qty`.
        unit: QtyUnit,
        /// What is given.
        gift: Sku,
        /// How many per time.
        gift_units: Units,
    },
    /// 折扣: from `min_qty` on, all of it.
    Discount {
        /// Once reached.
        min_qty: u32,
        /// Of `min_qty` and `cap_qty`.
        unit: QtyUnit,
        /// 95 = 9.5折.
        pay_pct: u8,
    },
    /// 满减: per full `min_amount`.
    FullCut {
        /// 满额.
        min_amount: Fen,
        /// 减额.
        cut: Fen,
    },
    /// 组合: per whole set.
    Combo {
        /// One set, in order units.
        set: Vec<(Sku, u32)>,
        /// 减额.
        cut: Fen,
    },
    /// 陈列奖励: not an order promotion; an approval grants the gift.
    DisplayReward {
        /// What is given.
        gift: Sku,
        /// How many.
        gift_units: Units,
    },
}

/// One promotion as the office keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// 促销编号.
    pub no: PromoNo,
    /// 名称.
    pub name: String,
    /// What it gives.
    pub benefit: Benefit,
    /// First business date.
    pub valid_from: BusinessDate,
    /// Last business date, included.
    pub valid_to: BusinessDate,
    /// In the order of consumption; empty = all.
    pub skus: Vec<Sku>,
    /// Empty = all.
    pub channels: Vec<Channel>,
    /// Empty = all.
    pub classes: Vec<StoreClass>,
    /// Empty = all.
    pub distributors: Vec<DistributorNo>,
    /// Quantities add up over the SKUs.
    pub mix: bool,
    /// Most gifts, sets, cuts; for a discount orders.
    pub cap_times: Option<u32>,
    /// Most discounted quantity.
    pub cap_qty: Option<u32>,
    /// Of the caps.
    pub cap_period: CapPeriod,
    /// 互斥组.
    pub group: Option<String>,
    /// 叠加规则.
    pub rule: StackRule,
    /// Lowest first.
    pub priority: u32,
    /// 费用承担; `None` in rows that were published without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
}

/// Who buys, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// Business date of confirmation.
    pub date: BusinessDate,
    /// 渠道.
    pub channel: Channel,
    /// 等级.
    pub class: StoreClass,
    /// Who delivers.
    pub distributor: DistributorNo,
}

impl Promotion {
    /// Whether it applies (rule 1).
    pub fn applies_to(&self, buyer: &Buyer) -> bool {
        fn fits<T: PartialEq>(list: &[T], value: &T) -> bool {
            list.is_empty() || list.contains(value)
        }
        self.valid_from <= buyer.date
            && buyer.date <= self.valid_to
            && fits(&self.channels, &buyer.channel)
            && fits(&self.classes, &buyer.class)
            && fits(&self.distributors, &buyer.distributor)
    }

    /// Whether the SKU counts for it.
    pub fn covers(&self, sku: Sku) -> bool {
        self.skus.is_empty() || self.skus.contains(&sku)
    }
}

/// One SKU of an order that is to be priced. Gifts are not among them: they never count towards a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What; once per order.
    pub sku: Sku,
    /// How many.
    pub units: Units,
    /// 箱规.
    pub case: CaseSize,
    /// Units in an order unit: a case, or 1.
    pub order_unit: u32,
    /// Price of a case on the business date.
    pub case_price: Fen,
    /// Place in skus.csv: the order of consumption where the promotion names none.
    pub position: u32,
}

/// What was used of a promotion: in one order, or before it within the cap's period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Used {
    /// Gifts, sets, cuts; for a discount orders.
    pub times: u32,
    /// Discounted quantity in thousandths of its unit, rounded up.
    pub qty_thousandths: u32,
}

/// One promotion's effect on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PromoUse {
    /// Which.
    pub promo: PromoNo,
    /// How much of its caps.
    #[serde(flatten)]
    pub used: Used,
    /// Taken off the whole order by it.
    pub cut: Fen,
}

#[cfg(test)]
mod tests {
    use super::engine::tests::{buyer, promotion};
    use super::*;

    fn tea() -> Promotion {
        promotion(
            "P2604",
            Benefit::DisplayReward { gift: "22070012".parse().unwrap(), gift_units: Units(15) },
            &[],
        )
    }

    #[test]
    fn uses_are_counted_under_the_period_of_the_cap() {
        let date = "2026-07-28".parse().unwrap();
        let keys = [CapPeriod::Order, CapPeriod::Month, CapPeriod::Promotion].map(|period| period.key(date));
        assert_eq!(keys, [None, Some("2026-07".to_owned()), Some("all".to_owned())]);
    }

    #[test]
    fn an_empty_list_means_everybody_and_a_list_only_those_on_it() {
        let mut tea = tea();
        assert!(tea.applies_to(&buyer("2026-07-28")) && tea.covers("22070012".parse().unwrap()));
        tea.channels = vec![Channel::Supermarket, Channel::Convenience];
        assert!(tea.applies_to(&buyer("2026-07-28")));
        tea.distributors = vec!["D03".parse().unwrap()];
        assert!(!tea.applies_to(&buyer("2026-07-28")));
        tea.skus = vec!["21010019".parse().unwrap()];
        assert!(!tea.covers("22070012".parse().unwrap()));
    }

    #[test]
    fn a_promotion_survives_the_wire() {
        let with_payer = Promotion { payer: Some(Payer::Distributor), ..tea() };
        for promotion in [tea(), with_payer] {
            let text = serde_json::to_string(&promotion).unwrap();
            assert_eq!(serde_json::from_str::<Promotion>(&text).unwrap(), promotion);
        }
    }
}
