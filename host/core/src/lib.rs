//! What decides whose a new resource is: pure, without network, clock or sandbox.
//!
//! An [`event`] is decoded from bytes; the [`router`] finds, by their [`pattern`]s, the plugins that want it; the [`guard`] holds
//! what they [propose](tagging::ProposedTagging) against the event's record, and [`ownership`] says of each [`resource`] whether the
//! call created it. What is left is a [`tagging::Tagging`]. [`text`] makes text from outside fit to print.

pub mod event;
pub mod guard;
pub mod ownership;
pub mod pattern;
pub mod resource;
pub mod router;
pub mod tagging;
pub mod text;
