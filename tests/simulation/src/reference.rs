//! The small reference beside the server: orders as phones have sealed them, and what must follow whatever the server's
//! code does. It shares no rule with `verify`: it counts units.
//!
//! | rule | said of |
//! |---|---|
//! | a version of an order takes effect once | facts that the server says to have applied |
//! | the server's order is the newest version | its units by product |
//! | what left the shop is on paper once, and nothing else is | all sheets in the order of their numbers: the difference says what stood there, and after the last one the order stands as it is |

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::order_state::{CancelCause, OrderState, SheetNo};
use xundian_domain::visit::Visit;
use xundian_domain::{OrderId, RecordId, Sku, Units};
use xundian_protocol::push::{Verdict, Went};
use xundian_server::db::DbError;
use xundian_server::orders::{SheetBody, load_sheet};

use crate::Outcome;
use crate::report::Violation;
use crate::server::Server;

/// What is handed over: units of each product, gifts included.
type Goods = BTreeMap<Sku, Units>;

/// What one fact makes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    order: OrderId,
    /// 1 for the visit's.
    version: u32,
    /// Nothing = taken back.
    goods: Goods,
}

/// An order as the server has it.
#[derive(Debug, Clone)]
struct Kept {
    goods: Goods,
    state: OrderState,
    /// Whether facts tell it, or a slip that is ahead of them.
    by_facts: bool,
}

impl Kept {
    /// By a person, which no phone told: who rejected its store, or refused its visit after a change of it had been taken.
    fn is_stopped(&self) -> bool {
        let by_office = [CancelCause::StoreRejected, CancelCause::Held];
        by_office.iter().any(|cause| self.state == OrderState::Cancelled { cause: *cause })
    }
}

/// One change of what stands on the paper of a day.
#[derive(Debug, Clone)]
struct OnPaper {
    sheet: SheetNo,
    order: OrderId,
    /// `None` = the sheet of the day itself, which says no before.
    before: Option<Goods>,
    after: Goods,
}

/// What phones have told.
#[derive(Debug, Default)]
pub(crate) struct Reference {
    made: BTreeMap<RecordId, Made>,
}

impl Reference {
    /// A phone has sealed this.
    pub(crate) fn hear(&mut self, id: RecordId, kind: &str, body: &str) {
        let made =
            match kind {
                "visit_closed" => serde_json::from_str::<Visit>(body)
                    .ok()
                    .and_then(|visit| visit.order().map(|order| Made::of(order, 1))),
                "order_amended" => serde_json::from_str::<OrderAmended>(body)
                    .ok()
                    .map(|amended| Made::of(&amended.order, amended.base_version + 1)),
                "order_cancelled" => serde_json::from_str::<OrderCancelled>(body).ok().map(|cancelled| {
                    Made { order: cancelled.order, version: cancelled.base_version + 1, goods: Goods::new() }
                }),
                _ => None,
            };
        self.made.extend(made.map(|made| (id, made)));
    }

    /// The order that a record began or changed.
    pub(crate) fn order_of(&self, id: RecordId) -> Option<OrderId> {
        self.made.get(&id).map(|made| made.order)
    }

    /// Whether another record makes the same of that order.
    pub(crate) fn has_twin(&self, id: RecordId) -> bool {
        self.is_beside(id, |own, other| own == other)
    }

    /// Whether another record makes this version of that order, or a later one.
    pub(crate) fn is_contested(&self, id: RecordId) -> bool {
        self.is_beside(id, |own, other| own <= other)
    }

    fn is_beside(&self, id: RecordId, fits: impl Fn(u32, u32) -> bool) -> bool {
        let Some(own) = self.made.get(&id) else { return false };
        let fits = |made: &Made| made.order == own.order && fits(own.version, made.version);
        self.made.iter().any(|(other, made)| *other != id && fits(made))
    }

    /// What does not follow from it at the server.
    pub(crate) fn compare(&self, server: &Server) -> Outcome<Vec<Violation>> {
        let (effective, kept) = (effective(server)?, kept(server)?);
        let mut wrong = self.versions(&effective, &kept);
        wrong.extend(paper(&written(server)?, &kept));
        let violation = |what| Violation { invariant: "I2", what };
        Ok(wrong.into_iter().map(violation).collect())
    }

    fn versions(&self, effective: &BTreeSet<RecordId>, kept: &BTreeMap<OrderId, Kept>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut newest: BTreeMap<OrderId, &Made> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for (id, made) in self.made.iter().filter(|(id, _)| effective.contains(*id)) {
            if !taken.insert((made.order, made.version)) {
                wrong.push(format!(
                    "version {} of order {} took effect twice ({id})",
                    made.version, made.order
                ));
            }
            let known = newest.entry(made.order).or_insert(made);
            if known.version < made.version {
                *known = made;
            }
        }
        for (order, made) in newest {
            match kept.get(&order) {
                Some(kept) if !kept.by_facts || kept.goods == made.goods || kept.is_stopped() => {}
                Some(kept) => {
                    wrong.push(format!("order {order} is {:?} instead of {:?}", kept.goods, made.goods));
                }
                None => wrong.push(format!("order {order} took effect and is not here")),
            }
        }
        wrong
    }
}

impl Made {
    fn of(order: &Order, version: u32) -> Self {
        Self { order: order.id, version, goods: goods(order) }
    }
}

fn goods(order: &Order) -> Goods {
    let lines = order.lines.iter().map(|line| (line.sku, line.confirmed));
    let mut goods = Goods::new();
    for (sku, units) in lines.chain(order.gifts.iter().map(|gift| (gift.sku, gift.units))) {
        goods.entry(sku).or_default().0 += units.0;
    }
    goods
}

/// Reads the paper from its first sheet to its last.
fn paper(written: &[OnPaper], kept: &BTreeMap<OrderId, Kept>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut standing: BTreeMap<OrderId, (SheetNo, Goods)> = BTreeMap::new();
    for row in written {
        let known = standing.get(&row.order).map(|(_, goods)| goods);
        let stood = known.cloned().unwrap_or_default();
        let goes_on = row.before.as_ref().map_or(stood.is_empty(), |before| *before == stood);
        if !goes_on {
            wrong.push(format!(
                "sheet {} finds {stood:?} of order {}, not {:?}",
                row.sheet, row.order, row.before
            ));
        }
        standing.insert(row.order, (row.sheet, row.after.clone()));
    }
    for (order, kept) in kept {
        let due = match kept.state {
            OrderState::OnSheet { .. } | OrderState::Ended { .. } => kept.goods.clone(),
            OrderState::Waiting { .. } | OrderState::Held | OrderState::Cancelled { .. } => Goods::new(),
        };
        let stands = standing.remove(order).map(|(_, goods)| goods).unwrap_or_default();
        if stands != due {
            wrong.push(format!("{stands:?} of order {order} are on paper, {due:?} are due"));
        }
    }
    wrong.extend(standing.keys().map(|order| format!("order {order} is on paper and nowhere else")));
    wrong
}

/// Facts that have changed something.
fn effective(server: &Server) -> Outcome<BTreeSet<RecordId>> {
    let found = server.read(|tx| {
        let rows = tx.query(
            "SELECT f.id, coalesce(v.verdict, f.verdict) FROM fact f LEFT JOIN fact_verdict v ON v.fact = f.id",
            &[],
        )?;
        rows.iter().map(|row| Ok((row.get(0)?, row.json(1)?))).collect::<Result<Vec<_>, DbError>>()
    })?;
    let changed = |verdict: &Verdict| match verdict {
        Verdict::Applied { order, .. } => {
            order.as_ref().is_none_or(|effect| effect.went != Went::AlreadyDelivered)
        }
        _ => false,
    };
    Ok(found.into_iter().filter(|(_, verdict)| changed(verdict)).map(|(id, _)| id).collect())
}

fn kept(server: &Server) -> Outcome<BTreeMap<OrderId, Kept>> {
    server.read(|tx| {
        let rows = tx.query("SELECT id, body, state, fact, slip_version FROM store_order", &[])?;
        let kept = |row: &xundian_server::db::Row| {
            let (order, state): (Order, OrderState) = (row.json(1)?, row.json(2)?);
            let is_gone = matches!(state, OrderState::Cancelled { .. });
            let by_facts = row.get::<Option<RecordId>>(3)?.is_some() && row.get::<u32>(4)? == 0;
            let goods = if is_gone { Goods::new() } else { goods(&order) };
            Ok::<_, DbError>((row.get(0)?, Kept { goods, state, by_facts }))
        };
        rows.iter().map(kept).collect::<Result<_, _>>()
    })
}

/// Everything that stands on sheets, in the order of their numbers.
fn written(server: &Server) -> Outcome<Vec<OnPaper>> {
    server.read(|tx| {
        let sql = "SELECT distributor, day, difference FROM sheet ORDER BY distributor, day, difference";
        let mut written = Vec::new();
        for row in tx.query(sql, &[])? {
            let sheet = SheetNo { distributor: row.get(0)?, day: row.get(1)?, difference: row.get(2)? };
            match load_sheet(tx, sheet)?.map(|sheet| sheet.body) {
                Some(SheetBody::Stops(stops)) => written.extend(stops.iter().map(|stop| OnPaper {
                    sheet,
                    order: stop.order.id,
                    before: None,
                    after: goods(&stop.order),
                })),
                Some(SheetBody::Changes(changes)) => {
                    let side = |order: &Option<Order>| order.as_ref().map(goods).unwrap_or_default();
                    written.extend(changes.iter().filter_map(|change| {
                        let order = change.after.as_ref().or(change.before.as_ref())?.id;
                        let (before, after) = (Some(side(&change.before)), side(&change.after));
                        Some(OnPaper { sheet, order, before, after })
                    }));
                }
                None => {}
            }
        }
        Ok::<_, DbError>(written)
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn units(n: u32) -> Goods {
        if n == 0 { Goods::new() } else { Goods::from([("21010019".parse().unwrap(), Units(n))]) }
    }

    fn order() -> OrderId {
        OrderId(Uuid::from_u128(1))
    }

    fn sheet(difference: u32) -> SheetNo {
        SheetNo { distributor: "D01".parse().unwrap(), day: "2026-07-28".parse().unwrap(), difference }
    }

    fn told(versions: &[(u32, u32)]) -> (Reference, BTreeSet<RecordId>) {
        let mut reference = Reference::default();
        for (n, (version, n_units)) in (10u128..).zip(versions) {
            let made = Made { order: order(), version: *version, goods: units(*n_units) };
            reference.made.insert(RecordId(Uuid::from_u128(n)), made);
        }
        let all = reference.made.keys().copied().collect();
        (reference, all)
    }

    fn kept(n: u32, difference: Option<u32>) -> BTreeMap<OrderId, Kept> {
        let state = match difference {
            Some(difference) => OrderState::OnSheet { sheet: sheet(difference) },
            None => OrderState::Held,
        };
        BTreeMap::from([(order(), Kept { goods: units(n), state, by_facts: true })])
    }

    fn row(difference: u32, before: Option<u32>, after: u32) -> OnPaper {
        OnPaper { sheet: sheet(difference), order: order(), before: before.map(units), after: units(after) }
    }

    #[test]
    fn the_newest_version_is_the_order_and_none_counts_twice() {
        let (reference, all) = told(&[(1, 24), (2, 48)]);
        assert!(reference.versions(&all, &kept(48, None)).is_empty());
        assert_eq!(reference.versions(&all, &kept(24, None)).len(), 1, "an old version stands");
        assert_eq!(reference.versions(&all, &BTreeMap::new()).len(), 1, "it is gone");
        let (twice, all) = told(&[(1, 24), (2, 48), (2, 72)]);
        assert_eq!(twice.versions(&all, &kept(48, None)).len(), 1);
        assert!(twice.versions(&BTreeSet::new(), &kept(48, None)).is_empty(), "nothing took effect");
    }

    #[test]
    fn paper_says_once_what_is_due_and_each_difference_goes_on_from_the_one_before() {
        let good = [row(0, None, 24), row(1, Some(24), 48)];
        assert!(paper(&good, &kept(48, Some(1))).is_empty());
        assert_eq!(paper(&good, &kept(24, Some(1))).len(), 1, "more is on paper than is due");
        assert_eq!(paper(&good[..1], &kept(24, None)).len(), 1, "it waits, and is on paper");
        assert_eq!(paper(&[row(0, None, 24), row(1, Some(12), 48)], &kept(48, Some(1))).len(), 1);
        assert_eq!(paper(&[row(0, None, 24), row(0, None, 24)], &kept(24, Some(0))).len(), 1, "twice");
        assert_eq!(paper(&good, &BTreeMap::new()).len(), 1, "an order that nobody has");
    }
}
