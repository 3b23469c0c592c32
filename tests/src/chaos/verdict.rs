//! The invariants that must hold in the end.

use std::collections::BTreeMap;

use autotag_fake_aws::QueuedMessage;

use super::world::World;
use super::{DEAD, QUEUE};

/// How many findings of each kind are shown.
const SHOWN: usize = 10;

/// Checks that each resource has the tags that it must have, that the dead-letter queue holds exactly the messages that
/// it must, and that nothing is left in the queue; the error lists all findings.
pub(super) fn of(world: &World<'_>) -> Result<(), String> {
    let mut wrong = String::new();
    let mut add = |what: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            wrong += &format!("{} {what}:\n", lines.len());
            lines.iter().take(SHOWN).for_each(|line| wrong += &format!("  {line}\n"));
        }
    };
    add("resources with wrong tags", world.wrong());
    let dead = by_id(world.aws.messages(DEAD));
    let healthy = dead.values().filter(|message| !world.doomed.contains_key(&message.id));
    add("messages in the dead-letter queue that must not be there", healthy.map(shown).collect());
    let missing = world.doomed.iter().filter(|(id, _)| !dead.contains_key(*id));
    let missing = missing.map(|(id, why)| format!("{id}: {why}"));
    add("messages that are not in the dead-letter queue and must be", missing.collect());
    let left = world.aws.messages(QUEUE);
    add("messages that are left in the queue", left.iter().map(shown).collect());
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A message that was delivered twice is in the dead-letter queue twice.
fn by_id(messages: Vec<QueuedMessage>) -> BTreeMap<String, QueuedMessage> {
    messages.into_iter().map(|message| (message.id.clone(), message)).collect()
}

fn shown(message: &QueuedMessage) -> String {
    format!("{} after {} receives: {}", message.id, message.receives, message.body)
}
