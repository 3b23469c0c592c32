//! `host run`, the real binary with the real SDK, on the strict fake AWS.

#[path = "run/accounts.rs"]
mod accounts;
#[path = "run/arns.rs"]
mod arns;
#[path = "run/ends.rs"]
mod ends;
#[path = "run/errors.rs"]
mod errors;
#[path = "run/existing.rs"]
mod existing;
#[path = "run/faults.rs"]
mod faults;
#[path = "run/leases.rs"]
mod leases;
#[path = "run/parents.rs"]
mod parents;
#[path = "run/start.rs"]
mod start;
#[path = "run/systemd.rs"]
mod systemd;
#[path = "run/tagging.rs"]
mod tagging;
#[path = "run/wants.rs"]
mod wants;
#[path = "run/world.rs"]
mod world;
