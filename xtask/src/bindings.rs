//! `cargo xtask bindings`: builds the façade's library, writes its Kotlin and Swift sides and their fakes into target/bindings,
//! and compares what they offer with what they offered ([`api`]).

use std::path::{Path, PathBuf};

use crate::api;
use crate::fakes;
use crate::process::run;

/// As this machine names libraries: a Mac has another ending.
fn library_here() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("target/debug/{DLL_PREFIX}xundian_ffi{DLL_SUFFIX}")
}

const OUT: &str = "target/bindings";

/// Cargo in the bindings' own workspace, with the one target folder and with settings `NAME=value`; `rest` is what goes on to
/// the compiler.
pub(crate) fn cargo(settings: &[String], words: &[&str], rest: &[&str]) -> Result<(), String> {
    let target = std::env::current_dir().map_err(|why| why.to_string())?.join("target");
    let mut all = vec![format!("CARGO_TARGET_DIR={}", target.display())];
    all.extend_from_slice(settings);
    let manifest = ["--locked", "--manifest-path", "bindings/Cargo.toml"];
    let words = [&["cargo"], words, &manifest, rest].concat();
    run("env", &all.iter().map(String::as_str).chain(words).collect::<Vec<_>>())
}

/// Formatting and clippy of the bindings' workspace.
pub(crate) fn lint() -> Result<(), String> {
    run("cargo", &["fmt", "--all", "--check", "--manifest-path", "bindings/Cargo.toml"])?;
    cargo(&[], &["clippy", "--workspace", "--all-targets"], &["--", "-D", "warnings"])
}

/// Tests of the Rust side, then everything that is generated.
pub(crate) fn test() -> Result<(), String> {
    cargo(&[], &["test", "--workspace"], &[])?;
    bindings()
}

/// Builds and generates.
pub(crate) fn bindings() -> Result<(), String> {
    cargo(&[], &["build", "--workspace"], &[])?;
    let library = library_here();
    let library = std::fs::canonicalize(&library).map_err(|why| format!("{library}: {why}"))?;
    let out = Path::new(OUT);
    for language in ["kotlin", "swift"] {
        let folder = out.join(language);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|why| why.to_string())?;
        }
        std::fs::create_dir_all(&folder).map_err(|why| why.to_string())?;
        let folder = std::fs::canonicalize(folder).map_err(|why| why.to_string())?;
        generate(&library, language, &folder)?;
    }
    fakes::write(out)?;
    let name = library.file_name().ok_or("the library has no name")?;
    std::fs::copy(&library, out.join(name)).map_err(|why| why.to_string())?;
    api::compare(out)
}

/// From inside the bindings' workspace: there the generator finds each crate's uniffi.toml.
fn generate(library: &Path, language: &str, folder: &Path) -> Result<(), String> {
    let (library, folder) = (library.display().to_string(), folder.display().to_string());
    let script = format!(
        "cd bindings && ../target/debug/uniffi-bindgen generate '{library}' --language {language} --no-format --out-dir '{folder}'"
    );
    run("sh", &["-c", &script])
}

/// A line without its comment; `None` = nothing is left. A comment's last line goes on with code.
pub(crate) fn code_of(line: &str) -> Option<&str> {
    let code = line.split_once("*/").map_or(line, |(_, code)| code).trim();
    (!code.is_empty() && !code.starts_with("/*") && !code.starts_with('*')).then_some(code)
}

/// The files with an ending, in all folders below.
pub(crate) fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in std::fs::read_dir(folder).map_err(|why| why.to_string())? {
        let path = entry.map_err(|why| why.to_string())?.path();
        if path.is_dir() {
            collect(&path, ending, files)?;
        } else if path.extension().is_some_and(|ext| ext == ending) {
            files.push(path);
        }
    }
    Ok(())
}
