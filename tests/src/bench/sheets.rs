//! Sheets: freezing and rendering one of 30 stops × 8 lines, and 200 of them.

use xundian_demo::chance::Chance;
use xundian_domain::order_state::OrderState;
use xundian_domain::{BusinessDate, RecordId, Sku};
use xundian_server::db::DbError;
use xundian_server::orders::{OrderRow, freeze, load_sheet};
use xundian_server::sheets::{SheetDocument, to_pdf};
use xundian_server::text::{Language, Texts};
use xundian_tests::town::{MONDAY, Outcome, Town};

use super::ingest::resident_mib;
use super::sample::Sample;
use super::table::{Table, Times, now};

const STOPS: usize = 30;
const SHEETS: usize = 200;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let town = Town::new()?;
    let catalogue = town.app.catalogue();
    let skus: Vec<Sku> = catalogue.products.keys().copied().collect();
    let monday: BusinessDate = MONDAY.parse()?;
    let (distributor, rep) = ("D01".parse()?, "ZY01".parse()?);
    let texts = Texts::of(Language::Chinese);
    let fonts = town.app.fonts()?;
    let before = resident_mib();
    let (mut frozen, mut rendered) = (Times::default(), Times::default());
    let start = now();
    let mut pages = 0usize;
    for n in 0..u32::MAX {
        if pages == SHEETS {
            break;
        }
        let day = monday.plus_days(1 + n);
        let works =
            catalogue.distributors.get(&distributor).map(|d| catalogue.delivery_rules(d).calendar.works(day));
        if works != Some(true) {
            continue;
        }
        let mut sample = Sample { skus: &skus, chance: Chance::new(u64::from(n), &[6]) };
        let stores = catalogue.stores.values().filter(|store| store.distributor == distributor).take(STOPS);
        let rows: Vec<OrderRow> = stores
            .map(|store| {
                let mut order = sample.order(store.id, day.minus_days(1));
                order.promise.day = day;
                OrderRow {
                    order,
                    distributor,
                    rep,
                    version: 1,
                    confirmed_on: day.minus_days(1),
                    promised: day,
                    day,
                    late: false,
                    state: OrderState::Waiting { day, late: false },
                    flags: Vec::new(),
                    fact: Some(RecordId(uuid::Uuid::nil())),
                    slip: None,
                }
            })
            .collect();
        town.app.db().write_now(move |tx| OrderRow::save_all(tx, &rows))?;
        let (at, reader) = (town.app.now(), catalogue.clone());
        let sheet =
            frozen.of(|| town.app.db().write_now(move |tx| freeze(tx, &reader, distributor, day, at)))?;
        let bytes = rendered.of(|| -> Outcome<usize> {
            let document = town.app.db().read_now(|tx| -> Result<_, DbError> {
                let sheet = load_sheet(tx, sheet.no)?;
                sheet.map(|sheet| SheetDocument::make(tx, &catalogue, &sheet, None, at)).transpose()
            })?;
            Ok(to_pdf(&document.ok_or("no sheet")?, fonts, &texts)?.len())
        })?;
        pages += usize::from(bytes > 0);
    }
    table.row("freeze of a sheet, 30 stops × 8 lines", frozen, "with rendering ≤ 50 ms");
    table.row("rendering it as PDF", rendered, "with freezing ≤ 50 ms");
    let seconds = start.elapsed().as_secs_f64();
    table.row("sheets frozen and rendered one after the other", format!("{pages} in {seconds:.1} s"), "–");
    table.row("memory for sheets", format!("{} MiB more", resident_mib().saturating_sub(before)), "≤ 40 MiB");
    Ok(())
}
