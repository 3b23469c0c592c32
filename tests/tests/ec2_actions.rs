//! The calls that the plugin `ec2` knows, beside the API's model. Its events are in `plugin_events`, with those of the others.

#[path = "ec2_actions/derived.rs"]
mod derived;
#[path = "ec2_actions/exceptions.rs"]
mod exceptions;
#[path = "ec2_actions/model.rs"]
mod model;
#[path = "ec2_actions/ownership.rs"]
mod ownership;
