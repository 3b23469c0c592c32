//! The local AWS is as the demo and the end-to-end test need it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use autotag_tests::local_aws::LocalAws;
use serde_json::{Value, json};

/// Set in the process that `nothing_outlives_a_killed_parent` kills: the file for the supervised program's process id.
const PID_FILE: &str = "LOCAL_AWS_TEST_PID_FILE";

#[test]
fn an_event_takes_its_way_from_the_call_to_the_queue() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();

    let stack = aws.call(&["deploy", template().to_str().unwrap()], None).unwrap();
    let launched = aws.call(&["launch"], None).unwrap();
    let delivered = aws.call(&["deliver", "-"], Some(&launched["event"].to_string())).unwrap();

    assert_eq!(delivered["delivered"], true);
    assert_eq!(launched["volumes"].as_array().unwrap().len(), 2);
    assert_eq!(launched["network_interfaces"].as_array().unwrap().len(), 1);
    let queue_url = stack["outputs"]["QueueUrl"].as_str().unwrap();
    let messages = aws.call(&["messages", queue_url], None).unwrap();
    let [message] = messages["messages"].as_array().unwrap().as_slice() else { panic!("not one message: {messages}") };
    let mut envelope: Value = serde_json::from_str(message.as_str().unwrap()).unwrap();
    assert!(envelope["time"].as_str().unwrap().ends_with('Z'), "{envelope}");
    envelope["time"] = json!("2026-01-31T12:00:00Z");
    assert_eq!(
        envelope,
        json!({
            "version": "0",
            "id": delivered["id"],
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.ec2",
            "account": "123456789012",
            "time": "2026-01-31T12:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": launched["event"],
        })
    );
    let counts = aws.call(&["queue", queue_url], None).unwrap();
    assert_eq!(counts["queue"], json!({"visible": 1, "in_flight": 0}));
    assert_eq!(counts["dead_letter_queue"], json!({"visible": 0, "in_flight": 0}));
}

#[test]
fn an_event_that_no_rule_asks_for_stays_out_of_the_queue() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    aws.call(&["deploy", template().to_str().unwrap()], None).unwrap();
    let mut failed_call = aws.call(&["launch"], None).unwrap()["event"].take();
    failed_call["errorCode"] = json!("Client.DryRunOperation");

    let delivered = aws.call(&["deliver", "-"], Some(&failed_call.to_string())).unwrap();

    assert_eq!(delivered["delivered"], false);
}

#[test]
fn the_template_makes_what_it_says() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();

    let stack = aws.call(&["deploy", template().to_str().unwrap()], None).unwrap();

    let (outputs, made) = (&stack["outputs"], &stack["resources"]);
    let (queue, dead_letters) = (&made["QueueUrl"], &made["DeadLetterQueueUrl"]);
    let undelivered = &made["DeliveryDeadLetterQueueUrl"];
    for (name, queue) in
        [("QueueArn", queue), ("DeadLetterQueueArn", dead_letters), ("DeliveryDeadLetterQueueArn", undelivered)]
    {
        assert_eq!(queue["QueueArn"], outputs[name]);
        assert_eq!(queue["QueueArn"], made[name]["QueueArn"]);
        assert_eq!(queue["SqsManagedSseEnabled"], "true");
        let sids: Vec<_> = queue["Policy"]["Statement"].as_array().unwrap().iter().map(|one| &one["Sid"]).collect();
        assert!(sids.contains(&&json!("OnlyByTls")) && sids.contains(&&json!("OnlyRulesSend")), "{sids:?}");
    }
    assert_eq!(queue["VisibilityTimeout"], "60");
    assert_eq!(queue["MessageRetentionPeriod"], "345600");
    assert_eq!(dead_letters["MessageRetentionPeriod"], "1209600");
    assert_eq!(undelivered["MessageRetentionPeriod"], "1209600");
    assert_eq!(queue["RedrivePolicy"]["deadLetterTargetArn"], dead_letters["QueueArn"]);
    // SQS redrives messages only from a queue that is another queue's dead-letter queue.
    assert_eq!(dead_letters["RedrivePolicy"]["deadLetterTargetArn"], undelivered["QueueArn"]);
    let arns: Vec<_> = outputs["RuleArns"].as_str().unwrap().split(',').collect();
    let rules = made["RuleArns"].as_array().unwrap();
    assert_eq!(rules.iter().map(|rule| rule["arn"].as_str().unwrap()).collect::<Vec<_>>(), arns);
    for rule in rules {
        assert_eq!(rule["state"], "ENABLED");
        assert_eq!(rule["targets"][0]["Arn"], outputs["QueueArn"]);
        assert_eq!(rule["targets"][0]["DeadLetterConfig"]["Arn"], outputs["DeliveryDeadLetterQueueArn"]);
    }
    for queue in [queue, undelivered] {
        let statement = &queue["Policy"]["Statement"][0];
        assert_eq!(statement["Condition"]["ArnEquals"]["aws:SourceArn"], json!(arns));
    }
    let statements = made["HostPolicyArn"]["Statement"].as_array().unwrap();
    assert_eq!(statements[0]["Resource"], outputs["QueueArn"]);
    assert!(statements.iter().all(|statement| statement["Sid"].is_string()), "{statements:?}");
    let alarms = stack["alarms"].as_array().unwrap();
    assert_eq!(alarms.len(), 6);
    let metrics_of = |name: &str| {
        let alarm = alarms.iter().find(|alarm| alarm["name"].as_str().is_some_and(|one| one.contains(name)));
        alarm.unwrap_or_else(|| panic!("no {name}: {alarms:?}"))["metrics"].as_array().unwrap()
    };
    for alarm in ["FailedInvocationsAlarm", "LostEventsAlarm"] {
        let watched: Vec<_> = metrics_of(alarm).iter().filter_map(|metric| metric["RuleName"].as_str()).collect();
        let names: Vec<_> = rules.iter().filter_map(|rule| rule["arn"].as_str()?.split('/').next_back()).collect();
        assert_eq!(watched, names, "{alarm}");
    }
    for alarm in alarms {
        assert_eq!(alarm["actions"], json!([outputs["AlarmTopicArn"]]));
    }
    assert_eq!(made["AlarmTopicArn"]["policy"]["Statement"][0]["Principal"]["Service"], "cloudwatch.amazonaws.com");
    assert_eq!(made["DashboardName"]["widgets"].as_array().unwrap().len(), 6);
    assert_eq!(outputs["TagKeys"], "Owner,PrincipalId");
    assert_eq!(outputs["Accounts"], "123456789012");
}

#[test]
fn what_is_chosen_is_made_too() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    let parameters = [
        "KmsKey=new",
        "HostService=ec2.amazonaws.com",
        "MemberAccounts=444455556666",
        "MemberRoleName=autotag-tagging",
        "AlarmEmail=ops@example.com",
        "TagS3=false",
        "MoreRuleArns=arn:aws:events:us-east-1:123456789012:rule/my-plugins-*",
    ];

    let stack = deploy(&aws, "autotag.yaml", "autotag", &parameters);

    let (outputs, made) = (&stack["outputs"], &stack["resources"]);
    for queue in ["QueueUrl", "DeadLetterQueueUrl", "DeliveryDeadLetterQueueUrl"] {
        assert_eq!(made[queue]["KmsMasterKeyId"], outputs["KeyArn"]);
    }
    for queue in ["QueueUrl", "DeliveryDeadLetterQueueUrl"] {
        let statement = &made[queue]["Policy"]["Statement"][1];
        assert_eq!(statement["Sid"], "MoreRulesSendEvents");
        let rules = json!(["arn:aws:events:us-east-1:123456789012:rule/my-plugins-*"]);
        assert_eq!(statement["Condition"]["ArnLike"]["aws:SourceArn"], rules);
    }
    assert_eq!(made["KeyArn"]["state"], "Enabled");
    assert_eq!(made["KeyArn"]["rotates"], true);
    assert_eq!(made["KeyArn"]["policy"]["Statement"][1]["Principal"]["Service"], "events.amazonaws.com");
    assert_eq!(made["HostRoleArn"]["trust"]["Statement"][0]["Principal"]["Service"], "ec2.amazonaws.com");
    assert_eq!(made["HostRoleArn"]["attached"], json!([outputs["HostPolicyArn"]]));
    assert_eq!(made["HostInstanceProfileName"]["roles"], json!([outputs["HostRoleArn"]]));
    assert_eq!(made["AlarmTopicArn"]["subscriptions"], json!(["ops@example.com"]));
    let bus = &made["MemberBusArn"];
    assert_eq!(bus["policy"]["Statement"][0]["Principal"]["AWS"], json!(["444455556666"]));
    let rules = made["RuleArns"].as_array().unwrap();
    assert_eq!(rules.len(), 4, "{rules:?}");
    assert_eq!(bus["rules"], json!([rules[3]["arn"]]));
    let sids: Vec<_> = made["HostPolicyArn"]["Statement"].as_array().unwrap().iter().map(|one| &one["Sid"]).collect();
    for sid in ["DecryptMessages", "AssumeTheRoleInMembers", "LookAtTheKey"] {
        assert!(sids.contains(&&json!(sid)), "{sids:?}");
    }
    assert_eq!(outputs["Accounts"], "123456789012,444455556666");

    let key = outputs["KeyArn"].as_str().unwrap();
    let parameters = [&format!("KmsKey={key}"), "QueueName=other", "AlarmTopic=none", "Dashboard=false"];
    let other = deploy(&aws, "autotag.yaml", "other", &parameters);
    assert_eq!(other["resources"]["QueueUrl"]["KmsMasterKeyId"], key);
    let grant: Value = serde_json::from_str(other["outputs"]["KeyPolicyStatement"].as_str().unwrap()).unwrap();
    assert_eq!(grant, made["KeyArn"]["policy"]["Statement"][1]);
    assert_eq!(other["alarms"], json!([]));
}

#[test]
fn users_get_their_group_and_both_policies() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();

    let role = "HostRoleArns=arn:aws:iam::123456789012:role/autotag-host";
    let stack = deploy(&aws, "users.yaml", "users", &[role]);

    let (outputs, made) = (&stack["outputs"], &stack["resources"]);
    assert_eq!(outputs["RestrictedGroupName"], "RestrictedIAMGroup");
    assert_eq!(
        made["RestrictedGroupName"]["attached"],
        json!([outputs["RestrictionsPolicyArn"], outputs["TagProtectionPolicyArn"]])
    );
    let restrictions = outputs["RestrictionsPolicyArn"].as_str().unwrap();
    assert!(restrictions.ends_with(":policy/TagBasedEC2RestrictionsPolicy"), "{restrictions}");
    let sids = |policy: &str| {
        let statements = made[policy]["Statement"].as_array().unwrap().iter();
        statements.map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let allowed = ["LaunchEC2Instances", "AllowActionsIfYouAreTheOwner", "StartWhatHasALicenseConfiguration"];
    assert_eq!(sids("RestrictionsPolicyArn"), allowed);
    assert_eq!(sids("TagProtectionPolicyArn").len(), 9);
}

#[test]
fn the_host_on_fargate_gets_what_the_stack_with_the_queue_exports_and_what_is_chosen() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    let base = deploy(&aws, "autotag.yaml", "autotag", &["HostService=ecs-tasks.amazonaws.com"]);
    let instance = &aws.call(&["launch"], None).unwrap()["event"]["responseElements"]["instancesSet"]["items"][0];
    let image = format!("registry.example/autotag@sha256:{}", "0".repeat(64));
    let parameters = [
        &format!("Image={image}"),
        &format!("VpcId={}", instance["vpcId"].as_str().unwrap()),
        &format!("SubnetIds={}", instance["subnetId"].as_str().unwrap()),
        &"Accounts=123456789012,444455556666".to_owned(),
        &"TagKeys=CreatedBy,CreatorId".to_owned(),
    ];

    let stack = deploy(&aws, "fargate.yaml", "host", &parameters.map(String::as_str));

    let (outputs, made) = (&stack["outputs"], &stack["resources"]);
    let service = &made["ServiceArn"]["service"];
    assert_eq!(service["serviceName"], outputs["ServiceName"]);
    assert_eq!(service["clusterArn"], made["ClusterName"]["clusterArn"]);
    let container = &made["ServiceArn"]["task"]["containerDefinitions"][0];
    assert_eq!(container["image"], image);
    assert_eq!(container["user"], "65532:65532");
    assert_eq!(container["readonlyRootFilesystem"], true);
    assert_eq!(container["linuxParameters"]["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(container["healthCheck"]["command"], json!(["CMD", "/usr/bin/autotag", "health"]));
    assert_eq!(container["logConfiguration"]["options"]["awslogs-group"], outputs["LogGroupName"]);
    let environment = container["environment"].as_array().unwrap();
    for variable in [
        json!({"name": "AUTOTAG_QUEUE_URL", "value": base["outputs"]["QueueUrl"]}),
        json!({"name": "AUTOTAG_ACCOUNTS", "value": "123456789012,444455556666"}),
        json!({"name": "AUTOTAG_TAG_KEYS", "value": "CreatedBy,CreatorId"}),
    ] {
        assert!(environment.contains(&variable), "{variable}: {container}");
    }
    assert_eq!(made["LogGroupName"]["retentionInDays"], 90);
    assert_eq!(made["SecurityGroupId"]["in"], json!([]));
    assert_eq!(
        base["resources"]["HostRoleArn"]["trust"]["Statement"][0]["Principal"]["Service"],
        "ecs-tasks.amazonaws.com"
    );
}

#[test]
fn a_failed_call_says_why_in_one_line() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();

    let error = aws.call(&["deliver", "-"], Some("{}")).unwrap_err();

    assert_eq!(error, "deliver: this is no CloudTrail record: it has no `eventSource`");
}

#[test]
fn the_server_ends_by_itself_when_it_is_dropped() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    let endpoint = aws.endpoint().to_owned();
    assert!(answers(&endpoint));

    let status = aws.stop().unwrap();

    assert!(status.success(), "it had to be killed: {status}");
    assert!(!answers(&endpoint));
}

#[test]
fn a_supervised_program_gets_sigterm_and_the_local_aws() {
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    let log = log_file("supervised");
    let program =
        r#"trap 'echo terminated; exit 7' TERM; echo "$AWS_ENDPOINT_URL $EXTRA"; while :; do sleep 0.05; done"#;
    let extra = [("EXTRA", "extra".as_ref())];
    let child = aws.supervise(Path::new("/bin/sh"), &["-c", program], &extra, &log).unwrap();
    wait_until("the program runs", || fs::read_to_string(&log).is_ok_and(|text| text.contains("extra")));

    let status = child.stop().unwrap();

    assert_eq!(status.code(), Some(7));
    assert_eq!(fs::read_to_string(&log).unwrap(), format!("{} extra\nterminated\n", aws.endpoint()));
}

#[test]
fn nothing_outlives_a_killed_parent() {
    let pid_file = log_file("pid");
    let _ = fs::remove_file(&pid_file);
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "local_aws::holds_a_local_aws_until_it_is_killed"])
        .env(PID_FILE, &pid_file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines().map_while(Result::ok);
    let endpoint = lines.filter_map(|line| line.strip_prefix("endpoint ").map(str::to_owned)).next().unwrap();
    wait_until("the program runs", || fs::read_to_string(&pid_file).is_ok_and(|text| text.ends_with('\n')));
    let pid = fs::read_to_string(&pid_file).unwrap().trim().to_owned();
    assert!(answers(&endpoint) && runs(&pid));

    parent.kill().unwrap();
    parent.wait().unwrap();

    wait_until("the server is gone", || !answers(&endpoint));
    wait_until("the program is gone", || !runs(&pid));
}

#[test]
#[ignore = "not a test: `nothing_outlives_a_killed_parent` starts and kills it"]
fn holds_a_local_aws_until_it_is_killed() {
    let pid_file = std::env::var_os(PID_FILE).unwrap();
    let aws = LocalAws::start(&|line| println!("{line}")).unwrap();
    let env = [(PID_FILE, pid_file.as_os_str())];
    let program = format!("echo $$ > \"${PID_FILE}\"; exec sleep 600");
    let _child = aws.supervise(Path::new("/bin/sh"), &["-c", &program], &env, &log_file("killed")).unwrap();
    println!("\nendpoint {}", aws.endpoint());
    std::thread::sleep(Duration::from_secs(60));
}

fn answers(endpoint: &str) -> bool {
    TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).is_ok()
}

fn runs(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "never true: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn log_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("local-aws-{name}-{}.log", std::process::id()))
}

/// Deploys a template of `infra/` with these parameters, `Name=value` each.
fn deploy(aws: &LocalAws, template: &str, stack: &str, parameters: &[&str]) -> Value {
    let template = root().join("infra").join(template);
    let mut command = vec!["deploy", template.to_str().unwrap(), "--stack", stack];
    command.extend(parameters.iter().flat_map(|parameter| ["--parameter", parameter]));
    aws.call(&command, None).unwrap()
}

fn template() -> PathBuf {
    root().join("infra/autotag.yaml")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
