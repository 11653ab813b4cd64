//! What phones are told of competitors. The lines are those of a night, by the areas of that night: visits have come since, and
//! the office may have changed both, so they cannot be computed again to the letter. What holds at every moment, because visits
//! never become fewer, is that reps told all of it: on its first and last day, and in so many stores.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::visit::competitor_merge::SeenFact;
use xundian_domain::{BusinessDate, StoreId};
use xundian_protocol::tables::{SeenIn, Table, fact_mark};

use super::{Problems, problem};
use crate::competitor::{Place, told_behind};
use crate::db::{DbError, Row, Tx};

const RULE: &str = "what phones are told of competitors was told by reps";

/// One sighting: date, store, from and to.
type Sighting = (BusinessDate, StoreId, Option<BusinessDate>, Option<BusinessDate>);
/// By the marks of their facts.
type Sightings = BTreeMap<String, BTreeSet<Sighting>>;

/// Every line and every mark has visits behind it.
pub(super) fn told(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let sql = "SELECT scope, key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
    let lines = tx.query(sql, &[SeenFact::NAME.into()])?;
    let lines: Vec<(String, String, SeenFact)> = lines.iter().map(line).collect::<Result<_, _>>()?;
    // Of what nobody was told nothing is kept: a night's lines are few, whatever phones told.
    let marks: BTreeSet<String> = lines.iter().map(|(.., fact)| fact_mark(fact.fact_key())).collect();
    let sightings = match lines.iter().map(|(.., fact)| fact.since).min() {
        Some(first) => since(tx, first, &marks)?,
        None => Sightings::new(),
    };
    let mut problems = Vec::new();
    for (scope, key, fact) in &lines {
        if !stands(key, fact, &sightings) {
            problems.push(problem(RULE, format_args!("{scope} {key}")));
        }
    }
    for row in tx.query(sql, &[SeenIn::NAME.into()])? {
        let (scope, store, marks): (String, String, SeenIn) = (row.get(0)?, row.get(1)?, row.json(2)?);
        let is_of = |sighting: &Sighting| sighting.1.to_string() == store;
        let is_told = |mark: &String| sightings.get(mark).is_some_and(|of_fact| of_fact.iter().any(is_of));
        if !marks.0.iter().all(is_told) {
            problems.push(problem(RULE, format_args!("{scope} {store}")));
        }
    }
    Ok(problems)
}

fn line(row: &Row) -> Result<(String, String, SeenFact), DbError> {
    Ok((row.get(0)?, row.get(1)?, row.json(2)?))
}

/// What was told of these marks on a date or later.
fn since(tx: &mut Tx<'_>, first: BusinessDate, marks: &BTreeSet<String>) -> Result<Sightings, DbError> {
    let (mut sightings, mut place) = (Sightings::new(), Place::before(first));
    while let Some(visits) = told_behind(tx, &mut place)? {
        for visit in visits {
            for fact in &visit.facts {
                let mark = fact_mark(fact.key());
                if marks.contains(&mark) {
                    let sighting = (visit.date, visit.store, fact.from, fact.to);
                    sightings.entry(mark).or_default().insert(sighting);
                }
            }
        }
    }
    Ok(sightings)
}

/// Whether a line is of the fact in its key, and has its visits.
fn stands(key: &str, fact: &SeenFact, sightings: &Sightings) -> bool {
    let mark = fact_mark(fact.fact_key());
    let Some(told) = sightings.get(&mark) else { return false };
    let of_line = || told.iter().filter(|(on, ..)| (fact.since..=fact.last).contains(on));
    let stores: BTreeSet<StoreId> = of_line().map(|(_, store, ..)| *store).collect();
    key.rsplit('/').next() == Some(mark.as_str())
        && u32::try_from(stores.len()).is_ok_and(|stores| stores >= fact.stores)
        && of_line().any(|(on, ..)| *on == fact.since)
        && of_line().any(|(on, _, from, to)| (*on, *from, *to) == (fact.last, fact.from, fact.to))
}
