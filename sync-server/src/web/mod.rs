//! HTTP: the phones' API, the driver's page, the portals. Nothing is open without a token, a login or a secret link.

mod account;
mod api;
mod approvals;
mod distributor;
mod entrance;
mod journal;
mod page;
mod results;
mod slip;
mod status;
mod suggestions;
mod supervisor;
mod van;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Router};
use axum_server::tls_rustls::RustlsConfig;

use crate::app::App;
use crate::log::Log;
use crate::photos::Tended;

pub use account::{AccountError, add_account};
use page::Fault;

/// How often the work of the clock is looked for.
const TICK: Duration = Duration::from_secs(1);
/// How long a server that stops waits for its last answers.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// How often the photos are looked after.
const TEND: Duration = Duration::from_secs(60);

/// All doors of the server.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .merge(entrance::routes())
        .merge(distributor::routes())
        .merge(slip::routes())
        .merge(results::routes())
        .merge(supervisor::routes())
        .merge(suggestions::routes())
        .merge(approvals::routes())
        .merge(journal::routes())
        .merge(status::routes())
        .merge(van::routes())
        .layer(axum::middleware::map_response_with_state(app.log(), guarded));
    Router::new().merge(api::routes()).merge(pages).with_state(app)
}

/// Pages run nothing but their own, are in no frame, no index, no referrer. What failed in them is said.
async fn guarded(State(log): State<Log>, mut response: Response) -> Response {
    if let Some(Fault(why)) = response.extensions_mut().remove::<Fault>() {
        log.say(why);
    }
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", "default-src 'self'; frame-ancestors 'none'; form-action 'self'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
    ] {
        headers.insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}

/// Serves until `stop` is ready.
///
/// # Errors
/// The socket fails.
pub async fn serve(
    app: App,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    serve_plain(router(app), listener, stop).await
}

/// [`serve`] for a proxy that does TLS and names its callers in `X-Forwarded-For`; nobody else may reach the listener.
///
/// # Errors
/// The socket fails.
pub async fn serve_behind_proxy(
    app: App,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    serve_plain(router(app).layer(Extension(api::BehindProxy)), listener, stop).await
}

async fn serve_plain(
    router: Router,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// Serves under TLS until `stop` is ready. `certificate` and `key` are PEM files.
///
/// # Errors
/// The files cannot be read, or the socket fails.
pub async fn serve_tls(
    app: App,
    listener: std::net::TcpListener,
    certificate: &Path,
    key: &Path,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let tls = RustlsConfig::from_pem_file(certificate, key).await?;
    let handle = axum_server::Handle::new();
    let server = axum_server::from_tcp_rustls(listener, tls)?;
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(LAST_ANSWERS));
    });
    server.handle(handle).serve(router(app).into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Does the work of the clock, for as long as the server runs.
pub async fn keep_ticking(app: App) {
    tokio::join!(keep_freezing(app.clone()), keep_tending(app));
}

async fn keep_tending(app: App) {
    loop {
        let tending = app.clone();
        match tokio::task::spawn_blocking(move || tending.tend_photos()).await {
            Ok(Ok(done)) if done == Tended::default() => {}
            Ok(Ok(done)) => println!(
                "photos: {} ended, {} half ones dropped, {} finished, {} found",
                done.ended, done.dropped, done.finished, done.found
            ),
            Ok(Err(why)) => app.log().say(why),
            Err(why) => app.log().say(why),
        }
        tokio::time::sleep(TEND).await;
    }
}

async fn keep_freezing(app: App) {
    loop {
        tokio::time::sleep(TICK).await;
        let ticking = app.clone();
        match tokio::task::spawn_blocking(move || ticking.tick()).await {
            Ok(Ok(frozen)) => frozen.iter().for_each(|sheet| println!("frozen: {sheet}")),
            Ok(Err(why)) => app.log().say(why),
            Err(why) => app.log().say(why),
        }
        learn(app.clone()).await;
    }
}

/// After the freezes, so that it never sees half of an import.
async fn learn(app: App) {
    let log = app.log();
    match tokio::task::spawn_blocking(move || app.learn()).await {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => log.say(why),
        Err(why) => log.say(why),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::response::IntoResponse;

    use super::page::PageError;
    use super::*;

    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn what_failed_in_a_page_is_said_to_whoever_runs_the_server() {
        let log = Log::to(|line| SAID.lock().unwrap().push(line.to_owned()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for error in [PageError::Failed("the disk".to_owned()), PageError::NotFound] {
            let shown = runtime.block_on(guarded(State(log), error.into_response()));
            assert!(shown.headers().contains_key("x-robots-tag"));
        }
        assert_eq!(*SAID.lock().unwrap(), ["the disk"]);
    }
}
