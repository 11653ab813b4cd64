//! 排面: what the office wants to see of a SKU in a shop, and how much of it there is room for.

use crate::count_list::MustSell;
use crate::quantity::{Pack, Units};

use super::base_stock::Limit;
use super::{Advice, Inputs, Suggestion};

/// The shelf of one SKU in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// 最小排面: a facing is at least one unit. The display standards themselves name no SKU.
    pub minimum: Units,
    /// 最多放: shelf and back room together; `None` = nobody measured it.
    pub room: Option<Units>,
}

impl Shelf {
    /// Nothing is known.
    pub const FREE: Self = Self { minimum: Units::ZERO, room: None };

    /// What the active row of the shop's must-sell list says.
    pub fn of(row: Option<&MustSell>) -> Self {
        let units = |units: Option<u32>| units.map(Units);
        Self {
            minimum: units(row.and_then(|row| row.min_facings)).unwrap_or(Units::ZERO),
            room: units(row.and_then(|row| row.max_units)),
        }
    }

    /// Whole packs that still fit beside what is there and on its way; `None` = any number.
    pub(super) fn most(self, inputs: &Inputs, pack: Pack) -> Option<Units> {
        let left = self.room?.saturating_sub(inputs.count_now + inputs.in_transit);
        Some(Units(left.0 - left.0 % pack.get()))
    }

    /// An order that does not fit is made smaller, and says so; whose advice it is plays no part.
    pub(super) fn fit(self, advice: Advice, inputs: &Inputs, pack: Pack) -> Advice {
        match (advice, self.most(inputs, pack)) {
            (Advice::Suggest(said), Some(most)) if said.quantity > most => {
                Advice::Suggest(Suggestion { quantity: most, limit: Some(Limit::Room), ..said })
            }
            _ => advice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::testing::counted;
    use crate::suggestion::{DEFAULT_COEFFICIENT, OneAndAHalf, Packing, Policy, Rounding};

    /// 8 left of 34: the rule wants 31.
    fn fitted(room: Option<u32>, pack: u32) -> (u32, Option<Limit>) {
        let (inputs, pack) = (counted(Some(34), 8), Pack::new(pack).unwrap());
        let advice = OneAndAHalf { coefficient: DEFAULT_COEFFICIENT }
            .advise(&inputs, Packing { pack, rounding: Rounding::Up });
        let shelf = Shelf { room: room.map(Units), ..Shelf::FREE };
        match shelf.fit(advice, &inputs, pack) {
            Advice::Suggest(said) => (said.quantity.0, said.limit),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_in_whole_packs_and_said() {
        assert_eq!(fitted(None, 12), (36, None));
        assert_eq!(fitted(Some(44), 12), (36, None), "just fits");
        assert_eq!(fitted(Some(43), 12), (24, Some(Limit::Room)));
        assert_eq!(fitted(Some(8), 12), (0, Some(Limit::Room)), "full");
        assert_eq!(fitted(Some(0), 1), (0, Some(Limit::Room)), "more is there than there is room for");
        assert_eq!(fitted(Some(20), 1), (12, Some(Limit::Room)));
    }

    #[test]
    fn a_question_stays_one() {
        let inputs = counted(Some(5), 9);
        let shelf = Shelf { room: Some(Units(1)), ..Shelf::FREE };
        assert_eq!(shelf.fit(Advice::FirstCount, &inputs, Pack::ONE), Advice::FirstCount);
    }
}
