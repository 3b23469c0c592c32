//! What `/metrics` shows, in OpenMetrics' text format.

use std::fmt;
use std::sync::Arc;

use autotag_aws::metrics::ServiceMetrics;
use autotag_sandbox::LivePlugins;
use autotag_sandbox::exhaustion::Exhaustion;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// The content type of [`MetricsPage::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of the service.
#[derive(Debug)]
pub struct MetricsPage(Registry);

impl MetricsPage {
    /// The metrics of a service with these plugins.
    #[must_use]
    pub fn new(plugins: &Arc<LivePlugins>, service: &ServiceMetrics) -> Self {
        let mut registry = Registry::with_prefix("autotag");
        service.register(&mut registry);
        plugins.metrics().register(&mut registry);
        registry.register_collector(Box::new(LoadedPlugins(Arc::clone(plugins))));
        registry.register_collector(Box::new(Polled(service.clone())));
        registry.register_collector(Box::new(Exhaustions));
        Self(registry)
    }

    /// The current values.
    ///
    /// # Errors
    /// Never, as long as there is memory for it.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// The plugins in force, read at each scrape, so that no series of an earlier plugin remains.
#[derive(Debug)]
struct LoadedPlugins(Arc<LivePlugins>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    plugin: String,
    version: String,
    sha256: String,
}

impl Collector for LoadedPlugins {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let one = ConstGauge::new(1_i64);
        let help = "The plugins in force, with version and digest; always 1";
        let mut metric = encoder.encode_descriptor("plugin_info", help, None, one.metric_type())?;
        for plugin in self.0.current().plugins() {
            let id = plugin.manifest.id.clone();
            let sha256 = plugin.artifact.digest.to_string();
            one.encode(metric.encode_family(&Version { plugin: id.name, version: id.version, sha256 })?)?;
        }
        let reloads = self.0.reloads();
        let mut gauge = |name, help, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        let help = "1 if the plugin folder has changed and its plugins do not load, so that those before stay in force";
        gauge("plugins_refused", help, reloads.refused.is_some().into())?;
        let help = "1 if instances of plugins come from a pool, 0 if this machine has no room for one";
        gauge("plugin_pool_enabled", help, self.0.is_pooling().into())?;
        let (instances, in_use) = self.0.instances();
        gauge("plugin_instances", "How many instances of plugins there can be at once", instances.into())?;
        gauge("plugin_instances_in_use", "How many instances of plugins there are", in_use.into())
    }
}

/// How long ago the queue last answered, read at each scrape.
#[derive(Debug)]
struct Polled(ServiceMetrics);

impl Collector for Polled {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(since) = self.0.since_polled() else { return Ok(()) };
        let gauge = ConstGauge::new(since.as_secs_f64());
        let help =
            "Time since a receive last succeeded, whether or not it brought messages; not there before the first";
        let name = "since_successful_receive";
        gauge.encode(encoder.encode_descriptor(name, help, Some(&Unit::Seconds), gauge.metric_type())?)
    }
}

/// How often each resource of the host was exhausted, read at each scrape.
#[derive(Debug)]
struct Exhaustions;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResource {
    want: &'static str,
}

impl Collector for Exhaustions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How often the host itself lacked something, by what: what needed it is tried again";
        let mut metric = encoder.encode_descriptor("host_wants", help, None, ConstCounter::new(0_u64).metric_type())?;
        for exhaustion in Exhaustion::ALL {
            ConstCounter::new(exhaustion.count())
                .encode(metric.encode_family(&ByResource { want: exhaustion.name() })?)?;
        }
        Ok(())
    }
}
