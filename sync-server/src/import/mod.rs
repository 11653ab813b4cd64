//! The office's files: reading CSV and XLSX into tables, checking every row against the columns of the data set, and
//! writing all of it or nothing. A rejected row is named by file, row, column, value and reason.

mod city;
mod file;
mod opening;
mod picture;
mod reject;
mod row;
mod write;

pub use city::{City, read_city};
pub use file::{FileError, Table, read_table};
pub(crate) use opening::opening_id;
pub use opening::{OpeningLedger, import_opening, read_opening};
pub use picture::{PictureError, read_picture};
pub use reject::{Reject, neutral, rejects_csv};
pub use row::{Row, Rows};
pub use write::{Imported, import_city};

#[cfg(test)]
pub(crate) use city::tests::{city_in, city_with};
