//! Building the project's own plugins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use wit_component::ComponentEncoder;

use crate::cargo::{cargo, check_prerequisite, run, target};
use crate::console::announce;

/// What plugins are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The plugins: their packages, and what their files are called.
pub(crate) const PLUGINS: [(&str, &str); 3] =
    [("autotag-plugin-ec2", "ec2.wasm"), ("autotag-plugin-rds", "rds.wasm"), ("autotag-plugin-s3", "s3.wasm")];

/// Builds all plugins, and says in which folder they are.
pub(crate) fn build(root: &Path) -> anyhow::Result<PathBuf> {
    announce("Building the plugins");
    add_target(root)?;
    let folder = target(root).join("plugins");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let remap = remap(&registries()?);
    for (package, file) in PLUGINS {
        let build = ["build", "--config", &remap, "--profile", "plugin", "--target", TARGET, "-p", package];
        run(&mut cargo(root, &build))?;
        let built = target(root).join(TARGET).join("plugin").join(package.replace('-', "_")).with_extension("wasm");
        let component =
            componentize(&built).with_context(|| format!("cannot make a component of {}", built.display()))?;
        // Under another name first, so that a host that looks into the folder meanwhile never sees half a file.
        let (new, place) = (folder.join(format!(".{file}.new")), folder.join(file));
        fs::write(&new, component)
            .and_then(|()| fs::rename(&new, &place))
            .with_context(|| format!("cannot write {}", place.display()))?;
        eprintln!("{} ({} KiB)", place.display(), fs::metadata(&place)?.len() / 1024);
    }
    Ok(folder)
}

/// Makes a component of a core module, as a host would at each of its starts.
fn componentize(module: &Path) -> anyhow::Result<Vec<u8>> {
    let module = fs::read(module)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

/// The folders in which cargo keeps the sources of dependencies.
fn registries() -> anyhow::Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.context("there is neither CARGO_HOME nor HOME")?.join("registry/src");
    let entries = fs::read_dir(&sources).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    // Before anything was ever built, there is none.
    let mut folders: Vec<_> = entries.unwrap_or_default();
    folders.sort();
    Ok(folders)
}

/// Configuration of cargo's by which panics name sources as `registry/serde_json-1.0.0/…`, wherever they are on this
/// machine: the same sources make the same plugin on all machines, with the digest that others have pinned. It is added
/// to what `.cargo/config.toml` says.
fn remap(registries: &[PathBuf]) -> String {
    let flags =
        registries.iter().map(|folder| format!("{:?}", format!("--remap-path-prefix={}=registry", folder.display())));
    format!("target.{TARGET}.rustflags = [{}]", flags.collect::<Vec<_>>().join(", "))
}

/// Installs what the compiler needs for WebAssembly, if it is not there.
pub(crate) fn add_target(root: &Path) -> anyhow::Result<()> {
    let libraries =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).current_dir(root).output();
    let installed = libraries.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists());
    if installed {
        return Ok(());
    }
    check_prerequisite("rustup", &["--version"], "rustup", "install it as https://rustup.rs says")?;
    run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(root))
}

#[cfg(test)]
mod tests {
    use autotag_tests::host;

    use super::*;

    #[test]
    fn folders_with_odd_names_are_still_one_flag_each() {
        let folders = [PathBuf::from("/home/bob/my crates/src/a"), PathBuf::from(r#"/c:\"q"/src/b"#)];
        let flags = r#"["--remap-path-prefix=/home/bob/my crates/src/a=registry", "#.to_owned()
            + r#""--remap-path-prefix=/c:\\\"q\"/src/b=registry"]"#;
        assert_eq!(remap(&folders), format!("target.wasm32-unknown-unknown.rustflags = {flags}"));
    }

    #[test]
    fn a_plugin_does_not_say_where_it_was_built_so_that_its_digest_is_the_same_everywhere() {
        let places: Vec<_> = registries().unwrap().into_iter().chain([crate::cargo::root().unwrap()]).collect();
        assert!(places.len() > 1, "{places:?}");
        for (_, file) in PLUGINS {
            let plugin = fs::read(host::plugins().join(file)).unwrap();
            let text = String::from_utf8_lossy(&plugin);
            assert!(text.contains("registry/serde_json-"), "{file} names no sources at all");
            let place = places.iter().find(|place| text.contains(&*place.to_string_lossy()));
            assert_eq!(place, None, "{file}");
        }
    }
}
