//! The services whose SDKs only a host with the feature `full` has. Without it, `not_built.rs` stands in for all of
//! them.

mod auto_scaling;
mod rds;
mod s3;

pub(in crate::tagger) use auto_scaling::AutoScaling;
pub(in crate::tagger) use rds::Rds;
pub(in crate::tagger) use s3::S3;
