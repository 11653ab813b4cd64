//! The office's rows as phones have them: settings, products, prices, promotions, routes, calendars, lists, reasons, stores with their
//! places, contacts and notes.

use super::{Problems, problem};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, apart};

const RULE: &str = "phones have the office's rows as they stand";

/// Phones have of the master data what is theirs, as it stands, and nothing else.
pub(super) fn rows(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Problems, DbError> {
    let apart = apart(tx, catalogue)?;
    let wrong = apart.due.into_keys().chain(apart.stray);
    Ok(wrong.map(|(scope, table, key)| problem(RULE, format_args!("{scope} {table} {key}"))).collect())
}
