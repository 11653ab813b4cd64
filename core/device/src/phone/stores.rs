//! What a rep says about a store beside a visit: a new one, a note, another contact.

use xundian_domain::StoreId;
use xundian_domain::id::{DistributorNo, PriceListNo};
use xundian_domain::store::{Store as Shop, StoreClass, StoreOpened};
use xundian_domain::store_word::{CONTACT_CHARS, NOTE_CHARS, StoreContactChanged, StoreNoted};
use xundian_protocol::push::{Kind, Private};
use xundian_protocol::tables::{Contact, StoreNote};

use super::streets::{areas, is_known};
use super::visit::own_row;
use super::{Phone, PhoneError};
use crate::office;

impl Phone {
    /// A new outlet: it can be visited at once, with the price list named until the office decides.
    ///
    /// # Errors
    /// A text that is too long, or a failing file.
    pub fn open_store(
        &mut self,
        mut opened: StoreOpened,
        distributor: DistributorNo,
        price_list: PriceListNo,
        owner: Option<String>,
        phone: Option<String>,
    ) -> Result<StoreId, PhoneError> {
        let texts = [("owner", owner.as_deref()), ("phone", phone.as_deref())];
        bounded(texts.into_iter().filter_map(|(field, text)| Some((field, text?))))?;
        bounded([("name", opened.name.as_str()), ("address", opened.address.as_str())])?;
        opened.id = StoreId(self.new_id());
        let rep = self.rep()?;
        let must_sell =
            opened.channel.must_sell_list(StoreClass::D).ok_or(PhoneError::UnknownStore(opened.id))?;
        let shop = opened.proposed(distributor, price_list, must_sell, rep);
        let private = Private { receiver: owner, phone, ..Private::default() };
        let own = [own_row(opened.id, &shop)?];
        self.seal_fact(&Kind::StoreOpened, &opened, Some(&private), &own)?;
        Ok(opened.id)
    }

    /// As [`Phone::open_store`]; the street gives the distributor, as at the server. What the office has no word for is taken
    /// from the stores around it, until the office decides.
    ///
    /// # Errors
    /// No store is on this phone, a street that no area of the office has, or a failing file.
    pub fn open_store_nearby(
        &mut self,
        opened: StoreOpened,
        owner: Option<String>,
        phone: Option<String>,
    ) -> Result<StoreId, PhoneError> {
        let shops = office::rows::<Shop>(&self.store, "")?;
        let likest = |fits: &dyn Fn(&Shop) -> bool| shops.iter().find(|shop| fits(shop)).or(shops.first());
        let around = likest(&|shop| shop.street == Some(opened.street)).ok_or(PhoneError::NotPulled)?;
        let alike = likest(&|shop| shop.channel == opened.channel).ok_or(PhoneError::NotPulled)?;
        let areas = areas(&self.store)?;
        if !is_known(&areas, opened.street) {
            return Err(PhoneError::UnknownStreet(opened.street));
        }
        let distributor = areas.get(&opened.street).map_or(around.distributor, |area| area.distributor);
        self.open_store(opened, distributor, alike.price_list, owner, phone)
    }

    /// A note for the next one in this shop, instead of the one before; an empty text takes it away.
    ///
    /// # Errors
    /// The store is not on this phone, a text that is too long, or a failing file.
    pub fn note_store(&mut self, store: StoreId, text: &str) -> Result<(), PhoneError> {
        let noted = StoreNoted { store: self.shop(store)?.id, text: text.trim().to_owned() };
        if !noted.is_bounded() {
            return Err(PhoneError::TooLong { field: "text", limit: NOTE_CHARS });
        }
        let (rep, date, at) = (self.rep()?, self.date()?, self.stamp()?.estimate());
        let note = StoreNote { text: noted.text.clone(), rep, date, at };
        self.seal_fact(&Kind::StoreNote, &noted, None, &[own_row(store, &note)?])
    }

    /// Whom to ask for, instead of the contact before. The names go beside the fact (1-field 1.10).
    ///
    /// # Errors
    /// The store is not on this phone, a text that is too long, or a failing file.
    pub fn change_contact(&mut self, store: StoreId, contact: Contact) -> Result<(), PhoneError> {
        let changed = StoreContactChanged { store: self.shop(store)?.id };
        let Contact { owner, phone, receiver } = &contact;
        bounded([("owner", owner.as_str()), ("phone", phone), ("receiver", receiver)])?;
        let own = [own_row(store, &contact)?];
        let Contact { owner, phone, receiver } = contact;
        let (owner, phone, receiver) = (Some(owner), Some(phone), Some(receiver));
        let private = Private { owner, phone, receiver, ..Private::default() };
        self.seal_fact(&Kind::StoreContactChanged, &changed, Some(&private), &own)
    }
}

/// Texts that a line of a screen and of a sheet can hold.
pub(super) fn bounded<'t>(
    texts: impl IntoIterator<Item = (&'static str, &'t str)>,
) -> Result<(), PhoneError> {
    let mut texts = texts.into_iter();
    match texts.find(|(_, text)| text.chars().count() > CONTACT_CHARS) {
        Some((field, _)) => Err(PhoneError::TooLong { field, limit: CONTACT_CHARS }),
        None => Ok(()),
    }
}
