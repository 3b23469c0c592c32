//! Building a plugin of a core module that another compiler has made, by embedding the contract.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use autotag_sandbox::{StringEncoding, componentize, embed_contract};

use super::BuildPaths;
use crate::commands::with_path_context;

/// Builds the component, and returns its path.
pub(super) fn build(core: &Path, strings: StringEncoding, paths: &BuildPaths) -> anyhow::Result<PathBuf> {
    component_of(core, strings, &paths.component)?;
    Ok(paths.component.clone())
}

/// Writes the component that a core module becomes under the contract.
pub(super) fn component_of(core: &Path, strings: StringEncoding, component: &Path) -> anyhow::Result<()> {
    let module = with_path_context(core, "read", fs::read(core))?;
    let made = embed_contract(&module, strings).and_then(|module| Ok(componentize(&module)?));
    let made = made.with_context(|| format!("{} cannot be made into a plugin", core.display()))?;
    with_path_context(component, "write", fs::write(component, made))
}
