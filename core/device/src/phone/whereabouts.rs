//! Where the phone is: how far the stores of the route are, and how near a visit was. The fix itself travels beside the fact.

use xundian_domain::StoreId;
use xundian_domain::location::{Fix, band};
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
        let metres = distance(&self.store, shop, Some(fix))?;
        Ok(Whereabouts { band: band(metres), mock: fix.mock })
    }
}

/// Metres from a fix to a store, if both are known.
pub(super) fn distance(store: &Store, shop: StoreId, fix: Option<Fix>) -> Result<Option<u32>, PhoneError> {
    let Some(fix) = fix else { return Ok(None) };
    let place = office::row::<StoreLocation>(store, shop)?;
    Ok(place.and_then(|place| fix.metres_to(place.0)))
}
