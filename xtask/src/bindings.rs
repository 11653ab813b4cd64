//! `cargo xtask bindings`: builds the façade's library, writes its Kotlin and Swift sides and their fakes into target/bindings,
//! and compares what they offer with bindings/api.txt, so that a change of the API shows in review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::fakes;
use crate::process::run;

/// As this machine names libraries: a Mac has another ending.
fn library_here() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("target/debug/{DLL_PREFIX}xundian_ffi{DLL_SUFFIX}")
}

const OUT: &str = "target/bindings";
const GOLDEN: &str = "bindings/api.txt";

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
    let api =
        offered(&out.join("kotlin"), "kt", &declarations)? + &offered(&out.join("swift"), "swift", &cases)?;
    compare(&api)
}

/// From inside the bindings' workspace: there the generator finds each crate's uniffi.toml.
fn generate(library: &Path, language: &str, folder: &Path) -> Result<(), String> {
    let (library, folder) = (library.display().to_string(), folder.display().to_string());
    let script = format!(
        "cd bindings && ../target/debug/uniffi-bindgen generate '{library}' --language {language} --no-format --out-dir '{folder}'"
    );
    run("sh", &["-c", &script])
}

/// What the generated files of a language offer to a shell, by file, one line each.
fn offered(folder: &Path, ending: &str, offers: &dyn Fn(&str) -> Vec<String>) -> Result<String, String> {
    let mut files = Vec::new();
    collect(folder, ending, &mut files)?;
    files.sort();
    let mut api = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|why| why.to_string())?;
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        let _ = writeln!(api, "== {name}");
        for line in offers(&text) {
            let _ = writeln!(api, "{line}");
        }
    }
    Ok(api)
}

/// The declarations of generated Kotlin.
fn declarations(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("@Throws(CoreException::class) "));
    lines
        .filter(|line| is_offered(line))
        .map(|line| line.trim_end_matches('{').trim_end().to_owned())
        .collect()
}

/// The enums of generated Swift with their cases, which Kotlin spreads over classes: one line a case.
fn cases(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("public enum ") {
            inside = true;
            found.push(format!("enum {}", name.split([':', ' ']).next().unwrap_or_default()));
        } else if line.trim_start().starts_with("public ") || line == "}" {
            inside = false;
        } else if inside && let Some(code) = code_of(line) {
            match (code.strip_prefix("case "), found.last_mut()) {
                (None, Some(last)) => last.push_str(code),
                (case, _) => found.push(case.unwrap_or(code).to_owned()),
            }
        }
    }
    found
}

/// A line without its comment; `None` = nothing is left. A comment's last line goes on with code.
pub(crate) fn code_of(line: &str) -> Option<&str> {
    let code = line.split_once("*/").map_or(line, |(_, code)| code).trim();
    (!code.is_empty() && !code.starts_with("/*") && !code.starts_with('*')).then_some(code)
}

fn is_offered(line: &str) -> bool {
    let declares = [
        "public interface ",
        "data class ",
        "enum class ",
        "sealed class ",
        "public typealias ",
        "typealias ",
    ];
    let is_member = (line.starts_with("fun `") && !line.contains("Uniffi")) || line.starts_with("val `");
    (declares.iter().any(|word| line.starts_with(word)) || is_member)
        && !line.contains("uniffi_")
        && !line.contains("FfiConverter")
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

fn compare(api: &str) -> Result<(), String> {
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        return std::fs::write(GOLDEN, api).map_err(|why| why.to_string());
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let Some((n, (old, new))) =
        golden.lines().zip(api.lines()).enumerate().find(|(_, (old, new))| old != new)
    else {
        let same = golden.lines().count() == api.lines().count();
        return if same { Ok(()) } else { Err(changed("its length")) };
    };
    Err(changed(&format!("line {}: `{old}` is now `{new}`", n + 1)))
}

fn changed(what: &str) -> String {
    format!(
        "the façade of the shells changed ({what}): look at it, then XUNDIAN_WRITE_VECTORS=1 cargo xtask bindings"
    )
}
