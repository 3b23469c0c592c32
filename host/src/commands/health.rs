//! `host health`: asks the service on this machine whether it is ready, for health checks where there is no shell and
//! no curl.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use autotag_core::text::{error_chain, sanitize};
use clap::Args;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use super::output::{FormatArgs, print};
use super::{BAD, GOOD};
use crate::cli::in_name_called;

/// How long the answer may take. A service that is alive answers at once.
const LONGEST: Duration = Duration::from_secs(5);

/// Whom to ask.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Where the service serves /readyz; an address for all of its machine's, such as 0.0.0.0:9464, is asked on this
    /// machine
    #[arg(long, env = "AUTOTAG_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What the service answered. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct HealthReport {
    ready: bool,
    /// Why not.
    reason: Option<String>,
}

impl fmt::Display for HealthReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason.as_deref().unwrap_or("ready"))
    }
}

/// What `/readyz` says, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Readiness {
    ready: bool,
    reason: Option<String>,
}

/// Runs the command: asks the service that listens there.
pub fn health(listen: SocketAddr, format: FormatArgs) -> anyhow::Result<u8> {
    let address = reachable(listen);
    anyhow::ensure!(
        address.port() != 0,
        "the service's port is not known: with port 0 it listens at any; set one in AUTOTAG_LISTEN"
    );
    let url = format!("http://{address}/readyz");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async { tokio::time::timeout(LONGEST, get(&url)).await });
    let answer = answer.unwrap_or_else(|_| Err(anyhow::anyhow!("none within {LONGEST:?}")));
    let reason = match answer.map(|body| serde_json::from_slice(&body).ok()) {
        Ok(Some(Readiness { ready: true, .. })) => None,
        Ok(Some(Readiness { reason, .. })) => {
            Some(format!("not ready: {}", sanitize(&reason.unwrap_or_else(|| "it does not say why".into()))))
        }
        Ok(None) => Some(format!("{url} is answered by something else than `host run`")),
        Err(error) => Some(format!(
            "no answer from {url}: {}; is `host run` running, and does it listen there?",
            error_chain(&*error)
        )),
    };
    let reason = reason.map(|reason| in_name_called(&reason));
    let status = if reason.is_none() { GOOD } else { BAD };
    print(&HealthReport { ready: reason.is_none(), reason }, format.get())?;
    Ok(status)
}

/// The body that is there. The service is on this machine: no proxy is on the way, and no redirect is followed.
async fn get(url: &str) -> anyhow::Result<Vec<u8>> {
    let client = Client::builder(TokioExecutor::new()).build_http::<String>();
    let response = client.get(url.parse()?).await?;
    Ok(response.into_body().collect().await?.to_bytes().into())
}

/// Where a service that listens at this address can be asked on its own machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_this_machine() {
        let of = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(of("0.0.0.0:9464"), "127.0.0.1:9464");
        assert_eq!(of("[::]:9464"), "[::1]:9464");
        assert_eq!(of("192.0.2.1:80"), "192.0.2.1:80");
    }
}
