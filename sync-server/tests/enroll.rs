//! The command that gives codes for phones, as the office runs it.

use std::path::Path;
use std::process::Command;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Runs the command; gives what it said and whether it ended well.
fn server(folder: &Path, arguments: &[&str]) -> Outcome<(String, bool)> {
    let database = format!("sqlite:{}", folder.join("server.db").display());
    let ran = Command::new(env!("CARGO_BIN_EXE_xundian-server"))
        .current_dir(folder)
        .args(["--database", &database])
        .args(arguments)
        .output()?;
    Ok((String::from_utf8([ran.stdout, ran.stderr].concat())?, ran.status.success()))
}

#[test]
fn a_code_is_given_to_known_reps_alone_and_as_a_qr_when_an_address_is_named() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/data/qingdao");
    assert!(server(folder.path(), &["import", city])?.1);
    let enroll = |more: &[&str]| server(folder.path(), &[&["device", "enroll"], more].concat());
    let is_code = |text: &str| text.len() == 8 && text.chars().all(|c| c.is_ascii_alphanumeric());

    let (code, well) = enroll(&["ZY01"])?;
    assert!(well && is_code(code.trim()), "{code}");
    let (said, well) = enroll(&["ZY77"])?;
    assert!(!well && said.contains("no rep ZY77"), "{said}");
    let (said, well) = enroll(&["ZY01", "--server", "xd.example.com"])?;
    assert!(!well && said.contains("https://"), "{said}");
    let (said, well) = enroll(&["ZY01", "--server", "https://xd.example.com"])?;
    let lines: Vec<&str> = said.lines().collect();
    assert!(well && lines.len() > 20 && is_code(lines[lines.len() - 1]), "a QR, then the code: {said}");
    let (said, well) = enroll(&["ZY01", "--server", "https://xd.example.com", "--qr", "zy01.svg"])?;
    assert!(well && is_code(said.trim()), "{said}");
    assert!(std::fs::read_to_string(folder.path().join("zy01.svg"))?.contains("<svg"));
    let (said, well) = enroll(&["ZY01", "--qr", "zy01.svg"])?;
    assert!(!well && said.contains("--server"), "{said}");
    Ok(())
}
