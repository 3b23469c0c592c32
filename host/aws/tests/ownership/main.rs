//! The owner at the end is the one that the history says, for random histories of creations, repeats, hand-overs,
//! replays and deletions by several people, whose events come in any order, more than once, and to several hosts at
//! once. The test runs the real guard and the real tagger on the fake AWS.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics is one that fails")]

mod history;
mod hosts;

use std::time::Instant;

use autotag_fake_aws::FakeAws;
use history::History;
use hosts::Hosts;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many histories there are, and how many of them happen at the same time.
const HISTORIES: usize = 1_000;
const AT_ONCE: usize = 100;

#[test]
fn the_owner_at_the_end_is_the_one_that_the_history_says() {
    let seed = std::env::var("AUTOTAG_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| Instant::now().elapsed().as_nanos() as u64 ^ u64::from(std::process::id()));
    println!("AUTOTAG_TEST_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let begin = Instant::now();
    for round in 0..HISTORIES / AT_ONCE {
        let aws = FakeAws::start_quiet();
        let histories: Vec<History> = (0..AT_ONCE)
            .map(|number| History::strategy(round * AT_ONCE + number).new_tree(&mut runner).unwrap().current())
            .collect();
        let account_region = hosts::account_region(&aws);
        histories.iter().for_each(|history| history.happen(&account_region));
        runtime.block_on(Hosts::start(&aws, 3).work_on(&histories));
        for history in &histories {
            let is = account_region.tags(&history.resource());
            let (owner, principal) = (is.get("Owner").map(String::as_str), is.get("PrincipalId").map(String::as_str));
            let expected = history.owner();
            assert_eq!(owner, expected, "seed {seed}: {history:#?}");
            assert_eq!(principal, expected.map(history::principal_of).as_deref(), "seed {seed}: {history:#?}");
        }
    }
    println!("{HISTORIES} histories in {:?}", begin.elapsed());
}
