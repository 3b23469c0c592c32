//! All ways in which an attacker could get another principal's resource, or make that principal lose it: the real
//! binary on the fake AWS, with the events of all cases delivered in order, in reverse, and at once to two hosts. Each
//! case says who owns what in the end.

mod attachments;
mod cases;
mod copies;
mod envelopes;
mod events;
mod launches;
mod names;
mod omissions;
mod races;
mod services;
mod tokens;

use cases::{Case, Delivery, run};

fn all() -> Vec<Case> {
    [
        tokens::cases(),
        names::cases(),
        launches::cases(),
        copies::cases(),
        services::cases(),
        envelopes::cases(),
        omissions::cases(),
        attachments::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn there_are_at_least_forty_ways() {
    assert!(all().len() >= 40, "{}", all().len());
}

#[test]
fn no_user_gets_what_another_made_if_the_events_come_as_they_happened() {
    run(all(), Delivery::InOrder);
}

#[test]
fn no_user_gets_what_another_made_if_the_events_come_the_other_way_round() {
    run(all(), Delivery::Reversed);
}

#[test]
fn no_user_gets_what_another_made_if_two_hosts_work_on_all_events_at_once() {
    run(all(), Delivery::AtOnce);
}
