//! The visit that everything is measured with: 30 counts, 8 order lines, 4 photos.

use uuid::Uuid;
use xundian_demo::chance::Chance;
use xundian_domain::order::{Order, OrderLine, PaymentForm, Promise};
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::suggestion::{Inputs, PolicyKind, PreviousCount};
use xundian_domain::visit::display::CheckMade;
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount, StockCount};
use xundian_domain::visit::suggested_order::SuggestedLine;
use xundian_domain::visit::{
    Competitor, Display, DistanceBand, OrderConfirmation, PhotoRef, StepOutcome, Steps, SuggestedOrder,
    Visit, VisitEnd, Whereabouts,
};
use xundian_domain::{BusinessDate, CaseSize, Fen, OrderId, Sku, StoreId, Units, VisitId};

/// Counted SKUs of a visit.
const COUNTS: usize = 30;
/// Ordered SKUs of a visit.
const LINES: usize = 8;

pub(crate) struct Sample<'a> {
    pub(crate) skus: &'a [Sku],
    pub(crate) chance: Chance,
}

impl Sample<'_> {
    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.chance.next()) << 64 | u128::from(self.chance.next()))
    }

    fn units(&mut self, below: u64) -> Units {
        Units(u32::try_from(self.chance.below(below)).unwrap_or(0))
    }

    fn photo(&mut self) -> PhotoRef {
        PhotoRef { sha256: (0..4).map(|_| format!("{:016x}", self.chance.next())).collect(), len: 91_234 }
    }

    pub(crate) fn visit(&mut self, store: StoreId, date: BusinessDate, at: Stamp) -> Visit {
        let skus: Vec<Sku> = self.skus.iter().copied().take(COUNTS).collect();
        let rows = skus.iter().map(|sku| self.count(*sku)).collect();
        let lines = skus.iter().map(|sku| self.suggested(*sku)).collect();
        let display = Display {
            checks: (1..=5).map(|no| CheckMade { no, value: self.units(6).0 }).collect(),
            photos_before: vec![self.photo(), self.photo()],
            photos_after: vec![self.photo(), self.photo()],
            ..Display::default()
        };
        let order = self.order(store, date);
        let steps = Steps {
            stock_count: StepOutcome::Done(StockCount { rows, ..StockCount::default() }),
            suggested_order: StepOutcome::Done(SuggestedOrder { lines }),
            display: StepOutcome::Done(display),
            competitor: StepOutcome::Done(Competitor::default()),
            order_confirmation: StepOutcome::Done(OrderConfirmation::Order(Box::new(order))),
        };
        let check_out = Stamp { wall: Millis(at.wall.0 + 300_000), mono_ms: at.mono_ms + 300_000, ..at };
        Visit {
            id: VisitId(self.id()),
            store,
            planned: true,
            date,
            check_in: at,
            check_out,
            whereabouts: Whereabouts { band: DistanceBand::Near, mock: false },
            end: VisitEnd::Worked { steps: Box::new(steps) },
        }
    }

    pub(crate) fn count(&mut self, sku: Sku) -> CountRow {
        CountRow {
            sku,
            entry: Entry::Stepped,
            shelf: PlaceCount::Counted(self.units(40)),
            backroom: PlaceCount::Counted(self.units(20)),
            cooler: PlaceCount::NotCounted,
            expiry: None,
        }
    }

    fn suggested(&mut self, sku: Sku) -> SuggestedLine {
        let previous = PreviousCount {
            count: self.units(40),
            days_since: 7,
            received: Some(self.units(48)),
            returned: Units::ZERO,
        };
        let inputs = Inputs {
            previous: Some(previous),
            count_now: self.units(40),
            in_transit: Units::ZERO,
            cycle_days: 7,
        };
        let suggested = self.units(4).0 * 12;
        SuggestedLine {
            sku,
            inputs: Some(inputs),
            suggested: Some(Units(suggested)),
            policy: PolicyKind::OneAndAHalf,
            fallback: None,
            shadow: None,
            opening: None,
            intended: Units(suggested),
            reason: None,
        }
    }

    pub(crate) fn order(&mut self, store: StoreId, date: BusinessDate) -> Order {
        let case = CaseSize::new(24).unwrap_or(CaseSize::ONE);
        let lines: Vec<Sku> = self.skus.iter().copied().take(LINES).collect();
        let line = |(units, sku): (Units, Sku)| OrderLine {
            sku,
            intended: units,
            confirmed: units,
            case,
            case_price: Fen(4600),
            amount: Fen::line(Fen(4600), units, case),
            discounted: Vec::new(),
        };
        let lines: Vec<_> =
            lines.into_iter().map(|sku| (Units(24 + self.units(3).0 * 24), sku)).map(line).collect();
        let window = "13:00-16:30".parse().ok();
        Order {
            id: OrderId(self.id()),
            store,
            lines,
            gifts: Vec::new(),
            pick_ups: Vec::new(),
            cuts: Fen::ZERO,
            promos: Vec::new(),
            promise: Promise { day: date.plus_days(1), window },
            payment: PaymentForm::WeChat,
        }
    }
}
