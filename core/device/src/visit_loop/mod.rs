//! The visit loop: what the screens of a visit save and ask, on top of the store.
//! Every call is one transaction; killing the app between two calls loses nothing.

mod assemble;
mod line;

pub use assemble::{Lines, assemble, is_left_out, stock_count};
pub use line::{Advised, Line, Receiver};

use xundian_domain::visit::Step;
use xundian_domain::{Units, VisitId};

use crate::store::{Store, StoreError};

/// Saves one changed line of the open visit. On the disk when this returns, together with what it ends: another wish ends what
/// had been agreed before it, with the word that the order was confirmed; work in a step that was left out ends that; a count that is
/// left out ends the advice upon it.
///
/// # Errors
/// [`StoreError::NoVisit`] unless this visit is open.
pub fn save_line(store: &mut Store, visit: VisitId, line: &Line) -> Result<(), StoreError> {
    let value = written(line)?;
    let (step, key) = (line.step(), line.key());
    let ended = ended_by(store, visit, line)?;
    let stands = confirmed_by(store, visit, line)?;
    let mut drafts = vec![(step, key.as_str(), Some(value.as_str()))];
    drafts.extend(ended.iter().map(|(step, key)| (*step, key.as_str(), None)));
    drafts.extend(stands.iter().map(|(step, key, value)| (*step, key.as_str(), Some(value.as_str()))));
    store.save_drafts(visit, &drafts)
}

/// What a step that is left out had said before step 5 was done: the wishes that were confirmed as they stood.
fn confirmed_by(
    store: &Store,
    visit: VisitId,
    line: &Line,
) -> Result<Vec<(Step, String, String)>, StoreError> {
    if !matches!(line, Line::Skip { step: Step::SuggestedOrder, .. }) {
        return Ok(Vec::new());
    }
    let lines = all_lines(store, visit)?;
    if !lines.of(Step::OrderConfirmation).contains(&Line::Finished(Step::OrderConfirmation)) {
        return Ok(Vec::new());
    }
    let stands = lines.agreed().into_iter().map(|(sku, _, units)| Line::Confirmed { sku, units });
    stands.map(|line| Ok((line.step(), line.key(), written(&line)?))).collect()
}

fn written(line: &Line) -> Result<String, StoreError> {
    serde_json::to_string(line)
        .map_err(|why| StoreError::Unreadable { what: "line", reason: why.to_string() })
}

/// The keys of what a line ends beside the one that it replaces.
fn ended_by(store: &Store, visit: VisitId, line: &Line) -> Result<Vec<(Step, String)>, StoreError> {
    let before = |step: Step, key: &str| -> Result<Option<Line>, StoreError> {
        let draft = store.draft(visit, step, key)?;
        Ok(draft.and_then(|text| serde_json::from_str(&text).ok()))
    };
    if let Line::Skip { step: Step::StockCount, .. } = line {
        return ended_with_count(store, visit);
    }
    if matches!(line, Line::Finished(_) | Line::Skip { .. } | Line::Advised(_)) {
        return Ok(Vec::new());
    }
    let mut ended = Vec::new();
    let end = Line::Finished(line.step()).key();
    if matches!(before(line.step(), &end)?, Some(Line::Skip { .. })) {
        ended.push((line.step(), end));
    }
    if let Line::Intention { sku, units, .. } = line {
        let was = before(line.step(), &line.key())?;
        if matches!(was, Some(Line::Intention { units: was, .. }) if was == *units) {
            return Ok(ended);
        }
        let agreed = Line::Confirmed { sku: *sku, units: *units };
        ended.push((agreed.step(), agreed.key()));
        let done = Line::Finished(agreed.step());
        // A confirmation that was left out stays so: nothing is sold by it.
        if before(done.step(), &done.key())? == Some(Line::Finished(done.step())) {
            ended.push((done.step(), done.key()));
        }
    }
    Ok(ended)
}

/// Without its count an advice stands on nothing, and the order that was confirmed has no goods for the driver to take back.
fn ended_with_count(store: &Store, visit: VisitId) -> Result<Vec<(Step, String)>, StoreError> {
    let mut ended = vec![Line::Advised(Vec::new())];
    let takes_back =
        lines(store, visit, Step::StockCount)?.iter().any(|line| matches!(line, Line::PickUp(_)));
    let done = Line::Finished(Step::OrderConfirmation);
    let is_done = lines(store, visit, done.step())?.contains(&done);
    ended.extend((takes_back && is_done).then_some(done));
    Ok(ended.into_iter().map(|line| (line.step(), line.key())).collect())
}

/// Takes a line back; one that was never saved is no error. The word that a count stands goes with its count.
///
/// # Errors
/// [`StoreError::NoVisit`] unless this visit is open.
pub fn take_back(store: &mut Store, visit: VisitId, line: &Line) -> Result<(), StoreError> {
    if let Line::Count(row) = line {
        let stands = Line::Stands { sku: row.sku, units: Units::ZERO };
        store.save_draft(visit, stands.step(), &stands.key(), None)?;
    }
    store.save_draft(visit, line.step(), &line.key(), None)
}

/// The lines of one step as they stand, by key.
///
/// # Errors
/// A draft that cannot be read, or a failing file.
pub fn lines(store: &Store, visit: VisitId, step: Step) -> Result<Vec<Line>, StoreError> {
    let drafts = store.drafts(visit, step)?;
    drafts
        .iter()
        .map(|(_, value)| {
            serde_json::from_str(value)
                .map_err(|why| StoreError::Unreadable { what: "line", reason: why.to_string() })
        })
        .collect()
}

/// All lines of the visit.
///
/// # Errors
/// A draft that cannot be read, or a failing file.
pub fn all_lines(store: &Store, visit: VisitId) -> Result<Lines, StoreError> {
    let mut all = Lines::default();
    for (place, step) in all.of_step.iter_mut().zip(Step::ALL) {
        *place = lines(store, visit, *step)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::stamp::{Millis, Stamp};
    use xundian_domain::{StoreId, Units};

    use super::*;
    use crate::store::OpenVisit;

    #[test]
    fn lines_come_back_as_saved_and_taken_back_ones_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        let id = VisitId(Uuid::from_u128(1));
        let check_in = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
        let date = "2026-07-27".parse().unwrap();
        store
            .begin_visit(&OpenVisit { id, store: StoreId(Uuid::nil()), planned: true, date, check_in })
            .unwrap();

        let want = |sku: &str, units| Line::Intention {
            sku: sku.parse().unwrap(),
            units: Units(units),
            reason: None,
        };
        save_line(&mut store, id, &want("21010019", 12)).unwrap();
        save_line(&mut store, id, &want("21010019", 24)).unwrap();
        save_line(&mut store, id, &want("21010026", 24)).unwrap();
        take_back(&mut store, id, &want("21010026", 0)).unwrap();
        assert_eq!(lines(&store, id, Step::SuggestedOrder).unwrap(), [want("21010019", 24)]);
    }
}
