//! The command that imports the office's files and the pictures that they name, as the office runs it.

use std::path::Path;
use std::process::Command;

use xundian_protocol::tables::StandardPicture;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Runs the import beside the office's folder; gives what it said and whether it ended well.
fn import(folder: &Path, more: &[&str]) -> Outcome<(String, bool)> {
    let database = format!("sqlite:{}", folder.join("server.db").display());
    let ran = Command::new(env!("CARGO_BIN_EXE_xundian-server"))
        .current_dir(folder)
        .args(["--database", &database, "import", "office"])
        .args(more)
        .output()?;
    Ok((String::from_utf8([ran.stdout, ran.stderr].concat())?, ran.status.success()))
}

/// The demo's files, whose first standard has this picture.
fn office(folder: &Path, picture: &str) -> Outcome<()> {
    std::fs::create_dir_all(folder.join("office"))?;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/data/qingdao"))? {
        let file = file?.path();
        if file.extension().is_some_and(|ending| ending == "csv") {
            std::fs::copy(&file, folder.join("office").join(file.file_name().ok_or("no name")?))?;
        }
    }
    let standards = folder.join("office/display_standards.csv");
    let text = std::fs::read_to_string(&standards)?;
    let cells = ["picture", picture].into_iter().chain(std::iter::repeat(""));
    let lines = text.lines().zip(cells).map(|(line, cell)| format!("{line},{cell}\n"));
    Ok(std::fs::write(&standards, lines.collect::<String>())?)
}

#[test]
fn a_picture_is_on_the_shelf_when_its_row_is_written_and_a_bad_one_changes_nothing() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let (good, bad) = (b"\xFF\xD8\xFF good", b"not a picture");
    office(folder.path(), "good.jpg")?;
    std::fs::write(folder.path().join("office/good.jpg"), good)?;
    std::fs::write(folder.path().join("office/bad.jpg"), bad)?;
    let on_shelf = folder.path().join("photos/pictures").join(StandardPicture::of(good).sha256);
    let (said, well) = import(folder.path(), &["--dry-run"])?;
    assert!(well && said.contains("1 pictures"), "{said}");
    assert!(!on_shelf.exists() && !folder.path().join("photos").exists(), "a dry run writes nothing");
    let (said, well) = import(folder.path(), &[])?;
    assert!(well && std::fs::read(&on_shelf)? == good, "{said}");

    office(folder.path(), "bad.jpg")?;
    for more in [&["--dry-run"][..], &[]] {
        let (said, well) = import(folder.path(), more)?;
        assert!(!well && said.contains("row 2, column picture: `bad.jpg`"), "{said}");
        let rejects = std::fs::read_to_string(folder.path().join("rejects.csv"))?;
        assert!(rejects.contains("display_standards.csv,2,picture,bad.jpg,"), "{rejects}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("photos/pictures"))?.count(), 1);
    office(folder.path(), "good.jpg")?;
    let (said, well) = import(folder.path(), &[])?;
    assert!(well && said.contains("0 rows changed, 0 gone"), "nothing of the bad one was imported: {said}");
    let (said, well) = import(folder.path(), &["--photos", "memory:///"])?;
    assert!(!well && said.contains("name a folder"), "{said}");
    Ok(())
}
