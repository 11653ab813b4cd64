//! An open transaction, or a reading connection: the same calls on both engines.

use super::{DbError, Kind, Row, Value, postgres, sqlite};

/// What SQL is run on.
#[derive(Debug)]
pub enum Tx<'a> {
    /// SQLite.
    Sqlite(&'a rusqlite::Connection),
    /// PostgreSQL.
    Postgres(&'a mut postgres::Connection),
}

/// Many rows for one table in one statement.
#[derive(Debug, Clone, Copy)]
pub struct Bulk {
    /// Table.
    pub table: &'static str,
    /// Columns with their types.
    pub columns: &'static [(&'static str, Kind)],
    /// What follows the values: `ON CONFLICT …`. Keys must be unique within one call.
    pub tail: &'static str,
}

impl Tx<'_> {
    /// Runs a statement; gives the number of rows it touched.
    ///
    /// # Errors
    /// A failing database.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError> {
        match self {
            Self::Sqlite(db) => sqlite::execute(db, sql, values),
            Self::Postgres(db) => db.execute(sql, values),
        }
    }

    /// All rows of an answer.
    ///
    /// # Errors
    /// A failing database.
    pub fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(db) => sqlite::query(db, sql, values),
            Self::Postgres(db) => db.query(sql, values),
        }
    }

    /// The first row of an answer, if there is one.
    ///
    /// # Errors
    /// A failing database.
    pub fn first(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// The rows of many ids (bytes): `sql` ends in the column that is compared, e.g. `SELECT … WHERE id`.
    ///
    /// # Errors
    /// A failing database.
    pub fn query_each(&mut self, sql: &str, ids: &[Value]) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(db) => {
                let sql = format!("{sql} = $1");
                let mut rows = Vec::new();
                for id in ids {
                    rows.append(&mut sqlite::query(db, &sql, std::slice::from_ref(id))?);
                }
                Ok(rows)
            }
            Self::Postgres(db) => db.query_each(sql, ids),
        }
    }

    /// Inserts many rows: a cached single-row statement in a loop on SQLite, arrays on PostgreSQL.
    ///
    /// # Errors
    /// A failing database.
    pub fn insert_many(&mut self, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(db) => sqlite::insert_many(db, bulk, &rows),
            Self::Postgres(db) => db.insert_many(bulk, rows),
        }
    }

    /// Reads what is committed at one moment: nothing that others commit meanwhile is seen. For readers alone, a job of the writer
    /// has its own.
    ///
    /// # Errors
    /// The job's own, or a failing database.
    pub fn at_one_moment<T, E: From<DbError>>(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN DEFERRED",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.execute(begin, &[])?;
        let result = job(self);
        let ended = self.execute("ROLLBACK", &[]);
        let result = result?;
        ended?;
        Ok(result)
    }

    /// Begins a writing transaction. It takes its lock at once: one that reads first and is overtaken by another process would
    /// write by what was.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn begin(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(_) => self.batch("BEGIN IMMEDIATE"),
            Self::Postgres(db) => db.begin(),
        }
    }

    /// Runs a text of several statements without values.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Self::Postgres(db) => db.batch(sql),
        }
    }
}
