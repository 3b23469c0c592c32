//! The API calls of 200 users in ten accounts, and the messages about them.

use autotag_fake_aws::{FakeAws, RegionHandle, Volume};
use aws_sdk_ec2::primitives::DateTime;

use super::ledger::{Expected, Made};
use crate::events::{Call, Kind, MIX, now};

/// How many users make API calls.
pub const PEOPLE: usize = 200;
/// The Regions in which they make them, in each account.
pub const REGIONS: [&str; 5] = ["ap-southeast-2", "eu-central-1", "eu-west-1", "us-east-2", "us-west-2"];
/// The role that the host assumes in each account.
pub const ROLE: &str = "service/autotag";
/// The external ID that the role's trust policy asks for.
pub const EXTERNAL_ID: &str = "soak";
const ACCOUNTS: u64 = 10;
/// An account that the host may not tag in.
const FOREIGN: &str = "999900001111";
/// Kinds that come in addition to [`MIX`], so that all plugins have work.
const BESIDE: [Kind; 5] =
    [Kind::CreateDbInstance, Kind::CreateBucket, Kind::CreateDbInstance, Kind::CreateBucket, Kind::CreateDbInstance];
/// One in this many messages is a poison message.
const POISON: usize = 100;
/// An age in seconds at which the host no longer waits for a plugin.
const LONG_AGO: i64 = 3_600;

/// The accounts, none of which is the host's own.
pub fn accounts() -> Vec<String> {
    (0..ACCOUNTS).map(|number| (222_200_000_000 + number).to_string()).collect()
}

/// Makes API calls.
pub struct Load {
    account_regions: Vec<RegionHandle>,
    foreign: RegionHandle,
    random: fastrand::Rng,
    made: usize,
}

/// A message, and its expected result.
pub struct Letter {
    pub body: String,
    pub expected: Expected,
}

impl Load {
    pub fn new(aws: &FakeAws) -> Self {
        let accounts = accounts();
        for account in &accounts {
            aws.put_role(account, ROLE, Some(EXTERNAL_ID));
        }
        let account_regions = accounts.iter().flat_map(|account| REGIONS.map(|region| aws.at(account, region)));
        let foreign = aws.at(FOREIGN, "eu-central-1");
        Self { account_regions: account_regions.collect(), foreign, random: fastrand::Rng::with_seed(1), made: 0 }
    }

    /// The accounts and Regions that API calls are made in.
    pub fn account_regions(&self) -> Vec<RegionHandle> {
        self.account_regions.clone()
    }

    /// An account and Region in which the host may not tag.
    pub fn foreign(&self) -> RegionHandle {
        self.foreign.clone()
    }

    /// What the load consists of, for the report.
    pub fn in_words(&self) -> String {
        let number = self.made;
        format!(
            "{number} messages: of 25, {} of EC2, 3 CreateDBInstance, 2 CreateBucket; 1 in {POISON} is poison",
            MIX.len()
        )
    }

    /// The next message.
    pub fn next(&mut self) -> Letter {
        let number = self.made;
        self.made += 1;
        let (account_region, user) = (self.random.usize(..self.account_regions.len()), self.random.usize(..PEOPLE));
        if number % POISON == POISON - 1 {
            return Letter { body: self.poison(number, account_region, user), expected: Expected::DeadLetter };
        }
        let kind = MIX.iter().chain(&BESIDE).nth(number % (MIX.len() + BESIDE.len())).expect("a kind at each place");
        let call = Call { kind: *kind, account_region: &self.account_regions[account_region], user, number };
        let created = call.create();
        Letter { body: call.body(now()), expected: Expected::Tags(Made { account_region, user, created }) }
    }

    /// A message that can never succeed.
    fn poison(&self, number: usize, account_region: usize, user: usize) -> String {
        let call = |kind, account_region| Call { kind, account_region, user, number };
        match number / POISON % 4 {
            0 => r#"{"detail-type": "AWS API Call"#.to_owned(),
            1 => r#"{"greeting": "no event"}"#.to_owned(),
            // The volume exists, so that a host could tag it.
            2 => {
                let call = call(Kind::CreateVolume, &self.foreign);
                self.foreign.put_volume(Volume::new(&call.resource()));
                call.body(now())
            }
            // No plugin wants it, and it is too old for the host to wait for one.
            _ => {
                let long_ago = DateTime::from_secs(now().secs() - LONG_AGO);
                call(Kind::CreateVolume, &self.account_regions[account_region])
                    .body(long_ago)
                    .replace("CreateVolume", "ModifyVolume")
            }
        }
    }
}
