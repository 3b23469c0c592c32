//! The permissions that the host needs for the loaded plugins.

use std::collections::BTreeSet;
use std::sync::Arc;

use autotag_core::event::decode;
use autotag_core::guard::Guard;
use autotag_core::tagging::Related;
use autotag_sandbox::Registry;
use autotag_sandbox::pipeline::Pipeline;
use serde_json::{Value, json};

use crate::config::Config;

/// Services that the doctor leaves out. EC2 has checks of its own. AWS does not document whether the tagging API takes
/// directory buckets, so its answer about one that does not exist says nothing.
const LEFT_OUT: [&str; 2] = ["ec2", "s3express"];

/// Of which services resources are to be tagged, and what is looked up for it.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Services, as ARNs name them, whose API calls the plugins ask for and whose resources the tagging API tags.
    pub(super) services: BTreeSet<String>,
    /// Whether the owner of an Auto Scaling group counts for what the service launches.
    pub(super) parents: bool,
}

impl Needs {
    /// What the loaded plugins ask for.
    pub(super) fn of(registry: &Arc<Registry>, config: &Config) -> Self {
        let patterns = registry.plugins().flat_map(|plugin| plugin.manifest.event_patterns.iter());
        let patterns = patterns.filter_map(|pattern| serde_json::from_str::<Value>(pattern.as_str()).ok());
        let services = patterns
            .flat_map(|pattern| services_of(&pattern))
            .filter(|service| !LEFT_OUT.contains(&service.as_str()))
            .collect();
        Self { services, parents: asks_for_parents(registry, &config.guard) }
    }
}

/// Whether a plugin asks for the owner of what a service has launched an instance for. Its settings are its own, so it
/// is asked about such a launch.
fn asks_for_parents(registry: &Arc<Registry>, guard: &Guard) -> bool {
    let guard = Guard { accounts: None, ..guard.clone() };
    let pipeline = Pipeline { registry: Arc::clone(registry), guard: Arc::new(guard) };
    decode(launch_by_auto_scaling().to_string().as_bytes()).into_iter().flatten().any(|event| {
        let plan = pipeline.plan(&event);
        let mut taggings = plan.decisions.iter().flat_map(|decision| decision.outcome.taggings());
        taggings.any(|tagging| tagging.related.contains(&Related::Parent))
    })
}

/// CloudTrail's record of a launch that Auto Scaling makes by its service-linked role.
fn launch_by_auto_scaling() -> Value {
    const ROLE: &str = "AWSServiceRoleForAutoScaling";
    const ACCOUNT: &str = "111122223333";
    json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLE000:AutoScaling",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/AutoScaling"),
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEEXAMPLE000",
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/{ROLE}"),
                "accountId": ACCOUNT,
                "userName": ROLE,
            }},
            "invokedBy": "autoscaling.amazonaws.com",
        },
        "eventTime": "2026-01-31T12:00:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "autoscaling.amazonaws.com",
        "userAgent": "autoscaling.amazonaws.com",
        "requestParameters": {"instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}},
        "responseElements": {
            "ownerId": ACCOUNT,
            "instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0", "launchTime": 1_769_860_800_000_i64}]},
        },
        "eventID": "0d079340-135a-c8c6-95c2-41fb8f496c53",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    })
}

/// The services whose API calls a pattern asks for: `rds` of `rds.amazonaws.com`.
fn services_of(pattern: &Value) -> Vec<String> {
    let sources = pattern.pointer("/detail/eventSource").and_then(Value::as_array);
    let names = sources.into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(|name| name.split_once('.').map(|(service, _)| service.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_the_services_whose_calls_it_asks_for() {
        let pattern =
            json!({"source": ["aws.rds"], "detail": {"eventSource": ["rds.amazonaws.com", "s3.amazonaws.com"]}});
        assert_eq!(services_of(&pattern), ["rds", "s3"]);
        assert!(services_of(&json!({"source": ["aws.health"]})).is_empty());
    }
}
