//! S3's API calls, and those of S3 Express One Zone, which is a service of its own.

use super::{ApiCall, Repeat, S3, S3_EXPRESS, creates, named};

/// All of them.
pub(super) const CALLS: &[ApiCall] = &[
    creates(S3, "CreateAccessPoint", &[named("accesspoint/")]),
    // Everywhere but in S3's oldest Region, to create a bucket that exists is an error.
    ApiCall { repeat: Repeat::ReturnsExistingIn("us-east-1"), ..creates(S3, "CreateBucket", &[named("")]) },
    creates(S3_EXPRESS, "CreateAccessPoint", &[named("accesspoint/")]),
    creates(S3_EXPRESS, "CreateBucket", &[named("bucket/")]),
];
