//! S3: dispatches an action to its handler. Its buckets are those that the tagging API tags, by their ARNs.

mod buckets;
mod get_bucket_tagging;
mod list_buckets;

use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;

/// The namespace of its replies. Its errors have none.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Performs one action. Returns its reply's root element.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    shared.read(|world| match request.action.as_str() {
        "ListBuckets" => list_buckets::list_buckets(world, request),
        "GetBucketTagging" => get_bucket_tagging::get_bucket_tagging(world, request),
        action => Err(ApiError::new(501, "NotImplemented", format!("The fake AWS does not know {action} of S3"))),
    })
}
