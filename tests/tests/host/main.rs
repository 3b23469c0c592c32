//! The host as its users and operators see it: the real binary, with the real SDK, on the strict fake AWS.

mod admin;
mod authoring;
mod chaos;
mod config;
mod doctor;
mod explain;
mod reload;
mod replay;
mod rule;
mod run;
mod theft;
