//! Whether principals that share a role can be told apart, as far as CloudTrail's latest records of AssumeRole show:
//! the caller chooses the session name, which is half of what IAM compares as `aws:userid`.

use std::collections::{BTreeMap, BTreeSet};

use autotag_aws::tagger::AwsError;
use autotag_core::text::sanitize;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use serde::Deserialize;

use super::deployment::Deployment;
use super::finding::{Check, Findings};

/// How many records are looked at: a page of LookupEvents.
const LATEST: i32 = 50;

/// How many digits a time has in seconds, milliseconds, microseconds and nanoseconds: `botocore-session-1700000000`.
const TIME_DIGITS: [usize; 4] = [10, 13, 16, 19];

/// An API call of AssumeRole.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssumeRole {
    /// Why it failed: then there is no session.
    error_code: Option<String>,
    user_identity: Caller,
    request_parameters: Option<AssumeRoleRequest>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller {
    principal_id: Option<String>,
    /// A service, which names its sessions itself.
    invoked_by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssumeRoleRequest {
    role_arn: String,
    role_session_name: String,
}

/// The principals that have used each session name, by role and name.
type Users = BTreeMap<(String, String), BTreeSet<String>>;

/// Looks at the latest sessions that began in the Region.
pub(super) async fn examine(deployment: &Deployment<'_>, findings: &mut Findings) {
    let of_name =
        LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value("AssumeRole").build();
    let of_name = match of_name {
        Ok(of_name) => of_name,
        Err(error) => {
            return findings.cannot_tell(Check::SessionNames, error.to_string(), "Run the doctor again.");
        }
    };
    let looked = Client::new(&deployment.sdk).lookup_events().lookup_attributes(of_name).max_results(LATEST).send();
    match looked.await {
        Ok(answer) => {
            let records = answer.events().iter().filter_map(|event| event.cloud_trail_event());
            judge(&users(records), &deployment.region, findings);
        }
        Err(error) => {
            findings.unseen(Check::SessionNames, &AwsError::of("LookupEvents", error), "cloudtrail:LookupEvents");
        }
    }
}

fn users<'a>(records: impl Iterator<Item = &'a str>) -> Users {
    let mut users = Users::new();
    for record in records.filter_map(|record| serde_json::from_str::<AssumeRole>(record).ok()) {
        let Caller { principal_id: Some(principal_id), invoked_by: None } = record.user_identity else { continue };
        if let (None, Some(AssumeRoleRequest { role_arn, role_session_name })) =
            (record.error_code, record.request_parameters)
        {
            users.entry((role_arn, role_session_name)).or_default().insert(principal_id);
        }
    }
    users
}

fn judge(users: &Users, region: &str, findings: &mut Findings) {
    if let Some(((role, name), callers)) = users.iter().find(|(_, callers)| callers.len() > 1) {
        let are_users = callers.iter().all(|caller| !caller.contains(':'));
        let callers = callers.iter().map(|caller| sanitize(caller)).collect::<Vec<_>>().join(" and ");
        let says =
            format!("{callers} call themselves {} in {role}: to IAM they are one, and to autotag", sanitize(name));
        let fix = "Fix each one's name by the role's trust policy: see 'Shared roles' in infra/README.md.";
        // Two sessions of a role may be one pipeline.
        return if are_users {
            findings.wrong(Check::SessionNames, says, fix)
        } else {
            findings.cannot_tell(Check::SessionNames, says, fix)
        };
    }
    if let Some(((role, name), _)) = users.iter().find(|((_, name), _)| is_changing(name)) {
        let says = format!(
            "sessions of {role} have names such as {}, which change: if they are a person's, that person loses what they made with each",
            sanitize(name)
        );
        let fix = "Let people set role_session_name to a name that stays: see 'Shared roles' in infra/README.md. A pipeline may do without.";
        return findings.cannot_tell(Check::SessionNames, says, fix);
    }
    let says = match users.len() {
        0 => format!("CloudTrail shows no assumed role in {region} lately"),
        count => format!("the latest sessions in {region} have {count} names, none of which two share or that change"),
    };
    findings.ok(Check::SessionNames, says);
}

/// Whether a name ends in what looks like a current Unix time.
fn is_changing(name: &str) -> bool {
    let digits = name.len() - name.trim_end_matches(|char: char| char.is_ascii_digit()).len();
    TIME_DIGITS.contains(&digits) && name.chars().rev().nth(digits - 1) == Some('1')
}
