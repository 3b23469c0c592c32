//! The connections to AWS: shared by all accounts, and bounded.
//!
//! By default, each client of the SDK opens as many connections of its own as it likes, and keeps them for a minute and
//! a half: hundreds of accounts and Regions would use up the process's descriptors. Here all clients share one pool,
//! which finds idle connections by their address: an API in a Region has the same address for every account.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use autotag_sandbox::exhaustion::Exhaustion;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use tokio::sync::Semaphore;

use crate::backoff::backoff;

/// How long a connection waits for its next request. Shorter than a request may last, so that a request that finds no
/// descriptor gets that of an idle connection.
const IDLE: Duration = Duration::from_secs(5);
/// How long to wait for a descriptor, at first; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Connections for at most `requests` requests at once; further requests wait for their turn.
#[must_use]
pub fn bounded(requests: usize) -> SharedHttpClient {
    // The bound on idle connections is per address. It is a part of all, since those of many Regions and buckets add
    // up.
    let idle = (requests / 8).max(1);
    SharedHttpClient::new(Connections { pool: pool(idle), requests: Arc::new(Semaphore::new(requests)) })
}

/// Connections without a bound: for a client whose number of requests is bounded elsewhere.
#[must_use]
pub fn unbounded() -> SharedHttpClient {
    SharedHttpClient::new(Connections {
        pool: pool(usize::MAX),
        requests: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
    })
}

/// A pool that goes through the proxies that the environment names, as the SDK's own clients do.
fn pool(idle: usize) -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        build(connector)
    })
}

#[cfg(feature = "full")]
fn build(connector: ConnectorBuilder) -> Connector {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
}

/// Without TLS: a request to an address of AWS itself fails, and says that the scheme is not `http`.
#[cfg(not(feature = "full"))]
fn build(connector: ConnectorBuilder) -> Connector {
    connector.build_http()
}

#[derive(Debug, Clone)]
struct Connections {
    pool: SharedHttpClient,
    /// One permit for each request that may be under way.
    requests: Arc<Semaphore>,
}

impl HttpClient for Connections {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let pool = self.pool.http_connector(settings, components);
        SharedHttpConnector::new(BoundedConnector { pool, requests: Arc::clone(&self.requests) })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.pool.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.pool.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.pool.connector_metadata()
    }
}

/// Sends requests in turn, and waits for descriptors, within the time that each request has.
#[derive(Debug, Clone)]
struct BoundedConnector {
    pool: SharedHttpConnector,
    requests: Arc<Semaphore>,
}

impl HttpConnector for BoundedConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let Self { pool, requests } = self.clone();
        HttpConnectorFuture::new(async move {
            // The semaphore is never closed.
            let _permit = requests.acquire().await;
            let mut failures = 0;
            loop {
                let again = request.try_clone();
                match pool.call(request).await {
                    // There was no connection, so nothing was sent.
                    Err(error)
                        if lacks_descriptors(&error)
                            && let Some(again) = again =>
                    {
                        Exhaustion::Descriptors.note("a connection to AWS could not be made");
                        tokio::time::sleep(backoff(FIRST_PAUSE, LONGEST_PAUSE, failures)).await;
                        failures += 1;
                        request = again;
                    }
                    result => return result,
                }
            }
        })
    }
}

fn lacks_descriptors(error: &ConnectorError) -> bool {
    match Exhaustion::of(error) {
        Some(exhaustion) => exhaustion == Exhaustion::Descriptors,
        // Name resolution does not say why it failed.
        None => error.is_io() && File::open("/dev/null").is_err_and(|error| Exhaustion::of(&error).is_some()),
    }
}
