//! AWS's own limits, and what must not be combined.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_tests::cloudformation::{Environment, Stack, Template, deploy_autotag};
use serde_json::{Value, json};

use super::stack;

/// All options that can be combined.
const ALL: [(&str, &str); 9] = [
    ("KmsKey", "new"),
    ("HostService", "pods.eks.amazonaws.com"),
    ("Regions", "eu-central-1,eu-west-1,eu-north-1,us-east-1,us-east-2,us-west-2"),
    ("MemberAccounts", "444455556666,777788889999"),
    ("OrganizationId", "o-a1b2c3d4e5"),
    ("MemberRoleName", "autotag-tagging"),
    ("OperatorArns", "arn:aws:iam::111122223333:role/Operator"),
    ("AlarmEmail", "ops@example.com"),
    ("MoreRuleArns", "arn:aws:events:eu-central-1:111122223333:rule/my-plugins-*"),
];

fn templates() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let templates = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    templates
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn each_template_can_be_deployed_from_a_file() {
    let templates = templates();
    assert_eq!(templates.len(), 4);
    for (name, text) in templates {
        // Larger templates need a bucket.
        assert!(text.len() <= 51_200, "{name}: {}", text.len());
    }
}

#[test]
fn each_policy_fits_into_iams_quota() {
    let stacks =
        [stack("autotag.yaml", &ALL), stack("users.yaml", &[("HostRoleArns", "arn:aws:iam::111122223333:role/x")])];
    for (name, policy) in stacks.iter().flat_map(|stack| stack.of_type("AWS::IAM::ManagedPolicy")) {
        let text = policy["PolicyDocument"].to_string();
        let length = text.chars().filter(|character| !character.is_whitespace()).count();
        assert!(length <= 6_144, "{name}: {length}");
    }
    let scp = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/tag-protection.scp.json");
    let scp: Value = serde_json::from_str(&fs::read_to_string(scp).unwrap()).unwrap();
    assert!(scp.to_string().len() <= 5_120);
}

#[test]
fn a_dead_letter_is_kept_for_longer_than_any_message_waited() {
    for days in 1..=13_u32 {
        let stack = stack("autotag.yaml", &[("QueueRetentionDays", &days.to_string())]);
        assert_eq!(stack.properties("Queue")["MessageRetentionPeriod"], days * 86_400);
        for queue in ["DeadLetterQueue", "DeliveryDeadLetterQueue"] {
            assert_eq!(stack.properties(queue)["MessageRetentionPeriod"], 14 * 86_400);
        }
    }
    let as_long = deploy_autotag(&Environment::usual(), &[("QueueRetentionDays", "14")]);
    assert_eq!(as_long.unwrap_err(), "QueueRetentionDays cannot be 14: 1 to 13 days");
}

#[test]
fn a_message_gets_ten_receives_at_least() {
    let few = deploy_autotag(&Environment::usual(), &[("MaxReceiveCount", "9")]);
    assert_eq!(few.unwrap_err(), "MaxReceiveCount cannot be 9: 14 to 1000");
    let usual = stack("autotag.yaml", &[]);
    assert_eq!(usual.properties("Queue")["RedrivePolicy"]["maxReceiveCount"], "20");
}

#[test]
fn every_combination_of_choices_is_a_stack() {
    let choices: [(&str, &[&str]); 10] = [
        ("TagRds", &["true", "false"]),
        ("TagS3", &["true", "false"]),
        ("KmsKey", &["none", "new", "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"]),
        ("HostService", &["none", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"]),
        ("AllowDoctor", &["true", "false"]),
        ("MoreRuleArns", &["", "arn:aws:events:eu-central-1:111122223333:rule/my-plugins-*"]),
        ("MemberAccounts", &["", "444455556666"]),
        ("OrganizationId", &["", "o-a1b2c3d4e5"]),
        ("AlarmTopic", &["new", "none", "arn:aws:sns:eu-central-1:111122223333:alarms"]),
        ("Dashboard", &["true", "false"]),
    ];
    let mut combinations: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for (name, values) in choices {
        let with = |value: &&'static str| {
            combinations.iter().map(|one| [&one[..], &[(name, *value)]].concat()).collect::<Vec<_>>()
        };
        combinations = values.iter().flat_map(with).collect();
    }
    for combination in combinations {
        let stack =
            deploy_autotag(&Environment::usual(), &[&combination[..], &[("AlarmEmail", "ops@example.com")]].concat());
        let stack = stack.unwrap_or_else(|error| panic!("{error}: {combination:?}"));
        let arns: Vec<_> = stack.outputs["RuleArns"].split(',').collect();
        assert_eq!(arns.len(), stack.of_type("AWS::Events::Rule").count(), "{combination:?}");
    }
}

#[test]
fn each_alarm_notifies_the_topic() {
    let stack = stack("autotag.yaml", &ALL);
    for (name, alarm) in stack.of_type("AWS::CloudWatch::Alarm") {
        for moment in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[moment], json!([stack.outputs["AlarmTopicArn"]]), "{name}");
        }
    }
    let unheard = Template::of_infra("autotag.yaml").deploy(&Environment::usual(), &[]).unwrap_err();
    assert!(unheard.contains("A new topic needs AlarmEmail"), "{unheard}");
    assert!(super::stack("autotag.yaml", &[("AlarmTopic", "none")]).of_type("AWS::CloudWatch::Alarm").next().is_none());
}

#[test]
fn two_alarms_watch_every_rule_that_there_is() {
    let member = |rds, s3| {
        let given = [
            ("CentralBusArn", "arn:aws:events:eu-central-1:111122223333:event-bus/autotag"),
            ("HostRoleArn", "arn:aws:iam::111122223333:role/autotag"),
            ("AlarmTopicArn", "arn:aws:sns:eu-central-1:111122223333:alarms"),
            ("TagRds", rds),
            ("TagS3", s3),
        ];
        Template::of_infra("member.yaml").deploy(&Environment::usual(), &given).unwrap()
    };
    for (rds, s3) in [("true", "true"), ("true", "false"), ("false", "true"), ("false", "false")] {
        for accounts in ["", "444455556666"] {
            every_rule_is_watched(&stack(
                "autotag.yaml",
                &[("TagRds", rds), ("TagS3", s3), ("MemberAccounts", accounts)],
            ));
        }
        every_rule_is_watched(&member(rds, s3));
    }
}

fn every_rule_is_watched(stack: &Stack) {
    // As CloudWatch knows them: rules of a bus other than the default one by their bus, too.
    let rules: BTreeSet<_> = stack.outputs["RuleArns"]
        .split(',')
        .map(|arn| match arn.split('/').collect::<Vec<_>>()[1..] {
            [rule] => json!([{"Name": "RuleName", "Value": rule}]).to_string(),
            [bus, rule] => {
                json!([{"Name": "EventBusName", "Value": bus}, {"Name": "RuleName", "Value": rule}]).to_string()
            }
            _ => panic!("{arn}"),
        })
        .collect();
    for (name, metric) in
        [("FailedInvocationsAlarm", "FailedInvocations"), ("LostEventsAlarm", "InvocationsFailedToBeSentToDlq")]
    {
        let alarm = stack.properties(name);
        let (expressions, metrics): (Vec<_>, Vec<_>) =
            alarm["Metrics"].as_array().unwrap().iter().partition(|one| one.get("Expression").is_some());
        // The sum of all of them, where a rule without data counts as none.
        let [expression] = expressions.as_slice() else { panic!("{expressions:?}") };
        assert_eq!(expression["Expression"], "SUM(FILL(METRICS(), 0))");
        // CloudWatch's limit for one alarm.
        assert!(metrics.len() <= 10, "{name}");
        let ids: BTreeSet<_> = metrics.iter().map(|one| one["Id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), metrics.len(), "{name}");
        let watched = metrics.iter().map(|one| {
            assert_eq!(one["ReturnData"], false, "{name}");
            assert_eq!(one["MetricStat"]["Stat"], "Sum", "{name}");
            let of = &one["MetricStat"]["Metric"];
            assert_eq!((&of["Namespace"], &of["MetricName"]), (&json!("AWS/Events"), &json!(metric)), "{name}");
            of["Dimensions"].to_string()
        });
        assert_eq!(watched.collect::<BTreeSet<_>>(), rules, "{name}");
        // A data point that arrives late is still evaluated.
        assert_eq!((&alarm["EvaluationPeriods"], &alarm["DatapointsToAlarm"]), (&json!(3), &json!(1)), "{name}");
        assert_eq!((&alarm["Threshold"], &alarm["TreatMissingData"]), (&json!(0), &json!("notBreaching")), "{name}");
    }
}

#[test]
fn the_dashboard_is_json_and_shows_all_rules_those_of_the_bus_for_members_too() {
    let stack = stack("autotag.yaml", &[]);
    let body = stack.properties("DashboardOfTheStack")["DashboardBody"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    assert_eq!(widgets.len(), 6);
    for (widget, metric) in widgets[4..].iter().zip(["Invocations", "FailedInvocations"]) {
        let search = |schema: &str, named: &str| {
            let search = format!("SEARCH('{{AWS/Events,{schema}}} MetricName=\"{metric}\" {named}', 'Sum', 300)");
            json!([{"expression": search}])
        };
        // The stack's name only begins the names of its rules, and between quotes CloudWatch would look for the whole
        // name. The bus is called just so; the second search finds nothing as long as it is not there.
        let searches = json!([search("RuleName", "autotag"), search("EventBusName,RuleName", "\"autotag\"")]);
        assert_eq!(widget["properties"]["metrics"], searches);
    }
}

#[test]
fn the_host_on_fargate_is_told_all_that_it_needs_and_is_never_killed_while_it_drains() {
    let base = stack("autotag.yaml", &[&ALL[2..], &[("HostService", "ecs-tasks.amazonaws.com")]].concat());
    let place = Environment { exports: base.exports.clone(), ..Environment::usual() };
    let image = format!("registry.example/autotag@sha256:{}", "0".repeat(64));
    let given = [
        ("Image", image.as_str()),
        ("VpcId", "vpc-0123456789abcdef0"),
        ("SubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
        ("Accounts", base.outputs["Accounts"].as_str()),
        ("MemberRoleName", "autotag-tagging"),
        ("ExternalId", "s3cr3t"),
        ("DrainSeconds", "110"),
    ];
    let stack = Template::of_infra("fargate.yaml").deploy(&place, &given).unwrap();
    let task = stack.properties("TaskDefinition");
    let container = &task["ContainerDefinitions"][0];
    let environment = container["Environment"].as_array().unwrap();
    let variable = |name: &str| {
        let found = environment.iter().find(|variable| variable["Name"] == name);
        found.map(|variable| variable["Value"].as_str().unwrap_or_else(|| panic!("{variable}")).to_owned())
    };
    assert_eq!(variable("AUTOTAG_QUEUE_URL").unwrap(), base.outputs["QueueUrl"]);
    assert_eq!(variable("AUTOTAG_ACCOUNTS").unwrap(), "111122223333,444455556666,777788889999");
    assert_eq!(variable("AUTOTAG_TAG_KEYS").unwrap(), "Owner,PrincipalId");
    assert_eq!(variable("AUTOTAG_ACCESS_KEYS").unwrap(), "PrincipalId");
    assert_eq!(variable("AUTOTAG_ASSUME_ROLE").unwrap(), "autotag-tagging");
    assert_eq!(variable("AUTOTAG_EXTERNAL_ID").unwrap(), "s3cr3t");
    assert_eq!(task["TaskRoleArn"], base.outputs["HostRoleArn"].as_str());
    let drain: u64 = variable("AUTOTAG_DRAIN_SECONDS").unwrap().parse().unwrap();
    assert!(container["StopTimeout"].as_u64().unwrap() > drain);
    let longer = Template::of_infra("fargate.yaml").deploy(&place, &[&given[..6], &[("DrainSeconds", "120")]].concat());
    assert_eq!(longer.unwrap_err(), "DrainSeconds cannot be 120: 21 to 110 seconds");

    // Alone, it is this account's only, with the usual keys.
    let alone = Template::of_infra("fargate.yaml").deploy(&place, &given[..3]).unwrap();
    let container = &alone.properties("TaskDefinition")["ContainerDefinitions"][0];
    let environment = container["Environment"].as_array().unwrap();
    assert!(environment.contains(&json!({"Name": "AUTOTAG_ACCOUNTS", "Value": "111122223333"})), "{container}");
    assert!(environment.contains(&json!({"Name": "AUTOTAG_TAG_KEYS", "Value": "Owner,PrincipalId"})), "{container}");
    let accounts_missing =
        Template::of_infra("fargate.yaml").deploy(&place, &[&given[..3], &[("MemberRoleName", "tagging")]].concat());
    assert_eq!(
        accounts_missing.unwrap_err(),
        "MemberRoleName is for other accounts, which must be in Accounts, together with this one"
    );

    // Without a role for ECS there is none to run with. CloudFormation must refuse that before it creates anything.
    let place = Environment { exports: super::stack("autotag.yaml", &[]).exports, ..Environment::usual() };
    let without = Template::of_infra("fargate.yaml").deploy(&place, &given);
    assert_eq!(without.unwrap_err(), "TaskDefinition: no export named autotag-HostRoleArn");
}

#[test]
fn nothing_is_exported_that_a_later_choice_would_change() {
    // CloudFormation does not allow changes to what another stack imports.
    let fewest = stack("autotag.yaml", &[("HostService", "ecs-tasks.amazonaws.com")]);
    let most = [&ALL[2..], &[("HostService", "ecs-tasks.amazonaws.com"), ("TagKeys", "CreatedBy")]].concat();
    let most = stack("autotag.yaml", &most);
    assert_eq!(fewest.exports, most.exports);
    assert_eq!(fewest.exports.keys().collect::<Vec<_>>(), ["autotag-HostRoleArn", "autotag-QueueUrl"]);
    // So both are parameters of the other stack, and an output of this one says what to set there.
    assert_eq!(most.outputs["TagKeys"], "CreatedBy");
    assert_eq!(most.outputs["Accounts"], "111122223333,444455556666,777788889999");
}

#[test]
fn a_task_outlasts_an_outage_of_aws_of_a_few_minutes() {
    let template = Template::of_infra("fargate.yaml");
    let task = &template.document()["Resources"]["TaskDefinition"]["Properties"];
    let check = &task["ContainerDefinitions"][0]["HealthCheck"];
    let number = |key: &str| check[key].as_u64().unwrap();
    assert!(number("Retries") * number("Interval") >= 300, "{check}");
    // ECS's limit.
    assert!(number("Retries") <= 10, "{check}");
}
