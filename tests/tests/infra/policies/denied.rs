//! What only administrators and the host may do, since it would forge, lose or suppress tags: one list, against which
//! both the denial in `users.yaml` and that of the organization are checked.

use std::collections::BTreeSet;

use autotag_iam_policy::{Policy, Request, decide};
use autotag_tests::cloudformation::{Environment, Stack, Template};
use serde_json::Value;

use super::users::{HOST, everything, group, member_of_the_organization, service_control_policy};
use super::{allowed, denied, instance, managed, request, stack};

/// The kind of resource that an action is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Role,
    Policy,
    Stack,
    Rule,
    Bus,
    Queue,
    /// What exists once per account, or whose name does not say whether it is the host's.
    Account,
}

/// An action, the resource that it is on, and the harm that it would do.
const DENIED: &[(&str, On, &str)] = &[
    // The host's roles and policies.
    ("iam:AttachRolePolicy", On::Role, "the host may do more"),
    ("iam:CreatePolicyVersion", On::Policy, "the host may do more, or no more tag"),
    ("iam:CreateRole", On::Role, "a role of the name that the denials leave out"),
    ("iam:DeletePolicy", On::Policy, "the host may no more tag"),
    ("iam:DeletePolicyVersion", On::Policy, "the way back to what the host may is gone"),
    ("iam:DeleteRole", On::Role, "it could be made anew, with another trust"),
    ("iam:DeleteRolePermissionsBoundary", On::Role, "the host may do more"),
    ("iam:DeleteRolePolicy", On::Role, "the host may no more tag"),
    ("iam:DetachRolePolicy", On::Role, "the host may no more tag"),
    ("iam:PassRole", On::Role, "a function or a machine of one's own is the host"),
    ("iam:PutRolePermissionsBoundary", On::Role, "the host may no more tag"),
    ("iam:PutRolePolicy", On::Role, "the host may do more"),
    ("iam:SetDefaultPolicyVersion", On::Policy, "the host may do more, or no more tag"),
    ("iam:UpdateAssumeRolePolicy", On::Role, "each principal that it then trusts is the host"),
    ("iam:UpdateRole", On::Role, "sessions of the host end too early"),
    // What delivers events. A stack with a role of its own is changed with that role's rights.
    ("cloudformation:CreateChangeSet", On::Stack, "all of what follows, by the stack's own role"),
    ("cloudformation:DeleteStack", On::Stack, "no event comes"),
    ("cloudformation:ExecuteChangeSet", On::Stack, "all of what follows, by the stack's own role"),
    ("cloudformation:UpdateStack", On::Stack, "all of what follows, by the stack's own role"),
    ("events:DeleteEventBus", On::Bus, "events of members are lost"),
    ("events:DeleteRule", On::Rule, "events are lost"),
    ("events:DisableRule", On::Rule, "events are lost, for as long as it takes to tag nothing of one's own"),
    ("events:EnableRule", On::Rule, "events come that an operator has turned off"),
    ("events:PutRule", On::Rule, "a pattern that lets some people's events pass by, or lets replays in"),
    ("events:PutTargets", On::Rule, "a target with an input of one's own: made-up events, in the name of AWS"),
    ("events:RemoveTargets", On::Rule, "events are lost"),
    ("events:UpdateEventBus", On::Bus, "with a key that EventBridge may not use, the events of members are lost"),
    // Who may send to the queues, and where they send what is not tagged.
    ("sqs:AddPermission", On::Queue, "others may send: made-up events"),
    ("sqs:DeleteQueue", On::Queue, "events are lost; made anew, it has another policy"),
    ("sqs:RemovePermission", On::Queue, "EventBridge may not send, so that events are lost"),
    ("sqs:SetQueueAttributes", On::Queue, "others may send, or messages end before they are tagged"),
    // The names of these do not say whether they lead to the host.
    ("cloudtrail:DeleteTrail", On::Account, "without a trail, no event comes"),
    ("cloudtrail:PutEventSelectors", On::Account, "a trail without management events brings none"),
    ("cloudtrail:StopLogging", On::Account, "no event comes, for as long as it takes to tag nothing of one's own"),
    ("cloudtrail:UpdateTrail", On::Account, "a trail of another Region brings no events of this one"),
    ("events:CancelReplay", On::Account, "what an operator has replayed stays untagged"),
    ("events:CreateArchive", On::Account, "what happened once can be told again, when it is another principal's"),
    ("events:DeleteArchive", On::Account, "what an operator keeps is lost"),
    ("events:PutPermission", On::Account, "other accounts may send to the bus for members"),
    ("events:RemovePermission", On::Account, "members may not send any more"),
    ("events:StartReplay", On::Account, "what happened once is told again, when it is another principal's"),
    ("events:UpdateArchive", On::Account, "as making one, or as deleting one"),
    // The host's own work, and that of operators.
    ("sqs:CancelMessageMoveTask", On::Queue, "what an operator has moved back stays untagged"),
    ("sqs:ChangeMessageVisibility", On::Queue, "events are held back until they are too old"),
    ("sqs:DeleteMessage", On::Queue, "events are lost"),
    ("sqs:PurgeQueue", On::Queue, "events are lost"),
    ("sqs:ReceiveMessage", On::Queue, "events are held back, and end among the dead letters"),
    ("sqs:SendMessage", On::Queue, "made-up events"),
    ("sqs:StartMessageMoveTask", On::Queue, "old events come again, or go to a queue of one's own"),
];

/// The host's resources of each kind, in its own account and in others.
fn of_the_host(on: On) -> Vec<String> {
    let central = stack("autotag.yaml", &[("MemberAccounts", "444455556666")]);
    let output = |name: &str| central.outputs[name].clone();
    let arns = |service: &str, names: &[&str]| {
        names.iter().map(|name| format!("arn:aws:{service}:444455556666:{name}")).collect::<Vec<_>>()
    };
    match on {
        On::Role => arns("iam:", &["role/autotag-HostRole-1ABCDEFGHIJKL", "role/autotag-tagging"]),
        On::Policy => {
            let member = "policy/StackSet-autotag-member-0a1b2c3d-MemberPolicy-1ABCDEFGHIJKL";
            [vec![output("HostPolicyArn")], arns("iam:", &[member])].concat()
        }
        On::Stack => arns(
            "cloudformation:eu-central-1",
            &["stack/autotag/0a1b2c3d", "stack/autotag-users/0a1b2c3d", "stack/StackSet-autotag-member-0a1b2c3d/4e5f"],
        ),
        On::Rule => {
            let central = output("RuleArns").split(',').map(ToOwned::to_owned).collect::<Vec<_>>();
            let more =
                ["rule/autotag-plugin-dynamodb-DynamodbRule-1ABC", "rule/StackSet-autotag-member-0a1b2c3d-S3Rule-1"];
            [central, arns("events:eu-central-1", &more)].concat()
        }
        On::Bus => vec![output("MemberBusArn")],
        On::Queue => {
            let central = ["QueueArn", "DeadLetterQueueArn", "DeliveryDeadLetterQueueArn"].map(output).to_vec();
            let member = "StackSet-autotag-member-0a1b2c3d-DeliveryDeadLetterQueue-1ABCDEFGHIJKL";
            [central, arns("sqs:eu-central-1", &[member])].concat()
        }
        On::Account => [
            arns("cloudtrail:eu-central-1", &["trail/management-events"]),
            arns("events:eu-central-1", &["archive/everything", "replay/again", "event-bus/default"]),
            vec!["*".to_owned()],
        ]
        .concat(),
    }
}

/// A resource of each kind that is not the host's, for the kinds that have names.
fn of_others(on: On) -> Option<&'static str> {
    Some(match on {
        On::Role => "arn:aws:iam::111122223333:role/web",
        On::Policy => "arn:aws:iam::111122223333:policy/web",
        On::Stack => "arn:aws:cloudformation:eu-central-1:111122223333:stack/web/0a1b2c3d",
        On::Rule => "arn:aws:events:eu-central-1:111122223333:rule/orders",
        On::Bus => "arn:aws:events:eu-central-1:111122223333:event-bus/orders",
        On::Queue => "arn:aws:sqs:eu-central-1:111122223333:orders",
        On::Account => return None,
    })
}

/// The denial of `users.yaml`, beside a power user's policy, which allows everything.
fn power_user() -> Vec<Policy> {
    vec![everything(), group().swap_remove(1)]
}

#[track_caller]
fn is_denied(policies: &[Policy], request: &Request) {
    let decision = decide(policies, request);
    assert!(matches!(decision, autotag_iam_policy::Decision::ExplicitDeny { .. }), "{decision:?}: {request:?}");
}

#[test]
fn a_power_user_does_none_of_it_and_administrators_of_the_organization_do_all() {
    for &(action, on, why) in DENIED {
        assert!(!why.is_empty(), "{action}");
        for resource in of_the_host(on) {
            for policies in [power_user(), member_of_the_organization()] {
                is_denied(&policies, &request("role/PowerUser", action, &resource));
                is_denied(&policies, &request("user/bob", action, &resource));
            }
            for role in ["role/OrganizationAccountAccessRole", "role/stacksets-exec-0123456789abcdef"] {
                allowed(&member_of_the_organization(), &request(role, action, &resource));
            }
        }
        if let Some(resource) = of_others(on) {
            for policies in [power_user(), member_of_the_organization()] {
                allowed(&policies, &request("role/PowerUser", action, resource));
            }
        }
    }
}

#[test]
fn both_denials_are_about_the_actions_of_the_list_and_no_others_but_writing_tags() {
    const WRITING: [&str; 5] = [
        "ImageBuilderWritesNoTagKeys",
        "NoRemovalOfAllTagsAtOnce",
        "OnlyTheHostReplacesTheTagsOfBuckets",
        "OnlyTheHostWritesTheTagKeys",
        "OnlyTheHostWritesTheTagKeysOfRds",
    ];
    let listed: BTreeSet<&str> = DENIED.iter().map(|(action, ..)| *action).collect();
    assert_eq!(listed.len(), DENIED.len(), "each stands there once");
    let template = stack("users.yaml", &[("HostRoleArns", HOST)]);
    for document in [&template.properties("TagProtectionPolicy")["PolicyDocument"], &service_control_policy()] {
        let statements = document["Statement"].as_array().unwrap().iter();
        let others = statements.filter(|statement| !WRITING.contains(&statement["Sid"].as_str().unwrap()));
        let actions: Vec<&str> = others
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        assert_eq!(actions.len(), DENIED.len());
        assert_eq!(actions.into_iter().collect::<BTreeSet<_>>(), listed);
    }
}

/// Everything that a policy allows the host, on the resources that it names.
fn works(stack: &Stack, policy: &str, role: &str) -> Vec<Request> {
    let texts = |value: &Value| match value {
        Value::Array(texts) => texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        text => vec![text.as_str().unwrap().to_owned()],
    };
    let statements = stack.properties(policy)["PolicyDocument"]["Statement"].as_array().unwrap();
    let works = statements.iter().flat_map(|statement| {
        let resources: Vec<String> = texts(&statement["Resource"]);
        texts(&statement["Action"]).into_iter().flat_map(move |action| {
            let by_host = resources.clone().into_iter().map(move |resource| request(role, &action, &resource));
            by_host.map(|request| request.with_values("aws:TagKeys", &["Owner", "PrincipalId"]))
        })
    });
    works.collect()
}

#[test]
fn neither_denial_keeps_the_host_from_its_work() {
    let parameters = [
        ("KmsKey", "new"),
        ("MemberAccounts", "444455556666"),
        ("MemberRoleName", "autotag-tagging"),
        ("TagRds", "true"),
        ("TagS3", "true"),
    ];
    let central = stack("autotag.yaml", &parameters);
    let by_host = works(&central, "HostPolicy", "role/autotag-HostRole-1ABCDEFGHIJKL");
    assert!(by_host.len() > 50, "{}", by_host.len());
    for request in by_host {
        allowed(&power_user(), &request);
        allowed(&member_of_the_organization(), &request);
    }
    // A member account's own stack of users.yaml exempts its own role.
    let given = [
        ("CentralBusArn", "arn:aws:events:eu-central-1:111122223333:event-bus/autotag"),
        ("HostRoleArn", HOST),
        ("RoleRegion", "eu-central-1"),
    ];
    let member = Template::of_infra("member.yaml").deploy(&Environment::usual(), &given).unwrap();
    let role = "arn:aws:iam::111122223333:role/autotag-tagging";
    let its_own = [everything(), managed(&stack("users.yaml", &[("HostRoleArns", role)]), "TagProtectionPolicy")];
    for request in works(&member, "MemberPolicy", "role/autotag-tagging") {
        allowed(&its_own, &request);
        allowed(&member_of_the_organization(), &request);
    }
}

#[test]
fn operators_move_dead_letters_back_and_are_no_administrators_for_that() {
    let queue = &of_the_host(On::Queue)[1];
    let by_operator = |action: &str, resource: &str| {
        let role =
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_PlatformTeam_0";
        request("role/AWSReservedSSO_PlatformTeam_0", action, resource).with("aws:PrincipalArn", role)
    };
    let policies = member_of_the_organization();
    for action in ["sqs:StartMessageMoveTask", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue"] {
        allowed(&policies, &by_operator(action, queue));
    }
    is_denied(&policies, &by_operator("sqs:SetQueueAttributes", queue));
    is_denied(&policies, &by_operator("events:StartReplay", "*"));
    let tag =
        by_operator("ec2:CreateTags", &instance("i-0123456789abcdef0")).with_values("aws:TagKeys", &["PrincipalId"]);
    denied(&policies, &tag, "OnlyTheHostWritesTheTagKeys");
}

#[test]
fn a_host_of_another_name_is_protected_by_that_name() {
    let other = [everything(), managed(&stack("users.yaml", &[("HostNames", "owners")]), "TagProtectionPolicy")];
    let queue = |name: &str| request("user/bob", "sqs:DeleteQueue", &format!("arn:aws:sqs:eu-central-1:1:{name}"));
    denied(&other, &queue("owners"), "OnlyAdministratorsTouchTheHostsQueuesAndRules");
    denied(&other, &queue("owners-dead-letters"), "OnlyAdministratorsTouchTheHostsQueuesAndRules");
    allowed(&other, &queue("autotag"));
}
