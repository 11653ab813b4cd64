//! What a journal says: a head and its facts, one JSON line each, under zstd. Reading stops at the first thing that is
//! too much, so that a small file never becomes a large one.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xundian_domain::{InstallId, RepNo};

use super::{CONTENT_BYTES, FACT_BYTES, FACTS, Journal, JournalError, JournalFact};
use crate::codec;
use crate::limits::RECORD_BYTES;

/// As [`crate::codec`]: measured on a day of 40 visits.
const LEVEL: i32 = 9;
/// How far back compression looks, as a power of two: 4 MiB, which a reader has to hold.
const WINDOW_LOG: u32 = 22;
/// The highest place that a database can hold.
const LAST_PLACE: u64 = i64::MAX.unsigned_abs();

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    install: InstallId,
    rep: RepNo,
    facts: usize,
}

pub(super) fn too_large() -> JournalError {
    JournalError::TooLarge { limit: CONTENT_BYTES, of: "bytes of facts" }
}

/// The content of a file.
///
/// # Errors
/// [`JournalError::TooLarge`] if [`read`] would not take it.
pub(super) fn write(journal: &Journal) -> Result<Vec<u8>, JournalError> {
    let Journal { install, rep, facts } = journal;
    check_count(facts.len())?;
    let mut lines = Lines::new()?;
    lines.add(&Head { install: *install, rep: *rep, facts: facts.len() })?;
    for fact in facts {
        check_fact(fact.body.len(), RECORD_BYTES)?;
        lines.add(fact)?;
    }
    lines.out.finish().map_err(|_| UNWRITTEN)
}

const UNWRITTEN: JournalError = JournalError::Damaged("its content cannot be written");

struct Lines {
    out: zstd::stream::Encoder<'static, Vec<u8>>,
    bytes: usize,
}

impl Lines {
    fn new() -> Result<Self, JournalError> {
        let mut out = zstd::stream::Encoder::new(Vec::new(), LEVEL).map_err(|_| UNWRITTEN)?;
        out.window_log(WINDOW_LOG).map_err(|_| UNWRITTEN)?;
        Ok(Self { out, bytes: 0 })
    }

    fn add<T: Serialize>(&mut self, line: &T) -> Result<(), JournalError> {
        let mut json = serde_json::to_vec(line).map_err(|_| UNWRITTEN)?;
        json.push(b'\n');
        check_line(json.len())?;
        self.bytes += json.len();
        if self.bytes > CONTENT_BYTES {
            return Err(too_large());
        }
        self.out.write_all(&json).map_err(|_| UNWRITTEN)
    }
}

fn check_count(facts: usize) -> Result<(), JournalError> {
    if facts > FACTS { Err(JournalError::TooLarge { limit: FACTS, of: "facts" }) } else { Ok(()) }
}

fn check_line(bytes: usize) -> Result<(), JournalError> {
    check_fact(bytes, FACT_BYTES)
}

fn check_fact(bytes: usize, limit: usize) -> Result<(), JournalError> {
    let too_long = JournalError::TooLarge { limit, of: "bytes of one fact" };
    if bytes > limit { Err(too_long) } else { Ok(()) }
}

/// Reads a content: its facts in order, no id and no place twice.
///
/// # Errors
/// Damaged or too large.
pub(super) fn read(content: &[u8]) -> Result<Journal, JournalError> {
    let unreadable = |_| JournalError::Damaged("its content cannot be unpacked");
    let mut unpacked = zstd::stream::Decoder::with_buffer(content).map_err(unreadable)?;
    unpacked.window_log_max(WINDOW_LOG).map_err(unreadable)?;
    let bound = u64::try_from(CONTENT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut lines = Reading { from: BufReader::new(unpacked.take(bound)), line: Vec::new() };
    let head: Head = lines.next()?.ok_or(JournalError::Damaged("it is empty"))?;
    check_count(head.facts)?;
    let (mut facts, mut ids, mut last) = (Vec::new(), HashSet::new(), 0);
    while let Some(fact) = lines.next::<JournalFact>()? {
        check_count(facts.len() + 1)?;
        check_fact(fact.body.len(), RECORD_BYTES)?;
        let is_next = fact.dseq > last && fact.dseq <= LAST_PLACE || fact.dseq == 0 && last == 0;
        if !is_next || !ids.insert(fact.id) {
            return Err(JournalError::Damaged("a fact is in it twice"));
        }
        last = fact.dseq;
        facts.push(fact);
    }
    if facts.len() != head.facts {
        return Err(JournalError::Damaged("facts are missing"));
    }
    Ok(Journal { install: head.install, rep: head.rep, facts })
}

struct Reading<R: Read> {
    from: BufReader<std::io::Take<R>>,
    line: Vec<u8>,
}

impl<R: Read> Reading<R> {
    /// The next line as what it should be; `None` at the end.
    fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, JournalError> {
        self.line.clear();
        // One more than allowed, so that too much is seen as such.
        let most = u64::try_from(FACT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let line = (&mut self.from).take(most).read_until(b'\n', &mut self.line);
        line.map_err(|_| JournalError::Damaged("its content cannot be unpacked"))?;
        check_line(self.line.len())?;
        if self.from.get_ref().limit() == 0 {
            return Err(too_large());
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        let value = codec::read(&self.line);
        value.map(Some).map_err(|_| JournalError::Damaged("a line of it is no fact"))
    }
}
