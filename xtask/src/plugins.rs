//! Building the project's own plugins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::announce;
use crate::cargo::{cargo, check_prerequisite, run, target};

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
    for (package, file) in PLUGINS {
        run(&mut cargo(root, &["build", "--profile", "plugin", "--target", TARGET, "-p", package]))?;
        let built = target(root).join(TARGET).join("plugin").join(package.replace('-', "_")).with_extension("wasm");
        // Under another name first, so that a host that looks into the folder meanwhile never sees half a file.
        let (copy, place) = (folder.join(format!(".{file}.new")), folder.join(file));
        fs::copy(&built, &copy)
            .and_then(|_| fs::rename(&copy, &place))
            .with_context(|| format!("cannot copy {} to {}", built.display(), place.display()))?;
        eprintln!("{} ({} KiB)", place.display(), fs::metadata(&place)?.len() / 1024);
    }
    Ok(folder)
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
