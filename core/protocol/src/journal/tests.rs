use std::io::Write;
use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::stamp::Millis;

use super::*;
use crate::codec::Effort;
use crate::limits::RECORD_BYTES;

fn device() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn company() -> ImportSecret {
    ImportSecret::from_bytes([5; 32])
}

fn fact(dseq: u64, id: u128, body: &str) -> JournalFact {
    JournalFact {
        dseq,
        id: RecordId(Uuid::from_u128(id)),
        kind: Kind::VisitClosed,
        v: 1,
        captured: Stamp { wall: Millis(9), mono_ms: 1, boot: Uuid::nil(), server_offset_ms: Some(3) },
        date: "2026-07-27".parse().unwrap(),
        body: body.to_owned(),
    }
}

fn journal(facts: Vec<JournalFact>) -> Journal {
    Journal { install: InstallId(Uuid::from_u128(1)), rep: "ZY01".parse().unwrap(), facts }
}

fn two() -> Journal {
    journal(vec![fact(0, 1, "{ \"点库存\" : 1 }"), fact(4, 2, "\u{0}not even JSON\n")])
}

/// The same "random" bytes for every file, so that each test has its own file and no luck in it.
fn fill() -> impl FnMut(&mut [u8]) {
    let mut n = 0u8;
    move |bytes| {
        for byte in bytes {
            n = n.wrapping_mul(31).wrapping_add(17);
            *byte = n;
        }
    }
}

fn sealed(journal: &Journal, company: Option<ImportKey>) -> (Vec<u8>, RecoveryCode) {
    let signer = device();
    journal.seal(&Sealing { made_at: Millis(5), signer: &signer, company }, &mut fill()).unwrap()
}

/// Made once: its recovery code takes a third of a second.
fn file() -> Vec<u8> {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| sealed(&two(), Some(company().public())).0);
    FILE.clone()
}

/// What a phone that lies could write: any content, well sealed and signed.
fn hostile(content: &[u8]) -> Vec<u8> {
    let (signer, company) = (device(), Some(company().public()));
    let sealing = Sealing { made_at: Millis(5), signer: &signer, company };
    Envelope::seal(content, InstallId(Uuid::from_u128(1)), &sealing, &mut fill()).unwrap().0
}

fn lines(text: &str) -> Vec<u8> {
    hostile(&crate::codec::compress(text.as_bytes(), Effort::Phone).unwrap())
}

fn open(file: &[u8]) -> Result<Journal, JournalError> {
    Journal::open(&Envelope::read(file)?, &Opener::Company(&company()))
}

/// Hash and signature as they belong to what is before them.
fn sign_again(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() - 96);
    let hash = Sha256::digest(&file);
    file.extend(hash);
    let signature = device().sign(&[b"xundian-journal-1\n".as_slice(), &hash].concat()).to_bytes();
    file.extend(signature);
    file
}

#[test]
fn a_journal_opens_with_either_key_and_is_what_was_written() {
    let (file, code) = sealed(&two(), Some(company().public()));
    let envelope = Envelope::read(&file).unwrap();
    assert_eq!((envelope.install, envelope.made_at), (two().install, Millis(5)));
    assert_eq!(envelope.company, Some(company().public().fingerprint()));
    assert_eq!(envelope.is_by(&device().verifying_key()), Ok(()));
    let by_code = Journal::open(&envelope, &Opener::Code(&code)).unwrap();
    assert_eq!((by_code, open(&file)), (two(), Ok(two())));
}

#[test]
fn nothing_of_the_facts_can_be_read_without_a_key() {
    let file = file();
    for word in ["visit_closed", "点库存", "2026-07-27", "ZY01"] {
        assert!(!file.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
    }
}

#[test]
fn without_the_companys_key_only_the_code_opens() {
    let (file, code) = sealed(&two(), None);
    assert_eq!(open(&file), Err(JournalError::CodeNeeded));
    let envelope = Envelope::read(&file).unwrap();
    assert_eq!(Journal::open(&envelope, &Opener::Code(&code)), Ok(two()));
    // A server that gave nonsense for a key takes no journal from its phones.
    let low = ImportKey::read("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert_eq!(Envelope::read(&sealed(&two(), Some(low)).0).unwrap().company, None);
}

#[test]
fn every_wrong_key_is_said_as_what_it_is() {
    let (file, code) = sealed(&two(), Some(company().public()));
    let envelope = Envelope::read(&file).unwrap();
    let by = |opener| Journal::open(&envelope, &opener);
    let wrong = RecoveryCode::from_random([3; 12]);
    assert_ne!(code, wrong);
    assert_eq!(by(Opener::Code(&wrong)), Err(JournalError::WrongCode));
    let theirs = ImportSecret::from_bytes([6; 32]);
    assert_eq!(by(Opener::Company(&theirs)), Err(JournalError::OtherCompany));
    let another = SigningKey::from_bytes(&[8; 32]).verifying_key();
    assert_eq!(envelope.is_by(&another), Err(JournalError::Signature));
}

#[test]
fn what_is_no_journal_or_a_newer_one_is_said() {
    assert_eq!(open(b""), Err(JournalError::NotAJournal));
    assert_eq!(open(b"PK\x03\x04 a photo album"), Err(JournalError::NotAJournal));
    let mut newer = file();
    newer[9] = 2;
    assert_eq!(open(&sign_again(newer)), Err(JournalError::Version { found: 2, known: 1 }));
    let long = [b"XDJOURNL".as_slice(), &vec![0; FILE_BYTES]].concat();
    assert!(matches!(open(&long), Err(JournalError::TooLarge { .. })));
}

#[test]
fn a_file_that_was_cut_anywhere_is_damaged() {
    let file = file();
    for end in 8..file.len() {
        assert!(matches!(open(&file[..end]), Err(JournalError::Damaged(_))), "cut at {end}");
    }
}

#[test]
fn a_file_with_any_byte_changed_is_refused() {
    let file = file();
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        let refused = open(&changed).unwrap_err();
        let expected = match at {
            0..8 => matches!(refused, JournalError::NotAJournal),
            8..10 => matches!(refused, JournalError::Version { .. }),
            // A key that is no point is no key; any other change is seen by the hash.
            34..66 => matches!(refused, JournalError::Signature | JournalError::Damaged(_)),
            at if at >= file.len() - 64 => matches!(refused, JournalError::Signature),
            _ => matches!(refused, JournalError::Damaged(_)),
        };
        assert!(expected, "byte {at}: {refused}");
    }
}

#[test]
fn a_journal_signed_with_another_key_is_not_the_phones() {
    let signer = SigningKey::from_bytes(&[8; 32]);
    let company = Some(company().public());
    let forged =
        two().seal(&Sealing { made_at: Millis(5), signer: &signer, company }, &mut fill()).unwrap().0;
    let envelope = Envelope::read(&forged).unwrap();
    assert_eq!(envelope.is_by(&device().verifying_key()), Err(JournalError::Signature));
    // The phone's own key in the place of the forger's: its signature is not the phone's.
    let mut named = forged.clone();
    named[34..66].copy_from_slice(device().verifying_key().as_bytes());
    let end = named.len() - 96;
    let hash: [u8; 32] = Sha256::digest(&named[..end]).into();
    named[end..end + 32].copy_from_slice(&hash);
    assert_eq!(open(&named), Err(JournalError::Signature));
    // The forger's key under a phone's sealed content: the content is bound to its header.
    let mut taken_over = file();
    taken_over[10] ^= 1;
    assert!(matches!(open(&sign_again(taken_over)), Err(JournalError::Damaged(_))));
}

#[test]
fn a_journal_that_no_reader_takes_is_not_written() {
    let signer = device();
    let refused = |journal: &Journal| {
        let sealing = Sealing { made_at: Millis(5), signer: &signer, company: None };
        match journal.seal(&sealing, &mut fill()) {
            Err(JournalError::TooLarge { limit, .. }) => limit,
            _ => 0,
        }
    };
    assert_eq!(refused(&journal(vec![fact(1, 1, ""); FACTS + 1])), FACTS);
    assert_eq!(refused(&journal(vec![fact(1, 1, &"x".repeat(RECORD_BYTES + 1))])), RECORD_BYTES);
    assert_eq!(refused(&journal(vec![fact(1, 1, &"\n".repeat(RECORD_BYTES))])), FACT_BYTES);
    assert_eq!(refused(&journal(vec![fact(1, 1, &"x".repeat(RECORD_BYTES)); 64])), CONTENT_BYTES);
    // Content that does not get smaller: 9 MiB of noise as letters.
    let mut noise =
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let bodies = (1..=24).map(|n| {
        let letters = (0..1 << 19).map(|_| char::from(33 + u8::try_from(noise.next_u32() % 90).unwrap_or(0)));
        fact(n, u128::from(n), &letters.collect::<String>())
    });
    assert_eq!(refused(&journal(bodies.collect())), FILE_BYTES);
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let mut small = zstd::stream::Encoder::new(Vec::new(), 9).unwrap();
    small.window_log(22).unwrap();
    let head = "{\"install\":\"00000000-0000-0000-0000-000000000001\",\"rep\":\"ZY01\",\"facts\":1}\n";
    small.write_all(head.as_bytes()).unwrap();
    let megabyte = vec![b' '; 1 << 20];
    (0..1024).for_each(|_| small.write_all(&megabyte).unwrap());
    let bomb = hostile(&small.finish().unwrap());
    assert!(bomb.len() < 200_000, "{} bytes for a gigabyte", bomb.len());
    assert_eq!(open(&bomb), Err(JournalError::TooLarge { limit: FACT_BYTES, of: "bytes of one fact" }));
}

#[test]
fn many_small_lines_are_stopped_at_the_limit() {
    let head = "{\"install\":\"00000000-0000-0000-0000-000000000001\",\"rep\":\"ZY01\",\"facts\":2}\n";
    let mut line = serde_json::to_value(fact(0, 1, "")).unwrap();
    let mut text = String::from(head);
    for n in 0..40u128 {
        line["id"] = Uuid::from_u128(n).to_string().into();
        line["padding"] = "x".repeat(FACT_BYTES - 1_000).into();
        text.push_str(&format!("{line}\n"));
    }
    assert_eq!(
        open(&lines(&text)),
        Err(JournalError::TooLarge { limit: CONTENT_BYTES, of: "bytes of facts" })
    );
}

#[test]
fn a_window_that_is_too_wide_is_not_opened() {
    let mut wide = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.write_all(b"{}").unwrap();
    let refused = open(&hostile(&wide.finish().unwrap()));
    assert_eq!(refused, Err(JournalError::Damaged("its content cannot be unpacked")));
}

#[test]
fn contents_that_contradict_themselves_are_damaged() {
    let text = |facts: &[JournalFact], said: usize, install: u128| {
        let install = Uuid::from_u128(install);
        let mut text = format!("{{\"install\":\"{install}\",\"rep\":\"ZY01\",\"facts\":{said}}}\n");
        for fact in facts {
            text.push_str(&serde_json::to_string(fact).unwrap());
            text.push('\n');
        }
        lines(&text)
    };
    assert!(open(&text(&[fact(1, 1, "a"), fact(2, 2, "b")], 2, 1)).is_ok());
    for (facts, said, install) in [
        (vec![fact(1, 1, "a")], 2, 1),
        (vec![fact(1, 1, "a")], 0, 1),
        (vec![fact(1, 1, "a")], 1, 2),
        (vec![fact(1, 1, "a"), fact(2, 1, "a")], 2, 1),
        (vec![fact(1, 1, "a"), fact(1, 2, "a")], 2, 1),
        (vec![fact(2, 1, "a"), fact(1, 2, "a")], 2, 1),
        (vec![fact(1, 1, "a"), fact(0, 2, "a")], 2, 1),
        (vec![fact(u64::MAX, 1, "a")], 1, 1),
    ] {
        let refused = open(&text(&facts, said, install));
        assert!(matches!(refused, Err(JournalError::Damaged(_))), "{facts:?}: {refused:?}");
    }
    assert_eq!(open(&text(&[], FACTS + 1, 1)), Err(JournalError::TooLarge { limit: FACTS, of: "facts" }));
    let long = text(&[fact(1, 1, &"x".repeat(RECORD_BYTES + 1))], 1, 1);
    assert!(matches!(open(&long), Err(JournalError::TooLarge { limit: RECORD_BYTES, .. })));
    assert!(matches!(open(&lines("")), Err(JournalError::Damaged(_))));
    assert!(matches!(open(&lines("\n\n")), Err(JournalError::Damaged(_))));
}

#[test]
fn private_data_that_somebody_put_in_is_not_read() {
    let mut line = serde_json::to_value(fact(1, 1, "a")).unwrap();
    line["private"] = serde_json::json!({ "receiver": "王老板娘" });
    let head = "{\"install\":\"00000000-0000-0000-0000-000000000001\",\"rep\":\"ZY01\",\"facts\":1}";
    let read = open(&lines(&format!("{head}\n{line}\n"))).unwrap();
    let record = read.facts[0].clone().into_record();
    assert_eq!((record.private, record.dseq, record.body.as_str()), (None, 1, "a"));
}

/// Cuts, changes and doublings as bad copies and bad people make them.
fn spoiled(mut file: Vec<u8>, damage: &[(u8, usize, u8)]) -> Vec<u8> {
    for (what, at, byte) in damage {
        let at = at % file.len().max(1);
        match what % 4 {
            0 => file.iter_mut().skip(at).take(1).for_each(|old| *old = *byte),
            1 => file.truncate(at),
            2 => file.insert(at.min(file.len()), *byte),
            _ => file.extend_from_within(at.min(file.len())..),
        }
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_are_a_journal(bytes in prop::collection::vec(any::<u8>(), 0..2_000), magic in any::<bool>()) {
        let bytes = if magic { [b"XDJOURNL\0\x01".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(open(&bytes).is_err());
        let signed = if bytes.len() > 96 { sign_again(bytes) } else { bytes };
        prop_assert!(open(&signed).is_err());
    }

    #[test]
    fn a_spoiled_file_is_refused_or_the_same(damage in prop::collection::vec(any::<(u8, usize, u8)>(), 1..4)) {
        let spoiled = spoiled(file(), &damage);
        let same = spoiled == file();
        prop_assert_eq!(open(&spoiled).is_ok(), same);
    }

    #[test]
    fn a_spoiled_file_that_its_phone_signed_again_is_refused_or_the_same(damage in prop::collection::vec(any::<(u8, usize, u8)>(), 1..4)) {
        let spoiled = spoiled(file(), &damage);
        let opened = if spoiled.len() > 96 { open(&sign_again(spoiled)) } else { open(&spoiled) };
        if let Ok(journal) = opened {
            prop_assert_eq!(journal, two());
        }
    }

    #[test]
    fn no_content_harms_its_reader(bytes in prop::collection::vec(any::<u8>(), 0..2_000), damage in prop::collection::vec(any::<(u8, usize, u8)>(), 0..4)) {
        prop_assert!(content::read(&bytes).is_err());
        // Compressed nonsense comes through the first door and is stopped at the second.
        prop_assert!(content::read(&crate::codec::compress(&bytes, Effort::Phone).unwrap()).is_err());
        // A good content, spoiled under the compression and above it.
        let good = content::write(&two()).unwrap();
        let _ = content::read(&spoiled(good.clone(), &damage));
        let text = crate::codec::decompress(&good, 8 << 20).unwrap();
        let _ = content::read(&crate::codec::compress(&spoiled(text, &damage), Effort::Phone).unwrap());
    }

    #[test]
    fn what_is_written_is_read_back(bodies in prop::collection::vec(any::<String>(), 0..20), zeros in 0u64..3) {
        let facts = (0u64..).zip(&bodies).map(|(n, body)| fact(n.saturating_sub(zeros), u128::from(n), body));
        let journal = journal(facts.collect());
        prop_assert_eq!(content::read(&content::write(&journal).unwrap()).unwrap(), journal);
    }
}
