//! What crosses the wire between phone and server (the contract): records, verdicts, messages, tables, limits, codec.
//! No sockets and no SQL; what the values mean is `xundian-domain`.

#![cfg_attr(feature = "ffi", allow(unsafe_code, reason = "what uniffi generates"))]

pub mod blobs;
pub mod codec;
pub mod day;
pub mod digest;
#[cfg(feature = "ffi")]
mod ffi;
pub mod hello;
pub mod invitation;
pub mod journal;
pub mod limits;
pub mod pull;
pub mod push;
pub mod refusal;
pub mod sign;
pub mod slip;
pub mod tables;

pub use push::{Kind, PushAnswer, PushRequest, Record, Verdict};
pub use refusal::{Refusal, RefusalCode};

/// Version of the messages. A server takes older ones in a push for ever.
pub const PROTO: u32 = 1;
/// The oldest version whose pages a server still gives; an older app is told to update. Facts are taken from every version.
pub const OLDEST_PULL: u32 = 1;

#[cfg(feature = "ffi")]
uniffi::setup_scaffolding!();
