//! What the templates in `infra/` allow and deny, by evaluating the policies in them.

mod denied;
mod host;
mod limits;
mod members;
mod queues;
mod sessions;
mod users;

use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
use autotag_tests::cloudformation::{Environment, Stack, Template, deploy_autotag};
use serde_json::Value;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

/// A stack of a template in the usual environment.
fn stack(template: &str, parameters: &[(&str, &str)]) -> Stack {
    if template == "autotag.yaml" {
        return deploy_autotag(&Environment::usual(), parameters).unwrap();
    }
    Template::of_infra(template).deploy(&Environment::usual(), parameters).unwrap()
}

/// A managed policy of a stack.
fn managed(stack: &Stack, name: &str) -> Policy {
    policy(&stack.properties(name)["PolicyDocument"])
}

fn policy(document: &Value) -> Policy {
    Policy::from_value(document).unwrap()
}

/// A request by a session of a role, or by a user: `role/autotag` or `user/bob`.
fn request(by: &str, action: &str, resource: &str) -> Request {
    let who = match by.strip_prefix("role/") {
        Some(role) => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"),
        None => format!("arn:aws:iam::{ACCOUNT}:{by}"),
    };
    Request::new(Principal::Aws(who), action, resource)
        .with("aws:RequestedRegion", REGION)
        .with("aws:ResourceAccount", ACCOUNT)
        .with("aws:SecureTransport", "true")
}

fn instance(id: &str) -> String {
    format!("arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{id}")
}

#[track_caller]
fn allowed(policies: &[Policy], request: &Request) {
    let decision = decide(policies, request);
    assert!(decision.is_allowed(), "{decision:?}: {request:?}");
}

#[track_caller]
fn denied(policies: &[Policy], request: &Request, sid: &str) {
    assert_eq!(decide(policies, request), Decision::ExplicitDeny { sid: Some(sid.to_owned()) }, "{request:?}");
}

#[track_caller]
fn not_allowed(policies: &[Policy], request: &Request) {
    assert_eq!(decide(policies, request), Decision::ImplicitDeny, "{request:?}");
}
