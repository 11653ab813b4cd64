//! A scope that the server drops takes no fact along: neither one that waits nor one that is sealed on the way. ZY03 stands in
//! for ZY04 on Wednesday and has his territory; on Friday it is gone. Each test runs on SQLite and PostgreSQL.

use xundian_device::store::Store;
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    sync_beside,
};
use xundian_domain::StoreId;
use xundian_protocol::limits::PULL_BYTES;
use xundian_protocol::pull::{CURSOR_JOINT, PullAnswer};
use xundian_protocol::{PROTO, codec};
use xundian_tests::desk::{NOODLES, sound};
use xundian_tests::town::{Outcome, Town, TownPhone};

const WEDNESDAY: &str = "2026-08-05";
const FRIDAY: &str = "2026-08-07";

/// The substitute's phone on Wednesday, and the stores that are the absent one's.
fn substitute(town: &Town) -> Outcome<(TownPhone, Vec<StoreId>)> {
    town.at(WEDNESDAY, "08:00")?;
    let mut phone = town.phone("ZY03")?;
    let stops = phone.phone.today()?.stops;
    let theirs: Vec<_> = stops.iter().filter(|stop| stop.substitute).map(|stop| stop.store).collect();
    assert!(!theirs.is_empty(), "ZY04 has a route on Wednesdays");
    Ok((phone, theirs))
}

/// So many visits of those stores, none of which is sent.
fn visit_forty(phone: &mut TownPhone, stores: &[StoreId]) -> Outcome<()> {
    for store in stores.iter().cycle().take(40) {
        phone.visit(*store, &[(NOODLES, 5, 24)])?;
    }
    Ok(())
}

fn friday(town: &Town, phone: &TownPhone) -> Outcome<()> {
    town.at(FRIDAY, "08:00")?;
    phone.at(FRIDAY, "08:00")?;
    town.app.tick()?;
    Ok(())
}

/// The phone has none of the stores any more.
fn are_gone(phone: &mut TownPhone, stores: &[StoreId]) -> Outcome<()> {
    assert!(Store::open(&phone.file)?.cursors()?.iter().all(|(scope, _)| scope != "rep/ZY04"));
    assert!(stores.iter().all(|store| phone.phone.store_card(*store).is_err()));
    Ok(())
}

/// So many visits and orders took effect, and nothing was refused, held or put away.
fn have_arrived(town: &Town, phone: &TownPhone, visits: i64) -> Outcome<()> {
    assert_eq!(phone.phone.outbox()?.unsent, 0);
    for table in ["visit", "store_order"] {
        assert_eq!(town.count(&format!("SELECT count(*) FROM {table}"))?, visits, "{table}");
    }
    for table in ["held", "parked", "quarantine"] {
        assert_eq!(town.count(&format!("SELECT count(*) FROM {table}"))?, 0, "{table}");
    }
    Ok(())
}

/// Takes from the server's answer what it drops, as a pull that came before the push would.
fn take_drops(phone: &mut TownPhone) -> Outcome<Vec<String>> {
    let mut store = Store::open(&phone.file)?;
    let cursors: Vec<String> = store.cursors()?.into_iter().map(|(_, cursor)| cursor).collect();
    let (last, cursors) = (store.last_dseq()?, cursors.join(&CURSOR_JOINT.to_string()));
    let answer = phone.get(&format!("/v1/pull?proto={PROTO}&last_dseq={last}&cursor={cursors}"))?;
    let pages = codec::decode::<PullAnswer>(&answer.body, PULL_BYTES)?.pages;
    let dropped: Vec<_> = pages.into_iter().filter(|page| page.dropped).map(|page| page.scope).collect();
    for scope in &dropped {
        store.drop_scope(scope)?;
    }
    Ok(dropped)
}

#[test]
fn forty_visits_that_wait_when_their_territory_is_dropped_all_arrive() {
    sound(|town| {
        let (mut phone, theirs) = substitute(town)?;
        visit_forty(&mut phone, &theirs)?;
        friday(town, &phone)?;
        assert!(take_drops(&mut phone)?.contains(&"rep/ZY04".to_owned()));
        are_gone(&mut phone, &theirs)?;
        let waiting = Store::open(&phone.file)?.waiting(100)?;
        assert_eq!(waiting.iter().map(|fact| fact.dseq).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        have_arrived(town, &phone, 40)
    });
}

/// A line on which the rep checks out of a store when everything was pushed and the pull is about to go.
struct Meanwhile<'a> {
    line: HttpTransport,
    phone: &'a mut TownPhone,
    store: Option<StoreId>,
}

impl Transport for Meanwhile<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        if request.path.starts_with("/v1/pull")
            && let Some(store) = self.store.take()
        {
            let visited = self.phone.visit(store, &[(NOODLES, 7, 24)]);
            visited.map_err(|why| TransportError(why.to_string()))?;
        }
        self.line.send(request, by)
    }

    fn wait(&mut self, _ms: u64) {}
}

#[test]
fn a_visit_that_is_sealed_between_the_push_and_the_pull_that_drops_its_store_arrives_with_the_next_run() {
    sound(|town| {
        let (mut phone, theirs) = substitute(town)?;
        visit_forty(&mut phone, &theirs)?;
        friday(town, &phone)?;
        let (file, mut machine) = (phone.file.clone(), phone.machine.clone());
        let line = HttpTransport::new(&town.address)?;
        let mut meanwhile = Meanwhile { line, phone: &mut phone, store: theirs.first().copied() };
        let report = sync_beside(&file, &mut machine, &mut meanwhile, |_| true)?;
        assert_eq!((report.outcome, report.progress.records_up), (SyncOutcome::InStep, 40));
        assert_eq!(meanwhile.store, None, "it was visited");
        are_gone(&mut phone, &theirs)?;
        let waiting = Store::open(&phone.file)?.waiting(100)?;
        assert_eq!(waiting.iter().map(|fact| fact.dseq).collect::<Vec<_>>(), [41]);
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        have_arrived(town, &phone, 41)
    });
}
