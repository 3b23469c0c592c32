//! The templates, which are the example plugins: a new plugin begins with code that is tested.

use super::NewFile;
use crate::cli::{in_name_called, name_called};
use crate::commands::plugin::language::Language;

/// An example plugin.
pub(super) struct LanguageTemplate {
    /// What the example calls itself.
    example: &'static str,
    /// How its own tests are run.
    pub(super) test: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// Files of an example, with what is in them.
macro_rules! files {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$((
            $file,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/examples/", $folder, "/", $file)),
        )),+]
    };
}

const RUST: LanguageTemplate = LanguageTemplate {
    example: "key-pairs-rust",
    test: "cargo test",
    files: files!("rust":
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "build.rs",
        "events/create-key-pair.expected.json",
        "events/create-key-pair.json",
        "src/lib.rs",
        "src/tests.rs",
    ),
};

const JAVASCRIPT: LanguageTemplate = LanguageTemplate {
    example: "key-pairs-javascript",
    test: "npm install && npm test",
    files: files!("javascript":
        ".gitignore",
        "README.md",
        "events/create-key-pair.expected.json",
        "events/create-key-pair.json",
        "package-lock.json",
        "package.json",
        "plugin.js",
        "plugin.test.js",
    ),
};

const PYTHON: LanguageTemplate = LanguageTemplate {
    example: "key-pairs-python",
    test: "python3 -m unittest",
    files: files!("python":
        ".gitignore",
        "README.md",
        "app.py",
        "events/create-key-pair.expected.json",
        "events/create-key-pair.json",
        "extraction.py",
        "host.toml",
        "requirements.txt",
        "test_extraction.py",
    ),
};

const GO: LanguageTemplate = LanguageTemplate {
    example: "key-pairs-go",
    test: "go test ./...",
    files: files!("go":
        ".gitignore",
        "README.md",
        "autotag/autotag.go",
        "autotag/component_wasip1.go",
        "autotag/log_native.go",
        "events/create-key-pair.expected.json",
        "events/create-key-pair.json",
        "go.mod",
        "plugin.go",
        "plugin_test.go",
    ),
};

impl LanguageTemplate {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Rust => &RUST,
            Language::JavaScript => &JAVASCRIPT,
            Language::Python => &PYTHON,
            Language::Go => &GO,
        }
    }

    /// The example's files, with another name in place of its own.
    pub(super) fn files(&self, name: &str) -> Vec<NewFile> {
        let snake = |name: &str| name.replace('-', "_");
        self.files
            .iter()
            .map(|(path, content)| {
                let content = content.replace(self.example, name).replace(&snake(self.example), &snake(name));
                // A command stands at the beginning of a line, or in a sentence.
                let content = match *path {
                    "README.md" => in_name_called(&content).replace("\nhost ", &format!("\n{} ", name_called())),
                    _ => content,
                };
                ((*path).to_owned(), content)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::commands::plugin::new::api_call::NewCall;

    /// The files of an example that are sources: what its `.gitignore` does not name.
    fn sources(folder: &Path) -> BTreeSet<String> {
        let ignored = fs::read_to_string(folder.join(".gitignore")).unwrap();
        let ignored: Vec<_> = ignored.lines().map(|line| line.trim_matches('/').to_owned()).collect();
        let is_ignored = |name: &str| {
            ignored.iter().any(|pattern| match pattern.strip_prefix('*') {
                Some(ending) => name.ends_with(ending),
                None => name == pattern,
            })
        };
        let (mut sources, mut folders) = (BTreeSet::new(), vec![folder.to_owned()]);
        while let Some(inner) = folders.pop() {
            for entry in fs::read_dir(inner).unwrap() {
                let path = entry.unwrap().path();
                if is_ignored(path.file_name().unwrap().to_str().unwrap()) {
                    continue;
                } else if path.is_dir() {
                    folders.push(path);
                } else {
                    sources.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        sources
    }

    #[track_caller]
    fn assert_is_all_of(folder: &str, template: &LanguageTemplate) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/examples").join(folder);
        let carried: BTreeSet<_> = template.files.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, sources(&folder));
    }

    #[test]
    fn a_template_is_all_of_its_example() {
        assert_is_all_of("rust", &RUST);
        assert_is_all_of("javascript", &JAVASCRIPT);
        assert_is_all_of("python", &PYTHON);
        assert_is_all_of("go", &GO);
    }

    #[test]
    fn the_rust_template_needs_no_crate_that_the_project_does_not() {
        // A crate that the project does not lock in the same version is not reviewed, and not available offline.
        let packages = |lock: &str| -> BTreeSet<String> {
            let lock: toml::Table = lock.parse().unwrap();
            let packages = lock["package"].as_array().unwrap().iter();
            let from_elsewhere = packages.filter(|package| package.get("source").is_some());
            from_elsewhere.map(|package| format!("{} {}", package["name"], package["version"])).collect()
        };
        let (_, lock) = RUST.files.iter().find(|(path, _)| *path == "Cargo.lock").unwrap();
        let project = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
        assert_eq!(packages(lock).difference(&packages(&project)).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn a_new_plugin_for_another_call_has_nothing_of_the_examples_call() {
        let (service, call, id) =
            ("sns".parse().unwrap(), "CreateTopic".parse().unwrap(), "topic.topicArn".parse().unwrap());
        for template in [&RUST, &JAVASCRIPT, &PYTHON, &GO] {
            let files = NewCall::new(&service, &call, &id).apply(template.files("my-own")).unwrap();
            for (path, content) in files {
                let content = (path.clone() + &content).to_lowercase().replace(['-', '_', ' '], "");
                for word in ["keypair", "ec2", "key0123"] {
                    assert!(!content.contains(word), "{path}: {word}");
                }
            }
        }
    }

    #[test]
    fn no_new_plugin_has_an_examples_name() {
        for template in [&RUST, &JAVASCRIPT, &PYTHON, &GO] {
            for (path, content) in template.files("my-own") {
                let content = content.to_lowercase().replace(['-', '_'], "");
                assert!(!content.contains(&template.example.replace('-', "")), "{path}");
            }
        }
    }
}
