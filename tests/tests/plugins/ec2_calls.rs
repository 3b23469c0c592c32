//! The API calls that the plugin `ec2` knows, checked against the API's model. Its events are in `plugin_events`, with
//! those of the other plugins.

mod derived;
mod exceptions;
mod ownership;
