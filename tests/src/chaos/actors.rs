//! The users who make API calls, and the accounts and Regions where they make them.

use autotag_fake_aws::{DEFAULT_ACCOUNT, FakeAws, RegionHandle};
use serde_json::{Value, json};

/// An account that the host tags in, through a role.
const OTHER: &str = "444455556666";
/// An account that the host may tag in, but that has no role for it.
const REFUSING: &str = "777788889999";
/// An account that the host may not tag in.
const FOREIGN: &str = "999900001111";
/// The accounts that the host may tag in, as in its configuration.
pub(super) const ACCOUNTS: &str = "111122223333,444455556666,777788889999";
/// The role in the other accounts.
pub(super) const ROLE: &str = "service/autotag";
/// The role's external id.
pub(super) const EXTERNAL_ID: &str = "chaos";

/// A principal that makes API calls.
#[derive(Debug)]
pub(super) struct User {
    pub(super) owner: &'static str,
    pub(super) principal_id: &'static str,
}

/// Users, and sessions of roles, whose principal ids have a colon.
pub(super) const USERS: [User; 6] = [
    User { owner: "alice", principal_id: "AIDAALICEALICEALICEAL" },
    User { owner: "bob", principal_id: "AIDABOBBOBBOBBOBBOBBO" },
    User { owner: "chidi", principal_id: "AIDACHIDICHIDICHIDICH" },
    User { owner: "dolores", principal_id: "AIDADOLORESDOLORESDOL" },
    User { owner: "eve@example.com", principal_id: "AROADEVELOPERSDEVELOP:eve@example.com" },
    User { owner: "nightly-build", principal_id: "AROAPIPELINESPIPELINE:nightly-build" },
];

impl User {
    /// The `userIdentity` of a CloudTrail record.
    pub(super) fn identity(&self, account: &str) -> Value {
        let Self { owner, principal_id } = self;
        if principal_id.contains(':') {
            let arn = format!("arn:aws:sts::{account}:assumed-role/work/{owner}");
            return json!({"type": "AssumedRole", "principalId": principal_id, "arn": arn, "accountId": account});
        }
        let arn = format!("arn:aws:iam::{account}:user/{owner}");
        json!({"type": "IAMUser", "principalId": principal_id, "arn": arn, "accountId": account, "userName": owner})
    }

    /// The tags of the resources that the user creates.
    pub(super) fn tags(&self) -> super::world::Tags {
        [("Owner", self.owner), ("PrincipalId", self.principal_id)]
            .map(|(key, value)| (key.into(), value.into()))
            .into()
    }
}

/// The accounts and Regions of the run.
pub(super) struct Regions {
    /// The host tags here.
    pub(super) tagged: [RegionHandle; 4],
    /// The host may tag here, but the account refuses it.
    pub(super) refusing: RegionHandle,
    /// The host may not tag here.
    pub(super) foreign: RegionHandle,
}

impl Regions {
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

    pub(super) fn all(&self) -> impl Iterator<Item = &RegionHandle> {
        self.tagged.iter().chain([&self.refusing, &self.foreign])
    }
}
