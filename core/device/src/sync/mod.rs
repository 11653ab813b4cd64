//! Sync: the engine decides (a pure state machine), the driver does (files and sockets), the transport carries.
//! The contract is told in docs/guide/sync.md; its messages are the protocol crate's.

mod action;
mod driver;
mod engine;
mod http;
mod https;
mod installs;
mod patience;
mod photo_driver;
mod photos;
mod picture_driver;
mod pictures;
mod trust;

pub use action::{Action, Outcome, Request, Response, Standing};
pub use driver::{
    Credentials, Progress, SyncError, SyncReport, Transport, TransportError, sync_beside, sync_once,
};
pub use engine::Engine;
pub use http::HttpTransport;
pub use installs::{enrol, enrol_invited};
pub use photo_driver::{send_photos, send_photos_beside};
pub use photos::{PhotoAction, Photos};
pub use picture_driver::{fetch_pictures, fetch_pictures_beside};
pub use pictures::{PictureAction, Pictures};
