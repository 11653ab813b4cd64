//! From replays to the JSON that is published: the shapes are part of the contract, the figures are `compare`.

use serde::Serialize;
use xundian_domain::suggestion::Coefficient;
use xundian_domain::suggestion::base_stock::ServiceLevel;
use xundian_domain::suggestion::prior::Shrinkage;

use crate::compare::{Curve, Estimate};
use crate::plan::Plan;
use crate::replay::{Conditions, Dial, Replayed, replay};
use crate::sales::World;
use crate::totals::{Groups, Totals};
use crate::{Outcome, Trouble};

/// Both policies over all dials.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// Coefficients.
    pub rule: Vec<(f64, Replayed)>,
    /// Service levels.
    pub base_stock: Vec<(f64, Replayed)>,
}

/// Replays every dial, on as many cores as there are.
pub fn sweep(world: &World, plan: &Plan, realistic: bool, shrinkage: Shrinkage) -> Sweep {
    let conditions = Conditions { plan, realistic, shrinkage };
    let coefficients = plan.dials.rule_hundredths.iter();
    let rules = coefficients.map(|c| (f64::from(*c) / 100.0, Dial::Rule(Coefficient(*c))));
    let levels = plan.dials.base_stock_per_mille.iter();
    let levels =
        levels.filter_map(|p| Some((f64::from(*p) / 1000.0, Dial::BaseStock(ServiceLevel::new(*p)?))));
    let rule = parallel(&rules.collect::<Vec<_>>(), |dial| replay(world, dial, conditions));
    let base_stock = parallel(&levels.collect::<Vec<_>>(), |dial| replay(world, dial, conditions));
    Sweep { rule, base_stock }
}

fn parallel(dials: &[(f64, Dial)], run: impl Fn(Dial) -> Replayed + Sync) -> Vec<(f64, Replayed)> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let part = dials.len().div_ceil(threads).max(1);
    let run = &run;
    std::thread::scope(|scope| {
        let workers: Vec<_> = dials
            .chunks(part)
            .map(|chunk| {
                scope.spawn(|| chunk.iter().map(|(dial, what)| (*dial, run(*what))).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

/// `--sales FILE --json OUT`.
#[derive(Debug, Clone, Serialize)]
pub struct SalesReport {
    /// The rule, then base stock.
    pub policies: Vec<PolicyReport>,
}

/// A policy of [`SalesReport`].
#[derive(Debug, Clone, Serialize)]
pub struct PolicyReport {
    /// Its code.
    pub policy: &'static str,
    /// One row per dial.
    pub points: Vec<PointReport>,
    /// Where its stock is that of the rule with this coefficient; `null` outside of the swept dials.
    pub at_rule_stock: std::collections::BTreeMap<&'static str, Option<PointReport>>,
}

/// The figures of a dial.
#[derive(Debug, Clone, Serialize)]
pub struct PointReport {
    /// Coefficient or service level; interpolated like the rest.
    pub dial: f64,
    /// Units per store × SKU in the evening.
    pub average_stock: f64,
    /// Share of the demand that was served.
    pub fill_rate: f64,
    /// Share of counts that found nothing.
    pub empty_shelf_share: f64,
    /// Per visit of a store.
    pub order_lines_per_visit: f64,
    /// Of a series, averaged; units squared.
    pub order_variance: f64,
}

/// The report on somebody's own sales.
pub fn sales_report(sweep: &Sweep) -> SalesReport {
    let rule = Curve::of(&sweep.rule, main);
    let base_stock = Curve::of(&sweep.base_stock, main);
    let policies =
        [("one_and_a_half", &rule), ("base_stock", &base_stock)].map(|(policy, curve)| PolicyReport {
            policy,
            points: curve.0.iter().map(|point| point_report(point.dial, &point.groups.all())).collect(),
            at_rule_stock: [("1.5", 1.5), ("2.0", 2.0)]
                .map(|(name, coefficient)| (name, at_rule_stock(curve, rule.at(coefficient))))
                .into(),
        });
    SalesReport { policies: policies.into() }
}

fn main(replayed: &Replayed) -> &Groups {
    &replayed.main
}

fn cold(replayed: &Replayed) -> &Groups {
    &replayed.cold
}

fn point_report(dial: f64, totals: &Totals) -> PointReport {
    PointReport {
        dial,
        average_stock: totals.average_stock(),
        fill_rate: totals.fill(),
        empty_shelf_share: totals.empty_share(),
        order_lines_per_visit: totals.lines_per_visit(),
        order_variance: totals.order_variance(),
    }
}

fn at_rule_stock(curve: &Curve, rule: Option<&Groups>) -> Option<PointReport> {
    let rule = rule?;
    let stocks: Vec<(f64, f64)> =
        curve.0.iter().map(|point| (point.groups.all().average_stock(), point.dial)).collect();
    let stock = rule.all().average_stock();
    Some(PointReport {
        dial: crate::compare::interpolate(&stocks, stock)?,
        average_stock: stock,
        fill_rate: curve.at_stock(rule, Totals::fill)?,
        empty_shelf_share: curve.at_stock(rule, Totals::empty_share)?,
        order_lines_per_visit: curve.at_stock(rule, Totals::lines_per_visit)?,
        order_variance: curve.at_stock(rule, Totals::order_variance)?,
    })
}

/// The Complete Journey run.
#[derive(Debug, Clone, Serialize)]
pub struct JourneyReport {
    /// Everything as planned.
    pub plain: Comparison,
    /// Missed visits, case packs, miscounts.
    pub realistic: Comparison,
    /// The first weeks of the plain replay.
    pub cold_start: Comparison,
    /// Of the plain replay.
    pub calibration: Vec<Calibration>,
}

/// The rule with 1.5 against base stock at its stock.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The rule.
    pub rule: RuleFigures,
    /// Base stock.
    pub base_stock: BaseStockFigures,
}

/// The rule's side.
#[derive(Debug, Clone, Serialize)]
pub struct RuleFigures {
    /// Share of the demand that was served.
    pub fill: f64,
    /// Units per store × SKU in the evening.
    pub stock: f64,
}

/// Base stock's side.
#[derive(Debug, Clone, Serialize)]
pub struct BaseStockFigures {
    /// Fill at the rule's stock.
    pub fill_at_rule_stock: f64,
    /// In percentage points.
    pub gain_pp: f64,
    /// The lower end of its 95 % interval.
    pub gain_pp_low95: f64,
    /// Stock at the rule's fill.
    pub stock_at_rule_fill: f64,
}

/// A service level and how often a customer found the shelf empty before the delivery that it was meant to reach.
#[derive(Debug, Clone, Serialize)]
pub struct Calibration {
    /// The service level.
    pub p: f64,
    /// Share of targets that demand exceeded.
    pub empty_share: f64,
}

/// The report of the full run.
///
/// # Errors
/// The rule's stock lies outside of what the dials reach.
pub fn journey_report(plan: &Plan, plain: &Sweep, realistic: &Sweep) -> Outcome<JourneyReport> {
    Ok(JourneyReport {
        plain: comparison(plain, main)?,
        realistic: comparison(realistic, main)?,
        cold_start: comparison(plain, cold)?,
        calibration: calibration(plan, plain),
    })
}

/// The rule with coefficient 1.5 against base stock.
///
/// # Errors
/// The rule's stock lies outside of what the dials reach.
pub fn comparison(sweep: &Sweep, phase: fn(&Replayed) -> &Groups) -> Outcome<Comparison> {
    compare_with(sweep, phase, 1.5).ok_or(Trouble::Empty("the dials do not reach the rule's stock"))
}

fn compare_with(sweep: &Sweep, phase: fn(&Replayed) -> &Groups, coefficient: f64) -> Option<Comparison> {
    let (rules, curve) = (Curve::of(&sweep.rule, phase), Curve::of(&sweep.base_stock, phase));
    let rule = rules.at(coefficient)?;
    let gain: Estimate = curve.gain(rule)?;
    Some(Comparison {
        rule: RuleFigures { fill: rule.all().fill(), stock: rule.all().average_stock() },
        base_stock: BaseStockFigures {
            fill_at_rule_stock: curve.at_stock(rule, Totals::fill)?,
            gain_pp: 100.0 * gain.value,
            gain_pp_low95: 100.0 * gain.low95(),
            stock_at_rule_fill: curve.stock_at_fill(rule)?,
        },
    })
}

fn calibration(plan: &Plan, sweep: &Sweep) -> Vec<Calibration> {
    let curve = Curve::of(&sweep.base_stock, main);
    let levels = plan.calibration_per_mille.iter().map(|level| f64::from(*level) / 1000.0);
    let of = |p: f64| Some(Calibration { p, empty_share: curve.at(p)?.all().dry_share() });
    levels.filter_map(of).collect()
}
