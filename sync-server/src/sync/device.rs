//! Phones: enrolment with a code, and who a request comes from (the sync contract, 3.1). Secrets are kept as hashes.

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, RepNo};
use xundian_protocol::hello::{HelloRequest, PhoneRoot};
use xundian_protocol::sign::read_public_key;

use super::token::Grant;
use crate::db::{DbError, Row, Tx};

/// How long a code holds.
const CODE_MS: i64 = 24 * 3_600_000;
/// Letters of a code: no 0/O, 1/I/L.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ=";
/// Renewals of one phone and its copies in 24 hours; each is a restore or a copy.
const RENEWALS: u32 = 200;
const DAY_MS: i64 = 86_400_000;
/// Letters in a code; 40 bits, single use, for a day.
const CODE_LENGTH: usize = 8;

/// An enrolled phone.
#[derive(Debug, Clone)]
pub struct Device {
    /// Which.
    pub install: InstallId,
    /// Whose.
    pub rep: RepNo,
    /// Which phone: renewals and copies have one root.
    pub phone: PhoneRoot,
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
    /// When it was heard last; `None` = never.
    pub last_contact: Option<Millis>,
}

/// A contact is noted again after so long, in milliseconds: a phone that has nothing to send costs the writer no more.
const CONTACT_MS: i64 = 10 * 60_000;

/// A revoked or replaced phone may push for so long, in milliseconds.
const LAST_PUSHES_MS: i64 = 14 * DAY_MS;

/// What [`InstallRow`] is read from.
const COLUMNS: &str =
    "acked_dseq, last_dseq, durable_upto, last_captured, revoked, closed, superseded, last_contact";

impl InstallRow {
    /// Reads it.
    ///
    /// # Errors
    /// A failing database.
    pub fn load(tx: &mut Tx<'_>, install: InstallId) -> Result<Self, DbError> {
        let row = tx.first(&format!("SELECT {COLUMNS} FROM install WHERE id = $1"), &[install.into()])?;
        row.map_or_else(|| Ok(Self::default()), |row| Self::read(&row))
    }

    /// All installs that a rep ever had.
    ///
    /// # Errors
    /// A failing database.
    pub(crate) fn of_rep(tx: &mut Tx<'_>, rep: RepNo) -> Result<Vec<(InstallId, Self)>, DbError> {
        let rows = tx.query(&format!("SELECT {COLUMNS}, id FROM install WHERE rep = $1"), &[rep.into()])?;
        rows.iter().map(|row| Ok((row.get(8)?, Self::read(row)?))).collect()
    }

    fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            acked_dseq: row.get(0)?,
            last_dseq: row.get(1)?,
            durable_upto: row.get(2)?,
            last_captured: row.get(3)?,
            revoked: row.get(4)?,
            closed: row.get(5)?,
            superseded: row.get(6)?,
            last_contact: row.get(7).map(|at: Millis| (at.0 > 0).then_some(at))?,
        })
    }

    /// Whether it was heard just now, and has no more than was known.
    pub(super) fn is_known_at(&self, now: Millis, last_dseq: u64) -> bool {
        let is_recent = |at: Millis| now.0 - at.0 < CONTACT_MS;
        last_dseq <= self.last_dseq && self.last_contact.is_some_and(is_recent)
    }

    /// Notes that it was heard, and the highest place that it has given.
    ///
    /// # Errors
    /// A failing database.
    pub(crate) fn note(
        tx: &mut Tx<'_>,
        install: InstallId,
        now: Millis,
        last_dseq: u64,
    ) -> Result<(), DbError> {
        tx.execute(
            "UPDATE install SET last_contact = CASE WHEN last_contact > $2 THEN last_contact ELSE $2 END,
             last_dseq = CASE WHEN last_dseq > $3 THEN last_dseq ELSE $3 END WHERE id = $1",
            &[install.into(), now.into(), last_dseq.into()],
        )?;
        Ok(())
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

    /// Whether all that it is known to have is here.
    pub fn is_drained(&self) -> bool {
        self.acked_dseq >= self.last_dseq
    }

    /// Whether its rep's newer phone is in its place: it is drained, or may send nothing any more.
    fn is_replaced(&self, now: Millis) -> bool {
        self.superseded.is_some() && (self.is_drained() || !self.may_push(now))
    }

    /// Whether it speaks for its rep: neither a renewal nor a newer phone is in its place.
    pub fn goes_on(&self, now: Millis) -> bool {
        self.closed.is_none() && !self.is_replaced(now)
    }

    /// Whether it may read: a revoked phone not at all, one whose rep has a newer phone until it is drained.
    pub fn may_pull(&self, now: Millis) -> bool {
        self.revoked.is_none() && !self.is_replaced(now)
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
    /// It renews itself again and again.
    #[error("this phone has renewed itself {RENEWALS} times today")]
    TooOften,
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
    let same = load(tx, hello.install_id)?.map(|(_, device)| device);
    if same.as_ref().is_some_and(|known| known.key != key || known.rep != rep) {
        return Err(EnrolError::Taken);
    }
    let fresh = PhoneRoot { root: hello.install_id, since: now };
    let phone = same.map_or(fresh, |known| known.phone);
    // Who asks once more for what a code has given is as old as that: phones that came after it stay.
    let newest = if is_repeat { phone.since } else { now };
    tx.execute(
        "UPDATE enrol_code SET used_by = $2 WHERE code_hash = $1",
        &[hash(&code).into(), hello.install_id.into()],
    )?;
    let device = Device { install: hello.install_id, rep, phone, key };
    let token = token_of(hello, &device, secret)?;
    insert(tx, &device, &hello.public_key, (&token, now), (None, None))?;
    // A rep has one phone: the older ones go when they are drained.
    tx.execute(
        "UPDATE install SET superseded = $3 WHERE rep = $1 AND id <> $2 AND superseded IS NULL AND closed IS NULL
         AND coalesce(since, enrolled) <= $4",
        &[rep.into(), hello.install_id.into(), now.into(), newest.into()],
    )?;
    Ok((device, token))
}

fn token_of(hello: &HelloRequest, device: &Device, secret: &[u8]) -> Result<String, EnrolError> {
    let Device { install, rep, phone, .. } = *device;
    Grant { install, public_key: &hello.public_key, rep, phone }.token(secret)
}

/// Writes an install with what it follows and since when its rep has a newer phone; one that is there gets its token again.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    device: &Device,
    public_key: &str,
    (token, now): (&str, Millis),
    (renewed_from, superseded): (Option<InstallId>, Option<Millis>),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled, root, since, renewed_from, superseded, last_captured)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT last_captured FROM install WHERE id = $8))
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash",
        &[
            device.install.into(),
            device.rep.into(),
            hash(token).into(),
            public_key.into(),
            now.into(),
            device.phone.root.into(),
            device.phone.since.into(),
            renewed_from.into(),
            superseded.into(),
        ],
    )
    .map(drop)
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
    // Copies of one phone may have asked for the same install, and a restore may have lost which one it followed.
    let sql = "SELECT coalesce(root, id), public_key FROM install WHERE id = $1";
    if let Some(known) = tx.first(sql, &[hello.install_id.into()])? {
        let is_same =
            known.get::<InstallId>(0)? == old.phone.root && known.get::<String>(1)? == hello.public_key;
        if !is_same || hello.install_id == old.install {
            return Err(EnrolError::Taken);
        }
    }
    let sql = "SELECT count(*) FROM install WHERE root = $1 AND enrolled > $2";
    let renewed = tx.first(sql, &[old.phone.root.into(), (now.0 - DAY_MS).into()])?;
    if renewed.map_or(Ok(0), |row| row.get::<u32>(0))? > RENEWALS {
        return Err(EnrolError::TooOften);
    }
    let device = Device { install: hello.install_id, key, ..old.clone() };
    let token = token_of(hello, &device, secret)?;
    // A phone whose rep has a newer one stays the older one.
    let follows = (Some(old.install), before.superseded);
    insert(tx, &device, &hello.public_key, (&token, now), follows)?;
    close(tx, old.install, now)?;
    Ok((device, token))
}

/// Another install replaces this one.
pub(super) fn close(tx: &mut Tx<'_>, install: InstallId, now: Millis) -> Result<(), DbError> {
    let sql = "UPDATE install SET closed = $2 WHERE id = $1 AND closed IS NULL";
    tx.execute(sql, &[install.into(), now.into()]).map(drop)
}

/// Takes the rights of all phones away that a rep has by now, known or lost with a restore. Gives how many are known.
///
/// # Errors
/// A failing database.
pub fn revoke(tx: &mut Tx<'_>, rep: RepNo, now: Millis) -> Result<u64, DbError> {
    let sql = "INSERT INTO revocation (rep, at) VALUES ($1, $2) ON CONFLICT (rep, at) DO NOTHING";
    tx.execute(sql, &[rep.into(), now.into()])?;
    let sql = "UPDATE install SET revoked = $2 WHERE rep = $1 AND revoked IS NULL";
    tx.execute(sql, &[rep.into(), now.into()])
}

fn load(tx: &mut Tx<'_>, install: InstallId) -> Result<Option<([u8; 32], Device)>, DbError> {
    let sql = "SELECT rep, token_hash, public_key, coalesce(root, id), coalesce(since, enrolled)
               FROM install WHERE id = $1";
    let Some(row) = tx.first(sql, &[install.into()])? else { return Ok(None) };
    let public_key: String = row.get(2)?;
    let key =
        read_public_key(&public_key).map_err(|why| DbError::Column { column: 2, reason: why.to_string() })?;
    let phone = PhoneRoot { root: row.get(3)?, since: row.get(4)? };
    let device = Device { install, rep: row.get(0)?, phone, key };
    Ok(Some((row.get(1)?, device)))
}

/// The install that a code has enrolled: what it and its renewals have sent is one phone's.
///
/// # Errors
/// A failing database.
pub(crate) fn phone_of(tx: &mut Tx<'_>, install: InstallId) -> Result<InstallId, DbError> {
    let row = tx.first("SELECT coalesce(root, id) FROM install WHERE id = $1", &[install.into()])?;
    row.map_or(Ok(install), |row| row.get(0))
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
        "INSERT INTO install (id, rep, token_hash, public_key, enrolled, closed, renewed_from, revoked, root, since)
         SELECT $2, rep, $4, public_key, $3, $3, id, revoked, root, since FROM install WHERE id = $1",
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
        let token = token_of(&hello(1, &code), &device, SECRET).unwrap();
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
        let followed = "UPDATE install SET renewed_from = NULL WHERE id = $1";
        db.write_now(move |tx| tx.execute(followed, &[InstallId(Uuid::from_u128(2)).into()])).unwrap();
        assert!(renewed(2, &db).is_ok(), "a copy asks for the same, and a restore has lost whom it followed");
        assert!(matches!(renewed(1, &db), Err(EnrolError::Taken)));
        let row = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(1)))).unwrap();
        assert_eq!(row.closed, Some(NOW));
    }

    #[test]
    fn a_phone_that_renews_itself_all_day_is_told_to_wait() {
        let (_folder, db) = fresh();
        let mut old = enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        for n in 2..=u128::from(RENEWALS) + 1 {
            let (hello, from) = (HelloRequest { renew: Some(old.install), ..hello(n, "") }, old);
            old = db.write_now(move |tx| renew(tx, &hello, &from, SECRET, NOW)).unwrap().0;
        }
        assert_eq!(
            old.phone,
            PhoneRoot { root: InstallId(Uuid::from_u128(1)), since: NOW },
            "one phone all along"
        );
        let again = |at: Millis| {
            let (hello, from) = (HelloRequest { renew: Some(old.install), ..hello(9_999, "") }, old.clone());
            db.write_now(move |tx| renew(tx, &hello, &from, SECRET, at))
        };
        assert!(matches!(again(NOW), Err(EnrolError::TooOften)));
        assert!(again(Millis(NOW.0 + DAY_MS)).is_ok());
    }

    #[test]
    fn a_new_phone_ends_the_old_one_when_it_is_drained_or_after_two_weeks() {
        let (_folder, db) = fresh();
        enrolled(&db, hello(1, &code(&db)), NOW).unwrap();
        let second = db.write_now(|tx| new_code(tx, "ZY01".parse().unwrap(), [9; 16], NOW)).unwrap();
        enrolled(&db, hello(2, &second), NOW).unwrap();
        let old = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(1)))).unwrap();
        assert!(!old.may_pull(NOW) && !old.goes_on(NOW) && old.may_push(NOW));
        let undrained = InstallRow { last_dseq: 3, ..old };
        assert!(undrained.may_pull(NOW) && undrained.goes_on(NOW));
        let later = Millis(NOW.0 + 15 * 86_400_000);
        assert!(!undrained.may_pull(later) && !undrained.goes_on(later) && !undrained.may_push(later));
        let newer = db.read_now(|tx| InstallRow::load(tx, InstallId(Uuid::from_u128(2)))).unwrap();
        assert!(InstallRow { last_dseq: 3, ..newer }.goes_on(later), "nothing is in the place of the newest");
    }
}
