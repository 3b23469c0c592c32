//! The local AWS that the demo and the end-to-end test stand on is as they need it.

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
    assert_eq!(made["queue"]["QueueArn"], outputs["QueueArn"]);
    assert_eq!(made["queue"]["SqsManagedSseEnabled"], "true");
    assert_eq!(made["queue"]["VisibilityTimeout"], "60");
    let redrive: Value = serde_json::from_str(made["queue"]["RedrivePolicy"].as_str().unwrap()).unwrap();
    assert_eq!(redrive["deadLetterTargetArn"], made["dead_letter_queue"]["QueueArn"]);
    let arns: Vec<_> = outputs["RuleArns"].as_str().unwrap().split(',').collect();
    let rules = made["rules"].as_array().unwrap();
    assert_eq!(rules.iter().map(|rule| rule["arn"].as_str().unwrap()).collect::<Vec<_>>(), arns);
    for rule in rules {
        assert_eq!(rule["state"], "ENABLED");
        assert_eq!(rule["targets"][0]["Arn"], outputs["QueueArn"]);
    }
    let statements = made["host_policy"]["Statement"].as_array().unwrap();
    assert_eq!(statements[0]["Resource"], outputs["QueueArn"]);
    assert!(statements.iter().all(|statement| statement["Sid"].is_string()), "{statements:?}");
    // The queue policies are not among it: moto skips them, and so it is cfn-lint alone that looks at them.
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
        .args(["--exact", "--ignored", "--nocapture", "holds_a_local_aws_until_it_is_killed"])
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

fn template() -> PathBuf {
    root().join("infra/autotag.yaml")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
