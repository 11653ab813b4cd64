//! 新品与缺口: the first quantity of what a shop should sell and does not. How much sells elsewhere is `advisor`'s prior; in
//! which order the screen shows it is `rank`.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::Units;
use crate::store::StoreClass;

use super::base_stock::Limit;
use super::{BaseStock, Inputs, Packing, Sales};

coded_enum! {
    /// Why a shelf should be opened.
    Gap {
        /// 新品: the product is in its launch window.
        Launch = "launch",
        /// 必卖缺口: the store's must-sell list has it.
        MustSell = "must_sell",
    }
}

impl Gap {
    /// Whether a counted SKU is a gap: it is empty, and the shop has no sales of it to go by (counted for the first time, or
    /// nothing sold since the count before). A new product is one at its first count whatever is there: no shop knows yet
    /// what it sells. What cannot be right is asked first.
    pub fn of(is_new: bool, is_must_sell: bool, inputs: &Inputs) -> Option<Self> {
        let is_empty = inputs.count_now.is_zero();
        let is_open = match inputs.sales() {
            Sales::FirstCount => true,
            Sales::Known(sold) => sold.is_zero() && is_empty,
            Sales::ReceiptUnknown | Sales::Negative(_) => false,
        };
        if is_open && is_new {
            return Some(Self::Launch);
        }
        (is_open && is_must_sell && is_empty).then_some(Self::MustSell)
    }
}

/// The first quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Opening {
    /// Why.
    pub gap: Gap,
    /// The stock that lasts until the delivery after the next visit, by what comparable SKUs sell.
    pub target: Units,
    /// In whole packs.
    pub quantity: Units,
    /// Fewer packs than that stock needs: it is a try.
    pub is_capped: bool,
    /// What made it smaller than such a try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

impl Opening {
    /// No more than what fits, and says so, even if that is nothing.
    pub(super) fn within(self, most: Option<Units>) -> Self {
        match most.filter(|most| *most < self.quantity) {
            Some(quantity) => Self { quantity, is_capped: true, limit: Some(Limit::Room), ..self },
            None => self,
        }
    }
}

/// Most packs of a first order. An opening is a try that the shop's own sales must confirm within a visit or two: its size is
/// what a shop of the class can put up and, if nobody asks for it, still sells off before the owner asks to return it.
fn packs_max(class: StoreClass) -> u32 {
    match class {
        StoreClass::A => 4,
        StoreClass::B => 3,
        StoreClass::C => 2,
        StoreClass::D => 1,
    }
}

/// Horizon and certainty are base stock's; an empty shelf gets at least one pack. `None` = what is there and on its way is
/// enough.
pub(super) fn opening(
    gap: Gap,
    policy: &BaseStock,
    inputs: &Inputs,
    class: StoreClass,
    packing: Packing,
) -> Option<Opening> {
    let at_hand = inputs.count_now + inputs.in_transit;
    let target = policy.target(policy.learn(inputs)).stock;
    let least = Units(u32::from(at_hand.is_zero()));
    let wanted = packing.round(target.saturating_sub(at_hand).max(least));
    let quantity = wanted.min(Units(packs_max(class).saturating_mul(packing.pack.get())));
    (!quantity.is_zero()).then_some(Opening {
        gap,
        target,
        quantity,
        is_capped: quantity < wanted,
        limit: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Pack;
    use crate::suggestion::Rounding;
    use crate::suggestion::base_stock::Prior;
    use crate::suggestion::exposure::Exposure;
    use crate::suggestion::state::State;
    use crate::suggestion::testing::counted;

    fn opened(weekly: f64, class: StoreClass, inputs: &Inputs) -> Option<Opening> {
        let prior = Prior::new(weekly, 0.1).unwrap();
        let ahead = Exposure::ordinary(8);
        let policy = BaseStock { ahead, days_ahead: 8, ..BaseStock::of(State::EMPTY, prior) };
        let packing = Packing { pack: Pack::new(12).unwrap(), rounding: Rounding::Up };
        opening(Gap::Launch, &policy, inputs, class, packing)
    }

    fn quantity(weekly: f64, class: StoreClass, inputs: &Inputs) -> Option<u32> {
        opened(weekly, class, inputs).map(|opening| opening.quantity.0)
    }

    #[test]
    fn an_empty_shelf_gets_at_least_a_pack_and_at_most_what_its_class_can_try() {
        let empty = counted(None, 0);
        assert_eq!(quantity(0.01, StoreClass::D, &empty), Some(12));
        let busy = [StoreClass::A, StoreClass::B, StoreClass::C, StoreClass::D]
            .map(|class| quantity(60.0, class, &empty));
        assert_eq!(busy, [Some(48), Some(36), Some(24), Some(12)]);
        assert!(opened(60.0, StoreClass::A, &empty).unwrap().is_capped);
        assert!(!opened(0.01, StoreClass::D, &empty).unwrap().is_capped);
    }

    #[test]
    fn what_does_not_fit_is_not_tried_and_that_is_said() {
        let opening = opened(60.0, StoreClass::A, &counted(None, 0)).unwrap();
        let within = |most: u32| {
            let capped = opening.within(Some(Units(most)));
            (capped.quantity.0, capped.limit)
        };
        assert_eq!(within(48), (48, None));
        assert_eq!(within(24), (24, Some(Limit::Room)));
        assert_eq!(within(0), (0, Some(Limit::Room)), "a shelf smaller than a pack");
    }

    #[test]
    fn what_is_there_or_on_its_way_is_not_opened_again() {
        assert_eq!(quantity(2.0, StoreClass::A, &counted(None, 40)), None);
        let ordered = Inputs { in_transit: Units(24), ..counted(Some(0), 0) };
        assert_eq!(quantity(2.0, StoreClass::A, &ordered), None);
    }

    #[test]
    fn a_gap_has_no_sales_to_go_by() {
        let gap = |previous, now| Gap::of(false, true, &counted(previous, now));
        assert_eq!(gap(None, 0), Some(Gap::MustSell));
        assert_eq!(gap(Some(0), 0), Some(Gap::MustSell));
        assert_eq!(gap(Some(5), 0), None, "it sold");
        assert_eq!(gap(Some(5), 5), None, "it is there");
        assert_eq!(gap(None, 5), None, "it is there, and the shop has sold it without us");
        assert_eq!(Gap::of(true, true, &counted(None, 5)), Some(Gap::Launch));
        assert_eq!(gap(Some(5), 9), None, "asked first");
        let mut unanswered = counted(Some(0), 0);
        unanswered.previous.as_mut().unwrap().received = None;
        assert_eq!(Gap::of(true, true, &unanswered), None);
        assert_eq!(Gap::of(true, true, &counted(None, 0)), Some(Gap::Launch));
        assert_eq!(Gap::of(false, false, &counted(None, 0)), None);
    }
}
