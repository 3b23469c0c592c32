//! A rule that a plugin needs.

use serde::Serialize;
use serde_json::Value;

/// The event bus that AWS's services send to.
pub const DEFAULT_EVENT_BUS: &str = "default";

/// A rule that a plugin needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Its name, which can be a logical ID in CloudFormation: `Ec2Rule1`.
    pub name: String,
    /// The plugin that it is for: `ec2`.
    pub plugin: String,
    /// The event pattern: which events it matches.
    pub pattern: Value,
}
