//! 路线图: the stores of a route by their position on a square, north up, so that a rep sees which are near each other without
//! a map and without a network.

use crate::location::Location;

/// Side of the square.
const SIDE: f64 = 1_000.0;

/// A place on the square, in thousandths of its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Spot {
    /// From the left, the west.
    pub x: u16,
    /// From the top, the north.
    pub y: u16,
}

/// The square that holds some places, as narrow as it can be.
#[derive(Debug, Clone, Copy)]
pub struct RoutePlan {
    middle: (f64, f64),
    /// Hundred-thousandths of a degree of latitude.
    side: f64,
    /// What a degree of longitude is of one of latitude.
    narrowing: f64,
}

impl RoutePlan {
    /// Around the stores, and around the phone unless it is farther from them than they are from each other; `None` without a store.
    pub fn around(stores: impl IntoIterator<Item = Location>, here: Option<Location>) -> Option<Self> {
        let mut stores = stores.into_iter();
        let first = stores.next()?;
        let narrowing = libm::cos((f64::from(first.north) / 100_000.0).to_radians());
        let mut box_of = stores.fold(Bounds::of(first), Bounds::with);
        if let Some(here) = here {
            let wider = box_of.with(here);
            if wider.side(narrowing) <= 2.0 * box_of.side(narrowing) {
                box_of = wider;
            }
        }
        Some(Self { middle: box_of.middle(), side: box_of.side(narrowing).max(1.0), narrowing })
    }

    /// Where a place is on it; `None` = outside.
    pub fn spot(&self, place: Location) -> Option<Spot> {
        let east = (f64::from(place.east) - self.middle.1) * self.narrowing;
        let south = self.middle.0 - f64::from(place.north);
        let along = |distance: f64| thousandths(distance / self.side + 0.5);
        Some(Spot { x: along(east)?, y: along(south)? })
    }
}

fn thousandths(share: f64) -> Option<u16> {
    let at = libm::round(share * SIDE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000")]
    let at = (0.0..=SIDE).contains(&at).then_some(at as u16);
    at
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    north: (i32, i32),
    east: (i32, i32),
}

impl Bounds {
    fn of(place: Location) -> Self {
        Self { north: (place.north, place.north), east: (place.east, place.east) }
    }

    fn with(self, place: Location) -> Self {
        let wide = |(low, high): (i32, i32), at: i32| (low.min(at), high.max(at));
        Self { north: wide(self.north, place.north), east: wide(self.east, place.east) }
    }

    fn middle(self) -> (f64, f64) {
        let middle = |(low, high): (i32, i32)| (f64::from(low) + f64::from(high)) / 2.0;
        (middle(self.north), middle(self.east))
    }

    fn side(self, narrowing: f64) -> f64 {
        let long = |(low, high): (i32, i32)| f64::from(high) - f64::from(low);
        long(self.north).max(long(self.east) * narrowing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(north: i32, east: i32) -> Location {
        Location { north, east }
    }

    type At = (u16, u16);

    fn spots(stores: &[Location], here: Option<Location>) -> (Vec<At>, Option<At>) {
        let plan = RoutePlan::around(stores.iter().copied(), here).unwrap();
        let spot = |place| plan.spot(place).map(|spot| (spot.x, spot.y));
        (stores.iter().map(|store| spot(*store).unwrap()).collect(), here.and_then(spot))
    }

    #[test]
    fn north_is_up_east_is_right_and_a_degree_of_longitude_is_shorter() {
        // Half way to the pole a degree of longitude is half as long.
        let stores = [at(6_000_000, 0), at(6_000_100, 0), at(6_000_000, 100)];
        let (spots, _) = spots(&stores, None);
        assert_eq!(spots, [(250, 1000), (250, 0), (750, 1000)]);
    }

    #[test]
    fn who_is_near_is_on_it_and_who_is_far_does_not_shrink_it() {
        let street = [at(3_600_000, 12_000_000), at(3_600_100, 12_000_000)];
        assert_eq!(spots(&street, Some(at(3_600_050, 12_000_000))).1, Some((500, 500)));
        let (wider, here) = spots(&street, Some(at(3_600_200, 12_000_000)));
        assert_eq!((wider, here), (vec![(500, 1000), (500, 500)], Some((500, 0))));
        let (same, here) = spots(&street, Some(at(3_700_000, 12_000_000)));
        assert_eq!((same, here), (vec![(500, 1000), (500, 0)], None), "at home, in another town");
    }

    #[test]
    fn stores_of_one_place_are_in_the_middle_and_no_stores_are_no_plan() {
        assert_eq!(spots(&[at(0, 0), at(0, 0)], None).0, [(500, 500), (500, 500)]);
        assert!(RoutePlan::around([], Some(at(0, 0))).is_none());
        let (corners, _) = spots(&[at(-9_000_000, -18_000_000), at(9_000_000, 18_000_000)], None);
        assert_eq!(corners.len(), 2, "a place that was mistyped to the other end of the world is on it, too");
    }
}
