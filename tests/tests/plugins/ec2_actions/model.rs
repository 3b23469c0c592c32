//! What the EC2 API looks like, read from the source of the SDK that this workspace is built with: each call's reader and writer lies in
//! a file of its own, `protocol_serde/shape_….rs`, and is generated, so that a few marks of it tell everything that is asked here.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The API: its calls, and what they take and answer.
pub struct Model {
    /// From a name, `CreateVpc`, to the one that its files have, `create_vpc`.
    calls: HashMap<String, String>,
    shapes: HashMap<String, String>,
}

/// A field of an answer.
pub struct Field<'m> {
    /// What it is called in XML, and thereby in CloudTrail.
    pub name: &'m str,
    /// What stands there.
    pub content: Content<'m>,
}

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'m> {
    /// A structure or a list, that of this file.
    Shape(&'m str),
    String,
    /// A number, a boolean, a time, or one of some words.
    Other,
}

impl Model {
    /// Reads the SDK's source.
    pub fn read() -> Self {
        let source = source_of("aws-sdk-ec2").join("src");
        let shapes: HashMap<_, _> = texts(&source.join("protocol_serde")).collect();
        let calls = texts(&source.join("operation")).filter_map(|(file, text)| {
            // Every call's file has a unit structure with its name.
            let name = text.split("pub struct ").nth(1)?.split(';').next()?;
            Some((name.to_owned(), file))
        });
        let model = Self { calls: calls.collect(), shapes };
        assert!(model.calls.contains_key("RunInstances"), "{} is no longer written as it was", source.display());
        model
    }

    /// All calls.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        self.calls.keys().map(String::as_str)
    }

    /// Whether there is a call of this name.
    pub fn has(&self, call: &str) -> bool {
        self.calls.contains_key(call)
    }

    /// Whether the call takes tags for what it creates: itself, or in what it takes.
    pub fn takes_tags(&self, call: &str) -> bool {
        let text = self.shape(&format!("shape_{}_input", self.calls[call]));
        writes_tags(text)
            || after(text, "crate::protocol_serde::shape_", "::ser_").any(|inner| {
                // What an answer alone has is not written.
                self.shapes.get(&format!("shape_{inner}")).is_some_and(|text| writes_tags(text))
            })
    }

    /// Whether the call takes a client token: itself, or in what it takes.
    pub fn takes_client_token(&self, call: &str) -> bool {
        let takes = |text: &str| text.contains(".prefix(\"ClientToken\")");
        let text = self.shape(&format!("shape_{}_input", self.calls[call]));
        takes(text)
            || after(text, "crate::protocol_serde::shape_", "::ser_")
                .any(|inner| self.shapes.get(&format!("shape_{inner}")).is_some_and(|text| takes(text)))
    }

    /// Whether the call answers something that has tags, two levels down at most. Lists are no levels.
    pub fn answers_tags(&self, call: &str) -> bool {
        self.has_tags(&self.answer(call), 2)
    }

    fn has_tags(&self, shape: &str, levels: usize) -> bool {
        self.fields(shape).any(|field| match field.content {
            Content::Shape("shape_tag_list") => field.name == "tagSet",
            Content::Shape(inner) if field.name == "item" => self.has_tags(inner, levels),
            Content::Shape(inner) => levels > 0 && self.has_tags(inner, levels - 1),
            _ => false,
        })
    }

    /// What stands at a path of the call's answer; none if it leads nowhere.
    pub fn at(&self, call: &str, path: &str) -> Option<Content<'_>> {
        let answer = self.answer(call);
        let mut content = Content::Other;
        let mut shape = Some(answer.as_str());
        for name in path.split('.') {
            content = self.fields(shape?).find(|field| field.name == name)?.content;
            // The elements of a list.
            while let Content::Shape(list) = content
                && let Some(elements) = self.fields(list).find(|field| field.name == "item")
            {
                content = elements.content;
            }
            shape = match content {
                Content::Shape(inner) => Some(inner),
                _ => None,
            };
        }
        Some(content)
    }

    fn answer(&self, call: &str) -> String {
        format!("shape_{}", self.calls[call])
    }

    /// The fields that the last reader in a file knows: a call's file has readers of errors before it.
    fn fields<'m>(&'m self, shape: &str) -> impl Iterator<Item = Field<'m>> {
        let reader = self.shape(shape).rsplit("pub fn de_").next().unwrap_or_default();
        reader.split("s if s.matches(\"").skip(1).map(|field| {
            let name = field.split('"').next().unwrap();
            let content = match after(field, "crate::protocol_serde::", "::de_").next() {
                Some(inner) => Content::Shape(inner),
                None if field.contains("Result::<::std::string::String,") => Content::String,
                None => Content::Other,
            };
            Field { name, content }
        })
    }

    fn shape(&self, name: &str) -> &str {
        self.shapes.get(name).unwrap_or_else(|| panic!("the SDK has no {name}.rs"))
    }
}

fn writes_tags(text: &str) -> bool {
    text.contains(".prefix(\"TagSpecification\")") || text.contains(".prefix(\"TagSpecifications\")")
}

/// What stands between each `before` and the `behind` that follows it.
fn after<'t>(text: &'t str, before: &'t str, behind: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(move |rest| Some(rest.split_once(behind)?.0))
}

/// All of the Rust files in a folder, by their names without extension.
fn texts(folder: &Path) -> impl Iterator<Item = (String, String)> + use<> {
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|is| is == "rs")).map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    })
}

/// The folder of a package's source, of the very version that this workspace is built with.
fn source_of(package: &str) -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let arguments = ["metadata", "--format-version", "1", "--offline", "--locked", "--manifest-path", manifest];
    let metadata = Command::new(cargo).args(arguments).output().unwrap();
    assert!(metadata.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages: Vec<_> =
        metadata["packages"].as_array().unwrap().iter().filter(|found| found["name"] == package).collect();
    let [found] = packages[..] else { panic!("{package} is in the workspace {} times", packages.len()) };
    let source = Path::new(found["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned();
    assert!(
        source.join("src").is_dir(),
        "the source of {package} is not at {}: run `cargo fetch`, since this test reads it",
        source.display()
    );
    source
}
