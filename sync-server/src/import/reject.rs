//! Rejected cells, as a person reads them and as a file that can be mended and sent again.

/// One cell that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// File.
    pub file: String,
    /// Row as a spreadsheet shows it.
    pub row: u32,
    /// Column.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// Why not.
    pub reason: String,
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, row, column, value, reason } = self;
        write!(f, "{file}, row {row}, column {column}: `{value}`: {reason}")
    }
}

/// A cell as it may be written into a file: text that a spreadsheet would run as a formula starts with an apostrophe.
pub fn neutral(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = cell.parse::<f64>().is_ok();
    if is_formula && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

/// All rejects as CSV that spreadsheets open with Chinese intact.
pub fn rejects_csv(rejects: &[Reject]) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    let mut write = |cells: [&str; 5]| {
        let cells = cells.map(neutral);
        // A vector takes every write.
        let _ = out.write_record(cells);
    };
    write(["file", "row", "column", "value", "reason"]);
    for reject in rejects {
        write([&reject.file, &reject.row.to_string(), &reject.column, &reject.value, &reject.reason]);
    }
    out.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        assert_eq!(neutral("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(neutral("@cmd"), "'@cmd");
        assert_eq!(neutral("-3.00"), "-3.00");
        assert_eq!(neutral("红烧牛肉面"), "红烧牛肉面");
    }

    #[test]
    fn rejects_open_in_a_spreadsheet() {
        let reject = Reject {
            file: "stores.csv".into(),
            row: 7,
            column: "class".into(),
            value: "=甲".into(),
            reason: "not one of A|B|C|D".into(),
        };
        let text = String::from_utf8(rejects_csv(&[reject])).unwrap();
        assert!(text.starts_with("\u{feff}file,row"));
        assert!(text.ends_with("stores.csv,7,class,'=甲,not one of A|B|C|D\n"));
    }
}
