//! A plugin that is exchanged again and again.

use std::fs;
use std::path::{Path, PathBuf};

use autotag_tests::host;
use tempfile::TempDir;

const EXCHANGED: &str = "rds.wasm";

/// A folder with the project's plugins, one of which is exchanged.
pub struct Exchange {
    folder: TempDir,
    /// The plugin as it was built.
    wasm: Vec<u8>,
    count: u32,
}

impl Exchange {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for file in fs::read_dir(host::plugins()).expect("plugins").flatten() {
            fs::copy(file.path(), folder.path().join(file.file_name())).expect("room for a copy");
        }
        let wasm = fs::read(folder.path().join(EXCHANGED)).expect("the plugin");
        Self { folder, wasm, count: 0 }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces the plugin by another file that does the same.
    pub fn exchange(&mut self) {
        self.count += 1;
        let at = |name: &str| -> PathBuf { self.folder.path().join(name) };
        // As operators should: write a temporary file, and rename it, which is atomic.
        let aside = at(".aside");
        fs::write(&aside, [&*self.wasm, &section(self.count)].concat()).expect("room for a plugin");
        fs::rename(aside, at(EXCHANGED)).expect("the plugin's place");
    }

    pub fn count(&self) -> u32 {
        self.count
    }
}

/// A custom section without a meaning: it makes the file another one.
fn section(number: u32) -> Vec<u8> {
    const CUSTOM: u8 = 0;
    let name = b"soak";
    let [a, b, c, d] = number.to_le_bytes();
    let mut section = vec![CUSTOM, 9, 4];
    section.extend(name);
    section.extend([a, b, c, d]);
    section
}
