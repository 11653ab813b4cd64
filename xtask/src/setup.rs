//! `cargo xtask setup`: installs what is missing, or says exactly what is and how to get it.

use std::path::Path;

use crate::process::{run, succeeds};

/// A Debian package and how to see that it is there already.
struct Package {
    name: &'static str,
    present: fn() -> bool,
}

/// Debian packages that the tests and the demo need.
const PACKAGES: &[Package] = &[
    Package { name: "postgresql", present: has_postgres },
    // A small font with Chinese characters: sheets and screens are unreadable boxes without one.
    Package {
        name: "fonts-wqy-microhei",
        present: || Path::new("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc").exists(),
    },
    // The pages are judged in a real browser.
    Package { name: "chromium", present: || succeeds("chromium", &["--version"]) },
    // pdftotext: the tests read printed sheets back.
    Package { name: "poppler-utils", present: || succeeds("pdftotext", &["-v"]) },
];

/// Those of the apps for phones: where there are none, the rest can still be tested.
const SHELLS: &[Package] = &[
    // The screens of the phone are drawn and clicked on the JVM.
    Package { name: "openjdk-17-jdk-headless", present: || succeeds("javac", &["-version"]) },
    Package { name: "maven", present: || succeeds("mvn", &["--version"]) },
    Package { name: "libgl1", present: || Path::new("/usr/lib/x86_64-linux-gnu/libGL.so.1").exists() },
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
    // Android's resources and libraries are unpacked and packed as Gradle would.
    Package { name: "aapt", present: || succeeds("aapt2", &["version"]) },
    Package { name: "unzip", present: || succeeds("unzip", &["-v"]) },
    // The Swift compiler comes in a root of its own: ios/setup-swift.sh.
    Package { name: "debootstrap", present: || succeeds("debootstrap", &["--version"]) },
];

/// Rust components, each with the cargo verb that proves it.
const COMPONENTS: &[(&str, &str)] = &[("rustfmt", "fmt"), ("clippy", "clippy")];

/// Makes sure that everything is there; does nothing when it is.
pub(crate) fn setup() -> Result<(), String> {
    for (component, verb) in COMPONENTS {
        if !succeeds("cargo", &[verb, "--version"]) {
            run("rustup", &["component", "add", component])?;
        }
    }
    let absent = |packages: &[Package]| -> Vec<&str> {
        packages.iter().filter(|p| !(p.present)()).map(|p| p.name).collect()
    };
    let (needed, shells) = (absent(PACKAGES), absent(SHELLS));
    let both = [needed.clone(), shells].concat();
    if !both.is_empty()
        && let Err(why) = install(&both)
    {
        // Without them the apps are not tested, and `test` says so.
        if !needed.is_empty() {
            return Err(why);
        }
        eprintln!("{why}");
    }
    browser()
}

/// Whether the apps for Android can be built here.
pub(crate) fn has_java() -> bool {
    succeeds("javac", &["-version"]) && succeeds("mvn", &["--version"])
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
    if !succeeds("apt-get", &["--version"]) {
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

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Debian keeps the server's programs out of the path, one folder per version.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}
