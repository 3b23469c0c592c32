//! The API calls of S3 that create buckets and access points, and where their records name these. The others that
//! create something taggable need S3 Control's own request to tag it; a test lists them.
//!
//! S3 Express One Zone, with directory buckets, is a service of its own to CloudTrail, EventBridge and IAM, with API
//! calls of the same names.

use autotag_plugin_sdk::arn::{ArnPaths, Scope};

/// One API call of one of the two services.
#[derive(Debug)]
pub struct ApiCall {
    /// The service: `s3.amazonaws.com`.
    pub event_source: &'static str,
    /// Its name: `CreateBucket`.
    pub name: &'static str,
    /// Where its record names what it created.
    pub paths: ArnPaths,
}

/// S3, as CloudTrail names it.
pub(crate) const S3_SOURCE: &str = "s3.amazonaws.com";
/// S3 Express One Zone, as CloudTrail names it.
pub(crate) const S3_EXPRESS_SOURCE: &str = "s3express.amazonaws.com";

/// All of them.
pub const API_CALLS: &[ApiCall] = &[
    ApiCall { event_source: S3_SOURCE, name: "CreateBucket", paths: bucket(Scope::Partition, "") },
    ApiCall { event_source: S3_SOURCE, name: "CreateAccessPoint", paths: ACCESS_POINT },
    ApiCall { event_source: S3_EXPRESS_SOURCE, name: "CreateBucket", paths: bucket(Scope::Region, "bucket/") },
    ApiCall { event_source: S3_EXPRESS_SOURCE, name: "CreateAccessPoint", paths: ACCESS_POINT },
];

/// A bucket. Its records have no response; the API's own response names the ARN of a directory bucket.
const fn bucket(scope: Scope, resource_prefix: &'static str) -> ArnPaths {
    ArnPaths { arn: &["bucketArn"], scope, resource_prefix, in_response: &[], in_request: &["bucketName"] }
}

/// An access point of a bucket or of a directory bucket.
const ACCESS_POINT: ArnPaths = ArnPaths {
    arn: &["accessPointArn", "createAccessPointResult.accessPointArn"],
    scope: Scope::Region,
    resource_prefix: "accesspoint/",
    in_response: &[],
    in_request: &["name"],
};

impl ApiCall {
    /// The API call of that service and name, if it is one that creates something.
    pub(crate) fn named(event_source: &str, name: &str) -> Option<&'static Self> {
        API_CALLS.iter().find(|call| call.event_source == event_source && call.name == name)
    }

    /// The names of a service's API calls.
    pub(crate) fn names(event_source: &str) -> impl Iterator<Item = &'static str> {
        API_CALLS.iter().filter(move |call| call.event_source == event_source).map(|call| call.name)
    }
}
