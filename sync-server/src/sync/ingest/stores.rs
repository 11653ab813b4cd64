//! What reps say about stores beside visits: a new one, a note, another contact (1-field 1.6, the sync contract 3.2).

use xundian_domain::store::{Store, StoreClass, StoreOpened};
use xundian_domain::store_word::{CONTACT_CHARS, StoreContactChanged, StoreNoted};
use xundian_domain::{RepNo, StoreId};
use xundian_protocol::push::{Flag, Private, Verdict};
use xundian_protocol::tables::{Contact, StoreNote, Table, scope};

use super::effects::applied;
use super::{Batch, Judged, text};
use crate::db::{DbError, Tx, Value};
use crate::master::{ContactTold, keep, kept};
use crate::sync::private::has_contact;
use crate::sync::record::Parsed;

impl Batch<'_> {
    pub(super) fn store_opened(
        &mut self,
        tx: &mut Tx<'_>,
        opened: &StoreOpened,
        parsed: &Parsed,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        if self.store(tx, opened.id)?.is_some() {
            return self.clash(tx, parsed);
        }
        let channel = opened.channel;
        let area = self.catalogue.areas.get(&opened.street);
        let lists = self.catalogue.price_list_for(channel, StoreClass::D);
        let must_sell = channel.must_sell_list(StoreClass::D);
        let (Some(area), Some(prices), Some(must_sell)) = (area, lists, must_sell) else {
            // The office has no such area or list yet: the fact is kept and waits for it.
            return Ok(Verdict::Parked { missing: opened.id.0 });
        };
        let store = opened.proposed(area.distributor, prices, must_sell, judged.rep);
        self.feed.put::<Store>(&scope::territory(judged.rep), store.id, &store);
        if let Some(private) = &parsed.record.private {
            self.tell_opener(tx, &store, judged, private)?;
        }
        self.came.push(store.id.0);
        self.has_new_master = true;
        self.new_stores.insert(store.id, store);
        Ok(applied())
    }

    /// The newest note stands; whoever has the store may write one.
    pub(super) fn store_noted(
        &mut self,
        tx: &mut Tx<'_>,
        noted: &StoreNoted,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let store = match self.spoken_of(tx, noted.store, judged)? {
            Ok(store) => store,
            Err(verdict) => return Ok(verdict),
        };
        let (rep, date, at) = (judged.rep, judged.date, judged.captured.at);
        let note = StoreNote { text: noted.text.clone(), rep, date, at };
        let known = match self.notes.get(&store.id) {
            Some(known) => Some(known.clone()),
            None => kept(tx, StoreNote::NAME, &StoreNote::key(store.id))?,
        };
        // What stands is told again: the phone shows its own word until it hears the server's.
        let stands = known.filter(|known| !note.follows(known)).unwrap_or(note);
        self.feed.put(&self.scope_of(&store, judged.rep), store.id, &stands);
        self.notes.insert(store.id, stands);
        Ok(applied_at(judged))
    }

    /// Names and number travel beside the fact; without them (a journal has none, and they may have been emptied while it waited)
    /// the contact stays as it was.
    pub(super) fn contact_changed(
        &mut self,
        tx: &mut Tx<'_>,
        changed: &StoreContactChanged,
        parsed: &Parsed,
        judged: &Judged,
    ) -> Result<Verdict, DbError> {
        let store = match self.spoken_of(tx, changed.store, judged)? {
            Ok(store) => store,
            Err(verdict) => return Ok(verdict),
        };
        if let Some(private) = parsed.record.private.as_ref().filter(|private| has_contact(private)) {
            self.tell_contact(tx, &store, judged, private)?;
        }
        Ok(applied_at(judged))
    }

    /// Whom the opener met: a receiver was told with it.
    pub(super) fn tell_opener(
        &mut self,
        tx: &mut Tx<'_>,
        store: &Store,
        judged: &Judged,
        private: &Private,
    ) -> Result<(), DbError> {
        let owner = private.receiver.clone();
        self.tell_contact(tx, store, judged, &Private { owner, receiver: None, ..private.clone() })
    }

    fn tell_contact(
        &mut self,
        tx: &mut Tx<'_>,
        store: &Store,
        judged: &Judged,
        private: &Private,
    ) -> Result<(), DbError> {
        let part = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().trim();
            text.chars().take(CONTACT_CHARS).collect::<String>()
        };
        let contact = Contact {
            owner: part(&private.owner),
            phone: part(&private.phone),
            receiver: part(&private.receiver),
        };
        let told = ContactTold { contact: Some(contact), at: judged.captured.at };
        let known = match self.contacts.get(&store.id) {
            Some(known) => Some(known.clone()),
            None => kept(tx, ContactTold::NAME, &Contact::key(store.id))?,
        };
        // Of one moment (a clock that cannot be believed is held back to it) the one that comes later.
        let stands = match known {
            Some(known) if known.at > told.at => known,
            _ => {
                self.has_new_master = true;
                told
            }
        };
        // What stands is told again: the phone shows its own word until it hears the server's.
        let office = self.catalogue.contacts.get(&store.id);
        if let Some(contact) = stands.contact.as_ref().or(office) {
            self.feed.put(&self.scope_of(store, judged.rep), store.id, contact);
        }
        self.contacts.insert(store.id, stands);
        Ok(())
    }

    /// The store that a rep speaks of, or the word about a fact that waits for it or may not be.
    fn spoken_of(
        &self,
        tx: &mut Tx<'_>,
        id: StoreId,
        judged: &Judged,
    ) -> Result<Result<Store, Verdict>, DbError> {
        Ok(match self.store(tx, id)? {
            None => Err(Verdict::Parked { missing: id.0 }),
            Some(store) if self.may_speak_of(&store, judged) => Ok(store),
            Some(store) => Err(self.unauthorised(tx, store.id, judged)?),
        })
    }

    /// What a rep says reaches the phones of others: only who has the store, or opened it, may say it.
    fn may_speak_of(&self, store: &Store, judged: &Judged) -> bool {
        match (self.catalogue.route_of(store.id), store.opened_by) {
            (Some(_), by) => {
                by == Some(judged.rep) || self.catalogue.is_assigned(judged.rep, store.id, judged.date)
            }
            (None, Some(by)) => {
                by == judged.rep || self.catalogue.absent_reps(judged.rep, judged.date).contains(&by)
            }
            (None, None) => false,
        }
    }

    fn scope_of(&self, store: &Store, otherwise: RepNo) -> String {
        self.territory(store.id, store.opened_by.unwrap_or(otherwise))
    }

    /// A store of the catalogue, of this batch, or one that was opened moments ago.
    pub(super) fn store(&self, tx: &mut Tx<'_>, id: StoreId) -> Result<Option<Store>, DbError> {
        if let Some(store) = self.catalogue.stores.get(&id).or_else(|| self.new_stores.get(&id)) {
            return Ok(Some(store.clone()));
        }
        kept(tx, Store::NAME, &Store::key(id))
    }

    /// The rows of master data that reps made.
    pub(super) fn write_stores(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        for store in self.new_stores.values() {
            tx.execute(
                "INSERT INTO master (tbl, key, value) VALUES ($1, $2, $3) ON CONFLICT (tbl, key) DO NOTHING",
                &[Store::NAME.into(), Store::key(store.id).into(), text(store)?.into()],
            )?;
        }
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for (store, note) in &self.notes {
            rows.push(vec![StoreNote::NAME.into(), Store::key(*store).into(), text(note)?.into()]);
        }
        for (store, told) in &self.contacts {
            rows.push(vec![ContactTold::NAME.into(), Store::key(*store).into(), text(told)?.into()]);
        }
        keep(tx, rows)
    }
}

/// Applied, with the doubt about its time.
fn applied_at(judged: &Judged) -> Verdict {
    let flags = if judged.captured.unverified { vec![Flag::ClockUnverified] } else { Vec::new() };
    Verdict::Applied { order: None, flags }
}
