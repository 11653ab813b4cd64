//! The driver's result of one stop: what was handed over, what was refused, what was missing, what came back
//! (1-field 1.3). Who is to blame for a broken promise is a figure; what is to be paid is settled by `promotion`.

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, ReasonCode, RecordId, Sku};
use crate::ledger::DeliveryLine;
use crate::money::Fen;
use crate::order::Order;
use crate::order_state::Outcome;
use crate::quantity::Units;
use crate::stamp::Millis;

/// What came of one line or gift. What was neither delivered nor refused was short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultLine {
    /// What.
    pub sku: Sku,
    /// A gift, not an ordered line.
    #[serde(default)]
    pub gift: bool,
    /// Handed over.
    pub delivered: Units,
    /// Brought and not taken.
    #[serde(default)]
    pub refused: Units,
    /// Why it was refused, or why it was short.
    #[serde(default)]
    pub reason: Option<ReasonCode>,
}

/// The result of one stop, sent once under its own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryResult {
    /// The client's id: sent again, it changes nothing.
    pub id: RecordId,
    /// Which order.
    pub order: OrderId,
    /// When, by the page's clock corrected by the server's, at most its receipt.
    pub at: Millis,
    /// One row per line and gift; a row that is missing counts as not delivered.
    pub lines: Vec<ResultLine>,
    /// Taken in.
    pub paid: Fen,
    /// Taken back.
    #[serde(default)]
    pub picked_up: Vec<(Sku, Units)>,
    /// Why there is no owner's code; `None` = it was asked and was right.
    #[serde(default)]
    pub no_code: Option<ReasonCode>,
}

/// A result that does not fit its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResultError {
    /// Nobody ordered this.
    #[error("{0} is not on this stop")]
    NotOnStop(Sku),
    /// More than there was.
    #[error("more of {sku} than the {confirmed:?} of this stop")]
    TooMuch {
        /// Which.
        sku: Sku,
        /// What the stop has.
        confirmed: Units,
    },
    /// Something is missing without a reason.
    #[error("{0} was not delivered in full: a reason is needed")]
    ReasonMissing(Sku),
}

impl ResultError {
    /// The stable code; people see a text chosen by it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOnStop(_) => "not_on_stop",
            Self::TooMuch { .. } => "too_much",
            Self::ReasonMissing(_) => "reason_missing",
        }
    }

    /// What does not fit.
    pub fn sku(self) -> Sku {
        match self {
            Self::NotOnStop(sku) | Self::TooMuch { sku, .. } | Self::ReasonMissing(sku) => sku,
        }
    }
}

impl DeliveryResult {
    /// Everything came.
    pub fn in_full(id: RecordId, order: &Order, at: Millis) -> Self {
        let row =
            |sku, gift, delivered| ResultLine { sku, gift, delivered, refused: Units::ZERO, reason: None };
        let lines = order.lines.iter().map(|line| row(line.sku, false, line.confirmed));
        let gifts = gifts_by_sku(order).into_iter().map(|(sku, units)| row(sku, true, units));
        Self {
            id,
            order: order.id,
            at,
            lines: lines.chain(gifts).collect(),
            paid: order.total(),
            picked_up: order.pick_ups.iter().map(|pick_up| (pick_up.sku, pick_up.units)).collect(),
            no_code: None,
        }
    }

    /// Checks a result against the order as it stands. It may have changed since the driver's page was loaded.
    ///
    /// # Errors
    /// The first row that does not fit; a person decides then.
    pub fn check(&self, order: &Order) -> Result<(), ResultError> {
        for row in &self.lines {
            let confirmed = confirmed(order, row.sku, row.gift).ok_or(ResultError::NotOnStop(row.sku))?;
            if self.brought(row) > confirmed {
                return Err(ResultError::TooMuch { sku: row.sku, confirmed });
            }
            if row.delivered < confirmed && row.reason.is_none() {
                return Err(ResultError::ReasonMissing(row.sku));
            }
        }
        Ok(())
    }

    /// What all rows of a row's product tell: two of one line are no more than the line.
    fn brought(&self, row: &ResultLine) -> Units {
        let same = self.lines.iter().filter(|line| (line.sku, line.gift) == (row.sku, row.gift));
        same.map(|line| line.delivered + line.refused).sum()
    }

    /// How the stop ended.
    pub fn outcome(&self, order: &Order) -> Outcome {
        let lines = self.ledger_lines(order);
        let is_full = |line: &DeliveryLine| line.delivered.is_some_and(|units| units >= line.confirmed);
        if lines.iter().all(is_full) {
            return Outcome::Delivered;
        }
        let nothing = lines.iter().all(|line| line.delivered.is_none_or(Units::is_zero));
        let refused = self.lines.iter().any(|row| !row.refused.is_zero());
        if nothing && refused { Outcome::Refused } else { Outcome::Short }
    }

    /// What the ledger keeps, one row per SKU: lines and gifts of a SKU are one there.
    pub fn ledger_lines(&self, order: &Order) -> Vec<DeliveryLine> {
        let mut rows = ledger_lines(order);
        for line in self.lines.iter().filter(|line| !line.delivered.is_zero()) {
            // What was taken off the order and handed over all the same is in the store.
            if rows.iter().all(|row| row.sku != line.sku) {
                rows.push(row_of(line.sku, Units::ZERO));
            }
        }
        for row in &mut rows {
            let delivered = self.lines.iter().filter(|line| line.sku == row.sku).map(|line| line.delivered);
            row.delivered = Some(delivered.sum());
        }
        for (sku, units) in &self.picked_up {
            match rows.iter_mut().find(|row| row.sku == *sku) {
                Some(row) => row.picked_up += *units,
                None => rows.push(DeliveryLine {
                    delivered: Some(Units::ZERO),
                    picked_up: *units,
                    ..row_of(*sku, Units::ZERO)
                }),
            }
        }
        rows
    }
}

/// What the ledger keeps of an order on its way.
pub fn ledger_lines(order: &Order) -> Vec<DeliveryLine> {
    let mut rows: Vec<DeliveryLine> = Vec::with_capacity(order.lines.len());
    let lines = order.lines.iter().map(|line| (line.sku, line.confirmed));
    for (sku, units) in lines.chain(order.gifts.iter().map(|gift| (gift.sku, gift.units))) {
        match rows.iter_mut().find(|row| row.sku == sku) {
            Some(row) => row.confirmed += units,
            None => rows.push(row_of(sku, units)),
        }
    }
    rows
}

fn row_of(sku: Sku, confirmed: Units) -> DeliveryLine {
    DeliveryLine { sku, confirmed, delivered: None, carried: Units::ZERO, picked_up: Units::ZERO }
}

/// Gifts of one SKU are handed over together, whatever promotions they come from.
pub fn gifts_by_sku(order: &Order) -> Vec<(Sku, Units)> {
    let mut gifts: Vec<(Sku, Units)> = Vec::new();
    for gift in &order.gifts {
        match gifts.iter_mut().find(|(sku, _)| *sku == gift.sku) {
            Some((_, units)) => *units += gift.units,
            None => gifts.push((gift.sku, gift.units)),
        }
    }
    gifts
}

fn confirmed(order: &Order, sku: Sku, gift: bool) -> Option<Units> {
    if gift {
        return gifts_by_sku(order).into_iter().find(|(of, _)| *of == sku).map(|(_, units)| units);
    }
    order.lines.iter().find(|line| line.sku == sku).map(|line| line.confirmed)
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::StoreId;
    use crate::order::{GiftLine, OrderLine, PaymentForm, Promise};
    use crate::quantity::CaseSize;

    /// An order of `(sku, units)` lines at 46.00 a case of 24, one gift of the first SKU.
    pub(crate) fn order(n: u128, lines: &[(&str, u32)]) -> Order {
        let case = CaseSize::new(24).unwrap();
        let line = |(sku, units): &(&str, u32)| OrderLine {
            sku: sku.parse().unwrap(),
            intended: Units(*units),
            confirmed: Units(*units),
            case,
            case_price: Fen(4600),
            amount: Fen::line(Fen(4600), Units(*units), case),
            discounted: vec![],
        };
        let lines: Vec<_> = lines.iter().map(line).collect();
        let gifts = lines.first().map(|line| GiftLine {
            sku: line.sku,
            units: Units(6),
            promo: "P2601".parse().unwrap(),
        });
        Order {
            id: OrderId(Uuid::from_u128(n)),
            store: StoreId(Uuid::from_u128(n)),
            lines,
            gifts: gifts.into_iter().collect(),
            pick_ups: vec![],
            cuts: Fen::ZERO,
            promos: vec![],
            promise: Promise { day: "2026-07-28".parse().unwrap(), window: None },
            payment: PaymentForm::Cash,
        }
    }

    fn full(order: &Order) -> DeliveryResult {
        DeliveryResult::in_full(RecordId(Uuid::nil()), order, Millis(0))
    }

    #[test]
    fn a_full_delivery_fits_and_brings_lines_and_gifts() {
        let order = order(1, &[("21010019", 24), ("22070012", 48)]);
        let result = full(&order);
        assert_eq!(result.check(&order), Ok(()));
        assert_eq!(result.outcome(&order), Outcome::Delivered);
        assert_eq!(result.paid, Fen(13_800));
        let delivered: Vec<_> = result.ledger_lines(&order).iter().map(|line| line.delivered).collect();
        assert_eq!(delivered, [Some(Units(30)), Some(Units(48))]);
    }

    #[test]
    fn a_short_line_needs_a_reason_and_makes_the_order_short() {
        let order = order(1, &[("21010019", 24)]);
        let mut result = full(&order);
        result.lines[0].delivered = Units(12);
        assert_eq!(result.check(&order), Err(ResultError::ReasonMissing("21010019".parse().unwrap())));
        result.lines[0].reason = Some("out_of_stock".parse().unwrap());
        assert_eq!(result.check(&order), Ok(()));
        assert_eq!(result.outcome(&order), Outcome::Short);
    }

    #[test]
    fn a_missing_gift_makes_the_order_short() {
        let order = order(1, &[("21010019", 24)]);
        let mut result = full(&order);
        result.lines.retain(|row| !row.gift);
        assert_eq!(result.outcome(&order), Outcome::Short);
    }

    #[test]
    fn an_owner_who_takes_nothing_refused() {
        let order = order(1, &[("21010019", 24)]);
        let mut result = full(&order);
        for row in &mut result.lines {
            (row.refused, row.delivered) = (row.delivered, Units::ZERO);
            row.reason = Some("not_ordered".parse().unwrap());
        }
        assert_eq!(result.check(&order), Ok(()));
        assert_eq!(result.outcome(&order), Outcome::Refused);
    }

    #[test]
    fn nothing_can_be_delivered_that_is_not_on_the_stop() {
        let order = order(1, &[("21010019", 24)]);
        let mut result = full(&order);
        result.lines[0].delivered = Units(25);
        assert!(matches!(result.check(&order), Err(ResultError::TooMuch { .. })));
        result.lines[0].delivered = Units(13);
        result.lines[0].reason = Some("out_of_stock".parse().unwrap());
        result.lines.push(result.lines[0].clone());
        assert!(matches!(result.check(&order), Err(ResultError::TooMuch { .. })), "13 and 13 are 26");
        result.lines[0].sku = "22070012".parse().unwrap();
        assert!(matches!(result.check(&order), Err(ResultError::NotOnStop(_))));
    }

    #[test]
    fn what_was_handed_over_beside_the_order_is_in_the_store() {
        let before = order(1, &[("21010019", 24), ("22070012", 48)]);
        let rows = full(&before).ledger_lines(&order(1, &[("21010019", 24)]));
        let rows: Vec<_> = rows.iter().map(|row| (row.confirmed, row.delivered)).collect();
        assert_eq!(rows, [(Units(30), Some(Units(30))), (Units::ZERO, Some(Units(48)))]);
    }

    #[test]
    fn goods_taken_back_leave_the_store() {
        let order = order(1, &[("21010019", 24)]);
        let mut result = full(&order);
        result.picked_up =
            vec![("21010019".parse().unwrap(), Units(3)), ("22070012".parse().unwrap(), Units(2))];
        let rows = result.ledger_lines(&order);
        assert_eq!(rows.iter().map(|row| row.picked_up).collect::<Vec<_>>(), [Units(3), Units(2)]);
    }
}
