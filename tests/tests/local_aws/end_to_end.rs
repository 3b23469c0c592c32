//! The whole path on an AWS that is not this project's own: CloudFormation, EventBridge, SQS, the host, EC2.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use autotag_tests::host;
use autotag_tests::local_aws::{LocalAws, REGION, TiedChild};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A bound that no wait reaches, even on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn launches_are_tagged_by_the_deployed_template_and_the_running_host_and_what_it_cannot_read_is_a_dead_letter() {
    let world = World::new();
    let launches = [world.launch(), world.launch()];
    // An answer that EC2 never gives.
    let mut malformed = launches[0].record.clone();
    malformed["responseElements"] = json!({"instancesSet": {"items": [{"instanceId": 7}]}});
    world.deliver(&malformed);
    launches.iter().for_each(|launch| world.deliver(&launch.record));

    // The first host is told to exit while it works; the second one finishes what the first has left.
    let first = world.start_host();
    world.wait_until(|| launches.iter().any(|launch| world.is_tagged(launch)) || world.dead_letters() > 0);
    assert!(first.stop().unwrap().success(), "{}", world.log());
    let counts = world.counts();
    assert_eq!(counts["queue"]["in_flight"], 0, "whatever was received is acknowledged: {counts}\n{}", world.log());
    let second = world.start_host();
    world.wait_until(|| launches.iter().all(|launch| world.is_tagged(launch)));
    world.wait_until(|| world.counts()["queue"] == json!({"visible": 0, "in_flight": 0}));
    assert!(second.stop().unwrap().success(), "{}", world.log());
    assert_eq!(world.dead_letters(), 1);
    assert!(world.log().contains("malformed event"), "{}", world.log());
}

#[test]
fn what_is_created_in_another_region_comes_by_its_bus_and_is_tagged_there() {
    const ELSEWHERE: &str = "eu-west-1";
    let world = World::with(&[&format!("Regions={REGION},{ELSEWHERE}"), "HostService=ec2.amazonaws.com"]);
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/member.yaml");
    let parameters = ["CentralBusArn", "HostRoleArn"].map(|parameter| {
        let output = if parameter == "HostRoleArn" { parameter } else { "MemberBusArn" };
        format!("{parameter}={}", world.outputs[output].as_str().unwrap())
    });
    let mut deploy = vec!["deploy", template, "--stack", "member", "--parameter", "RoleRegion=eu-west-1"];
    deploy.extend(parameters.iter().flat_map(|parameter| ["--parameter", parameter.as_str()]));
    let member = world.aws.call_in(ELSEWHERE, &deploy, None).unwrap();
    let (outputs, made) = (&member["outputs"], &member["resources"]);
    for rule in made["RuleArns"].as_array().unwrap() {
        assert_eq!(rule["targets"][0]["Arn"], world.outputs["MemberBusArn"]);
        assert_eq!(rule["targets"][0]["RoleArn"], outputs["ForwardingRoleArn"]);
        assert_eq!(rule["targets"][0]["DeadLetterConfig"]["Arn"], outputs["DeliveryDeadLetterQueueArn"]);
    }
    let bus = json!(world.outputs["MemberBusArn"]);
    assert_eq!(made["ForwardingRoleArn"]["inline"][0]["Statement"][0]["Resource"], bus);
    assert_eq!(made["DeliveryDeadLetterQueueUrl"]["QueueArn"], made["DeliveryDeadLetterQueueArn"]["QueueArn"]);
    let trust = &made["MemberRoleArn"]["trust"]["Statement"][0];
    assert_eq!(trust["Condition"]["ArnEquals"]["aws:PrincipalArn"], world.outputs["HostRoleArn"]);

    let launched = world.aws.call_in(ELSEWHERE, &["launch"], None).unwrap();
    let deliver = ["deliver", "-", "--queue-url", &world.queue_url];
    let delivered = world.aws.call_in(ELSEWHERE, &deliver, Some(&launched["event"].to_string())).unwrap();
    assert_eq!(delivered["delivered"], true);
    // Unchanged: with its own id, account and Region.
    let messages = world.call(&["messages", &world.queue_url], None);
    let envelope: Value = serde_json::from_str(messages["messages"][0].as_str().unwrap()).unwrap();
    assert_eq!(envelope["id"], delivered["id"]);
    assert_eq!(envelope["region"], ELSEWHERE);
    assert_eq!(envelope["detail"], launched["event"]);

    let host = world.start_host();
    let instance = launched["instance"].as_str().unwrap();
    let tags = || world.aws.call_in(ELSEWHERE, &["tags", instance], None).unwrap()[instance].take();
    let identity = &launched["event"]["userIdentity"];
    let wanted = json!({"Owner": identity["userName"], "PrincipalId": identity["principalId"]});
    world.wait_until(|| tags() == wanted);
    assert!(host.stop().unwrap().success(), "{}", world.log());
    assert_eq!(world.dead_letters(), 0);
}

/// A local AWS with the template deployed.
struct World {
    aws: LocalAws,
    outputs: Value,
    queue_url: String,
    folder: TempDir,
}

/// An instance that a user has launched, with all its resources.
struct Launch {
    record: Value,
    ids: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With these values of the template's parameters, `Name=value` each.
    fn with(parameters: &[&str]) -> Self {
        let aws = LocalAws::start(&|line| eprintln!("{line}")).unwrap();
        let mut deploy = vec!["deploy", concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/autotag.yaml")];
        deploy.extend(parameters.iter().flat_map(|parameter| ["--parameter", parameter]));
        let outputs = aws.call(&deploy, None).unwrap()["outputs"].take();
        let queue_url = text(&outputs["QueueUrl"]);
        Self { aws, outputs, queue_url, folder: tempdir().unwrap() }
    }

    fn call(&self, arguments: &[&str], stdin: Option<&str>) -> Value {
        self.aws.call(arguments, stdin).unwrap()
    }

    fn launch(&self) -> Launch {
        let launched = self.call(&["launch", "--volumes", "2"], None);
        let mut ids = vec![text(&launched["instance"])];
        ids.extend(launched["volumes"].as_array().unwrap().iter().map(text));
        ids.extend(launched["network_interfaces"].as_array().unwrap().iter().map(text));
        assert_eq!(ids.len(), 4, "{launched}");
        Launch { record: launched["event"].clone(), ids }
    }

    fn deliver(&self, record: &Value) {
        assert_eq!(self.call(&["deliver", "-"], Some(&record.to_string()))["delivered"], true);
    }

    fn start_host(&self) -> TiedChild {
        let (plugins, binary) = (host::plugins(), host::binary());
        let env: [(&str, &OsStr); 3] = [
            ("AUTOTAG_QUEUE_URL", self.queue_url.as_ref()),
            ("AUTOTAG_PLUGINS", plugins.as_ref()),
            ("AUTOTAG_WAIT_SECONDS", "1".as_ref()),
        ];
        self.aws.supervise(&binary, &["run"], &env, &self.folder.path().join("host.log")).unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("host.log")).unwrap_or_default()
    }

    fn is_tagged(&self, launch: &Launch) -> bool {
        let command: Vec<&str> = ["tags"].into_iter().chain(launch.ids.iter().map(String::as_str)).collect();
        let identity = &launch.record["userIdentity"];
        let wanted = json!({"Owner": identity["userName"], "PrincipalId": identity["principalId"]});
        let tags = self.call(&command, None);
        launch.ids.iter().all(|id| tags[id] == wanted)
    }

    fn counts(&self) -> Value {
        self.call(&["queue", &self.queue_url], None)
    }

    fn dead_letters(&self) -> u64 {
        self.counts()["dead_letter_queue"]["visible"].as_u64().unwrap()
    }

    fn wait_until(&self, condition: impl Fn() -> bool) {
        let begin = Instant::now();
        while !condition() {
            assert!(begin.elapsed() < LONG, "{}\n{}", self.counts(), self.log());
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
