//! Makes a component of a core module, by its type section.
//!
//! wit-component and wit-parser trust type sections to be written by wit-bindgen: those that would lead them astray are
//! refused before.

use std::collections::{HashMap, HashSet};

use autotag_core::text::sanitize;
use wit_parser::{PackageName, Resolve};

use crate::error::FileError;

/// The prefix of the names of custom sections that hold a world's types.
const TYPE_SECTION: &str = "component-type";
/// The most packages that a world may be made of. A plugin's is one, and all of WASI is eight more.
const MAX_PACKAGES: usize = 100;

/// Makes a component of a core module, by the type section that wit-bindgen has put into it.
pub(crate) fn componentize(module: &[u8]) -> Result<Vec<u8>, FileError> {
    // The encoder checks neither: it asserts that the module is valid, and overlooks that a type section is missing.
    wasmparser::Validator::new()
        .validate_all(module)
        .map_err(|error| FileError::Damaged(sanitize(&error.to_string())))?;
    let failed = |error: anyhow::Error| FileError::Componentize(sanitize(&format!("{error:#}")));
    check_type_sections(module)?;
    let (metadata_found, _) = wit_component::metadata::decode(module).map_err(failed)?;
    if metadata_found.is_none() {
        return Err(FileError::NoTypeSection);
    }
    wit_component::ComponentEncoder::default().module(module).and_then(|mut encoder| encoder.encode()).map_err(failed)
}

/// Checks the packages that the module's type sections are made of: those of one section, and of all of them together.
fn check_type_sections(module: &[u8]) -> Result<(), FileError> {
    let mut packages = Packages::default();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| FileError::Damaged(sanitize(&error.to_string())))?;
        if let wasmparser::Payload::CustomSection(section) = payload
            && section.name().starts_with(TYPE_SECTION)
            // A section that cannot be decoded is refused by `metadata::decode`, with a better message.
            && let Ok((resolve, _)) = wit_parser::decoding::decode_world(section.data())
        {
            packages.add(&resolve);
        }
    }
    packages.check().map_err(FileError::Componentize)
}

/// The dependency graph of packages.
#[derive(Default)]
struct Packages(HashMap<PackageName, HashSet<PackageName>>);

impl Packages {
    fn add(&mut self, resolve: &Resolve) {
        let name_of = |id| resolve.packages.get(id).map(|package| package.name.clone());
        for (id, package) in &resolve.packages {
            let needed = resolve.package_direct_deps(id).filter_map(name_of);
            self.0.entry(package.name.clone()).or_default().extend(needed);
        }
        // wit-component merges all worlds into one of its own.
        let root = PackageName { namespace: "root".into(), name: "root".into(), version: None };
        let names = resolve.packages.iter().map(|(_, package)| package.name.clone());
        let others: Vec<_> = names.filter(|name| *name != root).collect();
        self.0.entry(root).or_default().extend(others);
    }

    /// Checks that the graph is small and has no cycle, by a topological sort. wit-parser takes that for granted, and
    /// would recurse along a cycle or a long chain until the stack overflows and the process aborts.
    fn check(mut self) -> Result<(), String> {
        let count = self.0.len();
        if count > MAX_PACKAGES {
            return Err(format!("its types are of {count} packages; the limit is {MAX_PACKAGES}"));
        }
        while !self.0.is_empty() {
            let next: HashSet<_> =
                self.0.iter().filter(|(_, needed)| needed.is_empty()).map(|(name, _)| name.clone()).collect();
            if next.is_empty() {
                return Err("the packages of its types need each other in a circle".into());
            }
            self.0.retain(|name, needed| {
                needed.retain(|name| !next.contains(name));
                !next.contains(name)
            });
        }
        Ok(())
    }
}
