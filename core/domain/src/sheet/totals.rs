//! Picking totals and cash: what is loaded tonight and what must come home in the evening.

use std::collections::BTreeMap;

use super::Stop;
use crate::id::Sku;
use crate::money::Fen;
use crate::order::PaymentForm;
use crate::quantity::{CaseSize, CasesAndUnits, Units};

/// What is to be picked of one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PickingTotal {
    /// Ordered lines.
    pub ordered: Units,
    /// Gifts.
    pub gifts: Units,
    /// 箱规, of the first line that names it; `None` for a SKU that comes as a gift only.
    pub case: Option<CaseSize>,
}

impl PickingTotal {
    /// Everything that is loaded.
    pub fn units(&self) -> Units {
        self.ordered + self.gifts
    }

    /// As people load it.
    pub fn cases_and_units(&self, case_of_gifts: CaseSize) -> CasesAndUnits {
        self.units().split(self.case.unwrap_or(case_of_gifts))
    }
}

/// Totals by SKU over some stops: of a sheet, or of one van.
pub fn picking_totals<'a>(stops: impl IntoIterator<Item = &'a Stop>) -> BTreeMap<Sku, PickingTotal> {
    let empty = PickingTotal { ordered: Units::ZERO, gifts: Units::ZERO, case: None };
    let mut totals: BTreeMap<Sku, PickingTotal> = BTreeMap::new();
    for stop in stops {
        for line in &stop.order.lines {
            let total = totals.entry(line.sku).or_insert(empty);
            total.ordered += line.confirmed;
            total.case = total.case.or(Some(line.case));
        }
        for gift in &stop.order.gifts {
            totals.entry(gift.sku).or_insert(empty).gifts += gift.units;
        }
    }
    totals
}

/// What is to be paid, by form; 挂账 stands apart because nobody brings it home.
pub fn cash_to_collect<'a>(stops: impl IntoIterator<Item = &'a Stop>) -> BTreeMap<PaymentForm, Fen> {
    let mut cash = BTreeMap::new();
    for stop in stops {
        *cash.entry(stop.order.payment).or_insert(Fen::ZERO) += stop.order.total();
    }
    cash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::tests::order;

    fn stops() -> Vec<Stop> {
        let mut second = order(2, &[("22070012", 24), ("21010019", 12)]);
        second.payment = PaymentForm::OnAccount;
        [order(1, &[("21010019", 36)]), second]
            .into_iter()
            .map(|order| Stop { order, route_seq: 1, new_store: false })
            .collect()
    }

    #[test]
    fn totals_add_lines_and_gifts_apart() {
        let totals = picking_totals(&stops());
        let noodles = totals[&"21010019".parse().unwrap()];
        assert_eq!((noodles.ordered, noodles.gifts), (Units(48), Units(6)));
        let split = noodles.cases_and_units(CaseSize::new(24).unwrap());
        assert_eq!(split, CasesAndUnits { cases: 2, units: 6 });
    }

    #[test]
    fn cash_stands_by_form() {
        let cash = cash_to_collect(&stops());
        assert_eq!(cash[&PaymentForm::Cash], Fen(6900));
        assert_eq!(cash[&PaymentForm::OnAccount], Fen(6900));
    }
}
