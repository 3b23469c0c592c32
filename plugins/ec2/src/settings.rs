//! The operator's settings for this plugin.

use std::collections::BTreeMap;

use autotag_plugin_sdk::Settings;
use autotag_plugin_sdk::settings::{Filter, KeyNames, Template};
use serde::Deserialize;

/// The settings that every plugin has, and `inherit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Ec2Settings {
    pub(crate) settings: Settings,
    /// Whether what a service launches gets the owner of what it was launched for.
    pub(crate) inherit: bool,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Unchecked {
    owner_key: String,
    principal_id_key: String,
    tags: BTreeMap<String, Template>,
    skip: Filter,
    only: Option<Filter>,
    inherit: bool,
}

impl Default for Unchecked {
    fn default() -> Self {
        let KeyNames { owner: owner_key, principal_id: principal_id_key } = KeyNames::default();
        Self { owner_key, principal_id_key, tags: BTreeMap::new(), skip: Filter::default(), only: None, inherit: false }
    }
}

impl TryFrom<Unchecked> for Ec2Settings {
    type Error = String;

    fn try_from(written: Unchecked) -> Result<Self, String> {
        let Unchecked { owner_key, principal_id_key, tags, skip, only, inherit } = written;
        let keys = KeyNames { owner: owner_key, principal_id: principal_id_key };
        Ok(Self { settings: Settings::new(keys, tags, skip, only)?, inherit })
    }
}
