//! An install that a restore has lost is taken up again by what its phone shows: the token is this server's own word
//! (docs/adr/0012). Only a server that was restored asks for it, and what the office took away stays taken away.

use xundian_domain::InstallId;
use xundian_domain::stamp::Millis;
use xundian_protocol::hello::Grant as Shown;
use xundian_protocol::sign::read_public_key;

use super::device::{InstallRow, close, enrolled, insert};
use super::token::Grant;
use super::{Device, EnrolError};
use crate::db::{DbError, Tx};
use crate::setting::restored;

/// So long after a restore a phone may turn up that was lost with it, milliseconds.
const AFTER_MS: i64 = 400 * 86_400_000;
/// Forerunners that a phone names.
const FORERUNNERS: usize = 100;

/// The phone behind an install that no row tells of.
///
/// # Errors
/// The token is not this server's word for what is shown.
pub(super) fn lost(
    install: InstallId,
    shown: &Shown,
    token: &str,
    secret: &[u8],
) -> Result<Device, EnrolError> {
    let (rep, phone) = (shown.rep, shown.phone);
    if !(Grant { install, public_key: &shown.public_key, rep, phone }).is_proven_by(token, secret)? {
        return Err(EnrolError::Code);
    }
    let key = read_public_key(&shown.public_key).map_err(|_| EnrolError::Key)?;
    Ok(Device { install, rep, phone, key })
}

/// Writes its row again. The newest of its forerunners that is known here is replaced by it, as it was before the restore.
///
/// # Errors
/// There was no restore lately, the rep's phones were revoked since this one was enrolled, the install is known with
/// another key, or a failing database.
pub(super) fn write_again(
    tx: &mut Tx<'_>,
    lost: &Device,
    shown: &Shown,
    token: &str,
    now: Millis,
) -> Result<(), EnrolError> {
    // It may come twice.
    if let Some(known) = enrolled(tx, lost.install)? {
        return if known.key == lost.key { Ok(()) } else { Err(EnrolError::Taken) };
    }
    if restored(tx)?.is_none_or(|at| now.0 - at.0 > AFTER_MS) || is_revoked(tx, lost)? {
        return Err(EnrolError::Code);
    }
    let before = forerunner(tx, lost, shown)?;
    let known = before.map(|id| InstallRow::load(tx, id)).transpose()?.unwrap_or_default();
    if known.revoked.is_some() {
        return Err(EnrolError::Code);
    }
    let superseded = known.superseded.or(newer_phone(tx, lost)?);
    insert(tx, lost, &shown.public_key, (token, now), (before, superseded))?;
    if superseded.is_none() {
        // As its code did: a rep has one phone.
        tx.execute(
            "UPDATE install SET superseded = $2 WHERE rep = $1 AND since < $3 AND root <> $4
             AND superseded IS NULL AND closed IS NULL",
            &[lost.rep.into(), now.into(), lost.phone.since.into(), lost.phone.root.into()],
        )?;
    }
    before.map_or(Ok(()), |before| close(tx, before, now).map_err(EnrolError::Db))
}

fn is_revoked(tx: &mut Tx<'_>, lost: &Device) -> Result<bool, DbError> {
    let sql = "SELECT at FROM revocation WHERE rep = $1 AND at >= $2";
    Ok(tx.first(sql, &[lost.rep.into(), lost.phone.since.into()])?.is_some())
}

/// When another phone of the rep was enrolled after this one.
fn newer_phone(tx: &mut Tx<'_>, lost: &Device) -> Result<Option<Millis>, DbError> {
    let sql = "SELECT since FROM install WHERE rep = $1 AND root <> $3 AND since > $2 ORDER BY since LIMIT 1";
    let values = [lost.rep.into(), lost.phone.since.into(), lost.phone.root.into()];
    tx.first(sql, &values)?.map(|row| row.get(0)).transpose()
}

/// The newest install of the same phone that is known here.
fn forerunner(tx: &mut Tx<'_>, lost: &Device, shown: &Shown) -> Result<Option<InstallId>, DbError> {
    for id in shown.before.iter().take(FORERUNNERS) {
        if enrolled(tx, *id)?
            .is_some_and(|known| known.phone.root == lost.phone.root && known.rep == lost.rep)
        {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use uuid::Uuid;
    use xundian_domain::RepNo;
    use xundian_protocol::hello::{HelloRequest, PhoneRoot};
    use xundian_protocol::sign::public_key;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::setting::{RESTORED, keep};
    use crate::sync::device::{phone_of, revoke};
    use crate::sync::{authenticate, enrol, new_code};

    const NOW: Millis = Millis(1_785_000_000_000);
    const SECRET: &[u8] = b"secret";

    fn id(n: u128) -> InstallId {
        InstallId(Uuid::from_u128(n))
    }

    fn rep(text: &str) -> RepNo {
        text.parse().unwrap()
    }

    /// A restored server that knows install 1 of ZY01, enrolled by code.
    fn server() -> (tempfile::TempDir, Db, Device) {
        let (folder, db) = fresh();
        let known = by_code(&db, 1, NOW);
        db.write_now(|tx| keep(tx, RESTORED, NOW.0)).unwrap();
        (folder, db, known)
    }

    fn by_code(db: &Db, install: u128, at: Millis) -> Device {
        let hello = move |code| HelloRequest {
            proto: xundian_protocol::PROTO,
            install_id: id(install),
            public_key: public_key(&SigningKey::from_bytes(&[7; 32])),
            code,
            renew: None,
            was: None,
        };
        let enrolling = move |tx: &mut Tx<'_>| {
            let bits = [u8::try_from(install).unwrap(); 16];
            let code = new_code(tx, rep("ZY01"), bits, at)?;
            enrol(tx, &hello(code), SECRET, at)
        };
        db.write_now(enrolling).unwrap().0
    }

    /// What the phone shows that was renewed from install 1 into 2 and into 3 since the copy.
    fn shown(known: &Device) -> (Shown, String) {
        let public_key = public_key(&SigningKey::from_bytes(&[7; 32]));
        let shown =
            Shown { public_key, rep: known.rep, phone: known.phone, before: vec![id(2), known.install] };
        let grant =
            Grant { install: id(3), public_key: &shown.public_key, rep: shown.rep, phone: shown.phone };
        let token = grant.token(SECRET).unwrap();
        (shown, token)
    }

    fn again(db: &Db, shown: &Shown, token: &str, now: Millis) -> Result<Device, EnrolError> {
        let device = lost(id(3), shown, token, SECRET)?;
        let (shown, token) = (shown.clone(), token.to_owned());
        db.write_now(move |tx| write_again(tx, &device, &shown, &token, now).map(|()| device))
    }

    #[test]
    fn it_is_written_again_by_its_token_behind_the_one_that_is_known() {
        let (_folder, db, known) = server();
        let (shown, token) = shown(&known);
        again(&db, &shown, &token, NOW).unwrap();
        again(&db, &shown, &token, NOW).unwrap();
        let row = db.read_now(|tx| {
            Ok::<_, DbError>((phone_of(tx, id(3))?, InstallRow::load(tx, known.install)?.closed))
        });
        assert_eq!(row.unwrap(), (known.install, Some(NOW)));
        assert!(db.read_now(|tx| authenticate(tx, id(3), &token)).unwrap().is_some());
    }

    #[test]
    fn nobody_is_taken_up_without_the_servers_own_word() {
        let (_folder, _db, known) = server();
        let (shown, token) = shown(&known);
        let refused =
            |shown: Shown, token: &str| matches!(lost(id(3), &shown, token, SECRET), Err(EnrolError::Code));
        assert!(refused(Shown { rep: rep("ZY02"), ..shown.clone() }, &token));
        let later = PhoneRoot { since: Millis(NOW.0 + 1), ..shown.phone };
        assert!(refused(Shown { phone: later, ..shown.clone() }, &token), "after a revocation");
        assert!(refused(shown.clone(), "nonsense"));
        assert!(matches!(lost(id(4), &shown, &token, SECRET), Err(EnrolError::Code)), "another install");
    }

    #[test]
    fn nobody_is_taken_up_by_a_server_that_lost_nothing() {
        let (_folder, db, known) = server();
        let (shown, token) = shown(&known);
        let late = Millis(NOW.0 + AFTER_MS + 1);
        assert!(matches!(again(&db, &shown, &token, late), Err(EnrolError::Code)));
        db.write_now(|tx| tx.execute("DELETE FROM server_setting WHERE name = 'restored'", &[])).unwrap();
        assert!(matches!(again(&db, &shown, &token, NOW), Err(EnrolError::Code)));
    }

    #[test]
    fn what_the_office_took_away_stays_away_though_it_was_lost() {
        let (_folder, db, known) = server();
        let (shown, token) = shown(&known);
        let hidden = Shown { before: Vec::new(), ..shown };
        db.write_now(|tx| revoke(tx, rep("ZY01"), NOW)).unwrap();
        assert!(matches!(again(&db, &hidden, &token, NOW), Err(EnrolError::Code)));
    }

    #[test]
    fn a_phone_whose_rep_has_a_newer_one_by_now_is_the_older_one() {
        let (_folder, db, known) = server();
        let (shown, token) = shown(&known);
        by_code(&db, 9, Millis(NOW.0 + 5));
        again(&db, &shown, &token, Millis(NOW.0 + 9)).unwrap();
        let row = db.read_now(|tx| InstallRow::load(tx, id(3))).unwrap();
        assert_eq!(row.superseded, Some(Millis(NOW.0 + 5)));
    }

    #[test]
    fn the_newer_phone_ends_the_older_one_whoever_comes_first() {
        let (_folder, db, old) = server();
        // The rep's newer phone was enrolled after the copy.
        let phone = PhoneRoot { root: id(3), since: Millis(NOW.0 + 5) };
        let public_key = public_key(&SigningKey::from_bytes(&[7; 32]));
        let shown = Shown { public_key, rep: old.rep, phone, before: Vec::new() };
        let token =
            Grant { install: id(3), public_key: &shown.public_key, rep: shown.rep, phone }.token(SECRET);
        again(&db, &shown, &token.unwrap(), Millis(NOW.0 + 9)).unwrap();
        let row = db.read_now(|tx| InstallRow::load(tx, old.install)).unwrap();
        assert_eq!(row.superseded, Some(Millis(NOW.0 + 9)));
    }

    #[test]
    fn installs_of_another_phone_are_left_alone_whatever_is_named() {
        let (_folder, db, known) = server();
        let newer = by_code(&db, 9, Millis(NOW.0 + 5));
        let (shown, token) = shown(&known);
        let named = Shown { before: vec![newer.install], ..shown };
        again(&db, &named, &token, Millis(NOW.0 + 9)).unwrap();
        let row = db.read_now(|tx| InstallRow::load(tx, newer.install)).unwrap();
        assert_eq!(row.closed, None);
    }
}
