//! The phone: everything a rep records is kept here first and sent later; nothing waits for a network.
//! Rules are in `xundian-domain`; screens are the shells'.

#![cfg_attr(feature = "ffi", allow(unsafe_code, reason = "what uniffi generates"))]

mod device_key;
#[cfg(feature = "ffi")]
mod ffi;
pub mod machine;
mod office;
pub mod phone;
pub mod store;
pub mod sync;
pub mod visit_loop;

#[cfg(feature = "ffi")]
uniffi::setup_scaffolding!();
