//! The program `host`: takes cloud events and tags what they created with the name of its creator.
//!
//! # The way of an event
//!
//! ```text
//!               pure: no network, no clock, deterministic
//!             ┌──────────────────────────────────────────────────────┐
//!  source ──▶ │ bytes → Event → route → plugin.extract → guard → Plan │ ──▶ sink
//!             └──────────────────────────────────────────────────────┘
//!  SQS (run)                                                     tagger: look up, batch, tag; queue: acknowledge
//!  files, stdin (replay)                                         report: table, JSON, CSV
//! ```
//!
//! Every command shares the middle, [`autotag_sandbox::pipeline`], which is a library call from bytes to a
//! [`Plan`](autotag_sandbox::plan::Plan); they differ in source and sink alone. Whatever can be decided without the
//! network is decided there, and `host replay` shows it exactly as `host run` will do it, except that `host run` waits
//! for a plugin that is not there yet.
//!
//! | stage | crate, module | takes → gives |
//! |---|---|---|
//! | decode | [`autotag_core::event`] | bytes → events, in every form; the record stays the text that it was |
//! | route | [`autotag_core::router`], [`autotag_core::pattern`] | event → plugins, by their event patterns |
//! | extract | [`autotag_sandbox`] | event → proposed taggings, in a fresh sandbox for each event and plugin |
//! | guard | [`autotag_core::guard`] | proposed taggings → taggings: the host's law over what a plugin may ask |
//! | ownership | [`autotag_core::ownership`] | resource → verdict: whether the API call created it, for its caller |
//! | tag | [`autotag_aws::tagger`] | plan → tags: looks up what belongs along, batches requests within AWS's rates |
//! | acknowledge | [`autotag_aws::queue`] | disposition → SQS: delete the message, or change its visibility |
//!
//! # The crates
//!
//! | crate | knows | builds on |
//! |---|---|---|
//! | `autotag-api-calls` | which API calls create what, and the proof | nothing |
//! | `autotag-core` | events, patterns, the guard, ownership | `autotag-api-calls`, serde; no async runtime |
//! | `autotag-sandbox` | WebAssembly plugins, from a file to an answer; the plan | `autotag-core`, wasmtime |
//! | `autotag-aws` | SQS, the tagging APIs, what the service counts | `autotag-core`, the sandbox's plan, AWS's SDKs |
//! | `autotag-iam-policy` | what IAM would answer | nothing of the above |
//! | `autotag-features` | no code: the features of shared dependencies | nothing of the above |
//! | `autotag-eventbridge-rules` | which rules plugins need, and how deployed ones differ | `autotag-core` |
//! | this one | the command line, the configuration, the commands, the admin port | all of them |
//!
//! A test of `xtask` holds these walls. Here, `cli` and `config` say what is wanted, `commands` put the parts
//! together, `log`, `traces`, `status_line`, `admin` and `systemd` say what happens, `descriptors` shares out what the
//! process may open, and `environment` leaves out empty variables. `rules` reads deployed rules for `host rule` and
//! `host doctor`.
//!
//! # What is trusted
//!
//! Tags decide who may stop a machine, so a wrong tag is a security fault.
//!
//! - **AWS is trusted**: that events whose source is `aws.…` are its own, and to say who called and what the call
//!   returned. That a call returned something does not prove that it created it: see [`autotag_core::ownership`].
//! - **Plugins are not.** They run in a sandbox without a single capability, bounded in time, memory and output, and
//!   [`autotag_core::guard`] proves every id and ARN in their answers, and the value of every key that decides access,
//!   against the record. Other values, such as `Owner`'s, are for people to read, and are the plugin's word.
//! - **The tags of parents are, if the operator says so:** a plugin can ask that what a service launched gets the owner
//!   of what it was launched for. A principal that can write those keys on an Auto Scaling group, a fleet or a Spot
//!   request then decides whose its instances are; only the host should be able to.
//! - **People are not.** Between an API call and its tags, a user can attach a colleague's volume to their own new
//!   instance, or echo a colleague's id in a description. The guard therefore refuses ids that the request mentions,
//!   and the tagger takes along only what the rule of ownership allows.
//!
//! # What is never lost
//!
//! The service is at-least-once. A message is deleted only after every tag of its plan is on or withheld, and only by
//! the task that put them there. Everything else leaves it in the queue: what can succeed later becomes visible again
//! after a delay that doubles; a poison message comes again at once until the queue's redrive policy moves it into the
//! dead-letter queue. While a task works on a message, a lease extends its visibility timeout; a task that loses the
//! lease stops. Tagging is idempotent, so duplicates, crashes and several hosts on one queue need no coordination.
//!
//! # What bounds it
//!
//! AWS's rate limits, and nothing else. Each account and Region is a bulkhead with clients, requests and token buckets
//! of its own. Each API batches what all messages ask of it: the more there is to do, the more goes into a request.
//! What waits for its turn waits under lease.
//!
//! # How plugins come and go
//!
//! [`autotag_sandbox`] has the whole way from a file to an answer. The service holds a
//! [`LivePlugins`](autotag_sandbox::LivePlugins): the set in force, which is exchanged as a whole whenever the plugin
//! folder has changed and all of it loads. Each message is worked on with the set that was in force when its work
//! began.
//!
//! # What is not there yet
//!
//! Directory buckets and access points of S3 are tagged by a request of another API, S3 Control's TagResource; the
//! host asks the tagging API for them as for everything else. An event that CloudTrail did not deliver is not looked
//! for.

mod admin;
pub mod cli;
mod commands;
mod config;
mod descriptors;
pub mod dispatch;
mod environment;
#[cfg_attr(not(feature = "full"), path = "not_built.rs")]
mod full;
mod log;
mod otel;
mod rules;
mod status_line;
mod systemd;
#[cfg(feature = "full")]
mod traces;
