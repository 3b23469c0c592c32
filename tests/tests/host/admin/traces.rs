//! Traces, as a collector receives them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autotag_fake_aws::{FakeAws, QueueSpec, Volume};
use autotag_tests::events::{call, envelope};
use autotag_tests::host::Service;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use serde_json::json;

use super::{LONG, VOLUME};

/// A span's name and attributes.
type Span = (String, BTreeMap<String, String>);

/// A collector that stores what it receives, for as long as the test's runtime lives.
async fn collector() -> (SocketAddr, Arc<Mutex<Vec<Span>>>) {
    let spans: Arc<Mutex<Vec<Span>>> = Arc::default();
    let kept = Arc::clone(&spans);
    let take = async move |body: Bytes| {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let resources = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        for span in resources.flat_map(|scope| scope.spans) {
            let text = |value: Option<Value>| match value {
                Some(Value::StringValue(text)) => text,
                Some(Value::IntValue(number)) => number.to_string(),
                other => format!("{other:?}"),
            };
            let attributes = span.attributes.into_iter();
            let attributes = attributes.map(|one| (one.key, text(one.value.and_then(|value| value.value))));
            kept.lock().unwrap().push((span.name, attributes.collect()));
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await });
    (address, spans)
}

#[test]
fn a_collector_gets_one_span_for_each_message() {
    for variable in ["AUTOTAG_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (address, spans) = runtime.block_on(collector());
        let aws = FakeAws::start();
        aws.create_queue("dead");
        let queue = QueueSpec::named("events").visibility_timeout(Duration::from_secs(2)).dead_letters("dead", 1);
        aws.create_queue_with(queue);
        aws.at("111122223333", "eu-central-1").put_volume(Volume::new(VOLUME));
        let event = envelope(&call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME})));
        let message = aws.send("events", &event.to_string());
        aws.send("events", "no event");
        let service = Service::new(&aws, "events").env(variable, &format!("http://{address}")).start();
        aws.wait_until(|aws| aws.counts("events").total() == 0, LONG);
        let (status, log) = service.stop();
        assert_eq!(status, 0, "{log}");

        let spans = spans.lock().unwrap();
        let of = |outcome: &str| {
            let mut spans = spans.iter().filter(|(_, attributes)| attributes["outcome"] == outcome);
            let (name, attributes) = spans.next().unwrap_or_else(|| panic!("{spans:?}\n{log}"));
            assert!(spans.next().is_none() && name == "message", "{spans:?}");
            attributes.clone()
        };
        assert_eq!(spans.len(), 2, "{spans:?}");
        let done = of("done");
        for (name, value) in [
            ("messaging.message.id", message.as_str()),
            ("event_id", event["id"].as_str().unwrap()),
            ("event_name", "CreateVolume"),
            ("account", "111122223333"),
            ("region", "eu-central-1"),
            ("receive_count", "1"),
        ] {
            assert_eq!(done.get(name).map(String::as_str), Some(value), "{done:?}");
        }
        of("poison");
    }
}

#[test]
fn a_collector_that_is_away_changes_nothing() {
    let aws = FakeAws::start();
    aws.create_queue("events");
    aws.at("111122223333", "eu-central-1").put_volume(Volume::new(VOLUME));
    let event = envelope(&call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME})));
    aws.send("events", &event.to_string());
    let service = Service::new(&aws, "events").env("AUTOTAG_OTLP_ENDPOINT", "http://127.0.0.1:1").start();
    aws.wait_until(|aws| aws.counts("events").total() == 0, LONG);
    assert_eq!(service.stop().0, 0);
}
