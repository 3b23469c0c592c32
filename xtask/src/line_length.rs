//! How long the lines of comments and of the documentation may be. Code is rustfmt's.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo::{ask, root};

/// The most characters of a line.
const LINE: usize = 120;

/// The numbers and texts of a file's lines of prose: Markdown's, and the comments of the others.
fn prose<'t>(path: &Path, text: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_owned();
    let mut is_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        is_code ^= line.trim_start().starts_with("```");
        !is_code && is_prose(&extension, line)
    })
}

fn is_prose(extension: &str, line: &str) -> bool {
    let begins = |signs: &[&str]| signs.iter().any(|sign| line.trim_start().starts_with(sign));
    match extension {
        // A table's row is one line, however much it says.
        "md" => !begins(&["|"]),
        "rs" | "wit" | "go" | "js" => begins(&["//"]),
        "toml" | "yaml" | "yml" | "py" | "sh" => begins(&["#"]),
        _ => false,
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
