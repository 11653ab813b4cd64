//! Step 5 before it is sealed: the order with prices, promotions and gifts, what is missing for the next one, and what
//! can be promised.

use xundian_domain::money::PayShare;
use xundian_domain::order::{GiftLine, Order, OrderLine, PaymentForm, PickUp, Promise};
use xundian_domain::product::Product;
use xundian_domain::promotion::{
    Buyer, CapPeriod, Missing, Priced, PromoUse, Promotion, Used, Wanted, missing_for_next, price_order,
};
use xundian_domain::store::Store as Shop;
use xundian_domain::suggestion::shaping::{Hint, hints};
use xundian_domain::visit::Step;
use xundian_domain::{BusinessDate, CaseSize, Fen, OrderId, Pack, PromoNo, Sku, TimeRange, Units};
use xundian_protocol::tables::{Contact, Prices, Table, Unavailable};

use super::card::NamedUnits;
use super::offer::offer;
use super::{Phone, PhoneError};
use crate::office::{self, Office};
use crate::store::{OpenVisit, Store};
use crate::visit_loop::{self, Line, Lines, Receiver};

/// Units of a line that are paid in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct DiscountedUnits {
    /// How many.
    pub units: Units,
    /// What is paid of their price.
    pub share: PayShare,
}

/// What is missing for the next benefit of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PromoMissing {
    /// Which.
    pub promo: PromoNo,
    /// How much.
    pub missing: Missing,
}

/// What the company calls a promotion: its number says nothing to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PromoName {
    /// Which.
    pub promo: PromoNo,
    /// 促销名称.
    pub name: String,
}

/// One line of the quote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct QuoteLine {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// What the owner intended.
    pub intended: Units,
    /// What is to be confirmed.
    pub confirmed: Units,
    /// 箱规.
    pub case: CaseSize,
    /// The smallest step of an order.
    pub pack: Pack,
    /// Price of a case on this date.
    pub case_price: Fen,
    /// After line promotions.
    pub amount: Fen,
    /// Units with a discount and what is paid of them.
    pub discounted: Vec<DiscountedUnits>,
}

/// The order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Quote {
    /// Lines.
    pub lines: Vec<QuoteLine>,
    /// Gifts.
    pub gifts: Vec<GiftLine>,
    /// Off the whole order.
    pub cuts: Fen,
    /// Promotions that apply.
    pub promos: Vec<PromoUse>,
    /// What is missing for the next benefit.
    pub missing: Vec<PromoMissing>,
    /// Names of the promotions above.
    pub promo_names: Vec<PromoName>,
    /// What would make the order better, or is doubtful about it: said, never done.
    pub hints: Vec<Hint>,
    /// To pay.
    pub total: Fen,
    /// Goods that the driver takes back, on the order's stop: without a line there is no stop, and nobody comes for them.
    pub pick_ups: Vec<NamedUnits>,
    /// Wanted, but the store's price list does not have it: not on the order.
    pub unpriced: Vec<Sku>,
    /// Wanted, but the distributor does not have it on the promised day: a warning.
    pub unavailable: Vec<Sku>,
    /// The promise: what was chosen, else the earliest day with its first window.
    pub promise: Promise,
    /// Days that can be chosen, earliest first: the distributor's, the first fourteen that may be promised.
    pub days: Vec<BusinessDate>,
    /// Windows that can be chosen: the distributor's within the store's hours.
    pub windows: Vec<TimeRange>,
    /// How it is paid: what was chosen, else the first form that is allowed.
    pub payment: PaymentForm,
    /// Forms that can be chosen.
    pub payment_forms: Vec<PaymentForm>,
    /// Who takes it: who was named, else the store's contact.
    pub receiver: Receiver,
}

impl Phone {
    /// The order of the open visit as it stands.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn quote(&mut self) -> Result<Quote, PhoneError> {
        let visit = self.open_visit()?;
        let lines = visit_loop::all_lines(&self.store, visit.id)?;
        let agreed = lines.agreed();
        self.quote_for(&visit, &lines, &agreed, &[])
    }

    /// `sold` = what the shop has an order of already: it keeps its price where the office has taken it off the list since.
    pub(super) fn quote_for(
        &mut self,
        visit: &OpenVisit,
        lines: &Lines,
        agreed: &[(Sku, Units, Units)],
        sold: &[OrderLine],
    ) -> Result<Quote, PhoneError> {
        let shop = self.shop(visit.store)?;
        let (office, store) = self.office_and_store()?;
        let Pricing { wanted, unpriced, priced, missing } =
            pricing(office, store, &shop, (agreed, sold), visit.date)?;
        let offer = offer(office, &shop, lines, visit.date);
        let min_order = office.distributors.get(&shop.distributor).map_or(Fen::ZERO, |d| d.min_order);
        Ok(Quote {
            hints: hints(&office.promotions, &missing, &shop, (priced.total(), min_order), offer.payment),
            unavailable: unavailable(store, &shop, &wanted, offer.promise.day)?,
            payment: offer.payment,
            total: priced.total(),
            gifts: priced.gifts.clone(),
            cuts: priced.cuts,
            promos: priced.uses.clone(),
            promo_names: promo_names(&office.promotions, &priced.uses, &missing),
            pick_ups: pick_ups(lines).map(|of| office.named_units(of.sku, of.units)).collect(),
            lines: quote_lines(office, &wanted, priced, agreed),
            missing: missing.into_iter().map(|(promo, missing)| PromoMissing { promo, missing }).collect(),
            unpriced,
            days: offer.days,
            promise: offer.promise,
            windows: offer.windows,
            payment_forms: offer.payment_forms,
            receiver: match lines.receiver() {
                Some(named) => named.clone(),
                None => of_contact(office::row::<Contact>(store, shop.id)?.unwrap_or_default()),
            },
        })
    }
}

impl Quote {
    /// The order as it will be sealed; `None` without a line.
    pub(super) fn order(self, id: OrderId, shop: &Shop, lines: &Lines) -> Option<Order> {
        if self.lines.is_empty() {
            return None;
        }
        let order_line = |line: QuoteLine| OrderLine {
            sku: line.sku,
            intended: line.intended,
            confirmed: line.confirmed,
            case: line.case,
            case_price: line.case_price,
            amount: line.amount,
            discounted: line.discounted.into_iter().map(|part| (part.units, part.share)).collect(),
        };
        Some(Order {
            id,
            store: shop.id,
            pick_ups: pick_ups(lines).cloned().collect(),
            lines: self.lines.into_iter().map(order_line).collect(),
            gifts: self.gifts,
            cuts: self.cuts,
            promos: self.promos,
            promise: self.promise,
            payment: self.payment,
        })
    }
}

fn pick_ups(lines: &Lines) -> impl Iterator<Item = &PickUp> {
    lines.kept(Step::StockCount).iter().filter_map(|line| match line {
        Line::PickUp(pick_up) => Some(pick_up),
        _ => None,
    })
}

/// What a wish costs.
struct Pricing {
    wanted: Vec<Wanted>,
    unpriced: Vec<Sku>,
    priced: Priced,
    missing: Vec<(PromoNo, Missing)>,
}

fn pricing(
    office: &Office,
    store: &Store,
    shop: &Shop,
    (agreed, sold): (&[(Sku, Units, Units)], &[OrderLine]),
    date: BusinessDate,
) -> Result<Pricing, PhoneError> {
    let buyer = Buyer { date, channel: shop.channel, class: shop.class, distributor: shop.distributor };
    let mut unpriced = Vec::new();
    let mut wanted = Vec::new();
    for (sku, _, confirmed) in agreed {
        let known = sold.iter().find(|line| line.sku == *sku);
        let line = want(office, store, shop, *sku, *confirmed, date)?;
        match line.or_else(|| known.map(|known| as_sold(office, known, *confirmed))) {
            Some(line) => wanted.push(line),
            None => unpriced.push(*sku),
        }
    }
    let used = used_before(store, shop, &office.promotions, date)?;
    let used = |no: PromoNo| used.iter().find(|(of, _)| *of == no).map(|(_, used)| *used).unwrap_or_default();
    let gift_price = |sku| {
        let line = want(office, store, shop, sku, Units::ZERO, date).ok().flatten()?;
        Some((line.case_price, line.case))
    };
    let priced = price_order(&office.promotions, &buyer, &wanted, used, gift_price);
    let missing = missing_for_next(&office.promotions, &buyer, &wanted, &priced, used);
    Ok(Pricing { wanted, unpriced, priced, missing })
}

fn as_sold(office: &Office, known: &OrderLine, units: Units) -> Wanted {
    let product = office.product(known.sku);
    Wanted {
        sku: known.sku,
        units,
        case: known.case,
        order_unit: product.map_or(1, Product::order_unit_units),
        case_price: known.case_price,
        position: product.map_or(u32::MAX, |product| product.position),
    }
}

fn want(
    office: &Office,
    store: &Store,
    shop: &Shop,
    sku: Sku,
    units: Units,
    date: BusinessDate,
) -> Result<Option<Wanted>, PhoneError> {
    let Some(product) = office.product(sku) else { return Ok(None) };
    let prices = office::row::<Prices>(store, (shop.price_list, sku))?.unwrap_or_default();
    let Some(item) = prices.0.iter().find(|item| item.holds_on(date)) else { return Ok(None) };
    let (case, position) = (product.case, product.position);
    let (order_unit, case_price) = (product.order_unit_units(), item.case_price);
    Ok(Some(Wanted { sku, units, case, order_unit, case_price, position }))
}

fn quote_lines(
    office: &Office,
    wanted: &[Wanted],
    priced: Priced,
    agreed: &[(Sku, Units, Units)],
) -> Vec<QuoteLine> {
    let intended =
        |sku: Sku| agreed.iter().find(|(of, ..)| *of == sku).map_or(Units::ZERO, |(_, units, _)| *units);
    let rows = wanted.iter().zip(priced.amounts).zip(priced.discounted);
    rows.map(|((line, amount), discounted)| QuoteLine {
        sku: line.sku,
        name: office.name(line.sku),
        intended: intended(line.sku),
        confirmed: line.units,
        case: line.case,
        pack: office.product(line.sku).map_or(Pack::ONE, Product::pack),
        case_price: line.case_price,
        amount,
        discounted: discounted.into_iter().map(|(units, share)| DiscountedUnits { units, share }).collect(),
    })
    .collect()
}

/// Of the promotions that apply or are within reach.
fn promo_names(
    promotions: &[Promotion],
    uses: &[PromoUse],
    missing: &[(PromoNo, Missing)],
) -> Vec<PromoName> {
    let is_said =
        |no: PromoNo| uses.iter().any(|of| of.promo == no) || missing.iter().any(|(of, _)| *of == no);
    let said = promotions.iter().filter(|promotion| is_said(promotion.no));
    said.map(|promotion| PromoName { promo: promotion.no, name: promotion.name.clone() }).collect()
}

/// What the store used of each capped promotion in its running period; own orders that are not sent count too.
pub(super) fn used_before(
    store: &Store,
    shop: &Shop,
    promotions: &[Promotion],
    date: BusinessDate,
) -> Result<Vec<(PromoNo, Used)>, PhoneError> {
    let mut used = Vec::new();
    for promotion in promotions.iter().filter(|promotion| promotion.cap_period != CapPeriod::Order) {
        let Some(period) = promotion.cap_period.key(date) else { continue };
        if let Some(row) = office::row::<Used>(store, (shop.id, promotion.no, period.as_str()))? {
            used.push((promotion.no, row));
        }
    }
    Ok(used)
}

/// Whom a driver asks for where nobody else was named.
fn of_contact(contact: Contact) -> Receiver {
    let Contact { owner, phone, receiver } = contact;
    Receiver { name: if receiver.is_empty() { owner } else { receiver }, phone }
}

fn unavailable(
    store: &Store,
    shop: &Shop,
    wanted: &[Wanted],
    day: BusinessDate,
) -> Result<Vec<Sku>, PhoneError> {
    let mut skus = Vec::new();
    for row in store.masters(Unavailable::NAME, &format!("{}/", shop.distributor))? {
        let times: Unavailable = office::decode(&row.value)?;
        let sku = row.key.rsplit('/').next().and_then(|sku| sku.parse::<Sku>().ok());
        let is_wanted = |sku: &Sku| wanted.iter().any(|line| line.sku == *sku);
        skus.extend(sku.filter(|sku| times.from <= day && day <= times.to && is_wanted(sku)));
    }
    Ok(skus)
}
