//! One request that is sent to find out whether it is allowed.

use super::batcher::Api;
use super::classify::{AwsError, AwsErrorKind};

/// The actions that were tried, as IAM calls them, and what became of each.
pub type ProbeResults = Vec<(String, Result<(), AwsError>)>;

/// Sends one request to an API.
pub(super) async fn probe_one<A: Api>(
    service: &str,
    api: &A,
    group: &A::Group,
    item: Option<A::Item>,
    tried: &mut ProbeResults,
) {
    let Some(item) = item else { return };
    let result = match api.send(group, &[item]).await {
        // Only a principal with the permission is told that it does not exist, or is invalid.
        Err(failure)
            if !matches!(failure.kind, AwsErrorKind::NotFound | AwsErrorKind::Unclear | AwsErrorKind::BadResource) =>
        {
            Err(failure)
        }
        _ => Ok(()),
    };
    tried.push((format!("{service}:{}", A::NAME), result));
}
