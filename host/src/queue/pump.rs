//! Receives messages for as long as the service runs, and hands each to a task of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::sqs::{MAX_RECEIVE, Message, Queue};

/// How long to pause after a receive that failed, at first; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause after receives that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Receives until `stop` says so, and works on at most `max_in_flight` messages at once. Answers the tasks that are still
/// under way then.
///
/// A receive that has begun is waited for even when it is time to stop: what SQS has handed out would otherwise be out of
/// everybody's sight until its visibility timeout ends.
pub async fn pump<F, W>(queue: Queue, max_in_flight: usize, mut stop: watch::Receiver<bool>, work: W) -> JoinSet<()>
where
    F: Future<Output = ()> + Send + 'static,
    W: Fn(Message) -> F,
{
    let permits = Arc::new(Semaphore::new(max_in_flight));
    let mut tasks = JoinSet::new();
    let mut failures = 0;
    while let Some(mut held) = permits_for_a_receive(&permits, &mut stop).await {
        match queue.receive(held.len()).await {
            Ok(messages) => {
                failures = 0;
                for message in messages {
                    let permit = held.pop();
                    let work = work(message);
                    tasks.spawn(async move {
                        work.await;
                        drop(permit);
                    });
                }
            }
            Err(error) => {
                drop(held);
                let pause = pause(failures);
                failures += 1;
                tracing::error!(%error, failures, pause_ms = pause.as_millis(), "cannot receive messages; trying again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
        }
        // What has ended is dropped here, so that the set does not grow for ever.
        while tasks.try_join_next().is_some() {}
    }
    tasks
}

/// As many permits as a receive can bring messages, at least one; none when it is time to stop.
async fn permits_for_a_receive(
    permits: &Arc<Semaphore>,
    stop: &mut watch::Receiver<bool>,
) -> Option<Vec<OwnedSemaphorePermit>> {
    let first = tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return None,
        permit = Arc::clone(permits).acquire_owned() => permit.ok()?,
    };
    let mut held = vec![first];
    while held.len() < MAX_RECEIVE
        && let Ok(permit) = Arc::clone(permits).try_acquire_owned()
    {
        held.push(permit);
    }
    Some(held)
}

/// Doubles with each failure up to the longest, of which a random part is taken, so that hosts do not come back in step.
fn pause(failures: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(LONGEST_PAUSE);
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
