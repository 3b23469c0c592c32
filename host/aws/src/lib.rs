//! Where events come from and where tags go: SQS, and the AWS APIs that put tags on resources.
//!
//! The [`queue`] receives messages, has each planned, and acknowledges it by its [`disposition`]; the [`tagger`]
//! carries out the plan. Both share the process's [`connections`] and count in [`metrics`].

mod backoff;
pub mod connections;
pub mod disposition;
pub mod metrics;
pub mod queue;
pub mod tagger;
