//! The visit: check-in, one saved line per tap, the order as it stands, check-out.

use xundian_device::phone::{CountItem, OrderCard, Quote, SeenAround, SuggestionRow, VisitPhoto, VisitView};
use xundian_device::visit_loop::Line;
use xundian_domain::visit::display::Check;
use xundian_domain::visit::{FailedReason, PhotoRef, VisitResult};
use xundian_domain::{StoreId, VisitId};
use xundian_protocol::tables::{CompetitorItem, Reason};

use crate::errors::CoreError;
use crate::phone::RepPhone;
use crate::shell::Changed;

/// A sealed visit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CheckedOut {
    /// Complete, partial or failed.
    pub result: VisitResult,
    /// The card for the owner, if there is an order.
    pub order: Option<OrderCard>,
}

#[uniffi::export]
impl RepPhone {
    /// Check-in. A visit that is open in another store is sealed as it stands first; the same store goes on.
    ///
    /// # Errors
    /// `NotFound{unknown_store|not_pulled}`, `InvalidInput{record, record_too_long}` of the visit that is open elsewhere, a failing file.
    pub fn begin_visit(&self, store: StoreId) -> Result<VisitId, CoreError> {
        let mut was_elsewhere = false;
        let begun = self.change(Changed::Visit, |phone| {
            was_elsewhere = phone.current_visit()?.is_some_and(|open| open.store != store);
            Ok(phone.begin_visit(store)?)
        });
        // That one is sealed by now, also where this one could not begin.
        if was_elsewhere {
            self.tell(Changed::Facts);
        }
        begun
    }

    /// The open visit, also after the app died in it.
    ///
    /// # Errors
    /// A failing file.
    pub fn current_visit(&self) -> Result<Option<VisitView>, CoreError> {
        self.with(|phone| Ok(phone.current_visit()?))
    }

    /// Saves one changed line; on the disk when it returns.
    ///
    /// # Errors
    /// `Conflict{no_visit}`, `StorageFull`, `InvalidInput{receiver|phone, too_long}` over 60 characters.
    pub fn save_line(&self, line: Line) -> Result<(), CoreError> {
        self.with(|phone| Ok(phone.save_line(&line)?))
    }

    /// Takes a line back.
    ///
    /// # Errors
    /// `Conflict{no_visit}`, `StorageFull`.
    pub fn take_back(&self, line: Line) -> Result<(), CoreError> {
        self.with(|phone| Ok(phone.take_back(&line)?))
    }

    /// Step 1: what is to be counted, and what was.
    ///
    /// # Errors
    /// `Conflict{no_visit}`, a failing file.
    pub fn count_items(&self) -> Result<Vec<CountItem>, CoreError> {
        self.with(|phone| Ok(phone.count_items()?))
    }

    /// Step 2: suggestions with their arithmetic, for what is counted.
    ///
    /// # Errors
    /// As [`RepPhone::count_items`].
    pub fn suggestions(&self) -> Result<Vec<SuggestionRow>, CoreError> {
        self.with(|phone| Ok(phone.suggestions()?))
    }

    /// Step 3: the checks of the store's standard.
    ///
    /// # Errors
    /// As [`RepPhone::count_items`].
    pub fn display_standard(&self) -> Result<Vec<Check>, CoreError> {
        self.with(|phone| Ok(phone.display_standard()?))
    }

    /// Step 3: the picture of the store's standard, a JPEG or PNG; `None` = it has none, or it has not come yet.
    ///
    /// # Errors
    /// As [`RepPhone::count_items`].
    pub fn standard_picture(&self) -> Result<Option<Vec<u8>>, CoreError> {
        self.with(|phone| Ok(phone.standard_picture()?))
    }

    /// Step 4: what competitors are known for.
    ///
    /// # Errors
    /// A failing file.
    pub fn competitor_items(&self) -> Result<Vec<CompetitorItem>, CoreError> {
        self.with(|phone| Ok(phone.competitor_items()?))
    }

    /// The store card and step 4: what the area's reps saw at competitors lately, for one tap to confirm; the most seen first.
    ///
    /// # Errors
    /// `NotFound{unknown_store | not_pulled}`, a failing file.
    pub fn seen_around(&self, store: StoreId) -> Result<Vec<SeenAround>, CoreError> {
        self.with(|phone| Ok(phone.seen_around(store)?))
    }

    /// The company's reasons of a kind: `no_order`, `skip_step`, `suggestion_override`, …
    ///
    /// # Errors
    /// A failing file.
    pub fn reasons(&self, kind: String) -> Result<Vec<Reason>, CoreError> {
        self.with(|phone| Ok(phone.reasons(&kind)?))
    }

    /// Step 5: the order as it stands, priced, with its promise.
    ///
    /// # Errors
    /// As [`RepPhone::count_items`].
    pub fn quote(&self) -> Result<Quote, CoreError> {
        self.with(|phone| Ok(phone.quote()?))
    }

    /// Check-out: the visit is sealed with its order in one commit.
    ///
    /// # Errors
    /// `Conflict{no_visit}`, `StorageFull`, `InvalidInput{record, record_too_long}` of a visit that no push could carry; then everything is
    /// as before.
    pub fn check_out(&self) -> Result<CheckedOut, CoreError> {
        let fix = self.shell.fix();
        let done = self.with(|phone| {
            phone.stand_at(fix);
            let done = phone.check_out()?;
            let order = match done.order {
                Some((order, code)) => Some(phone.card(&order, Some(code))?),
                None => None,
            };
            Ok(CheckedOut { result: done.result, order })
        })?;
        self.tell(Changed::Visit);
        self.tell(Changed::Facts);
        Ok(done)
    }

    /// Ends the open visit because nothing could be done.
    ///
    /// # Errors
    /// As [`RepPhone::check_out`].
    pub fn fail_visit(&self, reason: FailedReason, photo: Option<PhotoRef>) -> Result<CheckedOut, CoreError> {
        let fix = self.shell.fix();
        let result = self.with(|phone| {
            phone.stand_at(fix);
            Ok(phone.fail_visit(reason, photo)?.result)
        })?;
        self.tell(Changed::Visit);
        self.tell(Changed::Facts);
        Ok(CheckedOut { result, order: None })
    }

    /// Keeps a photo in the phone's own folder until the server has it; its name goes into a line.
    ///
    /// # Errors
    /// `InvalidInput{photo}`, `Conflict{photos_full}`, `StorageFull`.
    pub fn keep_photo(&self, bytes: Vec<u8>) -> Result<PhotoRef, CoreError> {
        self.with(|phone| Ok(phone.keep_photo(&bytes)?))
    }

    /// Steps 3 and 4: the photos that the visit's lines name, what each shows and where it is, also after the app died in it.
    ///
    /// # Errors
    /// As [`RepPhone::count_items`].
    pub fn visit_photos(&self) -> Result<Vec<VisitPhoto>, CoreError> {
        self.with(|phone| Ok(phone.visit_photos()?))
    }

    /// The bytes of a photo as long as it waits to be sent; `None` = the server has it, or its file is gone.
    ///
    /// # Errors
    /// A failing file.
    pub fn kept_photo(&self, photo: PhotoRef) -> Result<Option<Vec<u8>>, CoreError> {
        self.with(|phone| Ok(phone.kept_photo(&photo)?))
    }
}
