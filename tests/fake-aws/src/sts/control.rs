//! What tests do with roles and sessions.

use std::time::{Duration, Instant};

use super::super::FakeAws;
use super::roles::Role;

/// Roles and their sessions.
impl FakeAws {
    /// Puts a role, and returns its ARN. Every principal that gives its external id, if it has one, may assume it. It
    /// replaces a role of that name. The name may begin with a path: `service/autotag`.
    pub fn put_role(&self, account: &str, name: &str, external_id: Option<&str>) -> String {
        let arn = format!("arn:aws:iam::{account}:role/{name}");
        let role = Role {
            account: account.to_owned(),
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            external_id: external_id.map(str::to_owned),
        };
        self.shared.update(|world| world.sts.roles.insert(arn.clone(), role));
        arn
    }

    /// Removes a role: no principal can assume it any more. Its sessions last until they expire.
    ///
    /// # Panics
    ///
    /// If there is no such role.
    #[track_caller]
    pub fn remove_role(&self, arn: &str) {
        let removed = self.shared.update(|world| world.sts.roles.remove(arn));
        assert!(removed.is_some(), "the test has put no role {arn}");
    }

    /// Sets the longest duration of sessions from now on, whatever AssumeRole asks for. Unlike in AWS, it may be a
    /// fraction of a second. An hour by default.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.shared.update(|world| world.sts.token_lifetime = lifetime);
    }

    /// Expires all sessions that were issued so far.
    pub fn expire_tokens(&self) {
        self.shared.update(|world| world.sts.sessions.expire(Instant::now()));
    }
}
