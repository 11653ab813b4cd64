//! The digest of a day, on the server's side: what an install has pushed, and whether it is what it sealed (the sync
//! contract, 3.3).

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::stamp::Millis;
use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::{BusinessDate, InstallId, RecordId, RepNo};
use xundian_protocol::digest::{day_digest, hex};

use super::InstallRow;
use crate::db::{DbError, Tx};

/// The facts of a sealed date that an install has pushed, replays included, `day_closed` not.
///
/// # Errors
/// A failing database.
pub fn pushed_of(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
) -> Result<BTreeMap<RecordId, [u8; 32]>, DbError> {
    let rows = tx.query(
        "SELECT id, hash FROM pushed WHERE install = $1 AND date = $2 AND closing = 0",
        &[install.into(), date.into()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Of these, what came before `closing` in the install's row.
///
/// # Errors
/// A failing database.
pub(super) fn pushed_before(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
    closing: RecordId,
) -> Result<BTreeMap<RecordId, [u8; 32]>, DbError> {
    let rows = tx.query(
        "SELECT id, hash FROM pushed WHERE install = $1 AND date = $2 AND closing = 0
         AND dseq < (SELECT min(dseq) FROM pushed WHERE install = $1 AND id = $3)",
        &[install.into(), date.into(), closing.into()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The records of a phone's list that this server has not got from it with these bytes.
///
/// # Errors
/// A failing database.
pub fn missing_of(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
    listed: &[(RecordId, String)],
) -> Result<Vec<RecordId>, DbError> {
    let here = pushed_of(tx, install, date)?;
    let lacks = |(id, hash): &&(RecordId, String)| here.get(id).is_none_or(|known| hex(known) != *hash);
    Ok(listed.iter().filter(lacks).map(|(id, _)| *id).collect())
}

/// A fact of a day: which, and the hash of its bytes.
type DayFact = (RecordId, [u8; 32]);

/// What one install has pushed of a rep's day.
#[derive(Debug, Default)]
struct Part {
    /// In their places, replays included, closings not.
    facts: Vec<DayFact>,
    /// Its newest closing, and how many of the facts stand before it.
    closing: Option<(usize, DayClosed)>,
}

/// A rep's day, by the installs that have pushed of it.
#[derive(Debug, Default)]
struct RepDay {
    parts: BTreeMap<InstallId, Part>,
    /// Every install of the rep: the one that it replaced.
    from: BTreeMap<InstallId, Option<InstallId>>,
    /// When the code of its phone was used: a later code replaces the phones before it.
    since: BTreeMap<InstallId, Millis>,
    /// Those that nothing replaces ([`InstallRow::goes_on`]).
    live: BTreeSet<InstallId>,
}

/// A rep's day is known when every install of his with facts on it has closed it and the closing's digest matches what is
/// here; an install that was replaced, by a renewal or by a code, is known by the one that replaced it. A closing may be
/// older than the install that brought it: see [`RepDay::is_covered`].
///
/// # Errors
/// A failing database.
pub fn is_known(tx: &mut Tx<'_>, rep: RepNo, date: BusinessDate, now: Millis) -> Result<bool, DbError> {
    let day = RepDay::load(tx, rep, date, now)?;
    let speaking = day.speaking();
    Ok(!speaking.is_empty() && speaking.into_iter().all(|install| day.is_covered(install)))
}

impl RepDay {
    fn load(tx: &mut Tx<'_>, rep: RepNo, date: BusinessDate, now: Millis) -> Result<Self, DbError> {
        let mut day = Self::default();
        let sql = "SELECT id, renewed_from, coalesce(since, enrolled) FROM install WHERE rep = $1";
        for row in tx.query(sql, &[rep.into()])? {
            let install: InstallId = row.get(0)?;
            day.from.insert(install, row.get(1)?);
            day.since.insert(install, row.get(2)?);
        }
        let installs = InstallRow::of_rep(tx, rep)?.into_iter();
        day.live = installs.filter(|(_, row)| row.goes_on(now)).map(|(install, _)| install).collect();
        let rows = tx.query(
            "SELECT p.install, p.id, p.hash, p.closing, f.body FROM pushed p JOIN install i ON i.id = p.install
             LEFT JOIN fact f ON f.id = p.id AND f.hash = p.hash AND p.closing = 1
             WHERE i.rep = $1 AND p.date = $2 ORDER BY p.install, p.dseq",
            &[rep.into(), date.into()],
        )?;
        for row in rows {
            let part = day.parts.entry(row.get(0)?).or_default();
            if !row.get::<bool>(3)? {
                part.facts.push((row.get(1)?, row.get(2)?));
                continue;
            }
            // A closing that cannot be read closes nothing.
            let body: Option<String> = row.get(4)?;
            let said = body.and_then(|body| serde_json::from_str::<DayClosed>(&body).ok());
            if let Some(said) = said.filter(|said| said.date == date) {
                part.hear(said);
            }
        }
        Ok(day)
    }

    /// The installs whose word counts: those that go on. If all were replaced and nothing of the day came since, the last
    /// ones of the newest phone.
    fn speaking(&self) -> Vec<InstallId> {
        let live: Vec<_> = self.parts.keys().filter(|install| self.live.contains(install)).copied().collect();
        if !live.is_empty() {
            return live;
        }
        let earlier: BTreeSet<_> =
            self.parts.keys().flat_map(|install| self.line(*install).skip(1)).collect();
        let newest = self.parts.keys().filter_map(|install| self.since.get(install)).max();
        let is_last = |install: &InstallId| !earlier.contains(install) && self.since.get(install) == newest;
        self.parts.keys().copied().filter(is_last).collect()
    }

    /// An install and those that it replaced, newest first.
    fn line(&self, install: InstallId) -> impl Iterator<Item = InstallId> {
        std::iter::successors(Some(install), |install| self.from.get(install).copied().flatten())
    }

    /// Whether a closing says exactly what has come. What a phone counted was in the row that it had when it closed the
    /// day; that row may have been another one than the row that brought the closing:
    ///
    /// - some of it was acknowledged in the rows before: then it is these, up to where that phone stood in them;
    /// - some facts in the row were not counted, because an even earlier row had them and they came again after a restore:
    ///   then it is the rest. A row has no gaps, so that what stands before its closing is here in any case.
    ///
    /// Whatever came after the closing in its row must be counted, or the phone has not closed its day since.
    fn is_covered(&self, install: InstallId) -> bool {
        let line: Vec<&Part> = self.line(install).filter_map(|install| self.parts.get(&install)).collect();
        let Some(place) = line.iter().position(|part| part.closing.is_some()) else { return false };
        let (rows, before) = line.split_at(place + 1);
        let Some((counted, said)) = rows.last().and_then(|part| part.closing.as_ref()) else { return false };
        let rows: Vec<DayFact> = rows.iter().flat_map(|part| &part.facts).copied().collect();
        let before: Vec<DayFact> = before.iter().flat_map(|part| &part.facts).copied().collect();
        let is_said = |rows: &[DayFact], before: &[DayFact]| {
            let facts: BTreeMap<_, _> = rows.iter().chain(before).copied().collect();
            // The count is cheap, and tells most of what is not it.
            facts.len() == usize::try_from(said.facts).unwrap_or(usize::MAX)
                && day_digest(facts) == said.digest
        };
        let may_skip = if place == 0 { *counted } else { 0 };
        (0..=may_skip).any(|skipped| is_said(&rows[skipped..], &[]))
            || (1..=before.len()).any(|upto| is_said(&rows, &before[..upto]))
    }
}

impl Part {
    fn hear(&mut self, said: DayClosed) {
        if self.closing.as_ref().is_none_or(|(_, known)| known.version <= said.version) {
            self.closing = Some((self.facts.len(), said));
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::visit::DaySummary;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;

    const DATE: &str = "2026-07-27";

    /// What stands in a place: a fact of the day, or a closing that counts such facts.
    #[derive(Clone)]
    enum Place {
        Fact(u128),
        Closing(u32, &'static [u128]),
    }
    use Place::{Closing, Fact};

    fn hash(n: u128) -> [u8; 32] {
        [u8::try_from(n % 251).unwrap(); 32]
    }

    fn closing(version: u32, counted: &[u128]) -> String {
        let facts: Vec<_> = counted.iter().map(|n| (RecordId(Uuid::from_u128(*n)), hash(*n))).collect();
        let (count, digest) = (u32::try_from(facts.len()).unwrap(), day_digest(facts));
        let date = DATE.parse().unwrap();
        let closed = DayClosed { date, version, summary: DaySummary::default(), facts: count, digest };
        serde_json::to_string(&closed).unwrap()
    }

    /// An install of ZY01 with its row; `from` = the install that it replaces, which is closed by that.
    fn install(db: &Db, no: u128, from: Option<u128>, row: &[Place]) {
        let (id, from) = (Uuid::from_u128(no), from.map(Uuid::from_u128));
        let row = row.to_vec();
        let written: Result<(), DbError> = db.write_now(move |tx| {
            tx.execute(
                "INSERT INTO install (id, rep, token_hash, public_key, enrolled, renewed_from)
                 VALUES ($1, 'ZY01', $2, '', 0, $3)",
                &[id.into(), [0; 32].into(), from.into()],
            )?;
            tx.execute("UPDATE install SET closed = 1 WHERE id = $1", &[from.into()])?;
            for (dseq, place) in (1u64..).zip(&row) {
                let (fact, hash, body) = match place {
                    Fact(n) => (*n, hash(*n), String::new()),
                    Closing(version, counted) => {
                        (1_000 + u128::from(*version), [9; 32], closing(*version, counted))
                    }
                };
                let fact = Uuid::from_u128(fact);
                tx.execute(
                    "INSERT INTO fact (id, install, rep, kind, version, date, captured, received, body, hash, verdict)
                     VALUES ($1, $2, 'ZY01', '', 1, $3, 0, 0, $4, $5, '') ON CONFLICT (id) DO NOTHING",
                    &[fact.into(), id.into(), DATE.into(), body.into(), hash.into()],
                )?;
                let is_closing = matches!(place, Closing(..));
                tx.execute(
                    "INSERT INTO pushed (install, dseq, id, hash, date, closing) VALUES ($1, $2, $3, $4, $5, $6)",
                    &[id.into(), dseq.into(), fact.into(), hash.into(), DATE.into(), is_closing.into()],
                )?;
            }
            Ok(())
        });
        written.unwrap();
    }

    fn known(rows: &[(u128, Option<u128>, &[Place])]) -> bool {
        let (_folder, db) = fresh();
        for (no, from, row) in rows {
            install(&db, *no, *from, row);
        }
        db.read_now(|tx| is_known(tx, "ZY01".parse().unwrap(), DATE.parse().unwrap(), Millis(0))).unwrap()
    }

    #[test]
    fn a_day_is_known_when_its_closing_counts_what_came_and_unknown_when_a_fact_lacks_or_came_later() {
        assert!(known(&[(1, None, &[Fact(1), Fact(2), Closing(1, &[1, 2])])]));
        assert!(!known(&[(1, None, &[Fact(1), Closing(1, &[1, 2])])]), "lacks");
        assert!(!known(&[(1, None, &[Fact(1), Closing(1, &[1]), Fact(2)])]), "later");
        assert!(known(&[(1, None, &[Fact(1), Closing(1, &[1]), Fact(2), Closing(2, &[1, 2])])]));
        assert!(known(&[(1, None, &[Fact(2), Closing(1, &[1, 2]), Fact(1)])]), "listed and sent after all");
        assert!(!known(&[(1, None, &[Fact(1)])]), "nobody closed it");
        assert!(!known(&[]));
    }

    #[test]
    fn a_day_that_was_closed_before_the_renewal_is_known_when_all_that_it_counted_has_come() {
        // One fact was acknowledged before the renewal; the rest and the closing came after it.
        let before: &[Place] = &[Fact(1)];
        assert!(known(&[(1, None, before), (2, Some(1), &[Fact(2), Closing(1, &[1, 2])])]));
        assert!(known(&[(1, None, before), (2, Some(1), &[Closing(1, &[1])])]), "nothing else waited");
        // A copy came back: what the lost phone sent after the copy was made is not what the copy counted.
        let more: &[Place] = &[Fact(1), Fact(7)];
        assert!(known(&[(1, None, more), (2, Some(1), &[Fact(2), Closing(1, &[1, 2])])]));
        // Two renewals on one day: the second row has nothing but the end.
        let second: &[Place] = &[Fact(2)];
        assert!(known(&[(1, None, before), (2, Some(1), second), (3, Some(2), &[Closing(1, &[1, 2])])]));
        // After a restore everything comes again, also what an earlier install had sent and this closing did not count.
        assert!(known(&[(1, None, &[]), (2, Some(1), &[Fact(1), Fact(2), Closing(1, &[2])])]));
    }

    #[test]
    fn a_day_stays_unknown_after_a_renewal_as_long_as_a_fact_may_lack() {
        let before: &[Place] = &[Fact(1)];
        assert!(!known(&[(1, None, before), (2, Some(1), &[Closing(1, &[1, 2])])]), "lacks");
        let later: &[Place] = &[Fact(2), Closing(1, &[1, 2]), Fact(3)];
        assert!(!known(&[(1, None, before), (2, Some(1), later)]), "came after the closing");
        assert!(
            !known(&[(1, None, &[Fact(1), Closing(1, &[1])]), (2, Some(1), &[Fact(2)])]),
            "not closed again"
        );
        assert!(
            !known(&[(1, None, &[Closing(1, &[2]), Fact(1)]), (2, Some(1), &[Fact(2)])]),
            "what came after the closing in its own row is never skipped"
        );
        assert!(!known(&[(1, None, &[]), (2, Some(1), &[Fact(2), Closing(1, &[2]), Fact(1)])]));
        // Both copies of a phone go on: each has to close its day.
        let copy: &[Place] = &[Fact(2), Closing(1, &[1, 2])];
        assert!(!known(&[(1, None, before), (2, Some(1), copy), (3, Some(1), &[Fact(4)])]));
        let other: &[Place] = &[Fact(4), Closing(2, &[1, 4])];
        assert!(known(&[(1, None, before), (2, Some(1), copy), (3, Some(1), other)]));
    }

    #[test]
    fn a_replaced_install_is_not_believed_without_its_digest() {
        let nothing: &[Place] = &[];
        assert!(known(&[(1, None, &[Fact(1), Closing(1, &[1])]), (2, Some(1), nothing)]));
        assert!(!known(&[(1, None, &[Closing(1, &[1])]), (2, Some(1), nothing)]));
    }
}
