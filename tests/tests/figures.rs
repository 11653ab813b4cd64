//! Golden figures of a visit and the words of its slip, told in every language of the phone: this test writes down what the core
//! says in Rust, those of `android/` and `ios/` ask it through their own sides. Whoever changes a figure on purpose writes it with
//! `XUNDIAN_WRITE_VECTORS=1 cargo test -p xundian-tests --test figures`.

use std::fmt::Write;
use std::path::Path;

use xundian_device::visit_loop::Line;
use xundian_domain::StoreId;
use xundian_tests::town::{Outcome, Town, TownPhone, count};

const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// The n-th row of the count screen has so many on its shelf, and nothing in the back: ten more in the first week, so that all of
/// them sell.
fn counted(phone: &mut TownPhone, store: StoreId, more: usize) -> Outcome<()> {
    phone.phone.begin_visit(store)?;
    for (n, item) in phone.phone.count_items()?.iter().enumerate() {
        let units = u32::try_from(n * 7 % 13 + more)?;
        phone.phone.save_line(&Line::Count(count(item.sku, units)))?;
    }
    Ok(())
}

/// Two visits of the first store of Monday, a week apart. In the second one the owner takes what is suggested: per row of the suggestion
/// screen SKU, the suggestion and what is to be paid for it, then the order.
fn figures(phone: &mut TownPhone) -> Outcome<String> {
    let store = phone.route()?[0];
    counted(phone, store, 10)?;
    phone.phone.check_out()?;
    phone.machine.pass(WEEK_MS);
    counted(phone, store, 0)?;
    let rows = phone.phone.suggestions()?;
    for row in &rows {
        let Some(units) = row.suggested.filter(|units| !units.is_zero()) else { continue };
        phone.phone.save_line(&Line::Intention { sku: row.sku, units, reason: None })?;
    }
    let quote = phone.phone.quote()?;
    let mut figures = String::from("sku,suggested,amount\n");
    for row in &rows {
        let amount = quote.lines.iter().find(|line| line.sku == row.sku).map_or(0, |line| line.amount.0);
        let suggested = row.suggested.map_or_else(|| "-".to_owned(), |units| units.0.to_string());
        writeln!(figures, "{},{suggested},{amount}", row.sku)?;
    }
    writeln!(figures, "total,{},{}", quote.promise.day, quote.total.0)?;
    Ok(figures)
}

/// What people read of the day's slip; the letters below are each phone's own.
fn slip(phone: &mut TownPhone) -> Outcome<String> {
    phone.phone.check_out()?;
    let date = phone.phone.date()?;
    let slips = phone.phone.order_slips(date)?;
    assert_eq!(slips.len(), 1, "one shop, one distributor");
    Ok(slips[0].text.split("XD1/").next().unwrap_or_default().to_owned())
}

fn golden(name: &str, said: &str) {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).join(name);
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        let written = std::fs::write(&file, said);
        assert!(written.is_ok(), "{written:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), said, "{name}");
}

#[test]
fn a_visit_has_the_same_figures_in_every_language() {
    let said = Town::new().and_then(|town| {
        let mut phone = town.phone("ZY02")?;
        Ok((figures(&mut phone)?, slip(&mut phone)?))
    });
    assert!(said.is_ok(), "{said:?}");
    let (rows, words) = said.unwrap_or_default();
    assert!(rows.lines().count() > 20, "{rows}");
    golden("figures.csv", &rows);
    golden("slip-words.txt", &words);
}
