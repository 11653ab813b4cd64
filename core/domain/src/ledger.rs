//! The store ledger: counts, what came in and what left, from which the next suggestion takes its inputs
//! (1-field 1.4). Late results change the ledger, never a past suggestion.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::delivery::{DeliveryResult, ledger_lines};
use crate::figures::kept_promise::{MissCause, judge};
use crate::id::{OrderId, ReasonCode, Sku};
use crate::order::Order;
use crate::quantity::Units;
use crate::stamp::{Millis, ZoneOffset};
use crate::suggestion::{Inputs, PreviousCount};
use crate::time::{BusinessDate, TimeOfDay};
use crate::visit::Visit;
use crate::visit::stock_count::{RequiredPlaces, StockCount};

/// What one visit recorded about stock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitEntry {
    /// Complete counts only; a SKU whose count lacks a place is not here.
    pub counts: Vec<(Sku, Units)>,
    /// Came in elsewhere since the visit before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inflows: Vec<(Sku, Units)>,
    /// Left as returns since the visit before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outflows: Vec<(Sku, Units)>,
    /// The owner's answers to "did it come?" (`by_owner`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<(OrderId, Sku, Units)>,
    /// Earliest expiry seen, where it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expiries: Vec<(Sku, BusinessDate)>,
    /// What the owner declined of what was suggested, with his reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<(Sku, ReasonCode)>,
}

/// A sealed visit in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerVisit {
    /// Effective business date.
    pub date: BusinessDate,
    /// Check-in.
    pub at: Millis,
    /// What it recorded.
    #[serde(flatten)]
    pub entry: VisitEntry,
}

/// One SKU of an order on its way or delivered; lines and gifts of a SKU are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryLine {
    /// What.
    pub sku: Sku,
    /// Promised, gifts included.
    pub confirmed: Units,
    /// What the driver's result says; `None` = no result yet.
    pub delivered: Option<Units>,
    /// Part of the shortage that comes with a later sheet.
    pub carried: Units,
    /// Taken back by the driver.
    pub picked_up: Units,
}

/// An order that was not cancelled, as the ledger sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerDelivery {
    /// Which order.
    pub order: OrderId,
    /// End of the promised window: from then on "did it come?" has an answer.
    pub due_by: Millis,
    /// When it came, by the driver's result.
    pub at: Option<Millis>,
    /// Per SKU.
    pub lines: Vec<DeliveryLine>,
    /// Why the driver's result does not keep the promise; `None` = it does, or there is none yet. Rows of older servers lack it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_cause")]
    pub missed: Option<MissCause>,
}

/// A cause that only a later server knows is a miss all the same, and the goods of the row are counted.
fn known_cause<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MissCause>, D::Error> {
    let code = Option::<Cow<'_, str>>::deserialize(from)?;
    Ok(code.map(|code| code.parse().unwrap_or(MissCause::Unknown)))
}

/// The ledger of one store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Oldest first.
    pub visits: Vec<LedgerVisit>,
    /// In any order.
    pub deliveries: Vec<LedgerDelivery>,
}

/// The visit in which the question is asked.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// Its business date.
    pub date: BusinessDate,
    /// Its time.
    pub at: Millis,
    /// What was entered so far.
    pub entry: &'a VisitEntry,
    /// Days to the store's next planned visit.
    pub cycle_days: u32,
}

impl Ledger {
    /// The inputs of a suggestion for one SKU; `None` while it is not completely counted in this visit.
    pub fn inputs(&self, sku: Sku, now: &Now<'_>) -> Option<Inputs> {
        let count_now = of(&now.entry.counts, sku).next()?;
        let previous = self.previous(sku, now.date).map(|(visit, count)| PreviousCount {
            count,
            days_since: u32::try_from(now.date.days_since(visit.date)).unwrap_or(1).max(1),
            received: self.received(sku, visit.at, now),
            returned: self.returned(sku, visit.at, now),
        });
        Some(Inputs {
            previous,
            count_now,
            in_transit: self.in_transit(sku, now),
            cycle_days: now.cycle_days,
        })
    }

    /// The newest count of a SKU, of whatever day.
    pub fn last_count(&self, sku: Sku) -> Option<Units> {
        self.visits.iter().rev().find_map(|visit| of(&visit.entry.counts, sku).next())
    }

    /// The earliest expiry that was seen when somebody looked last.
    pub fn last_expiry(&self, sku: Sku) -> Option<BusinessDate> {
        let mut seen = self.visits.iter().rev().flat_map(|visit| &visit.entry.expiries);
        seen.find(|(of, _)| *of == sku).map(|(_, date)| *date)
    }

    /// Whether an order that was to come later has a product.
    pub fn is_ordered_after(&self, sku: Sku, at: Millis) -> bool {
        self.lines(sku).any(|(delivery, line)| delivery.due_by > at && !line.confirmed.is_zero())
    }

    /// The last complete count on an earlier business date; a second visit of the same day is not "previous".
    fn previous(&self, sku: Sku, today: BusinessDate) -> Option<(&LedgerVisit, Units)> {
        let earlier = self.visits.iter().rev().filter(|visit| visit.date < today);
        earlier.filter_map(|visit| Some((visit, of(&visit.entry.counts, sku).next()?))).next()
    }

    /// Everything that entered since, by delivery time; `None` if a delivery that should have come is unanswered.
    fn received(&self, sku: Sku, since: Millis, now: &Now<'_>) -> Option<Units> {
        let elsewhere: Units = self.entries_since(since, now).flat_map(|entry| of(&entry.inflows, sku)).sum();
        self.lines(sku).try_fold(elsewhere, |sum, (delivery, line)| {
            match (line.delivered, delivery.at, self.answer(delivery.order, sku, now)) {
                (Some(units), Some(at), _) if since < at && at <= now.at => Some(sum + units),
                (Some(_), ..) => Some(sum),
                (None, _, Some((at, units))) => Some(if since < at { sum + units } else { sum }),
                (None, _, None) if delivery.due_by <= now.at => None,
                (None, _, None) => Some(sum),
            }
        })
    }

    fn returned(&self, sku: Sku, since: Millis, now: &Now<'_>) -> Units {
        let recorded: Units = self.entries_since(since, now).flat_map(|entry| of(&entry.outflows, sku)).sum();
        let by_driver =
            self.lines(sku).filter(|(delivery, _)| delivery.at.is_some_and(|at| since < at && at <= now.at));
        recorded + by_driver.map(|(_, line)| line.picked_up).sum()
    }

    /// Confirmed and not yet delivered. An owner who says that something came ends the waiting; one who says that
    /// nothing came does not.
    fn in_transit(&self, sku: Sku, now: &Now<'_>) -> Units {
        self.lines(sku)
            .map(|(delivery, line)| match (line.delivered, self.answer(delivery.order, sku, now)) {
                (Some(_), _) => line.carried,
                (None, Some((_, units))) if !units.is_zero() => Units::ZERO,
                (None, _) => line.confirmed,
            })
            .sum()
    }

    fn lines(&self, sku: Sku) -> impl Iterator<Item = (&LedgerDelivery, &DeliveryLine)> {
        self.deliveries
            .iter()
            .flat_map(move |d| d.lines.iter().filter(move |line| line.sku == sku).map(move |line| (d, line)))
    }

    /// What visits after a moment recorded, this one included.
    fn entries_since<'a>(&'a self, since: Millis, now: &Now<'a>) -> impl Iterator<Item = &'a VisitEntry> {
        let sealed = self.visits.iter().filter(move |visit| visit.at > since).map(|visit| &visit.entry);
        sealed.chain(std::iter::once(now.entry))
    }

    /// The owner's answer about a line, and when it was given.
    fn answer(&self, order: OrderId, sku: Sku, now: &Now<'_>) -> Option<(Millis, Units)> {
        let before = self.answered(order, sku).map(|(n, units)| (self.visits[n].at, units));
        let came = before.filter(|(_, units)| !units.is_zero());
        let today = || now.entry.answer(order, sku).map(|units| (now.at, units));
        came.or_else(today).or(before)
    }

    /// What was ordered of a SKU, should have come by `now`, and nobody knows of: there is no result, and no owner said in a sealed
    /// visit that some of it came. Where nothing had come yet, it may have since.
    pub fn unanswered(&self, sku: Sku, now: Millis) -> impl Iterator<Item = (OrderId, Units)> {
        let due =
            self.lines(sku).filter(move |(delivery, _)| delivery.at.is_none() && delivery.due_by <= now);
        due.map(|(delivery, line)| (delivery.order, line.confirmed))
            .filter(move |(order, _)| self.answered(*order, sku).is_none_or(|(_, units)| units.is_zero()))
    }

    /// What the owner said in a sealed visit, behind the place of that visit. The first who heard that some came settles it: one
    /// who asks once more had not heard of that yet, and moves nothing that was counted on it. Until then the latest word counts.
    pub(crate) fn answered(&self, order: OrderId, sku: Sku) -> Option<(usize, Units)> {
        let visits = self.visits.iter().enumerate();
        let mut said = visits.filter_map(|(n, visit)| Some((n, visit.entry.answer(order, sku)?)));
        said.clone().find(|(_, units)| !units.is_zero()).or_else(|| said.next_back())
    }
}

fn of(rows: &[(Sku, Units)], sku: Sku) -> impl Iterator<Item = Units> {
    rows.iter().filter(move |(row, _)| *row == sku).map(|(_, units)| *units)
}

impl VisitEntry {
    /// What the owner said about a line.
    fn answer(&self, order: OrderId, sku: Sku) -> Option<Units> {
        self.answers.iter().find(|(of, what, _)| *of == order && *what == sku).map(|(.., units)| *units)
    }

    /// What a count leaves in the ledger; several rows of one SKU add up.
    pub fn of(count: &StockCount, required: RequiredPlaces) -> Self {
        let answers = count
            .deliveries
            .iter()
            .flat_map(|seen| seen.lines.iter().map(|line| (seen.order, line.sku, line.units)));
        Self {
            counts: count.rows.iter().filter_map(|row| Some((row.sku, row.total(required)?))).collect(),
            inflows: summed(count.inflows.iter().map(|inflow| (inflow.sku, inflow.units))),
            outflows: summed(count.outflows.iter().map(|outflow| (outflow.sku, outflow.units))),
            answers: answers.collect(),
            expiries: count.rows.iter().filter_map(|row| Some((row.sku, row.expiry?))).collect(),
            declined: Vec::new(),
        }
    }
}

impl LedgerVisit {
    /// The row of a visit; `None` if nothing was counted. Date and time are the effective ones of who asks.
    pub fn of(visit: &Visit, required: RequiredPlaces, date: BusinessDate, at: Millis) -> Option<Self> {
        let steps = visit.steps()?;
        let suggested = steps.suggested_order.done().map_or(&[][..], |order| &order.lines);
        let declined = suggested.iter().filter_map(|line| Some((line.sku, line.declined()?))).collect();
        let entry = VisitEntry::of(steps.stock_count.done()?, required);
        Some(Self { date, at, entry: VisitEntry { declined, ..entry } })
    }
}

impl LedgerDelivery {
    /// The row of an order for delivery on `day`: on its way, or with the driver's result. `late_upload` = it was moved there
    /// from the day of its promise.
    pub fn of(
        order: &Order,
        day: BusinessDate,
        zone: ZoneOffset,
        late_upload: bool,
        result: Option<&DeliveryResult>,
    ) -> Self {
        let judged = |result: &DeliveryResult| judge(order, zone, late_upload, Some(result), result.at);
        let end = order.promise.window.map_or(TimeOfDay::new(23, 59), |window| Some(window.to()));
        Self {
            order: order.id,
            due_by: zone.moment(day, end.unwrap_or(TimeOfDay::MIDNIGHT)),
            at: result.map(|result| result.at),
            lines: result.map_or_else(|| ledger_lines(order), |result| result.ledger_lines(order)),
            missed: result.and_then(|result| judged(result).missed()),
        }
    }
}

fn summed(rows: impl Iterator<Item = (Sku, Units)>) -> Vec<(Sku, Units)> {
    let mut sums = std::collections::BTreeMap::new();
    for (sku, units) in rows {
        *sums.entry(sku).or_insert(Units::ZERO) += units;
    }
    sums.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn sku() -> Sku {
        "21010019".parse().unwrap()
    }

    fn date(day: u32) -> BusinessDate {
        "2026-07-27".parse::<BusinessDate>().unwrap().plus_days(day)
    }

    fn counted(units: u32) -> VisitEntry {
        VisitEntry { counts: vec![(sku(), Units(units))], ..VisitEntry::default() }
    }

    fn visit(day: u32, entry: VisitEntry) -> LedgerVisit {
        LedgerVisit { date: date(day), at: Millis(i64::from(day) * DAY + 9 * HOUR), entry }
    }

    /// Ordered on day 0, promised for day 1.
    fn delivery(confirmed: u32, delivered: Option<u32>) -> LedgerDelivery {
        let line = DeliveryLine {
            sku: sku(),
            confirmed: Units(confirmed),
            delivered: delivered.map(Units),
            carried: Units::ZERO,
            picked_up: Units::ZERO,
        };
        LedgerDelivery {
            order: OrderId(Uuid::nil()),
            due_by: Millis(DAY + 16 * HOUR),
            at: delivered.map(|_| Millis(DAY + 8 * HOUR)),
            lines: vec![line],
            missed: None,
        }
    }

    /// Counted 10 on day 0; asked on day 7 with `entry`.
    fn asked(deliveries: Vec<LedgerDelivery>, entry: &VisitEntry) -> Inputs {
        asked_at(7, deliveries, entry)
    }

    fn asked_at(day: u32, deliveries: Vec<LedgerDelivery>, entry: &VisitEntry) -> Inputs {
        let ledger = Ledger { visits: vec![visit(0, counted(10))], deliveries };
        let now = Now { date: date(day), at: Millis(i64::from(day) * DAY + 9 * HOUR), entry, cycle_days: 7 };
        ledger.inputs(sku(), &now).unwrap()
    }

    fn received(inputs: &Inputs) -> Option<u32> {
        inputs.previous.unwrap().received.map(|units| units.0)
    }

    #[test]
    fn case_20_a_short_delivery_counts_as_what_came() {
        let inputs = asked(vec![delivery(5, Some(3))], &counted(8));
        assert_eq!((received(&inputs), inputs.in_transit), (Some(3), Units::ZERO));
        assert_eq!(inputs.previous.unwrap().days_since, 7);
    }

    #[test]
    fn a_delivery_without_answer_is_unknown_and_not_zero() {
        let inputs = asked(vec![delivery(5, None)], &counted(8));
        assert_eq!(received(&inputs), None);
    }

    #[test]
    fn the_owners_answer_stands_in_until_the_result_comes() {
        let came = VisitEntry { answers: vec![(OrderId(Uuid::nil()), sku(), Units(4))], ..counted(8) };
        let inputs = asked(vec![delivery(5, None)], &came);
        assert_eq!((received(&inputs), inputs.in_transit), (Some(4), Units::ZERO));
        assert_eq!(received(&asked(vec![delivery(5, Some(3))], &came)), Some(3));
    }

    #[test]
    fn nothing_came_keeps_the_goods_on_their_way() {
        let nothing = VisitEntry { answers: vec![(OrderId(Uuid::nil()), sku(), Units(0))], ..counted(8) };
        let inputs = asked(vec![delivery(5, None)], &nothing);
        assert_eq!((received(&inputs), inputs.in_transit), (Some(0), Units(5)));
    }

    #[test]
    fn whoever_asks_once_more_moves_nothing() {
        let said =
            |units| VisitEntry { answers: vec![(OrderId(Uuid::nil()), sku(), Units(units))], ..counted(8) };
        let then = |before: &[u32], today: Option<u32>| {
            let sealed = before.iter().zip(1..).map(|(units, day)| visit(day, said(*units)));
            let visits = std::iter::once(visit(0, counted(10))).chain(sealed).collect();
            let ledger = Ledger { visits, deliveries: vec![delivery(5, None)] };
            let (answer, entry) = (ledger.answered(OrderId(Uuid::nil()), sku()), today.map(said));
            let entry = entry.unwrap_or_else(|| counted(8));
            let now = Now { date: date(7), at: Millis(7 * DAY + 9 * HOUR), entry: &entry, cycle_days: 7 };
            let inputs = ledger.inputs(sku(), &now).unwrap();
            (answer.map(|(n, units)| (n, units.0)), received(&inputs), inputs.in_transit.0)
        };
        // It came before the count of the second day, which is the previous one.
        assert_eq!(then(&[4, 0], None), (Some((1, 4)), Some(0), 0));
        assert_eq!(then(&[4, 5], Some(3)), (Some((1, 4)), Some(0), 0));
        // Nothing had come yet: the newest word counts.
        assert_eq!(then(&[0, 0], None), (Some((2, 0)), Some(0), 5));
        assert_eq!(then(&[0, 0], Some(3)), (Some((2, 0)), Some(3), 0));
        assert_eq!(then(&[0, 3], Some(5)), (Some((2, 3)), Some(0), 0));
    }

    #[test]
    fn goods_promised_for_this_afternoon_are_on_their_way() {
        let inputs = asked_at(1, vec![delivery(5, None)], &counted(8));
        assert_eq!((received(&inputs), inputs.in_transit), (Some(0), Units(5)));
    }

    #[test]
    fn goods_bought_elsewhere_and_returns_are_counted() {
        let entry =
            VisitEntry { inflows: vec![(sku(), Units(24))], outflows: vec![(sku(), Units(6))], ..counted(8) };
        let inputs = asked(vec![], &entry);
        assert_eq!((received(&inputs), inputs.previous.unwrap().returned), (Some(24), Units(6)));
    }

    #[test]
    fn carried_goods_are_still_on_their_way() {
        let mut short = delivery(5, Some(3));
        short.lines[0].carried = Units(2);
        assert_eq!(asked(vec![short], &counted(8)).in_transit, Units(2));
    }

    #[test]
    fn a_second_visit_of_a_day_looks_back_to_an_earlier_day() {
        let ledger = Ledger { visits: vec![visit(0, counted(10)), visit(7, counted(9))], deliveries: vec![] };
        let entry = counted(8);
        let now = Now { date: date(7), at: Millis(7 * DAY + 15 * HOUR), entry: &entry, cycle_days: 7 };
        let previous = ledger.inputs(sku(), &now).unwrap().previous.unwrap();
        assert_eq!((previous.count, previous.days_since), (Units(10), 7));
    }

    #[test]
    fn the_row_of_a_delivery_says_what_it_missed_and_an_older_servers_row_is_read() {
        let mut order = crate::delivery::tests::order(1, &[("21010019", 24)]);
        order.promise.window = Some("09:00-10:00".parse().unwrap());
        let (zone, day) = (ZoneOffset::CHINA, order.promise.day);
        let row = |late_upload, at: Option<&str>| {
            let at = at.map(|at| zone.moment(day, at.parse().unwrap()));
            let result = at.map(|at| DeliveryResult::in_full(crate::id::RecordId(Uuid::nil()), &order, at));
            LedgerDelivery::of(&order, day, zone, late_upload, result.as_ref())
        };
        for (late_upload, at, missed) in [
            (false, None, None),
            (false, Some("09:30"), None),
            (false, Some("10:01"), Some(MissCause::DistributorLate)),
            (true, Some("10:01"), Some(MissCause::LateUpload)),
        ] {
            assert_eq!(row(late_upload, at).missed, missed, "{late_upload} {at:?}");
        }
        let kept = serde_json::to_string(&row(false, Some("09:30"))).unwrap();
        assert!(!kept.contains("missed"), "{kept}");
        assert_eq!(serde_json::from_str::<LedgerDelivery>(&kept).unwrap(), row(false, Some("09:30")));
        let late = serde_json::to_string(&row(false, Some("10:01"))).unwrap();
        assert!(late.contains(r#""missed":"distributor_late""#), "{late}");
        for (code, read) in [
            (r#""distributor_late""#, Some(MissCause::DistributorLate)),
            (r#""road_closed""#, Some(MissCause::Unknown)),
            ("null", None),
        ] {
            let told = late.replace(r#""distributor_late""#, code);
            let expected = LedgerDelivery { missed: read, ..row(false, Some("10:01")) };
            assert_eq!(serde_json::from_str::<LedgerDelivery>(&told).unwrap(), expected, "{code}");
        }
        let figure = late.replace(r#""distributor_late""#, "7");
        assert!(serde_json::from_str::<LedgerDelivery>(&figure).is_err(), "no code at all");
    }

    #[test]
    fn an_uncounted_sku_has_no_inputs_and_a_first_count_no_previous() {
        let ledger = Ledger::default();
        let (none, first) = (VisitEntry::default(), counted(6));
        let now = |entry| Now { date: date(0), at: Millis(0), entry, cycle_days: 7 };
        assert_eq!(ledger.inputs(sku(), &now(&none)), None);
        assert_eq!(ledger.inputs(sku(), &now(&first)).unwrap().previous, None);
    }
}
