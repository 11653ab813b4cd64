//! Steps 1 and 2 as screens ask for them: what is to be counted, and what is suggested with its arithmetic.

use xundian_domain::count_list::{MustSell, count_list};
use xundian_domain::ledger::{Now, VisitEntry};
use xundian_domain::store::Store as Shop;
use xundian_domain::suggestion::{Advice, Coefficient, Inputs, one_and_a_half};
use xundian_domain::visit::Step;
use xundian_domain::visit::stock_count::{CountRow, StockCount};
use xundian_domain::{BusinessDate, CaseSize, OrderId, Pack, Sku, Units};
use xundian_protocol::tables::MustSellList;

use super::card::ledger;
use super::{Phone, PhoneError};
use crate::office::{self, Office};
use crate::store::{OpenVisit, Store};
use crate::visit_loop::{self, Advised, Line};

/// One row of the count screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountItem {
    /// What.
    pub sku: Sku,
    /// 品名.
    pub name: String,
    /// 箱规.
    pub case: CaseSize,
    /// The last count, shown as a ghost.
    pub last: Option<Units>,
    /// What was entered in this visit.
    pub entered: Option<CountRow>,
    /// Deliveries that should have come and have no result: order and promised units. Asked first.
    pub did_it_come: Vec<(OrderId, Units)>,
}

/// One row of the suggestion screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionRow {
    /// What.
    pub sku: Sku,
    /// 品名.
    pub name: String,
    /// 箱规.
    pub case: CaseSize,
    /// The smallest step of an order.
    pub pack: Pack,
    /// A new product.
    pub is_new: bool,
    /// Everything the suggestion uses.
    pub inputs: Inputs,
    /// The factor that was used.
    pub coefficient: Coefficient,
    /// The number with its arithmetic, or why there is none.
    pub advice: Advice,
}

impl SuggestionRow {
    /// The suggestion in whole packs.
    pub fn suggested(&self) -> Option<Units> {
        match self.advice {
            Advice::Suggest(suggestion) => Some(suggestion.quantity),
            Advice::FirstCount | Advice::NegativeSales(_) | Advice::ReceiptUnknown => None,
        }
    }
}

impl Phone {
    /// What is to be counted in the open visit, in the order of the screen; what was entered beyond the list follows.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn count_items(&mut self) -> Result<Vec<CountItem>, PhoneError> {
        let visit = self.open_visit()?;
        let shop = self.shop(visit.store)?;
        let now = self.now()?;
        let entered = entered_rows(&self.store, &visit)?;
        let (office, store) = self.office_and_store()?;
        let ledger = ledger(store, visit.store)?;
        let must_sell = must_sell(store, &shop)?;
        let weeks = office.settings.count_list_weeks;
        let mut skus = count_list(&office.products, &must_sell, &ledger, visit.date, now, weeks);
        let beyond: Vec<Sku> = entered.iter().map(|row| row.sku).filter(|sku| !skus.contains(sku)).collect();
        skus.extend(beyond);
        let last = |sku| {
            let counts = ledger.visits.iter().rev().flat_map(|visit| visit.entry.counts.iter());
            counts.filter(|(of, _)| *of == sku).map(|(_, units)| *units).next()
        };
        let unanswered = ledger.deliveries.iter().filter(|d| d.at.is_none() && d.due_by <= now);
        let asked = |sku| {
            let lines = unanswered.clone().flat_map(|d| d.lines.iter().map(move |line| (d.order, line)));
            lines.filter(|(_, line)| line.sku == sku).map(|(order, line)| (order, line.confirmed)).collect()
        };
        let items = skus.into_iter().filter_map(|sku| {
            let product = office.product(sku)?;
            Some(CountItem {
                sku,
                name: product.name.clone(),
                case: product.case,
                last: last(sku),
                entered: entered.iter().find(|row| row.sku == sku).copied(),
                did_it_come: asked(sku),
            })
        });
        Ok(items.collect())
    }

    /// The suggestions for everything that is completely counted, new products first. They are saved with the visit:
    /// the inputs that were shown stay, whatever is learnt later.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn suggestions(&mut self) -> Result<Vec<SuggestionRow>, PhoneError> {
        let visit = self.open_visit()?;
        let rows = self.compute_suggestions(&visit)?;
        let advised = rows
            .iter()
            .map(|row| Advised { sku: row.sku, inputs: row.inputs, suggested: row.suggested() })
            .collect();
        visit_loop::save_line(&mut self.store, visit.id, &Line::Advised(advised))?;
        Ok(rows)
    }

    fn compute_suggestions(&mut self, visit: &OpenVisit) -> Result<Vec<SuggestionRow>, PhoneError> {
        let shop = self.shop(visit.store)?;
        let now = self.now()?;
        let count = drafted_count(&self.store, visit)?;
        let (office, store) = self.office_and_store()?;
        let entry = VisitEntry::of(&count, shop.required_places());
        let ledger = ledger(store, visit.store)?;
        let cycle_days = cycle_days(office, &shop, visit.date);
        let now = Now { date: visit.date, at: now, entry: &entry, cycle_days };
        let mut rows: Vec<SuggestionRow> = office
            .products
            .iter()
            .filter_map(|product| {
                let inputs = ledger.inputs(product.sku, &now)?;
                let of_sku = Coefficient(product.coefficient_hundredths);
                let coefficient = Coefficient::nearest(None, None, Some(of_sku), None);
                Some(SuggestionRow {
                    sku: product.sku,
                    name: product.name.clone(),
                    case: product.case,
                    pack: product.pack(),
                    is_new: product.is_new_on(visit.date),
                    inputs,
                    coefficient,
                    advice: one_and_a_half(&inputs, coefficient, product.pack(), office.settings.rounding),
                })
            })
            .collect();
        rows.sort_by_key(|row| !row.is_new);
        Ok(rows)
    }
}

fn cycle_days(office: &Office, shop: &Shop, date: BusinessDate) -> u32 {
    office.plan().days_to_next_visit(shop.id, date).unwrap_or(office.settings.cycle_days_default)
}

pub(super) fn must_sell(store: &Store, shop: &Shop) -> Result<Vec<MustSell>, PhoneError> {
    Ok(office::row::<MustSellList>(store, shop.must_sell_list)?.unwrap_or_default().0)
}

fn entered_rows(store: &Store, visit: &OpenVisit) -> Result<Vec<CountRow>, PhoneError> {
    Ok(drafted_count(store, visit)?.rows)
}

/// The count as it stands in the drafts.
fn drafted_count(store: &Store, visit: &OpenVisit) -> Result<StockCount, PhoneError> {
    let mut count = StockCount::default();
    for line in visit_loop::lines(store, visit.id, Step::StockCount)? {
        match line {
            Line::Count(row) => count.rows.push(row),
            Line::DeliverySeen(seen) => count.deliveries.push(seen),
            Line::Inflow(inflow) => count.inflows.push(inflow),
            Line::Outflow(outflow) => count.outflows.push(outflow),
            _ => {}
        }
    }
    Ok(count)
}
