//! Who makes calls, and where.

use autotag_fake_aws::{AccountRegion, DEFAULT_ACCOUNT, FakeAws};
use serde_json::{Value, json};

/// An account that the host tags in by a role.
const OTHER: &str = "444455556666";
/// An account that the host may tag in, and that has no role for it.
const REFUSING: &str = "777788889999";
/// An account that the host may not tag in.
const FOREIGN: &str = "999900001111";
/// The accounts that the host may tag in, as its configuration names them.
pub(super) const ACCOUNTS: &str = "111122223333,444455556666,777788889999";
/// The role in other accounts.
pub(super) const ROLE: &str = "service/autotag";
/// What the role asks for.
pub(super) const EXTERNAL_ID: &str = "chaos";

/// Somebody who makes calls.
#[derive(Debug)]
pub(super) struct User {
    pub(super) owner: &'static str,
    pub(super) principal_id: &'static str,
}

/// People, and sessions of roles, whose principal ids have a colon.
pub(super) const USERS: [User; 6] = [
    User { owner: "alice", principal_id: "AIDAALICEALICEALICEAL" },
    User { owner: "bob", principal_id: "AIDABOBBOBBOBBOBBOBBO" },
    User { owner: "chidi", principal_id: "AIDACHIDICHIDICHIDICH" },
    User { owner: "dolores", principal_id: "AIDADOLORESDOLORESDOL" },
    User { owner: "eve@example.com", principal_id: "AROADEVELOPERSDEVELOP:eve@example.com" },
    User { owner: "nightly-build", principal_id: "AROAPIPELINESPIPELINE:nightly-build" },
];

impl User {
    /// As CloudTrail names them.
    pub(super) fn identity(&self, account: &str) -> Value {
        let Self { owner, principal_id } = self;
        if principal_id.contains(':') {
            let arn = format!("arn:aws:sts::{account}:assumed-role/work/{owner}");
            return json!({"type": "AssumedRole", "principalId": principal_id, "arn": arn, "accountId": account});
        }
        let arn = format!("arn:aws:iam::{account}:user/{owner}");
        json!({"type": "IAMUser", "principalId": principal_id, "arn": arn, "accountId": account, "userName": owner})
    }

    /// The tags of what they create.
    pub(super) fn tags(&self) -> super::world::Tags {
        [("Owner", self.owner), ("PrincipalId", self.principal_id)]
            .map(|(key, value)| (key.into(), value.into()))
            .into()
    }
}

/// Where things happen.
pub(super) struct Places {
    /// The host tags here.
    pub(super) tagged: [AccountRegion; 4],
    /// The host may tag here, but cannot.
    pub(super) refusing: AccountRegion,
    /// The host may not tag here.
    pub(super) foreign: AccountRegion,
}

impl Places {
    pub(super) fn of(aws: &FakeAws) -> Self {
        aws.put_role(OTHER, ROLE, Some(EXTERNAL_ID));
        Self {
            tagged: [
                aws.at(DEFAULT_ACCOUNT, "us-east-1"),
                aws.at(DEFAULT_ACCOUNT, "eu-central-1"),
                aws.at(OTHER, "eu-central-1"),
                aws.at(OTHER, "us-west-2"),
            ],
            refusing: aws.at(REFUSING, "eu-central-1"),
            foreign: aws.at(FOREIGN, "eu-central-1"),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &AccountRegion> {
        self.tagged.iter().chain([&self.refusing, &self.foreign])
    }
}
