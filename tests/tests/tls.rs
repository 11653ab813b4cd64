//! A phone and a server under TLS of a company's own authority: enrolment, push and pull; what a phone does with a
//! certificate that it does not trust, and with one that only its own clock refuses.

use std::time::Duration;

use xundian_device::machine::{Machine, ThisMachine};
use xundian_device::phone::Phone;
use xundian_device::sync::{
    HttpTransport, Outcome as SyncOutcome, Request, SyncError, Transport, TransportError, enrol, sync_once,
};
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_server::web;
use xundian_tests::town::{Outcome, Town};

const DAY_MS: i64 = 86_400_000;

#[test]
fn a_company_authority_is_trusted_when_it_is_named_and_no_other() {
    let judged = Town::new().and_then(|town| judge(&town));
    assert!(judged.is_ok(), "{judged:?}");
}

fn judge(town: &Town) -> Outcome<()> {
    let secure = Secure::of(town, None)?;
    let mut phone = Phone::open(&secure.folder.path().join("phone.db"), Box::new(town.clock.phone(1)))?;
    let code = town.code("ZY01")?;
    let refused = enrol(&mut phone, &mut HttpTransport::new(&secure.address)?, &code);
    assert!(
        matches!(&refused, Err(SyncError::Transport(why)) if !why.is_clock()),
        "nobody vouches for it: {refused:?}"
    );

    let mut line = HttpTransport::trusting(&secure.address, Some(secure.authority.as_bytes()))?;
    enrol(&mut phone, &mut line, &code)?;
    assert_eq!(sync_once(&mut phone, &mut line, |_| true)?.outcome, SyncOutcome::InStep);
    assert!(!phone.today()?.stops.is_empty());
    drop(line);
    secure.end()
}

/// TLS asks this machine's clock, which no test sets: it is the server that lives in another time, and its certificate is
/// good for a week before and after.
#[test]
fn a_phone_whose_clock_is_far_ahead_syncs_by_the_servers_time() {
    let judged = Town::new().and_then(|town| judge_clock(&town));
    assert!(judged.is_ok(), "{judged:?}");
}

#[test]
fn a_phone_whose_clock_is_a_year_behind_syncs_by_the_servers_time() {
    let judged = Town::new().and_then(|town| {
        let later = Millis(ThisMachine::new(None).wall().0 + 365 * DAY_MS);
        town.clock.set(ZoneOffset::CHINA.date(later), ZoneOffset::CHINA.time_of_day(later));
        judge_clock(&town)
    });
    assert!(judged.is_ok(), "{judged:?}");
}

fn judge_clock(town: &Town) -> Outcome<()> {
    let (server, code) = (town.app.now(), town.code("ZY01")?);
    let secure = Secure::of(town, Some(server))?;
    let file = secure.folder.path().join("phone.db");
    let mut phone = Phone::open(&file, Box::new(ThisMachine::new(None)))?;

    // Nothing can be known of the time before the server was heard: a person is told to set the date.
    assert_eq!(phone.server_time()?, None);
    let refused = enrol(&mut phone, &mut secure.line(None)?, &code);
    assert!(
        matches!(&refused, Err(SyncError::Transport(why)) if why.is_clock()),
        "the date is not named: {refused:?}"
    );

    enrol(&mut phone, &mut HttpTransport::new(&town.address)?, &code)?;
    for boot in ["that of its enrolment", "a later one"] {
        let heard = phone.server_time()?;
        let off = heard.map_or(i64::MAX, |heard| (heard.0 - server.0).abs());
        assert!(off < DAY_MS, "{boot}: {heard:?} for {server:?}");
        let synced = sync_once(&mut phone, &mut secure.line(heard)?, |_| true)?;
        assert_eq!(synced.outcome, SyncOutcome::InStep, "{boot}");
        phone = Phone::open(&file, Box::new(ThisMachine::new(None)))?;
    }
    let heard = phone.server_time()?;
    assert!(asked(&mut secure.line(heard)?).is_ok());
    assert!(asked(&mut secure.line(Some(Millis(server.0 - 30 * DAY_MS)))?).is_err_and(|why| why.is_clock()));
    secure.end()?;
    refused_at_both_times(town, heard)
}

/// What is good neither by the phone's clock nor by the server's is refused, and what a stranger signed is at any time.
fn refused_at_both_times(town: &Town, heard: Option<Millis>) -> Outcome<()> {
    let server = town.app.now();
    let old = Secure::of(town, Some(Millis(server.0 - 800 * DAY_MS)))?;
    assert!(asked(&mut old.line(heard)?).is_err_and(|why| why.is_clock()));
    old.end()?;
    let strange = Secure::of(town, Some(server))?;
    let mut line = HttpTransport::heard_at(&strange.address, None, heard)?;
    assert!(asked(&mut line).is_err_and(|why| !why.is_clock()));
    drop(line);
    strange.end()
}

/// Whether anything comes back at all.
fn asked(line: &mut HttpTransport) -> Result<(), TransportError> {
    let request = Request { method: "GET", path: "/v1/pull?proto=1&cursor=".to_owned(), body: Vec::new() };
    line.send(&request, None).map(drop)
}

/// The town's server behind TLS, with a certificate of its own making.
struct Secure {
    address: String,
    /// The certificate, as the phones of the company have it.
    authority: String,
    folder: tempfile::TempDir,
    stop: tokio::sync::oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    runtime: tokio::runtime::Runtime,
}

impl Secure {
    /// `around` = the certificate is good for a week before and after; otherwise for ever.
    fn of(town: &Town, around: Option<Millis>) -> Outcome<Self> {
        let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
        if let Some(around) = around {
            let at = |ms: i64| -> Outcome<_> {
                Ok(rcgen::date_time_ymd(1970, 1, 1) + Duration::from_millis(u64::try_from(ms)?))
            };
            (wanted.not_before, wanted.not_after) = (at(around.0 - 7 * DAY_MS)?, at(around.0 + 7 * DAY_MS)?);
        }
        let signing = rcgen::KeyPair::generate()?;
        let authority = wanted.self_signed(&signing)?.pem();
        let folder = tempfile::tempdir()?;
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, &authority)?;
        std::fs::write(&key, signing.serialize_pem())?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("https://localhost:{}", listener.local_addr()?.port());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let app = town.app.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = runtime.spawn(async move {
            let until = async move { drop(stopped.await) };
            web::serve_tls(app, listener, &certificate, &key, until).await
        });
        Ok(Self { address, authority, folder, stop, served, runtime })
    }

    /// A line of a phone that trusts it and last heard the server then.
    fn line(&self, heard: Option<Millis>) -> Outcome<HttpTransport> {
        Ok(HttpTransport::heard_at(&self.address, Some(self.authority.as_bytes()), heard)?)
    }

    fn end(self) -> Outcome<()> {
        let _ = self.stop.send(());
        self.runtime.block_on(self.served)??;
        Ok(())
    }
}
