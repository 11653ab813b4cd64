//! Units of one stack group: which are still free, which are discounted. Units of a SKU are numbered from 0 and taken
//! from the front, so that discounts of different groups can be laid over each other unit by unit.

use super::{Promotion, QtyUnit, Wanted};
use crate::money::PayShare;
use crate::quantity::CaseSize;

/// A run of units of one line with a discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Discounted {
    pub(super) line: usize,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) share: PayShare,
}

/// The free units of a group, per line.
#[derive(Debug, Clone)]
pub(super) struct Free<'a> {
    pub(super) wanted: &'a [Wanted],
    taken: Vec<u32>,
}

impl<'a> Free<'a> {
    pub(super) fn all(wanted: &'a [Wanted]) -> Self {
        Self { wanted, taken: vec![0; wanted.len()] }
    }

    pub(super) fn units(&self, line: usize) -> u32 {
        self.wanted[line].units.0 - self.taken[line]
    }

    /// Takes units of one line; gives the number of the first.
    pub(super) fn take(&mut self, line: usize, units: u32) -> u32 {
        let from = self.taken[line];
        self.taken[line] += units;
        from
    }

    /// The lines of a promotion in the order of consumption.
    pub(super) fn lines_of(&self, promotion: &Promotion) -> Vec<usize> {
        let mut lines: Vec<usize> =
            (0..self.wanted.len()).filter(|line| promotion.covers(self.wanted[*line].sku)).collect();
        let place = |line: &usize| {
            let wanted = &self.wanted[*line];
            (promotion.skus.iter().position(|sku| *sku == wanted.sku), wanted.position)
        };
        lines.sort_by_key(place);
        lines
    }
}

/// Exact quantities of several SKUs together: a case of each weighs the same whole number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    unit: QtyUnit,
    /// Weight of one `QtyUnit`.
    pub(super) whole: u64,
}

impl Scale {
    pub(super) fn of(unit: QtyUnit, wanted: &[Wanted]) -> Self {
        let whole = match unit {
            QtyUnit::Unit => 1,
            QtyUnit::Case => wanted.iter().map(|wanted| u64::from(wanted.case.get())).fold(1, lcm),
        };
        Self { unit, whole }
    }

    /// Weight of one unit of a SKU.
    pub(super) fn weight(self, case: CaseSize) -> u64 {
        match self.unit {
            QtyUnit::Unit => 1,
            QtyUnit::Case => self.whole / u64::from(case.get()),
        }
    }
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
