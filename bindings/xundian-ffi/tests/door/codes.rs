//! The codes of errors, written down for the string tables of the shells. Whoever changes one on purpose writes them with
//! `XUNDIAN_WRITE_VECTORS=1 cargo test --manifest-path bindings/Cargo.toml -p xundian-ffi --test door`.

use std::collections::BTreeSet;
use std::path::Path;

use xundian_ffi::CODES;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_code_of_an_error_is_written_down() {
    let rows: BTreeSet<String> = CODES.iter().map(|(kind, code)| format!("{kind},{code}\n")).collect();
    assert_eq!(rows.len(), CODES.len(), "each once");
    let told = "kind,code\n".to_owned() + &rows.into_iter().collect::<String>();
    let file = Path::new(HERE).join("../../tests/vectors/error_codes.csv");
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        std::fs::write(&file, &told).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), told);
}

#[test]
fn no_error_is_made_with_a_code_that_is_not_in_the_list() {
    let mut read = 0;
    for entry in std::fs::read_dir(Path::new(HERE).join("src")).unwrap() {
        let file = entry.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("reason: \""), "{}", file.display());
        read += usize::from(text.contains("CoreError"));
    }
    assert!(read > 5, "{read} files");
}
