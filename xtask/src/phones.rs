//! The library for phones: checked for their targets wherever Rust is (`check`), built and packed where their makers' tools
//! are (`cargo xtask android`: NDK, `cargo xtask ios`: Xcode).

mod ndk;

use std::path::{Path, PathBuf};

use crate::bindings::{bindings, cargo};
use crate::process::{run, says, succeeds};

/// Checked on every machine; the second has pointers of 32 bits.
const CHECKED: &[&str] = &["aarch64-linux-android", "armv7-linux-androideabi", "aarch64-apple-ios"];
/// Android's names of what it runs on: phones, old phones, emulators and Chromebooks.
const ABIS: &[&str] = &["arm64-v8a", "armeabi-v7a", "x86_64"];
const ABI_TARGETS: &[&str] = &["aarch64-linux-android", "armv7-linux-androideabi", "x86_64-linux-android"];
/// Where android/bindings/build.gradle.kts looks.
const JNI_LIBS: &str = "target/bindings/jniLibs";
/// What one library may weigh, bytes.
const MOST_BYTES: u64 = 6_000_000;
/// Pages of newer phones: a library that is aligned to less is not loaded.
const PAGE: u64 = 16 << 10;
/// The oldest Android that the app runs on (Android 8).
const MIN_SDK: &str = "26";

const IOS: &str = "aarch64-apple-ios";
const SIMULATORS: &[&str] = &["aarch64-apple-ios-sim", "x86_64-apple-ios"];
/// Where ios/XundianKit/Package.swift looks.
const FRAMEWORK: &str = "ios/XundianKit/Frameworks/XundianCoreFFI.xcframework";

/// What of SQLite a phone does not use.
const SQLITE: &str = "LIBSQLITE3_FLAGS=-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_FTS5 \
                      -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_STAT4 -USQLITE_SOUNDEX \
                      -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_LOAD_EXTENSION";
/// No panic comes through what is written in C: tables that say how to go back through it are ballast.
const C: &str = "CFLAGS=-fno-asynchronous-unwind-tables -fno-unwind-tables";
/// Equal functions are one; relocations are packed (in the form that Android 6 knows); pages are those of newer phones.
const ANDROID_LINK: &str = "RUSTFLAGS=-Clink-arg=-Wl,--icf=all -Clink-arg=-Wl,--pack-dyn-relocs=android \
                            -Clink-arg=-Wl,-z,max-page-size=16384";
/// The same on this kind of machine, to weigh it where no NDK is; the curve without what only Intel's processors have.
const DESK_LINK: &str = "RUSTFLAGS=-Clink-arg=-Wl,--icf=all -Clink-arg=-Wl,-z,pack-relative-relocs \
                         --cfg=curve25519_dalek_backend=\"serial\"";
const DESK: &str = "x86_64-unknown-linux-gnu";

/// The weight of what a phone carries, as it would be here: what grows beyond its bound does not land.
pub(crate) fn size() -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        eprintln!(
            "NOT WEIGHED: the library of a phone (that is done on 64-bit Linux with an Intel processor; `cargo xtask android` says it)"
        );
        return Ok(());
    }
    let settings = [SQLITE, C, DESK_LINK].map(str::to_owned);
    cargo(&settings, &["build", "--release", "-p", "xundian-ffi", "--target", DESK], &[])?;
    look_at(&Path::new("target").join(DESK).join("release/libxundian_ffi.so"), true)
}

/// The types of everything that a phone runs, for both kinds of phone.
pub(crate) fn check() -> Result<(), String> {
    add_targets(CHECKED)?;
    let tools = std::env::current_dir().map_err(|why| why.to_string())?.join("bindings/stand-ins");
    let path = std::env::var("PATH").unwrap_or_default();
    for target in CHECKED {
        let name = target.replace('-', "_");
        let settings = [
            format!("CC_{name}={}/cc", tools.display()),
            format!("AR_{name}={}/ar", tools.display()),
            // Only what has no name of its own there: the linker of this machine is called cc, too.
            format!("PATH={}/path:{path}", tools.display()),
        ];
        cargo(&settings, &["check", "-p", "xundian-ffi", "--target", target], &[])?;
    }
    Ok(())
}

/// The three libraries where Gradle looks for them, then the AAR if Gradle is here.
pub(crate) fn android() -> Result<(), String> {
    ndk::check()?;
    bindings()?;
    add_targets(ABI_TARGETS)?;
    let mut words = vec!["ndk", "--platform", MIN_SDK, "--output-dir", JNI_LIBS];
    ABIS.iter().for_each(|abi| words.extend(["--target", abi]));
    words.extend(["build", "--release", "-p", "xundian-ffi"]);
    cargo(&[SQLITE, C, ANDROID_LINK].map(str::to_owned), &words, &[])?;
    for abi in ABIS {
        look_at(&Path::new(JNI_LIBS).join(abi).join("libxundian_ffi.so"), *abi == "armeabi-v7a")?;
    }
    if !succeeds("gradle", &["--version"]) {
        println!(
            "the libraries are in {JNI_LIBS}; no gradle here: open android/ in Android Studio for the AAR and the app"
        );
        return Ok(());
    }
    run("gradle", &["-p", "android", ":bindings:assembleRelease"])
}

/// Weight and pages of one library. 32-bit phones and desks have small pages.
fn look_at(library: &Path, has_small_pages: bool) -> Result<(), String> {
    let bytes = std::fs::read(library).map_err(|why| format!("{}: {why}", library.display()))?;
    let weight = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if weight > MOST_BYTES {
        return Err(format!("{}: {weight} bytes, more than {MOST_BYTES}", library.display()));
    }
    let aligned = if has_small_pages { PAGE } else { alignment(&bytes).unwrap_or(0) };
    if aligned < PAGE {
        return Err(format!("{}: aligned to {aligned} bytes, new phones need {PAGE}", library.display()));
    }
    println!("{}: {:.2} MB", library.display(), weight as f64 / 1e6);
    Ok(())
}

/// The smallest alignment of what is loaded from a 64-bit ELF file; `None` = it is none.
fn alignment(elf: &[u8]) -> Option<u64> {
    const LOAD: u32 = 1;
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let at = |offset: usize, length: usize| elf.get(offset..offset.checked_add(length)?);
    let long = |offset| Some(u64::from_le_bytes(at(offset, 8)?.try_into().ok()?));
    let short = |offset| Some(usize::from(u16::from_le_bytes(at(offset, 2)?.try_into().ok()?)));
    let (first, size, count) = (usize::try_from(long(32)?).ok()?, short(54)?, short(56)?);
    let headers = (0..count).map(|n| first + n * size);
    let loaded = headers.filter(|header| at(*header, 4) == Some(&LOAD.to_le_bytes()));
    loaded.filter_map(|header| long(header + 48)).min()
}

/// The XCFramework for phone and simulators where Package.swift looks for it, and its checksum for a release.
pub(crate) fn ios() -> Result<(), String> {
    if !cfg!(target_os = "macos") {
        return Err("an XCFramework is made by Xcode, and Xcode runs on macOS only: run this there. On other machines \
                    `cargo xtask test` checks the Rust side for iPhones and tests XundianKit on Linux"
            .to_owned());
    }
    if !succeeds("xcodebuild", &["-version"]) {
        return Err("xcodebuild is missing: install Xcode and run xcode-select --install".to_owned());
    }
    bindings()?;
    // What git does not keep, and Xcode compiles.
    copy_swift("target/bindings/swift", "ios/XundianKit/Sources/XundianCore/Generated")?;
    copy_swift("target/bindings/fakes/swift", "ios/XundianKit/Tests/XundianKitTests/Generated")?;
    add_targets(&[&[IOS], SIMULATORS].concat())?;
    for target in [&[IOS], SIMULATORS].concat() {
        cargo(&[SQLITE.to_owned()], &["build", "--release", "-p", "xundian-ffi", "--target", target], &[])?;
    }
    let library = |target: &str| format!("target/{target}/release/libxundian_ffi.a");
    let simulators = "target/ios-simulators/libxundian_ffi.a";
    std::fs::create_dir_all("target/ios-simulators").map_err(|why| why.to_string())?;
    let mut words = vec!["-create".to_owned(), "-output".to_owned(), simulators.to_owned()];
    words.extend(SIMULATORS.iter().map(|target| library(target)));
    run("lipo", &words.iter().map(String::as_str).collect::<Vec<_>>())?;
    framework(&library(IOS), simulators)
}

/// The Swift files of a folder into another one.
fn copy_swift(from: &str, to: &str) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(|why| format!("{to}: {why}"))?;
    for entry in std::fs::read_dir(from).map_err(|why| format!("{from}: {why}"))? {
        let file = entry.map_err(|why| why.to_string())?.path();
        if let (Some(name), Some("swift")) = (file.file_name(), file.extension().and_then(|end| end.to_str()))
        {
            std::fs::copy(&file, Path::new(to).join(name)).map_err(|why| why.to_string())?;
        }
    }
    Ok(())
}

fn framework(phone: &str, simulators: &str) -> Result<(), String> {
    let headers = "target/ios-headers";
    let _ = std::fs::remove_dir_all(FRAMEWORK);
    let _ = std::fs::remove_dir_all(headers);
    // The module map lies in a folder named after the module, or two packages with one cannot be in one app.
    let module = PathBuf::from(headers).join("XundianCoreFFI");
    std::fs::create_dir_all(&module).map_err(|why| why.to_string())?;
    let mut map = String::new();
    for entry in std::fs::read_dir("target/bindings/swift").map_err(|why| why.to_string())? {
        let from = entry.map_err(|why| why.to_string())?.path();
        let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(of) = name.strip_suffix(".h") {
            std::fs::copy(&from, module.join(&name)).map_err(|why| why.to_string())?;
            map += &format!("module {of} {{\n    header \"{name}\"\n    export *\n}}\n");
        }
    }
    std::fs::write(module.join("module.modulemap"), map).map_err(|why| why.to_string())?;
    let words = [
        "-create-xcframework",
        "-library",
        phone,
        "-headers",
        headers,
        "-library",
        simulators,
        "-headers",
        headers,
        "-output",
        FRAMEWORK,
    ];
    run("xcodebuild", &words)?;
    let zip = "target/XundianCoreFFI.xcframework.zip";
    run("ditto", &["-c", "-k", "--keepParent", FRAMEWORK, zip])?;
    println!("{zip}: {}", says("swift", &["package", "compute-checksum", zip])?);
    Ok(())
}

fn add_targets(targets: &[&str]) -> Result<(), String> {
    let installed = says("rustup", &["target", "list", "--installed"])?;
    let missing: Vec<&str> = targets
        .iter()
        .copied()
        .filter(|target| !installed.lines().any(|line| line.trim() == *target))
        .collect();
    if missing.is_empty() { Ok(()) } else { run("rustup", &[&["target", "add"], &missing[..]].concat()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit ELF file with one header of each given type and alignment.
    fn elf(headers: &[(u32, u64)]) -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[32] = 64;
        (file[54], file[56]) = (56, u8::try_from(headers.len()).unwrap_or(u8::MAX));
        for (kind, align) in headers {
            let mut header = vec![0; 56];
            header[..4].copy_from_slice(&kind.to_le_bytes());
            header[48..].copy_from_slice(&align.to_le_bytes());
            file.extend(header);
        }
        file
    }

    #[test]
    fn the_smallest_alignment_of_what_is_loaded_counts() {
        assert_eq!(alignment(&elf(&[(1, 16_384), (2, 8), (1, 65_536)])), Some(16_384));
        assert_eq!(alignment(&elf(&[(1, 16_384), (1, 4_096)])), Some(4_096));
        assert_eq!(alignment(b"\x7fELF\x02\x01"), None, "cut off");
        assert_eq!(alignment(b"MZ"), None);
    }
}
