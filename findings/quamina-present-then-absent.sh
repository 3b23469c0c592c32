#!/bin/sh
# quamina 0.7.0 (crates.io): a pattern that ends in "is there" and then "is not there" never matches.
#
# Expected: a pattern matches if each of its fields does. `exists: true` wants a field to be there, `exists: false`
# wants it not to be. quamina's own README says so, and so does
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
#
# What happens: quamina goes through the fields of a pattern in the order of their paths. If the last but one is
# `exists: true` and the last is `exists: false`, no event matches. A value instead of `exists: true` heals it. So does
# another pattern beside it, whatever that one says, if it asks for a later field that the event has: the verdict on one
# pattern depends on its neighbours. Nor does a pattern of two `exists: false` match an event that has neither field.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"

cat >Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
quamina = "=0.7.0"
END

mkdir src
cat >src/main.rs <<'END'
use quamina::Quamina;

/// Tells whether the first of the patterns matches the event.
fn show(patterns: &[&str], event: &str) {
    let mut quamina = Quamina::new();
    for (number, pattern) in patterns.iter().enumerate() {
        quamina.add_pattern(number, pattern).expect("a valid pattern");
    }
    let matched = quamina.matches_for_event(event.as_bytes()).expect("a valid event").contains(&0);
    println!("{}\n    on {event}: {}", patterns.join("\n    beside "), if matched { "match" } else { "no match" });
}

fn main() {
    let created = r#"{"name":"CreateVolume","volume":"vol-1","who":"bob"}"#;
    let pattern = r#"{"volume":[{"exists":true}],"error":[{"exists":false}]}"#;
    let turned = r#"{"error":[{"exists":true}],"volume":[{"exists":false}]}"#;
    let failed = r#"{"error":"Denied","name":"CreateVolume","who":"bob"}"#;
    show(&[pattern], created);
    show(&[turned], failed);
    show(&[turned, r#"{"who":["amy"]}"#], failed);
    show(&[r#"{"error":["Denied"],"volume":[{"exists":false}]}"#], failed);
    show(&[r#"{"error":[{"exists":false}],"warning":[{"exists":false}]}"#], created);
    show(&[r#"{"error":[{"exists":false}]}"#], created);
}
END

cat >expected <<'END'
{"volume":[{"exists":true}],"error":[{"exists":false}]}
    on {"name":"CreateVolume","volume":"vol-1","who":"bob"}: match
{"error":[{"exists":true}],"volume":[{"exists":false}]}
    on {"error":"Denied","name":"CreateVolume","who":"bob"}: no match
{"error":[{"exists":true}],"volume":[{"exists":false}]}
    beside {"who":["amy"]}
    on {"error":"Denied","name":"CreateVolume","who":"bob"}: match
{"error":["Denied"],"volume":[{"exists":false}]}
    on {"error":"Denied","name":"CreateVolume","who":"bob"}: match
{"error":[{"exists":false}],"warning":[{"exists":false}]}
    on {"name":"CreateVolume","volume":"vol-1","who":"bob"}: no match
{"error":[{"exists":false}]}
    on {"name":"CreateVolume","volume":"vol-1","who":"bob"}: match
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
