//! Where the phone is: how far the stores of the route are, and how near a visit was. The fix itself travels beside the fact.

use xundian_domain::StoreId;
use xundian_domain::location::{Fix, Location, band};
use xundian_domain::visit::Whereabouts;
use xundian_protocol::push::Private;
use xundian_protocol::tables::StoreLocation;

use super::{Phone, PhoneError};
use crate::office;
use crate::store::Store;

impl Phone {
    /// Tells where the phone is, before a route is asked for or a visit is ended; `None` = nobody knows. A visit takes it along.
    pub fn stand_at(&mut self, fix: Option<Fix>) {
        self.fix = fix;
    }

    /// What a visit keeps of where it was; the fix goes into `private`, once.
    pub(super) fn whereabouts(
        &mut self,
        shop: StoreId,
        private: &mut Private,
    ) -> Result<Whereabouts, PhoneError> {
        let Some(fix) = self.fix.take() else { return Ok(Whereabouts { band: band(None), mock: false }) };
        if !fix.mock {
            private.fixes.push((fix.longitude, fix.latitude, fix.accuracy_m));
        }
        let metres = location(&self.store, shop)?.and_then(|there| fix.metres_to(there));
        Ok(Whereabouts { band: band(metres), mock: fix.mock })
    }
}

/// Where a store is, if the office knows.
pub(super) fn location(store: &Store, shop: StoreId) -> Result<Option<Location>, PhoneError> {
    Ok(office::row::<StoreLocation>(store, shop)?.map(|place| place.0))
}
