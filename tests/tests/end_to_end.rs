//! The whole way on somebody else's AWS: CloudFormation, EventBridge, SQS, the host, EC2.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use autotag_tests::host;
use autotag_tests::local_aws::LocalAws;
use serde_json::{Value, json};
use tempfile::tempdir;

/// Longer than it ever takes, on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_launch_is_tagged_by_the_deployed_template_and_the_running_host() {
    let aws = LocalAws::start(&|line| eprintln!("{line}")).unwrap();
    let call = |arguments: &[&str], stdin: Option<&str>| aws.call(arguments, stdin).unwrap();
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/autotag.yaml");
    let queue_url = call(&["deploy", template], None)["outputs"]["QueueUrl"].as_str().unwrap().to_owned();
    let launched = call(&["launch", "--volumes", "2"], None);
    let mut ids = vec![text(&launched["instance"])];
    ids.extend(launched["volumes"].as_array().unwrap().iter().map(text));
    ids.extend(launched["network_interfaces"].as_array().unwrap().iter().map(text));
    assert_eq!(ids.len(), 4, "{launched}");
    assert_eq!(call(&["deliver", "-"], Some(&launched["event"].to_string()))["delivered"], true);

    let folder = tempdir().unwrap();
    let log = folder.path().join("host.log");
    let (plugins, binary) = (host::plugins(), host::binary());
    let env: [(&str, &OsStr); 3] = [
        ("AUTOTAG_QUEUE_URL", queue_url.as_ref()),
        ("AUTOTAG_PLUGINS", plugins.as_ref()),
        ("AUTOTAG_WAIT_SECONDS", "1".as_ref()),
    ];
    let service = aws.supervise(&binary, &["run"], &env, &log).unwrap();
    let tags_command: Vec<&str> = ["tags"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let identity = &launched["event"]["userIdentity"];
    let bobs = json!({"Owner": identity["userName"], "PrincipalId": identity["principalId"]});
    let tagged = || {
        let tags = call(&tags_command, None);
        ids.iter().all(|id| tags[id] == bobs)
    };
    let empty = || {
        let counts = call(&["queue", &queue_url], None);
        counts["queue"] == json!({"visible": 0, "in_flight": 0})
    };
    let begin = Instant::now();
    while !(tagged() && empty()) {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(begin.elapsed() < LONG, "{:?}\n{log}", call(&["queue", &queue_url], None));
    }
    assert!(service.stop().unwrap().success());
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
