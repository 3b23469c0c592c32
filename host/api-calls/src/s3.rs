//! The API calls of S3 that create buckets and access points. The others that create something taggable need S3
//! Control's own request to tag it; a test lists them.
//!
//! S3 Express One Zone, with directory buckets, is a service of its own to CloudTrail, EventBridge and IAM, with API
//! calls of the same names.

use super::{ApiCall, Naming, Repeat, ResourceKind, creates, kind};

/// S3, as CloudTrail names it.
pub const EVENT_SOURCE: &str = "s3.amazonaws.com";

/// S3 Express One Zone, as CloudTrail names it.
pub const EXPRESS_EVENT_SOURCE: &str = "s3express.amazonaws.com";

const REUSABLE: Naming = Naming::Reusable { unique_id: None };

/// A bucket. Its records have no response; the API's own response names the ARN of a directory bucket.
const fn bucket(prefix: &'static str) -> ResourceKind {
    ResourceKind { naming: REUSABLE, name_in_request: &["bucketName"], ..kind(prefix, &["bucketArn"]) }
}

/// An access point of a bucket or of a directory bucket.
const ACCESS_POINT: ResourceKind = ResourceKind {
    naming: REUSABLE,
    name_in_request: &["name"],
    ..kind("accesspoint/", &["accessPointArn", "createAccessPointResult.accessPointArn"])
};

/// All of them.
pub const CALLS: &[ApiCall] = &[
    creates(EVENT_SOURCE, "CreateAccessPoint", &[ACCESS_POINT]),
    // Everywhere but in S3's oldest Region, to create a bucket that exists is an error.
    ApiCall { repeat: Repeat::ReturnsExistingIn("us-east-1"), ..creates(EVENT_SOURCE, "CreateBucket", &[bucket("")]) },
    creates(EXPRESS_EVENT_SOURCE, "CreateAccessPoint", &[ACCESS_POINT]),
    creates(EXPRESS_EVENT_SOURCE, "CreateBucket", &[bucket("bucket/")]),
];
