use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;
use tokio::sync::Semaphore;

use super::*;

/// Never waits for a token.
const FREE: Rate = Rate { burst: 1e6, per_second: 1e6 };

/// What the n-th request comes to, and what is wrong with some of its items if it succeeds.
type Script = dyn Fn(usize, &[u32]) -> Result<HashMap<u32, AwsError>, AwsError> + Send + Sync;

/// An API that answers what a script says, as soon as it may.
#[derive(Clone)]
struct Scripted {
    script: Arc<Script>,
    /// A request takes one before it is answered.
    permits: Arc<Semaphore>,
    requests: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Api for Scripted {
    type Group = &'static str;
    type Item = u32;
    type Answer = u32;

    const NAME: &'static str = "Scripted";
    const ONE_BAD_FAILS_ALL: bool = true;

    async fn send(&self, _: &&'static str, items: &[u32]) -> Result<Answers<Self>, AwsError> {
        let number = {
            let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(items.to_vec());
            requests.len() - 1
        };
        self.permits.acquire().await.unwrap().forget();
        let mut failures = (self.script)(number, items)?;
        let answer = |item: &u32| (*item, failures.remove(item).map_or(Ok(item * 10), Err));
        Ok(items.iter().map(answer).collect())
    }
}

struct World {
    api: Scripted,
    batcher: Arc<Batcher<Scripted>>,
}

impl World {
    /// `script` says what the n-th request comes to, counted from 0. Only `permits` requests are answered at first.
    fn new(
        most: usize,
        permits: usize,
        script: impl Fn(usize, &[u32]) -> Result<(), AwsError> + Send + Sync + 'static,
    ) -> Self {
        Self::with_failing_items(most, permits, move |number, items| script(number, items).map(|()| HashMap::new()))
    }

    /// The same where single items of a request can fail.
    fn with_failing_items(
        most: usize,
        permits: usize,
        script: impl Fn(usize, &[u32]) -> Result<HashMap<u32, AwsError>, AwsError> + Send + Sync + 'static,
    ) -> Self {
        let permits = Arc::new(Semaphore::new(permits));
        let api = Scripted { script: Arc::new(script), permits, requests: Arc::default() };
        let batcher = Arc::new(Batcher::start(api.clone(), FREE, most, ServiceMetrics::default()));
        Self { api, batcher }
    }

    fn load(&self, group: &'static str, items: impl IntoIterator<Item = u32>) -> Asked {
        let (batcher, items) = (Arc::clone(&self.batcher), items.into_iter().collect());
        tokio::spawn(async move { batcher.load(group, items).await })
    }

    fn requests(&self) -> Vec<Vec<u32>> {
        self.api.requests.lock().unwrap().clone()
    }

    async fn wait_for_requests(&self, count: usize) {
        let requested = async {
            while self.requests().len() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), requested).await.expect("the requests are made");
    }
}

type Asked = tokio::task::JoinHandle<Vec<(u32, Result<u32, AwsError>)>>;

fn failure(kind: AwsErrorKind, why: &str) -> AwsError {
    AwsError { kind, why: why.into() }
}

/// What a load came to: the items that succeeded, and those that failed.
async fn outcome(asked: Asked) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let answers = tokio::time::timeout(Duration::from_secs(30), asked).await.expect("everything is answered").unwrap();
    assert!(answers.iter().all(|(item, answer)| answer.as_ref().is_ok_and(|ten| *ten == item * 10) || answer.is_err()));
    let good = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(item, _)| *item).collect();
    let bad = answers.iter().filter(|(_, answer)| answer.is_err()).map(|(item, _)| *item).collect();
    (good, bad)
}

/// Lets everything happen that needs no time.
async fn let_tasks_run() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

#[tokio::test]
async fn what_is_asked_while_a_call_is_under_way_goes_into_the_next_one() {
    let world = World::new(200, 0, |_, _| Ok(()));
    let first = world.load("a", [1]);
    world.wait_for_requests(1).await;
    let others: Vec<_> = (2..50).map(|item| world.load("a", [item])).collect();
    let_tasks_run().await;
    assert_eq!(world.requests(), [[1]]);
    world.api.permits.add_permits(2);
    assert_eq!(outcome(first).await.0, [1].into());
    for (asked, item) in others.into_iter().zip(2..) {
        assert_eq!(outcome(asked).await.0, [item].into());
    }
    assert_eq!((world.requests().len(), world.requests()[1].len()), (2, 48));
}

#[tokio::test]
async fn a_full_call_does_not_wait_and_one_that_could_not_have_shared_a_call_waits_only_for_a_moment() {
    let world = World::new(3, 0, |_, _| Ok(()));
    world.load("a", [1]);
    world.wait_for_requests(1).await;
    world.load("b", [2, 3]);
    world.load("c", [4, 5, 6, 7]);
    world.wait_for_requests(3).await;
    let_tasks_run().await;
    // What is left of the full one waits for the request of its own group.
    assert_eq!(world.requests(), [vec![1], vec![4, 5, 6], vec![2, 3]]);
    world.api.permits.add_permits(100);
    world.wait_for_requests(4).await;
    assert_eq!(world.requests()[3], [7]);
}

#[tokio::test]
async fn a_call_that_hangs_holds_up_the_next_one_only_for_a_while() {
    let world = World::new(200, 0, |_, _| Ok(()));
    world.load("a", [1]);
    world.wait_for_requests(1).await;
    world.load("a", [2]);
    let_tasks_run().await;
    assert_eq!(world.requests().len(), 1);
    world.wait_for_requests(2).await;
    assert_eq!(world.requests()[1], [2]);
}

#[tokio::test]
async fn a_caller_with_many_resources_does_not_starve_the_others() {
    let world = World::new(3, 0, |_, _| Ok(()));
    // The busy group always has enough for a full request.
    (0..200).for_each(|number| drop(world.load("busy", [3 * number, 3 * number + 1, 3 * number + 2])));
    let_tasks_run().await;
    let other = world.load("other", [1000]);
    // A request every 20 ms.
    let permits = Arc::clone(&world.api.permits);
    tokio::spawn(async move {
        loop {
            permits.add_permits(1);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(outcome(other).await.0, [1000].into());
    assert!(world.requests().len() < 190, "before everything of the busy one was done");
}

#[tokio::test]
async fn what_is_throttled_goes_again_together_with_what_has_gathered() {
    let throttle = |number, _: &[u32]| if number == 0 { Err(failure(AwsErrorKind::Throttled, "")) } else { Ok(()) };
    let world = World::new(200, 0, throttle);
    let first = world.load("a", [1]);
    world.wait_for_requests(1).await;
    let second = world.load("a", [2]);
    let_tasks_run().await;
    world.api.permits.add_permits(2);
    assert_eq!((outcome(first).await.0, outcome(second).await.0), ([1].into(), [2].into()));
    assert_eq!(world.requests(), [vec![1], vec![1, 2]]);
}

#[tokio::test]
async fn what_fails_in_passing_is_tried_a_few_times() {
    let world =
        World::new(200, 100, |number, _| if number < 3 { Err(failure(AwsErrorKind::Transient, "")) } else { Ok(()) });
    assert_eq!(outcome(world.load("a", [1, 2])).await.0, [1, 2].into());
    let world = World::new(200, 100, |_, _| Err(failure(AwsErrorKind::Transient, "")));
    assert_eq!(outcome(world.load("a", [1, 2])).await.1, [1, 2].into());
    assert_eq!(world.requests().len(), 4);
}

#[tokio::test]
async fn what_can_never_succeed_is_not_tried_again() {
    for kind in [AwsErrorKind::BadRequest, AwsErrorKind::Credentials] {
        let world = World::new(200, 100, move |_, _| Err(failure(kind, "")));
        assert_eq!(outcome(world.load("a", 1..=200)).await.1.len(), 200);
        assert_eq!(world.requests().len(), 1);
    }
}

#[tokio::test]
async fn those_that_aws_names_are_left_out_at_once() {
    let script = |_, items: &[u32]| {
        let bad: Vec<_> = items.iter().filter(|item| **item % 50 == 7).map(ToString::to_string).collect();
        if bad.is_empty() {
            Ok(())
        } else {
            Err(failure(AwsErrorKind::NotFound, &format!("'{}' do not exist", bad.join(", "))))
        }
    };
    let world = World::new(200, 100, script);
    assert_eq!(outcome(world.load("a", 1..=200)).await.1, [7, 57, 107, 157].into());
    assert_eq!(world.requests().len(), 2);
}

#[tokio::test]
async fn a_permission_that_is_missing_altogether_costs_few_requests_and_one_for_a_single_resource_is_found() {
    let world = World::new(200, 1000, |_, _| Err(failure(AwsErrorKind::NotAllowed, "")));
    assert_eq!(outcome(world.load("a", 1..=200)).await.1.len(), 200);
    assert!(world.requests().len() <= 2 * MAX_DENIALS as usize, "{}", world.requests().len());
    let denied =
        |_, items: &[u32]| if items.contains(&77) { Err(failure(AwsErrorKind::NotAllowed, "")) } else { Ok(()) };
    let world = World::new(200, 1000, denied);
    assert_eq!(outcome(world.load("a", 1..=200)).await.1, [77].into());
}

#[tokio::test]
async fn nothing_is_asked_for_a_caller_that_no_longer_waits() {
    let world = World::new(200, 0, |_, _| Ok(()));
    world.load("a", [1]);
    world.wait_for_requests(1).await;
    let gone = world.load("a", [2]);
    let other = world.load("a", [3]);
    let_tasks_run().await;
    gone.abort();
    let_tasks_run().await;
    world.api.permits.add_permits(2);
    assert_eq!(outcome(other).await.0, [3].into());
    assert_eq!(world.requests(), [[1], [3]]);
}

#[tokio::test]
async fn one_answer_is_for_all_callers_that_asked_about_the_same_resource() {
    let world = World::new(200, 0, |_, _| Ok(()));
    world.load("a", [1]);
    world.wait_for_requests(1).await;
    let (one, other) = (world.load("a", [2]), world.load("a", [2]));
    let_tasks_run().await;
    world.api.permits.add_permits(2);
    assert_eq!((outcome(one).await.0, outcome(other).await.0), ([2].into(), [2].into()));
    assert_eq!(world.requests()[1], [2]);
}

#[tokio::test]
async fn everything_is_answered_before_the_driver_ends() {
    let world = World::new(200, 0, |_, _| Ok(()));
    let asked = world.load("a", [1]);
    world.wait_for_requests(1).await;
    let World { api, batcher } = world;
    drop(batcher);
    api.permits.add_permits(1);
    assert_eq!(outcome(asked).await.0, [1].into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whichever resources are bad, and whether or not AWS names them: those fail, and all others succeed.
    #[test]
    fn exactly_the_bad_ones_fail(
        count in 1_u32..120,
        bad in prop::collection::btree_set(1_u32..120, 0..12),
        most in 1_usize..50,
        names in any::<bool>(),
        passing in prop::collection::btree_set(0_usize..40, 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let wanted: BTreeSet<u32> = bad.iter().copied().filter(|item| *item <= count).collect();
        let script = move |number: usize, items: &[u32]| {
            if passing.contains(&number) {
                return Err(failure(AwsErrorKind::Throttled, ""));
            }
            let found: Vec<_> = items.iter().filter(|item| bad.contains(item)).map(ToString::to_string).collect();
            match found.as_slice() {
                [] => Ok(()),
                _ if names => Err(failure(AwsErrorKind::NotFound, &found.join(" "))),
                _ => Err(failure(AwsErrorKind::BadResource, "one of them")),
            }
        };
        let (good, failed) = runtime.block_on(async {
            let world = World::new(most, 100_000, script);
            outcome(world.load("a", 1..=count)).await
        });
        prop_assert_eq!(&failed, &wanted);
        prop_assert_eq!(good.len() + failed.len(), count as usize);
    }
}

#[tokio::test]
async fn an_item_that_fails_alone_fails_none_of_the_others() {
    let world =
        World::with_failing_items(200, 10, |_, _| Ok([(2, failure(AwsErrorKind::NotFound, "2 is gone"))].into()));
    assert_eq!(outcome(world.load("a", [1, 2, 3])).await, ([1, 3].into(), [2].into()));
    assert_eq!(world.requests(), [[1, 2, 3]]);
}

#[tokio::test]
async fn an_item_that_fails_alone_in_passing_is_tried_again_alone_and_at_last_given_up() {
    let world = World::with_failing_items(200, 10, |number, items| {
        let in_passing = |item: &&u32| **item == 3 || (**item == 2 && number == 0);
        Ok(items.iter().filter(in_passing).map(|item| (*item, failure(AwsErrorKind::Transient, "try again"))).collect())
    });
    assert_eq!(outcome(world.load("a", [1, 2, 3])).await, ([1, 2].into(), [3].into()));
    assert_eq!(world.requests(), [vec![1, 2, 3], vec![2, 3], vec![3], vec![3]]);
}

#[tokio::test]
async fn an_item_that_is_throttled_alone_is_answered_and_slows_down_no_other() {
    let world = World::with_failing_items(200, 100, |number, items| {
        let throttled = failure(AwsErrorKind::Throttled, "slow down");
        Ok(items.iter().filter(|item| **item == 2 && number < 9).map(|item| (*item, throttled.clone())).collect())
    });
    assert_eq!(outcome(world.load("a", [1, 2])).await, ([1].into(), [2].into()));
    assert_eq!(world.requests().len(), 1);
}
