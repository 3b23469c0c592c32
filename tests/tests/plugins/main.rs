//! The project's plugins: what they know, what they answer, and that nothing makes them panic.

mod ec2_actions;
mod plugin_events;
mod plugins_never_panic;
