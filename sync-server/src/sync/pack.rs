//! Snapshot packs: a whole scope that many phones share, compressed once per version and served to all of them.
//!
//! An answer is JSON in several zstd frames one after the other, which decompress to one text: packs are frames that lie
//! ready, what belongs to one phone is compressed around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use xundian_protocol::codec::{Effort, compress};
use xundian_protocol::limits::ANSWER_BYTES;
use xundian_protocol::pull::Page;
use xundian_protocol::push::Standing;

use super::pull::{Pages, Sealer};
use crate::db::{DbError, Tx};

/// Pages as JSON joined by commas.
#[derive(Debug)]
pub(super) struct Pack {
    /// Compressed: one zstd frame.
    frame: Vec<u8>,
    /// Bytes before compression.
    length: usize,
}

/// The pack of a scope, and the epoch and version that it is of; `None` = longer than an answer.
type Made = (Uuid, i64, Option<Arc<Pack>>);

/// Packs by scope.
#[derive(Debug, Default)]
pub struct Packs {
    made: Mutex<HashMap<String, Made>>,
}

impl Packs {
    /// The pack of a scope at its present version; a scope that is longer than an answer has none.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn of(
        &self,
        tx: &mut Tx<'_>,
        scope: &str,
        sealer: Sealer<'_>,
    ) -> Result<Option<Arc<Pack>>, DbError> {
        // Read first: rows of a later version that the pages catch come again, none is skipped.
        let row = tx.first("SELECT version FROM scope WHERE name = $1", &[scope.into()])?;
        let version: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        let mut made = self.made.lock().map_err(|_| DbError::Stopped)?;
        if let Some((epoch, known, pack)) = made.get(scope)
            && (*epoch, *known) == (sealer.epoch, version)
        {
            return Ok(pack.clone());
        }
        let pack = pack(tx, scope, sealer)?.map(Arc::new);
        made.insert(scope.to_owned(), (sealer.epoch, version, pack.clone()));
        Ok(pack)
    }
}

fn pack(tx: &mut Tx<'_>, scope: &str, sealer: Sealer<'_>) -> Result<Option<Pack>, DbError> {
    let mut text = String::new();
    for page in Pages::all(tx, scope, sealer) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&json(&page?)?);
        if text.len() > ANSWER_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(Pack { frame: compress(text.as_bytes(), Effort::Pack).map_err(unwritable)?, length: text.len() }))
}

/// The pages of an answer, in order.
#[derive(Debug)]
pub struct Answer {
    parts: Vec<Part>,
    /// Pages that may be this phone's alone.
    most: usize,
    /// Pages that are.
    pages: usize,
    /// Bytes of all parts before compression.
    length: usize,
    /// There is more than one answer holds.
    more: bool,
}

#[derive(Debug)]
enum Part {
    Page(String),
    Pack(Arc<Pack>),
}

impl Answer {
    /// An answer of so many pages at most, beside packs.
    pub(super) fn of(most: usize) -> Self {
        Self { parts: Vec::new(), most, pages: 0, length: 0, more: false }
    }

    pub(super) fn page(&mut self, page: &Page) -> Result<(), DbError> {
        let page = json(page)?;
        self.pages += 1;
        self.length += page.len();
        self.parts.push(Part::Page(page));
        Ok(())
    }

    pub(super) fn pack(&mut self, pack: Arc<Pack>) {
        self.length += pack.length;
        self.parts.push(Part::Pack(pack));
    }

    /// Whether a pack still fits; into an empty answer each does.
    pub(super) fn has_room(&self, pack: &Pack) -> bool {
        self.parts.is_empty() || self.length + pack.length <= ANSWER_BYTES
    }

    /// Whether the next page has to wait for the next answer.
    pub(super) fn is_full(&self) -> bool {
        self.pages >= self.most || self.length >= ANSWER_BYTES
    }

    /// There is more.
    pub(super) fn unfinished(self) -> Self {
        Self { more: true, ..self }
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
                    out.append(&mut compress(text.as_bytes(), Effort::Answer).map_err(unwritable)?);
                    text.clear();
                    out.extend_from_slice(&pack.frame);
                }
            }
        }
        text.push_str(&format!("],\"more\":{}}}", self.more));
        out.append(&mut compress(text.as_bytes(), Effort::Answer).map_err(unwritable)?);
        Ok(out)
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    crate::db::json(value)
}

fn unwritable(why: impl std::fmt::Display) -> DbError {
    DbError::Io(std::io::Error::other(why.to_string()))
}
