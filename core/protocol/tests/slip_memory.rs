//! No pasted text takes more memory than is stated at `SLIP_BYTES`, whatever its pages unpack to, and however many it says
//! that there are. Each text is read in a process of its own.
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::io::Write;

use common::{Outcome, elsewhere, measured, task};
use flate2::Compression;
use flate2::write::GzEncoder;
use xundian_protocol::slip::{SLIP_BYTES, SLIP_TEXT_BYTES, SLIPS, SealedSlip, SlipError, read};

const TEST: &str = "no_pasted_text_takes_more_memory_than_is_stated";

/// What reading a text and opening its slips holds at most beside it.
const STATED: usize = 8 << 20;
/// What a bomb becomes.
const BOMB: usize = 64 << 20;
/// What gzip packs into the 32 KB of a slip for certain; it is twice of what may be held.
const GZIP_BOMB: usize = 16 << 20;

/// A name, the text, and how its slips end, each end once.
type Case = (&'static str, String, &'static str);

#[test]
fn no_pasted_text_takes_more_memory_than_is_stated() -> Outcome<()> {
    if let Some(task) = task() {
        return read_here(&task);
    }
    let folder = tempfile::tempdir()?;
    for (what, text, ends) in bombs()?.into_iter().chain(orders()?).chain(pages()?) {
        let file = folder.path().join(what);
        std::fs::write(&file, &text)?;
        let (how, held) = elsewhere(TEST, &file.display().to_string())?;
        println!("{what}: {} bytes of text, {held} bytes held", text.len());
        assert_eq!(how, ends, "{what}");
        assert!(held <= STATED, "{what}: {held} bytes held, {STATED} stated");
    }
    Ok(())
}

/// Reads the file that the task names, as a server does: one slip after the other.
fn read_here(file: &str) -> Outcome<()> {
    let text = std::fs::read_to_string(file)?;
    measured(|| {
        let ends: BTreeSet<&str> = read(&text).into_iter().map(end).collect();
        ends.into_iter().collect::<Vec<_>>().join(" ")
    })
}

fn end(found: Result<SealedSlip, SlipError>) -> &'static str {
    match found.and_then(|sealed| sealed.open()) {
        Ok(_) => "read",
        // Known by its words: every other nonsense has the same code, and is found before the orders are there.
        Err(SlipError::Content(why)) if why.ends_with("numbers beyond any order") => "uncountable",
        Err(why) => why.code(),
    }
}

/// What unpacks to more than a slip may have, or says so.
fn bombs() -> Outcome<Vec<Case>> {
    let spaces = vec![b' '; BOMB];
    let mut out = zstd::stream::Encoder::new(Vec::new(), 3)?;
    out.window_log(19)?;
    out.write_all(&spaces)?;
    let framed = out.finish()?;
    let frames = zstd::bulk::compress(&spaces[..128 << 10], 3)?.repeat(BOMB / (128 << 10));
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(&spaces[..GZIP_BOMB])?;
    // A head without length that wants 128 MiB of window; one that says to become 2^60 bytes; four GiB to be skipped.
    let greedy = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
    let boastful = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1u64 << 60).to_le_bytes(), &[1, 0, 0]].concat();
    let skipped = [&0x184D_2A50_u32.to_le_bytes()[..], &u32::MAX.to_le_bytes(), &[7; 1_000]].concat();
    let mut torn = pages_of(&frames)?;
    torn.pop();
    Ok(vec![
        ("one frame", text_of(&framed)?, "too_large"),
        ("one frame with its length", text_of(&zstd::bulk::compress(&spaces, 3)?)?, "too_large"),
        ("many frames", text_of(&frames)?, "too_large"),
        ("many frames without the last page", torn.concat(), "missing"),
        ("gzip", text_of(&out.finish()?)?, "too_large"),
        ("greedy", text_of(&greedy)?, "too_large"),
        ("boastful", text_of(&boastful)?, "too_large"),
        ("skipped", text_of(&skipped)?, "content"),
    ])
}

/// An order line in as few signs as can be: 16 with its comma, and 80 bytes when it is read.
const LINE: &str = r#"["a",0,0,1,0,0]"#;

/// What a slip may just unpack to, and what it says is as large as can be made.
fn orders() -> Outcome<Vec<Case>> {
    let line = LINE.len() + 1;
    let endless = slip(&[order(1, (SLIP_BYTES - 400) / line)]);
    let crowd = slip(&vec![order(1, 0); (SLIP_BYTES - 400) / (order(1, 0).len() + 1)]);
    let whole: Vec<String> = (1..=32).map(|n| order(n, 1_000)).collect();
    let word = slip(&[]).replace("ZY01", &"Z".repeat(SLIP_BYTES - 400));
    let unpaid = slip(&[order(1, 0).replace("cash", &"c".repeat(SLIP_BYTES - 400))]);
    let packed = |json: &str| zstd::bulk::compress(json.as_bytes(), 3);
    let mut most = String::new();
    for n in 0..SLIPS {
        let slip = slip(&[order(n + 1, (SLIP_BYTES - 400) / line)]);
        most += &text_of(&packed(&slip)?)?;
    }
    Ok(vec![
        ("the largest slip", text_of(&packed(&slip(&whole))?)?, "read"),
        ("an order without end", text_of(&packed(&endless)?)?, "uncountable"),
        ("as many of them as are read", most, "uncountable"),
        ("orders without end", text_of(&packed(&crowd)?)?, "too_large"),
        ("a rep without end", text_of(&packed(&word)?)?, "content"),
        ("a payment without end", text_of(&packed(&unpaid)?)?, "content"),
    ])
}

fn slip(orders: &[String]) -> String {
    format!(r#"{{"date":"2026-07-27","rep":"ZY01","orders":[{}]}}"#, orders.join(","))
}

/// An order with so many lines, as a list of its fields without their names.
fn order(n: usize, lines: usize) -> String {
    let lines = vec![LINE; lines].join(",");
    format!(r#"[1,["{n:032x}","{n:032x}",[{lines}],[],[],0,[],["2026-07-28",null],"cash"]]"#)
}

/// What a text can do with pages alone.
fn pages() -> Outcome<Vec<Case>> {
    let of_sixty = |n: usize| pages_of(&[n.to_le_bytes()[0]; 32_000]);
    let (mut first, mut many) = (String::new(), String::new());
    for n in 0..SLIPS {
        first += &of_sixty(n)?[0];
    }
    for n in 0..=SLIPS {
        many += &text_of(&n.to_le_bytes())?;
    }
    let filled = |text: &str| text.repeat(SLIP_TEXT_BYTES / text.len());
    let counts = "XD1/1/99/AAAAAAAA/AAAA/AAAA XD1/4294967295/18446744073709551615/AAAAAAAA/AAAA/AAAA ";
    Ok(vec![
        ("heads", filled("XD1/"), "nothing"),
        ("numbers", filled("XD1/60/60/"), "damaged"),
        ("counts", filled(counts), "nothing"),
        ("blanks", filled("\u{3000}"), "nothing"),
        ("the same pages again", filled(&of_sixty(0)?.concat()), "content"),
        ("first pages of sixty", first, "missing"),
        ("one slip too many", many, "too_many"),
        ("without end", "XD1/1/1/".repeat(8 << 20), "too_long"),
    ])
}

/// The pages of a slip that nobody has signed and that carries any bytes.
fn pages_of(packed: &[u8]) -> Outcome<Vec<String>> {
    Ok(SealedSlip::from_bytes([&[1][..], &[0; 80], packed].concat())?.pages()?)
}

fn text_of(packed: &[u8]) -> Outcome<String> {
    Ok(pages_of(packed)?.join("\n"))
}
