//! Support for the black-box tests: the host's binary, servers for it to talk to, and events and plugins as its input.

pub mod chaos;
pub mod cloudformation;
pub mod events;
pub mod harness;
pub mod host;
pub mod local_aws;
pub mod notify;
pub mod plugin_events;
pub mod wat_plugin;
