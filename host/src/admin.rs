//! The service's own HTTP server: metrics and health.
//!
//! | path | answers |
//! |---|---|
//! | `/metrics` | what has happened, in OpenMetrics' text format |
//! | `/livez` | 200 as long as the process can answer at all |
//! | `/readyz` | 200 while the service can tag, else 503; the JSON body says why |
//!
//! It can tag while plugins are loaded, the queue answers, no resource of the host is exhausted and it is not told to
//! stop.

mod connections;
mod metrics;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use autotag_aws::metrics::ServiceMetrics;
use autotag_sandbox::LivePlugins;
use autotag_sandbox::exhaustion::Exhaustion;
use metrics::CONTENT_TYPE;
pub use metrics::MetricsPage;

/// What the server shows.
#[derive(Debug)]
pub struct Admin {
    /// The plugins in force.
    pub plugins: Arc<LivePlugins>,
    /// What `/metrics` serves.
    pub metrics_page: MetricsPage,
    /// The service's metrics, which `/readyz` reads.
    pub metrics: ServiceMetrics,
    /// Cancelled when the service is to stop.
    pub stopping: CancellationToken,
    /// The most messages in flight: at this many, the host stops receiving (backpressure).
    pub max_in_flight: usize,
    /// How long the queue may not have answered a receive before `/readyz` fails.
    pub longest_silence: Duration,
}

impl Admin {
    /// Binds the address, and serves in the background until the process ends.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn serve(self, address: SocketAddr) -> std::io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        tracing::info!(address = %listener.local_addr()?, "serving /metrics, /livez and /readyz");
        let router = Router::new()
            .route("/metrics", get(metrics))
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .with_state(Arc::new(self));
        tokio::spawn(connections::serve(listener, router));
        Ok(())
    }

    /// Why the service is not ready; none if it is.
    fn problem(&self) -> Option<String> {
        if self.stopping.is_cancelled() {
            return Some("the service is told to stop".into());
        }
        if self.plugins.has_none() {
            return Some("the plugins are being loaded".into());
        }
        match self.metrics.since_polled() {
            None => Some("the queue has not answered yet; the log says why, if a receive has failed".into()),
            Some(since) if since > self.longest_silence && !self.is_full() => {
                Some(format!("the queue has not answered for {} s; the log says why", since.as_secs()))
            }
            Some(_) => Exhaustion::recent().map(|exhaustion| format!("{exhaustion}: {}", exhaustion.advice())),
        }
    }

    /// Whether as many messages are in flight as the host takes. Then silence is backpressure, not a failure.
    fn is_full(&self) -> bool {
        usize::try_from(self.metrics.messages_in_flight()).is_ok_and(|messages| messages >= self.max_in_flight)
    }

    fn readiness(&self, problem: Option<&str>) -> Value {
        let registry = self.plugins.current();
        let loaded: Vec<_> = registry
            .plugins()
            .map(|plugin| {
                let (id, artifact) = (&plugin.manifest.id, &plugin.artifact);
                json!({
                    "name": id.name,
                    "version": id.version,
                    "sha256": artifact.digest.to_string(),
                    "file": artifact.path.display().to_string(),
                })
            })
            .collect();
        let reloads = self.plugins.reloads();
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let refused =
            reloads.refused.map(|refused| json!({"reason": refused.error.to_string(), "since": seconds(refused.at)}));
        let loading = self.plugins.loading_since().map(|since| json!({"since": seconds(since)}));
        json!({
            "ready": problem.is_none(),
            "reason": problem,
            "queue": {
                "seconds_since_successful_receive": self.metrics.since_polled().map(|since| since.as_secs()),
                "messages_in_flight": self.metrics.messages_in_flight(),
            },
            "plugins": {"loaded": loaded, "swaps": reloads.swaps, "loading": loading, "refused": refused},
        })
    }
}

async fn metrics(State(admin): State<Arc<Admin>>) -> Response {
    match admin.metrics_page.text() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    let problem = admin.problem();
    let status = if problem.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = format!("{:#}\n", admin.readiness(problem.as_deref()));
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
