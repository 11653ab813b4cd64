//! The phone on the desk, and the town that it works in unless it is told another server.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::bindings;
use crate::process::{ROOT, run};
use crate::setup::setup;

const JAR: &str = "android/desk/target/desk-0.1.0.jar";
/// The classes as the window before had read them: they are most of what a start takes.
const ARCHIVE: &str = "target/desk.jsa";
/// The phone of the town: it goes with it.
const TOWN_PHONE: &str = "target/desk/town";
/// Some steps before the first shop of this rep's Monday.
const REP: &str = "ZY01";
const PLACE: &str = "36.0636,120.3052";

/// The app's own screens in a window.
pub(crate) fn phone(arguments: &[String]) -> Result<(), String> {
    setup()?;
    bindings::bindings()?;
    run(
        "mvn",
        &["-B", "-ntp", "-q", "-f", "android/pom.xml", "-pl", "desk", "-am", "package", "-DskipTests"],
    )?;
    if arguments.iter().any(|word| word == "--server" || word == "--file") {
        return window(arguments);
    }
    // It ends with this function, after the window.
    let mut town = Town::start()?;
    window(&[town.words()?, arguments.to_vec()].concat())
}

fn window(arguments: &[String]) -> Result<(), String> {
    let archive = format!(
        "{}={ARCHIVE}",
        if is_newer(ARCHIVE, JAR) { "-XX:SharedArchiveFile" } else { "-XX:ArchiveClassesAtExit" }
    );
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
    run("java", &[&words[..], &arguments.iter().map(String::as_str).collect::<Vec<_>>()].concat())
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
