//! What the server knows of itself: one text per name, in the database so that it is restored with it. Settings of the
//! company are the office's (`master`), those of a start are the command line's.

use std::fmt::Display;
use std::str::FromStr;

use xundian_domain::stamp::Millis;

use crate::db::{DbError, Tx};

/// When the database went back to its backup, in milliseconds since 1970 UTC.
pub(crate) const RESTORED: &str = "restored";
/// The last sign of life in the oldest copy that the database went back to, in milliseconds since 1970 UTC: what was printed after it
/// may be lost.
pub(crate) const LOST_SINCE: &str = "lost_since";
/// When the office's files were imported last, in milliseconds since 1970 UTC.
pub(crate) const IMPORTED: &str = "imported";
/// The business date of the first start.
pub(crate) const LIVE_SINCE: &str = "live_since";
/// After which import the running server placed waiting orders again and took parked records up.
pub(crate) const TAKEN_UP: &str = "taken_up";

/// A setting; `None` = it was never written, or is not what it should be.
///
/// # Errors
/// A failing database.
pub(crate) fn read<T: FromStr>(tx: &mut Tx<'_>, name: &str) -> Result<Option<T>, DbError> {
    let row = tx.first("SELECT value FROM server_setting WHERE name = $1", &[name.into()])?;
    let text: Option<String> = row.map(|row| row.get(0)).transpose()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Writes a setting, whatever it was.
///
/// # Errors
/// A failing database.
pub(crate) fn keep(tx: &mut Tx<'_>, name: &str, value: impl Display) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO server_setting (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), value.to_string().into()],
    )?;
    Ok(())
}

/// A setting that is made once, at the first start; two servers that start at once agree on it.
///
/// # Errors
/// A failing database.
pub(crate) fn made_once(tx: &mut Tx<'_>, name: &str, fresh: impl Display) -> Result<String, DbError> {
    let fresh = fresh.to_string();
    tx.execute(
        "INSERT INTO server_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        &[name.into(), fresh.as_str().into()],
    )?;
    Ok(read(tx, name)?.unwrap_or(fresh))
}

/// When the database went back to its backup; `None` = never.
///
/// # Errors
/// A failing database.
pub(crate) fn restored(tx: &mut Tx<'_>) -> Result<Option<Millis>, DbError> {
    Ok(read::<i64>(tx, RESTORED)?.map(Millis))
}

/// Whether the database went back to its backup, and the office has brought no files since.
///
/// # Errors
/// A failing database.
pub(crate) fn awaits_files(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let Some(restored) = restored(tx)? else { return Ok(false) };
    Ok(read::<i64>(tx, IMPORTED)?.is_none_or(|imported| imported <= restored.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;

    #[test]
    fn what_is_made_once_stays_and_what_is_kept_is_the_last_word() {
        let (_folder, db) = fresh();
        let said = db.write_now(|tx| {
            let made = (made_once(tx, "secret", "a")?, made_once(tx, "secret", "b")?);
            keep(tx, "mark", 1)?;
            keep(tx, "mark", 2)?;
            Ok::<_, DbError>((made, read::<i64>(tx, "mark")?, read::<i64>(tx, "secret")?))
        });
        assert_eq!(said.unwrap(), (("a".to_owned(), "a".to_owned()), Some(2), None));
    }
}
