//! The pipeline of every request: log, faults, effect, faults, reply.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::Response;
use hyper::body::Incoming;

use super::faults::{End, FaultDecision, Steps};
use super::log::{Entry, Outcome};
use super::reply::{Answer, ApiError, Reply};
use super::request::Request;
use super::service::Service;
use super::shared::Shared;
use super::{auto_scaling, cloud_trail, ec2, event_bridge, kms, rds, s3, sqs, sts, tagging};

/// The most bytes of a request's body: enough for a batch of 1 MiB whose every byte is escaped.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Ends the connection without a (whole) reply.
#[derive(Debug)]
pub(super) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault drops the connection")
    }
}

impl std::error::Error for Dropped {}

/// Answers one HTTP request. The server drops this future when the client disconnects: nothing happens after the
/// `await` at which it waited.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    http: axum::http::Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let (head, body) = http.into_parts();
    let body = axum::body::to_bytes(Body::new(body), MAX_BODY).await.map_err(|_| Dropped)?;
    let request = match Request::read(shared, &head, &body) {
        Ok(request) => Arc::new(request),
        Err((service, error)) => return Ok(reply(shared, service, "", Err(error)).whole()),
    };
    let (number, decision) = shared.update(|world| {
        let now = Instant::now();
        (world.log.add(&request, now), world.rules.decide(&request, now))
    });
    let entry = Entry::new(shared, &request, number);
    let result = match perform(shared, &request, &decision).await {
        Ok(result) => result,
        Err(Dropped) => {
            entry.close(Outcome::Dropped);
            return Err(Dropped);
        }
    };
    let outcome = match &result {
        _ if decision.cut_reply => Outcome::Dropped,
        Ok(_) => Outcome::Success,
        Err(error) => Outcome::Error { status: error.status, code: error.code.clone() },
    };
    let reply = reply(shared, request.service, &request.action, result);
    entry.close(outcome);
    Ok(if decision.cut_reply { reply.cut() } else { reply.whole() })
}

/// The request's effect, changed by the faults.
async fn perform(
    shared: &Arc<Shared>,
    request: &Request,
    decision: &FaultDecision,
) -> Result<Result<Answer, ApiError>, Dropped> {
    if let Some(early) = walk(shared, &decision.before).await {
        return early;
    }
    let result = match (&request.refused, request.service) {
        (Some(error), _) => Err(error.clone()),
        (None, Service::Sqs) => sqs::handle(shared, request, decision).await.map(Answer::Json),
        (None, Service::Ec2) => ec2::handle(shared, request).map(Answer::Xml),
        (None, Service::Sts) => sts::handle(shared, request).map(Answer::Xml),
        (None, Service::AutoScaling) => auto_scaling::handle(shared, request).map(Answer::Xml),
        (None, Service::Tagging) => tagging::handle(shared, request, decision).map(Answer::Json),
        (None, Service::EventBridge) => event_bridge::handle(shared, request).map(Answer::Json),
        (None, Service::CloudTrail) => cloud_trail::handle(shared, request).map(Answer::Json),
        (None, Service::Kms) => kms::handle(shared, request).map(Answer::Json),
        (None, Service::Rds) => rds::handle(shared, request).map(Answer::Xml),
        (None, Service::S3) => s3::handle(shared, request).map(Answer::Xml),
    };
    match walk(shared, &decision.after).await {
        Some(early) => early,
        None => Ok(result),
    }
}

/// Takes the steps on one side of the effect. Returns what ends the request there, if anything does.
async fn walk(shared: &Arc<Shared>, steps: &Steps) -> Option<Result<Result<Answer, ApiError>, Dropped>> {
    if !steps.delay.is_zero() {
        tokio::time::sleep(steps.delay).await;
    }
    for barrier in &steps.gates {
        barrier.pass(|| shared.update(|world| world.rules.arrive(barrier))).await;
    }
    match &steps.end {
        Some(End::Error(error)) => Some(Ok(Err(error.clone()))),
        Some(End::Drop) => Some(Err(Dropped)),
        // Until the client times out, which drops this future.
        Some(End::Silence) => std::future::pending().await,
        None => None,
    }
}

fn reply(shared: &Shared, service: Service, action: &str, result: Result<Answer, ApiError>) -> Reply {
    Reply::new(service, action, shared.next_reply(), result)
}
