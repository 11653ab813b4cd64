//! Step 5, 订单确认: the confirmed order with its promise, or no order with a reason.

use serde::{Deserialize, Serialize};

use crate::id::ReasonCode;
use crate::order::{Order, PaymentForm};
use crate::store::PaymentTerms;

/// The record of step 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderConfirmation {
    /// Confirmed.
    Order(Box<Order>),
    /// No order today, for a reason from the company's list; the step is done all the same.
    NoOrder {
        /// Why.
        reason: ReasonCode,
    },
}

impl OrderConfirmation {
    /// The order, if there is one.
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::NoOrder { .. } => None,
        }
    }
}

/// The payment forms a store may choose from: what the distributor takes, and 挂账 only if the terms are not 现结
/// (1-field 1.5).
pub fn payment_forms(distributor: &[PaymentForm], terms: PaymentTerms) -> Vec<PaymentForm> {
    let allowed = |form: &&PaymentForm| **form != PaymentForm::OnAccount || terms != PaymentTerms::Cash;
    distributor.iter().filter(allowed).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_account_needs_terms() {
        assert!(!payment_forms(PaymentForm::ALL, PaymentTerms::Cash).contains(&PaymentForm::OnAccount));
        assert_eq!(payment_forms(PaymentForm::ALL, PaymentTerms::Monthly30), PaymentForm::ALL);
        assert_eq!(payment_forms(&[PaymentForm::Cash], PaymentTerms::Weekly), [PaymentForm::Cash]);
    }
}
