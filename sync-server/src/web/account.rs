//! Logins of the portals: argon2 passwords, sessions kept as hashes.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use sha2::{Digest, Sha256};
use xundian_domain::stamp::Millis;
use xundian_domain::{DistributorNo, RepNo};

use crate::app::random;
use crate::db::{Db, DbError, Tx};

/// A session ends after this, in milliseconds.
const SESSION_MS: i64 = 12 * 3_600_000;

/// What a login may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Everything.
    Office,
    /// A team of reps.
    Supervisor(RepNo),
    /// One distributor's sheets.
    Distributor(DistributorNo),
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) login: String,
    pub(super) role: Role,
}

/// Why a login is not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not a role, or its number is none.
    #[error("`{0}` is no role with its number: use office, supervisor SV01 or distributor D01")]
    Role(String),
    /// The password could not be hashed.
    #[error("the password could not be stored: {0}")]
    Password(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn role_of(role: &str, subject: &str) -> Option<Role> {
    match role {
        "office" => Some(Role::Office),
        "supervisor" => Some(Role::Supervisor(subject.parse().ok()?)),
        "distributor" => Some(Role::Distributor(subject.parse().ok()?)),
        _ => None,
    }
}

/// Makes a login, or gives it a new password; the password is returned once and kept as its hash only.
///
/// # Errors
/// See [`AccountError`].
pub fn add_account(
    db: &Db,
    login: &str,
    role: &str,
    subject: &str,
    now: Millis,
) -> Result<String, AccountError> {
    role_of(role, subject).ok_or_else(|| AccountError::Role(format!("{role} {subject}")))?;
    let password = xundian_protocol::digest::hex(&random::<6>()?);
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|why| AccountError::Password(why.to_string()))?
        .to_string();
    let (login, role, subject) = (login.to_owned(), role.to_owned(), subject.to_owned());
    db.write_now(move |tx| {
        tx.execute(
            "INSERT INTO account (login, role, subject, password, created) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (login) DO UPDATE SET role = excluded.role, subject = excluded.subject,
             password = excluded.password",
            &[login.into(), role.into(), subject.into(), hash.into(), now.into()],
        )
    })?;
    Ok(password)
}

/// Opens a session; `None` = wrong login or password. Takes the time of a hash either way.
pub(super) fn log_in(
    tx: &mut Tx<'_>,
    login: &str,
    password: &str,
    token: &str,
    now: Millis,
) -> Result<bool, DbError> {
    let known = tx.first("SELECT password FROM account WHERE login = $1", &[login.into()])?;
    let stored: Option<String> = known.map(|row| row.get(0)).transpose()?;
    if !is_right(stored.as_deref(), password) {
        return Ok(false);
    }
    tx.execute("DELETE FROM session WHERE expires < $1", &[now.into()])?;
    tx.execute(
        "INSERT INTO session (token_hash, login, expires) VALUES ($1, $2, $3)",
        &[hash(token).into(), login.into(), (now.0 + SESSION_MS).into()],
    )?;
    Ok(true)
}

fn is_right(stored: Option<&str>, password: &str) -> bool {
    let Some(parsed) = stored.and_then(|stored| PasswordHash::new(stored).ok()) else {
        // The same work for a login that does not exist.
        let _ = Argon2::default().hash_password(password.as_bytes());
        return false;
    };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

pub(super) fn session(tx: &mut Tx<'_>, token: &str, now: Millis) -> Result<Option<Account>, DbError> {
    let row = tx.first(
        "SELECT a.login, a.role, a.subject FROM session s JOIN account a ON a.login = s.login
         WHERE s.token_hash = $1 AND s.expires > $2",
        &[hash(token).into(), now.into()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (role, subject): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(role_of(&role, &subject).map(|role| Account { login: row.get(0).unwrap_or_default(), role }))
}

pub(super) fn log_out(tx: &mut Tx<'_>, token: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM session WHERE token_hash = $1", &[hash(token).into()])?;
    Ok(())
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;

    const NOW: Millis = Millis(1_785_000_000_000);

    fn enter(db: &Db, password: String, token: &'static str) -> bool {
        db.write_now(move |tx| log_in(tx, "d01", &password, token, NOW)).unwrap()
    }

    #[test]
    fn a_login_opens_a_session_until_it_ends() {
        let (_folder, db) = fresh();
        let password = add_account(&db, "d01", "distributor", "D01", NOW).unwrap();
        assert!(!enter(&db, "wrong".into(), "t"));
        assert!(enter(&db, password, "t"));
        let at = |now: i64| db.read_now(|tx| session(tx, "t", Millis(now))).unwrap();
        assert_eq!(at(NOW.0).unwrap().role, Role::Distributor("D01".parse().unwrap()));
        assert_eq!(at(NOW.0 + SESSION_MS + 1), None);
        db.write_now(|tx| log_out(tx, "t")).unwrap();
        assert_eq!(at(NOW.0), None);
    }

    #[test]
    fn passwords_are_not_in_the_database_and_roles_are_checked() {
        let (_folder, db) = fresh();
        let password = add_account(&db, "d01", "distributor", "D01", NOW).unwrap();
        let row = db.read_now(|tx| tx.first("SELECT password FROM account", &[])).unwrap().unwrap();
        let stored: String = row.get(0).unwrap();
        assert!(stored.starts_with("$argon2id$") && !stored.contains(&password));
        assert!(matches!(add_account(&db, "x", "king", "", NOW), Err(AccountError::Role(_))));
        assert!(matches!(add_account(&db, "x", "distributor", "", NOW), Err(AccountError::Role(_))));
    }
}
