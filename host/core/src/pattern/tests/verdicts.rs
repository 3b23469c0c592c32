//! The verdicts of EventBridge's own engine: event-ruler 2.0.1, run on these patterns and events (`verdicts.tsv`).

use serde_json::Value;

use crate::pattern::without_or;
use crate::pattern::{EventPattern, UnreadableEvent};

/// Where the host's verdict differs, and why it may.
const DIFFERENCES: [(&str, &str); 4] = [
    // The last of the two would count, silently.
    ("duplicate key in pattern", "refused"),
    // The engine reads no further.
    ("pattern with trailing text", "refused"),
    // The host says which field it is. The engine lets the inner one win.
    ("$or with same field as outside", "refused"),
    ("$or same field, contradictory branch alone", "refused"),
];

/// The host's verdict on a pattern and an event, as the table names it.
fn verdict(pattern: &str, event: &str) -> &'static str {
    let Ok(value) = serde_json::from_str::<Value>(pattern) else { return "refused" };
    let matches = |pattern: &EventPattern| pattern.matches(event);
    let alone = EventPattern::parse(pattern).map(|pattern| vec![pattern]);
    let patterns = alone.or_else(|error| {
        // Rules that are deployed may have `$or`; for plugins it is refused.
        if !pattern.contains("$or") {
            return Err(error.to_string());
        }
        let patterns = without_or(value)?.into_iter();
        patterns.map(|pattern| EventPattern::parse(&pattern.to_string()).map_err(|error| error.to_string())).collect()
    });
    let Ok(patterns) = patterns else { return "refused" };
    let matched: Result<Vec<bool>, UnreadableEvent> = patterns.iter().map(matches).collect();
    match matched {
        Err(_) => "error",
        Ok(matched) if matched.contains(&true) => "match",
        Ok(_) => "no match",
    }
}

#[test]
fn the_host_says_what_eventbridge_says() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in include_str!("verdicts.tsv").lines().skip(1) {
        rows += 1;
        let [expected, topic, pattern, event] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let difference = DIFFERENCES.iter().find(|(with_difference, _)| *with_difference == topic);
        let expected = difference.map_or(expected, |(_, verdict)| verdict);
        let found = verdict(pattern, event);
        if found != expected {
            wrong.push(format!("{topic}: {found} instead of {expected}\n  {pattern}\n  {event}"));
        }
    }
    assert!(rows >= 300, "{rows}");
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}
