//! Pages: the bytes of a slip as numbered pieces that fit a QR code and survive a chat. Written and found again here;
//! what the bytes say is next door.
//!
//! A page is `XD1/i/n/CHECK/DATA/SEAL`, all of it in the alphanumeric set of QR codes: page i of n from 1; CHECK names
//! the slip (40 bits of the SHA-256 of its bytes); DATA is base32; SEAL is 20 bits of the SHA-256 of `i/n/CHECK/DATA`, so
//! that a damaged page is known by itself.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{SLIP_TEXT_BYTES, SealedSlip, SlipError, base32};

/// How a page begins.
const MARK: &[u8] = b"XD1/";
/// Letters of data on a page. With its head a page has at most 888 signs: QR version 19 at level M (93 × 93 modules)
/// holds 909.
const PAGE_LETTERS: usize = 864;
/// Pages of one slip: 32 KB, several times what 300 orders take.
const PAGES: usize = 60;
/// Slips of one text.
pub const SLIPS: usize = 32;
const CHECK_LETTERS: usize = 8;
const SEAL_LETTERS: usize = 4;

/// First letters of the SHA-256 of some bytes.
fn digest(bytes: &[u8], letters: usize) -> String {
    base32::encode(&Sha256::digest(bytes)).chars().take(letters).collect()
}

/// The bytes as pages, in order.
///
/// # Errors
/// [`SlipError::TooLarge`] beyond [`PAGES`] pages.
pub(super) fn write(bytes: &[u8]) -> Result<Vec<String>, SlipError> {
    let (letters, check) = (base32::encode(bytes), digest(bytes, CHECK_LETTERS));
    let pieces: Vec<&[u8]> = letters.as_bytes().chunks(PAGE_LETTERS).collect();
    if pieces.len() > PAGES {
        return Err(SlipError::TooLarge);
    }
    let of = pieces.len();
    let page = |(n, piece): (usize, &&[u8])| {
        let sealed = format!("{}/{of}/{check}/{}", n + 1, String::from_utf8_lossy(piece));
        format!("XD1/{sealed}/{}", digest(sealed.as_bytes(), SEAL_LETTERS))
    };
    Ok(pieces.iter().enumerate().map(page).collect())
}

/// One page that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Page<'a> {
    no: usize,
    of: usize,
    check: &'a [u8],
    data: &'a [u8],
}

/// What stands where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found<'a> {
    Whole(Page<'a>),
    Damaged { no: usize, of: usize },
}

/// Pages with one CHECK, by number.
struct Group<'a> {
    check: &'a [u8],
    of: usize,
    pages: BTreeMap<usize, &'a [u8]>,
}

/// Finds every slip in a text: pages in any order, more than once, between other words. Each is given by itself, so that
/// a torn one spoils no other; never an empty list.
pub(super) fn read(text: &str) -> Vec<Result<SealedSlip, SlipError>> {
    if text.len() > SLIP_TEXT_BYTES {
        return vec![Err(SlipError::TooLong)];
    }
    let signs = signs(text);
    let (mut groups, mut damaged): (Vec<Group<'_>>, Option<SlipError>) = (Vec::new(), None);
    for found in marks(&signs, MARK).filter_map(page) {
        match found {
            Found::Damaged { no, of } => damaged = damaged.or(Some(SlipError::Damaged { page: no, of })),
            Found::Whole(page) => put(&mut groups, page),
        }
        if groups.len() > SLIPS {
            return vec![Err(SlipError::TooMany)];
        }
    }
    if groups.is_empty() {
        let newer = marks(&signs, b"XD2/").next().map(|_| SlipError::Newer);
        return vec![Err(damaged.or(newer).unwrap_or(SlipError::Nothing))];
    }
    groups.iter().map(Group::slip).collect()
}

fn put<'a>(groups: &mut Vec<Group<'a>>, page: Page<'a>) {
    let of_slip = |group: &&mut Group<'a>| (group.check, group.of) == (page.check, page.of);
    match groups.iter_mut().find(of_slip) {
        Some(group) => drop(group.pages.insert(page.no, page.data)),
        None => groups.push(Group {
            check: page.check,
            of: page.of,
            pages: BTreeMap::from([(page.no, page.data)]),
        }),
    }
}

impl Group<'_> {
    fn slip(&self) -> Result<SealedSlip, SlipError> {
        let missing: Vec<usize> = (1..=self.of).filter(|no| !self.pages.contains_key(no)).collect();
        if !missing.is_empty() {
            return Err(SlipError::Missing { pages: missing, of: self.of });
        }
        let letters: Vec<u8> = self.pages.values().flat_map(|data| data.iter().copied()).collect();
        let bytes = base32::decode(&letters).ok_or(SlipError::Unfit)?;
        if digest(&bytes, CHECK_LETTERS).as_bytes() != self.check {
            return Err(SlipError::Unfit);
        }
        SealedSlip::from_bytes(bytes)
    }
}

/// The text without what chats add or change: blanks of all kinds, line ends, quotation marks; full-width letters become
/// plain ones, small ones capital. Any other sign becomes `!`.
fn signs(text: &str) -> Vec<u8> {
    let plain = |c: char| match c {
        // Full-width forms lie in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        c => c,
    };
    let is_added = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
            || "\"'`<>|*「」『』“”‘’《》〈〉«»".contains(c)
    };
    let sign = |c: char| u8::try_from(c.to_ascii_uppercase()).ok().filter(u8::is_ascii).unwrap_or(b'!');
    text.chars().map(plain).filter(|c| !is_added(*c)).map(sign).collect()
}

/// What follows each mark.
fn marks<'a>(signs: &'a [u8], mark: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let at = signs.windows(mark.len()).enumerate().filter(move |(_, window)| *window == mark);
    at.map(move |(at, _)| &signs[at + mark.len()..])
}

/// Reads the page behind a mark; `None` if this is the head of none.
fn page(rest: &[u8]) -> Option<Found<'_>> {
    let (no, rest) = number(rest)?;
    let (of, rest) = number(rest)?;
    if no > of || of > PAGES {
        return None;
    }
    let (check, rest) = letters(rest);
    let (data, rest) = letters(rest.strip_prefix(b"/").unwrap_or_default());
    let seal = rest.strip_prefix(b"/").and_then(|rest| rest.get(..SEAL_LETTERS)).unwrap_or_default();
    let sealed = [no.to_string().as_bytes(), of.to_string().as_bytes(), check, data].join(&b'/');
    let is_whole = check.len() == CHECK_LETTERS
        && (1..=PAGE_LETTERS).contains(&data.len())
        && digest(&sealed, SEAL_LETTERS).as_bytes() == seal;
    let page = Page { no, of, check, data };
    Some(if is_whole { Found::Whole(page) } else { Found::Damaged { no, of } })
}

/// One or two digits, not 0, and the slash behind them.
fn number(signs: &[u8]) -> Option<(usize, &[u8])> {
    let digits = signs.iter().take_while(|sign| sign.is_ascii_digit()).count();
    let (digits, rest) = signs.split_at_checked(digits).filter(|(digits, _)| digits.len() <= 2)?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok().filter(|n| *n > 0)?;
    Some((number, rest.strip_prefix(b"/")?))
}

fn letters(signs: &[u8]) -> (&[u8], &[u8]) {
    let count = signs.iter().take_while(|sign| base32::is_letter(**sign)).take(PAGE_LETTERS + 1).count();
    signs.split_at(count)
}
