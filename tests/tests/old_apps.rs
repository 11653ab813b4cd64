//! Apps from before an update (the sync contract, 3.3): what they have sealed is taken for ever, new data they get when they
//! are updated. Over real HTTP, on both databases.

use ed25519_dalek::SigningKey;
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    sync_once,
};
use xundian_protocol::codec::CodecError;
use xundian_protocol::limits::{PUSH_BYTES, SMALL_BYTES};
use xundian_protocol::push::{PushRequest, Verdict};
use xundian_protocol::{OLDEST_PULL, PROTO, Refusal, RefusalCode, codec, sign};
use xundian_tests::desk::{NOODLES, verdict};
use xundian_tests::town::{MONDAY, Outcome, TownPhone, on_both};

/// Older than every version whose pages are given.
const OLD: u32 = 0;

/// Asks for something, signed as this phone.
fn get(phone: &mut TownPhone, path: &str) -> Outcome<Response> {
    let (install, token, key) = phone.identity()?;
    let request = Request { method: "GET", path: path.to_owned(), body: Vec::new() };
    let signed = sign::Request { method: request.method, path, install, body: &request.body };
    let signature = signed.sign(&key);
    Ok(phone.network.send(&request, Some(&Credentials { install, token, signature }))?)
}

#[test]
fn a_pull_of_an_old_app_is_refused_in_words_and_one_of_a_newer_app_is_not() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        for old in [OLD.to_string(), String::new(), "-1".to_owned(), "first".to_owned()] {
            let answer = get(&mut phone, &format!("/v1/pull?proto={old}&cursor="))?;
            let refusal: Refusal = codec::decode(&answer.body, SMALL_BYTES)?;
            assert_eq!((answer.status, refusal.code), (426, RefusalCode::Upgrade), "`{old}`");
            assert!(refusal.reason.contains("update"), "{refusal:?}");
        }
        for given in [OLDEST_PULL, PROTO, PROTO + 1] {
            assert_eq!(get(&mut phone, &format!("/v1/pull?proto={given}&cursor="))?.status, 200, "{given}");
        }
        let status = |path: &str, phone: &mut TownPhone| get(phone, path).map(|answer| answer.status);
        let (none, first) = ("/v1/pull?cursor=", "/v1/pull?proto=1&cursor=");
        assert_eq!(status(none, &mut phone)?, status(first, &mut phone)?, "who says none is of the first");
        Ok(())
    });
}

/// The line of an app that says another version in everything that it asks.
struct OldApp<'a> {
    line: &'a mut HttpTransport,
    key: SigningKey,
    /// The doors, and with which status they answered.
    doors: Vec<(String, u16)>,
}

/// The same request as such an app makes it.
fn older(request: &Request) -> Result<Request, CodecError> {
    let path = request.path.replacen(&format!("proto={PROTO}"), &format!("proto={OLD}"), 1);
    let mut body = Vec::new();
    if request.method == "POST" {
        let push: PushRequest = codec::decode(&request.body, PUSH_BYTES)?;
        body = codec::encode(&PushRequest { proto: OLD, ..push }, PUSH_BYTES)?;
    }
    Ok(Request { method: request.method, path, body })
}

impl Transport for OldApp<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let by = by.ok_or(TransportError("nobody asks".to_owned()))?;
        let request = older(request).map_err(|why| TransportError(why.to_string()))?;
        let (path, install) = (request.path.as_str(), by.install);
        let signed = sign::Request { method: request.method, path, install, body: &request.body };
        let by = Credentials { signature: signed.sign(&self.key), ..by.clone() };
        let answer = self.line.send(&request, Some(&by))?;
        let door = path.split('?').next().unwrap_or_default().to_owned();
        self.doors.push((door, answer.status));
        Ok(answer)
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn an_old_app_is_told_to_update_when_everything_that_it_has_sealed_is_taken() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        for store in &route[..2] {
            phone.visit(*store, &[(NOODLES, 5, 24)])?;
        }
        town.at(MONDAY, "18:00")?;
        let (_, _, key) = phone.identity()?;
        let mut line = OldApp { line: &mut phone.network, key, doors: Vec::new() };
        for records in [2, 0] {
            let report = sync_once(&mut phone.phone, &mut line, |_| true)?;
            assert_eq!((report.outcome, report.progress.records_up), (SyncOutcome::Update, records));
        }
        let doors: Vec<_> = line.doors.iter().map(|(door, status)| (door.as_str(), *status)).collect();
        assert_eq!(doors, [("/v1/push", 200), ("/v1/pull", 426), ("/v1/pull", 426)]);

        assert!(matches!(verdict(&phone, "visit_closed")?, Verdict::Applied { .. }));
        assert_eq!(phone.phone.outbox()?.unsent, 0, "the phone heard of it");
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 2);
        assert_eq!(phone.route()?, route, "what it had pulled it keeps");
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep, "after its update");
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 2);
        Ok(())
    });
}
