//! The models of AWS's APIs, as botocore has them: what each request takes, and what its response holds. The version is
//! pinned with the local AWS, which brings botocore along.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;

use autotag_tests::local_aws;
use flate2::read::GzDecoder;
use serde::Deserialize;

/// One API.
#[derive(Deserialize)]
pub struct ServiceModel {
    operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Operation {
    input: Option<ShapeRef>,
    output: Option<ShapeRef>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: BTreeMap<String, ShapeRef>,
    /// Of a list.
    member: Option<ShapeRef>,
    /// The values of an enumeration.
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ShapeRef {
    shape: String,
    #[serde(rename = "locationName")]
    location_name: Option<String>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'m> {
    /// A structure, by its name.
    Structure(&'m str),
    String,
    /// A number, a boolean, a time, or an enumeration.
    Other,
}

impl ServiceModel {
    /// The API's model in its latest version: `ec2`.
    pub fn of(service: &str) -> Self {
        let python = local_aws::python(&|line| println!("{line}")).unwrap();
        let packages = fs::read_dir(python.ancestors().nth(2).unwrap().join("lib")).unwrap();
        let data = packages.map(|entry| entry.unwrap().path().join("site-packages/botocore/data"));
        let service = data.map(|data| data.join(service)).find(|folder| folder.is_dir()).unwrap();
        let versions = fs::read_dir(service).unwrap().map(|entry| entry.unwrap().path().join("service-2.json.gz"));
        let latest: PathBuf = versions.filter(|model| model.is_file()).max().unwrap();
        serde_json::from_reader(GzDecoder::new(File::open(latest).unwrap())).unwrap()
    }

    /// All API calls.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    pub fn has(&self, call: &str) -> bool {
        self.operations.contains_key(call)
    }

    /// Whether the API call's request takes a member of one of these names, at the top or one level down. Lists are no
    /// levels.
    pub fn takes(&self, call: &str, names: &[&str]) -> bool {
        let has = |structure: &str| names.iter().any(|name| self.shapes[structure].members.contains_key(*name));
        let Some(input) = &self.operations[call].input else { return false };
        has(&input.shape)
            || self.shapes[&input.shape].members.values().any(|member| match self.content(&member.shape) {
                Content::Structure(inner) => has(inner),
                _ => false,
            })
    }

    /// Whether the API call's response has something with tags, at most two levels down. Lists are no levels.
    pub fn answers_tags(&self, call: &str) -> bool {
        let Some(output) = &self.operations[call].output else { return false };
        self.has_tags(&output.shape, 2)
    }

    fn has_tags(&self, structure: &str, levels: usize) -> bool {
        self.shapes[structure].members.iter().any(|(name, member)| match self.content(&member.shape) {
            Content::Structure("Tag") => record_name(name, member) == "tagSet",
            Content::Structure(inner) => levels > 0 && self.has_tags(inner, levels - 1),
            _ => false,
        })
    }

    /// The type at a path of the API call's response, by the names that CloudTrail records; `None` if there is no such
    /// path. The elements of a list are at the list's own path.
    pub fn at(&self, call: &str, path: &str) -> Option<Content<'_>> {
        let mut content = Content::Structure(&self.operations[call].output.as_ref()?.shape);
        for part in path.split('.') {
            let Content::Structure(structure) = content else { return None };
            let mut members = self.shapes[structure].members.iter();
            let (_, member) = members.find(|(name, member)| record_name(name, member) == part)?;
            content = self.content(&member.shape);
        }
        Some(content)
    }

    /// The only member of the API call's response, if there is just one.
    pub fn alone(&self, call: &str) -> Option<String> {
        let mut members = self.shapes[&self.operations[call].output.as_ref()?.shape].members.iter();
        let (name, member) = members.next()?;
        members.next().is_none().then(|| record_name(name, member))
    }

    /// What a value of this shape is; of a list, what its elements are.
    fn content<'m>(&'m self, name: &'m str) -> Content<'m> {
        let shape = &self.shapes[name];
        match shape.kind.as_str() {
            "structure" => Content::Structure(name),
            "list" => self.content(&shape.member.as_ref().unwrap().shape),
            "string" if shape.values.is_none() => Content::String,
            _ => Content::Other,
        }
    }
}

/// How CloudTrail records a member: by its name on the wire; where there is none, by its own with a small letter in
/// front.
fn record_name(name: &str, member: &ShapeRef) -> String {
    let own = || name[..1].to_lowercase() + &name[1..];
    member.location_name.clone().unwrap_or_else(own)
}
