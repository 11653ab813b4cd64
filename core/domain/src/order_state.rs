//! Where an order stands, from the shop to the shelf (1-field 1.3), and the number of the sheet it stands on.
//! Where a new order goes is decided by `placement`; what the driver reports is `delivery`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::DistributorNo;
use crate::placement::Placement;
use crate::time::BusinessDate;

/// Number of a delivery sheet: distributor, day, and n of the n-th difference (0 = the sheet itself).
/// Printed `D01-20260728` and `D01-20260728.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SheetNo {
    /// Whose.
    pub distributor: DistributorNo,
    /// Delivery day.
    pub day: BusinessDate,
    /// 0, or the number of the difference.
    pub difference: u32,
}

impl fmt::Display for SheetNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.distributor, self.day.0.format("%Y%m%d"))?;
        if self.difference > 0 { write!(f, ".{}", self.difference) } else { Ok(()) }
    }
}

/// A text that is no sheet number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a sheet number, like D01-20260728 or D01-20260728.1")]
pub struct SheetNoError;

impl FromStr for SheetNo {
    type Err = SheetNoError;
    fn from_str(text: &str) -> Result<Self, SheetNoError> {
        let (distributor, rest) = text.rsplit_once('-').ok_or(SheetNoError)?;
        let (day, difference) = match rest.split_once('.') {
            Some((day, n)) => (day, n.parse().ok().filter(|n| *n > 0).ok_or(SheetNoError)?),
            None => (rest, 0),
        };
        let day = chrono::NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| SheetNoError)?;
        let distributor = distributor.parse().map_err(|_| SheetNoError)?;
        Ok(Self { distributor, day: BusinessDate(day), difference })
    }
}

impl Serialize for SheetNo {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SheetNo {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

coded_enum! {
    /// How a delivery ended.
    Outcome {
        /// Everything came.
        Delivered = "delivered",
        /// Something is missing.
        Short = "short",
        /// Nothing was taken.
        Refused = "refused",
        /// No result by 04:00 of the day after.
        NotReported = "not_reported",
    }
}

coded_enum! {
    /// Why an order was cancelled.
    CancelCause {
        /// By the rep for the owner.
        Owner = "owner",
        /// It was held and not released.
        Held = "held",
        /// Its store was rejected before the freeze.
        StoreRejected = "store_rejected",
    }
}

/// Where an order stands on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// A person must look first; on no sheet.
    Held,
    /// For the sheet of this day.
    Waiting {
        /// Delivery day.
        day: BusinessDate,
        /// Moved there by the late policy.
        #[serde(default)]
        late: bool,
    },
    /// On a sheet or difference.
    OnSheet {
        /// Which.
        sheet: SheetNo,
    },
    /// The stop has a result, or none in time.
    Ended {
        /// How.
        outcome: Outcome,
        /// From which sheet.
        sheet: SheetNo,
    },
    /// Will not come.
    Cancelled {
        /// Why.
        cause: CancelCause,
    },
}

impl OrderState {
    /// The delivery day that it stands for; `None` = none yet, or none any more.
    pub fn day(&self) -> Option<BusinessDate> {
        match self {
            Self::Waiting { day, .. } => Some(*day),
            Self::OnSheet { sheet } | Self::Ended { sheet, .. } => Some(sheet.day),
            Self::Held | Self::Cancelled { .. } => None,
        }
    }
}

/// What may happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEvent {
    /// It found its place, at ingest or on release.
    Placed(Placement),
    /// A sheet or difference with it was made.
    Sheeted(SheetNo),
    /// The driver's result, its correction, or the lack of one at 04:00.
    Result(Outcome),
    /// Cancelled.
    Cancel(CancelCause),
}

/// An event that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state:?} cannot take {event:?}")]
pub struct OrderTransitionError {
    /// Where the order stands.
    pub state: OrderState,
    /// What was asked.
    pub event: OrderEvent,
}

impl OrderState {
    /// The state of an order that has just been placed.
    pub fn placed(placement: Placement) -> Option<Self> {
        match placement {
            Placement::Waiting { day, late } => Some(Self::Waiting { day, late }),
            Placement::Difference { .. } => None,
        }
    }

    /// Whether it may still be due at a stop.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::Waiting { .. } | Self::OnSheet { .. })
    }

    /// The next state.
    ///
    /// # Errors
    /// What 1-field 1.3 does not know: an ended order cannot be cancelled, a held one stands on no sheet.
    pub fn after(self, event: OrderEvent) -> Result<Self, OrderTransitionError> {
        use OrderEvent as E;
        match (self, event) {
            (Self::Held | Self::Waiting { .. }, E::Placed(placement)) => {
                Ok(Self::placed(placement).unwrap_or(self))
            }
            (Self::Held, E::Sheeted(sheet)) if sheet.difference > 0 => Ok(Self::OnSheet { sheet }),
            (Self::Waiting { day, .. }, E::Sheeted(sheet)) if sheet.day == day => Ok(Self::OnSheet { sheet }),
            (Self::OnSheet { .. }, E::Sheeted(sheet)) => Ok(Self::OnSheet { sheet }),
            (Self::OnSheet { sheet } | Self::Ended { sheet, .. }, E::Result(outcome)) => {
                Ok(Self::Ended { outcome, sheet })
            }
            (Self::Held | Self::Waiting { .. } | Self::OnSheet { .. }, E::Cancel(cause)) => {
                Ok(Self::Cancelled { cause })
            }
            (Self::Cancelled { .. }, E::Cancel(_)) => Ok(self),
            _ => Err(OrderTransitionError { state: self, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(difference: u32) -> SheetNo {
        let day = "2026-07-28".parse().unwrap();
        SheetNo { distributor: "D01".parse().unwrap(), day, difference }
    }

    fn waiting() -> OrderState {
        OrderState::Waiting { day: sheet(0).day, late: false }
    }

    #[test]
    fn a_sheet_number_reads_back_as_printed() {
        for (number, text) in [(sheet(0), "D01-20260728"), (sheet(2), "D01-20260728.2")] {
            assert_eq!(number.to_string(), text);
            assert_eq!(text.parse(), Ok(number));
        }
        for bad in ["", "D01", "D01-2026", "D01-20260728.0", "D01-20261328", "-20260728"] {
            assert_eq!(bad.parse::<SheetNo>(), Err(SheetNoError), "{bad}");
        }
    }

    #[test]
    fn an_order_goes_from_waiting_over_the_sheet_to_the_shelf() {
        let on_sheet = waiting().after(OrderEvent::Sheeted(sheet(0))).unwrap();
        assert_eq!(on_sheet, OrderState::OnSheet { sheet: sheet(0) });
        let ended = on_sheet.after(OrderEvent::Result(Outcome::Short)).unwrap();
        assert_eq!(ended, OrderState::Ended { outcome: Outcome::Short, sheet: sheet(0) });
    }

    #[test]
    fn a_result_replaces_not_reported() {
        let silent = OrderState::Ended { outcome: Outcome::NotReported, sheet: sheet(0) };
        let late = silent.after(OrderEvent::Result(Outcome::Delivered)).unwrap();
        assert_eq!(late, OrderState::Ended { outcome: Outcome::Delivered, sheet: sheet(0) });
    }

    #[test]
    fn a_change_after_the_freeze_moves_the_order_to_its_difference() {
        let on_sheet = OrderState::OnSheet { sheet: sheet(0) };
        assert_eq!(
            on_sheet.after(OrderEvent::Sheeted(sheet(1))),
            Ok(OrderState::OnSheet { sheet: sheet(1) })
        );
    }

    #[test]
    fn what_has_a_result_cannot_be_cancelled_and_what_is_held_stands_on_no_sheet() {
        let ended = OrderState::Ended { outcome: Outcome::Delivered, sheet: sheet(0) };
        assert!(ended.after(OrderEvent::Cancel(CancelCause::Owner)).is_err());
        assert!(OrderState::Held.after(OrderEvent::Sheeted(sheet(0))).is_err());
        assert!(waiting().after(OrderEvent::Result(Outcome::Delivered)).is_err());
    }

    #[test]
    fn cancelling_twice_keeps_the_first_cause() {
        let cancelled = waiting().after(OrderEvent::Cancel(CancelCause::Owner)).unwrap();
        assert_eq!(cancelled.after(OrderEvent::Cancel(CancelCause::Held)), Ok(cancelled));
    }

    #[test]
    fn a_sheet_takes_only_orders_of_its_day() {
        let tomorrow = OrderState::Waiting { day: sheet(0).day.plus_days(1), late: false };
        assert!(tomorrow.after(OrderEvent::Sheeted(sheet(0))).is_err());
    }

    #[test]
    fn states_survive_json() {
        let states = [
            OrderState::Held,
            waiting(),
            OrderState::OnSheet { sheet: sheet(1) },
            OrderState::Ended { outcome: Outcome::NotReported, sheet: sheet(0) },
            OrderState::Cancelled { cause: CancelCause::StoreRejected },
        ];
        for state in states {
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<OrderState>(&text).unwrap(), state, "{text}");
        }
    }
}
