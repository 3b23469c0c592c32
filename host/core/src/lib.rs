//! Decides which principal owns a new resource: pure logic, without network, clock or sandbox.
//!
//! An [`event`] is decoded from bytes. The [`router`] finds, by their [`pattern`]s, the plugins that want it. The
//! [`guard`] checks what they [propose](tagging::ProposedTagging) against the event's record, and [`ownership`] judges
//! for each [`resource`] whether the API call created it. What passes is a [`tagging::Tagging`]. An
//! [`AccountRegion`] is where a call was made. [`text`] makes untrusted text fit to print.

mod account_region;
pub mod event;
pub mod guard;
pub mod ownership;
pub mod pattern;
pub mod resource;
pub mod router;
pub mod tagging;
pub mod text;

pub use account_region::AccountRegion;
