//! Printing: pages with text, tables and QR codes as PDF, on a small layout of our own (5-platform-facts 5.1).
//! What stands on a sheet is decided elsewhere; here it only gets a place on the paper.

mod font;
mod page;
mod table;

pub use font::{FontError, Fonts};
pub use page::{A4, Paper, Printout};
pub use table::{Align, Cell, Column, Table};

/// Why something cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// No usable font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// The text does not fit into a QR code.
    #[error("text is too long for a QR code ({0} bytes)")]
    QrTooLong(usize),
    /// The PDF writer refused.
    #[error("pdf could not be written: {0}")]
    Pdf(String),
}
