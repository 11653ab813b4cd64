//! A phone and a server under TLS of a company's own authority: enrolment, push and pull; and what a phone does with a
//! certificate that it does not trust.

use xundian_device::phone::Phone;
use xundian_device::sync::{HttpTransport, Outcome as SyncOutcome, SyncError, enrol, sync_once};
use xundian_server::web;
use xundian_tests::town::{Outcome, Town};

#[test]
fn a_company_authority_is_trusted_when_it_is_named_and_no_other() {
    let judged = Town::new().and_then(|town| judge(&town));
    assert!(judged.is_ok(), "{judged:?}");
}

fn judge(town: &Town) -> Outcome<()> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
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

    let mut phone = Phone::open(&folder.path().join("phone.db"), Box::new(town.clock.phone(1)))?;
    let code = town.code("ZY01")?;
    let refused = enrol(&mut phone, &mut HttpTransport::new(&address)?, &code);
    assert!(matches!(refused, Err(SyncError::Transport(_))), "nobody vouches for it: {refused:?}");

    let mut line = HttpTransport::trusting(&address, Some(made.cert.pem().as_bytes()))?;
    enrol(&mut phone, &mut line, &code)?;
    assert_eq!(sync_once(&mut phone, &mut line, |_| true)?.outcome, SyncOutcome::InStep);
    assert!(!phone.today()?.stops.is_empty());
    drop(line);
    let _ = stop.send(());
    runtime.block_on(served)??;
    Ok(())
}
