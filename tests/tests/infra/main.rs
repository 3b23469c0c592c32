//! What deploys the host agrees with the host and its plugins.

mod deployment;
mod infra;
mod infra_rules;
mod policies;
