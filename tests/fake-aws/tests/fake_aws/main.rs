//! The fake AWS enforces AWS's rules, as the real SDK sees them.

mod all_resources;
mod arns;
mod attributes;
mod auto_scaling;
mod chance;
mod clients;
mod cloud_trail;
mod control;
mod counters;
mod delivery;
mod describe;
mod event_bridge;
mod event_patterns;
mod faults;
mod flood;
mod kms;
mod many;
mod protocol;
mod rds;
mod receive;
mod roles;
mod s3;
mod send_and_acknowledge;
mod simple_resource_types;
mod tagging;
