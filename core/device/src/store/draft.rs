//! The open visit and its drafts: every changed line is on the disk before the next tap.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;
use xundian_domain::stamp::Stamp;
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Step;
use xundian_domain::{BusinessDate, StoreId, VisitId};
use xundian_protocol::tables::Table;

use super::{Store, StoreError};

/// The visit that the rep is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenVisit {
    /// Its id, made at check-in.
    pub id: VisitId,
    /// Where.
    pub store: StoreId,
    /// On the route of the day.
    pub planned: bool,
    /// Date of the check-in.
    pub date: BusinessDate,
    /// Check-in.
    pub check_in: Stamp,
}

impl Store {
    /// Opens a visit.
    ///
    /// # Errors
    /// [`StoreError::VisitOpen`] if one is open: the visit loop closes it as partial first.
    pub fn begin_visit(&mut self, visit: &OpenVisit) -> Result<(), StoreError> {
        let stamp = json("check-in", &visit.check_in)?;
        let tx = self.writing()?;
        let added = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO open_visit (only_one, id, store, planned, business_date, check_in, shop)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, (SELECT value FROM master_row WHERE tbl = ?6 AND key = ?7
                                                 ORDER BY scope = 'own' DESC LIMIT 1))",
            )?
            .execute(params![
                visit.id.0,
                visit.store.0,
                visit.planned,
                visit.date.to_string(),
                stamp,
                Shop::NAME,
                Shop::key(visit.store)
            ])?;
        tx.commit()?;
        if added == 1 { Ok(()) } else { Err(StoreError::VisitOpen) }
    }

    /// The open visit, also after the app died in it.
    ///
    /// # Errors
    /// A row that cannot be read, or a failing file.
    pub fn open_visit(&self) -> Result<Option<OpenVisit>, StoreError> {
        let row = self
            .db
            .prepare_cached("SELECT id, store, planned, business_date, check_in FROM open_visit")?
            .query_row([], |row| {
                let texts: (String, String) = (row.get(3)?, row.get(4)?);
                Ok((row.get::<_, Uuid>(0)?, row.get::<_, Uuid>(1)?, row.get(2)?, texts))
            })
            .optional()?;
        let Some((id, store, planned, (date, check_in))) = row else { return Ok(None) };
        let date = date.parse().map_err(|why| unreadable("business date", &why))?;
        let check_in = serde_json::from_str(&check_in).map_err(|why| unreadable("check-in", &why))?;
        Ok(Some(OpenVisit { id: VisitId(id), store: StoreId(store), planned, date, check_in }))
    }

    /// The row of the store that the rep is in, as it was at check-in.
    ///
    /// # Errors
    /// A failing file.
    pub fn visited(&self, store: StoreId) -> Result<Option<String>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT shop FROM open_visit WHERE store = ?1")?;
        Ok(statement.query_row([store.0], |row| row.get(0)).optional()?.flatten())
    }

    /// Saves one changed line of a step; `None` takes it back. On the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::NoVisit`] unless this visit is open.
    pub fn save_draft(
        &mut self,
        visit: VisitId,
        step: Step,
        line: &str,
        value: Option<&str>,
    ) -> Result<(), StoreError> {
        self.save_drafts(visit, &[(step, line, value)])
    }

    /// Several in one go: `(step, line, value)`.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub fn save_drafts(
        &mut self,
        visit: VisitId,
        drafts: &[(Step, &str, Option<&str>)],
    ) -> Result<(), StoreError> {
        let tx = self.writing()?;
        let open = tx.prepare_cached("SELECT 1 FROM open_visit WHERE id = ?1")?.exists(params![visit.0])?;
        if !open {
            return Err(StoreError::NoVisit);
        }
        for (step, line, value) in drafts {
            match value {
                Some(value) => tx
                    .prepare_cached(
                        "INSERT INTO draft (visit, step, line, value) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (visit, step, line) DO UPDATE SET value = excluded.value",
                    )?
                    .execute(params![visit.0, step.code(), line, value])?,
                None => tx
                    .prepare_cached("DELETE FROM draft WHERE visit = ?1 AND step = ?2 AND line = ?3")?
                    .execute(params![visit.0, step.code(), line])?,
            };
        }
        tx.commit()?;
        Ok(())
    }

    /// One line as it stands.
    ///
    /// # Errors
    /// A failing file.
    pub fn draft(&self, visit: VisitId, step: Step, line: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM draft WHERE visit = ?1 AND step = ?2 AND line = ?3";
        let mut statement = self.db.prepare_cached(sql)?;
        Ok(statement.query_row(params![visit.0, step.code(), line], |row| row.get(0)).optional()?)
    }

    /// The lines of one step, by key.
    ///
    /// # Errors
    /// A failing file.
    pub fn drafts(&self, visit: VisitId, step: Step) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached("SELECT line, value FROM draft WHERE visit = ?1 AND step = ?2 ORDER BY line")?;
        let rows =
            statement.query_map(params![visit.0, step.code()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| unreadable(what, &why))
}

pub(super) fn unreadable(what: &'static str, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unreadable { what, reason: why.to_string() }
}

#[cfg(test)]
mod tests {
    use xundian_domain::stamp::Millis;

    use super::*;

    fn visit() -> OpenVisit {
        OpenVisit {
            id: VisitId(Uuid::from_u128(7)),
            store: StoreId(Uuid::from_u128(8)),
            planned: true,
            date: "2026-07-27".parse().unwrap(),
            check_in: Stamp { wall: Millis(9), mono_ms: 1, boot: Uuid::nil(), server_offset_ms: Some(3) },
        }
    }

    #[test]
    fn a_visit_and_its_lines_survive_the_death_of_the_app() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let mut store = Store::open(&path).unwrap();
        store.begin_visit(&visit()).unwrap();
        store.save_draft(visit().id, Step::StockCount, "21010019", Some("[8]")).unwrap();
        store.save_draft(visit().id, Step::StockCount, "21010019", Some("[9]")).unwrap();
        store.save_draft(visit().id, Step::StockCount, "21010026", Some("[1]")).unwrap();
        store.save_draft(visit().id, Step::StockCount, "21010026", None).unwrap();
        // Not dropped in order: as a killed process leaves it.
        std::mem::forget(store);

        let store = Store::open(&path).unwrap();
        assert_eq!(store.open_visit().unwrap(), Some(visit()));
        let lines = store.drafts(visit().id, Step::StockCount).unwrap();
        assert_eq!(lines, [("21010019".to_owned(), "[9]".to_owned())]);
    }

    #[test]
    fn only_one_visit_is_open_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        store.begin_visit(&visit()).unwrap();
        let second = OpenVisit { id: VisitId(Uuid::from_u128(9)), ..visit() };
        assert!(matches!(store.begin_visit(&second), Err(StoreError::VisitOpen)));
        assert_eq!(store.open_visit().unwrap(), Some(visit()));
        assert!(matches!(
            store.save_draft(second.id, Step::Display, "", Some("{}")),
            Err(StoreError::NoVisit)
        ));
    }
}
