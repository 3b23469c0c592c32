//! The calls that the plugin `ec2` knows: beside the API's model, and beside events written for it.

#[path = "ec2_actions/derived.rs"]
mod derived;
#[path = "ec2_actions/events.rs"]
mod events;
#[path = "ec2_actions/exceptions.rs"]
mod exceptions;
#[path = "ec2_actions/model.rs"]
mod model;
