//! What a restored server is told again, and what it cannot know yet (docs/adr/0012).

use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::store::Store;
use xundian_domain::visit::Visit;
use xundian_domain::{RecordId, StoreId};
use xundian_protocol::push::{HeldCode, Verdict};

use super::effects::{new_order, rejected};
use super::{Batch, Judged};
use crate::db::{DbError, Tx};
use crate::orders::{Before, LostPaper, OrderRow};
use crate::setting;
use crate::sync::parked::keep_verdict;
use crate::sync::record::Parsed;

impl Batch<'_> {
    /// Only what was captured before the restore can stand on paper that it lost, and only of that its phone is believed.
    ///
    /// A request that was long on its way makes what it brings look younger than it is: a phone that has heard the server in that
    /// boot must say so, too. Of one that has not nobody knows more than the age.
    pub(super) fn lost_paper(&self, parsed: &Parsed, judged: &Judged) -> LostPaper {
        let said = parsed.record.captured;
        let is_said_after = self.here.restored.is_some_and(|restored| said.estimate() > restored);
        match self.is_after_restore(judged) && (is_said_after || said.is_unverified()) {
            true => LostPaper::None,
            false => parsed.record.went.map_or(LostPaper::Unknown, LostPaper::Told),
        }
    }

    fn is_after_restore(&self, judged: &Judged) -> bool {
        let captured = judged.captured;
        self.here.restored.is_some_and(|restored| !captured.unverified && captured.at > restored)
    }

    /// Drivers have the order on a paper that this server has lost: a newer change waits until the dispatcher has made the sheet
    /// again, and goes on a difference then. Taken now, the new sheet would have it as if it had been printed so.
    pub(super) fn waits_for_paper(
        &mut self,
        tx: &mut Tx<'_>,
        row: &OrderRow,
        judged: &Judged,
    ) -> Result<bool, DbError> {
        let OrderState::Waiting { day, .. } = row.state else { return Ok(false) };
        Ok(self.is_after_restore(judged) && self.book.is_lost(tx, row.distributor, day)?)
    }

    /// Its phone knows that it was refused: by a person, or because another change came first. Judged anew it might take effect
    /// after the shop was told that it will not.
    pub(super) fn was_refused(&self, parsed: &Parsed) -> Option<Verdict> {
        let code = parsed.record.refused.filter(|_| self.here.restored.is_some())?;
        Some(Verdict::Rejected { code, current: None })
    }

    /// Its phone knows that it waited for a person, and not what he said: that is asked again. A kind that was unknown need not be so now.
    pub(super) fn was_held(&self, parsed: &Parsed) -> Option<HeldCode> {
        let code = parsed.record.held.filter(|_| self.here.restored.is_some())?;
        (code != HeldCode::UnknownKind).then_some(code)
    }

    /// As when a person refuses it: its order is here and cancelled, so that changes of it do not wait for it.
    pub(super) fn refuse_visit(
        &mut self,
        tx: &mut Tx<'_>,
        visit: &Visit,
        store: &Store,
        before: &Before,
        judged: &Judged,
    ) -> Result<(), DbError> {
        if let (Some(order), Before::Nothing) = (visit.order(), before) {
            self.came.push(order.id.0);
            self.book.cancel(tx, new_order(order, store, judged, Vec::new()), CancelCause::Held)?;
        }
        Ok(())
    }

    /// The word to a rep who has no right to this store. Whose turn it was may stand in an import that the restore has lost:
    /// what was captured before it waits until the office has brought its files again.
    pub(super) fn unauthorised(
        &self,
        tx: &mut Tx<'_>,
        store: StoreId,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let is_older = self.here.restored.is_some_and(|restored| judged.captured.at <= restored);
        Ok(match is_older && setting::awaits_files(tx)? {
            true => Verdict::Parked { missing: store.0 },
            false => rejected("unauthorised", None),
        })
    }

    /// A fact that is here takes one more place: its phone was renewed, or another one has its journal. That phone may have
    /// heard a later word than the first, which is the answer: it is told again. A word that a restore has lost is the phone's
    /// to tell: what still waits for a person, and was refused by one, is not asked about again. Where somebody has released it since the
    /// restore, that word is the newer one.
    pub(super) fn catch_up_word(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: &Parsed,
        first: &Verdict,
    ) -> Result<(), DbError> {
        let id = parsed.record.id;
        let later = self.later.remove(&id);
        let is_open =
            matches!(later.as_ref().unwrap_or(first), Verdict::Held { .. } | Verdict::Parked { .. });
        let mut refused = self.was_refused(parsed).filter(|_| is_open);
        if refused.is_some() && was_released(tx, id)? {
            refused = None;
        }
        if refused.is_some() {
            self.take_back(tx, parsed)?;
        }
        if let Some(word) = refused.or(later) {
            keep_verdict(tx, id, &word, self.now)?;
            self.tell_later(self.device.rep, id, word);
        }
        Ok(())
    }

    /// It waits for nobody any more, and its order is cancelled: changes of it need not wait either.
    fn take_back(&mut self, tx: &mut Tx<'_>, parsed: &Parsed) -> Result<(), DbError> {
        let id = parsed.record.id;
        tx.execute("DELETE FROM held WHERE fact = $1", &[id.into()])?;
        tx.execute("DELETE FROM parked WHERE fact = $1", &[id.into()])?;
        let Some(order) = parsed.content.new_order() else { return Ok(()) };
        let held = self.book.order(tx, order)?;
        if let Some(row) = held.filter(|row| row.state == OrderState::Held && row.fact == Some(id)) {
            self.book.cancel(tx, row, CancelCause::Held)?;
            self.came.push(order.0);
        }
        Ok(())
    }
}

/// Whether a person has released it. What one has refused waits no more.
fn was_released(tx: &mut Tx<'_>, fact: RecordId) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM held_decision WHERE fact = $1", &[fact.into()])?.is_some())
}
