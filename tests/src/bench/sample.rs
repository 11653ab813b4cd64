//! The visit that everything is measured with, as phones seal it: 30 counts of no more than two cases, as many suggestions with
//! what the other policy says, 8 order lines, 4 photos. Small numbers are more often than large ones, and what some visits have
//! only some have here: an answer about the last delivery, a gift, a word about a competitor.

use uuid::Uuid;
use xundian_demo::chance::Chance;
use xundian_domain::id::{PromoNo, ReasonCode};
use xundian_domain::order::{GiftLine, Order, OrderLine, PaymentForm, Promise};
use xundian_domain::promotion::{PromoUse, Used};
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::suggestion::{Inputs, PolicyKind, PreviousCount};
use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
use xundian_domain::visit::display::CheckMade;
use xundian_domain::visit::stock_count::{
    CountRow, DeliverySeen, Entry, PlaceCount, RequiredPlaces, StockCount,
};
use xundian_domain::visit::suggested_order::SuggestedLine;
use xundian_domain::visit::{
    Competitor, Display, DistanceBand, OrderConfirmation, PhotoRef, StepOutcome, Steps, SuggestedOrder,
    Visit, VisitEnd, Whereabouts,
};
use xundian_domain::{BusinessDate, CaseSize, Fen, OrderId, Sku, SkuUnits, StoreId, Units, VisitId};

/// Counted SKUs of a visit.
const COUNTS: usize = 30;
/// Ordered SKUs of a visit.
const LINES: usize = 8;
/// Expiry dates of a visit.
const EXPIRIES: usize = 2;

/// What is seen of competitors.
const SEEN: [(&str, &str, FactKind, &str); 4] = [
    ("统一", "老坛酸菜牛肉面(袋)", FactKind::Price, "零售价 2.8 元"),
    ("统一", "汤达人日式豚骨拉面", FactKind::NewProduct, "新口味罗宋汤面"),
    ("统一", "冰红茶", FactKind::Promotion, "10箱搭1箱"),
    ("今麦郎", "一桶半", FactKind::Display, "收银台前堆箱"),
];

pub(crate) struct Sample<'a> {
    pub(crate) skus: &'a [Sku],
    pub(crate) chance: Chance,
}

/// Units in a case of the SKU at a place of the list.
fn case(place: usize) -> CaseSize {
    CaseSize::new([24, 15, 12][place % 3]).unwrap_or(CaseSize::ONE)
}

/// What a case of it costs.
fn price(place: usize) -> Fen {
    Fen(2_450 + 310 * i64::try_from(place % 9).unwrap_or(0))
}

fn cases(place: usize, cases: u32) -> Units {
    Units(case(place).get() * cases)
}

/// What is there of a SKU.
fn stock(row: &CountRow) -> Units {
    row.total(RequiredPlaces { backroom: true, cooler: false }).unwrap_or(Units::ZERO)
}

impl Sample<'_> {
    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.chance.next()) << 64 | u128::from(self.chance.next()))
    }

    /// 0…n−1, a small one more often.
    fn few(&mut self, below: u64) -> u32 {
        let (one, other) = (self.chance.below(below), self.chance.below(below));
        u32::try_from(one.min(other)).unwrap_or(0)
    }

    fn photo(&mut self) -> PhotoRef {
        let sha256 = (0..4).map(|_| format!("{:016x}", self.chance.next())).collect();
        PhotoRef { sha256, len: 60_000 + u32::try_from(self.chance.below(80_000)).unwrap_or(0) }
    }

    /// A SKU of the list.
    fn sku(&self, place: usize) -> Option<Sku> {
        self.skus.get(place).copied()
    }

    /// What an owner takes, by place in the list.
    fn wanted(&mut self) -> Vec<(usize, Units)> {
        // Each of these steps comes to every place of thirty before it comes to one again.
        let step = [7, 11, 13][usize::try_from(self.chance.below(3)).unwrap_or(0)];
        let start = usize::try_from(self.chance.below(30)).unwrap_or(0);
        let mut places: Vec<usize> = (0..LINES).map(|n| (start + n * step) % COUNTS).collect();
        places.sort_unstable();
        places.into_iter().map(|place| (place, cases(place, 1 + self.few(3)))).collect()
    }

    pub(crate) fn visit(&mut self, store: StoreId, date: BusinessDate, at: Stamp) -> Visit {
        let steps = self.steps(store, date);
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

    fn steps(&mut self, store: StoreId, date: BusinessDate) -> Steps {
        let (rows, wanted) = (self.counts(date), self.wanted());
        let mut lines: Vec<SuggestedLine> = rows
            .iter()
            .enumerate()
            .map(|(place, row)| {
                let units = wanted.iter().find(|(at, _)| *at == place).map(|(_, units)| *units);
                self.suggested(place, row, units)
            })
            .collect();
        // As on the screen: what will be missed most comes first.
        lines.sort_by_key(|line| line.inputs.map_or(Units::ZERO, |inputs| inputs.count_now));
        let display = Display {
            checks: (1..=5).map(|no| CheckMade { no, value: self.few(8) }).collect(),
            photos_before: vec![self.photo(), self.photo()],
            photos_after: vec![self.photo(), self.photo()],
            ..Display::default()
        };
        let count = StockCount { rows, deliveries: self.deliveries(), ..StockCount::default() };
        let order = self.order_of(store, date, &wanted);
        Steps {
            stock_count: StepOutcome::Done(count),
            suggested_order: StepOutcome::Done(SuggestedOrder { lines }),
            display: StepOutcome::Done(display),
            competitor: StepOutcome::Done(self.competitor()),
            order_confirmation: StepOutcome::Done(OrderConfirmation::Order(Box::new(order))),
        }
    }

    fn counts(&mut self, date: BusinessDate) -> Vec<CountRow> {
        let skus: Vec<Sku> = self.skus.iter().copied().take(COUNTS).collect();
        let mut rows: Vec<CountRow> = skus.into_iter().map(|sku| self.count(sku)).collect();
        for _ in 0..EXPIRIES {
            let place = usize::try_from(self.chance.below(30)).unwrap_or(0);
            let expiry = date.plus_days(20 + self.few(160));
            if let Some(row) = rows.get_mut(place) {
                row.expiry = Some(expiry);
            }
        }
        rows
    }

    pub(crate) fn count(&mut self, sku: Sku) -> CountRow {
        let backroom = if self.chance.per_mille(500) { self.few(25) } else { 0 };
        CountRow {
            sku,
            entry: [Entry::Same, Entry::Typed, Entry::Stepped][usize::try_from(self.few(3)).unwrap_or(0)],
            shelf: PlaceCount::Counted(Units(self.few(25))),
            backroom: PlaceCount::Counted(Units(backroom)),
            cooler: PlaceCount::NotCounted,
            expiry: None,
        }
    }

    /// "Did it come?" is asked where no driver has said so.
    fn deliveries(&mut self) -> Vec<DeliverySeen> {
        if !self.chance.per_mille(500) {
            return Vec::new();
        }
        let (order, came) = (OrderId(self.id()), self.wanted());
        let line = |(place, units): (usize, Units)| Some(SkuUnits { sku: self.sku(place)?, units });
        vec![DeliverySeen { order, lines: came.into_iter().filter_map(line).collect() }]
    }

    /// What both policies say of a SKU, and what the owner wants of it; an override has its reason.
    fn suggested(&mut self, place: usize, row: &CountRow, wanted: Option<Units>) -> SuggestedLine {
        let previous = PreviousCount {
            count: Units(self.few(40)),
            days_since: 7,
            received: Some(cases(place, self.few(3))),
            returned: Units::ZERO,
        };
        let in_transit = if self.chance.per_mille(200) { cases(place, 1) } else { Units::ZERO };
        let inputs = Inputs { previous: Some(previous), count_now: stock(row), in_transit, cycle_days: 7 };
        let is_changed = self.chance.per_mille(150);
        let (suggested, intended, reason) = match wanted {
            Some(units) if is_changed => (units + cases(place, 1), units, "owner_wants_less".parse().ok()),
            Some(units) => (units, units, None),
            None if is_changed => (cases(place, 1), Units::ZERO, "shelf_space".parse::<ReasonCode>().ok()),
            None => (Units::ZERO, Units::ZERO, None),
        };
        SuggestedLine {
            sku: row.sku,
            inputs: Some(inputs),
            suggested: Some(suggested),
            policy: PolicyKind::OneAndAHalf,
            fallback: None,
            shadow: Some(cases(place, self.few(4))),
            opening: None,
            intended,
            reason,
        }
    }

    /// In every second store somebody else was there.
    fn competitor(&mut self) -> Competitor {
        let (brand, item, kind, value) = SEEN[usize::try_from(self.chance.below(4)).unwrap_or(0)];
        let fact = CompetitorFact {
            brand: brand.to_owned(),
            item: item.to_owned(),
            kind,
            value: value.to_owned(),
            from: None,
            to: None,
            photo: None,
        };
        Competitor { facts: if self.chance.per_mille(500) { vec![fact] } else { Vec::new() } }
    }

    pub(crate) fn order(&mut self, store: StoreId, date: BusinessDate) -> Order {
        let wanted = self.wanted();
        self.order_of(store, date, &wanted)
    }

    fn order_of(&mut self, store: StoreId, date: BusinessDate, wanted: &[(usize, Units)]) -> Order {
        let line = |(place, units): &(usize, Units)| {
            let (case, case_price) = (case(*place), price(*place));
            Some(OrderLine {
                sku: self.sku(*place)?,
                intended: *units,
                confirmed: *units,
                case,
                case_price,
                amount: Fen::line(case_price, *units, case),
                discounted: Vec::new(),
            })
        };
        let lines: Vec<OrderLine> = wanted.iter().filter_map(line).collect();
        let (gifts, promos) = self.promotion(lines.first().map(|line| line.sku)).unzip();
        Order {
            id: OrderId(self.id()),
            store,
            lines,
            gifts: gifts.into_iter().collect(),
            pick_ups: Vec::new(),
            cuts: Fen::ZERO,
            promos: promos.into_iter().collect(),
            promise: Promise { day: date.plus_days(1), window: "13:00-16:30".parse().ok() },
            payment: PaymentForm::WeChat,
        }
    }

    /// Every fourth order comes to a gift.
    fn promotion(&mut self, sku: Option<Sku>) -> Option<(GiftLine, PromoUse)> {
        let (is_reached, times) = (self.chance.per_mille(250), 1 + self.few(3));
        let (sku, promo) = (sku.filter(|_| is_reached)?, "P2601".parse::<PromoNo>().ok()?);
        let used = Used { times, qty_thousandths: 0 };
        Some((GiftLine { sku, units: Units(6 * times), promo }, PromoUse { promo, used, cut: Fen::ZERO }))
    }
}
