//! The words of the office's files and what they mean.

use xundian_domain::order::PaymentForm;
use xundian_domain::store::{Channel, PaymentTerms};

pub(super) const CHANNELS: &[(&str, Channel)] = &[
    ("士多", Channel::Kiosk),
    ("食杂", Channel::Grocery),
    ("便利", Channel::Convenience),
    ("商超", Channel::Supermarket),
    ("餐饮", Channel::Restaurant),
    ("学校", Channel::School),
    ("网吧", Channel::NetCafe),
];

pub(super) const TERMS: &[(&str, PaymentTerms)] =
    &[("现结", PaymentTerms::Cash), ("周结", PaymentTerms::Weekly), ("月结30天", PaymentTerms::Monthly30)];

pub(super) const PAYMENT: &[(&str, PaymentForm)] = &[
    ("现金", PaymentForm::Cash),
    ("微信", PaymentForm::WeChat),
    ("转账", PaymentForm::Transfer),
    ("月结", PaymentForm::OnAccount),
];

pub(super) const YES_NO: &[(&str, bool)] = &[("Y", true), ("N", false)];

pub(super) const ONE_ZERO: &[(&str, bool)] = &[("1", true), ("0", false)];

/// A decimal with two places, in hundredths: 1.5, 1.50 → 150.
pub(super) fn hundredths(text: &str) -> Option<u32> {
    let fen: xundian_domain::Fen = text.parse().ok()?;
    u32::try_from(fen.0).ok()
}
