#!/bin/sh
# quamina 0.7.0 (crates.io): a block of IPv6 addresses matches only addresses that are written in full.
#
# Expected: an address within the block matches, however it is written. EventBridge takes IPv4 and IPv6 addresses:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
# quamina's own README has `2001:db8::/32` as its example. RFC 5952 recommends to write addresses with `::`.
#
# What happens: the pattern may have `::`, the event may not. Only eight groups without leading zeros match, so that the
# pattern does not even match the block's first address as the pattern itself writes it. IPv4 works.
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
    show(r#"{"from":[{"cidr":"2001:db8::/32"}]}"#, r#"{"from":"2001:db8::"}"#);
    show(r#"{"from":[{"cidr":"2001:db8::/32"}]}"#, r#"{"from":"2001:db8::1"}"#);
    show(r#"{"from":[{"cidr":"2001:db8::/32"}]}"#, r#"{"from":"2001:0db8:0000:0000:0000:0000:0000:0001"}"#);
    show(r#"{"from":[{"cidr":"2001:db8::/32"}]}"#, r#"{"from":"2001:db8:0:0:0:0:0:1"}"#);
    show(r#"{"from":[{"cidr":"2001:db8::/32"}]}"#, r#"{"from":"2001:db9:0:0:0:0:0:1"}"#);
    show(r#"{"from":[{"cidr":"192.0.2.0/24"}]}"#, r#"{"from":"192.0.2.1"}"#);
}
END

cat >expected <<'END'
no match {"from":[{"cidr":"2001:db8::/32"}]} on {"from":"2001:db8::"}
no match {"from":[{"cidr":"2001:db8::/32"}]} on {"from":"2001:db8::1"}
no match {"from":[{"cidr":"2001:db8::/32"}]} on {"from":"2001:0db8:0000:0000:0000:0000:0000:0001"}
match    {"from":[{"cidr":"2001:db8::/32"}]} on {"from":"2001:db8:0:0:0:0:0:1"}
no match {"from":[{"cidr":"2001:db8::/32"}]} on {"from":"2001:db9:0:0:0:0:0:1"}
match    {"from":[{"cidr":"192.0.2.0/24"}]} on {"from":"192.0.2.1"}
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
