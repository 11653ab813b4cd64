//! Fonts: the system's Chinese font, found once, and a second one for what the first cannot show.
//! The PDF writer knows no fallback, so a line of text is split here into runs of one font each.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use fontdb::{Database, Family, Query};
use ttf_parser::Face;

/// Families with Chinese characters, the smallest first; the next ones stand in for missing characters.
const FAMILIES: &[&str] = &[
    "WenQuanYi Micro Hei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans SC",
];

/// A character that every font for Chinese has; a font without it prints boxes.
const PROBE: char = '巡';

/// No font can show Chinese.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// Nothing usable is installed.
    #[error("no font with Chinese characters found: install one, e.g. the Debian package fonts-wqy-microhei")]
    NoChinese,
}

/// The bytes of a font file, shared with the PDF writer.
type FontBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// One font file.
struct Typeface {
    font: krilla::text::Font,
    data: FontBytes,
    index: u32,
}

impl Typeface {
    /// Glyph and advance (in em) of a character, if the font has it.
    fn glyph(&self, c: char) -> Option<(u16, f32)> {
        let face = Face::parse((*self.data).as_ref(), self.index).ok()?;
        let glyph = face.glyph_index(c)?;
        let advance = f32::from(face.glyph_hor_advance(glyph)?) / f32::from(face.units_per_em());
        Some((glyph.0, advance))
    }
}

/// A character with its place in a font.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    /// Which font.
    pub(super) face: usize,
    /// Which glyph; 0 = the box for "no such character".
    pub(super) id: u16,
    /// Advance in em.
    pub(super) advance: f32,
}

/// The fonts of this machine; cheap to share, measured characters are remembered.
pub struct Fonts {
    faces: Vec<Typeface>,
    known: RwLock<HashMap<char, Glyph>>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fonts").field("faces", &self.faces.len()).finish_non_exhaustive()
    }
}

impl Fonts {
    /// Finds the fonts of this machine.
    ///
    /// # Errors
    /// [`FontError::NoChinese`] when no installed font shows Chinese: better no sheet than one full of boxes.
    pub fn of_this_machine() -> Result<Self, FontError> {
        let mut database = Database::new();
        database.load_system_fonts();
        let families = FAMILIES.iter().map(|name| Family::Name(name)).chain([Family::SansSerif]);
        let faces: Vec<_> = families.filter_map(|family| load(&mut database, family)).collect();
        match faces.first().map(|first| first.glyph(PROBE)) {
            Some(Some(_)) => Ok(Self { faces, known: RwLock::default() }),
            _ => Err(FontError::NoChinese),
        }
    }

    /// Width of a line of text in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.glyph(c).advance).sum::<f32>() * size
    }

    pub(super) fn glyph(&self, c: char) -> Glyph {
        if let Some(glyph) = self.known.read().ok().and_then(|known| known.get(&c).copied()) {
            return glyph;
        }
        let found = (0..)
            .zip(&self.faces)
            .find_map(|(face, typeface)| typeface.glyph(c).map(|(id, advance)| Glyph { face, id, advance }));
        let glyph = found.unwrap_or(Glyph { face: 0, id: 0, advance: 1.0 });
        if let Ok(mut known) = self.known.write() {
            known.insert(c, glyph);
        }
        glyph
    }

    pub(super) fn krilla(&self, face: usize) -> Option<krilla::text::Font> {
        self.faces.get(face).map(|typeface| typeface.font.clone())
    }
}

fn load(database: &mut Database, family: Family<'_>) -> Option<Typeface> {
    let id = database.query(&Query { families: &[family], ..Query::default() })?;
    let (data, index) = read(database, id)?;
    let font = krilla::text::Font::new(krilla::Data::from(data.clone()), index)?;
    Some(Typeface { font, data, index })
}

fn read(database: &Database, id: fontdb::ID) -> Option<(FontBytes, u32)> {
    let (source, index) = database.face_source(id)?;
    match source {
        fontdb::Source::File(path) => Some((Arc::new(std::fs::read(path).ok()?), index)),
        fontdb::Source::Binary(data) | fontdb::Source::SharedFile(_, data) => {
            Some((Arc::new((*data).as_ref().to_vec()), index))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_latin_and_digits_all_have_glyphs() {
        let fonts = Fonts::of_this_machine().unwrap();
        for c in "巡店送货单青岛示范ABCxyz0123456789×→".chars() {
            assert_ne!(fonts.glyph(c).id, 0, "{c} would print as a box");
        }
    }

    #[test]
    fn a_chinese_character_is_as_wide_as_the_size() {
        let fonts = Fonts::of_this_machine().unwrap();
        assert!((fonts.width("送货", 10.0) - 20.0).abs() < 1.0);
        assert!(fonts.width("ab", 10.0) < fonts.width("送货", 10.0));
    }
}
