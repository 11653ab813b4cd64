//! The façade of the phone for Kotlin and Swift: one object, one call per screen or tap (docs/adr/0011). Types are those of
//! the device and the trade, derived there behind the feature `ffi`; here are the door, its errors, and what the shell
//! brings: clocks, a key store, position, ears.

#[cfg(test)]
mod border;
mod codes;
mod damage;
mod errors;
#[cfg(test)]
mod handles;
mod ids;
mod line;
mod phone;
mod screens;
mod sending;
mod shell;
mod visit;

pub use codes::CODES;
pub use errors::{CoreError, ShellError};
pub use phone::RepPhone;
pub use screens::NewStore;
pub use shell::{Changed, Clocks, KeyStore, LogLevel, NetworkState, Position, Watcher};
pub use visit::CheckedOut;

uniffi::setup_scaffolding!();
