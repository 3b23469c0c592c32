//! `host run`: the service.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use aws_config::meta::region::RegionProviderChain;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{BAD, GOOD};
use crate::admin::Admin;
use crate::config::{Config, QueueConfig, QueueUrl};
use crate::metrics::Metrics;
use crate::plugin::{FolderState, LivePlugins, Metering, PluginWatch, Sandbox, SandboxOptions, engines_for_all_cores};
use crate::queue::pump::pump;
use crate::queue::sqs::Queue;
use crate::queue::worker::Worker;
use crate::tagger::{Clients, Tagger};

/// How long one attempt of a call may last. The SDK itself sets no bound, and a connection that went silent would hold its
/// message for ever.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How long a call may last with all its attempts.
const OPERATION: Duration = Duration::from_secs(25);

pub(super) fn run(config: &Config) -> anyhow::Result<u8> {
    let queue = config.queue()?.clone();
    let guard = Arc::new(config.guard.clone());
    let before = FolderState::of(&config.plugins.folder);
    let engines = engines_for_all_cores();
    let sandbox = Sandbox::new(&SandboxOptions { engines, ..config.sandbox(Metering::Off) })?;
    let plugins = Arc::new(LivePlugins::load(config.plugins.clone(), Arc::clone(&guard), sandbox)?);
    let _watch = PluginWatch::start(Arc::clone(&plugins), before)?;
    let access_keys = config.guard.access_keys.clone();
    let listen = config.listen;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let drained = runtime.block_on(async move {
        let mut signals = Signals { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? };
        let sdk = sdk_config(&queue).await;
        anyhow::ensure!(
            sdk.region().is_some(),
            "the AWS Region is not set, and the queue URL names none: set AWS_REGION"
        );
        let (stop, stopped) = watch::channel(false);
        if let Some(address) = listen {
            let admin = Admin { plugins: Arc::clone(&plugins), metrics: Metrics::new(&plugins), stopped };
            admin.serve(address).await.with_context(|| format!("cannot listen at {address}"))?;
        }
        let worker = Worker {
            plugins,
            guard,
            tagger: Arc::new(Tagger::new(Clients::new(sdk.clone()), access_keys)),
            queue: Queue::new(sqs_client(&sdk, &queue.url, queue.wait), queue.url.as_str().into(), queue.wait),
        };
        anyhow::Ok(serve(&queue, worker, stop, &mut signals).await)
    })?;
    // Threads that still run a plugin are not waited for: whatever they are at, its message was not deleted.
    runtime.shutdown_background();
    Ok(if drained { GOOD } else { BAD })
}

/// Works until a signal comes, then ends what was begun. Says whether all of it was.
async fn serve(queue: &QueueConfig, worker: Worker, stop: watch::Sender<bool>, signals: &mut Signals) -> bool {
    let plugins: Vec<_> = worker.plugins.current().plugins().map(|plugin| plugin.manifest.id.to_string()).collect();
    tracing::info!(queue_url = queue.url.as_str(), plugins = plugins.join(", "), "receiving");
    let stopped = stop.subscribe();
    let service = async {
        let tasks =
            pump(worker.queue.clone(), queue.max_in_flight, stopped, |message| worker.clone().work(message)).await;
        tasks.join_all().await;
    };
    let mut service = pin!(service);
    // The service ends only after it has been told to.
    let signal = tokio::select! {
        () = &mut service => return true,
        signal = signals.next() => signal,
    };
    tracing::info!(signal, "draining: nothing new is received, and what was received is worked on");
    stop.send_replace(true);
    let drained = tokio::select! {
        () = service => true,
        () = tokio::time::sleep(queue.drain) => false,
        _ = signals.next() => false,
    };
    if drained {
        tracing::info!("drained");
    } else {
        tracing::warn!("leaving before everything was drained: what is not done comes again");
    }
    drained
}

/// What all clients are made from: credentials, Region and endpoints from the SDK's own chain.
async fn sdk_config(queue: &QueueConfig) -> SdkConfig {
    let region = RegionProviderChain::default_provider().or_else(queue_region(&queue.url));
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    aws_config::defaults(BehaviorVersion::latest()).region(region).timeout_config(timeouts).load().await
}

/// The client for the queue: in the queue's own Region, whatever else is set, and one that bears a long poll's silence.
fn sqs_client(sdk: &SdkConfig, url: &QueueUrl, wait: Duration) -> aws_sdk_sqs::Client {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(wait + ATTEMPT).operation_timeout(wait + OPERATION).build();
    let config = aws_sdk_sqs::config::Builder::from(sdk)
        .region(queue_region(url).or_else(|| sdk.region().cloned()))
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// The queue's Region, where its URL says it.
fn queue_region(url: &QueueUrl) -> Option<Region> {
    url.region().map(|region| Region::new(region.to_owned()))
}

struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
        }
    }
}
