//! Lists that screens show: must-sell lists, display standards, reasons, competitors' items.

use std::collections::BTreeMap;

use xundian_domain::count_list::MustSell;
use xundian_domain::id::{DisplayStandardNo, MustSellListNo};
use xundian_domain::visit::competitor::FactKind;
use xundian_domain::visit::display::Check;
use xundian_protocol::tables::{CompetitorItem, MustSellList, Reason, Reasons, Standard, StandardPicture};

use super::super::{FileError, PictureError, Reject, Row, Rows, Table};
use super::City;
use super::words::YES_NO;

const FACT_KINDS: &[(&str, FactKind)] = &[
    ("价格", FactKind::Price),
    ("促销", FactKind::Promotion),
    ("陈列", FactKind::Display),
    ("新品", FactKind::NewProduct),
    ("政策", FactKind::Policy),
];

pub(super) fn read_must_sell(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["list_id", "sku", "kind", "active_from", "min_facings"])?;
    let found = rows.read(|row| {
        row.unique(&["list_id", "sku"])?;
        let must_sell = MustSell {
            sku: row.known("sku", |sku| city.known.products.contains_key(sku))?,
            kind: row.required("kind")?,
            active_from: row.optional("active_from")?,
            min_facings: row.optional("min_facings")?,
            max_units: row.optional("max_units")?,
        };
        if must_sell
            .max_units
            .is_some_and(|room| room == 0 || must_sell.min_facings.is_some_and(|min| room < min))
        {
            return row.reject("max_units", "must be at least 1 and at least min_facings");
        }
        Some((row.required::<MustSellListNo>("list_id")?, must_sell))
    });
    city.done(table, rows);
    for (list, rows) in grouped(found) {
        city.known.must_sell_lists.insert(list.to_string());
        city.put(list, &MustSellList(rows));
    }
    Ok(())
}

/// Where a standard names its picture.
#[derive(Debug)]
pub(super) struct PictureCell {
    file: String,
    row: u32,
    name: String,
}

pub(super) fn read_standards(city: &mut City, table: &Table) -> Result<(), FileError> {
    let columns =
        ["standard_id", "check_no", "check_code", "name_zh", "name_en", "min_value", "min_unit", "weight"];
    let rows = Rows::new(table, &columns)?;
    let mut pictures = BTreeMap::new();
    let found = rows.read(|row| {
        row.unique(&["standard_id", "check_no"])?;
        let check = Check {
            no: row.required("check_no")?,
            code: row.required("check_code")?,
            name_zh: row.required("name_zh")?,
            name_en: row.required("name_en")?,
            min_value: row.required("min_value")?,
            unit: row.required("min_unit")?,
            weight: row.required("weight")?,
            photo_required: row.choice("photo_required", YES_NO)?,
            needs_cooler: row.text("applies_if") == "cooler",
        };
        let standard = row.required::<DisplayStandardNo>("standard_id")?;
        note_picture(&mut pictures, standard, row, &table.file)?;
        Some((standard, check))
    });
    city.known.pictures = pictures;
    city.done(table, rows);
    for (standard, checks) in grouped(found) {
        city.put(standard, &Standard(checks));
    }
    Ok(())
}

/// Any row of a standard may name its picture; others may name it again, and no other one.
fn note_picture(
    pictures: &mut BTreeMap<DisplayStandardNo, PictureCell>,
    standard: DisplayStandardNo,
    row: &Row<'_>,
    file: &str,
) -> Option<()> {
    let name = row.text("picture");
    if name.is_empty() {
        return Some(());
    }
    let here = || PictureCell { file: file.to_owned(), row: row.number, name: name.to_owned() };
    let first = pictures.entry(standard).or_insert_with(here);
    if first.name == name {
        Some(())
    } else {
        row.reject("picture", format_args!("row {} names {} for this standard", first.row, first.name))
    }
}

/// Reads the pictures that the standards name.
pub(super) fn take_pictures(city: &mut City, read: impl Fn(&str) -> Result<Vec<u8>, PictureError>) {
    for (standard, cell) in std::mem::take(&mut city.known.pictures) {
        let PictureCell { file, row, name } = cell;
        match read(&name) {
            Ok(bytes) => {
                let picture = StandardPicture::of(&bytes);
                city.put(standard, &picture);
                city.pictures.insert(picture.sha256, bytes);
            }
            Err(why) => {
                let (column, reason) = ("picture".to_owned(), why.to_string());
                city.rejects.push(Reject { file, row, column, value: name, reason });
            }
        }
    }
}

pub(super) fn read_reasons(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["kind", "code", "text_zh", "text_en", "photo_required", "sort"])?;
    let mut found = rows.read(|row| {
        row.unique(&["kind", "code"])?;
        let reason = Reason {
            code: row.required("code")?,
            zh: row.required("text_zh")?,
            en: row.required("text_en")?,
            photo: row.choice("photo_required", YES_NO)?,
        };
        Some((row.text("kind").to_owned(), row.required::<u32>("sort")?, reason))
    });
    city.done(table, rows);
    found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for (kind, reasons) in grouped(found.into_iter().map(|(kind, _, reason)| (kind, reason))) {
        city.put(kind.as_str(), &Reasons(reasons));
    }
    Ok(())
}

pub(super) fn read_competitors(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["brand", "product", "fact_kind", "fact_example"])?;
    let items = rows.read(|row| {
        Some(CompetitorItem {
            brand: row.required("brand")?,
            item: row.required("product")?,
            kind: row.choice("fact_kind", FACT_KINDS)?,
            example: row.required("fact_example")?,
        })
    });
    city.done(table, rows);
    for (n, item) in (1u32..).zip(items) {
        city.put(n, &item);
    }
    Ok(())
}

fn grouped<K: Ord, V>(rows: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}
