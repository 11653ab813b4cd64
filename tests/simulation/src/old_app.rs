//! An upgrade of the app: the phone's file goes back to the first schema, as an old app would have left it, and the app
//! of today opens it. What is sealed stays, and rows are asked for again only where the old file could not know how far
//! they were.

use rusqlite::Connection;

use crate::Outcome;
use crate::phone::SimPhone;

const FIRST_SCHEMA: &str = include_str!("../../../core/device/migrations/001_start.sql");

/// What an old app has in common with today's.
const ROWS: &str = "
    INSERT INTO setting SELECT name, value FROM now.setting WHERE name <> 'last_dseq';
    INSERT INTO fact SELECT dseq, id, kind, version, business_date, captured, body, hash, private, verdict
        FROM now.fact JOIN now.sealed USING (n) JOIN now.place ON place.fact = fact.n;
    INSERT INTO open_visit SELECT only_one, id, store, planned, business_date, check_in FROM now.open_visit;
    INSERT INTO draft SELECT visit, step, line, value FROM now.draft;
    INSERT INTO master_row SELECT tbl, key, scope, value FROM now.master_row;
    PRAGMA user_version = 1;";

/// Whether an old app could have this file: it knew no second install, no pruning and no photos.
fn is_possible(db: &Connection) -> Outcome<bool> {
    let sql = "SELECT NOT EXISTS (SELECT n FROM fact EXCEPT SELECT fact FROM place) AND NOT EXISTS (SELECT 1 FROM photo)
               AND (SELECT coalesce(max(dseq), 0) FROM place)
                   = (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM setting WHERE name = 'last_dseq')";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

impl SimPhone {
    /// The file becomes an old app's and is opened by today's; `false` = no old app could have had it.
    pub(crate) fn upgrade_from_the_first(&mut self) -> Outcome<bool> {
        if !is_possible(&*self.look()?)? {
            return Ok(false);
        }
        let old = self.file.with_extension("old.db");
        let _ = std::fs::remove_file(&old);
        {
            let db = Connection::open(&old)?;
            db.execute_batch(FIRST_SCHEMA)?;
            db.execute("ATTACH ?1 AS now", [self.file.to_string_lossy()])?;
            db.execute_batch(ROWS)?;
        }
        self.swap_file(&old)?;
        Ok(true)
    }
}
