//! I2 of words: what a rep's screens made takes effect, or the world knows why not. The server's own journal cannot tell: one
//! that refuses good facts is in itself sound, and their orders never come.
//!
//! | word | excuse |
//! |---|---|
//! | `held revoked_device` | the office took the rep's phones their rights |
//! | `held capture_time` | it is older than 14 days, or a clock of the rep's phones was set |
//! | `rejected refused` | a person said so |
//! | `rejected stale_base` | somebody else made that version of the order, or a later one |
//! | `rejected unauthorised` | a note or contact of a store that is another rep's, or was |
//! | `conflict_payload` | somebody made the same order |
//! | `parked` | its parent is not here |
//! | any other, and any of a record that no screen made | none is asked for |

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use xundian_domain::capture::OLDEST_MS;
use xundian_domain::stamp::Millis;
use xundian_domain::{RecordId, RepNo, StoreId};
use xundian_protocol::push::{HeldCode, Kind, Verdict};
use xundian_server::db::{DbError, Row};

use crate::Outcome;
use crate::check::{Fate, violation};
use crate::reference::Reference;
use crate::report::Violation;
use crate::server::Server;

/// A long operation is looked at in pieces: so much older a fact can be than when it was first seen.
const SEEN_LATE_MS: i64 = 2 * 3_600_000;

/// What the world knows.
#[derive(Debug, Default)]
pub(crate) struct Excuses {
    /// Records that no screen made, or whose id somebody has used again.
    pub(crate) crafted: BTreeSet<RecordId>,
    /// Records that a person refused.
    pub(crate) refused: BTreeSet<RecordId>,
    /// Reps whose phones lost their rights.
    pub(crate) revoked: BTreeSet<RepNo>,
    /// Reps with a phone whose clock was set.
    pub(crate) clocks: BTreeSet<RepNo>,
    /// Stores that went from one rep to another.
    pub(crate) moved: BTreeSet<StoreId>,
}

/// What the world asks about beside them.
pub(crate) struct Known<'a> {
    /// Since when each record is known.
    pub(crate) facts: &'a BTreeMap<RecordId, Fate>,
    /// What was made of which order.
    pub(crate) reference: &'a Reference,
    /// Whose store is whose.
    pub(crate) own: &'a BTreeSet<(RepNo, StoreId)>,
}

/// A record with its last word.
struct Said {
    id: RecordId,
    kind: Kind,
    rep: RepNo,
    received: Millis,
    store: Option<StoreId>,
    verdict: Verdict,
}

impl Excuses {
    /// Good facts that take no effect.
    pub(crate) fn suffice(&self, known: &Known<'_>, server: &Server) -> Outcome<Vec<Violation>> {
        let said = server.read(|tx| {
            let sql = "SELECT f.id, f.kind, f.rep, f.received, f.store, coalesce(v.verdict, f.verdict)
                       FROM fact f LEFT JOIN fact_verdict v ON v.fact = f.id";
            tx.query(sql, &[])?.iter().map(read).collect::<Result<Vec<_>, DbError>>()
        })?;
        let catalogue = server.app()?.catalogue();
        let is_here = |id: Uuid| catalogue.stores.contains_key(&StoreId(id));
        let made = said.iter().filter(|said| !self.crafted.contains(&said.id));
        let wrong = made.filter(|said| !self.is_excused(said, known, is_here));
        let what =
            |said: &Said| format!("{} {} of {} is {:?}", said.kind.as_str(), said.id, said.rep, said.verdict);
        Ok(wrong.map(|said| violation("I2", format_args!("{}: nobody knows why", what(said)))).collect())
    }

    fn is_excused(&self, said: &Said, known: &Known<'_>, is_here: impl Fn(Uuid) -> bool) -> bool {
        match &said.verdict {
            Verdict::Applied { .. } => true,
            Verdict::Held { code: HeldCode::RevokedDevice } => self.revoked.contains(&said.rep),
            Verdict::Held { code: HeldCode::CaptureTime } => {
                self.clocks.contains(&said.rep) || known.is_old(said.id, said.received)
            }
            Verdict::Held { code: HeldCode::UnknownKind } => false,
            Verdict::ConflictPayload => known.reference.has_twin(said.id),
            Verdict::Parked { missing } => said.kind != Kind::StoreOpened && !is_here(*missing),
            Verdict::Rejected { code, .. } => match code.as_str() {
                "refused" => self.refused.contains(&said.id),
                "stale_base" => known.reference.is_contested(said.id),
                "unauthorised" => self.is_of_another(said, known),
                _ => false,
            },
        }
    }

    /// Whoever had it once may have it in an office's file that a restore brought back.
    fn is_of_another(&self, said: &Said, known: &Known<'_>) -> bool {
        let Some(store) = said.store else { return false };
        let is_word = matches!(said.kind, Kind::StoreNote | Kind::StoreContactChanged);
        is_word && (self.moved.contains(&store) || !known.own.contains(&(said.rep, store)))
    }
}

impl Known<'_> {
    fn is_old(&self, id: RecordId, received: Millis) -> bool {
        let seen = self.facts.get(&id).map(|fate| fate.seen);
        seen.is_none_or(|seen| received.0 - seen.0 > OLDEST_MS - SEEN_LATE_MS)
    }
}

fn read(row: &Row) -> Result<Said, DbError> {
    Ok(Said {
        id: row.get(0)?,
        kind: Kind::from(row.get::<String>(1)?),
        rep: row.get(2)?,
        received: row.get(3)?,
        store: row.get(4)?,
        verdict: row.json(5)?,
    })
}
