//! price_lists.csv and price_list_items.csv: the only prices.

use std::collections::BTreeMap;

use xundian_domain::price::{PriceItem, PriceList};
use xundian_domain::{PriceListNo, Sku};
use xundian_protocol::tables::Prices;

use super::super::{FileError, Reject, Rows, Table};
use super::City;
use super::words::CHANNELS;
use crate::master::PriceListRow;

pub(super) fn read_lists(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["price_list", "channels", "classes", "priority"])?;
    let lists = rows.read(|row| {
        row.unique(&["price_list"])?;
        Some(PriceListRow {
            no: row.required("price_list")?,
            channels: row.choices("channels", CHANNELS)?,
            classes: row.list("classes")?,
            priority: row.required("priority")?,
        })
    });
    city.done(table, rows);
    for list in lists {
        city.known.price_lists.insert(list.no);
        city.put_as("price_list", list.no.to_string(), &list);
    }
    Ok(())
}

pub(super) fn read_items(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["price_list", "sku", "case_price", "valid_from", "valid_to"])?;
    let items = rows.read(|row| {
        row.unique(&["price_list", "sku", "valid_from"])?;
        let item = PriceItem {
            case_price: row.required("case_price")?,
            valid_from: row.required("valid_from")?,
            valid_to: row.optional("valid_to")?,
        };
        let list = row.known("price_list", |no| city.known.price_lists.contains(no))?;
        let sku = row.known("sku", |sku| city.known.products.contains_key(sku))?;
        Some(((list, sku), (row.number, item)))
    });
    city.done(table, rows);
    let mut windows: BTreeMap<(PriceListNo, Sku), Vec<(u32, PriceItem)>> = BTreeMap::new();
    for (key, item) in items {
        windows.entry(key).or_default().push(item);
    }
    for ((list, sku), items) in windows {
        if let Err(overlap) = PriceList::new(items.iter().map(|(_, item)| (sku, *item))) {
            let row = items.iter().find(|(_, item)| item.valid_from == overlap.second);
            city.rejects.push(Reject {
                file: table.file.clone(),
                row: row.map_or(0, |(number, _)| *number),
                column: "valid_from".to_owned(),
                value: overlap.second.to_string(),
                reason: overlap.to_string(),
            });
        }
        let mut prices: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
        prices.sort_by_key(|item| item.valid_from);
        city.put((list, sku), &Prices(prices));
    }
    Ok(())
}
