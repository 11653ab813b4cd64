//! Typed access to the rows of a table. Every bad cell is noted, so that one pass names all of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use super::{FileError, Reject, Table};

/// The rows of one table with what was found wrong.
#[derive(Debug)]
pub struct Rows<'t> {
    table: &'t Table,
    rejects: RefCell<Vec<Reject>>,
    keys: RefCell<BTreeSet<String>>,
}

impl<'t> Rows<'t> {
    /// Checks that the columns are there.
    ///
    /// # Errors
    /// [`FileError::ColumnMissing`] names all that lack.
    pub fn new(table: &'t Table, columns: &[&str]) -> Result<Self, FileError> {
        let missing: Vec<_> = columns.iter().filter(|name| table.column(name).is_none()).copied().collect();
        if !missing.is_empty() {
            return Err(FileError::ColumnMissing { file: table.file.clone(), columns: missing.join(", ") });
        }
        Ok(Self { table, rejects: RefCell::default(), keys: RefCell::default() })
    }

    /// Reads every row; `None` leaves it out (its bad cells are noted).
    pub fn read<T>(&self, mut read: impl FnMut(&Row<'_>) -> Option<T>) -> Vec<T> {
        let rows = self.table.rows.iter();
        rows.filter_map(|(number, cells)| read(&Row { rows: self, number: *number, cells })).collect()
    }

    /// What was found wrong.
    pub fn into_rejects(self) -> Vec<Reject> {
        self.rejects.into_inner()
    }
}

/// One row.
#[derive(Debug)]
pub struct Row<'r> {
    rows: &'r Rows<'r>,
    /// As a spreadsheet shows it.
    pub number: u32,
    cells: &'r [String],
}

impl Row<'_> {
    /// The text of a column; empty = not set.
    pub fn text(&self, column: &str) -> &str {
        let place = self.rows.table.column(column);
        place.and_then(|place| self.cells.get(place)).map_or("", String::as_str)
    }

    /// Notes a bad cell; gives `None`, so that it ends a chain of `?`.
    pub fn reject<T>(&self, column: &str, reason: impl Display) -> Option<T> {
        self.rows.rejects.borrow_mut().push(Reject {
            file: self.rows.table.file.clone(),
            row: self.number,
            column: column.to_owned(),
            value: self.text(column).to_owned(),
            reason: reason.to_string(),
        });
        None
    }

    /// A cell that must be there.
    pub fn required<T: FromStr<Err: Display>>(&self, column: &str) -> Option<T> {
        if self.text(column).is_empty() {
            return self.reject(column, "must not be empty");
        }
        self.parsed(column, self.text(column))
    }

    /// A cell that may be empty: the outer `None` is a bad cell, the inner one an empty one.
    pub fn optional<T: FromStr<Err: Display>>(&self, column: &str) -> Option<Option<T>> {
        if self.text(column).is_empty() {
            Some(None)
        } else {
            self.parsed(column, self.text(column)).map(Some)
        }
    }

    /// A list joined by `|`.
    pub fn list<T: FromStr<Err: Display>>(&self, column: &str) -> Option<Vec<T>> {
        let parts = self.text(column).split('|').filter(|part| !part.is_empty());
        parts.map(|part| self.parsed(column, part)).collect()
    }

    /// One of the words of a closed list.
    pub fn choice<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Option<T> {
        self.word(column, self.text(column), words)
    }

    /// A list of words of a closed list.
    pub fn choices<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let parts = self.text(column).split('|').filter(|part| !part.is_empty());
        parts.map(|part| self.word(column, part, words)).collect()
    }

    fn word<T: Copy>(&self, column: &str, text: &str, words: &[(&str, T)]) -> Option<T> {
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Some(*value),
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.reject(column, format_args!("is not one of {}", known.join("|")))
            }
        }
    }

    /// A reference that must exist.
    pub fn known<T: FromStr<Err: Display>>(&self, column: &str, exists: impl Fn(&T) -> bool) -> Option<T> {
        let value = self.required::<T>(column)?;
        if exists(&value) { Some(value) } else { self.reject(column, "does not exist") }
    }

    /// Refuses a key that an earlier row of this file has.
    pub fn unique(&self, columns: &[&str]) -> Option<()> {
        let key = columns.iter().map(|column| self.text(column)).collect::<Vec<_>>().join("\u{1f}");
        let is_new = self.rows.keys.borrow_mut().insert(key);
        if is_new {
            Some(())
        } else {
            self.reject(columns.first().unwrap_or(&""), "key is in an earlier row already")
        }
    }

    fn parsed<T: FromStr<Err: Display>>(&self, column: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => self.reject(column, plain(&why.to_string())),
        }
    }
}

/// A number's own words are a programmer's.
fn plain(why: &str) -> &str {
    match why {
        "invalid digit found in string" => "must be a whole number without a sign",
        "number too large to fit in target type" => "is too large",
        "invalid float literal" => "must be a number, as 120.305104",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_table;
    use super::*;

    fn table(text: &str) -> Table {
        read_table("t.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn every_bad_cell_is_named_by_row_column_value_and_reason() {
        let table = table("a,b\n1,x\nq,y\n,z\n1,x\n");
        let rows = Rows::new(&table, &["a", "b"]).unwrap();
        let read = rows.read(|row| {
            row.unique(&["a"])?;
            Some((row.required::<u32>("a")?, row.choice("b", &[("x", 1), ("z", 2)])?))
        });
        assert_eq!(read, [(1, 1)]);
        let rejects: Vec<_> = rows.into_rejects().iter().map(|r| (r.row, r.column.clone())).collect();
        assert_eq!(rejects, [(3, "a".into()), (4, "a".into()), (5, "a".into())]);
    }

    #[test]
    fn missing_columns_are_named_together() {
        let table = table("a,b\n1,x\n");
        let missing = Rows::new(&table, &["a", "c", "d"]).unwrap_err();
        assert!(missing.to_string().contains("c, d"));
    }

    #[test]
    fn lists_and_empty_cells() {
        let table = table("a,b\n1|2,\n");
        let rows = Rows::new(&table, &["a", "b"]).unwrap();
        let read = rows.read(|row| Some((row.list::<u32>("a")?, row.optional::<u32>("b")?)));
        assert_eq!(read, [(vec![1, 2], None)]);
    }
}
