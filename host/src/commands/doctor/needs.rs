//! The permissions that the host needs for the loaded plugins.

use std::collections::BTreeSet;

use autotag_sandbox::Registry;
use serde_json::Value;

use crate::config::Config;

/// Services that the doctor leaves out. EC2 has checks of its own. AWS does not document whether the tagging API takes
/// directory buckets, so its answer about one that does not exist says nothing.
const LEFT_OUT: [&str; 2] = ["ec2", "s3express"];

/// Of which services resources are to be tagged, and what is looked up for it.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Services, as ARNs name them, whose API calls the plugins ask for and whose resources the tagging API tags.
    pub(super) services: BTreeSet<String>,
    /// Whether the owner of an Auto Scaling group counts.
    pub(super) inherit: bool,
}

impl Needs {
    /// What the loaded plugins and their settings say.
    pub(super) fn of(registry: &Registry, config: &Config) -> Self {
        let patterns = registry.plugins().flat_map(|plugin| plugin.manifest.event_patterns.iter());
        let patterns = patterns.filter_map(|pattern| serde_json::from_str::<Value>(pattern.as_str()).ok());
        let services = patterns
            .flat_map(|pattern| services_of(&pattern))
            .filter(|service| !LEFT_OUT.contains(&service.as_str()))
            .collect();
        let wants = |settings: &Value| settings.get("inherit") == Some(&Value::Bool(true));
        let settings = config.plugins.plugins.values().filter_map(|options| options.settings.as_ref());
        Self { services, inherit: settings.into_iter().any(|settings| wants(&serde_json::json!(settings))) }
    }
}

/// The services whose API calls a pattern asks for: `rds` of `rds.amazonaws.com`.
fn services_of(pattern: &Value) -> Vec<String> {
    let sources = pattern.pointer("/detail/eventSource").and_then(Value::as_array);
    let names = sources.into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(|name| name.split_once('.').map(|(service, _)| service.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_says_the_services_whose_calls_it_asks_for() {
        let pattern =
            json!({"source": ["aws.rds"], "detail": {"eventSource": ["rds.amazonaws.com", "s3.amazonaws.com"]}});
        assert_eq!(services_of(&pattern), ["rds", "s3"]);
        assert!(services_of(&json!({"source": ["aws.health"]})).is_empty());
    }
}
