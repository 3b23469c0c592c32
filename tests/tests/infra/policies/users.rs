//! Who may stop what, and who may write the tags that decide it.

use std::fs;

use autotag_iam_policy::{Policy, Request, decide};
use serde_json::Value;

use super::{allowed, denied, instance, managed, not_allowed, policy, request, stack};

const BOB: &str = "AIDACKCEVSQ6C2EXAMPLE";
const ALICE: &str = "AIDAI23HXD2O5EXAMPLE";
pub(crate) const HOST: &str = "arn:aws:iam::111122223333:role/autotag-HostRole-1ABCDEFGHIJKL";
const OWN_ACTIONS: [&str; 4] =
    ["ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances", "ec2:TerminateInstances"];

/// The policies of a user of the group RestrictedIAMGroup.
pub(crate) fn group() -> Vec<Policy> {
    let stack = stack("users.yaml", &[("HostRoleArns", HOST)]);
    let arns: Vec<_> = stack.properties("RestrictedGroup")["ManagedPolicyArns"].as_array().unwrap().clone();
    let policies = ["RestrictionsPolicy", "TagProtectionPolicy"];
    let outputs =
        ["RestrictionsPolicyArn", "TagProtectionPolicyArn"].map(|name| Value::from(stack.outputs[name].as_str()));
    assert_eq!(arns, outputs);
    policies.map(|name| managed(&stack, name)).into()
}

/// The protection of the tags, beside an administrator's policy, which allows everything.
pub(crate) fn administrator() -> Vec<Policy> {
    let stack = stack("users.yaml", &[("HostRoleArns", HOST)]);
    vec![everything(), managed(&stack, "TagProtectionPolicy")]
}

/// The organization's policy, beside one that allows everything.
pub(crate) fn member_of_the_organization() -> Vec<Policy> {
    vec![everything(), policy(&service_control_policy())]
}

pub(crate) fn everything() -> Policy {
    Policy::parse(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#)
        .unwrap()
}

pub(crate) fn service_control_policy() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/tag-protection.scp.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn bob(action: &str) -> Request {
    request("user/bob", action, &instance("i-0123456789abcdef0")).with("aws:userid", BOB)
}

#[test]
fn a_user_may_launch_instances_but_not_choose_their_tags() {
    allowed(&group(), &bob("ec2:RunInstances"));
    allowed(&group(), &bob("ec2:DescribeInstances"));
    // A launch with tags needs a second permission.
    not_allowed(
        &group(),
        &bob("ec2:CreateTags").with("ec2:CreateAction", "RunInstances").with_values("aws:TagKeys", &["Team"]),
    );
    not_allowed(&group(), &bob("iam:PassRole"));
}

#[test]
fn a_user_may_stop_the_instance_that_they_launched_and_no_other() {
    for action in OWN_ACTIONS {
        allowed(&group(), &bob(action).with("ec2:ResourceTag/PrincipalId", BOB));
        not_allowed(&group(), &bob(action).with("ec2:ResourceTag/PrincipalId", ALICE));
        // A resource without an owner, which the name that users read does not replace.
        not_allowed(&group(), &bob(action));
        not_allowed(&group(), &bob(action).with("ec2:ResourceTag/Owner", BOB));
    }
}

#[test]
fn no_user_may_stop_what_a_service_made_for_itself_though_it_has_an_owner() {
    // Such as what Auto Scaling launched: no principal can be the service, so there is no PrincipalId. No value equals
    // that of a missing key, not even an empty or an unresolved one.
    for action in OWN_ACTIONS {
        for userid in [BOB, "", "autoscaling.amazonaws.com", "${aws:userid}"] {
            let of_a_service = bob(action)
                .with("aws:userid", userid)
                .with("ec2:ResourceTag/Owner", "autoscaling.amazonaws.com")
                .with("ec2:ResourceTag/Team", userid);
            not_allowed(&group(), &of_a_service);
        }
        // A principal without an id does not own what has none, either.
        not_allowed(&group(), &request("user/bob", action, &instance("i-0123456789abcdef0")));
    }
}

#[test]
fn a_user_may_do_nothing_else_with_their_own_instance() {
    for action in ["ec2:ModifyInstanceAttribute", "ec2:AssociateIamInstanceProfile", "ec2:CreateTags", "ec2:DeleteTags"]
    {
        let decision = decide(&group(), &bob(action).with("ec2:ResourceTag/PrincipalId", BOB));
        assert!(!decision.is_allowed(), "{action}: {decision:?}");
    }
}

/// Every request that can bring one of the keys along.
fn writes(key: &str) -> Vec<Request> {
    let arn = |rest: &str| format!("arn:aws:{rest}");
    let ways = [
        ("ec2:CreateTags", instance("i-0123456789abcdef0"), None),
        ("ec2:DeleteTags", instance("i-0123456789abcdef0"), None),
        // A launch, and the second permission of a launch with tags, from a launch template too.
        ("ec2:RunInstances", instance("*"), None),
        ("ec2:CreateTags", instance("*"), Some("RunInstances")),
        ("ec2:CreateLaunchTemplate", arn("ec2:eu-central-1:111122223333:launch-template/*"), None),
        ("ec2:CreateTags", arn("ec2:eu-central-1:111122223333:launch-template/*"), Some("CreateLaunchTemplate")),
        ("ec2:CreateTags", arn("ec2:eu-central-1:111122223333:volume/*"), Some("CreateVolume")),
        ("ec2:CreateFleet", arn("ec2:eu-central-1:111122223333:fleet/*"), None),
        ("autoscaling:CreateAutoScalingGroup", "*".to_owned(), None),
        ("autoscaling:CreateOrUpdateTags", "*".to_owned(), None),
        ("autoscaling:DeleteTags", "*".to_owned(), None),
        ("rds:CreateDBInstance", arn("rds:eu-central-1:111122223333:db:orders"), None),
        ("rds:AddTagsToResource", arn("rds:eu-central-1:111122223333:db:orders"), None),
        ("rds:RemoveTagsFromResource", arn("rds:eu-central-1:111122223333:db:orders"), None),
        ("s3:CreateBucket", arn("s3:::invoices"), None),
        ("s3:TagResource", arn("s3:::invoices"), None),
        ("s3:UntagResource", arn("s3:::invoices"), None),
        ("s3express:TagResource", arn("s3express:eu-central-1:111122223333:bucket/fast--x-s3"), None),
        ("batch:SetCapacityTags", "*".to_owned(), None),
        ("s3express:UntagResource", arn("s3express:eu-central-1:111122223333:bucket/fast--x-s3"), None),
    ];
    let requests = ways.into_iter().map(|(action, resource, creating)| {
        let request = request("role/Administrator", action, &resource).with_values("aws:TagKeys", &["Team", key]);
        match creating {
            Some(call) => request.with("ec2:CreateAction", call),
            None => request,
        }
    });
    requests.collect()
}

#[test]
fn only_the_host_writes_or_removes_a_protected_key_in_whatever_way() {
    for policies in [administrator(), member_of_the_organization()] {
        // In IAM, `ec2:ResourceTag/PrincipalId` also matches the tag `principalid`.
        for key in ["PrincipalId", "Owner", "principalid", "OWNER"] {
            for request in writes(key) {
                let of_rds = "OnlyTheHostWritesTheTagKeysOfRds";
                let is_of_rds = request.action.starts_with("rds:");
                denied(&policies, &request, if is_of_rds { of_rds } else { "OnlyTheHostWritesTheTagKeys" });
            }
        }
    }
}

#[test]
fn what_rds_lets_a_snapshot_inherit_is_not_written_by_its_maker() {
    let restore = |from_request: &str| {
        request("role/Administrator", "rds:RestoreDBInstanceFromDBSnapshot", "arn:aws:rds:eu-central-1:1:db:orders")
            .with_values("aws:TagKeys", &["PrincipalId"])
            .with("rds:TagsFromRequest", from_request)
    };
    for policies in [administrator(), member_of_the_organization()] {
        allowed(&policies, &restore("false"));
        denied(&policies, &restore("true"), "OnlyTheHostWritesTheTagKeysOfRds");
    }
}

#[test]
fn image_builder_puts_no_protected_key_on_what_it_makes() {
    let create = |key: &str| {
        request("role/Administrator", "imagebuilder:CreateInfrastructureConfiguration", "*")
            .with_values("imagebuilder:CreatedResourceTagKeys", &["Team", key])
    };
    for policies in [administrator(), member_of_the_organization()] {
        denied(&policies, &create("principalid"), "ImageBuilderWritesNoTagKeys");
        allowed(&policies, &create("Costs"));
    }
}

#[test]
fn a_user_starts_their_own_instance_again_though_it_has_a_license_configuration() {
    let license = "arn:aws:license-manager:eu-central-1:111122223333:license-configuration:lic-0123456789abcdef";
    allowed(&group(), &request("user/bob", "ec2:StartInstances", license));
    not_allowed(&group(), &request("user/bob", "ec2:StopInstances", license));
}

#[test]
fn a_stack_may_set_a_tag_owner_if_the_principal_id_alone_is_protected() {
    let stack = stack("users.yaml", &[("HostRoleArns", HOST), ("TagKeys", "PrincipalId")]);
    let policies = [everything(), managed(&stack, "TagProtectionPolicy")];
    for request in writes("owner") {
        allowed(&policies, &request);
    }
    let forged = request("role/Administrator", "ec2:CreateTags", &instance("i-0123456789abcdef0"));
    denied(&policies, &forged.with_values("aws:TagKeys", &["principalid"]), "OnlyTheHostWritesTheTagKeys");
}

#[test]
fn other_keys_are_everybodys() {
    for policies in [administrator(), member_of_the_organization()] {
        for request in writes("Costs") {
            allowed(&policies, &request);
        }
    }
}

#[test]
fn no_user_takes_all_tags_off_at_once() {
    for policies in [administrator(), member_of_the_organization(), group()] {
        for by in ["role/Administrator", "role/autotag-HostRole-1ABCDEFGHIJKL"] {
            let request = request(by, "ec2:DeleteTags", &instance("i-0123456789abcdef0"));
            denied(&policies, &request, "NoRemovalOfAllTagsAtOnce");
            if policies.len() > group().len() {
                allowed(&policies, &request.with_values("aws:TagKeys", &["Team"]));
            }
        }
    }
}

#[test]
fn the_host_is_the_exception() {
    for policies in [administrator(), member_of_the_organization()] {
        for request in writes("PrincipalId") {
            let host = super::request("role/autotag-HostRole-1ABCDEFGHIJKL", &request.action, &request.resource);
            allowed(&policies, &host.with_values("aws:TagKeys", &["Owner", "PrincipalId"]));
        }
    }
    // In a member account, its own role may write; a role there with the name of the host's role may not.
    let member = |role: &str| {
        let principal =
            autotag_iam_policy::Principal::Aws(format!("arn:aws:sts::444455556666:assumed-role/{role}/autotag"));
        Request { principal, ..request("role/x", "ec2:CreateTags", &instance("i-0123456789abcdef0")) }
            .with_values("aws:TagKeys", &["PrincipalId"])
    };
    allowed(&member_of_the_organization(), &member("autotag-tagging"));
    denied(&member_of_the_organization(), &member("autotag-HostRole-1ABCDEFGHIJKL"), "OnlyTheHostWritesTheTagKeys");
}

#[test]
fn only_the_host_replaces_the_tags_of_buckets_if_it_tags_them() {
    let put = |by| request(by, "s3:PutBucketTagging", "arn:aws:s3:::invoices");
    for policies in [administrator(), member_of_the_organization()] {
        denied(&policies, &put("role/Administrator"), "OnlyTheHostReplacesTheTagsOfBuckets");
        allowed(&policies, &put("role/autotag-HostRole-1ABCDEFGHIJKL"));
    }
    let without = stack("users.yaml", &[("HostRoleArns", HOST), ("TagS3", "false")]);
    allowed(&[everything(), managed(&without, "TagProtectionPolicy")], &put("role/Administrator"));
}

#[test]
fn without_a_role_of_the_host_the_protection_has_no_exception() {
    let stack = stack("users.yaml", &[]);
    let policies = [everything(), managed(&stack, "TagProtectionPolicy")];
    let request = request("role/autotag-HostRole-1ABCDEFGHIJKL", "ec2:CreateTags", &instance("i-0123456789abcdef0"));
    denied(&policies, &request.with_values("aws:TagKeys", &["Owner"]), "OnlyTheHostWritesTheTagKeys");
}

#[test]
fn the_protected_keys_are_those_of_the_parameter() {
    let stack = stack("users.yaml", &[("TagKeys", "CreatedBy,CreatorId")]);
    let policies = [everything(), managed(&stack, "TagProtectionPolicy")];
    let write =
        |key| request("role/x", "ec2:CreateTags", &instance("i-0123456789abcdef0")).with_values("aws:TagKeys", &[key]);
    denied(&policies, &write("CreatorId"), "OnlyTheHostWritesTheTagKeys");
    allowed(&policies, &write("Owner"));
}

#[test]
fn the_group_can_be_left_out_and_the_protection_stays() {
    let stack = stack("users.yaml", &[("RestrictUsers", "false")]);
    assert_eq!(stack.resources.keys().collect::<Vec<_>>(), ["TagProtectionPolicy"]);
}

#[test]
fn the_policy_of_the_organization_says_what_the_template_says_but_for_whom_it_leaves_out() {
    let statements = |document: &Value| {
        let mut statements = document["Statement"].as_array().unwrap().clone();
        for statement in &mut statements {
            if let Some(conditions) = statement.get_mut("Condition").and_then(Value::as_object_mut) {
                conditions.remove("ArnNotLike");
                if conditions.is_empty() {
                    statement.as_object_mut().unwrap().remove("Condition");
                }
            }
        }
        statements
    };
    let stack = stack("users.yaml", &[("HostRoleArns", HOST)]);
    let template = statements(&stack.properties("TagProtectionPolicy")["PolicyDocument"]);
    assert_eq!(template, statements(&service_control_policy()));
}

#[test]
fn in_an_organization_only_administrators_touch_the_hosts_roles() {
    let touch =
        |by: &str, action: &str, role: &str| request(by, action, &format!("arn:aws:iam::111122223333:role/{role}"));
    let policies = member_of_the_organization();
    for role in ["autotag-HostRole-1ABCDEFGHIJKL", "autotag-tagging"] {
        for action in ["iam:PassRole", "iam:UpdateAssumeRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"] {
            denied(&policies, &touch("role/Developer", action, role), "OnlyAdministratorsTouchTheHostsRoles");
            allowed(&policies, &touch("role/OrganizationAccountAccessRole", action, role));
        }
    }
    allowed(&policies, &touch("role/Developer", "iam:PassRole", "web"));
}

#[test]
fn in_an_organization_no_account_makes_an_administrator_that_the_denials_leave_out() {
    let policies = member_of_the_organization();
    for role in ["OrganizationAccountAccessRole", "stacksets-exec-x", "stacksets-exec-0123456789abcdef"] {
        let arn = format!("arn:aws:iam::111122223333:role/{role}");
        // Creating one, connecting to an existing one, and running something else with it.
        for action in [
            "iam:CreateRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:AttachRolePolicy",
            "iam:PutRolePolicy",
            "iam:DeleteRole",
            "iam:PassRole",
        ] {
            denied(&policies, &request("role/Administrator", action, &arn), "OnlyAdministratorsTouchTheHostsRoles");
            allowed(&policies, &request("role/stacksets-exec-0123456789abcdef", action, &arn));
        }
    }
}
