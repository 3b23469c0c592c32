//! Whether the plugins load as they are configured.

use std::sync::Arc;

use autotag_sandbox::{Metering, Registry, open_place};

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
    match open_place(folder) {
        Ok(None) => findings.ok(Check::PluginFolder, "only the host's user and root can change the plugins"),
        Ok(Some(open)) if config.plugins.require_pins => {
            findings.ok(Check::PluginFolder, format!("{open}, but only pinned plugins are loaded"));
        }
        Ok(Some(open)) => findings.wrong(
            Check::PluginFolder,
            format!("plugins say who owns what, but {open}"),
            format!(
                "Let only the host's user or root write there (`chown` or `chmod go-w {}`), or pin the plugins and set \
                 `require_pins`.",
                open.place.display()
            ),
        ),
        Err(error) => findings.cannot_tell(
            Check::PluginFolder,
            format!("who can change the plugins: {} cannot be read: {error}", folder.display()),
            "Let the doctor's user read the folder.",
        ),
    }
}
