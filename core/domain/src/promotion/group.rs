//! Stack groups: who computes together in which order (rule 4), and which units of a group are still free (rule 3).
//! Units of a SKU are numbered from 0 and taken from the front, so that discounts of different groups can be laid over
//! each other unit by unit. What a promotion does with its units is `effect`.

use std::collections::BTreeMap;

use super::{Buyer, Promotion, QtyUnit, StackRule, Wanted};
use crate::money::PayShare;
use crate::quantity::CaseSize;

/// Promotions that apply and see each other, in the order of their turns: priority, ties by number.
#[derive(Debug)]
pub(super) enum Group<'a> {
    /// A unit serves one of them.
    Exclusive(Vec<&'a Promotion>),
    /// One of them applies, the best.
    BestOne(Vec<&'a Promotion>),
}

/// The groups that apply to a buyer (independent ones first, each alone), and the promotions on the sum after them.
pub(super) fn groups<'a>(promotions: &'a [Promotion], buyer: &Buyer) -> (Vec<Group<'a>>, Vec<&'a Promotion>) {
    let mut applying: Vec<&Promotion> = promotions.iter().filter(|p| p.applies_to(buyer)).collect();
    applying.sort_by_key(|promotion| (promotion.priority, promotion.no));
    let (mut alone, mut on_sum) = (Vec::new(), Vec::new());
    let mut named: BTreeMap<&str, Vec<&Promotion>> = BTreeMap::new();
    for promotion in applying {
        match (promotion.rule, &promotion.group) {
            (StackRule::StackAfterLine, _) => on_sum.push(promotion),
            (StackRule::Independent, _) | (_, None) => alone.push(Group::Exclusive(vec![promotion])),
            (_, Some(group)) => named.entry(group).or_default().push(promotion),
        }
    }
    let named = named.into_values().map(|members| {
        let is_best_one = members.iter().any(|promotion| promotion.rule == StackRule::BestOne);
        if is_best_one { Group::BestOne(members) } else { Group::Exclusive(members) }
    });
    (alone.into_iter().chain(named).collect(), on_sum)
}

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

    /// Takes units of one line, at most what is free; gives the number of the first.
    pub(super) fn take(&mut self, line: usize, units: u32) -> u32 {
        let from = self.taken[line];
        self.taken[line] += units.min(self.units(line));
        from
    }

    /// Exact quantity of what is free of several lines.
    pub(super) fn weight(&self, lines: &[usize], scale: Scale) -> u64 {
        let weights = lines.iter().map(|line| (self.units(*line), scale.weight(self.wanted[*line].case)));
        weights.fold(0, |sum, (units, of_one)| sum.saturating_add(u64::from(units) * of_one))
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

/// Exact quantities of several SKUs together: a case of each weighs the same whole number, their common multiple.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    unit: QtyUnit,
    /// Weight of one `QtyUnit`.
    pub(super) whole: u64,
}

impl Scale {
    /// The common multiple ends here (real case sizes need 120), so that no weight overflows. A case size that no longer
    /// fits weighs less than it should, down to nothing: never a benefit too many.
    const MOST: u64 = u32::MAX as u64;

    pub(super) fn of(unit: QtyUnit, promotion: &Promotion, wanted: &[Wanted]) -> Self {
        let covered = wanted.iter().filter(|wanted| promotion.covers(wanted.sku));
        let whole = match unit {
            QtyUnit::Unit => 1,
            QtyUnit::Case => covered.map(|wanted| u64::from(wanted.case.get())).fold(1, |whole, case| {
                Some(lcm(whole, case)).filter(|next| *next <= Self::MOST).unwrap_or(whole)
            }),
        };
        Self { unit, whole }
    }

    /// Weight of so many `QtyUnit`.
    pub(super) fn of_whole(self, quantity: u32) -> u64 {
        u64::from(quantity) * self.whole
    }

    /// Weight of one unit of a SKU.
    pub(super) fn weight(self, case: CaseSize) -> u64 {
        match self.unit {
            QtyUnit::Unit => 1,
            QtyUnit::Case => self.whole / u64::from(case.get()),
        }
    }

    /// A weight in thousandths of the `QtyUnit`, rounded up.
    pub(super) fn thousandths(self, weight: u64) -> u32 {
        u32::try_from(weight.saturating_mul(1000).div_ceil(self.whole)).unwrap_or(u32::MAX)
    }
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
