//! `infra/kubernetes`. `cargo xtask deployment` builds it with kubectl and checks what comes out against the schemas.

use autotag_fake_aws::FakeAws;
use autotag_tests::host::Service;
use serde_yaml_ng::Value;

use super::{image, infra, read};

fn yaml(path: &str) -> Value {
    serde_yaml_ng::from_str(&read(&format!("kubernetes/{path}"))).unwrap()
}

fn pod() -> Value {
    yaml("base/deployment.yaml")["spec"]["template"]["spec"].clone()
}

fn host() -> Value {
    pod()["containers"][0].clone()
}

/// A number from `host.toml`.
fn configured(key: &str) -> u64 {
    let text = read("kubernetes/base/host.toml");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap();
    line.parse().unwrap()
}

#[test]
fn the_host_starts_with_its_configuration() {
    let aws = FakeAws::start();
    aws.create_queue("events");
    let file = infra("kubernetes/base/host.toml");
    let service = Service::new(&aws, "events").env("AUTOTAG_CONFIG", file.to_str().unwrap()).listening().start();
    service.wait_until(|says| says["ready"] == true);
    assert_eq!(service.readyz()["plugins"]["loaded"].as_array().unwrap().len(), 3);
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
}

#[test]
fn the_host_has_longer_to_end_than_it_takes_to_drain() {
    assert!(pod()["terminationGracePeriodSeconds"].as_u64().unwrap() > configured("drain_seconds"));
}

#[test]
fn the_image_is_a_placeholder_that_an_overlay_replaces_by_one_with_its_digest() {
    let image = host()["image"].as_str().unwrap().to_owned();
    let images = yaml("example/kustomization.yaml")["images"].clone();
    let replaced = images.as_sequence().unwrap().iter().find(|replaced| replaced["name"] == *image).unwrap();
    let digest = replaced["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
}

#[test]
fn the_host_is_asked_at_the_port_that_the_image_listens_at() {
    let port = image::port();
    let ports = host()["ports"].clone();
    assert_eq!((&ports[0]["containerPort"], &ports[0]["name"]), (&port.into(), &"metrics".into()));
    assert_eq!(yaml("base/service.yaml")["spec"]["ports"][0]["port"], port);
    for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
        let asked = host()[probe]["httpGet"].clone();
        assert_eq!((&asked["path"], &asked["port"]), (&path.into(), &"metrics".into()), "{probe}");
    }
    // The configuration must not override the address.
    assert!(!read("kubernetes/base/host.toml").lines().any(|line| line.starts_with("listen")));
}

#[test]
fn the_pod_is_one_that_the_restricted_standard_lets_in() {
    let (pod, host) = (pod(), host());
    let of_pod = &pod["securityContext"];
    assert_eq!(of_pod["runAsNonRoot"], true);
    assert_eq!(of_pod["runAsUser"], 65532);
    assert_eq!(of_pod["seccompProfile"]["type"], "RuntimeDefault");
    let of_host = &host["securityContext"];
    assert_eq!(of_host["allowPrivilegeEscalation"], false);
    assert_eq!(of_host["readOnlyRootFilesystem"], true);
    assert_eq!(of_host["capabilities"]["drop"][0], "ALL");
    assert_eq!(pod["automountServiceAccountToken"], false);
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        assert!(pod.get(key).is_none(), "{key}");
    }
    for volume in pod["volumes"].as_sequence().unwrap() {
        assert!(volume.get("configMap").is_some(), "{volume:?}");
    }
    let namespace = yaml("example/namespace.yaml");
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
}

#[test]
fn hosts_are_added_by_what_waits_and_what_is_under_way_and_none_is_taken_away_in_the_midst_of_it() {
    let trigger = yaml("components/keda/scaled-object.yaml")["spec"]["triggers"][0].clone();
    assert_eq!(trigger["type"], "aws-sqs-queue");
    let metadata = &trigger["metadata"];
    assert_eq!(metadata["scaleOnInFlight"], "true");
    let variables = host()["env"].clone();
    assert!(variables.as_sequence().unwrap().iter().any(|variable| variable["name"] == metadata["queueURLFromEnv"]));
    // One host can hold the number of messages at which another host is added.
    let length: u64 = metadata["queueLength"].as_str().unwrap().parse().unwrap();
    assert!(length <= 1000, "{length}");
}

#[test]
fn the_guide_says_of_each_alert_what_to_do() {
    let guide = read("README.md");
    let rule = yaml("components/prometheus/prometheus-rule.yaml");
    let alerts = rule["spec"]["groups"][0]["rules"].as_sequence().unwrap();
    assert!(alerts.len() > 5);
    for alert in alerts {
        let (name, annotations) = (alert["alert"].as_str().unwrap(), &alert["annotations"]);
        for text in ["summary", "description"] {
            assert!(annotations[text].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {text}");
        }
        let (file, section) = annotations["runbook"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!((file, section), ("infra/README.md", "alerts-of-prometheus"), "{name}");
        let (_, section) = guide.split_once("\n### Alerts of Prometheus\n").unwrap();
        assert!(section.contains(&format!("\n| `{name}` | ")), "{name}");
    }
    let rows = guide.lines().filter(|line| line.starts_with("| `Autotag")).count();
    assert_eq!(rows, alerts.len(), "the guide has alerts that are not there");
}
