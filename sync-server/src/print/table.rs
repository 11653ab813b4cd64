//! Tables: columns of fixed width, cells that wrap, a header that comes back on every page, rows that are never torn.

use super::Printout;

/// Inner distance of a cell's text from its borders, in points.
const PADDING: f32 = 3.0;
/// Line height as a multiple of the size.
const LEADING: f32 = 1.25;
/// Borders, in points.
const BORDER: f32 = 0.6;

/// How a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Header text.
    pub title: String,
    /// Share of the width; all shares together are the page.
    pub share: f32,
    /// Alignment.
    pub align: Align,
}

impl Column {
    /// A column of words.
    pub fn left(title: &str, share: f32) -> Self {
        Self { title: title.to_owned(), share, align: Align::Left }
    }

    /// A column of numbers.
    pub fn right(title: &str, share: f32) -> Self {
        Self { title: title.to_owned(), share, align: Align::Right }
    }
}

/// One cell; line breaks stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Text.
    pub text: String,
    /// Stands out.
    pub bold: bool,
}

impl Cell {
    /// An ordinary cell.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: false }
    }

    /// One that stands out.
    pub fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true }
    }
}

/// A table to be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, with one cell per column; missing cells are empty.
    pub rows: Vec<Vec<Cell>>,
    /// Text size in points.
    pub size: f32,
}

/// A row with its lines broken.
struct Laid<'a> {
    cells: Vec<(Vec<String>, bool, &'a Column)>,
    height: f32,
}

impl Table {
    /// Prints the table from the cursor on. A row that does not fit goes on the next page whole, under the header; one
    /// higher than a page is cut at its end.
    pub fn print(&self, on: &mut Printout<'_>) {
        let header: Vec<_> = self.columns.iter().map(|column| Cell::bold(&*column.title)).collect();
        let header = self.lay(on, &header);
        if !on.fits(header.height * 2.0) {
            on.new_page();
        }
        self.draw(on, &header, true);
        for row in &self.rows {
            let laid = self.lay(on, row);
            if !on.fits(laid.height) {
                on.new_page();
                self.draw(on, &header, true);
            }
            self.draw(on, &laid, false);
        }
    }

    fn lay<'a>(&'a self, on: &Printout<'_>, row: &[Cell]) -> Laid<'a> {
        let empty = Cell::default();
        let cells: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let cell = row.get(index).unwrap_or(&empty);
                let width = self.width(on, column) - 2.0 * PADDING;
                (on.wrap(&cell.text, self.size, width), cell.bold, column)
            })
            .collect();
        let lines = cells.iter().map(|(lines, ..)| lines.len()).max().unwrap_or(1);
        #[expect(clippy::cast_precision_loss, reason = "a row has few lines")]
        let height = lines as f32 * self.size * LEADING + 2.0 * PADDING;
        Laid { cells, height }
    }

    fn draw(&self, on: &mut Printout<'_>, row: &Laid<'_>, header: bool) {
        let top = on.cursor();
        let width = on.content_width();
        if header {
            on.rect(0.0, top, width, row.height, 225);
            on.rect(0.0, top, width, BORDER, 0);
        }
        let mut x = 0.0;
        for (lines, bold, column) in &row.cells {
            let cell_width = self.width(on, column);
            let mut baseline = top + PADDING + self.size;
            for line in lines {
                let left = match column.align {
                    Align::Left => x + PADDING,
                    Align::Right => x + cell_width - PADDING - on.fonts().width(line, self.size),
                };
                on.place(left, baseline, self.size, *bold, line.clone());
                baseline += self.size * LEADING;
            }
            on.rect(x, top, BORDER, row.height, 0);
            x += cell_width;
        }
        on.rect(width - BORDER, top, BORDER, row.height, 0);
        on.rect(0.0, top + row.height - BORDER, width, BORDER, 0);
        on.space(row.height);
    }

    fn width(&self, on: &Printout<'_>, column: &Column) -> f32 {
        let shares: f32 = self.columns.iter().map(|column| column.share).sum();
        on.content_width() * column.share / shares.max(f32::EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::{A4, Fonts};

    fn table(rows: usize) -> Table {
        let row = |n: usize| vec![Cell::plain(format!("第{n}站")), Cell::bold((n * 24).to_string())];
        Table {
            columns: vec![Column::left("门店", 3.0), Column::right("数量", 1.0)],
            rows: (1..=rows).map(row).collect(),
            size: 9.0,
        }
    }

    /// What a person can read on the pages, in reading order.
    fn read(pdf: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sheet.pdf");
        std::fs::write(&path, pdf).unwrap();
        let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
        String::from_utf8(read.expect("pdftotext: run `cargo xtask setup`").stdout).unwrap()
    }

    fn print(table: &Table) -> String {
        let fonts = Fonts::of_this_machine().unwrap();
        let mut on = Printout::new(&fonts, A4);
        on.text("送货单 D01", 16.0, true);
        on.qr("D01-20260728-1", 60.0).unwrap();
        table.print(&mut on);
        read(&on.finish(|page, pages| format!("{page}/{pages}")).unwrap())
    }

    #[test]
    fn a_short_table_is_one_page_that_can_be_read_back() {
        let text = print(&table(3));
        for part in ["送货单 D01", "门店", "第3站", "72", "1/1"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_long_table_repeats_its_header_and_loses_no_row() {
        let text = print(&table(200));
        for n in 1..=200 {
            assert!(text.contains(&format!("第{n}站")), "row {n} is missing");
        }
        let pages = text.matches('\u{c}').count();
        assert!(pages > 2);
        assert_eq!(text.matches("门店").count(), pages);
    }

    #[test]
    fn long_names_wrap_and_stay_whole() {
        let fonts = Fonts::of_this_machine().unwrap();
        let on = Printout::new(&fonts, A4);
        let name = "青岛市市南区贵州路一百七十七号寿张路小卖部后门左手第二间";
        let lines = on.wrap(name, 9.0, 90.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| fonts.width(line, 9.0) <= 90.0));
        assert_eq!(lines.concat(), name);
    }
}
