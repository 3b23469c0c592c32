//! Whether traces are wanted, by OpenTelemetry's standard variables.

/// The variables that name a collector.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// Whether the configuration or a variable names a collector, and no variable turns traces off.
pub fn is_wanted(endpoint: Option<&str>) -> bool {
    let says = |name: &str, value: &str| std::env::var(name).is_ok_and(|said| said.eq_ignore_ascii_case(value));
    let is_off = says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none");
    !is_off && (endpoint.is_some() || ENDPOINTS.iter().any(|name| std::env::var_os(name).is_some()))
}
