//! Pages: where text, lines and boxes stand, and how they become a PDF.
//! Everything is placed first and written at the end, because "page 1 of 7" is known only then.

use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use qrcode::{EcLevel, QrCode};

use super::{Fonts, PrintError};

/// The size of a page and its margin, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paper {
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// Margin on all sides.
    pub margin: f32,
}

/// A4 upright with 12 mm of margin.
pub const A4: Paper = Paper { width: 595.3, height: 841.9, margin: 34.0 };

/// One thing on a page; `y` grows downwards, text stands on its baseline.
#[derive(Debug, Clone)]
enum Mark {
    Text { x: f32, y: f32, size: f32, bold: bool, text: String },
    Box { x: f32, y: f32, width: f32, height: f32, grey: u8 },
}

/// Something being laid out, top to bottom, page by page.
#[derive(Debug)]
pub struct Printout<'f> {
    fonts: &'f Fonts,
    paper: Paper,
    pages: Vec<Vec<Mark>>,
    cursor: f32,
}

impl<'f> Printout<'f> {
    /// An empty first page.
    pub fn new(fonts: &'f Fonts, paper: Paper) -> Self {
        Self { fonts, paper, pages: vec![Vec::new()], cursor: paper.margin }
    }

    /// What there is between the margins.
    pub fn content_width(&self) -> f32 {
        self.paper.width - 2.0 * self.paper.margin
    }

    /// The fonts in use.
    pub fn fonts(&self) -> &'f Fonts {
        self.fonts
    }

    /// Whether so much still fits above the bottom margin; a line is kept free for the page number.
    pub fn fits(&self, height: f32) -> bool {
        self.cursor + height <= self.paper.height - self.paper.margin - 12.0
    }

    /// Starts a new page.
    pub fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.cursor = self.paper.margin;
    }

    /// Leaves room.
    pub fn space(&mut self, height: f32) {
        self.cursor += height;
    }

    /// A line of text, wrapped to the width of the page, moving down.
    pub fn text(&mut self, text: &str, size: f32, bold: bool) {
        for line in self.wrap(text, size, self.content_width()) {
            if !self.fits(size * 1.35) {
                self.new_page();
            }
            let y = self.cursor + size;
            self.place(0.0, y, size, bold, line);
            self.cursor += size * 1.35;
        }
    }

    /// A line of text that leaves `right` points free at the right margin, e.g. beside a QR code.
    pub fn text_within(&mut self, text: &str, size: f32, bold: bool, right: f32) {
        for line in self.wrap(text, size, self.content_width() - right - 6.0) {
            let y = self.cursor + size;
            self.place(0.0, y, size, bold, line);
            self.cursor += size * 1.35;
        }
    }

    /// A QR code of `side` points at the right margin, from the cursor down; the cursor stays.
    ///
    /// # Errors
    /// [`PrintError::QrTooLong`].
    pub fn qr(&mut self, text: &str, side: f32) -> Result<(), PrintError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|_| PrintError::QrTooLong(text.len()))?;
        let modules = code.width();
        let left = self.content_width() - side;
        #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules")]
        let step = side / modules as f32;
        for (row, colors) in code.to_colors().chunks(modules).enumerate() {
            for (column, _) in colors.iter().enumerate().filter(|(_, c)| **c == qrcode::Color::Dark) {
                #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules")]
                let (x, y) = (left + column as f32 * step, self.cursor + row as f32 * step);
                self.rect(x, y, step + 0.05, step + 0.05, 0);
            }
        }
        Ok(())
    }

    /// Breaks text into lines no wider than `width`: at spaces where there are some, else between characters.
    pub(super) fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            let mut used = 0.0;
            for c in paragraph.chars() {
                let advance = self.fonts.glyph(c).advance * size;
                if used + advance > width && !line.is_empty() {
                    let rest = match line.rfind(' ') {
                        Some(at) if at > 0 => line.split_off(at + 1),
                        _ => String::new(),
                    };
                    lines.push(line.trim_end().to_owned());
                    used = self.fonts.width(&rest, size);
                    line = rest;
                }
                line.push(c);
                used += advance;
            }
            lines.push(line);
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }

    pub(super) fn cursor(&self) -> f32 {
        self.cursor
    }

    /// Text with `x` from the left margin.
    pub(super) fn place(&mut self, x: f32, y: f32, size: f32, bold: bool, text: String) {
        if !text.is_empty() {
            let mark = Mark::Text { x: self.paper.margin + x, y, size, bold, text };
            self.mark(mark);
        }
    }

    /// A filled box with `x` from the left margin; grey 0 is black.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, grey: u8) {
        let mark = Mark::Box { x: self.paper.margin + x, y, width, height, grey };
        self.mark(mark);
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Writes the PDF. `footer` gets the page's number and the number of pages, both from 1.
    ///
    /// # Errors
    /// What the PDF writer refuses.
    pub fn finish(mut self, footer: impl Fn(usize, usize) -> String) -> Result<Vec<u8>, PrintError> {
        let total = self.pages.len();
        let settings = PageSettings::from_wh(self.paper.width, self.paper.height)
            .ok_or_else(|| PrintError::Pdf("page has no size".to_owned()))?;
        let mut document = krilla::Document::new();
        for (index, mut marks) in std::mem::take(&mut self.pages).into_iter().enumerate() {
            marks.push(self.footer_mark(footer(index + 1, total)));
            let mut page = document.start_page_with(settings.clone());
            let mut surface = page.surface();
            for mark in &marks {
                self.draw(&mut surface, mark);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|why| PrintError::Pdf(format!("{why:?}")))
    }

    fn footer_mark(&self, text: String) -> Mark {
        let x = self.paper.width - self.paper.margin - self.fonts.width(&text, 8.0);
        Mark::Text { x, y: self.paper.height - self.paper.margin + 4.0, size: 8.0, bold: false, text }
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark) {
        match mark {
            Mark::Box { x, y, width, height, grey } => {
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.set_fill(Some(fill(*grey)));
                    surface.set_stroke(None);
                    surface.draw_path(&path);
                }
            }
            Mark::Text { x, y, size, bold, text } => {
                surface.set_fill(Some(fill(0)));
                // The small Chinese fonts have no bold: a thin outline makes one.
                let stroke = Stroke { width: size * 0.035, ..Stroke::default() };
                surface.set_stroke(bold.then_some(stroke));
                self.draw_text(surface, *x, *y, *size, text);
            }
        }
    }

    /// Draws one line as runs of one font each.
    fn draw_text(&self, surface: &mut Surface<'_>, mut x: f32, y: f32, size: f32, text: &str) {
        let glyphs: Vec<_> = text.char_indices().map(|(at, c)| (at, c, self.fonts.glyph(c))).collect();
        for run in glyphs.chunk_by(|a, b| a.2.face == b.2.face) {
            let Some((first, _, glyph)) = run.first() else { continue };
            let Some(font) = self.fonts.krilla(glyph.face) else { continue };
            let end = run.last().map_or(*first, |(at, c, _)| at + c.len_utf8());
            let placed: Vec<_> = run
                .iter()
                .map(|(at, c, glyph)| {
                    let range = at - first..at - first + c.len_utf8();
                    let id = GlyphId::new(u32::from(glyph.id));
                    KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, range, None)
                })
                .collect();
            surface.draw_glyphs(Point::from_xy(x, y), &placed, font, &text[*first..end], size, false);
            x += run.iter().map(|(_, _, glyph)| glyph.advance).sum::<f32>() * size;
        }
    }
}

fn fill(grey: u8) -> Fill {
    Fill {
        paint: krilla::color::luma::Color::new(grey).into(),
        opacity: NormalizedF32::ONE,
        ..Fill::default()
    }
}
