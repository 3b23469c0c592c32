//! `host run`, the real binary with the real SDK, on the strict fake AWS.

mod accounts;
mod arns;
mod ends;
mod errors;
mod existing;
mod faults;
mod leases;
mod parents;
mod start;
mod systemd;
mod tagging;
mod wants;
mod world;
