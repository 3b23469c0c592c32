//! What the host is deployed with says the same as the host and its plugins.

mod deployment;
mod infra;
mod infra_rules;
mod policies;
