//! The ARNs of buses and rules.

use super::model::DEFAULT_BUS;

pub(super) fn bus(account: &str, region: &str, bus: &str) -> String {
    format!("arn:aws:events:{region}:{account}:event-bus/{bus}")
}

/// The ARN of a rule. One of the default bus does not name the bus.
pub(super) fn rule(account: &str, region: &str, bus: &str, name: &str) -> String {
    let path = if bus == DEFAULT_BUS { name.to_owned() } else { format!("{bus}/{name}") };
    format!("arn:aws:events:{region}:{account}:rule/{path}")
}
