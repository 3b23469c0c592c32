//! IAM's roles, and the rest of STS's state.

use std::collections::HashMap;
use std::time::Duration;

use super::sessions::Sessions;

/// All of STS's state. Roles are the same in every Region.
pub(in super::super) struct Sts {
    pub roles: HashMap<String, Role>,
    pub sessions: Sessions,
    /// The upper bound on a session's duration.
    pub token_lifetime: Duration,
}

impl Default for Sts {
    fn default() -> Self {
        Self { roles: HashMap::new(), sessions: Sessions::default(), token_lifetime: Duration::from_secs(3_600) }
    }
}

/// A role that every principal may assume that knows its external id, if it has one.
pub(in super::super) struct Role {
    pub account: String,
    /// Without its path.
    pub name: String,
    pub external_id: Option<String>,
}
