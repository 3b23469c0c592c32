//! The adapter for core modules that import WASI's preview 1: it answers in WASI's place, with nothing behind it.

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::contract::CONTRACT;

/// The name of the module that is imported.
pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
/// What the adapter itself imports.
const WORLD: &str = "package autotag:adapter; world adapter { import autotag:plugin/log@1.0.0; }";

/// The adapter, in the form that wit-component takes.
pub(crate) fn preview1() -> anyhow::Result<Vec<u8>> {
    let mut adapter = wat::parse_str(include_str!("wasi_snapshot_preview1.wat"))?;
    let mut resolve = Resolve::default();
    resolve.push_str("plugin.wit", CONTRACT)?;
    let package = resolve.push_str("adapter.wit", WORLD)?;
    let world = resolve.select_world(&[package], None)?;
    embed_component_metadata(&mut adapter, &resolve, world, StringEncoding::UTF8)?;
    Ok(adapter)
}
