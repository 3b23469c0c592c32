//! Every fault at once. `cargo xtask chaos` is the long form.

use autotag_tests::chaos::Chaos;

#[test]
fn whatever_happens_every_resource_gets_its_tags_and_only_poison_ends_in_the_dead_letter_queue() {
    let report = Chaos::short(1).run().unwrap_or_else(|what| panic!("{what}"));
    assert_eq!((report.events, report.killed + report.terminated, report.vanished), (600, 8, 1), "{report}");
    // A run in which some fault never struck would prove less than it seems to.
    let spared: Vec<_> = report.struck.iter().filter(|(_, count)| **count == 0).collect();
    assert!(spared.is_empty(), "{spared:?}\n{report}");
    eprintln!("{report}");
}
