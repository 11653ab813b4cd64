//! The table at the end: computed from the databases and the sheets, never from what the run believes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::figures::Ratio;
use xundian_domain::figures::kept_promise::{Kept, is_false_order, judge};
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::promotion::Benefit;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::{BusinessDate, Fen, OrderId, Units};
use xundian_server::app::App;
use xundian_server::db::{DbError, Row, Tx};
use xundian_server::orders::sheets_of_day;
use xundian_server::sheets::{SheetDocument, to_csv, to_pdf, to_receipt, to_xlsx};
use xundian_server::text::{Language, Texts};

use crate::phones::Rep;
use crate::run::{Plan, RunError, Watch};

/// The table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Sealed visits on the server.
    pub visits: u64,
    /// By how they ended.
    pub visits_by_result: BTreeMap<String, u64>,
    /// Orders on the server.
    pub orders: u64,
    /// Their lines.
    pub lines: u64,
    /// Their cases, whole ones per line.
    pub cases: u64,
    /// To pay, in fen.
    pub amount_fen: i64,
    /// Orders by promotion that applied.
    pub promotions: BTreeMap<String, u64>,
    /// Display rewards that are live: they are granted by approval, not by orders.
    pub display_rewards: Vec<String>,
    /// Order promotions that were live throughout and were never used: a defect.
    pub unused_promotions: Vec<String>,
    /// Sheets.
    pub sheets: u64,
    /// Difference sheets.
    pub difference_sheets: u64,
    /// Orders on the late list.
    pub late_orders: u64,
    /// Facts of phones that the server does not have.
    pub lost: u64,
    /// Orders that are there twice, or on two sheets.
    pub doubled: u64,
    /// Promises that were due.
    pub promises_due: u64,
    /// Kept ÷ due, in percent.
    pub kept_promise_rate: f64,
    /// Misses by cause.
    pub missed: BTreeMap<String, u64>,
    /// Delivered ÷ confirmed units, in percent.
    pub fill_rate: f64,
    /// "Not ordered" ÷ delivery attempts, in percent.
    pub false_order_rate: f64,
    /// Zero counts ÷ counts by week, in percent.
    pub out_of_stock_by_week: Vec<f64>,
    /// Bytes sent per rep and day.
    pub bytes_up_per_rep_day: u64,
    /// Bytes of the largest first pull.
    pub bytes_down_first_pull: u64,
    /// Commits of the visit loop per visit.
    pub commits_per_visit: f64,
    /// Sync runs that had to try again.
    pub syncs_retried: u64,
    /// Where the time went.
    pub seconds_by_phase: BTreeMap<String, f64>,
}

/// Writes every sheet as PDF and CSV, and the first one of each distributor as XLSX and 58 mm text too.
///
/// # Errors
/// The disk, or a sheet that cannot be written.
pub fn write_sheets(app: &App, plan: &Plan, watch: &mut Watch) -> Result<(), RunError> {
    let folder = plan.folder.join("sheets");
    std::fs::create_dir_all(&folder)?;
    let failed = |why: &dyn fmt::Display| RunError::Sheets(why.to_string());
    let (texts, fonts) = (Texts::of(Language::Chinese), app.fonts().map_err(|why| failed(&why))?);
    let catalogue = app.catalogue();
    for distributor in catalogue.distributors.keys() {
        let mut is_first = true;
        for ahead in 0..plan.weeks * 7 + 1 {
            let day = plan.start.plus_days(ahead);
            let documents = app.db().read_now(|tx| -> Result<Vec<SheetDocument>, DbError> {
                let sheets = sheets_of_day(tx, *distributor, day)?;
                sheets
                    .iter()
                    .map(|sheet| SheetDocument::make(tx, &catalogue, sheet, None, app.now()))
                    .collect()
            })?;
            for document in documents {
                let file = |ending: &str| folder.join(format!("{}.{ending}", document.no));
                std::fs::write(file("pdf"), to_pdf(&document, fonts, &texts).map_err(|why| failed(&why))?)?;
                std::fs::write(file("csv"), to_csv(&document, &texts))?;
                if is_first && !document.stops.is_empty() {
                    std::fs::write(file("xlsx"), to_xlsx(&document, &texts).map_err(|why| failed(&why))?)?;
                    std::fs::write(file("58mm.txt"), to_receipt(&document, &texts))?;
                    is_first = false;
                }
            }
        }
    }
    watch.lap("sheets");
    Ok(())
}

/// Computes the table.
///
/// # Errors
/// A failing database or phone file.
pub fn make(app: &App, plan: &Plan, phones: &[Rep], watch: &Watch) -> Result<Report, RunError> {
    let mut report = app.db().read_now(|tx| -> Result<Report, DbError> {
        let mut report = Report::default();
        visits(tx, &mut report)?;
        orders(tx, app, plan, &mut report)?;
        promises(tx, app, &mut report)?;
        out_of_stock(tx, plan, &mut report)?;
        report.sheets = count(tx, "SELECT count(*) FROM sheet WHERE difference = 0")?;
        report.difference_sheets = count(tx, "SELECT count(*) FROM sheet WHERE difference > 0")?;
        report.late_orders = count(tx, "SELECT count(*) FROM late_order")?;
        Ok(report)
    })?;
    of_phones(app, phones, &mut report)?;
    report.seconds_by_phase =
        watch.phases.iter().map(|(name, s)| ((*name).to_owned(), rounded(*s))).collect();
    Ok(report)
}

fn count(tx: &mut Tx<'_>, sql: &str) -> Result<u64, DbError> {
    tx.first(sql, &[])?.map_or(Ok(0), |row| row.get(0))
}

fn visits(tx: &mut Tx<'_>, report: &mut Report) -> Result<(), DbError> {
    for row in tx.query("SELECT result, count(*) FROM visit GROUP BY result", &[])? {
        let n: u64 = row.get(1)?;
        report.visits += n;
        report.visits_by_result.insert(row.get(0)?, n);
    }
    Ok(())
}

fn orders(tx: &mut Tx<'_>, app: &App, plan: &Plan, report: &mut Report) -> Result<(), DbError> {
    let mut used: BTreeMap<String, u64> = BTreeMap::new();
    for row in tx.query("SELECT body FROM store_order", &[])? {
        let order: Order = row.json(0)?;
        report.orders += 1;
        for line in &order.lines {
            report.lines += 1;
            report.cases += u64::from(line.confirmed.split(line.case).cases);
        }
        report.amount_fen += order.total().0;
        for promo in &order.promos {
            *used.entry(promo.promo.to_string()).or_default() += 1;
        }
    }
    let last = plan.start.plus_days(plan.weeks * 7 - 1);
    for promotion in &app.catalogue().promotions {
        let live = promotion.valid_from <= plan.start && last <= promotion.valid_to;
        let is_order = !matches!(promotion.benefit, Benefit::DisplayReward { .. });
        let uses = used.get(promotion.no.as_str()).copied().unwrap_or(0);
        if live && !is_order {
            report.display_rewards.push(promotion.no.to_string());
        }
        if live && is_order && uses == 0 {
            report.unused_promotions.push(promotion.no.to_string());
        }
        if live && is_order || uses > 0 {
            report.promotions.insert(promotion.no.to_string(), uses);
        }
    }
    Ok(())
}

fn promises(tx: &mut Tx<'_>, app: &App, report: &mut Report) -> Result<(), DbError> {
    let now = app.now();
    let mut results: BTreeMap<OrderId, DeliveryResult> = BTreeMap::new();
    for row in tx.query("SELECT body FROM delivery_result WHERE version >= 1 ORDER BY version", &[])? {
        let result: DeliveryResult = row.json(0)?;
        results.insert(result.order, result);
    }
    let (mut kept, mut fill, mut attempts) = (Ratio::default(), Ratio::default(), Ratio::default());
    for row in tx.query("SELECT body, state, late FROM store_order", &[])? {
        let (order, state, late): (Order, OrderState, bool) = read_order(&row)?;
        if !matches!(state, OrderState::OnSheet { .. } | OrderState::Ended { .. }) {
            continue;
        }
        let result = results.get(&order.id);
        match judge(&order, ZoneOffset::CHINA, late, result, now) {
            Kept::Pending => continue,
            Kept::Kept => kept.add(true),
            Kept::Missed(cause) => {
                kept.add(false);
                *report.missed.entry(cause.to_string()).or_default() += 1;
            }
        }
        if let Some(result) = result {
            attempts.add(is_false_order(result));
            for line in result.ledger_lines(&order) {
                fill.whole += u64::from(line.confirmed.0);
                fill.part += u64::from(line.delivered.unwrap_or_default().0);
            }
        }
    }
    report.promises_due = kept.whole;
    report.kept_promise_rate = percent(kept);
    report.fill_rate = percent(fill);
    report.false_order_rate = percent(attempts);
    Ok(())
}

fn read_order(row: &Row) -> Result<(Order, OrderState, bool), DbError> {
    Ok((row.json(0)?, row.json(1)?, row.get(2)?))
}

fn out_of_stock(tx: &mut Tx<'_>, plan: &Plan, report: &mut Report) -> Result<(), DbError> {
    let mut weeks: BTreeMap<i64, Ratio> = BTreeMap::new();
    // What phones have of the ledgers, and what they have no longer.
    let sql = "SELECT value FROM scope_row WHERE tbl = 'ledger' AND value IS NOT NULL
               UNION ALL SELECT value FROM past WHERE tbl = 'ledger'";
    for row in tx.query(sql, &[])? {
        let visit: LedgerVisit = row.json(0)?;
        let week = visit.date.days_since(plan.start).div_euclid(7);
        let ratio = weeks.entry(week).or_default();
        visit.entry.counts.iter().for_each(|(_, units): &(_, Units)| ratio.add(units.is_zero()));
    }
    report.out_of_stock_by_week =
        weeks.into_iter().filter(|(week, _)| *week >= 0).map(|(_, ratio)| percent(ratio)).collect();
    Ok(())
}

/// Nothing lost: every fact of every phone is on the server. Nothing doubled: no order stands on two sheets.
fn of_phones(app: &App, phones: &[Rep], report: &mut Report) -> Result<(), RunError> {
    let known: BTreeSet<uuid::Uuid> = app.db().read_now(|tx| -> Result<_, DbError> {
        tx.query("SELECT id FROM fact", &[])?.iter().map(|row| row.get(0)).collect()
    })?;
    let (mut commits, mut visits, mut days, mut up) = (0, 0, 0, 0);
    for rep in phones {
        let outbox = rep.phone.outbox().map_err(|why| crate::phones::RepError::Phone { rep: rep.no, why })?;
        report.lost += outbox.unsent;
        report.lost += outbox.rows.iter().filter(|row| !known.contains(&row.id.0)).count() as u64;
        commits += rep.tally.commits;
        visits += rep.tally.visits;
        days += rep.tally.days;
        up += rep.tally.bytes_up;
        report.bytes_down_first_pull = report.bytes_down_first_pull.max(rep.tally.first_pull);
        report.syncs_retried += rep.tally.retried;
    }
    report.bytes_up_per_rep_day = up.checked_div(days).unwrap_or(0);
    report.commits_per_visit = rounded(commits as f64 / visits.max(1) as f64);
    report.doubled = doubled(app)?;
    Ok(())
}

fn doubled(app: &App) -> Result<u64, DbError> {
    let catalogue = app.catalogue();
    let mut sheets: BTreeMap<OrderId, u64> = BTreeMap::new();
    let days = app.db().read_now(|tx| tx.query("SELECT DISTINCT distributor, day FROM sheet", &[]))?;
    for row in days {
        let (distributor, day) = (row.get(0)?, row.get::<BusinessDate>(1)?);
        if !catalogue.distributors.contains_key(&distributor) {
            continue;
        }
        for sheet in app.db().read_now(|tx| sheets_of_day(tx, distributor, day))? {
            for stop in sheet.stops() {
                *sheets.entry(stop.order.id).or_default() += 1;
            }
            for change in sheet.changes().iter().filter(|change| change.before.is_none()) {
                if let Some(order) = change.order() {
                    *sheets.entry(order.id).or_default() += 1;
                }
            }
        }
    }
    Ok(sheets.values().filter(|times| **times > 1).count() as u64)
}

fn percent(ratio: Ratio) -> f64 {
    ratio.per_mille().map_or(0.0, |per_mille| per_mille as f64 / 10.0)
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

impl Report {
    /// What must not be: lost or doubled facts, promotions that nobody reached.
    pub fn defects(&self) -> Vec<String> {
        let mut defects = Vec::new();
        if self.lost > 0 {
            defects.push(format!("{} facts were lost", self.lost));
        }
        if self.doubled > 0 {
            defects.push(format!("{} orders were doubled", self.doubled));
        }
        for promo in &self.unused_promotions {
            defects.push(format!("promotion {promo} was live throughout and never used"));
        }
        defects
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |map: &BTreeMap<String, u64>| {
            map.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
        };
        let weeks: Vec<_> = self.out_of_stock_by_week.iter().map(|pct| format!("{pct} %")).collect();
        let phases: Vec<_> = self.seconds_by_phase.iter().map(|(name, s)| format!("{name} {s} s")).collect();
        let rows = [
            ("visits", format!("{} ({})", self.visits, joined(&self.visits_by_result))),
            ("orders", format!("{} with {} lines, {} cases", self.orders, self.lines, self.cases)),
            ("amount", format!("{} yuan", Fen(self.amount_fen))),
            ("promotions", joined(&self.promotions)),
            ("by approval", format!("display rewards {}", self.display_rewards.join(", "))),
            ("sheets", format!("{}, differences {}", self.sheets, self.difference_sheets)),
            ("late orders", self.late_orders.to_string()),
            ("lost, doubled", format!("{}, {}", self.lost, self.doubled)),
            ("kept promises", format!("{} % of {} due", self.kept_promise_rate, self.promises_due)),
            ("missed by cause", joined(&self.missed)),
            ("fill rate", format!("{} %, false orders {} %", self.fill_rate, self.false_order_rate)),
            ("out of stock", format!("by week {}", weeks.join(", "))),
            ("bytes up", format!("{} per rep and day", self.bytes_up_per_rep_day)),
            ("first pull", format!("{} bytes", self.bytes_down_first_pull)),
            ("commits", format!("{} per visit", self.commits_per_visit)),
            ("syncs retried", self.syncs_retried.to_string()),
            ("time", phases.join(", ")),
        ];
        for (name, value) in rows {
            writeln!(f, "{name:16} {value}")?;
        }
        Ok(())
    }
}
