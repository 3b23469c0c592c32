//! The contract with plugins, which the host carries inside for tools that need it.

/// The text of `wit/v1/plugin.wit`.
pub(super) const CONTRACT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/v1/plugin.wit"));
