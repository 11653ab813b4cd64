//! Verdicts that came later than the first word: who waits, what was decided, what phones are told.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use xundian_domain::RecordId;
use xundian_protocol::push::{HeldCode, Kind, Verdict};
use xundian_protocol::tables::{FactState, Table};

use super::facts::{Fact, Facts};
use super::{Problem, Problems, problem};
use crate::db::{DbError, Tx};
use crate::ends::Term;
use crate::sync::parse_kept;

impl Facts {
    /// Who waits waits by his verdict; a decision is what became of its fact; phones are told each newer verdict.
    pub(super) fn verdicts(&self, tx: &mut Tx<'_>, term: Option<Term>) -> Result<Problems, DbError> {
        let mut parked: BTreeMap<RecordId, Uuid> = BTreeMap::new();
        for row in tx.query("SELECT fact, missing FROM parked", &[])? {
            parked.insert(row.get(0)?, row.get(1)?);
        }
        let mut held: BTreeMap<RecordId, String> = BTreeMap::new();
        for row in tx.query("SELECT fact, code FROM held", &[])? {
            held.insert(row.get(0)?, row.get(1)?);
        }
        let mut problems = Vec::new();
        for fact in &self.0 {
            let (waits_for, held_for) = (parked.remove(&fact.id), held.remove(&fact.id));
            let same = match &fact.verdict {
                Verdict::Parked { missing } => waits_for == Some(*missing) && held_for.is_none(),
                Verdict::Held { code } => waits_for.is_none() && held_for.as_deref() == Some(code.as_str()),
                _ => waits_for.is_none() && held_for.is_none(),
            };
            if !same {
                problems.push(problem("a fact waits as its verdict says", fact.id));
            }
        }
        let stray: BTreeSet<_> = parked.keys().chain(held.keys()).collect();
        problems.extend(stray.into_iter().map(|fact| problem("what waits is a fact", fact)));
        problems.extend(self.decisions(tx)?);
        problems.extend(self.states(tx, term)?);
        problems.extend(self.0.iter().filter_map(about));
        Ok(problems)
    }

    fn decisions(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let mut decided: BTreeMap<RecordId, String> = BTreeMap::new();
        for row in tx.query("SELECT fact, what FROM held_decision", &[])? {
            decided.insert(row.get(0)?, row.get(1)?);
        }
        let mut problems = Vec::new();
        for fact in &self.0 {
            let refused =
                matches!(&fact.verdict, Verdict::Rejected { code, .. } if code.as_str() == "refused");
            let same = match decided.remove(&fact.id).as_deref() {
                // Released of one doubt, it may still be of a kind that only a newer server knows.
                Some("released") => match fact.verdict {
                    Verdict::Held { code } => code == HeldCode::UnknownKind,
                    _ => !refused,
                },
                Some(_) => refused,
                // An older server wrote no decisions down.
                None => true,
            };
            if !same {
                problems.push(problem("a held fact is what was decided about it", fact.id));
            }
        }
        problems.extend(decided.keys().map(|fact| problem("a decision is about a fact", fact)));
        Ok(problems)
    }

    fn states(&self, tx: &mut Tx<'_>, term: Option<Term>) -> Result<Problems, DbError> {
        let mut told: BTreeMap<String, FactState> = BTreeMap::new();
        let sql = "SELECT key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
        for row in tx.query(sql, &[FactState::NAME.into()])? {
            told.insert(row.get(0)?, row.json(1)?);
        }
        let mut problems = Vec::new();
        for fact in &self.0 {
            let newer = fact.later.map(|at| FactState { verdict: fact.verdict.clone(), at: at.0 });
            let told = told.remove(&FactState::key(fact.id));
            let may_lack = fact.later.zip(term).is_some_and(|(at, term)| term.ends_verdict(at));
            if told != newer && !(told.is_none() && may_lack) {
                problems.push(problem("phones are told a verdict that changed", fact.id));
            }
        }
        problems.extend(told.keys().map(|key| problem("phones are told of facts that are here", key)));
        Ok(problems)
    }
}

/// The store that a fact is about is in its bytes; a server that did not know its kind could not read it.
fn about(fact: &Fact) -> Option<Problem> {
    let store = parse_kept(&Kind::from(fact.kind.clone()), fact.version, &fact.body).store();
    let was_unreadable = fact.store.is_none() && fact.later.is_some();
    (store != fact.store && !was_unreadable)
        .then(|| problem("a fact is about the store in its bytes", fact.id))
}
