//! What the host may do, and what it may not.

use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
use autotag_tests::cloudformation::{Environment, Stack, Template, deploy_autotag};

use super::{ACCOUNT, allowed, instance, managed, not_allowed, policy, request, stack};

const HOST: &str = "role/autotag-HostRole-1ABCDEFGHIJKL";
const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";
const QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:autotag";

fn host(parameters: &[(&str, &str)]) -> [Policy; 1] {
    [managed(&stack("autotag.yaml", parameters), "HostPolicy")]
}

fn by_host(action: &str, resource: &str) -> Request {
    request(HOST, action, resource)
}

/// Each request that writes tags and depends on their keys.
fn writes() -> [Request; 8] {
    [
        by_host("ec2:CreateTags", &instance("i-0123456789abcdef0")),
        by_host("ec2:CreateTags", "arn:aws:ec2:eu-central-1::image/ami-0123456789abcdef0"),
        by_host("ec2:CreateTags", "arn:aws:ec2:eu-central-1::snapshot/snap-0123456789abcdef0"),
        by_host("ec2:CreateTags", "arn:aws:ec2::111122223333:ipam/ipam-0123456789abcdef0"),
        by_host("rds:AddTagsToResource", "arn:aws:rds:eu-central-1:111122223333:db:orders"),
        by_host("rds:AddTagsToResource", "arn:aws:rds::111122223333:global-cluster:world"),
        by_host("s3:TagResource", "arn:aws:s3:::invoices"),
        by_host("s3express:TagResource", "arn:aws:s3express:eu-central-1:111122223333:bucket/fast--x-s3"),
    ]
}

#[test]
fn the_host_may_write_the_keys_and_no_other() {
    let host = host(&[]);
    for request in writes() {
        allowed(&host, &request.clone().with_values("aws:TagKeys", &["PrincipalId"]));
        allowed(&host, &request.clone().with_values("aws:TagKeys", &["Owner", "PrincipalId"]));
        not_allowed(&host, &request.clone().with_values("aws:TagKeys", &["Owner", "Costs"]));
        not_allowed(&host, &request.clone().with_values("aws:TagKeys", &["principalid"]));
        // A request without any key, which `ForAllValues` alone would allow.
        not_allowed(&host, &request);
    }
    let other_keys = super::stack("autotag.yaml", &[("TagKeys", "CreatedBy")]);
    let policy = [managed(&other_keys, "HostPolicy")];
    allowed(&policy, &writes()[0].clone().with_values("aws:TagKeys", &["CreatedBy"]));
    not_allowed(&policy, &writes()[0].clone().with_values("aws:TagKeys", &["Owner"]));
}

#[test]
fn the_host_cannot_take_tags_off_or_change_anything() {
    let host = host(&[]);
    for action in [
        "ec2:DeleteTags",
        "ec2:TerminateInstances",
        "rds:RemoveTagsFromResource",
        "s3:UntagResource",
        "s3:DeleteBucket",
        "tag:UntagResources",
        "sqs:SendMessage",
        "sqs:PurgeQueue",
        "events:PutRule",
        "iam:PassRole",
        "sts:AssumeRole",
    ] {
        for resource in [QUEUE, &instance("i-0123456789abcdef0"), "arn:aws:s3:::invoices", "*"] {
            not_allowed(&host, &by_host(action, resource).with_values("aws:TagKeys", &["Owner"]));
            not_allowed(&host, &by_host(action, resource));
        }
    }
}

#[test]
fn the_host_works_off_its_queue_and_no_other() {
    let host = host(&[]);
    for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"] {
        allowed(&host, &by_host(action, QUEUE));
        not_allowed(&host, &by_host(action, &format!("{QUEUE}-dead-letters")));
        not_allowed(&host, &by_host(action, "arn:aws:sqs:eu-central-1:111122223333:orders"));
    }
}

#[test]
fn the_host_looks_and_tags_in_its_region_and_the_chosen_ones_alone() {
    let several = host(&[("Regions", "eu-central-1,us-east-1")]);
    let tag = writes()[0].clone().with_values("aws:TagKeys", &["Owner"]);
    for request in [by_host("ec2:DescribeInstances", "*"), by_host("tag:TagResources", "*"), tag] {
        let elsewhere = |region| request.clone().with("aws:RequestedRegion", region);
        allowed(&host(&[]), &request);
        not_allowed(&host(&[]), &elsewhere("us-east-1"));
        allowed(&several, &request);
        allowed(&several, &elsewhere("us-east-1"));
        not_allowed(&several, &elsewhere("us-west-2"));
    }
}

/// What shows when a resource of RDS, DocumentDB or Neptune was created, and who owns it.
const RDS_LOOKS: [&str; 5] = [
    "rds:DescribeDBClusters",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshots",
    "rds:ListTagsForResource",
];

const DATABASE: &str = "arn:aws:rds:eu-central-1:111122223333:db:orders";

#[test]
fn the_host_sees_when_things_were_made_and_not_what_is_in_them() {
    let host = host(&[]);
    // That these are what the host looks up, the doctor's tests hold.
    let looks = stack("autotag.yaml", &[]).actions("HostPolicy", "LookUpWhatACallCreated");
    let looks: Vec<_> = looks.iter().map(|action| by_host(action, "*")).collect();
    for request in looks.into_iter().chain(RDS_LOOKS.map(|action| by_host(action, DATABASE))) {
        allowed(&host, &request);
        not_allowed(&host, &request.with("aws:RequestedRegion", "us-east-1"));
    }
    // S3 decides in which Region the list of all buckets is requested.
    allowed(&host, &by_host("s3:ListAllMyBuckets", "*").with("aws:RequestedRegion", "us-east-1"));
    not_allowed(&host, &by_host("rds:DescribeDBInstances", "arn:aws:rds:eu-central-1:444455556666:db:theirs"));
    for action in [
        // Instances' user data, and what is on their screens.
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetConsoleOutput",
        "ec2:GetPasswordData",
        "rds:DownloadDBLogFilePortion",
        "s3:GetObject",
        "s3:ListBucket",
    ] {
        for resource in ["*", DATABASE, "arn:aws:s3:::invoices", &instance("i-0123456789abcdef0")] {
            not_allowed(&host, &by_host(action, resource));
        }
    }
}

#[test]
fn what_is_not_chosen_is_not_allowed() {
    let tagging_api = by_host("tag:TagResources", "*");
    let keys = |request: &Request| request.clone().with_values("aws:TagKeys", &["Owner"]);
    let rds = keys(&by_host("rds:AddTagsToResource", "arn:aws:rds:eu-central-1:111122223333:db:orders"));
    let s3 = [
        by_host("s3:ListAllMyBuckets", "*"),
        keys(&by_host("s3:TagResource", "arn:aws:s3:::invoices")),
        by_host("s3:GetBucketTagging", "arn:aws:s3:::invoices"),
        by_host("s3:PutBucketTagging", "arn:aws:s3:::invoices"),
        by_host("s3:ListTagsForResource", "arn:aws:s3:::invoices"),
    ];
    for (tag_rds, tag_s3) in [(true, true), (true, false), (false, true), (false, false)] {
        let texts = [tag_rds, tag_s3].map(|choice| choice.to_string());
        let host = host(&[("TagRds", &texts[0]), ("TagS3", &texts[1])]);
        assert_eq!(decide(&host, &rds).is_allowed(), tag_rds);
        for action in RDS_LOOKS {
            assert_eq!(decide(&host, &by_host(action, DATABASE)).is_allowed(), tag_rds, "{action}");
        }
        assert_eq!(decide(&host, &tagging_api).is_allowed(), tag_rds || tag_s3);
        for request in &s3 {
            assert_eq!(decide(&host, request).is_allowed(), tag_s3, "{request:?}");
        }
        allowed(&host, &keys(&by_host("ec2:CreateTags", &instance("i-0123456789abcdef0"))));
    }
}

#[test]
fn buckets_of_other_accounts_are_out_of_reach() {
    let theirs = |request: Request| request.with("aws:ResourceAccount", "444455556666");
    let host = host(&[]);
    for action in ["s3:PutBucketTagging", "s3:TagResource"] {
        let request = by_host(action, "arn:aws:s3:::invoices").with_values("aws:TagKeys", &["Owner"]);
        allowed(&host, &request);
        not_allowed(&host, &theirs(request));
    }
}

#[test]
fn the_host_decrypts_messages_by_way_of_sqs_if_there_is_a_key() {
    let decrypt = |action: &str, service: &str| by_host(action, KEY).with("kms:ViaService", service);
    not_allowed(&host(&[]), &decrypt("kms:Decrypt", "sqs.eu-central-1.amazonaws.com"));
    for key in ["new", KEY] {
        let host = host(&[("KmsKey", key)]);
        allowed(&host, &decrypt("kms:Decrypt", "sqs.eu-central-1.amazonaws.com"));
        not_allowed(&host, &decrypt("kms:Decrypt", "s3.eu-central-1.amazonaws.com"));
        not_allowed(&host, &decrypt("kms:GenerateDataKey", "sqs.eu-central-1.amazonaws.com"));
        not_allowed(&host, &by_host("kms:Decrypt", KEY));
    }
}

#[test]
fn the_doctor_looks_and_does_not_touch() {
    let rule = "arn:aws:events:eu-central-1:111122223333:rule/autotag-Ec2Rule1-1ABCDEFGHIJKL";
    let looks = [
        by_host("sqs:GetQueueAttributes", QUEUE),
        by_host("sqs:GetQueueAttributes", &format!("{QUEUE}-dead-letters")),
        by_host("sqs:GetQueueAttributes", &format!("{QUEUE}-undelivered")),
        by_host("sqs:GetQueueUrl", QUEUE),
        by_host("events:ListRuleNamesByTarget", "*"),
        by_host("events:DescribeRule", rule),
        by_host("events:ListTargetsByRule", rule),
        by_host("events:TestEventPattern", "*"),
        by_host("cloudtrail:DescribeTrails", "*"),
        by_host("cloudtrail:GetTrailStatus", "*"),
        by_host("cloudtrail:LookupEvents", "*"),
        by_host("cloudtrail:GetEventSelectors", "*"),
    ];
    let key = [by_host("kms:DescribeKey", KEY), by_host("kms:GetKeyPolicy", KEY)];
    for (allow, has_key) in [(true, true), (true, false), (false, true), (false, false)] {
        let host = host(&[("AllowDoctor", &allow.to_string()), ("KmsKey", if has_key { "new" } else { "none" })]);
        for request in &looks {
            assert_eq!(decide(&host, request).is_allowed(), allow, "{request:?}");
        }
        for request in &key {
            assert_eq!(decide(&host, request).is_allowed(), allow && has_key, "{request:?}");
        }
    }
    not_allowed(&host(&[]), &by_host("sqs:GetQueueAttributes", "arn:aws:sqs:eu-central-1:111122223333:orders"));
    // The doctor's probe is for operators: a host that is taken over could forge events.
    not_allowed(&host(&[]), &by_host("sqs:SendMessage", QUEUE));
}

#[test]
fn the_host_assumes_the_named_role_of_members_alone() {
    let assume = |account: &str, role: &str| {
        by_host("sts:AssumeRole", &format!("arn:aws:iam::{account}:role/{role}"))
            .with("aws:ResourceAccount", account)
            .with("aws:ResourceOrgID", "o-a1b2c3d4e5")
    };
    let name = ("MemberRoleName", "autotag-tagging");
    let accounts = ("MemberAccounts", "444455556666,777788889999");
    let by_accounts = host(&[name, accounts]);
    allowed(&by_accounts, &assume("444455556666", "autotag-tagging"));
    allowed(&by_accounts, &assume("777788889999", "autotag-tagging"));
    not_allowed(&by_accounts, &assume("123456789012", "autotag-tagging"));
    not_allowed(&by_accounts, &assume("444455556666", "Administrator"));

    let by_organization = host(&[name, ("OrganizationId", "o-a1b2c3d4e5")]);
    allowed(&by_organization, &assume("123456789012", "autotag-tagging"));
    not_allowed(&by_organization, &assume("123456789012", "autotag-tagging").with("aws:ResourceOrgID", "o-zzzzzzzzzz"));
    not_allowed(&by_organization, &assume("123456789012", "Administrator"));

    // Without a name, or without anything that shows whose it is, there is nothing to assume.
    not_allowed(&host(&[accounts]), &assume("444455556666", "autotag-tagging"));
    let without_members = deploy_autotag(&Environment::usual(), &[name]);
    assert_eq!(without_members.unwrap_err(), "With MemberRoleName, MemberAccounts or OrganizationId must be set");
}

/// Requests the host's role.
fn becomes(stack: &Stack, service: &str, action: &str, context: &[(&str, &str)]) -> Decision {
    let trust = policy(&stack.properties("HostRole")["AssumeRolePolicyDocument"]);
    let request = Request::new(Principal::Service(service.into()), action, "*");
    let request = context.iter().fold(request, |request, (key, value)| request.with(key, value));
    decide(&[trust], &request)
}

#[test]
fn only_the_service_that_runs_the_host_may_give_it_its_role() {
    assert!(stack("autotag.yaml", &[]).of_type("AWS::IAM::Role").next().is_none());

    let ecs = stack("autotag.yaml", &[("HostService", "ecs-tasks.amazonaws.com")]);
    let assume = |service, account| becomes(&ecs, service, "sts:AssumeRole", &[("aws:SourceAccount", account)]);
    assert!(assume("ecs-tasks.amazonaws.com", ACCOUNT).is_allowed());
    assert_eq!(assume("ecs-tasks.amazonaws.com", "444455556666"), Decision::ImplicitDeny);
    assert_eq!(assume("lambda.amazonaws.com", ACCOUNT), Decision::ImplicitDeny);
    let tag_session = becomes(&ecs, "ecs-tasks.amazonaws.com", "sts:TagSession", &[("aws:SourceAccount", ACCOUNT)]);
    assert_eq!(tag_session, Decision::ImplicitDeny);
    assert_eq!(ecs.properties("HostRole")["ManagedPolicyArns"][0], ecs.outputs["HostPolicyArn"].as_str());

    let pods = [("HostService", "pods.eks.amazonaws.com"), ("PodServiceAccount", "tools/tagger")];
    let pods = stack("autotag.yaml", &pods);
    let of_pod = |action, namespace, account| {
        let tags = [
            ("aws:RequestTag/kubernetes-namespace", namespace),
            ("aws:RequestTag/kubernetes-service-account", account),
        ];
        becomes(&pods, "pods.eks.amazonaws.com", action, &tags).is_allowed()
    };
    assert!(of_pod("sts:AssumeRole", "tools", "tagger") && of_pod("sts:TagSession", "tools", "tagger"));
    assert!(!of_pod("sts:AssumeRole", "tools", "default") && !of_pod("sts:AssumeRole", "default", "tagger"));

    let ec2 = stack("autotag.yaml", &[("HostService", "ec2.amazonaws.com")]);
    assert!(becomes(&ec2, "ec2.amazonaws.com", "sts:AssumeRole", &[]).is_allowed());
    assert!(ec2.outputs.contains_key("HostInstanceProfileName"));
}

#[test]
fn in_other_partitions_everything_is_called_as_it_is_there() {
    let china = Environment {
        partition: "aws-cn",
        url_suffix: "amazonaws.com.cn",
        region: "cn-north-1",
        ..Environment::usual()
    };
    let gov = Environment { partition: "aws-us-gov", region: "us-gov-west-1", ..Environment::usual() };
    for place in [china, gov] {
        let parameters = [("HostService", "ec2.amazonaws.com"), ("MemberAccounts", "444455556666"), ("KmsKey", "new")];
        let stack = deploy_autotag(&place, &parameters).unwrap();
        let text = serde_json::to_string(&stack.resources).unwrap();
        assert!(!text.contains("arn:aws:"), "{text}");
        let service = format!("ec2.{}", place.url_suffix);
        assert!(becomes(&stack, &service, "sts:AssumeRole", &[]).is_allowed());
        for (template, parameters) in [
            ("users.yaml", vec![]),
            (
                "member.yaml",
                vec![
                    ("CentralBusArn", "arn:X:events:cn-north-1:111122223333:event-bus/autotag"),
                    ("HostRoleArn", "arn:X:iam::111122223333:role/autotag"),
                    ("RoleRegion", place.region),
                ],
            ),
        ] {
            let stack = Template::of_infra(template).deploy(&place, &parameters).unwrap();
            let text = serde_json::to_string(&stack.resources).unwrap();
            assert!(!text.contains("arn:aws:"), "{text}");
        }
    }
}
