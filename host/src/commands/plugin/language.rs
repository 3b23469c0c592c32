//! What plugins are written in.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

/// A language that there is a template for, and that `host plugin build` knows how to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Rust,
    #[value(name = "javascript")]
    JavaScript,
    Python,
    Go,
}

/// Which file in a plugin's folder says what it is written in.
const PROJECT_FILES: [(&str, Language); 5] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::JavaScript),
    ("pyproject.toml", Language::Python),
    ("requirements.txt", Language::Python),
    ("go.mod", Language::Go),
];

impl Language {
    /// What the plugin in a folder is written in.
    pub(super) fn of(folder: &Path) -> anyhow::Result<Self> {
        let there = PROJECT_FILES.iter().filter(|(file, _)| folder.join(file).is_file());
        let mut languages: Vec<_> = there.map(|(_, language)| *language).collect();
        languages.dedup();
        match *languages.as_slice() {
            [language] => Ok(language),
            [] => anyhow::bail!(
                "{} holds no plugin's sources: expected one of {}; `host plugin new` writes a plugin to start from",
                folder.display(),
                PROJECT_FILES.map(|(file, _)| file).join(", ")
            ),
            _ => anyhow::bail!(
                "{} could be in {}: keep the project file of one language",
                folder.display(),
                languages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
            ),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "Rust",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
        })
    }
}
