//! Whether the plugins load as they are configured.

use std::sync::Arc;

use autotag_sandbox::{Metering, Registry};

use super::finding::{Check, Findings};
use crate::commands::registry;
use crate::config::Config;

/// Loads the plugins. None if one of them does not load: `host run` would not start.
pub(super) fn examine(config: &Config, findings: &mut Findings) -> Option<Arc<Registry>> {
    match registry(config, Metering::Off) {
        Ok(registry) => {
            let names: Vec<_> = registry.plugins().map(|plugin| plugin.manifest.id.to_string()).collect();
            let pins = if config.plugins.require_pins { ", each with the digest that it is pinned to" } else { "" };
            findings.ok(Check::Plugins, format!("{} load{pins}", names.join(", ")));
            Some(Arc::new(registry))
        }
        Err(error) => {
            let fix = format!(
                "`host run` does not start with them; `host plugin list {}` shows each.",
                config.plugins.folder.display()
            );
            findings.wrong(Check::Plugins, format!("{error:#}"), fix);
            None
        }
    }
}
