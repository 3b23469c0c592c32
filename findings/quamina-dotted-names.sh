#!/bin/sh
# quamina 0.7.0 (crates.io): a field whose name holds a dot is never seen.
#
# Expected: a name in a pattern stands for the same name in the event, and JSON allows every name. event-ruler, the
# engine that AWS has published, matches names with dots: https://github.com/aws/event-ruler/blob/main/README.md
# ("Compiled rules and JSON keys with dots")
#
# What happens: quamina accepts the pattern, and no event ever matches it: neither one with that field, nor one where
# the dot would stand for nesting. `exists: false` matches every event, with the field or without it. That holds deeper
# down as well.
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
    show(r#"{"a.b":["x"]}"#, r#"{"a.b":"x"}"#);
    show(r#"{"a.b":["x"]}"#, r#"{"a":{"b":"x"}}"#);
    show(r#"{"a.b":[{"exists":true}]}"#, r#"{"a.b":"x"}"#);
    show(r#"{"a.b":[{"exists":false}],"c":["x"]}"#, r#"{"a.b":"x","c":"x"}"#);
    show(r#"{"d":{"a.b":["x"]}}"#, r#"{"d":{"a.b":"x"}}"#);
    show(r#"{"d":{"a-b":["x"]}}"#, r#"{"d":{"a-b":"x"}}"#);
}
END

cat >expected <<'END'
no match {"a.b":["x"]} on {"a.b":"x"}
no match {"a.b":["x"]} on {"a":{"b":"x"}}
no match {"a.b":[{"exists":true}]} on {"a.b":"x"}
match    {"a.b":[{"exists":false}],"c":["x"]} on {"a.b":"x","c":"x"}
no match {"d":{"a.b":["x"]}} on {"d":{"a.b":"x"}}
match    {"d":{"a-b":["x"]}} on {"d":{"a-b":"x"}}
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
