//! Step 2 as its screen asks for it: what is suggested, with its arithmetic and in its order. What the suggestions go by is
//! `advice`; what is counted is `count`.

use std::collections::BTreeMap;

use xundian_domain::count_list::MustSell;
use xundian_domain::ledger::{Now, VisitEntry};
use xundian_domain::product::Product;
use xundian_domain::store::{Store as Shop, StoreClass};
use xundian_domain::suggestion::decision::Fallback;
use xundian_domain::suggestion::opening::{Gap, Opening};
use xundian_domain::suggestion::rank::{Declined, Rank};
use xundian_domain::suggestion::shelf::Shelf;
use xundian_domain::suggestion::why::Why;
use xundian_domain::suggestion::{Advice, Advisor, Coefficient, Decision, Inputs, PolicyKind};
use xundian_domain::visit::Step;
use xundian_domain::{BusinessDate, CaseSize, Pack, Sku, Units};
use xundian_protocol::tables::MustSellList;

use super::advice::Told;
use super::card::ledger;
use super::{Phone, PhoneError};
use crate::office::{self, Office};
use crate::store::{OpenVisit, Store};
use crate::visit_loop::{self, Advised, Line};

/// One row of the suggestion screen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct SuggestionRow {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// 箱规.
    pub case: CaseSize,
    /// The smallest step of an order.
    pub pack: Pack,
    /// A new product.
    pub is_new: bool,
    /// Everything the suggestion uses.
    pub inputs: Inputs,
    /// The factor of the rule.
    pub coefficient: Coefficient,
    /// Whose advice it is.
    pub spoke: PolicyKind,
    /// Why it is not the chosen policy's; shown beside the number.
    pub fallback: Option<Fallback>,
    /// The number with its arithmetic, or why there is none.
    pub advice: Advice,
    /// What the other policy says; `None` = it has nothing to go by.
    pub shadow: Option<Advice>,
    /// The numbers of its one line.
    pub why: Option<Why>,
    /// The shop should have it and does not, or has it for the first time.
    pub gap: Option<Gap>,
    /// What to open it with: instead of the advice, which has no sales to go by.
    pub opening: Option<Opening>,
    /// The owner's no of the last weeks, whichever rep heard it.
    pub declined: Option<Declined>,
    /// The suggestion in whole packs: of the opening, else of the advice; `None` = there is no number, as for a gap of which
    /// nobody knows what it sells.
    pub suggested: Option<Units>,
}

impl SuggestionRow {
    fn advised(&self) -> Advised {
        Advised {
            sku: self.sku,
            inputs: self.inputs,
            suggested: self.suggested,
            policy: self.spoke,
            fallback: self.fallback,
            shadow: self.shadow.and_then(|advice| advice.quantity()),
            opening: self.opening.map(|opening| opening.gap),
        }
    }
}

impl Phone {
    /// The suggestions for everything that is completely counted: new products, gaps of the must-sell list, then what will
    /// be missed most; what the owner declined lately comes last. They are saved with the visit: the inputs that were shown
    /// stay, whatever is learnt later.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn suggestions(&mut self) -> Result<Vec<SuggestionRow>, PhoneError> {
        let visit = self.open_visit()?;
        let rows = self.compute_suggestions(&visit)?;
        let advised = rows.iter().map(SuggestionRow::advised).collect();
        visit_loop::save_line(&mut self.store, visit.id, &Line::Advised(advised))?;
        Ok(rows)
    }

    fn compute_suggestions(&mut self, visit: &OpenVisit) -> Result<Vec<SuggestionRow>, PhoneError> {
        let shop = self.shop(visit.store)?;
        let now = self.now()?;
        let lines = visit_loop::lines(&self.store, visit.id, Step::StockCount)?;
        // A count that was left out is kept by nobody: no advice may stand on it.
        let kept = if visit_loop::is_left_out(&lines) { &[][..] } else { &lines };
        let count = visit_loop::stock_count(kept);
        let (office, store) = self.office_and_store()?;
        let entry = VisitEntry::of(&count, shop.required_places());
        let ledger = ledger(store, visit.store)?;
        let cycle_days = cycle_days(office, &shop, visit.date);
        let now = Now { date: visit.date, at: now, entry: &entry, cycle_days };
        let told = Told::about(store, &shop)?;
        let mut must_sell = must_sell(store, &shop)?;
        must_sell.retain(|row| row.is_active(visit.date));
        let advisor = told.advisor(office, &shop, &ledger, visit.date);
        let desk = Desk {
            days: advisor.days_ahead.unwrap_or(cycle_days),
            advisor,
            products: &office.products,
            class: shop.class,
            must_sell,
            declined: Declined::all(&ledger, visit.date),
        };
        let known = office.products.iter();
        let known = known.filter_map(|product| Some(desk.row(product, ledger.inputs(product.sku, &now)?)));
        let is_unknown = |sku: &Sku| office.product(*sku).is_none();
        let unknown = entry.counts.iter().map(|(sku, _)| *sku).filter(is_unknown);
        let unknown = unknown.filter_map(|sku| Some(desk.unknown_row(sku, ledger.inputs(sku, &now)?)));
        let mut rows: Vec<SuggestionRow> = known.chain(unknown).collect();
        rows.sort_by_key(|row| desk.rank(row));
        Ok(rows)
    }
}

/// What the rows of one screen share.
struct Desk<'a> {
    advisor: Advisor<'a>,
    products: &'a [Product],
    class: StoreClass,
    /// Active rows.
    must_sell: Vec<MustSell>,
    declined: BTreeMap<Sku, Declined>,
    /// What a suggestion must last.
    days: u32,
}

impl Desk<'_> {
    fn row(&self, product: &Product, inputs: Inputs) -> SuggestionRow {
        let of_sku = Coefficient(product.coefficient_hundredths);
        let coefficient = Coefficient::nearest(None, None, Some(of_sku), None);
        let must_sell = self.must_sell.iter().find(|row| row.sku == product.sku);
        let shelf = Shelf::of(must_sell);
        let decision = self.advisor.decide(product, &inputs, coefficient, shelf);
        let is_new = product.is_new_on(self.advisor.date);
        let gap = Gap::of(is_new, must_sell.is_some(), &inputs);
        let opening =
            gap.and_then(|gap| self.advisor.open(gap, (product, self.products), &inputs, self.class, shelf));
        let decided = self.decided(product.sku, inputs, &decision);
        // Nothing was sold because nothing was there: where nobody knows what it sells, the policy's nought is no answer.
        let is_silent = gap.is_some()
            && decided.suggested == Some(Units::ZERO)
            && !self.advisor.knows(product, self.products);
        SuggestionRow {
            name: product.full_name(),
            case: product.case,
            pack: product.pack(),
            is_new,
            coefficient,
            gap,
            opening,
            suggested: opening.map(|opening| opening.quantity).or(decided.suggested).filter(|_| !is_silent),
            why: decided.why.filter(|_| !is_silent),
            ..decided
        }
    }

    /// It was counted, and the catalogue does not have it (any more).
    fn unknown_row(&self, sku: Sku, inputs: Inputs) -> SuggestionRow {
        self.decided(sku, inputs, &Decision::UNKNOWN_SKU)
    }

    fn decided(&self, sku: Sku, inputs: Inputs, decision: &Decision) -> SuggestionRow {
        SuggestionRow {
            sku,
            name: sku.to_string(),
            case: CaseSize::ONE,
            pack: Pack::ONE,
            is_new: false,
            inputs,
            coefficient: xundian_domain::suggestion::DEFAULT_COEFFICIENT,
            spoke: decision.spoke,
            fallback: decision.fallback,
            advice: decision.advice,
            shadow: decision.shadow,
            why: Why::of(decision, &inputs, self.days),
            gap: None,
            opening: None,
            declined: self.declined.get(&sku).copied(),
            suggested: decision.advice.quantity(),
        }
    }

    fn rank(&self, row: &SuggestionRow) -> Rank {
        Rank::of(row.is_new, row.gap, row.declined.is_some(), &row.advice, &row.inputs, self.days)
    }
}

fn cycle_days(office: &Office, shop: &Shop, date: BusinessDate) -> u32 {
    office.plan().days_to_next_visit(shop.id, date).unwrap_or(office.settings.cycle_days_default)
}

pub(super) fn must_sell(store: &Store, shop: &Shop) -> Result<Vec<MustSell>, PhoneError> {
    Ok(office::row::<MustSellList>(store, shop.must_sell_list)?.unwrap_or_default().0)
}
