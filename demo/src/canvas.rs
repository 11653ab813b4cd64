//! A drawing board: flat colours, rectangles and discs, written as PNG. What lies outside of it is not drawn.

use std::io::{self, Write};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";
/// Eight bits each of red, green and blue; packed, filtered and ordered in the one way that there is.
const TRUE_COLOUR: [u8; 5] = [8, 2, 0, 0, 0];

/// The board.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, ground: Colour) -> Self {
        Self { width, height, pixels: vec![ground; width * height] }
    }

    pub(crate) fn rect(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Colour) {
        for line in self.pixels.chunks_mut(self.width).skip(y).take(height) {
            line.iter_mut().skip(x).take(width).for_each(|pixel| *pixel = colour);
        }
    }

    pub(crate) fn disc(&mut self, (x, y): (usize, usize), radius: usize, colour: Colour) {
        let lines = self.pixels.chunks_mut(self.width).enumerate();
        for (row, line) in lines.skip(y.saturating_sub(radius)).take(2 * radius + 1) {
            for (column, pixel) in line.iter_mut().enumerate() {
                let (across, down) = (column.abs_diff(x), row.abs_diff(y));
                if across * across + down * down <= radius * radius {
                    *pixel = colour;
                }
            }
        }
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// A board that is larger than a PNG can say.
    pub(crate) fn png(&self) -> io::Result<Vec<u8>> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        for line in self.pixels.chunks(self.width) {
            // Each line says how it was filtered: not at all.
            packed.write_all(&[0])?;
            packed.write_all(line.as_flattened())?;
        }
        let size = [number(self.width)?, number(self.height)?];
        let mut png = SIGNATURE.to_vec();
        part(&mut png, b"IHDR", &[size.as_flattened(), &TRUE_COLOUR].concat())?;
        part(&mut png, b"IDAT", &packed.finish()?)?;
        part(&mut png, b"IEND", &[])?;
        Ok(png)
    }
}

fn number(n: usize) -> io::Result<[u8; 4]> {
    Ok(u32::try_from(n).map_err(io::Error::other)?.to_be_bytes())
}

/// A part of the file: length, kind, content, checksum.
fn part(png: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) -> io::Result<()> {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(content);
    png.extend_from_slice(&number(content.len())?);
    png.extend_from_slice(kind);
    png.extend_from_slice(content);
    png.extend_from_slice(&sum.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    const GROUND: Colour = [9, 9, 9];
    const RED: Colour = [200, 0, 0];

    /// The parts of a PNG, each with its checksum looked at.
    fn parts(png: &[u8]) -> Vec<(&[u8], &[u8])> {
        let mut rest = png.strip_prefix(SIGNATURE).unwrap();
        let mut parts = Vec::new();
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let (checked, behind) = behind.split_at(4 + u32::from_be_bytes(*length) as usize);
            let (sum, behind) = behind.split_first_chunk::<4>().unwrap();
            let mut crc = Crc::new();
            crc.update(checked);
            assert_eq!(crc.sum(), u32::from_be_bytes(*sum));
            parts.push(checked.split_at(4));
            rest = behind;
        }
        parts
    }

    #[test]
    fn a_drawing_is_a_png_whose_pixels_are_those_that_were_drawn() {
        let mut canvas = Canvas::new(5, 3, GROUND);
        canvas.rect(3, 2, 9, 9, RED);
        canvas.disc((0, 0), 1, RED);
        let png = canvas.png().unwrap();
        let parts = parts(&png);
        assert_eq!(parts.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [b"IHDR", b"IDAT", b"IEND"]);
        assert_eq!(parts[0].1, [0, 0, 0, 5, 0, 0, 0, 3, 8, 2, 0, 0, 0]);
        let mut lines = Vec::new();
        ZlibDecoder::new(parts[1].1).read_to_end(&mut lines).unwrap();
        let is_red = |line: &[u8]| line[1..].chunks(3).map(|pixel| pixel == RED).collect::<Vec<_>>();
        let (yes, no) = (true, false);
        let drawn = [[yes, yes, no, no, no], [yes, no, no, no, no], [no, no, no, yes, yes]];
        assert_eq!(lines.chunks(16).map(is_red).collect::<Vec<_>>(), drawn);
        assert!(lines.chunks(16).all(|line| line[0] == 0));
    }
}
