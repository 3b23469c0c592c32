//! autotag's host: takes cloud events and tags what they created with the name of whoever created it.
//!
//! # The way of an event
//!
//! ```text
//!               pure: no network, no clock, deterministic
//!             ┌──────────────────────────────────────────────────────┐
//!  source ──▶ │ bytes → Event → route → plugin.extract → guard → Plan │ ──▶ sink
//!             └──────────────────────────────────────────────────────┘
//!  SQS (run)                                                              tagger: look up, combine, tag → settle
//!  files, stdin (replay)                                                  report: table, JSON
//! ```
//!
//! Every command shares the middle, [`pipeline`], which is a library call from bytes to a [`plan::Plan`]; they differ in source
//! and sink alone. Whatever can be decided without the network is decided there, and shown by `host replay` exactly as
//! `host run` will do it, except that `host run` waits for a plugin that is not there yet.
//!
//! | stage | module | takes → gives |
//! |---|---|---|
//! | decode | [`event`] | bytes → events, in every form that they are recorded in; the CloudTrail record stays the text that it was |
//! | route | [`router`], [`pattern`] | event → plugins, by the EventBridge patterns that they declare |
//! | extract | [`plugin`] | event → taggings, in a fresh sandbox for each event and plugin |
//! | guard | [`guard`] | taggings → plan: the host's law over what a plugin may ask |
//! | ownership | [`ownership`] | resource → verdict: whether the call created it, for its caller; part of the guard, and once more of the tagger |
//! | tag | [`tagger`] | plan → tags: looks up what belongs along, combines calls within AWS's rates, says what errors mean |
//! | settle | [`queue`] | disposition → SQS: delete, put off, or leave to the dead-letter queue; a lease keeps a message until then |
//!
//! Around them: [`cli`] and [`config`] say what is wanted, [`commands`] put the parts together, [`telemetry`], [`metrics`], [`admin`] and
//! [`systemd`] say what happens, [`exhaustion`] knows what the process itself lacks, `connections` and `descriptors` share out what it may open,
//! [`resource`] knows what can be tagged, and [`text`] makes other people's words fit to print. [`rules`] are the EventBridge rules that
//! plugins need, and [`policy`] says what IAM would answer: `host rule` prints and compares the former, and
//! `host doctor` walks the way of an event through AWS with both.
//!
//! # What is trusted
//!
//! Tags decide who may stop a machine, so a wrong tag is a security fault.
//!
//! - **AWS is trusted**: that events whose source is `aws.…` are its own, and to say who called and what the call returned. That a call
//!   returned something does not prove that it created it: see [`ownership`].
//! - **Plugins are not.** They run in a sandbox without a single capability, bounded in time, memory and output, and [`guard`]
//!   proves every id and ARN in their answers, and the value of every key that decides access, against the record. Other values, such
//!   as `Owner`'s, are for people to read, and are the plugin's word.
//! - **The tags of parents are, if the operator says so:** a plugin can ask that what a service launched gets the owner of what it was
//!   launched for. Whoever can write those keys on an Auto Scaling group, a fleet or a Spot request then decides whose its instances
//!   are; nobody but the host should.
//! - **People are not.** Between a call and its tags, somebody can attach a colleague's volume to their own new instance, or echo
//!   a colleague's id in a description. The guard therefore refuses ids that the request mentions, and the tagger takes along
//!   only what the rule of ownership allows.
//!
//! # What is never lost
//!
//! A message is deleted only after every tag of its plan is on or withheld, and only by the task that put them there. Everything else
//! leaves it in the queue: what can succeed later is made visible again after a growing delay; what can never succeed comes
//! again at once until the queue's redrive policy moves it into the dead-letter queue. While a message is worked on, its
//! visibility is extended; whoever loses it stops touching it. Tagging again does no harm, so duplicates, crashes and several
//! hosts on one queue need no coordination.
//!
//! # What bounds it
//!
//! AWS's rate limits, and nothing else. Each account and Region has its own clients, its own calls and its own rates; each API
//! combines what all messages ask of it, so that the more there is to do the more goes into a call. What waits for its turn waits
//! under lease.
//!
//! # How plugins come and go
//!
//! [`plugin`] has the whole way from a file to an answer. The service holds a [`plugin::LivePlugins`]: the set in force, which is
//! exchanged as a whole whenever the plugin folder has changed and all of it loads. Each message is worked on with the set that
//! was in force when its work began.
//!
//! # What is not there yet
//!
//! Directory buckets and access points of S3 have a call of their own to be tagged with, S3 Control's TagResource; the host asks the
//! tagging API for them as for everything else. An event that CloudTrail did not deliver is not looked for.

mod admin;
mod cli;
mod commands;
mod config;
mod descriptors;
mod log;
mod rules;
mod status_line;
mod systemd;
mod traces;

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// Not the system's: glibc's keeps what many threads have freed, and a host that works for hours grows to twice the size.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    commands::main(cli::Cli::parse())
}
