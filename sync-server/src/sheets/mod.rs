//! A sheet as it reaches the distributor: PDF (A4), XLSX, CSV and 58 mm text, all from one document, so that no two of
//! them can differ. What stands on it was frozen by `orders`.

mod csv;
mod document;
mod pdf;
mod receipt;
mod xlsx;

pub use csv::to_csv;
pub use document::{DocumentChange, DocumentLine, DocumentStop, PickingRow, SheetDocument, spoken};
pub use pdf::to_pdf;
pub use receipt::{to_escpos, to_receipt};
pub use xlsx::{XlsxError, to_xlsx};
