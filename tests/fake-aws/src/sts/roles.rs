//! IAM's roles, and with them all of STS's state.

use std::collections::HashMap;
use std::time::Duration;

use super::sessions::Sessions;

/// All that STS knows. Roles are the same in every Region.
pub(in super::super) struct Sts {
    pub roles: HashMap<String, Role>,
    pub sessions: Sessions,
    /// No session lasts longer.
    pub token_lifetime: Duration,
}

impl Default for Sts {
    fn default() -> Self {
        Self { roles: HashMap::new(), sessions: Sessions::default(), token_lifetime: Duration::from_secs(3_600) }
    }
}

/// A role that anybody may assume who knows its external id, if it has one.
pub(in super::super) struct Role {
    pub account: String,
    /// Its path left out.
    pub name: String,
    pub external_id: Option<String>,
}
