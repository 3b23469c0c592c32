//! The operator's settings for this plugin.

use autotag_plugin_sdk::Settings;
use serde::{Deserialize, Deserializer};

/// The settings that every plugin has, and `inherit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ec2Settings {
    pub(crate) settings: Settings,
    /// Whether what a service launches gets the owner of what it was launched for.
    pub(crate) inherit: bool,
}

impl<'de> Deserialize<'de> for Ec2Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (settings, inherit) = Settings::with_plugin_settings(deserializer, "inherit")?;
        Ok(Self { settings, inherit: inherit.unwrap_or_default() })
    }
}
