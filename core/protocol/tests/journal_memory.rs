//! A hostile journal never takes more memory than is stated. Each file is opened in a process of its own.
#![cfg(target_os = "linux")]

mod common;

use std::io::Write;

use common::{Outcome, elsewhere, measured, task};
use ed25519_dalek::SigningKey;
use uuid::Uuid;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::journal::{
    CONTENT_BYTES, Envelope, FACT_BYTES, FACTS, FILE_BYTES, ImportSecret, Journal, JournalFact, Opener,
    READER_BYTES, RecoveryCode, Sealing,
};
use xundian_protocol::limits::RECORD_BYTES;

const TEST: &str = "no_journal_takes_more_memory_than_is_stated";

#[test]
fn no_journal_takes_more_memory_than_is_stated() -> Outcome<()> {
    if let Some(task) = task() {
        return open_here(&task);
    }
    let body = CONTENT_BYTES / FACTS - 260;
    let most = packed(FACTS, (0..FACTS as u128).map(|n| fact(n, body)))?;
    let large = |count: u128| (0..count).map(|n| fact(n, RECORD_BYTES));
    let folder = tempfile::tempdir()?;
    for (what, content, ends) in [
        ("zeros", packed(1, (0..512).map(|_| Ok(vec![b' '; 1 << 20])))?, "too_large"),
        ("many", packed(FACTS, (0..2 * FACTS as u128).map(|n| fact(n, 0)))?, "too_large"),
        ("stuffed", stuffed(most.clone())?, "50000"),
        ("most", most, "50000"),
        ("large", packed(63, large(63))?, "63"),
        ("endless", packed(90, large(90))?, "too_large"),
        ("long", packed(1, std::iter::once(fact(1, FACT_BYTES - 300)))?, "too_large"),
    ] {
        let (bytes, code) = hostile(&content)?;
        let file = folder.path().join(what);
        std::fs::write(&file, &bytes)?;
        for code in [String::new(), code.to_string()] {
            let (how, held) = elsewhere(TEST, &format!("{}|{code}", file.display()))?;
            println!("{what}: {} bytes of file, {held} bytes held", bytes.len());
            assert_eq!(how, ends, "{what}");
            assert!(held <= READER_BYTES, "{what}: {held} bytes held, {READER_BYTES} stated");
        }
    }
    Ok(())
}

/// Opens the file that the task names, with its code or as the company.
fn open_here(task: &str) -> Outcome<()> {
    let (file, code) = task.split_once('|').ok_or("no task")?;
    let (file, company) = (std::fs::read(file)?, company());
    let code = code.parse::<RecoveryCode>().ok();
    let opener = code.as_ref().map_or(Opener::Company(&company), Opener::Code);
    measured(|| {
        let opened = Envelope::read(&file).and_then(|envelope| Journal::open(&envelope, &opener));
        opened.map_or_else(|why| why.code().to_owned(), |journal| journal.facts.len().to_string())
    })
}

fn company() -> ImportSecret {
    ImportSecret::from_bytes([5; 32])
}

/// What a phone that lies could write: any content, well sealed and signed.
fn hostile(content: &[u8]) -> Outcome<(Vec<u8>, RecoveryCode)> {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let sealing = Sealing { made_at: Millis(0), signer: &signer, company: Some(company().public()) };
    Ok(Envelope::seal(content, InstallId(Uuid::nil()), &sealing, &mut |bytes| bytes.fill(9))?)
}

/// A content that says to have so many facts, and these lines.
fn packed(facts: usize, lines: impl Iterator<Item = Outcome<Vec<u8>>>) -> Outcome<Vec<u8>> {
    let mut out = zstd::stream::Encoder::new(Vec::new(), 3)?;
    out.window_log(22)?;
    writeln!(out, "{{\"install\":\"{}\",\"rep\":\"ZY01\",\"facts\":{facts}}}", Uuid::nil())?;
    for line in lines {
        out.write_all(&line?)?;
    }
    Ok(out.finish()?)
}

/// The content with so much behind it, in a frame that readers skip, that its file is as large as allowed.
fn stuffed(mut content: Vec<u8>) -> Outcome<Vec<u8>> {
    let left = FILE_BYTES - content.len() - 1_000;
    content.extend(0x184D_2A50_u32.to_le_bytes());
    content.extend(u32::try_from(left)?.to_le_bytes());
    content.resize(content.len() + left, 7);
    Ok(content)
}

fn fact(n: u128, body: usize) -> Outcome<Vec<u8>> {
    let fact = JournalFact {
        dseq: 0,
        id: RecordId(Uuid::from_u128(n)),
        kind: "visit_closed".to_owned().into(),
        v: 1,
        captured: Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None },
        date: "2026-07-27".parse()?,
        body: "x".repeat(body),
    };
    let mut line = serde_json::to_vec(&fact)?;
    line.push(b'\n');
    Ok(line)
}
