//! Installs: how a phone comes to one by a code, and to the next by renewing itself; what it keeps until an answer is heard,
//! and what it shows to a server that has lost it (docs/adr/0007, 0012).

use ed25519_dalek::SigningKey;
use xundian_domain::{InstallId, RepNo};
use xundian_protocol::hello::{Grant, HelloAnswer, HelloRequest};
use xundian_protocol::invitation::Invitation;
use xundian_protocol::journal::ImportKey;
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::sign::public_key;
use xundian_protocol::{PROTO, Refusal, RefusalCode, codec};

use super::action::Request;
use super::driver::{Side, SyncError, Transport};
use crate::device_key;
use crate::machine::{fill, new_id};
use crate::phone::{Phone, PhoneError};
use crate::store::Adopted;

/// Enrols the phone with a code that the office gave as a QR; see [`enrol`]. The server that takes it must be the company's.
///
/// # Errors
/// As [`enrol`], and [`SyncError::OtherCompany`]: then nothing changed on the phone.
pub fn enrol_invited(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    invitation: &Invitation,
) -> Result<(), SyncError> {
    enrol_with(phone, transport, &invitation.code, Some(invitation.key))
}

/// Enrols the phone with the office's code: a new install id and key, kept before they are sent, so that a lost answer
/// can be asked for again with the same code. Facts that wait get places in the new install's row. With another rep's code
/// the phone is handed over: the facts of the rep before stay behind, in nobody's row.
///
/// # Errors
/// The server's refusal, no answer, a failing file, or facts or an open visit of the rep before that wait: the phone stays
/// his, and the same code holds on.
pub fn enrol(phone: &mut Phone, transport: &mut dyn Transport, code: &str) -> Result<(), SyncError> {
    enrol_with(phone, transport, code, None)
}

fn enrol_with(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    code: &str,
    company: Option<[u8; 32]>,
) -> Result<(), SyncError> {
    let mut side = Side::new(&mut phone.store, phone.machine.as_mut());
    let granted = match ask(&mut side, transport, code, false) {
        // Another rep's code was granted to the install that was asked for, and the answer was lost or thrown away.
        Err(SyncError::Refused(refusal)) if refusal.code == RefusalCode::Fork => {
            ask(&mut side, transport, code, true)?
        }
        granted => granted?,
    };
    let theirs = granted.import_key.as_deref().and_then(ImportKey::read).map(|key| key.fingerprint());
    if company.is_some() && theirs != company {
        return Err(SyncError::OtherCompany);
    }
    let known = side.store.setting("epoch")?;
    let all = known.is_some_and(|epoch| epoch != granted.standing.epoch.to_string());
    side.check_hand_over(granted.rep, all)?;
    side.adopt(Way::Code, &granted, all)?;
    phone.forget_office();
    Ok(())
}

/// Asks for an install by a code; `fresh` = for another one than the last time.
fn ask(
    side: &mut Side<'_>,
    transport: &mut dyn Transport,
    code: &str,
    fresh: bool,
) -> Result<HelloAnswer, SyncError> {
    let next = side.next_install(Way::Code, fresh)?;
    let hello = HelloRequest {
        proto: PROTO,
        install_id: next.install,
        public_key: public_key(&next.key),
        code: code.to_owned(),
        renew: None,
        was: None,
    };
    let body = codec::encode(&hello, SMALL_BYTES).map_err(|_| SyncError::Puzzled)?;
    let request = Request { method: "POST", path: "/v1/hello".to_owned(), body };
    let response = transport.send(&request, None)?;
    if response.status != 200 {
        let refusal =
            codec::decode::<Refusal>(&response.body, SMALL_BYTES).map_err(|_| SyncError::Puzzled)?;
        return Err(SyncError::Refused(refusal));
    }
    codec::decode(&response.body, SMALL_BYTES).map_err(|_| SyncError::Puzzled)
}

/// How an install is asked for. Each way keeps what it asks for apart: a renewal between two tries of a code must not burn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Code,
    Renewal {
        /// The server was restored.
        all: bool,
    },
}

impl Way {
    /// The settings of the install and its key.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Code => ("code_install", "code_key"),
            Self::Renewal { .. } => ("next_install", "next_key"),
        }
    }
}

/// Says that the next install is a renewal's; an older app kept a code's there, too.
const RENEWAL: &str = "renew";

/// Installs that a phone remembers to have been: each is a restore or a copy.
const FORERUNNERS: usize = 100;

/// An install in the making.
pub(super) struct NextInstall {
    pub(super) install: InstallId,
    pub(super) key: SigningKey,
    /// The key as it lies in the file.
    kept: String,
}

impl Side<'_> {
    /// The install that is being asked for: kept on the disk before it is sent, so that asking again asks for the same.
    /// `fresh` = not that one.
    pub(super) fn next_install(&mut self, way: Way, fresh: bool) -> Result<NextInstall, SyncError> {
        if !fresh {
            match self.asked_install(way) {
                Ok(Some(next)) => return Ok(next),
                // Nobody can prove to be that install any more: another one is asked for.
                Ok(None) | Err(SyncError::Phone(PhoneError::KeyLost)) => {}
                Err(why) => return Err(why),
            }
        }
        let install = InstallId(new_id(self.machine));
        let mut seed = [0u8; 32];
        fill(self.machine, &mut seed);
        let (install_name, key_name) = way.names();
        let (id, kept) = (install.to_string(), device_key::keep(&seed, self.machine));
        let mut settings = vec![(install_name, id.as_str()), (key_name, kept.as_str())];
        if let Way::Renewal { all } = way {
            settings.extend([("next_way", RENEWAL), ("next_all", if all { "1" } else { "" })]);
        }
        self.store.set(&settings)?;
        Ok(NextInstall { install, key: SigningKey::from_bytes(&seed), kept })
    }

    /// The install that was asked for and not adopted.
    fn asked_install(&self, way: Way) -> Result<Option<NextInstall>, SyncError> {
        let (install_name, key_name) = way.names();
        let is_kept = way == Way::Code || self.store.setting("next_way")?.as_deref() == Some(RENEWAL);
        let kept = (self.store.setting(install_name)?, self.store.setting(key_name)?);
        let (Some(install), Some(kept), true) = (kept.0, kept.1, is_kept) else { return Ok(None) };
        let install = InstallId(install.parse().map_err(|_| SyncError::Puzzled)?);
        Ok(Some(NextInstall { install, key: device_key::read(&kept, self.machine)?, kept }))
    }

    /// A key of before this phone had a key store, or of a moment in which it failed, is wrapped now.
    pub(super) fn wrap_key_late(&mut self) -> Result<(), SyncError> {
        let kept = self.store.setting("device_key")?;
        if let Some(wrapped) = kept.and_then(|kept| device_key::wrapped_late(&kept, self.machine)) {
            self.store.set(&[("device_key", &wrapped)])?;
        }
        Ok(())
    }

    /// Nothing of the rep before waits, if the phone goes to another one. Photos are in no journal, but their visits are
    /// complete without them. `all` = the server was restored: what it had may be gone.
    fn check_hand_over(&self, to: RepNo, all: bool) -> Result<(), SyncError> {
        let before = self.store.setting("rep")?.and_then(|rep| rep.parse::<RepNo>().ok());
        let Some(rep) = before.filter(|rep| *rep != to) else { return Ok(()) };
        if let Some(open) = self.store.open_visit()? {
            return Err(PhoneError::VisitOpen(open.store).into());
        }
        match self.store.unkept_count(all)? {
            0 => Ok(()),
            waiting => Err(SyncError::OthersWait { rep, waiting }),
        }
    }

    pub(super) fn adopt(
        &mut self,
        way: Way,
        granted: &HelloAnswer,
        all: bool,
    ) -> Result<InstallId, SyncError> {
        // The one that was granted or none: a key that cannot be read now may be read at the next try.
        let next = self.asked_install(way)?.ok_or(SyncError::Puzzled)?;
        let adopted = Adopted {
            install: next.install,
            phone: granted.phone.and_then(|phone| serde_json::to_string(&phone).ok()).unwrap_or_default(),
            before: if way == Way::Code { String::new() } else { self.forerunners()? },
            key: next.kept,
            token: granted.token.clone(),
            rep: granted.rep.to_string(),
            import_key: granted.import_key.clone(),
        };
        let heard = self.heard(&granted.standing)?;
        self.store.adopt(&adopted, &heard, all)?;
        Ok(next.install)
    }

    /// Whether a renewal was asked for and not adopted, and why.
    pub(super) fn renewing(&self) -> Result<Option<bool>, SyncError> {
        let asked = self.store.setting("next_way")?.as_deref() == Some(RENEWAL);
        Ok(if asked { Some(self.store.setting("next_all")?.as_deref() == Some("1")) } else { None })
    }

    /// The install of now and those that it stands for, newest first, joined by commas.
    fn forerunners(&self) -> Result<String, SyncError> {
        let now = self.store.setting("install")?;
        let before = self.store.setting("installs_before")?.unwrap_or_default();
        let all = now.iter().map(String::as_str).chain(before.split(',').filter(|id| !id.is_empty()));
        Ok(all.take(FORERUNNERS).collect::<Vec<_>>().join(","))
    }

    /// What the server has granted to the install of now; `None` = it did not say which phone this is.
    pub(super) fn grant(&self) -> Result<Option<Grant>, SyncError> {
        let setting = |name| self.store.setting(name)?.ok_or(PhoneError::NotEnrolled);
        let phone = self.store.setting("phone")?.and_then(|text| serde_json::from_str(&text).ok());
        let Some(phone) = phone else { return Ok(None) };
        let before = self.store.setting("installs_before")?.unwrap_or_default();
        Ok(Some(Grant {
            phone,
            public_key: public_key(&device_key::read(&setting("device_key")?, self.machine)?),
            rep: setting("rep")?.parse().map_err(|_| SyncError::Puzzled)?,
            before: before.split(',').filter_map(|id| id.parse().ok().map(InstallId)).collect(),
        }))
    }
}
