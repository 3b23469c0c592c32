//! What the black-box tests stand on: the host's binary, servers for it to talk to, events and plugins to feed it.

pub mod chaos;
pub mod cloudformation;
pub mod events;
pub mod harness;
pub mod host;
pub mod local_aws;
pub mod notify;
pub mod plugin_events;
pub mod wat_plugin;
