//! Which files a command reads events from.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// Something that holds events.
pub(super) struct Input {
    /// As it was given on the command line, or found below a folder that was.
    pub(super) name: String,
    source: Source,
}

enum Source {
    Stdin,
    File(PathBuf),
    Text(String),
}

impl Input {
    /// What reads it, from its beginning.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match &self.source {
            Source::Stdin => Box::new(io::stdin().lock()),
            Source::File(path) => Box::new(File::open(path)?),
            Source::Text(text) => Box::new(Cursor::new(text.clone())),
        })
    }

    /// An input that is there already.
    pub(super) fn of_text(name: &str, text: String) -> Self {
        Self { name: name.into(), source: Source::Text(text) }
    }

    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// All inputs in order: files as they are given, and from folders the files whose names look like events, sorted by
/// name. Files with expectations are always left out, since `events/*.json` matches them, too.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input { name: "-".into(), source: Source::Stdin });
            continue;
        }
        let kind = super::with_path_context(path, "read", fs::metadata(path))?;
        let before = inputs.len();
        if kind.is_dir() {
            find_in(path, &mut inputs)?;
            anyhow::ensure!(
                inputs.len() > before,
                "no events in {}: expected files ending in {}",
                path.display(),
                ENDINGS.join(", ")
            );
        } else if !path.to_string_lossy().ends_with(EXPECTED) {
            inputs.push(Input { name: path.display().to_string(), source: Source::File(path.clone()) });
        }
    }
    anyhow::ensure!(!inputs.is_empty(), "no events: what ends in {EXPECTED} is what `host plugin test` expects");
    Ok(inputs)
}

const ENDINGS: [&str; 5] = [".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz"];
/// How a file's name ends that holds what `host plugin test` expects of the event beside it.
pub(crate) const EXPECTED: &str = ".expected.json";

fn is_events(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.ends_with(EXPECTED)
}

fn find_in(folder: &Path, inputs: &mut Vec<Input>) -> anyhow::Result<()> {
    let mut paths = super::with_path_context(folder, "read", fs::read_dir(folder))?
        .map(|entry| Ok(super::with_path_context(folder, "read", entry)?.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.display().to_string();
        // A link to a folder may lead back here.
        if path.is_dir() && !path.is_symlink() {
            find_in(&path, inputs)?;
        } else if path.is_file() && is_events(&name) {
            inputs.push(Input { name, source: Source::File(path) });
        }
    }
    Ok(())
}
