//! The office's folder as the demo imports it: the files of the data set, and a picture drawn for each display standard.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use xundian_server::import::read_table;

use crate::city::CityError;
use crate::scene::{Checks, draw};

const STANDARDS: &str = "display_standards.csv";

/// Copies the data set and gives its display standards pictures; the folder to import. A data set that brings its own
/// pictures, or has other files, is imported as it is.
///
/// # Errors
/// The disk, or a file that cannot be read.
pub fn with_pictures(data: &Path, copy: PathBuf) -> Result<PathBuf, CityError> {
    let Ok(bytes) = std::fs::read(data.join(STANDARDS)) else { return Ok(data.to_owned()) };
    let table = read_table(STANDARDS, &bytes)?;
    let columns = ["standard_id", "check_code", "min_value"].map(|name| table.column(name));
    let [Some(standard), Some(code), Some(least)] = columns else { return Ok(data.to_owned()) };
    if table.column("picture").is_some() {
        return Ok(data.to_owned());
    }
    std::fs::create_dir_all(copy.join("pictures"))?;
    copy_files(data, &copy)?;
    let mut text = line(table.header.iter().map(String::as_str).chain(["picture"]));
    let mut standards: BTreeMap<&str, Checks> = BTreeMap::new();
    for (_, cells) in &table.rows {
        let picture = file_of(cell(cells, standard));
        text += &line((0..table.header.len()).map(|n| cell(cells, n)).chain([picture.as_str()]));
        let checks = standards.entry(cell(cells, standard)).or_default();
        checks.insert(cell(cells, code).to_owned(), cell(cells, least).parse().unwrap_or(0));
    }
    std::fs::write(copy.join(STANDARDS), text)?;
    for (standard, checks) in standards {
        std::fs::write(copy.join(file_of(standard)), draw(&checks).png()?)?;
    }
    Ok(copy)
}

fn cell(cells: &[String], n: usize) -> &str {
    cells.get(n).map_or("", String::as_str)
}

fn file_of(standard: &str) -> String {
    format!("pictures/{standard}.png")
}

fn copy_files(data: &Path, copy: &Path) -> std::io::Result<()> {
    for file in std::fs::read_dir(data)? {
        let file = file?;
        if file.path().extension().is_some_and(|ending| ending == "csv" || ending == "xlsx") {
            std::fs::copy(file.path(), copy.join(file.file_name()))?;
        }
    }
    Ok(())
}

/// A line of a CSV file, every cell in quotes.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use xundian_server::command::read_folder;

    use super::*;

    fn data() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/qingdao"))
    }

    #[test]
    fn every_standard_of_the_city_gets_a_picture_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let office = with_pictures(&data(), folder.path().join("office")).unwrap();
        let (plain, city) = (read_folder(&data()).unwrap(), read_folder(&office).unwrap());
        assert_eq!(city.rejects, []);
        assert!(plain.rows.iter().all(|(key, row)| city.rows.get(key) == Some(row)));
        let named = city.rows.keys().filter(|(table, _)| table == "standard_picture").count();
        assert_eq!((named, city.rows.len() - plain.rows.len()), (16, 16));
        assert!(city.pictures.len() > 12, "nearly every one is another picture");
        assert!(city.pictures.values().all(|bytes| bytes.len() < 50_000));
    }

    #[test]
    fn a_data_set_with_its_own_pictures_is_imported_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let office = with_pictures(&data(), folder.path().join("office")).unwrap();
        let again = with_pictures(&office, folder.path().join("again")).unwrap();
        assert_eq!(again, office);
        let nowhere = folder.path().join("nowhere");
        assert_eq!(with_pictures(&nowhere, folder.path().join("again")).unwrap(), nowhere);
    }
}
