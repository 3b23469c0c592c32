//! `host doctor`, the real binary with the real SDK, on the strict fake AWS: all is well in it but for what a test breaks.

#[path = "doctor/healthy.rs"]
mod healthy;
#[path = "doctor/permissions.rs"]
mod permissions;
#[path = "doctor/probe.rs"]
mod probe;
#[path = "doctor/queues.rs"]
mod queues;
#[path = "doctor/rules.rs"]
mod rules;
#[path = "doctor/sessions.rs"]
mod sessions;
#[path = "doctor/trails.rs"]
mod trails;
#[path = "doctor/world.rs"]
mod world;
