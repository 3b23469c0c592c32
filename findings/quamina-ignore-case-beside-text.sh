#!/bin/sh
# quamina 0.7.0 (crates.io): text beside `equals-ignore-case` loses its case where both begin alike, in one order of the
# two.
#
# Expected: the alternatives of a field are alternatives, each for itself and in any order. Text matches exactly, and
# only `equals-ignore-case` forgets case:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
#
# What happens: if `equals-ignore-case` comes first in the list, as much of the following text as they share is compared
# without case too, so that a value matches that neither of the two matches alone. With the two the other way round it
# does not.
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
    show(r#"{"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]}"#, r#"{"v":"EC2.amazonaws.com"}"#);
    show(r#"{"v":["ec2.amazonaws.com",{"equals-ignore-case":"ec2"}]}"#, r#"{"v":"EC2.amazonaws.com"}"#);
    show(r#"{"v":["ec2.amazonaws.com"]}"#, r#"{"v":"EC2.amazonaws.com"}"#);
    show(r#"{"v":[{"equals-ignore-case":"ec2"}]}"#, r#"{"v":"EC2.amazonaws.com"}"#);
    show(r#"{"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]}"#, r#"{"v":"EC2.AMAZONAWS.COM"}"#);
    show(r#"{"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]}"#, r#"{"v":"EC2"}"#);
}
END

cat >expected <<'END'
match    {"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]} on {"v":"EC2.amazonaws.com"}
no match {"v":["ec2.amazonaws.com",{"equals-ignore-case":"ec2"}]} on {"v":"EC2.amazonaws.com"}
no match {"v":["ec2.amazonaws.com"]} on {"v":"EC2.amazonaws.com"}
no match {"v":[{"equals-ignore-case":"ec2"}]} on {"v":"EC2.amazonaws.com"}
no match {"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]} on {"v":"EC2.AMAZONAWS.COM"}
match    {"v":[{"equals-ignore-case":"ec2"},"ec2.amazonaws.com"]} on {"v":"EC2"}
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
