//! What the library for Android is built with, and what to do where it is missing.

use std::path::Path;

use crate::process::succeeds;

/// The first NDK whose compiler and linker make pages of 16 KB without being asked.
const OLDEST: u32 = 28;

/// Whether an NDK and cargo-ndk are here.
pub(super) fn check() -> Result<(), String> {
    let folder = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"].into_iter().find_map(std::env::var_os);
    let properties =
        folder.map(|folder| std::fs::read_to_string(Path::new(&folder).join("source.properties")));
    judge(properties.and_then(Result::ok).as_deref(), || succeeds("cargo", &["ndk", "--version"]))
}

/// By the NDK's properties; `None` = there is no NDK.
fn judge(properties: Option<&str>, has_cargo_ndk: impl Fn() -> bool) -> Result<(), String> {
    let install = format!(
        "install NDK r{OLDEST} or newer (Android Studio, SDK Manager, SDK Tools) and set ANDROID_NDK_HOME to its folder"
    );
    match properties.map(release) {
        None => Err(format!("no Android NDK: {install}")),
        Some(None) => Err(format!("an Android NDK that does not say which it is: {install}")),
        Some(Some(release)) if release < OLDEST => {
            Err(format!("NDK r{release} is too old for phones with pages of 16 KB: {install}"))
        }
        Some(Some(_)) if has_cargo_ndk() => Ok(()),
        Some(Some(_)) => {
            Err("cargo-ndk is missing: cargo install cargo-ndk --version =4.1.2 --locked".to_owned())
        }
    }
}

/// The 28 of `Pkg.Revision = 28.2.13676358`; `None` = there is none.
fn release(properties: &str) -> Option<u32> {
    let mut named = properties.lines().filter_map(|line| line.split_once('='));
    let (_, revision) = named.find(|(name, _)| name.trim() == "Pkg.Revision")?;
    revision.trim().split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the file of an NDK says it.
    fn refused(revision: &str, has_cargo_ndk: bool) -> Option<String> {
        let properties = format!("Pkg.Desc = Android NDK\nPkg.Revision = {revision}\n");
        judge(Some(&properties), || has_cargo_ndk).err()
    }

    #[test]
    fn without_an_ndk_it_says_which_to_install_and_how_it_is_found() {
        let why = judge(None, || true).unwrap_err();
        assert!(why.starts_with("no Android NDK") && why.contains("r28"), "{why}");
        assert!(why.contains("ANDROID_NDK_HOME"), "{why}");
    }

    #[test]
    fn an_ndk_that_is_too_old_for_pages_of_16_kb_is_named() {
        let why = refused("27.3.13750724", true).unwrap();
        assert!(why.contains("NDK r27") && why.contains("16 KB") && why.contains("r28"), "{why}");
        assert_eq!(refused("28.0.12433566-beta1", true), None);
        assert_eq!(refused("100.1.2", true), None, "by its number, not by its letters");
        assert!(refused("unknown", true).is_some_and(|why| why.contains("which it is")));
    }

    #[test]
    fn without_cargo_ndk_it_says_how_to_get_it() {
        let why = refused("28.2.13676358", false).unwrap();
        assert!(why.starts_with("cargo-ndk is missing") && why.contains("cargo install cargo-ndk"), "{why}");
    }
}
