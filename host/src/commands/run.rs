//! `host run`: the service.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use autotag_aws::connections;
use autotag_aws::metrics::ServiceMetrics;
use autotag_aws::queue::heartbeat::Heartbeat;
use autotag_aws::queue::service::{Drained, Service, ServiceParts};
use autotag_aws::queue::sqs::Queue;
use autotag_aws::tagger::{Credentials, Tagger};
use autotag_core::ownership::rule::TagPolicy;
use autotag_sandbox::{
    FolderState, LivePlugins, Metering, PluginWatch, Sandbox, SandboxOptions, engines_for_all_cores, open_place,
};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::aws::{ATTEMPT, ca_bundle_fix, queue_region, sdk_config};
use super::queue_endpoint::QueueEndpoint;
use super::{BAD, GOOD};
use crate::admin::{Admin, MetricsPage};
use crate::config::{Config, ServiceConfig};
use crate::descriptors::{self, Shares};
use crate::full::{Traces, WARNING};
use crate::systemd::SystemdNotifier;
use crate::{log, status_line};

/// How much of the time to drain is kept for giving back what is not done by then.
const TO_GIVE_BACK: Duration = Duration::from_secs(2);

/// How long the last traces may take.
const TO_SEND_TRACES: Duration = Duration::from_secs(1);

pub fn run(config: &Config, filter: &str) -> anyhow::Result<u8> {
    let service = config.service()?.clone();
    let status = status_line::line();
    let traces = Traces::configured(service.otlp_endpoint.as_deref())?;
    log::start(filter, traces.as_ref().map(Traces::layer), status.clone())?;
    if let Some(warning) = WARNING {
        tracing::warn!("{warning}");
    }
    if let Some(fix) = ca_bundle_fix() {
        tracing::warn!("{fix}");
    }
    descriptors::raise_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Before the plugins are compiled: as the first process of a container, the host would not even notice a signal
    // that it does not wait for.
    let mut signals = {
        let _runtime = runtime.enter();
        Signals {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        }
    };
    let guard = Arc::new(config.guard.clone());
    let before = FolderState::of(&config.plugins.folder);
    if !config.plugins.require_pins
        && let Ok(Some(open)) = open_place(&config.plugins.folder)
    {
        tracing::warn!(
            problem = %open,
            "others than the host's user and root could change the plugins, which say who owns what"
        );
    }
    let engines = engines_for_all_cores();
    let sandbox = Sandbox::new(&SandboxOptions { engines, ..config.sandbox(Metering::Off) })?;
    let plugins = Arc::new(LivePlugins::new(config.plugins.clone(), Arc::clone(&guard), sandbox));
    let (metrics, stopping) = (ServiceMetrics::default(), CancellationToken::new());
    // First of all, since to compile many plugins takes long, and probes are to see that the host lives.
    if let Some(address) = service.listen {
        let admin = Admin {
            plugins: Arc::clone(&plugins),
            metrics_page: MetricsPage::new(&plugins, &metrics),
            metrics: metrics.clone(),
            stopping: stopping.clone(),
            max_in_flight: service.numbers.max_in_flight,
            longest_silence: 2 * (service.numbers.wait_seconds + ATTEMPT),
        };
        runtime.block_on(admin.serve(address)).with_context(|| format!("cannot listen at {address}"))?;
    }
    if let Some(signal) = runtime.block_on(load_first(&plugins, &mut signals))? {
        tracing::info!(signal, "leaving before the plugins are loaded: nothing was received");
        runtime.shutdown_background();
        return Ok(GOOD);
    }
    let _watch = PluginWatch::start(Arc::clone(&plugins), before)?;
    let policy = TagPolicy { access_keys: config.guard.access_keys.clone(), keep_keys: service.keep_keys.clone() };
    let planners = usize::try_from(config.instances.get())?;
    let line = status.clone();
    let (is_all_acknowledged, time_left) = runtime.block_on(async move {
        let sdk = sdk_config(Some(&service.queue_url)).await;
        anyhow::ensure!(
            sdk.region().is_some(),
            "the AWS Region is not set, and the queue URL names none: set AWS_REGION"
        );
        let _status = status.map(|line| {
            tokio_util::task::AbortOnDropHandle::new(tokio::spawn(status_line::keep(line, metrics.clone())))
        });
        let heartbeat = Heartbeat::new(service.numbers.wait_seconds + ATTEMPT);
        let notifier = SystemdNotifier {
            heartbeat: heartbeat.clone(),
            metrics: metrics.clone(),
            stopping: stopping.clone(),
            max_in_flight: service.numbers.max_in_flight,
        };
        let _teller = notifier.start();
        let shares = Shares::of_what_is_left();
        let to_tag = sdk.to_builder().http_client(connections::bounded(shares.requests)).build();
        let tagger = Tagger::new(
            Credentials::new(to_tag, service.role.clone()),
            service.rates(),
            policy,
            service.numbers.fresh_seconds,
            service.numbers.max_in_flight,
            metrics.clone(),
        );
        let parts = ServiceParts {
            queue: queue(&sdk, &service, &metrics),
            plugins,
            guard,
            tagger,
            metrics,
            heartbeat,
            pollers: service.numbers.pollers.min(shares.receives),
            max_in_flight: service.numbers.max_in_flight,
            planners,
            dry_run: service.dry_run,
        };
        anyhow::Ok(serve(&service, parts, &stopping, &mut signals).await)
    })?;
    // Threads that still run a plugin are not waited for: whatever they are at, its message was not deleted.
    runtime.shutdown_background();
    if let Some(traces) = traces {
        traces.end(time_left.min(TO_SEND_TRACES));
    }
    if let Some(line) = line {
        line.finish_and_clear();
    }
    Ok(if is_all_acknowledged { GOOD } else { BAD })
}

/// Loads the first plugins, unless a signal comes before that, which is answered then.
async fn load_first(plugins: &Arc<LivePlugins>, signals: &mut Signals) -> anyhow::Result<Option<&'static str>> {
    let plugins = Arc::clone(plugins);
    let loading = tokio::task::spawn_blocking(move || plugins.load_first());
    tokio::select! {
        biased;
        loaded = loading => loaded?.map(|()| None).map_err(Into::into),
        signal = signals.next() => Ok(Some(signal)),
    }
}

/// Works until a signal comes, then ends what was begun. Says whether every message was acknowledged, and how much of
/// the time to drain is left.
async fn serve(
    config: &ServiceConfig,
    parts: ServiceParts,
    stopping: &CancellationToken,
    signals: &mut Signals,
) -> (bool, Duration) {
    let plugins: Vec<_> = parts.plugins.current().plugins().map(|plugin| plugin.manifest.id.to_string()).collect();
    let what = if config.dry_run { "receiving, and tagging nothing: this is a dry run" } else { "receiving" };
    tracing::info!(queue_url = config.queue_url.as_str(), plugins = plugins.join(", "), "{what}");
    let mut service = Service::start(parts);
    let signal = tokio::select! {
        signal = signals.next() => signal,
        () = service.broken() => {
            tracing::error!("the host itself failed: a part of it ended; leaving, so that its supervisor starts another one");
            return (false, Duration::ZERO);
        }
    };
    tracing::info!(signal, "draining: nothing new is received, and what was received is worked on");
    let begin = Instant::now();
    let time_to_drain = config.numbers.drain_seconds;
    stopping.cancel();
    let mut drained = pin!(service.drain(time_to_drain.saturating_sub(TO_GIVE_BACK.min(time_to_drain / 4))));
    let ended = tokio::select! {
        ended = &mut drained => Some(ended),
        () = tokio::time::sleep(time_to_drain) => None,
        _ = signals.next() => None,
    };
    match ended {
        Some(Drained { given_back: 0, unacknowledged: 0 }) => tracing::info!("drained"),
        Some(Drained { given_back, unacknowledged }) => {
            tracing::warn!(given_back, unsettled = unacknowledged, "drained in part: what is not done comes again");
        }
        None => tracing::warn!(
            "leaving before everything was drained: what is not done, or what an open receive brings, comes again"
        ),
    }
    let time_left = if ended.is_some() { time_to_drain.saturating_sub(begin.elapsed()) } else { Duration::ZERO };
    (ended.is_some_and(|ended| ended.unacknowledged == 0), time_left)
}

/// The queue, by a client in the queue's own Region, whatever else is set, that bears a long poll's silence. The SDK
/// does not retry here: the receiver, the leases and the acknowledger do, each with its own backoff.
fn queue(sdk: &SdkConfig, config: &ServiceConfig, metrics: &ServiceMetrics) -> Queue {
    let longest = config.numbers.wait_seconds + ATTEMPT;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(longest).operation_timeout(longest).build();
    let client = aws_sdk_sqs::config::Builder::from(sdk)
        .region(queue_region(&config.queue_url).or_else(|| sdk.region().cloned()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .interceptor(QueueEndpoint::of(&config.queue_url))
        // Not those that tagging waits for.
        .http_client(connections::unbounded())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let client = aws_sdk_sqs::Client::from_conf(client.build());
    let (wait, visibility) = (config.numbers.wait_seconds, config.numbers.visibility_seconds);
    Queue::new(client, config.queue_url.as_str().into(), wait, visibility, metrics.clone())
}

struct Signals {
    term: Signal,
    int: Signal,
    /// What a terminal that goes away sends, and what some ask services with to reload. The plugin folder is watched
    /// anyway, and nothing else can be exchanged while the host runs: so SIGHUP ends the host in
    /// order, to be started anew.
    hang_up: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}
