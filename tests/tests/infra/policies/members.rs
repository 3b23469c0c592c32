//! What a member account lets the host do, and what it sends.

use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
use autotag_tests::cloudformation::{Environment, Stack, Template, deploy_autotag};
use serde_json::{Value, json};

use super::{REGION, allowed, managed, not_allowed, policy};

const MEMBER: &str = "444455556666";
const HOST: &str = "arn:aws:iam::111122223333:role/autotag-HostRole-1ABCDEFGHIJKL";
const BUS: &str = "arn:aws:events:eu-central-1:111122223333:event-bus/autotag";

fn member(parameters: &[(&str, &str)]) -> Stack {
    let place = Environment { account: MEMBER, ..Environment::usual() };
    let always = [("CentralBusArn", BUS), ("HostRoleArn", HOST)];
    let parameters: Vec<_> = always.into_iter().chain(parameters.iter().copied()).collect();
    Template::of_infra("member.yaml").deploy(&place, &parameters).unwrap()
}

/// Whether the role's trust policy admits a session of a role of the host's account.
fn trusts(stack: &Stack, account: &str, role: &str, external_id: Option<&str>) -> Decision {
    let trust = policy(&stack.properties("MemberRole")["AssumeRolePolicyDocument"]);
    let session = Principal::Aws(format!("arn:aws:sts::{account}:assumed-role/{role}/autotag"));
    let request = Request::new(session, "sts:AssumeRole", "*");
    let request = external_id.map_or(request.clone(), |id| request.with("sts:ExternalId", id));
    decide(&[trust], &request)
}

#[test]
fn the_role_in_a_member_account_trusts_the_host_alone() {
    // The trust names the account as a whole, so the host's own policy has the last word; only the host's role has one.
    let left_to_the_host = |decision: &Decision| matches!(decision, Decision::Unknown { .. });
    let stack = member(&[("RoleRegion", REGION)]);
    assert!(left_to_the_host(&trusts(&stack, "111122223333", "autotag-HostRole-1ABCDEFGHIJKL", None)));
    assert_eq!(trusts(&stack, "111122223333", "Administrator", None), Decision::ImplicitDeny);
    assert_eq!(trusts(&stack, MEMBER, "autotag-HostRole-1ABCDEFGHIJKL", None), Decision::ImplicitDeny);

    let stack = member(&[("RoleRegion", REGION), ("ExternalId", "s3cr3t")]);
    let host = |id| trusts(&stack, "111122223333", "autotag-HostRole-1ABCDEFGHIJKL", id);
    assert!(left_to_the_host(&host(Some("s3cr3t"))));
    assert_eq!(host(Some("other")), Decision::ImplicitDeny);
    assert_eq!(host(None), Decision::ImplicitDeny);
}

#[test]
fn the_role_is_made_once_for_all_regions_of_an_account() {
    assert!(!member(&[]).resources.contains_key("MemberRole"));
    assert!(!member(&[("RoleRegion", "us-east-1")]).resources.contains_key("MemberRole"));
    let stack = member(&[("RoleRegion", REGION)]);
    assert_eq!(stack.properties("MemberRole")["RoleName"], "autotag-tagging");
    assert_eq!(stack.outputs["MemberRoleArn"], "arn:aws:iam::444455556666:role/autotag-tagging");
}

#[test]
fn the_role_in_a_member_account_may_what_the_host_may_at_home_but_for_its_queue() {
    let place = Environment { account: MEMBER, ..Environment::usual() };
    for (rds, s3) in [("true", "true"), ("false", "true"), ("true", "false"), ("false", "false")] {
        let choice = [("TagRds", rds), ("TagS3", s3)];
        let at_home = deploy_autotag(&place, &[&choice[..], &[("AllowDoctor", "false")]].concat());
        let at_home = at_home.unwrap();
        let mut at_home = statements(&at_home, "HostPolicy");
        at_home.retain(|statement| statement["Sid"] != "WorkOffTheQueue");
        let stack = member(&[&choice[..], &[("RoleRegion", REGION)]].concat());
        assert_eq!(statements(&stack, "MemberPolicy"), at_home);
    }
}

fn statements(stack: &Stack, name: &str) -> Vec<Value> {
    stack.properties(name)["PolicyDocument"]["Statement"].as_array().unwrap().clone()
}

#[test]
fn the_rules_of_a_member_send_to_the_bus_what_is_sent_to_the_queue_at_home() {
    let home = super::stack("autotag.yaml", &[]);
    let stack = member(&[]);
    let rules: Vec<_> = home.of_type("AWS::Events::Rule").collect();
    assert_eq!(stack.of_type("AWS::Events::Rule").count(), rules.len());
    let target = json!([{
        "Id": "bus",
        "Arn": BUS,
        "RoleArn": stack.outputs["ForwardingRoleArn"],
        "DeadLetterConfig": {"Arn": stack.outputs["DeliveryDeadLetterQueueArn"]},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
    }]);
    for (name, rule) in rules {
        assert_eq!(stack.properties(name)["EventPattern"], rule["EventPattern"], "{name}");
        // Nothing that would change the event: it arrives with its own account and Region.
        assert_eq!(stack.properties(name)["Targets"], target, "{name}");
    }
}

#[test]
fn the_rules_role_sends_to_the_bus_alone_and_is_this_accounts_rules_alone() {
    let stack = member(&[]);
    let role = stack.properties("ForwardingRole");
    let own = [policy(&role["Policies"][0]["PolicyDocument"])];
    let by_rule = |resource| {
        Request::new(Principal::Aws("arn:aws:sts::444455556666:assumed-role/f/e".into()), "events:PutEvents", resource)
    };
    allowed(&own, &by_rule(BUS));
    not_allowed(&own, &by_rule("arn:aws:events:eu-central-1:111122223333:event-bus/default"));

    let trust: [Policy; 1] = [policy(&role["AssumeRolePolicyDocument"])];
    let assume = |account: &str| {
        Request::new(Principal::Service("events.amazonaws.com".into()), "sts:AssumeRole", "*")
            .with("aws:SourceAccount", account)
            .with(
                "aws:SourceArn",
                &format!("arn:aws:events:eu-central-1:{account}:rule/autotag-Ec2Rule1-1ABCDEFGHIJKL"),
            )
    };
    allowed(&trust, &assume(MEMBER));
    not_allowed(&trust, &assume("111122223333"));
    not_allowed(&trust, &assume(MEMBER).with("aws:SourceAccount", "111122223333"));
    // The central bus recognises the role by its path.
    assert!(stack.outputs["ForwardingRoleArn"].contains(":role/autotag/"), "{:?}", stack.outputs);
}

#[test]
fn the_member_may_write_its_keys_in_its_own_account() {
    let stack = member(&[("RoleRegion", REGION), ("TagKeys", "CreatorId")]);
    let tag = |account: &str| {
        let session = Principal::Aws("arn:aws:sts::444455556666:assumed-role/autotag-tagging/autotag".into());
        Request::new(session, "ec2:CreateTags", &format!("arn:aws:ec2:{REGION}:{account}:instance/i-0123456789abcdef0"))
            .with("aws:RequestedRegion", REGION)
            .with_values("aws:TagKeys", &["CreatorId"])
    };
    allowed(&[managed(&stack, "MemberPolicy")], &tag(MEMBER));
    not_allowed(&[managed(&stack, "MemberPolicy")], &tag("111122223333"));
}
