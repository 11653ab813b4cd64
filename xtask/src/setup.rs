//! `cargo xtask setup`, and what single verbs need: installs what is missing, or says exactly what is and how to get it.

use std::env::consts::ARCH;
use std::path::Path;

use crate::process::{run, succeeds};

/// A Debian package and how to see that it is there already.
struct Package {
    name: &'static str,
    present: fn() -> bool,
}

/// A small font with Chinese characters: sheets and screens are unreadable boxes without one.
const LETTERS: &[Package] = &[Package {
    name: "fonts-wqy-microhei",
    present: || Path::new("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc").exists(),
}];

/// What the tests need besides.
const TESTS: &[Package] = &[
    Package { name: "postgresql", present: has_postgres },
    // The pages are judged in a real browser.
    Package { name: "chromium", present: || succeeds("chromium", &["--version"]) },
    // Fetches the browser's driver, and brings Node, which runs it. A Node from elsewhere has its own and refuses Debian's.
    Package { name: "npm", present: || succeeds("npm", &["--version"]) },
    // pdftotext: the tests read printed sheets back.
    Package { name: "poppler-utils", present: || succeeds("pdftotext", &["-v"]) },
];

/// The screens of the phone are built, drawn and clicked on the JVM.
const JAVA: &[Package] = &[
    Package { name: "openjdk-17-jdk-headless", present: || succeeds("javac", &["-version"]) },
    Package { name: "maven", present: || succeeds("mvn", &["--version"]) },
];

/// The tests draw without a window and do with a headless Java.
const WINDOW: &[Package] = &[Package { name: "openjdk-17-jre", present: has_windows }];

/// What screens are drawn with.
const SCREENS: &[Package] = &[
    Package {
        name: "libgl1",
        present: || Path::new(&format!("/usr/lib/{ARCH}-linux-gnu/libGL.so.1")).exists(),
    },
    Package {
        name: "fonts-droid-fallback",
        present: || Path::new("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf").exists(),
    },
    Package {
        name: "fonts-dejavu-core",
        present: || Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").exists(),
    },
    // Rare letters and pictures in names: those above have none. Smaller fonts with rare letters are Japanese, and would draw the
    // common ones, too.
    Package {
        name: "fonts-babelstone-han",
        present: || Path::new("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf").exists(),
    },
    Package {
        name: "fonts-noto-color-emoji",
        present: || Path::new("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf").exists(),
    },
];

/// What the tests of the apps need besides.
const APPS: &[Package] = &[
    // Android's resources and libraries are unpacked and packed as Gradle would.
    Package { name: "aapt", present: || succeeds("aapt2", &["version"]) },
    Package { name: "unzip", present: || succeeds("unzip", &["-v"]) },
    // The Swift compiler comes in a root of its own: ios/setup-swift.sh.
    Package { name: "debootstrap", present: || succeeds("debootstrap", &["--version"]) },
];

/// Rust components, each with the cargo verb that proves it.
const COMPONENTS: &[(&str, &str)] = &[("rustfmt", "fmt"), ("clippy", "clippy")];

/// Makes sure that everything for the tests is there; does nothing when it is.
pub(crate) fn setup() -> Result<(), String> {
    for (component, verb) in COMPONENTS {
        if !succeeds("cargo", &[verb, "--version"]) {
            run("rustup", &["component", "add", component])?;
        }
    }
    // Without Java and what goes with it the apps are not tested, and `test` says so.
    bring(&absent(&[LETTERS, TESTS]), &absent(&[JAVA, SCREENS, APPS]))?;
    browser()
}

/// For the demo: its database is a file, and its sheets are printed with any font with Chinese characters, which the server finds
/// or names.
pub(crate) fn for_demo() -> Result<(), String> {
    bring(&[], &absent_from_debian(&[LETTERS]))
}

/// For the phone in a window: no database and no browser, nor what only tests of the apps ask for.
pub(crate) fn for_phone() -> Result<(), String> {
    bring(&absent(&[JAVA]), &absent_from_debian(&[WINDOW, LETTERS, SCREENS]))
}

/// Whether the apps for Android can be built here.
pub(crate) fn has_java() -> bool {
    absent(&[JAVA]).is_empty()
}

fn absent(lists: &[&[Package]]) -> Vec<&'static str> {
    lists.iter().copied().flatten().filter(|p| !(p.present)()).map(|p| p.name).collect()
}

/// Of a Mac nobody asks what lies in Debian's places: it has windows and letters of its own.
fn absent_from_debian(lists: &[&[Package]]) -> Vec<&'static str> {
    if has_apt() { absent(lists) } else { Vec::new() }
}

/// Installs what is needed, without which it fails, and what is wanted, without which it only says so.
fn bring(needed: &[&str], wanted: &[&str]) -> Result<(), String> {
    let both = [needed, wanted].concat();
    if both.is_empty() {
        return Ok(());
    }
    let Err(why) = install(&both) else { return Ok(()) };
    // One name that apt does not know, and it installs none of them.
    let can_go_on = needed.is_empty() || (!wanted.is_empty() && install(needed).is_ok());
    if !can_go_on {
        return Err(why);
    }
    eprintln!("{why}");
    Ok(())
}

/// The browser's driver, by its lock file.
fn browser() -> Result<(), String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/browser");
    if Path::new(folder).join("node_modules/playwright-core/package.json").exists() {
        return Ok(());
    }
    run("npm", &["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"])
}

fn install(packages: &[&str]) -> Result<(), String> {
    let by_hand = format!("sudo apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !has_apt() {
        return Err(format!("missing: {}; on Debian or Ubuntu: {by_hand}", packages.join(", ")));
    }
    let prefix: &[&str] = match () {
        () if is_root() => &[],
        () if succeeds("sudo", &["-n", "true"]) => &["sudo", "-n"],
        () => return Err(format!("missing: {}; please run: {by_hand}", packages.join(", "))),
    };
    let apt = |args: &[&str]| {
        let words: Vec<&str> = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], args].concat();
        run(words[0], &words[1..])
    };
    apt(&["update", "-q"])?;
    apt(&[&["install", "-y", "-q", "--no-install-recommends"], packages].concat())
}

fn has_apt() -> bool {
    succeeds("apt-get", &["--version"])
}

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Debian keeps the server's programs out of the path, one folder per version.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

/// A headless Java has none. The `java` in the path is a link into its home, to `bin/java` there.
fn has_windows() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let java = std::env::split_paths(&path).find_map(|folder| folder.join("java").canonicalize().ok());
    java.as_deref()
        .and_then(|java| java.ancestors().nth(2))
        .is_some_and(|home| home.join("lib/libawt_xawt.so").exists())
}
