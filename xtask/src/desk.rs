//! The phone on the desk, and the town that it works in unless it is told another server.

use std::env::consts::{ARCH, OS};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::bindings;
use crate::process::{ROOT, run};
use crate::setup::for_phone;

const JAR: &str = "android/desk/target/desk-0.1.0.jar";
/// From what the jar was made and what came of it; it goes with the jar.
const STAMP: &str = "android/desk/target/made-of";
/// The classes as a window had read them: they are most of what a start takes.
const ARCHIVE: &str = "target/desk.jsa";
/// Of the window that is opened for nothing else; it goes with it.
const TRIAL: &str = "target/desk/trial";
/// A second, in which the phone has found out where it stands.
const FRAMES: &str = "60";
/// The phone of the town: it goes with it.
const TOWN_PHONE: &str = "target/desk/town";
/// Some steps before the first shop of this rep's Monday.
const REP: &str = "ZY01";
const PLACE: &str = "36.0636,120.3052";

/// The app's own screens in a window.
pub(crate) fn phone(arguments: &[String]) -> Result<(), String> {
    for_phone()?;
    bindings::bindings()?;
    package()?;
    archive();
    if arguments.iter().any(|word| word == "--server" || word == "--file") {
        return window(arguments);
    }
    // It ends with this function, after the window.
    let mut town = Town::start()?;
    window(&[town.words()?, arguments.to_vec()].concat())
}

/// Kotlin is compiled in a minute, so only when the jar is not that of the sources as they are.
fn package() -> Result<(), String> {
    let here = Path::new("");
    let sources = sources(here)?;
    let stamp = || Ok::<_, String>(format!("{sources:016x} {:016x}", jars(here)?));
    if std::fs::read_to_string(STAMP).is_ok_and(|known| Ok(known) == stamp()) {
        return Ok(());
    }
    // Until it is built, and if it fails, it is made of nothing.
    let _ = std::fs::remove_file(STAMP);
    let _ = std::fs::remove_file(ARCHIVE);
    let drawn_by = format!("-Dskiko.platform={}", platform(OS, ARCH));
    run(
        "mvn",
        &[
            "-B",
            "-ntp",
            "-q",
            "-f",
            "android/pom.xml",
            "-pl",
            "desk",
            "-am",
            "package",
            "-DskipTests",
            &drawn_by,
        ],
    )?;
    // What was changed in the meantime may not be in it: of the sources counts what they were.
    std::fs::write(STAMP, stamp()?).map_err(|why| format!("{STAMP}: {why}"))
}

/// A machine as the library that draws is named for it; android/pom.xml names that of the tests.
fn platform(os: &str, arch: &str) -> String {
    format!("{os}-{}", if arch == "aarch64" { "arm64" } else { "x64" })
}

/// All that can come into the jar, by what it says: the generated sources are written anew at every start, and a file that comes
/// back from git may be of any time. Which modules the desk is built from only Maven knows, so it is all of them.
fn sources(root: &Path) -> Result<u64, String> {
    let android = root.join("android");
    let mut places = vec![android.join("pom.xml"), android.join(".mvn"), root.join("target/bindings/kotlin")];
    let modules = std::fs::read_dir(&android).map_err(|why| format!("{}: {why}", android.display()))?;
    for module in modules {
        let module = module.map_err(|why| why.to_string())?.path();
        places.extend([module.join("pom.xml"), module.join("src/main")]);
    }
    let mut seen = DefaultHasher::new();
    for file in below(places)? {
        std::fs::read(&file).map_err(|why| format!("{}: {why}", file.display()))?.hash(&mut seen);
        file.hash(&mut seen);
    }
    Ok(seen.finish())
}

/// The jars that the window runs, by size and time: somebody else may have built them from other sources.
fn jars(root: &Path) -> Result<u64, String> {
    let mut seen = DefaultHasher::new();
    for file in below(vec![root.join(JAR), root.join("android/desk/target/lib")])? {
        let known = std::fs::metadata(&file).map_err(|why| format!("{}: {why}", file.display()))?;
        let changed = known.modified().map_err(|why| why.to_string())?;
        (file, known.len(), changed).hash(&mut seen);
    }
    Ok(seen.finish())
}

/// The files in these places, sorted; a place that is not there has none.
fn below(mut places: Vec<PathBuf>) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    while let Some(place) = places.pop() {
        if place.is_dir() {
            let entries = std::fs::read_dir(&place).map_err(|why| format!("{}: {why}", place.display()))?;
            for entry in entries {
                places.push(entry.map_err(|why| why.to_string())?.path());
            }
        } else if place.is_file() {
            files.push(place);
        }
    }
    files.sort();
    Ok(files)
}

/// A window that closes after its first frames leaves what it has read to all that follow. Without it they only open later.
fn archive() {
    if is_newer(ARCHIVE, JAR) {
        return;
    }
    eprintln!("a window opens for a moment: what it reads is kept, and the next one is there at once");
    let _ = std::fs::remove_dir_all(TRIAL);
    let file = format!("{TRIAL}/phone.sqlite");
    let done = java("-XX:ArchiveClassesAtExit", &["--file", &file, "--frames", FRAMES]);
    let _ = std::fs::remove_dir_all(TRIAL);
    if let Err(why) = done {
        eprintln!("{ARCHIVE} was not made: {why}");
    }
}

fn window(arguments: &[String]) -> Result<(), String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    java(
        if is_newer(ARCHIVE, JAR) { "-XX:SharedArchiveFile" } else { "-XX:ArchiveClassesAtExit" },
        &arguments,
    )
}

/// What `option` does to the archive; it is read only by a machine that was started the way that it was written.
fn java(option: &str, arguments: &[&str]) -> Result<(), String> {
    let archive = format!("{option}={ARCHIVE}");
    let words = [
        &archive,
        // What of the classes cannot be kept concerns nobody.
        "-Xlog:disable",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Djna.library.path=target/bindings",
        "-Dskiko.renderApi=SOFTWARE",
        "-jar",
        JAR,
    ];
    run("java", &[&words[..], arguments].concat())
}

fn is_newer(file: &str, than: &str) -> bool {
    let changed = |file: &str| std::fs::metadata(file).and_then(|known| known.modified()).ok();
    changed(file) > changed(than)
}

/// A server with the demo's city in it, tests/src/town_server.rs: it answers line by line and ends with its input.
struct Town {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Town {
    fn start() -> Result<Self, String> {
        let words = ["run", "--release", "--locked", "--bin", "xundian-town"];
        eprintln!("+ cargo {}", words.join(" "));
        let mut process = Command::new("cargo")
            .args(words)
            .current_dir(ROOT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("cannot start `cargo`: {why}"))?;
        let out = process.stdout.take().ok_or("the town says nothing")?;
        Ok(Self { process, said: BufReader::new(out).lines() })
    }

    /// What the window is told: an empty phone that enrols at once, by the town's clock, before its first shop.
    fn words(&mut self) -> Result<Vec<String>, String> {
        let server = self.heard()?;
        let code = self.ask(&format!("code {REP}"))?;
        let now = self.ask("tick")?;
        // The town before is gone, and so is whom its phone was enrolled with.
        let _ = std::fs::remove_dir_all(TOWN_PHONE);
        let file = format!("{TOWN_PHONE}/phone.sqlite");
        let said = [
            ("--file", file.as_str()),
            ("--server", &server),
            ("--code", &code),
            ("--now", &now),
            ("--position", PLACE),
            ("--samples", "target/desk/samples"),
        ];
        Ok(said.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect())
    }

    fn ask(&mut self, what: &str) -> Result<String, String> {
        let input = self.process.stdin.as_mut().ok_or("the town hears nothing")?;
        writeln!(input, "{what}").map_err(|why| format!("the town: {why}"))?;
        self.heard()
    }

    fn heard(&mut self) -> Result<String, String> {
        let line = self.said.next().ok_or("the town has ended")?.map_err(|why| format!("the town: {why}"))?;
        if line.starts_with("error") { Err(format!("the town: {line}")) } else { Ok(line) }
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    /// A repository with a window that was built; it goes with its test.
    struct Desk(PathBuf);

    impl Desk {
        fn new(name: &str) -> Self {
            let desk = Self(std::env::temp_dir().join(format!("xundian-{name}-{}", std::process::id())));
            let _ = std::fs::remove_dir_all(&desk.0);
            for file in [
                "android/pom.xml",
                "android/.mvn/maven.config",
                "android/ui/pom.xml",
                "android/ui/src/main/kotlin/app/Page.kt",
                "android/ui/src/test/kotlin/app/PageTest.kt",
                "android/desk/src/main/kotlin/app/Desk.kt",
                "target/bindings/kotlin/app/core.kt",
                JAR,
                "android/desk/target/lib/ui-0.1.0.jar",
            ] {
                desk.write(file, file);
            }
            desk
        }

        fn write(&self, file: &str, text: &str) {
            let file = self.0.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }

        fn date(&self, file: &str, seconds: u64) {
            let file = std::fs::File::options().write(true).open(self.0.join(file)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }

        fn state(&self) -> (u64, u64) {
            (sources(&self.0).unwrap(), jars(&self.0).unwrap())
        }
    }

    impl Drop for Desk {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_mac_draws_by_its_own_library_and_linux_by_that_of_the_tests() {
        assert_eq!(platform("macos", "aarch64"), "macos-arm64");
        assert_eq!(platform("macos", "x86_64"), "macos-x64");
        let tests = format!("<skiko.platform>{}</skiko.platform>", platform("linux", "x86_64"));
        assert!(include_str!("../../android/pom.xml").contains(&tests));
    }

    #[test]
    fn whatever_comes_into_the_jar_is_seen_when_it_changes() {
        let desk = Desk::new("changed");
        let mut before = desk.state().0;
        let mut changes = |what: &str, change: &dyn Fn()| {
            change();
            let after = desk.state().0;
            assert_ne!(before, after, "{what}");
            before = after;
        };
        let page = "android/ui/src/main/kotlin/app/Page.kt";
        changes("an older text of the same length", &|| {
            desk.write(page, &page.to_uppercase());
            desk.date(page, 1);
        });
        let sheet = desk.0.join("android/ui/src/main/kotlin/app/Sheet.kt");
        changes("another name", &|| std::fs::rename(desk.0.join(page), &sheet).unwrap());
        changes("one that is gone", &|| std::fs::remove_file(&sheet).unwrap());
        changes("a picture in it", &|| desk.write("android/desk/src/main/resources/icon.png", ""));
        changes("a new module", &|| desk.write("android/more/src/main/kotlin/app/More.kt", ""));
        changes("what the façade offers", &|| desk.write("target/bindings/kotlin/app/core.kt", "other"));
        for file in ["android/pom.xml", "android/ui/pom.xml", "android/.mvn/maven.config"] {
            changes(file, &|| desk.write(file, "other"));
        }
    }

    #[test]
    fn what_says_the_same_or_does_not_come_into_the_jar_is_not_built_again() {
        let desk = Desk::new("same");
        let before = desk.state();
        desk.write("target/bindings/kotlin/app/core.kt", "target/bindings/kotlin/app/core.kt");
        desk.date("target/bindings/kotlin/app/core.kt", 2_000_000_000);
        desk.write("android/ui/src/test/kotlin/app/PageTest.kt", "other");
        desk.write("android/ui/target/classes/app/Page.class", "");
        desk.write("android/README.md", "");
        assert_eq!(desk.state(), before);
    }

    #[test]
    fn a_jar_that_somebody_else_built_or_took_away_is_seen() {
        for file in [JAR, "android/desk/target/lib/ui-0.1.0.jar"] {
            let desk = Desk::new("jars");
            let (sources, jars) = desk.state();
            desk.date(file, 1);
            let (same, built) = desk.state();
            assert_eq!(same, sources);
            assert_ne!(built, jars, "{file}");
            std::fs::remove_file(desk.0.join(file)).unwrap();
            assert_ne!(desk.state().1, built, "{file}");
        }
    }
}
