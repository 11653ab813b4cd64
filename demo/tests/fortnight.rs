//! The demo as a judge: a small city runs, nothing is lost or doubled, sheets are on the disk.

use std::path::{Path, PathBuf};

use xundian_demo::report::Report;
use xundian_demo::run::{Plan, RunError, run};

fn ran(start: &str, weeks: u32, reps: usize, folder: &Path) -> Result<Report, RunError> {
    let plan = Plan {
        start: start.parse().map_err(|why| RunError::Sheets(format!("{why}")))?,
        weeks,
        reps,
        seed: 1,
        data: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/qingdao")),
        folder: folder.join("city"),
        phones: folder.join("phones"),
        listen: "127.0.0.1:0".to_owned(),
        quiet: true,
    };
    run(&plan).map(|ran| ran.report)
}

#[test]
fn three_reps_walk_two_weeks_and_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let report = ran("2026-07-27", 2, 3, folder.path()).unwrap();
    assert_eq!(report.defects(), Vec::<String>::new());
    assert!(report.visits > 850 && report.orders > 700, "{report}");
    assert!(report.difference_sheets >= 2 && report.late_orders > 0, "one late phone, one cancelled order");
    assert!(report.missed.contains_key("distributor_short"), "drivers deliver short");
    let sheets = std::fs::read_dir(folder.path().join("city/sheets")).unwrap();
    let pdfs = sheets.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "pdf")).count();
    assert_eq!(u64::try_from(pdfs).unwrap(), report.sheets + report.difference_sheets);
}

#[test]
fn the_price_change_of_september_leaves_no_stale_price() {
    let folder = tempfile::tempdir().unwrap();
    let report = ran("2026-08-31", 1, 2, folder.path()).unwrap();
    assert_eq!((report.lost, report.doubled), (0, 0), "{report}");
    let db = xundian_server::db::Db::open(&xundian_server::db::Address::Sqlite(
        folder.path().join("city/server.db"),
    ));
    let stale = db
        .unwrap()
        .read_now(|tx| tx.query("SELECT id FROM store_order WHERE flags LIKE '%price_stale%'", &[]))
        .unwrap();
    assert!(stale.is_empty(), "{} orders with the price of another day", stale.len());
}
