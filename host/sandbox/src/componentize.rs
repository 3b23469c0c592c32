//! Makes a component of a core module, by its type section.
//!
//! wit-component and wit-parser trust type sections to be written by wit-bindgen: those that would lead them astray are
//! refused before.

use std::collections::{HashMap, HashSet};

use autotag_core::text::sanitize;
use wit_parser::{PackageName, Resolve};

use crate::adapter;
use crate::error::FileError;
use crate::features;

/// The prefix of the names of custom sections that hold a world's types.
const TYPE_SECTION: &str = "component-type";
/// The most packages that a world may be made of. A plugin's is one, and all of WASI is eight more.
const MAX_PACKAGES: usize = 100;

/// Makes a component of a core module, by the type section that wit-bindgen or [`crate::embed_contract`] has put into
/// it. WASI's preview 1, if it imports that, becomes a stub.
///
/// # Errors
/// If the module is damaged, has no type section, or is not what that says.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, FileError> {
    if let Some(features) = features::missing(module) {
        return Err(FileError::Features(features));
    }
    // The encoder checks neither: it asserts that the module is valid, and overlooks that a type section is missing.
    wasmparser::Validator::new()
        .validate_all(module)
        .map_err(|error| FileError::Damaged(sanitize(&error.to_string())))?;
    let failed = |error: anyhow::Error| FileError::Componentize(sanitize(&reasons(&error)));
    let imports_preview1 = check_sections(module)?;
    let (metadata_found, _) = wit_component::metadata::decode(module).map_err(failed)?;
    if metadata_found.is_none() {
        return Err(FileError::NoTypeSection);
    }
    encode(module, imports_preview1).map_err(failed)
}

/// What wit-component says, without the steps of its own that begin it.
fn reasons(error: &anyhow::Error) -> String {
    let steps = ["failed to decode world from module", "module was not valid"];
    let reasons = error.chain().map(ToString::to_string).skip_while(|reason| steps.contains(&reason.as_str()));
    reasons.collect::<Vec<_>>().join(": ")
}

fn encode(module: &[u8], imports_preview1: bool) -> anyhow::Result<Vec<u8>> {
    let mut encoder = wit_component::ComponentEncoder::default().module(module)?;
    if imports_preview1 {
        encoder = encoder.adapter(adapter::PREVIEW1, &adapter::preview1()?)?;
    }
    encoder.encode()
}

/// Checks the packages that the module's type sections are made of: those of one section, and of all of them together.
/// Answers whether it imports WASI's preview 1.
fn check_sections(module: &[u8]) -> Result<bool, FileError> {
    let damaged = |error: wasmparser::BinaryReaderError| FileError::Damaged(sanitize(&error.to_string()));
    let mut packages = Packages::default();
    let mut imports_preview1 = false;
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        match payload.map_err(damaged)? {
            wasmparser::Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imports_preview1 |= import.map_err(damaged)?.module == adapter::PREVIEW1;
                }
            }
            // A section that cannot be decoded is refused by `metadata::decode`, with a better message.
            wasmparser::Payload::CustomSection(section) if section.name().starts_with(TYPE_SECTION) => {
                if let Ok((resolve, _)) = wit_parser::decoding::decode_world(section.data()) {
                    packages.add(&resolve);
                }
            }
            _ => {}
        }
    }
    packages.check().map_err(FileError::Componentize)?;
    Ok(imports_preview1)
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
        if self.0.keys().any(|name| name.to_string().split('@').next() == Some(adapter::PACKAGE)) {
            return Err(format!("its types are of the package {}, which is the host's own", adapter::PACKAGE));
        }
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
