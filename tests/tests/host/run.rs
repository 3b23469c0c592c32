//! `host run`, the real binary with the real SDK, on the strict fake AWS.

mod accounts;
mod arns;
mod ends;
mod errors;
mod exhaustion;
mod existing;
mod faults;
mod leases;
mod parents;
mod start;
mod systemd;
mod tagging;
mod world;
