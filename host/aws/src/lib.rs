//! Where events come from and where tags go: SQS, and the APIs of AWS that put tags on.
//!
//! The [`queue`] receives messages, has each planned, and settles it by its [`disposition`]; the [`tagger`] carries out what
//! is planned. Both share out the process's [`connections`], and count in [`metrics`].

mod backoff;
pub mod connections;
pub mod disposition;
pub mod metrics;
pub mod queue;
pub mod tagger;
