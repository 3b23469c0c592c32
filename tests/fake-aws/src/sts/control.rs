//! What tests do with roles and sessions.

use std::time::{Duration, Instant};

use super::super::FakeAws;
use super::roles::Role;

/// Roles and the sessions of those who assume them.
impl FakeAws {
    /// Puts a role that everybody may assume who says its external id, if it has one, and gives its ARN. A role of that
    /// name is replaced. The name may begin with a path: `service/autotag`.
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

    /// Takes a role away: nobody can assume it any more. Its sessions go on until they expire.
    ///
    /// # Panics
    ///
    /// If there is no such role.
    #[track_caller]
    pub fn remove_role(&self, arn: &str) {
        let removed = self.shared.update(|world| world.sts.roles.remove(arn));
        assert!(removed.is_some(), "the test has put no role {arn}");
    }

    /// How long sessions last from now on at most, whatever AssumeRole asks for; unlike in AWS, any fraction of a second.
    /// An hour unless set.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.shared.update(|world| world.sts.token_lifetime = lifetime);
    }

    /// Ends every session that was given so far, as if its time had passed.
    pub fn expire_tokens(&self) {
        self.shared.update(|world| world.sts.sessions.expire(Instant::now()));
    }
}
