//! The calls that the plugin `ec2` knows, beside the API's model. Its events are in `plugin_events`, with those of the others.

mod derived;
mod exceptions;
mod model;
mod ownership;
