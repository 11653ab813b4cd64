//! What a distributor offers of an order: days, windows and forms of payment; and what of it was chosen.

use xundian_domain::order::{PaymentForm, Promise};
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Step;
use xundian_domain::visit::order_confirmation::payment_forms;
use xundian_domain::{BusinessDate, TimeRange};

use crate::office::Office;
use crate::visit_loop::{Line, Lines};

/// The most days that are offered for the promise, however far ahead the office lets promise: more than two weeks of deliveries
/// nobody looks through in a shop.
const DAYS: usize = 14;

/// What the distributor offers of a store's order, and what of it was chosen.
pub(super) struct Offer {
    pub(super) promise: Promise,
    pub(super) days: Vec<BusinessDate>,
    pub(super) windows: Vec<TimeRange>,
    pub(super) payment: PaymentForm,
    pub(super) payment_forms: Vec<PaymentForm>,
}

pub(super) fn offer(office: &Office, shop: &Shop, lines: &Lines, date: BusinessDate) -> Offer {
    let distributor = office.distributors.get(&shop.distributor);
    let windows = distributor.map(|d| d.windows.within(&shop.receiving_hours)).unwrap_or_default();
    let windows = windows.as_slice().to_vec();
    let promise = chosen_promise(lines).unwrap_or_else(|| {
        let earliest = office.earliest_delivery(shop.distributor, date);
        Promise { day: earliest.unwrap_or(date.plus_days(1)), window: windows.first().copied() }
    });
    let payment_forms = payment_forms(distributor.map_or(&[], |d| &d.payment_forms), shop.terms);
    let days = days(office, shop, date, promise.day);
    Offer { promise, days, windows, payment: payment(lines, &payment_forms), payment_forms }
}

fn chosen_promise(lines: &Lines) -> Option<Promise> {
    lines.of(Step::OrderConfirmation).iter().find_map(|line| match line {
        Line::Promise(promise) => Some(*promise),
        _ => None,
    })
}

/// What stands is one of them, even where the calendar has changed since it was said: the server has the last word.
fn days(office: &Office, shop: &Shop, date: BusinessDate, promised: BusinessDate) -> Vec<BusinessDate> {
    let mut days: Vec<_> = office.delivery_rules(shop.distributor).promisable(date).take(DAYS).collect();
    if !days.contains(&promised) {
        days.push(promised);
        days.sort_unstable();
    }
    days
}

fn payment(lines: &Lines, forms: &[PaymentForm]) -> PaymentForm {
    let chosen = lines.of(Step::OrderConfirmation).iter().find_map(|line| match line {
        Line::Payment(form) => Some(*form),
        _ => None,
    });
    chosen.or(forms.first().copied()).unwrap_or(PaymentForm::Cash)
}
