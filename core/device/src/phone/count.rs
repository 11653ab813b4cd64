//! Step 1 as its screen asks for it: what is to be counted, what should have come, and what is doubted of what was entered.

use xundian_domain::count_list::count_list;
use xundian_domain::expiry::is_asked;
use xundian_domain::ledger::{Now, VisitEntry};
use xundian_domain::product::Product;
use xundian_domain::suggestion::Advisor;
use xundian_domain::suggestion::question::{Question, doubt};
use xundian_domain::visit::Step;
use xundian_domain::visit::stock_count::CountRow;
use xundian_domain::{CaseSize, OrderId, Sku, Units};

use super::advice::Told;
use super::card::ledger;
use super::suggest::must_sell;
use super::{Phone, PhoneError};
use crate::visit_loop::{self, Line};

/// A delivery that should have come and has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Awaited {
    /// Which order.
    pub order: OrderId,
    /// What it promised of the SKU.
    pub units: Units,
}

/// One row of the count screen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct CountItem {
    /// What.
    pub sku: Sku,
    /// 品名规格: a bag and a bowl of one name are two products.
    pub name: String,
    /// 品类, for its facings.
    pub category: String,
    /// 箱规.
    pub case: CaseSize,
    /// The last count, shown as a ghost.
    pub last: Option<Units>,
    /// What was entered in this visit.
    pub entered: Option<CountRow>,
    /// What is doubted of it; `None` = nothing, or the rep said that it stands ([`Line::Stands`]).
    pub question: Option<Question>,
    /// The earliest expiry on the shelf is wanted.
    pub asks_expiry: bool,
    /// Deliveries that should have come and of which nobody knows: asked first.
    pub did_it_come: Vec<Awaited>,
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
        let lines = visit_loop::lines(&self.store, visit.id, Step::StockCount)?;
        let (count, stands) = (visit_loop::stock_count(&lines), stands(&lines));
        let (office, store) = self.office_and_store()?;
        let ledger = ledger(store, visit.store)?;
        let must_sell = must_sell(store, &shop)?;
        let weeks = office.settings.count_list_weeks;
        let mut skus = count_list(&office.products, &must_sell, &ledger, visit.date, now, weeks);
        let entered = count.rows.iter().map(|row| row.sku);
        let beyond: Vec<Sku> = entered.filter(|sku| !skus.contains(sku)).collect();
        skus.extend(beyond);
        let told = Told::about(store, &shop)?;
        // Before anything is entered nothing is doubted, and the first screen need not wait for what is remembered.
        let advisor = (!count.rows.is_empty()).then(|| told.advisor(office, &shop, &ledger, visit.date));
        let entry = VisitEntry::of(&count, shop.required_places());
        let asking = Now { date: visit.date, at: now, entry: &entry, cycle_days: 0 };
        let question = |product: &Product| {
            let inputs = ledger.inputs(product.sku, &asking)?;
            let stood = stands.contains(&(product.sku, inputs.count_now));
            let usual = advisor.as_ref().and_then(|advisor: &Advisor<'_>| advisor.usual(product));
            if stood { None } else { doubt(&inputs, product.case, usual) }
        };
        let items = skus.into_iter().filter_map(|sku| {
            let product = office.product(sku)?;
            Some(CountItem {
                sku,
                name: product.full_name(),
                category: product.category.clone(),
                case: product.case,
                last: ledger.last_count(sku),
                entered: count.rows.iter().find(|row| row.sku == sku).copied(),
                question: question(product),
                asks_expiry: is_asked(product, &ledger, visit.date, office.settings.expiry_ask_days),
                did_it_come: ledger
                    .unanswered(sku, now)
                    .map(|(order, units)| Awaited { order, units })
                    .collect(),
            })
        });
        Ok(items.collect())
    }
}

/// The counts that the rep said to stand after they were questioned.
fn stands(lines: &[Line]) -> Vec<(Sku, Units)> {
    let stands = lines.iter().filter_map(|line| match line {
        Line::Stands { sku, units } => Some((*sku, *units)),
        _ => None,
    });
    stands.collect()
}
