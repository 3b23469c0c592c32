//! What an API call created, as far as its record names it, and what the host is to look up from that.

use autotag_api_calls::{ApiCall, Companions, Evidence};
use autotag_plugin_sdk::{CloudTrailRecord, Failure, Related};
use serde::Deserialize;

/// What is attached to instances, where the response names none of it.
const ATTACHED: Related = Related::VOLUMES.union(Related::NETWORK_INTERFACES);

/// Whether the API call creates instances. If a service made it, they may inherit the owner of what they were launched
/// for.
pub(crate) fn creates_instances(call: &ApiCall) -> bool {
    call.kinds.iter().any(|kind| kind.prefix == "i")
}

/// What the host is to look up from what the API call created.
pub(crate) fn related(call: &ApiCall) -> Related {
    let related = call.kinds.iter().map(|kind| match kind.companions {
        Companions::Nothing => Related::empty(),
        Companions::Snapshots => Related::SNAPSHOTS,
        Companions::Volumes => Related::VOLUMES,
        Companions::VolumesAndInterfaces => ATTACHED,
    });
    related.fold(Related::empty(), Related::union)
}

/// What the host is to look up for a launch whose response CloudTrail has omitted; none if it has not, or if it is no
/// launch that can be found by its client token.
///
/// # Errors
/// [`Failure::Malformed`] if the request has no client token, or is omitted, too.
pub(crate) fn launched_by_token(call: &ApiCall, record: &CloudTrailRecord<'_>) -> Result<Option<Related>, Failure> {
    let Some(response) = record.omitted_response().filter(|_| call.launches_by_client_token()) else { return Ok(None) };
    if !record.request_strings(&["clientToken"])?.is_empty() {
        return Ok(Some(Related::LAUNCHED_INSTANCES | ATTACHED));
    }
    let name = call.name;
    Err(Failure::Malformed(match record.omitted_request() {
        Some(request) => {
            format!("{name}: {response}, and {request}, so there is no client token to look the instances up by")
        }
        None => format!("{name}: {response}, and the request has no client token to look the instances up by"),
    }))
}

/// The ids of what the API call created.
pub(crate) fn ids(call: &ApiCall, record: &CloudTrailRecord<'_>, is_by_service: bool) -> Result<Vec<String>, Failure> {
    let created = call.kinds.iter().filter(|kind| !(is_by_service && kind.evidence == Evidence::WithLaunch));
    let paths: Vec<&str> = created.flat_map(|kind| kind.paths).copied().collect();
    record.created(&paths).map_err(|failure| match (&failure, why_nothing_was_created(record)) {
        (Failure::Malformed(_), Some(reason)) => Failure::Skip(format!("{}: {reason}", call.name)),
        _ => failure,
    })
}

/// Why a sound response names nothing that was created, if it says so.
fn why_nothing_was_created(record: &CloudTrailRecord<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Response {
        #[serde(rename = "_return")]
        succeeded: bool,
    }
    // An API call for several resources can succeed as a whole, and create none of them.
    let reasons = record.response_strings(&["unsuccessful.error.message"]).unwrap_or_default();
    if let Some(reason) = reasons.first() {
        return Some(format!("nothing was created: {reason}"));
    }
    // In old records, some API calls say only that they succeeded, though what they created can be tagged.
    record
        .response()
        .is_ok_and(|response: Response| response.succeeded)
        .then(|| "the answer does not name what was created".into())
}
