//! `cargo xtask mutants-sync`: the tests tested. Every file in `tests/mutants` is a bug of a known class; each is put
//! into a copy of the sources, and the simulation must fail within 500 seeds. Without any of them it must not. A bug that
//! needs more coincidence than a seed has in it names the test that aims at it instead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What seeded bugs are built into.
const TARGET: &str = "target/mutants/build";
/// Seeds in which a bug must be caught, unless `--seeds N` says otherwise.
const SEEDS: &str = "500";
/// Seeds in which the sources as they are must not fail, at most.
const SOUND_SEEDS: u64 = 60;

/// A seeded bug.
struct Mutant {
    name: String,
    /// What it is, for people.
    title: String,
    check: Check,
    edits: Vec<Edit>,
}

/// What must see a bug.
#[derive(Debug, PartialEq, Eq)]
enum Check {
    /// The simulation, from the first seed on.
    Seeds,
    /// One test, with the words by which cargo finds it.
    Test { words: Vec<String>, name: String },
}

/// One place that is changed.
struct Edit {
    file: String,
    old: String,
    new: String,
}

/// Runs all mutants, or those whose names hold one of the words; prints the table of docs/guide/seeded-bugs.md.
pub(crate) fn mutants(arguments: &[String]) -> Result<(), String> {
    let (seeds, words) = match arguments {
        [flag, seeds, words @ ..] if flag == "--seeds" => (seeds.as_str(), words),
        words => (SEEDS, words),
    };
    let tree = Path::new(ROOT).join("target/mutants/tree");
    copy_sources(&tree)?;
    check_sound(&tree, seeds)?;
    let is_asked = |mutant: &Mutant| words.is_empty() || words.iter().any(|word| mutant.name.contains(word));
    let mut survivors = Vec::new();
    println!("| bug | caught by | seed |\n|---|---|---|");
    for mutant in all()?.into_iter().filter(is_asked) {
        let verdict = judge(&tree, &mutant, seeds)?;
        match verdict {
            Some((seed, check)) => println!("| {} | {check} | {seed} |", mutant.title),
            None => {
                println!("| {} | **survived** | |", mutant.title);
                survivors.push(mutant.name);
            }
        }
    }
    if survivors.is_empty() { Ok(()) } else { Err(format!("survived: {}", survivors.join(", "))) }
}

fn all() -> Result<Vec<Mutant>, String> {
    let folder = Path::new(ROOT).join("tests/mutants");
    let entries = std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

/// Title, then `test: -p package --lib name` if a test must see it, then edits: `file: …`, a line `-----`, the old text,
/// `-----`, the new text, `-----`.
fn read(file: &Path) -> Result<Mutant, String> {
    let bad = |why: &str| format!("{}: {why}", file.display());
    let text = std::fs::read_to_string(file).map_err(|why| bad(&why.to_string()))?;
    let (title, rest) = text.split_once('\n').ok_or_else(|| bad("has no title"))?;
    let (check, mut rest) = read_check(rest).ok_or_else(|| bad("names no test"))?;
    let mut edits = Vec::new();
    while let Some(start) = rest.strip_prefix("file: ") {
        let parts: Vec<&str> = start.splitn(4, "-----\n").collect();
        let [name, old, new, after] = parts.as_slice() else {
            return Err(bad("has an edit without its end"));
        };
        let edit = Edit { file: name.trim().to_owned(), old: (*old).to_owned(), new: (*new).to_owned() };
        edits.push(edit);
        rest = after;
    }
    let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if edits.is_empty() {
        Err(bad("changes nothing"))
    } else {
        Ok(Mutant { name, title: title.to_owned(), check, edits })
    }
}

/// The check and what follows it; `None` = its line cannot be read.
fn read_check(text: &str) -> Option<(Check, &str)> {
    let Some(line) = text.strip_prefix("test: ") else { return Some((Check::Seeds, text)) };
    let (line, rest) = line.split_once('\n')?;
    let (words, name) = line.trim().rsplit_once(' ')?;
    let words = words.split(' ').map(str::to_owned).collect();
    Some((Check::Test { words, name: name.to_owned() }, rest))
}

/// Builds the mutant and runs what must see it; gives the seed, if there is one, and the check that caught it.
fn judge(tree: &Path, mutant: &Mutant, seeds: &str) -> Result<Option<(String, String)>, String> {
    if let Check::Test { words, name } = &mutant.check
        && !passes(tree, words, name)?
    {
        return Err(format!("{}: {name} fails without the bug, too", mutant.name));
    }
    let mut originals = Vec::new();
    for edit in &mutant.edits {
        let file = tree.join(&edit.file);
        let text = std::fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
        if text.matches(&edit.old).count() != 1 {
            return Err(format!("{}: {} does not hold the old text exactly once", mutant.name, edit.file));
        }
        write(&file, &text.replacen(&edit.old, &edit.new, 1))?;
        originals.push((file, text));
    }
    let caught = match &mutant.check {
        Check::Seeds => build(tree).and_then(|program| simulate(&program, seeds)),
        Check::Test { words, name } => {
            passes(tree, words, name).map(|passes| (!passes).then(|| (String::new(), format!("`{name}`"))))
        }
    };
    for (file, text) in originals.into_iter().rev() {
        write(&file, &text)?;
    }
    caught.map_err(|why| format!("{}: {why}", mutant.name))
}

/// Whatever fails without a bug would catch every one of them.
fn check_sound(tree: &Path, seeds: &str) -> Result<(), String> {
    let seeds = sound_seeds(seeds)?;
    let ran = Command::new(build(tree)?).args(["--seeds", &seeds, "--first", "--brief"]).output();
    let ran = ran.map_err(|why| why.to_string())?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let seed = said.lines().find(|line| line.starts_with("seed "));
    let why = seed.or_else(|| said.lines().last()).unwrap_or_default();
    Err(format!("the sources without a seeded bug fail, nothing can be judged: {why}"))
}

/// Those of the run, but no more than it takes to see that the tree is sound.
fn sound_seeds(seeds: &str) -> Result<String, String> {
    let asked: u64 = seeds.parse().map_err(|_| format!("--seeds {seeds} is no number"))?;
    Ok(asked.min(SOUND_SEEDS).to_string())
}

fn build(tree: &Path) -> Result<PathBuf, String> {
    let built =
        cargo(tree, "build").args(["-p", "xundian-simulation"]).output().map_err(|why| why.to_string())?;
    if !built.status.success() {
        return Err(format!("does not build:\n{}", String::from_utf8_lossy(&built.stderr)));
    }
    Ok(Path::new(ROOT).join(TARGET).join("mutants/xundian-sim"))
}

/// Whether a test passes on the tree as it is; one that is not there, or does not build, says nothing.
fn passes(tree: &Path, words: &[String], name: &str) -> Result<bool, String> {
    let ran = cargo(tree, "test").args(words).args(["--", name]).output();
    let ran = ran.map_err(|why| why.to_string())?;
    let said = String::from_utf8_lossy(&ran.stdout);
    match (said.contains(" 1 passed; 0 failed"), said.contains(" 0 passed; 1 failed")) {
        (true, false) => Ok(true),
        (false, true) => Ok(false),
        _ => Err(format!("{name} is not one test:\n{said}{}", String::from_utf8_lossy(&ran.stderr))),
    }
}

/// A build of its own: what is built here is of use to nobody else.
fn cargo(tree: &Path, command: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args([command, "--quiet", "--locked", "--profile", "mutants"])
        .env("CARGO_TARGET_DIR", Path::new(ROOT).join(TARGET))
        .env("RUSTFLAGS", "-Awarnings")
        .current_dir(tree);
    cargo
}

fn simulate(program: &Path, seeds: &str) -> Result<Option<(String, String)>, String> {
    let ran = Command::new(program)
        .args(["--seeds", seeds, "--first", "--brief"])
        .output()
        .map_err(|why| why.to_string())?;
    let said = String::from_utf8_lossy(&ran.stderr);
    let first = said.lines().find_map(|line| line.strip_prefix("seed ")?.split_once(": "));
    Ok(first.map(|(seed, what)| (seed.to_owned(), what.split(' ').next().unwrap_or(what).to_owned())))
}

/// What git knows, as it lies here; files that did not change keep their time, so that little is built again.
fn copy_sources(tree: &Path) -> Result<(), String> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(ROOT).output();
    let listed = String::from_utf8_lossy(&listed.map_err(|why| why.to_string())?.stdout).into_owned();
    let names: BTreeSet<&str> = listed.split('\0').filter(|name| !name.is_empty()).collect();
    sweep(tree, tree, &names);
    for name in names {
        let (from, to) = (Path::new(ROOT).join(name), tree.join(name));
        let Ok(bytes) = std::fs::read(&from) else { continue };
        if std::fs::read(&to).is_ok_and(|known| known == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(|why| why.to_string())?;
        }
        std::fs::write(&to, bytes).map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// What was a source once and is none any more goes out of the copy.
fn sweep(tree: &Path, folder: &Path, names: &BTreeSet<&str>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sweep(tree, &path, names);
        } else if !path.strip_prefix(tree).is_ok_and(|name| names.contains(name.to_string_lossy().as_ref())) {
            // What stays is seen by the build.
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|why| format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_tried_over_the_seeds_of_the_run_and_no_more_than_sixty() {
        assert_eq!(sound_seeds("500").unwrap(), "60");
        assert_eq!(sound_seeds("7").unwrap(), "7");
        assert!(sound_seeds("many").is_err());
    }

    #[test]
    fn a_tree_that_does_not_build_is_judged_by_nobody() {
        let tree = package("xundian-simulation", "fn broken(");
        let why = check_sound(&tree, "1").unwrap_err();
        assert!(why.starts_with("does not build:"), "{why}");
    }

    /// A package of one file.
    fn package(name: &str, source: &str) -> PathBuf {
        let tree = Path::new(ROOT).join("target/mutants-tests").join(name);
        std::fs::create_dir_all(tree.join("src")).unwrap();
        let named = format!("name = \"{name}\"\nversion = \"0.0.0\"\n");
        let rest = "edition = \"2024\"\n[workspace]\n[profile.mutants]\ninherits = \"dev\"\n";
        write(&tree.join("Cargo.toml"), &format!("[package]\n{named}{rest}")).unwrap();
        write(&tree.join("Cargo.lock"), &format!("version = 4\n[[package]]\n{named}")).unwrap();
        write(&tree.join("src/lib.rs"), source).unwrap();
        tree
    }

    #[test]
    fn a_bug_names_the_test_that_sees_it_or_leaves_it_to_the_seeds() {
        assert_eq!(read_check("file: a.rs\n"), Some((Check::Seeds, "file: a.rs\n")));
        let words = ["-p", "p", "--lib"].map(str::to_owned).into();
        let test = Check::Test { words, name: "a::b".to_owned() };
        assert_eq!(read_check("test: -p p --lib a::b\nfile: a.rs\n"), Some((test, "file: a.rs\n")));
        assert_eq!(read_check("test: a::b\nfile: a.rs\n"), None);
    }

    #[test]
    fn a_test_that_is_not_there_judges_nothing() {
        let tree = package("some-tests", "#[test] fn good() {} #[test] fn bad() { panic!() }");
        assert_eq!(passes(&tree, &[], "good"), Ok(true));
        assert_eq!(passes(&tree, &[], "bad"), Ok(false));
        let why = passes(&tree, &[], "gone").unwrap_err();
        assert!(why.starts_with("gone is not one test"), "{why}");
    }

    #[test]
    fn every_seeded_bug_fits_the_sources_as_they_are() {
        let mutants = all().unwrap();
        assert!(mutants.len() >= 25, "{}", mutants.len());
        for mutant in mutants {
            for edit in mutant.edits {
                let text = std::fs::read_to_string(Path::new(ROOT).join(&edit.file)).unwrap();
                assert_eq!(text.matches(&edit.old).count(), 1, "{}: {}", mutant.name, edit.file);
                assert_ne!(edit.old, edit.new, "{}", mutant.name);
            }
        }
    }
}
