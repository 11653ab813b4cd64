//! The command that takes a journal in, as the office runs it.

use std::path::Path;
use std::process::Command;

use ed25519_dalek::SigningKey;
use uuid::Uuid;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{InstallId, RecordId};
use xundian_protocol::PROTO;
use xundian_protocol::hello::HelloRequest;
use xundian_protocol::journal::{Journal, JournalFact, Sealing};
use xundian_protocol::sign::public_key;
use xundian_server::db::{Address, Db};
use xundian_server::sync::{enrol, new_code};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const NOW: Millis = Millis(1_785_000_000_000);
const INSTALL: InstallId = InstallId(Uuid::from_u128(1));

/// Runs the command; gives what it said and whether it ended well.
fn import(folder: &Path, more: &[&str]) -> Outcome<(String, bool)> {
    let database = format!("sqlite:{}", folder.join("server.db").display());
    let ran = Command::new(env!("CARGO_BIN_EXE_xundian-server"))
        .current_dir(folder)
        .args(["--database", &database, "import-journal", "phone.xdj"])
        .args(more)
        .output()?;
    let said = [ran.stdout, ran.stderr].concat();
    Ok((String::from_utf8(said)?, ran.status.success()))
}

/// A phone of ZY01 that is enrolled in the database.
fn enrolled(folder: &Path) -> Outcome<SigningKey> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let db = Db::open(&Address::Sqlite(folder.join("server.db")))?;
    let rep = "ZY01".parse()?;
    let code = db.write_now(move |tx| new_code(tx, rep, [7; 16], NOW))?;
    let hello = HelloRequest {
        proto: PROTO,
        install_id: INSTALL,
        public_key: public_key(&key),
        code,
        renew: None,
        was: None,
    };
    db.write_now(move |tx| enrol(tx, &hello, b"secret", NOW))?;
    Ok(key)
}

#[test]
fn a_journal_is_taken_once_and_what_is_wrong_is_said() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let key = enrolled(folder.path())?;
    let fact = JournalFact {
        dseq: 1,
        id: RecordId(Uuid::from_u128(2)),
        kind: "store_dreamt".to_owned().into(),
        v: 1,
        captured: Stamp { wall: NOW, mono_ms: 1, boot: Uuid::nil(), server_offset_ms: Some(0) },
        date: "2026-07-25".parse()?,
        body: "from a newer app".to_owned(),
    };
    let journal = Journal { install: INSTALL, rep: "ZY01".parse()?, facts: vec![fact] };
    let sealing = Sealing { made_at: NOW, signer: &key, company: None };
    let (file, code) = journal.seal(&sealing, &mut |bytes| bytes.fill(9))?;
    std::fs::write(folder.path().join("phone.xdj"), &file)?;

    let (said, well) = import(folder.path(), &[])?;
    assert!(!well && said.contains("recovery code only"), "{said}");
    let code = code.to_string();
    let (said, well) = import(folder.path(), &["--code", &code])?;
    assert!(well && said.starts_with("ZY01: 0 taken, 0 known, 0 conflicts, 1 held"), "{said}");
    let (said, well) = import(folder.path(), &["--code", &code])?;
    assert!(well && said.starts_with("ZY01: 0 taken, 1 known"), "{said}");
    std::fs::write(folder.path().join("phone.xdj"), &file[..100])?;
    let (said, well) = import(folder.path(), &[])?;
    assert!(!well && said.contains("damaged"), "{said}");
    Ok(())
}
