//! Sends the spans of messages to an OpenTelemetry collector.

use std::time::Duration;

use anyhow::Context;
use autotag_aws::queue::span::TARGET;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use crate::otel;

/// As which service the host shows up, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "autotag";

/// Sends spans to a collector until it is shut down.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends to the collector at this address, or at that of the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and
    /// its like); none if neither is set, or if the standard variables turn traces off.
    ///
    /// # Errors
    /// If the address, or one of the variables, cannot be understood.
    pub fn configured(endpoint: Option<&str>) -> anyhow::Result<Option<Self>> {
        if !otel::is_wanted(endpoint) {
            return Ok(None);
        }
        let mut exporter = SpanExporter::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(traces_url(endpoint));
        }
        let exporter = exporter.build().context("traces cannot be sent; see otlp_endpoint")?;
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let resource = resource.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build());
        Ok(Some(Self(provider.build())))
    }

    /// Makes traces of the spans of messages, and of no others: the SDK has spans of its own.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer(SERVICE));
        layer
            .with_location(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Sends the spans that are left, and waits for no longer than `time`.
    pub fn end(self, time: Duration) {
        if let Err(error) = self.0.shutdown_with_timeout(time) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Where a collector at this address takes traces, whether the address says their path already or not.
fn traces_url(endpoint: &str) -> String {
    const PATH: &str = "/v1/traces";
    let (endpoint, query) = endpoint.find('?').map_or((endpoint, ""), |at| endpoint.split_at(at));
    let endpoint = endpoint.trim_end_matches('/');
    format!("{}{PATH}{query}", endpoint.strip_suffix(PATH).unwrap_or(endpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_for_traces_is_not_doubled() {
        for endpoint in ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces", "http://c:4318/v1/traces/"] {
            assert_eq!(traces_url(endpoint), "http://c:4318/v1/traces");
        }
        assert_eq!(traces_url("https://c/otlp"), "https://c/otlp/v1/traces");
        for endpoint in ["http://c?key=1", "http://c/?key=1", "http://c/v1/traces?key=1"] {
            assert_eq!(traces_url(endpoint), "http://c/v1/traces?key=1");
        }
    }
}
