//! skus.csv: the range, in the fixed order of the count screen.

use std::num::NonZeroU32;

use xundian_domain::CaseSize;
use xundian_domain::product::{OrderUnit, Product};

use super::super::{FileError, Row, Rows, Table};
use super::City;
use super::words::hundredths;

const COLUMNS: &[&str] = &[
    "sku",
    "name",
    "brand",
    "category",
    "series",
    "spec",
    "unit",
    "units_per_case",
    "order_unit",
    "order_multiple",
    "launch_date",
    "season",
    "coef_default",
];
const ORDER_UNITS: &[(&str, OrderUnit)] =
    &[("箱", OrderUnit::Case), ("提", OrderUnit::Unit), ("包", OrderUnit::Unit)];

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, COLUMNS)?;
    let mut position = 0;
    let products = rows.read(|row| {
        position += 1;
        row.unique(&["sku"])?;
        product(row, position)
    });
    city.done(table, rows);
    for product in products {
        city.put(product.sku, &product);
        city.known.products.insert(product.sku, product);
    }
    Ok(())
}

fn product(row: &Row<'_>, position: u32) -> Option<Product> {
    let case: u32 = row.required("units_per_case")?;
    let Some(coefficient) = hundredths(row.text("coef_default")) else {
        return row.reject("coef_default", "is not a factor like 1.50");
    };
    let window = row.optional("new_window_from")?.zip(row.optional("new_window_to")?);
    Some(Product {
        sku: row.required("sku")?,
        name: row.required("name")?,
        brand: row.required("brand")?,
        category: row.required("category")?,
        series: row.required("series")?,
        spec: row.required("spec")?,
        unit: row.required("unit")?,
        case: CaseSize::new(case).or_else(|| row.reject("units_per_case", "must be at least 1"))?,
        order_unit: row.choice("order_unit", ORDER_UNITS)?,
        order_multiple: row.required::<NonZeroU32>("order_multiple")?,
        shelf_life_days: row.optional("shelf_life_days")?,
        new_window: window,
        launch: row.required("launch_date")?,
        season: row.required("season")?,
        coefficient_hundredths: coefficient,
        position,
    })
}
