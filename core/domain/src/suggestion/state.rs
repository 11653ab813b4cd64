//! What is remembered between visits: two sums per store × SKU, published as bit patterns. What they mean is `base_stock`.
//! They are computed with 53 bits and kept with 24: a seventh digit of what a shop sells is noise, and noise does not shrink
//! on the way to the phone (docs/adr/0010).

use super::exposure::Exposure;

/// δ^(1/7) for δ = 0.9 a week: a day's part of what is forgotten.
const DAY_DECAY: f64 = 0.985_061_205_441_115_5;
/// What is remembered of one SKU in one store: units sold and ordinary weeks, both fading by δ a week. 8 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct State {
    /// A, in units.
    sales: f32,
    /// B, in ordinary weeks.
    exposure: f32,
}

impl State {
    /// Nothing seen yet.
    pub const EMPTY: Self = Self { sales: 0.0, exposure: 0.0 };

    /// A and B as they were published; `None` for what is no state (negative, infinite, no number).
    pub fn from_bits(bits: [u32; 2]) -> Option<Self> {
        let [sales, exposure] = bits.map(f32::from_bits);
        let sound = |value: f32| value.is_finite() && value >= 0.0;
        (sound(sales) && sound(exposure)).then_some(Self { sales, exposure })
    }

    /// The same bits on every platform.
    pub fn to_bits(self) -> [u32; 2] {
        [self.sales.to_bits(), self.exposure.to_bits()]
    }

    /// A: remembered units.
    pub fn sales(self) -> f64 {
        f64::from(self.sales)
    }

    /// B: remembered ordinary weeks.
    pub fn exposure(self) -> f64 {
        f64::from(self.exposure)
    }

    /// Time passes and nothing is learnt: the visit had no usable count of this SKU.
    #[must_use]
    pub fn rested(self, days: u32) -> Self {
        let decay = decay(days);
        Self::rounded(decay * self.sales(), decay * self.exposure())
    }

    /// A visit `days` after the one before: A ← δ^w·A + y, B ← δ^w·B + e.
    #[must_use]
    pub fn after(self, days: u32, exposure: Exposure, wanted: f64) -> Self {
        let decay = decay(days);
        Self::rounded(decay * self.sales() + wanted, decay * self.exposure() + exposure.weeks())
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded to nearest, ties to even, on every platform"
    )]
    pub(super) fn rounded(sales: f64, exposure: f64) -> Self {
        Self { sales: sales as f32, exposure: exposure as f32 }
    }
}

/// δ^(days/7) by squaring: multiplications alone, so that no library's power decides a bit.
pub(super) fn decay(days: u32) -> f64 {
    let (mut result, mut factor, mut left) = (1.0, DAY_DECAY, days);
    while left > 0 {
        if left & 1 == 1 {
            result *= factor;
        }
        factor *= factor;
        left >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(sales: f64, exposure: f64) -> State {
        State::rounded(sales, exposure)
    }

    #[test]
    fn a_week_is_remembered_with_nine_tenths() {
        let after = state(10.0, 2.0).after(7, Exposure::ordinary(7), 5.0);
        assert!((after.sales() - 14.0).abs() < 1e-6 && (after.exposure() - 2.8).abs() < 1e-6, "{after:?}");
        assert!((decay(7) - 0.9).abs() < 1e-15 && (decay(364) - 0.9f64.powi(52)).abs() < 1e-15);
        assert_eq!((decay(0), decay(1)), (1.0, DAY_DECAY));
    }

    #[test]
    fn bits_that_are_no_state_are_refused() {
        let kept = state(13.25, 4.5);
        assert_eq!(State::from_bits(kept.to_bits()), Some(kept));
        for broken in [-1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(State::from_bits([broken.to_bits(), 0]), None);
            assert_eq!(State::from_bits([0, broken.to_bits()]), None);
        }
    }

    proptest! {
        #[test]
        fn time_only_fades(sales in 0.0f64..1e9, exposure in 0.0f64..20.0, days in 0u32..5_000, more in 0u32..5_000) {
            let (sooner, later) = (state(sales, exposure).rested(days), state(sales, exposure).rested(days + more));
            prop_assert!(later.sales <= sooner.sales && later.exposure <= sooner.exposure);
            prop_assert!(sooner.sales <= state(sales, exposure).sales);
        }
    }
}
