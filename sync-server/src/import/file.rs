//! Files into tables of text: UTF-8 (with or without BOM), GBK and GB18030, CSV and XLSX. What unpacks to more than
//! its share of memory is refused before a row is built.

use std::io::{Cursor, Read};

use calamine::{Data, Reader};

/// Bytes of a file as it comes, and as it unpacks.
const FILE_BYTES: usize = 50 << 20;
/// An XLSX part that shrank more than this was made to hurt.
const RATIO: u64 = 100;
/// Rows of one file.
const ROWS: usize = 200_000;

/// Why a file is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No content.
    #[error("{0}: FILE_EMPTY: the file is empty; nothing was imported")]
    Empty(String),
    /// Only a header.
    #[error("{0}: NO_DATA_ROWS: the file has a header and no rows; nothing was imported")]
    NoRows(String),
    /// Cut off or not what its name says.
    #[error("{file}: FILE_DAMAGED: {reason}; nothing was imported, please send the file again")]
    Damaged {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
    /// Unpacks to too much.
    #[error("{0}: UNPACKED_TOO_LARGE: the file unpacks to more than 50 MB; nothing was imported")]
    TooLarge(String),
    /// Two columns of one name.
    #[error("{file}: DUPLICATE_HEADER: two columns are called {column}; rename one, nothing was imported")]
    DuplicateHeader {
        /// Which.
        file: String,
        /// The name.
        column: String,
    },
    /// A column that must be there.
    #[error("{file}: COLUMN_MISSING: {columns}; nothing was imported")]
    ColumnMissing {
        /// Which.
        file: String,
        /// All that lack.
        columns: String,
    },
    /// Neither UTF-8 nor GB18030.
    #[error("{0}: ENCODING: the text is neither UTF-8 nor GBK/GB18030; save it as UTF-8")]
    Encoding(String),
}

/// A file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name, for messages.
    pub file: String,
    /// First row.
    pub header: Vec<String>,
    /// The others, with the number that a spreadsheet shows.
    pub rows: Vec<(u32, Vec<String>)>,
}

impl Table {
    /// Place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|title| title == name)
    }
}

/// Reads a file; the ending of its name decides between XLSX and CSV.
///
/// # Errors
/// See [`FileError`]; each says what to do.
pub fn read_table(file: &str, bytes: &[u8]) -> Result<Table, FileError> {
    if bytes.len() > FILE_BYTES {
        return Err(FileError::TooLarge(file.to_owned()));
    }
    let is_workbook = file.to_ascii_lowercase().ends_with(".xlsx");
    let rows = if is_workbook { workbook(file, bytes)? } else { csv_rows(file, bytes)? };
    let mut rows = (1u32..).zip(rows).filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    let Some((_, header)) = rows.next() else { return Err(FileError::Empty(file.to_owned())) };
    for (index, title) in header.iter().enumerate() {
        if !title.is_empty() && header[..index].contains(title) {
            return Err(FileError::DuplicateHeader { file: file.to_owned(), column: title.clone() });
        }
    }
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Err(FileError::NoRows(file.to_owned()));
    }
    Ok(Table { file: file.to_owned(), header, rows })
}

fn text_of(file: &str, bytes: &[u8]) -> Result<String, FileError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| FileError::Encoding(file.to_owned()))
}

fn csv_rows(file: &str, bytes: &[u8]) -> Result<Vec<Vec<String>>, FileError> {
    let text = text_of(file, bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record =
            record.map_err(|why| FileError::Damaged { file: file.to_owned(), reason: why.to_string() })?;
        if rows.len() >= ROWS {
            return Err(FileError::TooLarge(file.to_owned()));
        }
        rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    Ok(rows)
}

fn workbook(file: &str, bytes: &[u8]) -> Result<Vec<Vec<String>>, FileError> {
    let damaged = |reason: String| FileError::Damaged { file: file.to_owned(), reason };
    check_unpacked(file, bytes)?;
    let mut workbook = calamine::Xlsx::new(Cursor::new(bytes)).map_err(|why| damaged(why.to_string()))?;
    let sheet = workbook.worksheet_range_at(0).ok_or_else(|| damaged("no sheet".to_owned()))?;
    let range = sheet.map_err(|why| damaged(why.to_string()))?;
    if range.height() > ROWS {
        return Err(FileError::TooLarge(file.to_owned()));
    }
    let above = range.start().map_or(0, |(row, _)| row);
    let blank = (0..above).map(|_| Vec::new());
    Ok(blank.chain(range.rows().map(|row| row.iter().map(cell_text).collect())).collect())
}

fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::Bool(yes) => String::from(if *yes { "1" } else { "0" }),
        Data::DateTime(day) => {
            day.as_datetime().map_or_else(|| day.to_string(), |at| at.format("%Y-%m-%d").to_string())
        }
        other => other.to_string().trim().to_owned(),
    }
}

/// Counts what really comes out while inflating: the sizes in a zip's directory can lie.
fn check_unpacked(file: &str, bytes: &[u8]) -> Result<(), FileError> {
    let damaged = |reason: String| FileError::Damaged { file: file.to_owned(), reason };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|why| damaged(why.to_string()))?;
    let limit = u64::try_from(FILE_BYTES).unwrap_or(u64::MAX);
    let mut total = 0u64;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|why| damaged(why.to_string()))?;
        let packed = part.compressed_size().max(1);
        if part.size() > limit || part.size() / packed > RATIO && part.size() > (1 << 20) {
            return Err(FileError::TooLarge(file.to_owned()));
        }
        let left = limit.saturating_sub(total) + 1;
        let inflated = std::io::copy(&mut part.take(left), &mut std::io::sink());
        total += inflated.map_err(|why| damaged(why.to_string()))?;
        if total > limit {
            return Err(FileError::TooLarge(file.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messy(file: &str) -> Result<Table, FileError> {
        let path = format!("{}/tests/fixtures/messy/{file}", env!("CARGO_MANIFEST_DIR"));
        read_table(file, &std::fs::read(path).unwrap())
    }

    #[test]
    fn empty_files_say_so_and_are_never_an_empty_list() {
        for file in ["empty.csv", "only_bom.csv"] {
            assert_eq!(messy(file), Err(FileError::Empty(file.into())));
        }
        for file in ["header_only.csv", "header_only.xlsx"] {
            assert_eq!(messy(file), Err(FileError::NoRows(file.into())));
        }
    }

    #[test]
    fn damaged_files_and_bombs_are_refused() {
        assert!(matches!(messy("truncated.xlsx"), Err(FileError::Damaged { .. })));
        assert_eq!(messy("zip_bomb.xlsx"), Err(FileError::TooLarge("zip_bomb.xlsx".into())));
        assert!(matches!(read_table("x.xlsx", b"no zip"), Err(FileError::Damaged { .. })));
    }

    #[test]
    fn a_header_that_names_a_column_twice_is_refused() {
        let twice = FileError::DuplicateHeader { file: "dup_header.csv".into(), column: "电话".into() };
        assert_eq!(messy("dup_header.csv"), Err(twice));
    }

    #[test]
    fn chinese_encodings_are_read_as_what_they_are() {
        for file in ["stores_gbk_crlf.csv", "stores_gb18030.csv"] {
            let table = messy(file).unwrap();
            assert_eq!(table.rows.len(), 60, "{file}");
            assert!(table.header.iter().all(|title| !title.contains('\u{fffd}')), "{file}");
        }
        assert_eq!(read_table("x.csv", b"\xff\xff\xff\n\x81"), Err(FileError::Encoding("x.csv".into())));
    }

    #[test]
    fn quoted_line_breaks_do_not_start_a_row() {
        assert_eq!(messy("quotes_newlines.csv").unwrap().rows.len(), 11);
    }
}
