//! How long the lines of comments and of the documentation may be. Code is rustfmt's.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo::{ask, root};

/// The most characters of a line.
const LINE: usize = 120;

/// The numbers and texts of a file's lines of prose: Markdown's, and the comments of the others.
fn prose<'t>(path: &Path, text: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    let signs = comment_signs(path);
    let mut is_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let line = line.trim_start();
        is_code ^= line.starts_with("```");
        match signs {
            // A table's row is one line, however much it says.
            Some("") => !is_code && !line.starts_with('|'),
            Some(sign) => line.starts_with(sign),
            None => false,
        }
    })
}

/// How a file's comments begin; empty if all of it is prose; none if the file is of no known kind.
fn comment_signs(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("md") => Some(""),
        Some("rs" | "wit" | "go" | "js") => Some("//"),
        Some("toml" | "yaml" | "yml" | "py" | "sh" | "service" | "txt") => Some("#"),
        Some("wat") => Some(";;"),
        None if matches!(name, "Dockerfile" | "run") => Some("#"),
        _ => None,
    }
}

/// A link cannot be divided.
fn is_link(line: &str) -> bool {
    line.split_whitespace().any(|word| word.contains("://") && word.chars().count() > LINE / 2)
}

#[test]
fn no_line_of_a_comment_or_of_the_documentation_is_too_long() {
    let root = root().unwrap();
    let files = ask(Command::new("git").args(["ls-files"]).current_dir(&root)).unwrap();
    let mut long = Vec::new();
    for file in files.lines().map(Path::new) {
        // What is no text has no lines, and what is listed can be removed.
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        let beyond = prose(file, &text).filter(|(_, line)| line.chars().count() > LINE && !is_link(line));
        long.extend(beyond.map(|(number, _)| format!("{}:{number}", file.display())));
    }
    assert!(long.is_empty(), "longer than {LINE} characters: {long:#?}");
}

#[test]
fn comments_and_text_are_prose_and_code_and_tables_are_not() {
    for (path, text, expected) in [
        ("a.md", "text\n```sh\ncode\n```\n| row |\nmore", vec![1, 4, 6]),
        ("a.rs", "//! Docs\nfn code() {}\n    // Why.\n", vec![1, 3]),
        ("infra/Dockerfile", "# Why\nFROM scratch", vec![1]),
        ("a.wat", ";; Why\n(module)", vec![1]),
        ("a.json", "# nothing", vec![]),
    ] {
        let numbers: Vec<_> = prose(Path::new(path), text).map(|(number, _)| number).collect();
        assert_eq!(numbers, expected, "{path}");
    }
}
