//! Rules' patterns as the matcher takes them.

use serde_json::{Value, json};

use super::envelope::REPLAY_NAME;
use crate::router::{EventPattern, PatternError};

/// Every event has this field of the envelope, and by its path, none of the others comes later.
const LAST: &str = "version";

/// Reads a rule's pattern.
///
/// Of a pattern whose last field has to be absent while the one before has to be there, or be absent, too, the matcher
/// finds no event. That replays are left out can make such a pattern of any; one more field, which says nothing, mends it.
pub(super) fn readable(pattern: &Value) -> Result<EventPattern, PatternError> {
    let mut pattern = pattern.clone();
    if let Some(fields) = pattern.as_object_mut().filter(|fields| fields.contains_key(REPLAY_NAME)) {
        fields.entry(LAST).or_insert_with(|| json!([{"exists": true}]));
    }
    EventPattern::parse(&pattern.to_string())
}
