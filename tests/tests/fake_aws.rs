//! The fake AWS keeps AWS's rules, as the real SDK sees them.

#[path = "fake_aws/all_resources.rs"]
mod all_resources;
#[path = "fake_aws/arns.rs"]
mod arns;
#[path = "fake_aws/attributes.rs"]
mod attributes;
#[path = "fake_aws/auto_scaling.rs"]
mod auto_scaling;
#[path = "fake_aws/chance.rs"]
mod chance;
#[path = "fake_aws/clients.rs"]
mod clients;
#[path = "fake_aws/cloud_trail.rs"]
mod cloud_trail;
#[path = "fake_aws/control.rs"]
mod control;
#[path = "fake_aws/describe.rs"]
mod describe;
#[path = "fake_aws/disorder.rs"]
mod disorder;
#[path = "fake_aws/event_bridge.rs"]
mod event_bridge;
#[path = "fake_aws/event_patterns.rs"]
mod event_patterns;
#[path = "fake_aws/faults.rs"]
mod faults;
#[path = "fake_aws/flood.rs"]
mod flood;
#[path = "fake_aws/kms.rs"]
mod kms;
#[path = "fake_aws/many.rs"]
mod many;
#[path = "fake_aws/protocol.rs"]
mod protocol;
#[path = "fake_aws/rds.rs"]
mod rds;
#[path = "fake_aws/receive.rs"]
mod receive;
#[path = "fake_aws/roles.rs"]
mod roles;
#[path = "fake_aws/s3.rs"]
mod s3;
#[path = "fake_aws/send_and_settle.rs"]
mod send_and_settle;
#[path = "fake_aws/simple_kinds.rs"]
mod simple_kinds;
#[path = "fake_aws/tagging.rs"]
mod tagging;
#[path = "fake_aws/tallies.rs"]
mod tallies;
