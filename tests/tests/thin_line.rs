//! A line on which long answers break, every time: what comes down must come all the same, page by page. And a phone that only
//! pulls is a phone that is there.

use xundian_device::store::Store;
use xundian_device::sync::{
    Credentials, Outcome as SyncOutcome, Request, Response, Transport, TransportError, sync_once,
};
use xundian_server::trust::sync_standing;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

/// Breaks under every answer of more bytes.
struct Thin<'a> {
    line: &'a mut dyn Transport,
    most: usize,
    broken: usize,
}

impl Transport for Thin<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = self.line.send(request, by)?;
        if answer.body.len() <= self.most {
            return Ok(answer);
        }
        self.broken += 1;
        Err(TransportError("broken".to_owned()))
    }

    fn wait(&mut self, _: u64) {}
}

/// The phone has no place in any scope: everything comes again.
fn forget_cursors(phone: &TownPhone) -> Outcome<()> {
    let mut store = Store::open(&phone.file)?;
    for (scope, _) in store.cursors()? {
        store.apply_page(&scope, &[], "")?;
    }
    Ok(())
}

#[test]
fn a_line_that_breaks_under_every_long_answer_brings_the_whole_territory() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let rows = |phone: &TownPhone| -> Outcome<usize> {
            let store = Store::open(&phone.file)?;
            Ok(store.masters("store", "")?.len() + store.masters("product", "")?.len())
        };
        let all = rows(&phone)?;
        forget_cursors(&phone)?;
        let mut thin = Thin { line: &mut phone.network, most: 12 << 10, broken: 0 };
        let report = sync_once(&mut phone.phone, &mut thin, |_| true)?;
        assert_eq!(report.outcome, SyncOutcome::InStep);
        assert!((1..5).contains(&thin.broken), "{} answers broke", thin.broken);
        assert_eq!(rows(&phone)?, all);
        assert!(all > 150, "{all} rows");
        Ok(())
    });
}

/// Minutes since the office heard the phone, and what it knows to wait there, when its clock has ticked.
fn heard(town: &Town) -> Outcome<(i64, u64)> {
    town.app.tick()?;
    let standing = town.app.db().read_now(sync_standing)?;
    let phone = standing.phones.first().ok_or("no phone")?;
    let at = phone.last_contact.ok_or("never heard")?;
    Ok(((town.app.now().0 - at.0) / 60_000, phone.waiting))
}

#[test]
fn a_phone_that_has_nothing_to_send_is_seen_by_the_office() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        assert_eq!(heard(town)?, (0, 0), "its first pull");
        town.at(MONDAY, "09:00")?;
        assert_eq!(heard(town)?, (60, 0));
        phone.sync()?;
        assert_eq!(heard(town)?, (0, 0));
        town.at(MONDAY, "09:04")?;
        phone.sync()?;
        assert_eq!(heard(town)?, (4, 0), "every ten minutes, not with every pull");
        let said = |last: u64| format!("/v1/pull?proto=1&last_dseq={last}&cursor=");
        assert_eq!(phone.get(&said(5))?.status, 200);
        assert_eq!(heard(town)?, (0, 5), "what it says to have that did not come");
        assert_eq!(phone.get(&said(3))?.status, 200);
        assert_eq!(heard(town)?, (0, 5), "a pull that wandered about takes nothing back");
        Ok(())
    });
}
