//! A server that went back to its backup: what drivers have on paper goes out once, on both databases.

use xundian_domain::order_state::{OrderState, SheetNo};
use xundian_server::orders::{OrderRow, load_sheet};
use xundian_server::trust::verify;
use xundian_tests::desk::Dispatcher;
use xundian_tests::town::{MONDAY, on_both};

const NOODLES: &str = "21010019";
const TUESDAY: &str = "2026-07-28";

#[test]
fn a_sheet_that_was_printed_before_a_restore_is_made_again_by_its_dispatcher_alone() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        let early = phone.visit(stores[0], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let late = phone.visit(stores[1], &[(NOODLES, 5, 48)])?.ok_or("no order")?;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        phone.at(MONDAY, "22:30")?;
        phone.sync()?;
        town.at(TUESDAY, "09:00")?;
        town.app.tick()?;
        let no = SheetNo { distributor: "D01".parse()?, day: TUESDAY.parse()?, difference: 0 };
        assert_eq!(town.app.db().read_now(move |tx| load_sheet(tx, no))?, None, "not by the clock");
        for id in [early.id, late.id] {
            let row = town.app.db().read_now(move |tx| OrderRow::load(tx, id))?.ok_or("no order")?;
            assert_eq!(row.state, OrderState::Waiting { day: no.day, late: false }, "on no later sheet");
        }
        let dispatcher = Dispatcher::of(town, "D01")?;
        let make = format!("/d/sheet/{no}/make");
        assert!(dispatcher.page("/d")?.contains(&make));
        dispatcher.post(&make, &[])?;
        let sheet = town.app.db().read_now(move |tx| load_sheet(tx, no))?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().len(), 2);
        assert!(!dispatcher.page("/d")?.contains(&make), "once");
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

#[test]
fn only_a_lost_sheet_is_made_by_hand() {
    on_both(|town| {
        let dispatcher = Dispatcher::of(town, "D01")?;
        town.restored()?;
        dispatcher.post("/d/sheet/D01-20260730/make", &[])?;
        assert_eq!(town.count("SELECT count(*) FROM sheet")?, 0, "its cut-off is to come");
        dispatcher.post("/d/sheet/D02-20260728/make", &[])?;
        assert_eq!(town.count("SELECT count(*) FROM sheet")?, 0, "another distributor's");
        Ok(())
    });
}
