//! `host plugin build`: what it needs, and what it says if that is missing.

use super::*;

#[test]
fn what_is_missing_is_named_with_how_to_install_it() {
    let nothing = folder();
    for (language, words) in [
        ("rust", "install Rust as https://rustup.rs says"),
        ("javascript", "install it as https://nodejs.org says"),
        ("python", "takes Python 3.10 or newer with venv"),
        ("go", "install it as https://go.dev/dl says"),
    ] {
        let folder = folder();
        plugin(folder.path(), ["new", "mine", ".", "--lang", language]);
        let path = [("PATH", nothing.path().as_os_str())];
        assert_status(&plugin_with(folder.path(), &path, ["build"]), 2, &[words]);
        assert!(!folder.path().join("mine.wasm").exists());
    }
}

#[test]
fn a_folder_without_sources_or_with_two_languages_is_refused() {
    let folder = folder();
    assert_status(&plugin(folder.path(), ["build"]), 2, &["expected one of Cargo.toml, package.json"]);
    assert_status(&plugin(folder.path(), ["build", "nowhere"]), 2, &["nowhere holds no plugin's sources"]);
    write(folder.path(), "Cargo.toml", "");
    write(folder.path(), "go.mod", "");
    assert_status(&plugin(folder.path(), ["build"]), 2, &["could be in Rust or Go"]);
}
