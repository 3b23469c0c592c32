#!/bin/sh
# quamina 0.7.0 (crates.io): an object in an array is taken for the array's own value if it has a field of the array's
# name.
#
# Expected: a pattern has the nesting of the events that it matches:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
# Objects in an array count as the value of the array's field, so their fields are one level deeper:
# https://github.com/aws/event-ruler/blob/main/README.md ("JSON Array Matching")
#
# What happens: a pattern for `group` itself matches the `group` within an object of the array `group`; any other name
# within it does not, nor does it without the array. After such an object, the array's own values are not found any
# more.
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

fn show(pattern: &str, event: &str) {
    let mut quamina = Quamina::new();
    quamina.add_pattern((), pattern).expect("a valid pattern");
    let matched = quamina.has_matches(event.as_bytes()).expect("a valid event");
    println!("{:8} {pattern} on {event}", if matched { "match" } else { "no match" });
}

fn main() {
    show(r#"{"group":["x"]}"#, r#"{"group":[{"group":"x"}]}"#);
    show(r#"{"group":["x"]}"#, r#"{"group":[{"other":"x"}]}"#);
    show(r#"{"group":["x"]}"#, r#"{"group":{"group":"x"}}"#);
    show(r#"{"group":["x"]}"#, r#"{"group":[{"group":"y"},"x"]}"#);
    show(r#"{"group":["x"]}"#, r#"{"group":[{"other":"y"},"x"]}"#);
    show(r#"{"group":{"group":["x"]}}"#, r#"{"group":[{"group":"x"}]}"#);
}
END

cat >expected <<'END'
match    {"group":["x"]} on {"group":[{"group":"x"}]}
no match {"group":["x"]} on {"group":[{"other":"x"}]}
no match {"group":["x"]} on {"group":{"group":"x"}}
no match {"group":["x"]} on {"group":[{"group":"y"},"x"]}
match    {"group":["x"]} on {"group":[{"other":"y"},"x"]}
match    {"group":{"group":["x"]}} on {"group":[{"group":"x"}]}
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
