//! No message takes more memory than its limit and its window: what it would become is not there before it is refused. A
//! reader that unpacks first and looks then does not pass. Each message is read in a process of its own.
#![cfg(target_os = "linux")]

mod common;

use std::io::Write;

use common::{Outcome, elsewhere, measured, task};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::de::IgnoredAny;
use xundian_protocol::codec::{self, CodecError};
use xundian_protocol::limits::{PULL_BYTES, PUSH_BYTES, SMALL_BYTES};

const TEST: &str = "no_message_takes_more_memory_than_its_limit_and_its_window";

/// What the doors of phone and server take.
const LIMITS: [usize; 3] = [SMALL_BYTES, PUSH_BYTES, PULL_BYTES];
/// What a bomb becomes: nearly twice of what the largest limit may take.
const BOMB: usize = 96 << 20;
/// What is held whatever the limit: tables and buffers of zstd, 0.7 MiB, and the parts of the program that nobody needed
/// before; rounded up.
const FIXED: usize = 4 << 20;

/// What reading holds at most beside the packed bytes: the message, twice when its buffer has to move, and a window that is
/// no larger than it.
fn stated(limit: usize) -> usize {
    2 * limit + limit.next_power_of_two() + FIXED
}

/// A name, the packed bytes, and how reading them ends.
type Case = (&'static str, Vec<u8>, &'static str);

#[test]
fn no_message_takes_more_memory_than_its_limit_and_its_window() -> Outcome<()> {
    if let Some(task) = task() {
        return read_here(&task);
    }
    let (bombs, folder) = (bombs()?, tempfile::tempdir()?);
    for limit in LIMITS {
        for (what, bytes, ends) in bombs.iter().chain(&around(limit)?) {
            let file = folder.path().join(what);
            std::fs::write(&file, bytes)?;
            let (how, held) = elsewhere(TEST, &format!("{limit}|{}", file.display()))?;
            let most = stated(limit);
            println!("{what}, {limit} allowed: {} bytes packed, {held} bytes held", bytes.len());
            assert_eq!(how, *ends, "{what}, {limit} allowed");
            assert!(held <= most, "{what}, {limit} allowed: {held} bytes held, {most} stated");
        }
    }
    Ok(())
}

/// Reads the file that the task names, with its limit.
fn read_here(task: &str) -> Outcome<()> {
    let (limit, file) = task.split_once('|').ok_or("no task")?;
    let (limit, bytes) = (limit.parse::<usize>()?, std::fs::read(file)?);
    measured(|| {
        let how = match codec::decode::<IgnoredAny>(&bytes, limit) {
            Ok(_) => "read",
            Err(CodecError::TooLarge { .. }) => "too_large",
            Err(CodecError::Compression(_)) => "compression",
            Err(CodecError::Json(_)) => "json",
        };
        how.to_owned()
    })
}

/// What no limit takes. One that says its length or wants a large window is refused for that; the others have to be stopped
/// on the way.
fn bombs() -> Outcome<Vec<Case>> {
    let spaces = vec![b' '; BOMB];
    let framed = framed(&spaces)?;
    let frame = zstd::bulk::compress(&spaces[..2_048], 3)?;
    // A head without length that wants 128 MiB of window; one that says to become 2^60 bytes; one last block of nothing.
    let greedy = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
    let boastful = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1u64 << 60).to_le_bytes(), &[1, 0, 0]].concat();
    // Four GiB to be skipped, of which a thousand bytes are here; a gzip head with a file name that does not end.
    let skipped = [&0x184D_2A50_u32.to_le_bytes()[..], &u32::MAX.to_le_bytes(), &[7; 1_000]].concat();
    let named = [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], &[b'n'; 1 << 20]].concat();
    Ok(vec![
        ("half of a frame", framed[..framed.len() / 2].to_vec(), "too_large"),
        ("one frame", framed, "too_large"),
        ("one frame with its length", zstd::bulk::compress(&spaces, 3)?, "too_large"),
        ("many frames", frame.repeat(BOMB / 2_048), "too_large"),
        ("many frames of nothing", zstd::bulk::compress(b"", 3)?.repeat(100_000), "json"),
        (
            "greedy behind a frame of nothing",
            [zstd::bulk::compress(b"", 3)?, greedy.clone()].concat(),
            "too_large",
        ),
        ("greedy", greedy, "too_large"),
        ("boastful", boastful, "too_large"),
        ("skipped", skipped, "compression"),
        ("gzip", gzip(&spaces)?, "too_large"),
        ("gzip with a name", named, "compression"),
    ])
}

/// What a limit just takes, or just does not; and the same cut off when nearly all of it is there.
fn around(limit: usize) -> Outcome<Vec<Case>> {
    let fits = letters(limit);
    let more = [&fits[..], b" "].concat();
    let (whole, gzipped) = (zstd::bulk::compress(&fits, 3)?, gzip(&fits)?);
    Ok(vec![
        ("cut", whole[..whole.len() - 3].to_vec(), "compression"),
        ("fits", whole, "read"),
        ("one byte more", framed(&more)?, "too_large"),
        ("gzip cut", gzipped[..gzipped.len() - 3].to_vec(), "compression"),
        ("gzip fits", gzipped, "read"),
        ("gzip one byte more", gzip(&more)?, "too_large"),
    ])
}

/// A frame that says nothing about its length, with a window that every limit allows.
fn framed(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut out = zstd::stream::Encoder::new(Vec::new(), 3)?;
    out.window_log(16)?;
    out.write_all(bytes)?;
    Ok(out.finish()?)
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes)?;
    Ok(out.finish()?)
}

/// A JSON text of this length that packs badly, so that its packed bytes are no small part of it.
fn letters(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut text = vec![b'"'; length];
    for byte in &mut text[1..length - 1] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = b'a' + ((state >> 24) % 26).to_le_bytes()[0];
    }
    text
}
