//! Where a record names what its API call created.

use autotag_api_calls::ResourceKind;
use autotag_plugin_sdk::arn::{ArnPaths, Scope};

/// The paths of a kind of resource.
pub(crate) fn paths(kind: &ResourceKind) -> ArnPaths {
    // No two accounts have buckets of the same name, so that their ARNs have the name and nothing else.
    let scope = if kind.prefix.is_empty() { Scope::Partition } else { Scope::Region };
    ArnPaths {
        arn: kind.paths,
        scope,
        resource_prefix: kind.prefix,
        in_response: kind.name_in_response,
        in_request: kind.name_in_request,
    }
}
