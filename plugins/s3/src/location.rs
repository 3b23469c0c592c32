//! In which Region a bucket is.

use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure};

/// Makes sure that a bucket is in the Region of the event, where the host would tag it. Without a `LocationConstraint`,
/// it is; directory buckets and access points have none.
///
/// S3 itself requires that: a Region's endpoint creates buckets in no other Region. Only the oldest, of us-east-1,
/// does, and records of such API calls may be of either Region. A bucket cannot be tagged from another Region, and its
/// ARN does not say where it is. So the host could only fail until the message is in the dead-letter queue, where an
/// operator could do no better: the event itself is sound.
///
/// # Errors
/// [`Failure::Skip`] if the bucket is in another Region.
pub(crate) fn skip_unless_here(event: &Event, record: &CloudTrailRecord<'_>) -> Result<(), Failure> {
    let constraints = record.request_strings(&["createBucketConfiguration.locationConstraint"])?;
    let Some(region) = constraints.first().map(|constraint| region_of(constraint)) else { return Ok(()) };
    if region == event.region {
        return Ok(());
    }
    Err(Failure::Skip(format!(
        "the bucket is in {region} and can be tagged only from there, and the event is of {}",
        event.region
    )))
}

/// The Region that a constraint names. The first one in Europe had a name before Regions had theirs, and S3 still takes
/// it.
fn region_of(constraint: &str) -> &str {
    if constraint == "EU" { "eu-west-1" } else { constraint }
}
