//! Phones: enrolment with a code, and who a request comes from (the sync contract, 3.1). Secrets are kept as hashes.

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, RepNo};
use xundian_protocol::hello::{Grant as Shown, HelloRequest};
use xundian_protocol::sign::read_public_key;

use super::token::Grant;
use crate::db::{DbError, Tx};

/// How long a code holds.
const CODE_MS: i64 = 24 * 3_600_000;
/// Letters of a code: no 0/O, 1/I/L.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ=";
/// Renewals of one phone that are followed back; each is a restore or a copy.
const RENEWALS: usize = 1_000;
/// Letters in a code; 40 bits, single use, for a day.
const CODE_LENGTH: usize = 8;

/// An enrolled phone.
#[derive(Debug, Clone)]
pub struct Device {
    /// Which.
    pub install: InstallId,
    /// Whose.
    pub rep: RepNo,
    /// Checks its signatures.
    pub key: VerifyingKey,
}

/// Where an install stands, read in the transaction that acts on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct InstallRow {
    /// Everything up to here is committed.
    pub acked_dseq: u64,
    /// The highest place that the phone has given.
    pub last_dseq: u64,
    /// Everything up to here is in a confirmed backup.
    pub durable_upto: u64,
    /// Effective time of its newest record.
    pub last_captured: Option<Millis>,
    /// Since when it is revoked.
    pub revoked: Option<Millis>,
    /// Since when another install replaces it.
    pub closed: Option<Millis>,
    /// Since when its rep has a newer phone.
    pub superseded: Option<Millis>,
}

/// A revoked or replaced phone may push for so long, in milliseconds.
const LAST_PUSHES_MS: i64 = 14 * 86_400_000;

impl InstallRow {
    /// Reads it.
    ///
    /// # Errors
    /// A failing database.
    pub fn load(tx: &mut Tx<'_>, install: InstallId) -> Result<Self, DbError> {
        let row = tx.first(
            "SELECT acked_dseq, last_dseq, durable_upto, last_captured, revoked, closed, superseded
             FROM install WHERE id = $1",
            &[install.into()],
        )?;
        let Some(row) = row else { return Ok(Self::default()) };
        Ok(Self {
            acked_dseq: row.get(0)?,
            last_dseq: row.get(1)?,
            durable_upto: row.get(2)?,
            last_captured: row.get(3)?,
            revoked: row.get(4)?,
            closed: row.get(5)?,
            superseded: row.get(6)?,
        })
    }

    /// Whether it may still push; a lost phone may for two weeks, into held facts.
    pub fn may_push(&self, now: Millis) -> bool {
        let since = self.revoked.or(self.superseded);
        since.is_none_or(|since| now.0 - since.0 <= LAST_PUSHES_MS)
    }

    /// Whether it may send photos: a revoked phone not at all, one whose rep has a newer phone as long as it may push.
    pub fn may_send_photos(&self, now: Millis) -> bool {
        self.revoked.is_none() && self.may_push(now)
    }

    /// Whether it may read: a revoked phone not at all, one whose rep has a newer phone until it is drained.
    pub fn may_pull(&self, now: Millis) -> bool {
        let is_drained = self.acked_dseq >= self.last_dseq;
        self.revoked.is_none() && self.superseded.is_none_or(|_| !is_drained && self.may_push(now))
    }
}

/// Why a phone is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Never given, used or too old.
    #[error("this code does not hold: ask the office for a new one")]
    Code,
    /// No key.
    #[error("the public key cannot be read")]
    Key,
    /// The install id is taken.
    #[error("this install is enrolled already")]
    Taken,
    /// The server's own secret.
    #[error("the server's secret cannot be used: start the server again")]
    Secret,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes a code for a rep from random bytes; it holds for a day and for one phone.
///
/// # Errors
/// A failing database.
pub fn new_code(tx: &mut Tx<'_>, rep: RepNo, random: [u8; 16], now: Millis) -> Result<String, DbError> {
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 31)]);
    let code: String = random.iter().take(CODE_LENGTH).map(letter).collect();
    tx.execute(
        "INSERT INTO enrol_code (code_hash, rep, expires) VALUES ($1, $2, $3)",
        &[hash(&code).into(), rep.into(), (now.0 + CODE_MS).into()],
    )?;
    Ok(code)
}

/// Enrols a phone and gives its token; the same request again (its answer was lost) is the same enrolment.
///
/// # Errors
/// See [`EnrolError`].
pub fn enrol(
    tx: &mut Tx<'_>,
    hello: &HelloRequest,
    secret: &[u8],
    now: Millis,
) -> Result<(Device, String), EnrolError> {
    let key = read_public_key(&hello.public_key).map_err(|_| EnrolError::Key)?;
    let code = hello.code.trim().to_ascii_uppercase();
    let known =
        tx.first("SELECT rep, expires, used_by FROM enrol_code WHERE code_hash = $1", &[hash(&code).into()])?;
    let known = known.ok_or(EnrolError::Code)?;
    let (rep, expires, used_by): (RepNo, i64, Option<InstallId>) =
        (known.get(0)?, known.get(1)?, known.get(2)?);
    let is_repeat = used_by == Some(hello.install_id);
    if expires < now.0 || used_by.is_some() && !is_repeat {
        return Err(EnrolError::Code);
    }
    // A phone that lost its answer may come with another code: it is known by its key.
    if let Some((_, known)) = load(tx, hello.install_id)?
        && (known.key != key || known.rep != rep)
    {
        return Err(EnrolError::Taken);
    }
    tx.execute(
        "UPDATE enrol_code SET used_by = $2 WHERE code_hash = $1",
        &[hash(&code).into(), hello.install_id.into()],
    )?;
    let token = granted(hello, rep).token(secret)?;
    tx.execute(
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, public_key = excluded.public_key",
        &[
            hello.install_id.into(),
            rep.into(),
            hash(&token).into(),
            hello.public_key.as_str().into(),
            now.into(),
        ],
    )?;
    // A rep has one phone: the older ones go when they are drained.
    tx.execute(
        "UPDATE install SET superseded = $3 WHERE rep = $1 AND id <> $2 AND superseded IS NULL AND closed IS NULL",
        &[rep.into(), hello.install_id.into(), now.into()],
    )?;
    Ok((Device { install: hello.install_id, rep, key }, token))
}

fn granted(hello: &HelloRequest, rep: RepNo) -> Grant<'_> {
    Grant { install: hello.install_id, public_key: &hello.public_key, rep }
}

/// A new install in the place of `old`, whose key has signed the request: its phone was cloned or brought back from a
/// copy. Each copy may renew itself; the same request again is the same renewal.
///
/// # Errors
/// The old install was revoked, the new id is taken, or a failing database.
pub fn renew(
    tx: &mut Tx<'_>,
    hello: &HelloRequest,
    old: &Device,
    secret: &[u8],
    now: Millis,
) -> Result<(Device, String), EnrolError> {
    let key = read_public_key(&hello.public_key).map_err(|_| EnrolError::Key)?;
    let before = InstallRow::load(tx, old.install)?;
    if before.revoked.is_some() {
        return Err(EnrolError::Code);
    }
    let known =
        tx.first("SELECT renewed_from, public_key FROM install WHERE id = $1", &[hello.install_id.into()])?;
    if let Some(known) = known {
        let from: Option<InstallId> = known.get(0)?;
        if from != Some(old.install) || known.get::<String>(1)? != hello.public_key {
            return Err(EnrolError::Taken);
        }
    }
    let token = granted(hello, old.rep).token(secret)?;
    tx.execute(
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled, renewed_from, superseded)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash",
        &[
            hello.install_id.into(),
            old.rep.into(),
            hash(&token).into(),
            hello.public_key.as_str().into(),
            now.into(),
            old.install.into(),
            // A phone whose rep has a newer one stays the older one.
            before.superseded.into(),
        ],
    )?;
    close(tx, old.install, now)?;
    Ok((Device { install: hello.install_id, rep: old.rep, key }, token))
}

fn close(tx: &mut Tx<'_>, install: InstallId, now: Millis) -> Result<(), DbError> {
    let sql = "UPDATE install SET closed = $2 WHERE id = $1 AND closed IS NULL";
    tx.execute(sql, &[install.into(), now.into()]).map(drop)
}

/// The phone behind an install that no row tells of, by what it shows of its grant: a restore has lost the row.
///
/// # Errors
/// The token is not this server's word for it.
pub(super) fn lost(
    install: InstallId,
    shown: &Shown,
    token: &str,
    secret: &[u8],
) -> Result<Device, EnrolError> {
    let grant = Grant { install, public_key: &shown.public_key, rep: shown.rep };
    if !grant.is_proven_by(token, secret)? {
        return Err(EnrolError::Code);
    }
    let key = read_public_key(&shown.public_key).map_err(|_| EnrolError::Key)?;
    Ok(Device { install, rep: shown.rep, key })
}

/// Writes the row of such an install again. The newest of its forerunners that is known here is replaced by it, as it was
/// before the restore; one that is revoked never came to have a follower.
///
/// # Errors
/// The install is known with another key, a forerunner is revoked, or a failing database.
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
    let mut before = None;
    for id in shown.before.iter().take(RENEWALS) {
        if enrolled(tx, *id)?.is_some_and(|known| known.rep == lost.rep) {
            before = Some(*id);
            break;
        }
    }
    let known = before.map(|id| InstallRow::load(tx, id)).transpose()?.unwrap_or_default();
    if known.revoked.is_some() {
        return Err(EnrolError::Code);
    }
    tx.execute(
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled, renewed_from, superseded)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            lost.install.into(),
            lost.rep.into(),
            hash(token).into(),
            shown.public_key.as_str().into(),
            now.into(),
            before.into(),
            known.superseded.into(),
        ],
    )?;
    if let Some(before) = before {
        close(tx, before, now)?;
    }
    Ok(())
}

fn load(tx: &mut Tx<'_>, install: InstallId) -> Result<Option<([u8; 32], Device)>, DbError> {
    let sql = "SELECT rep, token_hash, public_key FROM install WHERE id = $1";
    let Some(row) = tx.first(sql, &[install.into()])? else { return Ok(None) };
    let public_key: String = row.get(2)?;
    let key =
        read_public_key(&public_key).map_err(|why| DbError::Column { column: 2, reason: why.to_string() })?;
    let device = Device { install, rep: row.get(0)?, key };
    Ok(Some((row.get(1)?, device)))
}

/// The first install of the row of renewals that ends in this one: what it has sent is one phone's.
///
/// # Errors
/// A failing database.
pub(crate) fn phone_of(tx: &mut Tx<'_>, install: InstallId) -> Result<InstallId, DbError> {
    let mut first = install;
    for _ in 0..RENEWALS {
        let row = tx.first("SELECT renewed_from FROM install WHERE id = $1", &[first.into()])?;
        match row.map(|row| row.get::<Option<InstallId>>(0)).transpose()?.flatten() {
            Some(before) => first = before,
            None => break,
        }
    }
    Ok(first)
}

/// The phone behind an install id, whoever asks.
///
/// # Errors
/// A failing database.
pub(crate) fn enrolled(tx: &mut Tx<'_>, install: InstallId) -> Result<Option<Device>, DbError> {
    Ok(load(tx, install)?.map(|(_, device)| device))
}

/// An install that stands in for another one whose row of facts cannot go on: closed at its birth, its token is nobody's.
/// It is revoked if the other one is.
///
/// # Errors
/// A failing database.
pub(super) fn stand_in(tx: &mut Tx<'_>, old: &Device, id: InstallId, now: Millis) -> Result<Device, DbError> {
    tx.execute(
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled, closed, renewed_from, revoked)
         SELECT $2, rep, $4, public_key, $3, $3, id, revoked FROM install WHERE id = $1",
        &[old.install.into(), id.into(), now.into(), [0; 32].into()],
    )?;
    Ok(Device { install: id, ..old.clone() })
}

/// The phone behind an install id, if the token is its own.
///
/// # Errors
/// A failing database.
pub fn authenticate(tx: &mut Tx<'_>, install: InstallId, token: &str) -> Result<Option<Device>, DbError> {
    // Hashes are compared, so the comparison's time tells nothing about the token.
    Ok(load(tx, install)?.filter(|(known, _)| *known == hash(token)).map(|(_, device)| device))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use uuid::Uuid;
    use xundian_protocol::PROTO;
    use xundian_protocol::sign::public_key;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;

    const NOW: Millis = Millis(1_785_000_000_000);
    const SECRET: &[u8] = b"secret";

    fn code(db: &Db) -> String {
        db.write_now(|tx| new_code(tx, "ZY01".parse().unwrap(), [7; 16], NOW)).unwrap()
    }

    fn hello(install: u128, code: &str) -> HelloRequest {
        let key = SigningKey::from_bytes(&[7; 32]);
        HelloRequest {
            proto: PROTO,
            install_id: InstallId(Uuid::from_u128(install)),
            public_key: public_key(&key),
            code: code.to_owned(),
            renew: None,
            was: None,
        }
    }

    fn enrolled(db: &Db, hello: HelloRequest, now: Millis) -> Result<Device, EnrolError> {
        db.write_now(move |tx| enrol(tx, &hello, SECRET, now)).map(|(device, _)| device)
    }

    #[test]
    fn a_code_enrols_one_phone_and_its_token_opens() {
        let (_folder, db) = fresh();
        let code = code(&db);
        assert_eq!(code.len(), 8);
        let device = enrolled(&db, hello(1, &code.to_lowercase()), NOW).unwrap();
        assert_eq!(device.rep.as_str(), "ZY01");
        assert!(matches!(enrolled(&db, hello(2, &code), NOW), Err(EnrolError::Code)), "single use");
        assert!(enrolled(&db, hello(1, &code), NOW).is_ok(), "the answer may have been lost");
        let by = |token: &str| {
            db.read_now(|tx| authenticate(tx, InstallId(Uuid::from_u128(1)), token)).unwrap().is_some()
        };
        let hello = hello(1, &code);
        let token = granted(&hello, device.rep).token(SECRET).unwrap();
        assert!(by(&token) && !by("other"));
    }

    #[test]
    fn a_lost_answer_can_be_asked_for_with_another_code_but_an_install_is_nobody_elses() {
        let (_folder, db) = fresh();
        enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let next = |db: &Db, rep: &'static str, bits| {
            db.write_now(move |tx| new_code(tx, rep.parse().unwrap(), [bits; 16], NOW)).unwrap()
        };
        assert!(enrolled(&db, hello(1, &next(&db, "ZY01", 9)), NOW).is_ok());
        let other = public_key(&SigningKey::from_bytes(&[8; 32]));
        let stolen = HelloRequest { public_key: other, ..hello(1, &next(&db, "ZY01", 10)) };
        assert!(matches!(enrolled(&db, stolen, NOW), Err(EnrolError::Taken)));
        assert!(matches!(enrolled(&db, hello(1, &next(&db, "ZY02", 11)), NOW), Err(EnrolError::Taken)));
    }

    #[test]
    fn a_code_does_not_hold_after_a_day_or_when_it_was_never_given() {
        let (_folder, db) = fresh();
        let code = code(&db);
        let tomorrow = Millis(NOW.0 + 25 * 3_600_000);
        assert!(matches!(enrolled(&db, hello(1, &code), tomorrow), Err(EnrolError::Code)));
        assert!(matches!(enrolled(&db, hello(1, "AAAAAAAA"), NOW), Err(EnrolError::Code)));
    }

    #[test]
    fn a_replaced_phone_stays_replaced_when_it_renews_itself() {
        let (_folder, db) = fresh();
        let old = enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let second = db.write_now(|tx| new_code(tx, "ZY01".parse().unwrap(), [9; 16], NOW)).unwrap();
        enrolled(&db, hello(2, &second), NOW).unwrap();
        let again = HelloRequest { renew: Some(old.install), ..hello(3, "") };
        db.write_now(move |tx| renew(tx, &again, &old, SECRET, NOW)).unwrap();
        let row = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(3)))).unwrap();
        assert_eq!(row.superseded, Some(NOW));
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let (_folder, db) = fresh();
        let broken = HelloRequest { public_key: "nonsense".into(), ..hello(1, &code(&db)) };
        assert!(matches!(enrolled(&db, broken, NOW), Err(EnrolError::Key)));
    }

    #[test]
    fn a_copy_renews_itself_and_asking_again_is_the_same_install() {
        let (_folder, db) = fresh();
        let old = enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let renewed = |new: u128, db: &Db| {
            let (old, hello) = (old.clone(), HelloRequest { renew: Some(old.install), ..hello(new, "") });
            db.write_now(move |tx| renew(tx, &hello, &old, SECRET, NOW)).map(|(device, _)| device)
        };
        assert_eq!(renewed(2, &db).unwrap().rep.as_str(), "ZY01");
        assert_eq!(renewed(2, &db).unwrap().install, InstallId(Uuid::from_u128(2)), "its answer was lost");
        assert!(renewed(3, &db).is_ok(), "the other copy");
        assert!(matches!(renewed(1, &db), Err(EnrolError::Taken)));
        let row = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(1)))).unwrap();
        assert_eq!(row.closed, Some(NOW));
    }

    #[test]
    fn an_install_that_a_restore_has_lost_is_written_again_by_its_token_behind_the_one_that_is_known() {
        let (_folder, db) = fresh();
        let known = enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let hello = hello(3, "");
        let token = granted(&hello, known.rep).token(SECRET).unwrap();
        // It was renewed twice since the copy: its direct forerunner is lost, too.
        let before = vec![InstallId(Uuid::from_u128(2)), known.install];
        let shown = Shown { public_key: hello.public_key.clone(), rep: known.rep, before };
        let device = lost(hello.install_id, &shown, &token, SECRET).unwrap();
        let again = |db: &Db| {
            let (device, shown, token) = (device.clone(), shown.clone(), token.clone());
            db.write_now(move |tx| write_again(tx, &device, &shown, &token, NOW))
        };
        again(&db).unwrap();
        again(&db).unwrap();
        let (first, closed) = db
            .read_now(|tx| {
                Ok::<_, DbError>((phone_of(tx, device.install)?, InstallRow::load(tx, known.install)?.closed))
            })
            .unwrap();
        assert_eq!((first, closed), (known.install, Some(NOW)));
        assert!(db.read_now(|tx| authenticate(tx, device.install, &token)).unwrap().is_some());
    }

    #[test]
    fn nobody_is_taken_up_again_without_the_servers_own_word_or_behind_a_revoked_phone() {
        let (_folder, db) = fresh();
        let known = enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let hello = hello(3, "");
        let token = granted(&hello, known.rep).token(SECRET).unwrap();
        let shown =
            Shown { public_key: hello.public_key.clone(), rep: known.rep, before: vec![known.install] };
        let of_another = Shown { rep: "ZY02".parse().unwrap(), ..shown.clone() };
        assert!(matches!(lost(hello.install_id, &of_another, &token, SECRET), Err(EnrolError::Code)));
        assert!(matches!(lost(hello.install_id, &shown, "nonsense", SECRET), Err(EnrolError::Code)));
        let device = lost(hello.install_id, &shown, &token, SECRET).unwrap();
        let revoke = move |tx: &mut Tx<'_>| {
            tx.execute("UPDATE install SET revoked = $2 WHERE id = $1", &[known.install.into(), NOW.into()])
        };
        db.write_now(revoke).unwrap();
        let refused = db.write_now(move |tx| write_again(tx, &device, &shown, &token, NOW));
        assert!(matches!(refused, Err(EnrolError::Code)));
    }

    #[test]
    fn a_new_phone_ends_the_old_one_when_it_is_drained_or_after_two_weeks() {
        let (_folder, db) = fresh();
        enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let second = db.write_now(|tx| new_code(tx, "ZY01".parse().unwrap(), [9; 16], NOW)).unwrap();
        enrolled(&db, hello(2, &second), NOW).unwrap();
        let old = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(1)))).unwrap();
        assert!(!old.may_pull(NOW) && old.may_push(NOW));
        let undrained = InstallRow { last_dseq: 3, ..old };
        assert!(undrained.may_pull(NOW));
        let later = Millis(NOW.0 + 15 * 86_400_000);
        assert!(!undrained.may_pull(later) && !undrained.may_push(later));
    }
}
