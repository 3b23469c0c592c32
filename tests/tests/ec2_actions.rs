//! The calls that the plugin `ec2` knows: beside the API's model, beside events written for it, and beside events that others recorded.

#[path = "ec2_actions/corpus.rs"]
mod corpus;
#[path = "ec2_actions/derived.rs"]
mod derived;
#[path = "ec2_actions/events.rs"]
mod events;
#[path = "ec2_actions/exceptions.rs"]
mod exceptions;
#[path = "ec2_actions/model.rs"]
mod model;
