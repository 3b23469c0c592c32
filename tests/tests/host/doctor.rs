//! `host doctor`, the real binary with the real SDK, on the strict fake AWS: all is well but for what a test breaks.

mod healthy;
mod permissions;
mod probe;
mod queues;
mod rules;
mod sessions;
mod trails;
mod world;
