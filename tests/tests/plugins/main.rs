//! The project's plugins: which API calls they know, how they answer, that they agree with the host, and that no event
//! makes them panic.

mod agreement;
mod ec2_calls;
mod plugin_events;
mod plugins_never_panic;
mod service_calls;
mod service_model;
