//! Snapshot packs: a whole scope that many phones share, compressed once per version and served to all of them.
//!
//! An answer is JSON in several zstd frames one after the other, which decompress to one text: packs are frames that lie
//! ready, what belongs to one phone is compressed around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use xundian_protocol::codec::compress;
use xundian_protocol::pull::Page;
use xundian_protocol::push::Standing;

use super::pull::{Pages, Sealer};
use crate::db::{DbError, Tx};

/// Pages as JSON joined by commas, compressed: one zstd frame.
pub(super) type Pack = Arc<Vec<u8>>;

/// Packs by scope.
#[derive(Debug, Default)]
pub struct Packs {
    made: Mutex<HashMap<String, (Uuid, i64, Pack)>>,
}

impl Packs {
    /// The pack of a scope at its present version.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn of(&self, tx: &mut Tx<'_>, scope: &str, sealer: Sealer<'_>) -> Result<Pack, DbError> {
        // Read first: rows of a later version that the pages catch come again, none is skipped.
        let row = tx.first("SELECT version FROM scope WHERE name = $1", &[scope.into()])?;
        let version: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        let mut made = self.made.lock().map_err(|_| DbError::Stopped)?;
        if let Some((epoch, known, pack)) = made.get(scope)
            && (*epoch, *known) == (sealer.epoch, version)
        {
            return Ok(pack.clone());
        }
        let mut text = String::new();
        for page in Pages::all(tx, scope, sealer) {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&json(&page?)?);
        }
        let pack = Arc::new(compress(text.as_bytes()).map_err(unwritable)?);
        made.insert(scope.to_owned(), (sealer.epoch, version, pack.clone()));
        Ok(pack)
    }
}

/// The pages of an answer, in order.
#[derive(Debug, Default)]
pub struct Answer {
    parts: Vec<Part>,
    pages: usize,
    /// There is more than one answer holds.
    pub(super) more: bool,
}

#[derive(Debug)]
enum Part {
    Page(String),
    Pack(Pack),
}

impl Answer {
    pub(super) fn page(&mut self, page: &Page) -> Result<(), DbError> {
        self.pages += 1;
        self.parts.push(Part::Page(json(page)?));
        Ok(())
    }

    pub(super) fn pack(&mut self, pack: Pack) {
        self.parts.push(Part::Pack(pack));
    }

    /// Pages that are this phone's alone.
    pub(super) fn pages(&self) -> usize {
        self.pages
    }

    /// The whole answer as it goes over the wire.
    ///
    /// # Errors
    /// What the compressor refuses.
    pub fn bytes(&self, standing: &Standing) -> Result<Vec<u8>, DbError> {
        let standing = json(standing)?;
        let mut text = format!("{},\"pages\":[", standing.trim_end_matches('}'));
        let mut out = Vec::new();
        for (n, part) in self.parts.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            match part {
                Part::Page(page) => text.push_str(page),
                Part::Pack(pack) => {
                    out.append(&mut compress(text.as_bytes()).map_err(unwritable)?);
                    text.clear();
                    out.extend_from_slice(pack);
                }
            }
        }
        text.push_str(&format!("],\"more\":{}}}", self.more));
        out.append(&mut compress(text.as_bytes()).map_err(unwritable)?);
        Ok(out)
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    crate::orders::json(value)
}

fn unwritable(why: impl std::fmt::Display) -> DbError {
    DbError::Io(std::io::Error::other(why.to_string()))
}
