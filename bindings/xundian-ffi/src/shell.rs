//! What the shell brings. Its objects may fail or throw: that is never a panic here, and never loses what a rep did.

use std::sync::Arc;

use uuid::Uuid;
use xundian_device::machine::{Machine, ThisMachine};
use xundian_device::sync::Progress;
use xundian_domain::location::Fix;
use xundian_domain::stamp::Millis;

use crate::errors::ShellError;

/// Names of boots become ids by this name space; never change it, or every boot looks like another one.
const BOOTS: Uuid = Uuid::from_u128(0x3a51_9c0e_7d42_4f19_8b66_0c5e_91d2_f7a4);

/// The clocks of the phone.
#[uniffi::export(with_foreign)]
pub trait Clocks: Send + Sync {
    /// Milliseconds since 1970 UTC: what the owner can set.
    ///
    /// # Errors
    /// The shell's.
    fn wall_ms(&self) -> Result<i64, ShellError>;
    /// Milliseconds since boot, going on in sleep.
    ///
    /// # Errors
    /// The shell's.
    fn since_boot_ms(&self) -> Result<i64, ShellError>;
    /// A name for this boot: another one after every start of the phone.
    ///
    /// # Errors
    /// The shell's.
    fn boot_id(&self) -> Result<String, ShellError>;
}

/// Asked at check-out, and for the distances of the route; no position is an answer.
#[uniffi::export(with_foreign)]
pub trait Position: Send + Sync {
    /// The newest fix; `None` = there is none, or the rep did not allow it.
    ///
    /// # Errors
    /// The shell's; it counts as no position.
    fn now(&self) -> Result<Option<Fix>, ShellError>;
}

/// What the system says of the network. Facts are small and always go; photos go by this, and pictures come by it.
#[uniffi::export(with_foreign)]
pub trait NetworkState: Send + Sync {
    /// Whether photos may go and pictures come now: asked before every piece of a photo and before every picture, so that
    /// leaving a good network stops them there.
    ///
    /// # Errors
    /// The shell's; it counts as yes.
    fn is_good_for_photos(&self) -> Result<bool, ShellError>;
}

/// The key store of the system: what it wraps can be unwrapped on this phone alone. It wraps the secret of the phone's own key, 32
/// bytes, whenever the phone gets one.
#[uniffi::export(with_foreign)]
pub trait KeyStore: Send + Sync {
    /// Wraps a secret.
    ///
    /// # Errors
    /// The shell's; then the secret lies in the file as it is, and the next sync tries again.
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, ShellError>;
    /// Undoes [`KeyStore::wrap`].
    ///
    /// # Errors
    /// The shell's; then calls that must sign are `Unauthorized{key_lost}` and the phone keeps all that it has.
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, ShellError>;
}

/// What has changed, so that screens ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Changed {
    /// The open visit.
    Visit,
    /// What this phone has sealed, or what the server said about it.
    Facts,
    /// Master data.
    Master,
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// For whoever looks.
    Info,
    /// Something was not as it should be, and was got over.
    Warning,
    /// Something failed.
    Error,
}

/// Hears what happens, after it is on the disk and outside of every lock: it may call back.
#[uniffi::export(with_foreign)]
pub trait Watcher: Send + Sync {
    /// Something has changed.
    ///
    /// # Errors
    /// The shell's; they are ignored.
    fn changed(&self, what: Changed) -> Result<(), ShellError>;
    /// How far a long call is.
    ///
    /// # Errors
    /// The shell's; they are ignored.
    fn progress(&self, progress: Progress) -> Result<(), ShellError>;
    /// A line for the log. It may come while a call holds the file: only pass it on, and do not call back.
    ///
    /// # Errors
    /// The shell's; they are ignored.
    fn log(&self, level: LogLevel, line: String) -> Result<(), ShellError>;
}

/// What the shell brought when it opened the phone.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) clocks: Arc<dyn Clocks>,
    pub(crate) keys: Option<Arc<dyn KeyStore>>,
    pub(crate) position: Option<Arc<dyn Position>>,
    pub(crate) network: Option<Arc<dyn NetworkState>>,
    pub(crate) watcher: Option<Arc<dyn Watcher>>,
}

impl Shell {
    /// The newest fix; no position is an answer, and so is a shell that fails.
    pub(crate) fn fix(&self) -> Option<Fix> {
        self.position.as_ref()?.now().ok().flatten()
    }

    /// Photos are to reach the office: only a shell that says no keeps them here.
    pub(crate) fn is_good_for_photos(&self) -> bool {
        self.network.as_ref().is_none_or(|network| network.is_good_for_photos().unwrap_or(true))
    }

    pub(crate) fn log(&self, level: LogLevel, line: String) {
        if let Some(watcher) = &self.watcher {
            drop(watcher.log(level, line));
        }
    }

    /// What the key store says; what it cannot do goes to the log and to the person who reads it.
    fn keys<T>(&self, ask: impl FnOnce(&dyn KeyStore) -> Result<T, ShellError>) -> Option<T> {
        let answer = ask(self.keys.as_deref()?);
        answer.map_err(|why| self.log(LogLevel::Warning, format!("key store: {why}"))).ok()
    }
}

/// The shell's clocks, with this process's own behind them for when the shell fails, and its key store.
pub(crate) struct ShellMachine {
    shell: Shell,
    own: ThisMachine,
}

impl ShellMachine {
    pub(crate) fn new(shell: &Shell) -> Self {
        Self { shell: shell.clone(), own: ThisMachine::new(None) }
    }

    /// Monotonic time and its boot belong together: both are the shell's or both are this process's.
    fn boot_clock(&self) -> Option<(i64, Uuid)> {
        let boot = self.shell.clocks.boot_id().ok()?;
        Some((self.shell.clocks.since_boot_ms().ok()?, Uuid::new_v5(&BOOTS, boot.as_bytes())))
    }
}

impl Machine for ShellMachine {
    fn wall(&self) -> Millis {
        self.shell.clocks.wall_ms().map_or_else(|_| self.own.wall(), Millis)
    }

    fn mono_ms(&self) -> i64 {
        self.boot_clock().map_or_else(|| self.own.mono_ms(), |(ms, _)| ms)
    }

    fn boot(&self) -> Uuid {
        self.boot_clock().map_or_else(|| self.own.boot(), |(_, boot)| boot)
    }

    fn random(&mut self) -> u128 {
        self.own.random()
    }

    fn wrap_key(&self, secret: &[u8; 32]) -> Option<Vec<u8>> {
        self.shell.keys(|keys| keys.wrap(secret.to_vec()))
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Option<[u8; 32]> {
        self.shell.keys(|keys| keys.unwrap(wrapped.to_vec()))?.try_into().ok()
    }
}
