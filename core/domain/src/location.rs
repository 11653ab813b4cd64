//! Where something is on the ground, and how far from something else. Where people were is private (1-field 1.10): of a visit only
//! the band of its distance is kept.

use serde::{Deserialize, Serialize};

use crate::visit::DistanceBand;

/// A degree of latitude on the mean sphere of 6,371,008.8 m.
const METRES_PER_DEGREE: f64 = 111_195.08;
/// A fix that is true within more than this says nothing about a shop.
const VAGUE_M: f32 = 200.0;

/// A place in WGS 84, in hundred-thousandths of a degree: about a metre. On the wire `[north, east]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub struct Location {
    /// North of the equator.
    pub north: i32,
    /// East of Greenwich.
    pub east: i32,
}

impl From<(i32, i32)> for Location {
    fn from((north, east): (i32, i32)) -> Self {
        Self { north, east }
    }
}

impl From<Location> for (i32, i32) {
    fn from(location: Location) -> Self {
        (location.north, location.east)
    }
}

impl Location {
    /// From degrees; `None` if there is no such place.
    pub fn of_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let is_there = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_there.then(|| Self { north: hundred_thousandths(latitude), east: hundred_thousandths(longitude) })
    }

    /// Metres as the crow flies, on a plane between the two: within a city right to some decimetres.
    pub fn metres_to(self, other: Self) -> u32 {
        let degrees = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / 100_000.0;
        let middle = (f64::from(self.north) + f64::from(other.north)) / 200_000.0;
        let north = degrees(self.north, other.north);
        let east = degrees(self.east, other.east) * libm::cos(middle.to_radians());
        let metres = libm::hypot(north, east) * METRES_PER_DEGREE;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half way round")]
        let rounded = libm::round(metres) as u32;
        rounded
    }
}

fn hundred_thousandths(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 18,000,000")]
    let rounded = libm::round(degrees * 100_000.0) as i32;
    rounded
}

/// Where a phone is, as its system says.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Fix {
    /// WGS 84, degrees north.
    pub latitude: f64,
    /// WGS 84, degrees east.
    pub longitude: f64,
    /// Radius that it is true within, metres.
    pub accuracy_m: f32,
    /// The system says that an app made it up.
    pub mock: bool,
}

impl Fix {
    /// The place; `None` if the fix is too vague to say, or made up.
    pub fn place(&self) -> Option<Location> {
        let is_usable = !self.mock && self.accuracy_m >= 0.0 && self.accuracy_m <= VAGUE_M;
        Location::of_degrees(self.latitude, self.longitude).filter(|_| is_usable)
    }

    /// How far from a place, if it says where it is.
    pub fn metres_to(&self, place: Location) -> Option<u32> {
        Some(self.place()?.metres_to(place))
    }
}

/// The band of a distance; no distance is [`DistanceBand::Unknown`].
pub fn band(metres: Option<u32>) -> DistanceBand {
    match metres {
        None => DistanceBand::Unknown,
        Some(0..=50) => DistanceBand::Near,
        Some(51..=200) => DistanceBand::Around,
        Some(_) => DistanceBand::Far,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Location {
        Location::of_degrees(latitude, longitude).unwrap()
    }

    #[test]
    fn a_distance_is_that_of_the_map() {
        // Zhanqiao pier to the May Fourth Square of Qingdao: 6.1 km.
        let (pier, square) = (at(36.05967, 120.31583), at(36.06228, 120.38372));
        let metres = pier.metres_to(square);
        assert!((6_050..6_160).contains(&metres), "{metres}");
        assert_eq!((metres, pier.metres_to(pier)), (square.metres_to(pier), 0));
        assert_eq!(at(36.0, 120.0).metres_to(at(36.00100, 120.0)), 111);
    }

    #[test]
    fn bands_end_where_they_are_said_to() {
        let bands = [None, Some(0), Some(50), Some(51), Some(200), Some(201)].map(band);
        use DistanceBand::{Around, Far, Near, Unknown};
        assert_eq!(bands, [Unknown, Near, Near, Around, Around, Far]);
    }

    #[test]
    fn what_is_vague_made_up_or_nowhere_has_no_distance() {
        let good = Fix { latitude: 36.0, longitude: 120.0, accuracy_m: 12.0, mock: false };
        let there = at(36.0, 120.0);
        assert_eq!(good.metres_to(there), Some(0));
        for bad in [
            Fix { mock: true, ..good },
            Fix { accuracy_m: 201.0, ..good },
            Fix { accuracy_m: f32::NAN, ..good },
            Fix { latitude: 120.0, longitude: 36.0, ..good },
            Fix { latitude: f64::NAN, ..good },
        ] {
            assert_eq!(bad.metres_to(there), None, "{bad:?}");
        }
    }

    #[test]
    fn it_goes_over_the_wire_as_two_numbers() {
        let place = at(36.0635, 120.305104);
        let text = serde_json::to_string(&place).unwrap();
        assert_eq!(text, "[3606350,12030510]");
        assert_eq!(serde_json::from_str::<Location>(&text).unwrap(), place);
    }
}
