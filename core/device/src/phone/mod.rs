//! The façade for screens: every call is one screen's question or one tap, blocks, and leaves nothing half done.
//! Records in and out; texts for people are chosen by the shell from codes.

mod advice;
mod card;
mod competitors;
mod count;
mod day;
mod journal;
mod lists;
mod offer;
mod order_card;
mod orders;
mod outbox;
mod photo;
mod picture;
mod quote;
mod slip;
mod stores;
mod streets;
mod suggest;
mod today;
mod visit;
mod visit_photos;
mod whereabouts;

use std::path::Path;

use uuid::Uuid;
use xundian_domain::id::StreetCode;
use xundian_domain::location::Fix;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::store::Store as Shop;
use xundian_domain::{BusinessDate, OrderId, RepNo, Sku, StoreId};
use xundian_protocol::journal::JournalError;

use crate::machine::Machine;
use crate::office::{self, Office};
use crate::store::{Store, StoreError};

pub use crate::store::{ImportReport, PhotoState};
pub use card::{DeliveredLine, LastCounts, LastOrder, NamedSku, NamedUnits, ProductHit, StoreCard, StoreHit};
pub use competitors::SeenAround;
pub use count::{Awaited, CountItem};
pub use day::DayReport;
pub use journal::JournalExport;
pub use order_card::{OrderCard, OrderCardLine, OrderLight, OrderOfDay};
pub use outbox::{Outbox, OutboxRow};
pub use photo::PhotosPending;
pub(crate) use photo::{photo_disk, photo_folder, remove_photo};
pub(crate) use picture::{keep_picture, named_pictures, picture_folder};
pub use quote::{DiscountedUnits, PromoMissing, PromoName, Quote, QuoteLine};
pub use slip::OrderSlip;
pub use streets::Street;
pub use suggest::SuggestionRow;
pub use today::{PromiseLight, RouteStop, StopState, Today};
pub use visit::{CheckedOut, VisitView};
pub use visit_photos::{PhotoShows, VisitPhoto};

/// What a call can come back with, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The file; see [`StoreError`].
    #[error(transparent)]
    Storage(#[from] StoreError),
    /// Nothing was pulled yet: sync first.
    #[error("no master data yet: sync once while there is a network")]
    NotPulled,
    /// The store is not on this phone.
    #[error("this store is not on this phone")]
    UnknownStore(StoreId),
    /// No area of the office has this street.
    #[error("no area has this street: ask the office for its code")]
    UnknownStreet(StreetCode),
    /// The order is not on this phone.
    #[error("this order is not on this phone")]
    UnknownOrder(OrderId),
    /// The order was taken back: nothing of it can be changed.
    #[error("this order was taken back")]
    OrderOver(OrderId),
    /// A change that leaves no line: that order is to be taken back.
    #[error("nothing is left of this order: take it back instead")]
    NothingLeft(OrderId),
    /// A visit is open in another store.
    #[error("another visit is open")]
    VisitOpen(StoreId),
    /// The store's price list does not have a product, or no more: it cannot be ordered.
    #[error("the price list of this store does not have {0}")]
    NoPrice(Sku),
    /// No visit is open.
    #[error("no visit is open")]
    NoVisit,
    /// Nothing to tell the distributor.
    #[error("no order of this day is on this phone")]
    NoOrders,
    /// This phone was not enrolled.
    #[error("this phone is not enrolled")]
    NotEnrolled,
    /// The key store of this phone does not open the device key: the file is another phone's, or the system lost its own key.
    #[error(
        "this phone has lost its key: ask the office for a code; everything that was recorded is still here"
    )]
    KeyLost,
    /// More than a screen shows.
    #[error("{field}: at most {limit} characters")]
    TooLong {
        /// Which text.
        field: &'static str,
        /// Characters.
        limit: usize,
    },
    /// Make it smaller.
    #[error("this photo is too large: take it again with fewer pixels")]
    PhotoTooLarge,
    /// Too many photos wait: send them first.
    #[error("too many photos wait to be sent: find a network first")]
    PhotosFull,
    /// The file that was to be taken in, or its code; see [`JournalError`].
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another rep's journal: the office takes it.
    #[error("this journal is {0}'s: only a phone of that rep or the office takes it")]
    OtherRep(RepNo),
}

/// One phone with its file.
pub struct Phone {
    pub(crate) store: Store,
    pub(crate) machine: Box<dyn Machine>,
    /// Of the file; photos and pictures lie beside it.
    pub(crate) path: std::path::PathBuf,
    /// Where it is, as it was told last.
    fix: Option<Fix>,
    /// Master data as decoded, and the state of the file that it was read from.
    office: Option<(i64, Office)>,
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phone").field("pulled", &self.office.is_some()).finish_non_exhaustive()
    }
}

impl Phone {
    /// Opens the phone's file. Touches no network and decodes nothing.
    ///
    /// # Errors
    /// See [`Store::open`].
    pub fn open(path: &Path, machine: Box<dyn Machine>) -> Result<Self, PhoneError> {
        let store = Store::open(path)?;
        Ok(Self { store, machine, path: path.to_owned(), fix: None, office: None })
    }

    /// The clocks now, with the offset of the server if it was heard since this boot.
    ///
    /// # Errors
    /// A failing file.
    pub fn stamp(&self) -> Result<Stamp, PhoneError> {
        stamp(&self.store, self.machine.as_ref())
    }

    /// The server's time as well as this phone knows it: carried on from its last word if this boot has heard one, else what
    /// its clock showed at the last contact; `None` = it was never heard. It does not depend on the phone's date.
    ///
    /// # Errors
    /// A failing file.
    pub fn server_time(&self) -> Result<Option<Millis>, PhoneError> {
        server_time(&self.store, self.machine.as_ref())
    }

    /// Today's business date.
    ///
    /// # Errors
    /// Before the first pull.
    pub fn date(&mut self) -> Result<BusinessDate, PhoneError> {
        let stamp = self.stamp()?;
        Ok(stamp.business_date(self.office()?.settings.zone))
    }

    /// Whose phone this is.
    ///
    /// # Errors
    /// Before enrolment.
    pub fn rep(&self) -> Result<RepNo, PhoneError> {
        let rep = self.store.setting("rep")?.ok_or(PhoneError::NotEnrolled)?;
        rep.parse().map_err(|_| PhoneError::NotEnrolled)
    }

    pub(crate) fn office(&mut self) -> Result<&Office, PhoneError> {
        self.load_office()?;
        self.office.as_ref().map(|(_, office)| office).ok_or(PhoneError::NotPulled)
    }

    /// Office and file at once, for questions that need both.
    pub(crate) fn office_and_store(&mut self) -> Result<(&Office, &Store), PhoneError> {
        self.load_office()?;
        let (_, office) = self.office.as_ref().ok_or(PhoneError::NotPulled)?;
        Ok((office, &self.store))
    }

    fn load_office(&mut self) -> Result<(), PhoneError> {
        let version = self.store.foreign_version()?;
        if self.office.as_ref().is_none_or(|(known, _)| *known != version) {
            self.office = Office::load(&self.store)?.map(|office| (version, office));
        }
        Ok(())
    }

    /// After a pull: what was decoded may be old.
    pub(crate) fn forget_office(&mut self) {
        self.office = None;
    }

    pub(crate) fn shop(&self, id: StoreId) -> Result<Shop, PhoneError> {
        if let Some(shop) = office::row::<Shop>(&self.store, id)? {
            return Ok(shop);
        }
        // A store that leaves the territory while the rep is in it is known until the visit has ended.
        let visited = self.store.visited(id)?.ok_or(PhoneError::UnknownStore(id))?;
        Ok(office::decode(&visited)?)
    }

    pub(crate) fn new_id(&mut self) -> Uuid {
        crate::machine::new_id(self.machine.as_mut())
    }

    pub(crate) fn now(&self) -> Result<Millis, PhoneError> {
        Ok(self.stamp()?.estimate())
    }
}

/// The clocks now, with the offset of the server if it was heard since this boot. Only the clock that nobody can set
/// carries the server's time on: whoever sets the other moves no fact.
pub(crate) fn stamp(store: &Store, machine: &dyn Machine) -> Result<Stamp, PhoneError> {
    let (boot, wall, mono_ms) = (machine.boot(), machine.wall(), machine.mono_ms());
    let offset = store.setting("server_at_boot")?.and_then(|text| {
        let (heard_in, at_boot) = text.split_once('/')?;
        let at_boot: i64 =
            (heard_in.parse::<Uuid>().ok()? == boot).then(|| at_boot.parse().ok()).flatten()?;
        Some(at_boot.saturating_add(mono_ms).saturating_sub(wall.0))
    });
    Ok(Stamp { wall, mono_ms, boot, server_offset_ms: offset })
}

fn server_time(store: &Store, machine: &dyn Machine) -> Result<Option<Millis>, PhoneError> {
    let now = stamp(store, machine)?;
    if !now.is_unverified() {
        return Ok(Some(now.estimate()));
    }
    Ok(store.setting("last_contact")?.and_then(|at| at.parse().ok()).map(Millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clocks: one that is set by hand, one that runs.
    struct Clocks {
        wall: i64,
        mono_ms: i64,
        boot: u128,
    }

    impl Machine for Clocks {
        fn wall(&self) -> Millis {
            Millis(self.wall)
        }

        fn mono_ms(&self) -> i64 {
            self.mono_ms
        }

        fn boot(&self) -> Uuid {
            Uuid::from_u128(self.boot)
        }

        fn random(&mut self) -> u128 {
            0
        }
    }

    #[test]
    fn a_clock_that_is_set_after_the_server_was_heard_moves_no_fact() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        let boot = Uuid::from_u128(1);
        store.set(&[("server_at_boot", &format!("{boot}/1000000"))]).unwrap();
        let mut clocks = Clocks { wall: 7, mono_ms: 500, boot: 1 };
        assert_eq!(stamp(&store, &clocks).unwrap().estimate(), Millis(1_000_500));
        clocks.wall += 86_400_000;
        clocks.mono_ms += 20;
        assert_eq!(stamp(&store, &clocks).unwrap().estimate(), Millis(1_000_520));
        clocks.boot = 2;
        assert!(
            stamp(&store, &clocks).unwrap().is_unverified(),
            "another boot knows nothing of the server yet"
        );
    }

    #[test]
    fn the_servers_time_goes_on_within_a_boot_and_stands_at_the_last_contact_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        let mut clocks = Clocks { wall: 7, mono_ms: 500, boot: 1 };
        assert_eq!(server_time(&store, &clocks).unwrap(), None);
        let at_boot = format!("{}/1000000", Uuid::from_u128(1));
        store.set(&[("server_at_boot", &at_boot), ("last_contact", "1000100")]).unwrap();
        clocks.wall += 86_400_000;
        assert_eq!(server_time(&store, &clocks).unwrap(), Some(Millis(1_000_500)));
        clocks.boot = 2;
        assert_eq!(server_time(&store, &clocks).unwrap(), Some(Millis(1_000_100)));
    }
}
