//! I0 of taps: what a call has said to be saved of an open visit is in that visit, however the app dies, and in the fact that it
//! becomes; and a call that has sealed something leaves a fact.

use std::collections::BTreeMap;

use xundian_device::phone::{CheckedOut, PhoneError};
use xundian_device::visit_loop::Line;
use xundian_domain::visit::Visit;
use xundian_domain::{StoreId, VisitId};

use crate::Outcome;
use crate::check::violation;
use crate::phone::SimPhone;
use crate::report::Violation;

/// The lines of a visit by their keys: what was said to be saved, and after it what calls that failed may have saved instead.
type Lines = BTreeMap<String, Vec<Line>>;

/// What calls of one phone have said.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    /// The visit that was begun and, as far as anybody knows, not ended.
    open: Option<(VisitId, Lines)>,
    /// Calls since the last look that said that they sealed a fact.
    pub(crate) sealed: u64,
    /// What did not become of them.
    wrong: Vec<Violation>,
}

impl SimPhone {
    /// Check-in; a visit that is open elsewhere is sealed by it.
    pub(crate) fn begin_visit(&mut self, store: StoreId) -> Outcome<Result<VisitId, PhoneError>> {
        let begun = self.core()?.begin_visit(store);
        if let Ok(id) = begun
            && self.taps.open.as_ref().is_none_or(|(open, _)| *open != id)
        {
            let before = self.taps.open.replace((id, Lines::new()));
            if let Some((before, lines)) = before {
                self.look_at_sealed(before, &lines)?;
            }
        }
        Ok(begun)
    }

    /// One tap.
    pub(crate) fn save_line(&mut self, line: Line) -> Outcome<()> {
        let saved = self.core()?.save_line(&line);
        let known = self.taps.open.as_mut().map(|(_, lines)| lines);
        match (known, &saved) {
            (Some(lines), Ok(())) => drop(lines.insert(line.key(), vec![line])),
            (Some(lines), Err(_)) => {
                if let Some(known) = lines.get_mut(&line.key()) {
                    known.push(line);
                }
            }
            (None, _) => {}
        }
        Ok(saved?)
    }

    /// Check-out.
    pub(crate) fn check_out(&mut self) -> Outcome<CheckedOut> {
        let closed = self.core()?.check_out()?;
        self.taps.sealed += 1;
        if let Some((visit, lines)) = self.taps.open.take() {
            self.look_at_sealed(visit, &lines)?;
        }
        Ok(closed)
    }

    /// The app has another file now.
    pub(crate) fn forget_taps(&mut self) {
        self.taps = Taps::default();
    }

    fn look_at_sealed(&mut self, id: VisitId, lines: &Lines) -> Outcome<()> {
        let number = self.number;
        let lost = |what: String| violation("I0", format_args!("phone {number}: {what}"));
        match self.sealed_visit(id)? {
            Some(visit) => {
                let what =
                    |key: &String| lost(format!("{key} was saved and is not in the sealed visit {id}"));
                self.taps.wrong.extend(missing(lines, |line| is_in(&visit, line)).map(what));
            }
            None => self.taps.wrong.push(lost(format!("visit {id} was begun and is nowhere"))),
        }
        Ok(())
    }

    /// One of the last visits that were sealed: a call seals one, and an app that dies in it comes back before the next.
    fn sealed_visit(&self, id: VisitId) -> Outcome<Option<Visit>> {
        let db = self.look()?;
        let sql =
            "SELECT body FROM fact JOIN sealed USING (n) WHERE kind = 'visit_closed' ORDER BY n DESC LIMIT 2";
        let mut statement = db.prepare_cached(sql)?;
        let bodies = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        for body in bodies {
            let visit: Visit = serde_json::from_slice(&body?)?;
            if visit.id == id {
                return Ok(Some(visit));
            }
        }
        Ok(None)
    }
}

/// What is missing by now. `facts` = those that are new in the file since the last look.
pub(crate) fn are_there(phone: &mut SimPhone, facts: u64) -> Outcome<Vec<Violation>> {
    let said = std::mem::take(&mut phone.taps.sealed);
    let mut violations = open_visit_is_there(phone)?;
    if facts < said {
        let what =
            format_args!("phone {} said that it sealed {said} facts, and has {facts} more", phone.number);
        violations.push(violation("I0", what));
    }
    Ok(violations)
}

/// The open visit with every line, or sealed by a call that could not say so any more.
pub(crate) fn open_visit_is_there(phone: &mut SimPhone) -> Outcome<Vec<Violation>> {
    if let Some((id, lines)) = phone.taps.open.take() {
        match phone.core()?.current_visit()?.filter(|view| view.visit == id) {
            Some(view) => {
                let number = phone.number;
                let lost = |key: &String| {
                    violation("I0", format_args!("phone {number}: {key} was saved and is not in the visit"))
                };
                phone.taps.wrong.extend(missing(&lines, |line| view.lines.contains(line)).map(lost));
                phone.taps.open = Some((id, lines));
            }
            None => phone.look_at_sealed(id, &lines)?,
        }
    }
    Ok(std::mem::take(&mut phone.taps.wrong))
}

/// The keys of which nothing stands that may stand.
fn missing(lines: &Lines, stands: impl Fn(&Line) -> bool) -> impl Iterator<Item = &String> {
    let is_missing = move |tried: &[Line]| !tried.iter().any(&stands);
    lines.iter().filter(move |(_, tried)| is_missing(tried)).map(|(key, _)| key)
}

/// Whether a sealed visit says what a line said.
fn is_in(visit: &Visit, line: &Line) -> bool {
    let Some(steps) = visit.steps() else { return false };
    let count = steps.stock_count.done();
    match line {
        Line::Count(row) => count.is_some_and(|count| count.rows.contains(row)),
        Line::DeliverySeen(seen) => count.is_some_and(|count| count.deliveries.contains(seen)),
        Line::Intention { sku, units, .. } => steps
            .suggested_order
            .done()
            .is_some_and(|order| order.lines.iter().any(|line| line.sku == *sku && line.intended == *units)),
        Line::PhotoBefore(photo) => {
            steps.display.done().is_some_and(|display| display.photos_before.contains(photo))
        }
        Line::Competitor(fact) => {
            steps.competitor.done().is_some_and(|competitor| competitor.facts.contains(fact))
        }
        // What is agreed with an order goes with it, if there is one.
        Line::Payment(payment) => visit.order().is_none_or(|order| order.payment == *payment),
        _ => false,
    }
}
