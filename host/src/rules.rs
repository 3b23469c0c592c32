//! The EventBridge rules of the plugins that are loaded, and of those that are deployed.

#[cfg(feature = "full")]
pub mod read;

use autotag_core::guard::Guard;
use autotag_eventbridge_rules::{PluginPatterns, Replays, Rule, RuleError};
use autotag_sandbox::Registry;

/// The rules that these plugins need; `guard` says whether they deliver replays.
///
/// # Errors
/// If a pattern does not fit into a rule.
pub fn required_rules(registry: &Registry, guard: &Guard) -> Result<Vec<Rule>, RuleError> {
    let declared = registry.plugins().map(|plugin| PluginPatterns {
        plugin: &plugin.manifest.id.name,
        patterns: plugin.manifest.event_patterns.iter().map(|pattern| pattern.as_str()).collect(),
        event_names: plugin.events(),
    });
    autotag_eventbridge_rules::required_rules(declared, replays(guard))
}

/// Whether rules deliver replays: only if the operator allows them.
pub fn replays(guard: &Guard) -> Replays {
    if guard.allow_replays { Replays::Allowed } else { Replays::Refused }
}
