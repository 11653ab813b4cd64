//! What reps do on their phones.

use xundian_device::phone::{Awaited, SeenAround};
use xundian_domain::SkuUnits;
use xundian_domain::order::PaymentForm;
use xundian_domain::store::PaymentTerms;
use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
use xundian_domain::visit::stock_count::DeliverySeen;
use xundian_protocol::tables::Contact;

use super::*;

/// Products of a shelf that is counted whole.
const SHELF: usize = 30;
/// Stores on account order so many times as much as others, and come over their limit.
const BULK: u32 = 10;
/// Deliveries that an owner is asked about in one visit: after days without signal there are more than a visit may name.
const ASKED: usize = 20;

impl World {
    /// A store of the phone's route, or one that was opened on it; who stands in goes to those of the reps who are away.
    fn some_store(&self, number: usize, chance: &mut Chance) -> Outcome<Option<StoreId>> {
        let phone = &self.phones[number];
        let catalogue = self.line.borrow().server.app()?.catalogue();
        let today = ZoneOffset::CHINA.date(self.clock.now());
        let route = |rep: &RepNo| {
            let rows = self.routes.get(rep).map_or(&[][..], Vec::as_slice);
            rows.iter().map(|row| row.store)
        };
        let away = catalogue.absent_reps(phone.rep, today);
        let mut stores: Vec<StoreId> = away.iter().flat_map(route).collect();
        if stores.is_empty() {
            stores = route(&phone.rep).chain(phone.opened.iter().copied()).collect();
        }
        Ok(pick(&stores, chance))
    }

    /// A note or another contact; the store may be another rep's by now.
    pub(super) fn speak_of_store(&mut self, kind: OpKind, number: usize, chance: &mut Chance) -> Outcome<()> {
        let Some(store) = self.some_store(number, chance)? else { return Ok(()) };
        let text = chance.below(1_000).to_string();
        let phone = self.phones[number].core()?;
        let done = match kind {
            OpKind::NoteStore => phone.note_store(store, &text),
            _ => phone.change_contact(store, Contact { owner: text, ..Contact::default() }),
        };
        self.seal(number, done)
    }

    pub(super) fn visit(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let Some(store) = self.some_store(number, chance)? else { return Ok(()) };
        let is_on_account = self.is_on_account(store)?;
        let phone = &mut self.phones[number];
        match phone.begin_visit(store)? {
            Ok(_) => {}
            Err(PhoneError::UnknownStore(_)) => return Ok(()),
            Err(why) => return Err(why.into()),
        }
        did_it_come(phone, chance)?;
        let skus: Vec<Sku> = [NOODLES, TEA].iter().filter_map(|sku| sku.parse().ok()).collect();
        // Now and then a whole shelf: bodies of some kilobytes.
        let others = if chance.per_mille(30) { &template()?.skus[..] } else { &[] };
        for sku in skus.iter().chain(others.iter().take(SHELF)) {
            phone.save_line(VisitLine::Count(count(*sku, u32::try_from(chance.below(30))?)))?;
        }
        if chance.per_mille(800) {
            order(phone, &skus, is_on_account, chance)?;
        }
        if chance.per_mille(150) {
            let around = phone.core()?.seen_around(store)?;
            let seen = around.first().filter(|_| chance.per_mille(500)).map(again);
            phone.save_line(VisitLine::Competitor(seen.unwrap_or_else(|| news(chance))))?;
        }
        for photo in phone.album.tell() {
            phone.save_line(VisitLine::PhotoBefore(photo))?;
        }
        let closed = phone.check_out()?;
        if let Some((order, _)) = closed.order {
            phone.orders.push(order.id);
        }
        self.pass(MINUTE)
    }

    /// Whether the office lets the store pay later.
    fn is_on_account(&self, store: StoreId) -> Outcome<bool> {
        let catalogue = self.line.borrow().server.app()?.catalogue();
        Ok(catalogue.stores.get(&store).is_some_and(|store| store.terms != PaymentTerms::Cash))
    }

    /// Days without signal, and a queue that is longer than a batch now and then.
    pub(super) fn backlog(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let is_long = chance.per_mille(150);
        let visits = if is_long { 300 + chance.below(50) } else { 30 + chance.below(90) };
        for n in 0..visits {
            self.visit(number, chance)?;
            if n % 60 == 59 {
                self.remember(number)?;
                self.night()?;
            }
        }
        self.fault("days without signal", format_args!("phone {number}, {visits} visits"));
        Ok(())
    }

    pub(super) fn amend(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let Some(order) = pick(&phone.orders, chance) else { return Ok(()) };
        let units = Units(24 * (1 + u32::try_from(chance.below(6))?));
        let done = phone.core()?.amend_order(order, &[(NOODLES.parse()?, units)]).map(drop);
        self.seal(number, done)
    }

    pub(super) fn cancel(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let Some(order) = pick(&phone.orders, chance) else { return Ok(()) };
        let done = phone.core()?.cancel_order(order, "owner".parse()?);
        self.seal(number, done)
    }

    pub(super) fn close_day(&mut self, number: usize) -> Outcome<()> {
        let done = self.phones[number].core()?.close_day().map(drop);
        self.seal(number, done)
    }

    /// A call that seals a fact, unless the phone has a reason not to.
    fn seal(&mut self, number: usize, done: Result<(), PhoneError>) -> Outcome<()> {
        let is_sealed = tolerate(done)?;
        self.phones[number].taps.sealed += u64::from(is_sealed);
        Ok(())
    }

    pub(super) fn open_store(&mut self, number: usize) -> Outcome<()> {
        let phone = &mut self.phones[number];
        let catalogue = self.line.borrow().server.app()?.catalogue();
        let route = self.routes.get(&phone.rep).and_then(|rows| rows.first()).map(|row| row.store);
        let Some(known) = route.and_then(|store| catalogue.stores.get(&store)) else { return Ok(()) };
        let opened = StoreOpened {
            id: StoreId(uuid::Uuid::nil()),
            name: "新店".to_owned(),
            channel: Channel::Kiosk,
            street: known.street.ok_or("a store without a street")?,
            address: "贵州路1号".to_owned(),
            receiving_hours: "".parse()?,
        };
        let store = phone.core()?.open_store(opened, known.distributor, known.price_list, None, None)?;
        phone.opened.push(store);
        phone.taps.sealed += 1;
        Ok(())
    }

    pub(super) fn craft(
        &mut self,
        number: usize,
        kind: &str,
        id: Option<RecordId>,
        body: String,
    ) -> Outcome<()> {
        let id = self.phones[number].craft(kind, id, body)?;
        self.excuses.crafted.insert(id);
        Ok(())
    }

    /// Takes an order back that was made on any phone.
    pub(super) fn foreign_cancel(&mut self, number: usize, chance: &mut Chance, base: u32) -> Outcome<()> {
        let orders: Vec<OrderId> =
            self.phones.iter().flat_map(|phone| phone.orders.iter().copied()).collect();
        // The newest are not pushed yet.
        let newest: Vec<OrderId> = orders.iter().rev().take(20).copied().collect();
        let Some(order) = pick(&newest, chance) else { return Ok(()) };
        let body = format!("{{\"base_version\":{base},\"order\":\"{order}\",\"reason\":\"owner\"}}");
        self.craft(number, "order_cancelled", None, body)
    }
}

/// Three owners of four who are asked say that all of it came, also to a phone that has not heard what was said to another.
fn did_it_come(phone: &mut SimPhone, chance: &mut Chance) -> Outcome<()> {
    let mut asked: BTreeMap<OrderId, Vec<SkuUnits>> = BTreeMap::new();
    for item in phone.core()?.count_items()? {
        for Awaited { order, units } in item.did_it_come {
            asked.entry(order).or_default().push(SkuUnits { sku: item.sku, units });
        }
    }
    if asked.is_empty() || !chance.per_mille(750) {
        return Ok(());
    }
    for (order, lines) in asked.into_iter().take(ASKED) {
        phone.save_line(VisitLine::DeliverySeen(DeliverySeen { order, lines }))?;
    }
    Ok(())
}

/// What the owner wants, and how he pays it.
fn order(phone: &mut SimPhone, skus: &[Sku], is_on_account: bool, chance: &mut Chance) -> Outcome<()> {
    let bulk = if is_on_account { BULK } else { 1 };
    for sku in skus.iter().take(1 + usize::from(chance.per_mille(400))) {
        let units = Units(24 * bulk * (1 + u32::try_from(chance.below(4))?));
        phone.save_line(VisitLine::Intention { sku: *sku, units, reason: None })?;
    }
    if is_on_account {
        phone.save_line(VisitLine::Payment(PaymentForm::OnAccount))?;
    }
    Ok(())
}

/// What colleagues saw is here, too.
fn again(seen: &SeenAround) -> CompetitorFact {
    let SeenAround { brand, item, value, .. } = seen.clone();
    CompetitorFact { brand, item, kind: seen.kind, value, from: seen.from, to: seen.to, photo: None }
}

/// Something new at the competitors.
fn news(chance: &mut Chance) -> CompetitorFact {
    let value = format!("{}.5", chance.below(6));
    let (brand, item) = ("统一".to_owned(), format!("茶 {}", chance.below(4)));
    CompetitorFact { brand, item, kind: FactKind::Price, value, from: None, to: None, photo: None }
}

/// What a phone may not know any more (an order of an earlier file, a store that went to another rep), or knows to be over.
/// Gives whether it was done.
fn tolerate(done: Result<(), PhoneError>) -> Outcome<bool> {
    match done {
        Err(
            PhoneError::UnknownOrder(_)
            | PhoneError::OrderOver(_)
            | PhoneError::NothingLeft(_)
            | PhoneError::NoPrice(_)
            | PhoneError::UnknownStore(_),
        ) => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

fn count(sku: Sku, units: u32) -> CountRow {
    CountRow {
        sku,
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(units)),
        backroom: PlaceCount::Counted(Units::ZERO),
        cooler: PlaceCount::NotCounted,
        expiry: None,
    }
}
