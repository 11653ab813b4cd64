//! The journal itself: bytes and hashes, and the installs' rows of places.

use sha2::{Digest, Sha256};
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::digest::hex;

use super::{Problems, problem};
use crate::db::{DbError, Tx};

/// Bytes are those of their hash.
pub(super) fn bytes(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    for row in tx.query("SELECT id, body, hash FROM fact", &[])? {
        let (id, body, hash): (RecordId, String, [u8; 32]) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if <[u8; 32]>::from(Sha256::digest(body.as_bytes())) != hash {
            problems.push(problem("a fact has the bytes that were sealed", id));
        }
    }
    for row in tx.query("SELECT distributor, day, difference, body, hash FROM sheet", &[])? {
        let (body, hash): (String, String) = (row.get(3)?, row.get(4)?);
        if hex(&Sha256::digest(body.as_bytes())) != hash {
            let (distributor, day): (String, String) = (row.get(0)?, row.get(1)?);
            problems.push(problem("a sheet is what was printed", format_args!("{distributor} {day}")));
        }
    }
    Ok(problems)
}

/// Places have no gaps up to the watermark, and what was acknowledged is here.
pub(super) fn rows_of_installs(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    let sql = "SELECT i.id, i.acked_dseq, count(p.dseq), coalesce(max(p.dseq), 0)
               FROM install i LEFT JOIN pushed p ON p.install = i.id GROUP BY i.id, i.acked_dseq";
    for row in tx.query(sql, &[])? {
        let (install, acked): (InstallId, i64) = (row.get(0)?, row.get(1)?);
        if (acked, acked) != (row.get(2)?, row.get(3)?) {
            problems.push(problem("an install's row has no gaps", install));
        }
    }
    let apart = "SELECT p.id FROM pushed p JOIN fact f ON f.id = p.id AND f.hash = p.hash
                 WHERE p.install = f.install AND p.date <> f.date
                 OR p.closing <> CASE WHEN f.kind = 'day_closed' THEN 1 ELSE 0 END";
    for row in tx.query(apart, &[])? {
        problems.push(problem("a place says of its fact what the fact says", row.get::<RecordId>(0)?));
    }
    let lost = "SELECT p.id FROM pushed p LEFT JOIN fact f ON f.id = p.id AND f.hash = p.hash
                LEFT JOIN quarantine q ON q.id = p.id AND q.hash = p.hash
                WHERE f.id IS NULL AND q.id IS NULL";
    for row in tx.query(lost, &[])? {
        problems.push(problem("what was acknowledged is here", row.get::<RecordId>(0)?));
    }
    Ok(problems)
}
