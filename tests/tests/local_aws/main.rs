//! The whole path on an AWS that is not this project's own, and tests that this AWS is as it needs to be.

mod end_to_end;
mod local_aws;
