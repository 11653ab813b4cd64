//! Drivers: they deliver by the sheets, mostly as promised, and report in the evening.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use uuid::Uuid;
use xundian_domain::delivery::{DeliveryResult, gifts_by_sku};
use xundian_domain::order::Order;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, Fen, OrderId, RecordId, Sku, StoreId, TimeOfDay, Units};
use xundian_server::app::App;
use xundian_server::db::DbError;
use xundian_server::orders::{sheets_of_day, van_plan};

use crate::chance::Chance;
use crate::dispatchers::{Dispatchers, PageError};
use crate::owner::{self, Delivery};
use crate::phones::day_key;
use crate::shelf::Shelves;

/// What one van hands over at one stop.
#[derive(Debug, Clone)]
struct Drop {
    store: StoreId,
    at: Millis,
    result: DeliveryResult,
    is_reported: bool,
}

/// The deliveries of one day, by the sheets as they stand in the morning.
#[derive(Debug, Default)]
pub struct Deliveries {
    drops: Vec<Drop>,
    arrived: Mutex<Vec<bool>>,
    /// What came with earlier vans, for owners who are asked.
    history: HashMap<OrderId, BTreeMap<Sku, Units>>,
}

impl Deliveries {
    /// Plans a day from its sheets and differences. `yesterday` hands on what owners remember.
    ///
    /// # Errors
    /// A failing database.
    pub fn plan(app: &App, date: BusinessDate, seed: u64, yesterday: Self) -> Result<Self, DbError> {
        let catalogue = app.catalogue();
        let mut drops = Vec::new();
        for distributor in catalogue.distributors.keys() {
            let (sheets, vans) = app.db().read_now(|tx| {
                Ok::<_, DbError>((sheets_of_day(tx, *distributor, date)?, van_plan(tx, *distributor, date)?))
            })?;
            let beyond = vans.unwrap_or_default().overflow;
            let mut orders: BTreeMap<OrderId, Order> = BTreeMap::new();
            for sheet in &sheets {
                orders.extend(sheet.stops().iter().map(|stop| (stop.order.id, stop.order.clone())));
                for change in sheet.changes() {
                    match (&change.after, change.order()) {
                        (Some(after), _) => drop(orders.insert(after.id, after.clone())),
                        (None, Some(cancelled)) => drop(orders.remove(&cancelled.id)),
                        (None, None) => {}
                    }
                }
            }
            for order in orders.into_values() {
                let mut drop = hand_over(&order, date, seed);
                // What no van has room for goes along with somebody who has no list to report by.
                drop.is_reported &= !beyond.contains(&order.id);
                drops.push(drop);
            }
        }
        let mut history = yesterday.history;
        for drop in &drops {
            let units = drop.result.lines.iter().filter(|line| !line.delivered.is_zero());
            let came = history.entry(drop.result.order).or_default();
            for line in units {
                *came.entry(line.sku).or_default() += line.delivered;
            }
        }
        let arrived = Mutex::new(vec![false; drops.len()]);
        Ok(Self { drops, arrived, history })
    }

    /// Puts what came to a store by now on its shelf.
    pub fn arrive(&self, store: StoreId, now: Millis, shelves: &Mutex<Shelves>) {
        self.unload(shelves, |drop| drop.store == store && drop.at <= now);
    }

    /// Puts the rest of the day on the shelves.
    pub fn arrive_all(&self, shelves: &Mutex<Shelves>) {
        self.unload(shelves, |_| true);
    }

    fn unload(&self, shelves: &Mutex<Shelves>, which: impl Fn(&Drop) -> bool) {
        let mut arrived = self.arrived.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut shelves = shelves.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (drop, done) in
            self.drops.iter().zip(arrived.iter_mut()).filter(|(drop, done)| !**done && which(drop))
        {
            *done = true;
            for line in &drop.result.lines {
                shelves.put(drop.store, line.sku, line.delivered.0);
            }
        }
    }

    /// What an owner answers about a delivery.
    pub fn came(&self, order: OrderId, sku: Sku) -> Option<Units> {
        self.history.get(&order).map(|came| came.get(&sku).copied().unwrap_or_default())
    }

    /// Sends the day's results through the driver's page, van by van.
    ///
    /// # Errors
    /// The page refuses one: a defect.
    pub fn report(&self, office: &mut Dispatchers, date: BusinessDate) -> Result<usize, PageError> {
        let mut reported = 0;
        let mut left: BTreeMap<OrderId, &DeliveryResult> =
            self.drops.iter().filter(|drop| drop.is_reported).map(|d| (d.result.order, &d.result)).collect();
        for (distributor, vans) in office.vans(date)? {
            for van in vans {
                let secret = office.link(distributor, date, van)?;
                for order in office.stops(&secret)? {
                    if let Some(result) = left.remove(&order) {
                        office.send(&secret, result)?;
                        reported += 1;
                    }
                }
            }
        }
        if left.is_empty() {
            Ok(reported)
        } else {
            Err(PageError(format!("{} stops are on no van", left.len())))
        }
    }
}

fn hand_over(order: &Order, date: BusinessDate, seed: u64) -> Drop {
    let number = u64::try_from(order.id.0.as_u128() >> 64).unwrap_or(0);
    let mut chance = Chance::new(seed, &[number, day_key(date)]);
    let (how, has_code) = owner::delivery(&mut chance);
    let at = arrival(order, date, &mut chance, how == Delivery::Late);
    let id = RecordId(Uuid::new_v5(&order.id.0, b"result"));
    let mut result = DeliveryResult::in_full(id, order, at);
    if !has_code {
        result.no_code = "card_lost".parse().ok();
    }
    match how {
        Delivery::Short => {
            let line = chance.below(u64::try_from(order.lines.len()).unwrap_or(1));
            let line = usize::try_from(line).unwrap_or(0);
            if let (Some(row), Some(of)) = (result.lines.get_mut(line), order.lines.get(line)) {
                row.delivered = row.delivered.saturating_sub(Units(of.case.get()));
                row.reason = "out_of_stock".parse().ok();
            }
        }
        Delivery::NotOrdered => {
            for row in &mut result.lines {
                (row.refused, row.delivered) = (row.delivered, Units::ZERO);
                row.reason = "not_ordered".parse().ok();
            }
            result.paid = Fen::ZERO;
        }
        Delivery::Well | Delivery::Late | Delivery::NotReported => {}
    }
    debug_assert!(gifts_by_sku(order).len() <= order.gifts.len());
    Drop { store: order.store, at, result, is_reported: how != Delivery::NotReported }
}

/// A minute of the promised window, or 5 to 60 minutes after it.
fn arrival(order: &Order, date: BusinessDate, chance: &mut Chance, late: bool) -> Millis {
    let nine = TimeOfDay::new(9, 0).unwrap_or(TimeOfDay::MIDNIGHT);
    let (from, to) = order.promise.window.map_or((nine, nine), |window| (window.from(), window.to()));
    let length = u64::from(to.minutes() - from.minutes());
    let minutes = if late { length + 5 + chance.below(55) } else { chance.below(length + 1) };
    let start = ZoneOffset::CHINA.moment(date, from);
    Millis(start.0 + i64::try_from(minutes).unwrap_or(0) * 60_000)
}
