//! promotions.csv.

use std::collections::BTreeMap;

use xundian_domain::product::Product;
use xundian_domain::promotion::{Benefit, CapPeriod, Payer, Promotion, QtyUnit};
use xundian_domain::{Sku, Units};

use super::super::{FileError, Row, Rows, Table};
use super::City;
use super::words::{CHANNELS, YES_NO};

const COLUMNS: &[&str] = &[
    "promo_id",
    "name",
    "type",
    "valid_from",
    "valid_to",
    "skus",
    "channels",
    "classes",
    "distributors",
    "mix",
    "min_qty",
    "qty_unit",
    "min_amount",
    "combo_qty",
    "gift_sku",
    "gift_qty",
    "gift_unit",
    "pay_pct",
    "cut_amount",
    "cap_times",
    "cap_qty",
    "cap_period",
    "stack_group",
    "stack_rule",
    "priority",
    "payer",
];
const UNITS: &[(&str, QtyUnit)] = &[
    ("箱", QtyUnit::Case),
    ("提", QtyUnit::Unit),
    ("包", QtyUnit::Unit),
    ("瓶", QtyUnit::Unit),
    ("袋", QtyUnit::Unit),
    ("桶", QtyUnit::Unit),
];

const PAYERS: &[(&str, Payer)] = &[("公司", Payer::Company), ("经销商", Payer::Distributor)];

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, COLUMNS)?;
    let promotions = rows.read(|row| {
        row.unique(&["promo_id"])?;
        promotion(row, &city.known.products)
    });
    city.done(table, rows);
    for promotion in promotions {
        city.put(promotion.no, &promotion);
    }
    Ok(())
}

fn promotion(row: &Row<'_>, products: &BTreeMap<Sku, Product>) -> Option<Promotion> {
    let skus: Vec<Sku> = row.list("skus")?;
    if skus.iter().any(|sku| !products.contains_key(sku)) {
        return row.reject("skus", "names a SKU that does not exist");
    }
    let group = row.text("stack_group");
    Some(Promotion {
        no: row.required("promo_id")?,
        name: row.required("name")?,
        benefit: benefit(row, products)?,
        valid_from: row.required("valid_from")?,
        valid_to: row.required("valid_to")?,
        skus,
        channels: row.choices("channels", CHANNELS)?,
        classes: row.list("classes")?,
        distributors: row.list("distributors")?,
        mix: row.choice("mix", YES_NO)?,
        cap_times: row.optional("cap_times")?,
        cap_qty: row.optional("cap_qty")?,
        cap_period: row.optional("cap_period")?.unwrap_or(CapPeriod::Order),
        group: (!group.is_empty()).then(|| group.to_owned()),
        rule: row.required("stack_rule")?,
        priority: row.required("priority")?,
        payer: Some(row.choice("payer", PAYERS)?),
    })
}

fn benefit(row: &Row<'_>, products: &BTreeMap<Sku, Product>) -> Option<Benefit> {
    Some(match row.text("type") {
        "BUY_GIFT" => {
            let (gift, gift_units) = gift(row, products)?;
            let unit = row.choice("qty_unit", UNITS)?;
            Benefit::BuyGift { min_qty: row.required("min_qty")?, unit, gift, gift_units }
        }
        "DISCOUNT" => Benefit::Discount {
            min_qty: row.required("min_qty")?,
            unit: row.choice("qty_unit", UNITS)?,
            pay_pct: row.required("pay_pct")?,
        },
        "FULL_CUT" => {
            Benefit::FullCut { min_amount: row.required("min_amount")?, cut: row.required("cut_amount")? }
        }
        "COMBO" => Benefit::Combo { set: set(row, products)?, cut: row.required("cut_amount")? },
        "DISPLAY_REWARD" => {
            let (gift, gift_units) = gift(row, products)?;
            Benefit::DisplayReward { gift, gift_units }
        }
        _ => return row.reject("type", "is not one of BUY_GIFT|DISCOUNT|FULL_CUT|COMBO|DISPLAY_REWARD"),
    })
}

fn gift(row: &Row<'_>, products: &BTreeMap<Sku, Product>) -> Option<(Sku, Units)> {
    let sku: Sku = row.known("gift_sku", |sku| products.contains_key(sku))?;
    let quantity: u32 = row.required("gift_qty")?;
    let of_one = match row.choice("gift_unit", UNITS)? {
        QtyUnit::Case => products.get(&sku)?.case.get(),
        QtyUnit::Unit => 1,
    };
    Some((sku, Units(quantity.saturating_mul(of_one))))
}

fn set(row: &Row<'_>, products: &BTreeMap<Sku, Product>) -> Option<Vec<(Sku, u32)>> {
    let parts: Option<Vec<(Sku, u32)>> = row
        .text("combo_qty")
        .split('|')
        .map(|part| {
            let (sku, quantity) = part.split_once(':')?;
            let sku: Sku = sku.parse().ok()?;
            products.contains_key(&sku).then_some((sku, quantity.parse().ok()?))
        })
        .collect();
    parts.or_else(|| row.reject("combo_qty", "is not a set like 21010019:1|22070012:1"))
}
