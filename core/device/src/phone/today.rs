//! 今日路线: the stores of the day in order, each with its state and yesterday's promise.

use xundian_domain::figures::kept_promise::MissCause;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::location::Location;
use xundian_domain::order_state::{OrderState, Outcome};
use xundian_domain::route::{Capacity, PlannedVisit};
use xundian_domain::route_plan::{RoutePlan, Spot};
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::{Store as Shop, StoreClass};
use xundian_domain::visit::VisitResult;
use xundian_domain::{BusinessDate, RepNo, StoreId};
use xundian_protocol::tables::Table;

use super::order_card::{OrderLight, Unsent, standing};
use super::orders::takes_no_effect;
use super::whereabouts::location;
use super::{Phone, PhoneError};
use crate::office::{self, Office};
use crate::store::Store;

/// Own rows: the result of the last visit of a store on a date.
pub(super) const VISITED: &str = "visited";
/// For how many days the first screen names what was refused, from the server's word on: over a weekend.
const REFUSED_DAYS: u32 = 3;

/// Where a store of the route stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum StopState {
    /// Not begun.
    ToDo,
    /// The rep is in it.
    Visiting,
    /// Sealed: complete or partial.
    Done(VisitResult),
    /// Every visit failed.
    Failed,
}

/// What became of the last promise to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum PromiseLight {
    /// Nothing was promised lately.
    None,
    /// On this phone alone, or its last change is: nobody knows of it yet.
    OnPhone,
    /// On its way.
    OnItsWay,
    /// Everything came.
    Delivered,
    /// Something is missing.
    Short,
    /// Everything came, but not when it was promised.
    Late,
    /// Not taken.
    Refused,
    /// The driver said nothing.
    NotReported,
}

/// One store of the route.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct RouteStop {
    /// Which.
    pub store: StoreId,
    /// 门店名称.
    pub name: String,
    /// 地址.
    pub address: String,
    /// 等级.
    pub class: StoreClass,
    /// As owner of the territory, or for another rep.
    pub substitute: bool,
    /// Today.
    pub state: StopState,
    /// The last promise.
    pub promise: PromiseLight,
    /// Where it is on the plan of the route, if the office knows.
    pub spot: Option<Spot>,
    /// From here as the crow flies, where both places are known.
    pub distance_m: Option<u32>,
}

/// The first screen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Today {
    /// Business date.
    pub date: BusinessDate,
    /// In the order of the route.
    pub stops: Vec<RouteStop>,
    /// Facts that the server does not have.
    pub unsent: u64,
    /// Facts of which the server said today or in the three days before that nothing takes effect.
    pub refused: u64,
    /// Where the phone is on the plan of the route, if that is known well enough and near.
    pub here: Option<Spot>,
}

impl Phone {
    /// Today's route.
    ///
    /// # Errors
    /// Before enrolment or the first pull, or a failing file.
    pub fn today(&mut self) -> Result<Today, PhoneError> {
        let (rep, date) = (self.rep()?, self.date()?);
        let open = self.store.open_visit()?.map(|visit| visit.store);
        let (unsent, refused, fix) = (self.store.waiting_count()?, self.refused(date)?, self.fix);
        let (office, store) = self.office_and_store()?;
        let unsent_orders = Unsent::read(store)?;
        let visited = store.masters(VISITED, &format!("{date}/"))?;
        let result_of = |id: StoreId| {
            let key = format!("{date}/{id}");
            let row = visited.iter().find(|row| row.key == key)?;
            row.value.trim_matches('"').parse::<VisitResult>().ok()
        };
        let (mut stops, mut places) = (Vec::new(), Vec::new());
        for (visit, shop) in route_of(office, store, rep, date)? {
            let state = match result_of(shop.id) {
                _ if open == Some(shop.id) => StopState::Visiting,
                None => StopState::ToDo,
                Some(VisitResult::Failed) => StopState::Failed,
                Some(result) => StopState::Done(result),
            };
            let location = location(store, shop.id)?;
            places.push(location);
            stops.push(RouteStop {
                store: shop.id,
                promise: last_promise(store, &unsent_orders, shop.id)?,
                spot: None,
                distance_m: fix.zip(location).and_then(|(fix, there)| fix.metres_to(there)),
                name: shop.name,
                address: shop.address,
                class: shop.class,
                substitute: visit.capacity != Capacity::Owner,
                state,
            });
        }
        let here = fix.and_then(|fix| fix.place());
        let plan = RoutePlan::around(places.iter().copied().flatten(), here);
        let spot = |place: Option<Location>| plan?.spot(place?);
        for (stop, place) in stops.iter_mut().zip(places) {
            stop.spot = spot(place);
        }
        Ok(Today { date, stops, unsent, refused, here: spot(here) })
    }

    fn refused(&self, date: BusinessDate) -> Result<u64, PhoneError> {
        // By the server's clock, as the words are dated.
        let today = self.server_time()?.zip(ZoneOffset::new(0)).map_or(date, |(now, utc)| utc.date(now));
        let doubted = self.store.doubted_since(today.minus_days(REFUSED_DAYS))?;
        let refused = doubted.iter().filter(|(kind, verdict)| takes_no_effect(kind, verdict)).count();
        Ok(u64::try_from(refused).unwrap_or(u64::MAX))
    }
}

/// A rep's route on a date as the phone has it, in its order: what has left the phone is neither a stop of his nor missing.
pub(super) fn route_of(
    office: &Office,
    store: &Store,
    rep: RepNo,
    date: BusinessDate,
) -> Result<Vec<(PlannedVisit, Shop)>, PhoneError> {
    let mut route = Vec::new();
    for visit in office.plan().visits(rep, date) {
        route.extend(office::row::<Shop>(store, visit.store)?.map(|shop| (visit, shop)));
    }
    Ok(route)
}

/// The light of the newest order of a store.
pub(super) fn last_promise(
    store: &Store,
    unsent: &Unsent,
    shop: StoreId,
) -> Result<PromiseLight, PhoneError> {
    let rows = store.masters(LedgerDelivery::NAME, &format!("{shop}/"))?;
    let mut newest: Option<LedgerDelivery> = None;
    for row in &rows {
        let delivery: LedgerDelivery = office::decode(&row.value)?;
        if newest.as_ref().is_none_or(|known| known.due_by < delivery.due_by) {
            newest = Some(delivery);
        }
    }
    let Some(newest) = newest else { return Ok(PromiseLight::None) };
    let (state, light) = standing(store, unsent, newest.order)?;
    Ok(match (light, state) {
        (OrderLight::Refused, _) | (_, None) => PromiseLight::None,
        (OrderLight::OnPhone, _) => PromiseLight::OnPhone,
        (_, Some(OrderState::Held | OrderState::Cancelled { .. })) => PromiseLight::None,
        (_, Some(OrderState::Waiting { .. } | OrderState::OnSheet { .. })) => PromiseLight::OnItsWay,
        (_, Some(OrderState::Ended { outcome, .. })) => match outcome {
            Outcome::Delivered if newest.missed.is_some_and(MissCause::is_late) => PromiseLight::Late,
            Outcome::Delivered => PromiseLight::Delivered,
            Outcome::Short => PromiseLight::Short,
            Outcome::Refused => PromiseLight::Refused,
            Outcome::NotReported => PromiseLight::NotReported,
        },
    })
}
