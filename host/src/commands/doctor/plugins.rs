//! Whether the plugins load as they are configured.

use std::sync::Arc;

use autotag_sandbox::{Metering, Registry, open_plugin_folder};

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

/// Looks whether other users of the machine could change which plugins answer.
pub(super) fn examine_folder(config: &Config, findings: &mut Findings) {
    let folder = &config.plugins.folder;
    match open_plugin_folder(folder) {
        Ok(None) => findings.ok(Check::PluginFolder, "only the host's user and root can change the plugins"),
        Ok(Some(problem)) if config.plugins.require_pins => {
            findings.ok(Check::PluginFolder, format!("{problem}, but only pinned plugins are loaded"));
        }
        Ok(Some(problem)) => findings.wrong(
            Check::PluginFolder,
            format!("plugins say who owns what, but {problem}"),
            format!(
                "Make it one that only the host's user or root can write to (`chmod -R go-w {}`), or pin the plugins and \
                 set `require_pins`.",
                folder.display()
            ),
        ),
        // That the plugins do not load says so, too.
        Err(_) => {}
    }
}
