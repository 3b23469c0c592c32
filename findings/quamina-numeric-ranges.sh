#!/bin/sh
# quamina 0.7.0 (crates.io): a range of numbers takes a bound that it leaves out, and an upper bound alone takes all
# text.
#
# Expected: `>` leaves its bound out, and only numbers are compared. The first pattern below is an example of AWS's own
# in https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html which says that numeric
# matching works with JSON numbers. quamina's changelog says the same: since 0.4.4, text in the event meets no range.
#
# What happens: if a range has both ends, an exclusive lower bound of 0 or 2 is taken for inclusive; one of 1 or 10 is
# not, nor is 0 where there is no upper bound. And `<` and `<=` alone match every text, `true`, `false` and `null`.
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
    show(r#"{"size":[{"numeric":[">",0,"<=",5]}]}"#, r#"{"size":0}"#);
    show(r#"{"size":[{"numeric":[">",2,"<=",5]}]}"#, r#"{"size":2}"#);
    show(r#"{"size":[{"numeric":[">",1,"<=",5]}]}"#, r#"{"size":1}"#);
    show(r#"{"size":[{"numeric":[">",10,"<=",20]}]}"#, r#"{"size":10}"#);
    show(r#"{"size":[{"numeric":[">",0]}]}"#, r#"{"size":0}"#);
    show(r#"{"size":[{"numeric":["<",8]}]}"#, r#"{"size":"large"}"#);
    show(r#"{"size":[{"numeric":["<=",8]}]}"#, r#"{"size":null}"#);
    show(r#"{"size":[{"numeric":["<",8]}]}"#, r#"{"size":9}"#);
    show(r#"{"size":[{"numeric":[">",8]}]}"#, r#"{"size":"large"}"#);
    show(r#"{"size":[{"numeric":[">=",0,"<",8]}]}"#, r#"{"size":"large"}"#);
}
END

cat >expected <<'END'
match    {"size":[{"numeric":[">",0,"<=",5]}]} on {"size":0}
match    {"size":[{"numeric":[">",2,"<=",5]}]} on {"size":2}
no match {"size":[{"numeric":[">",1,"<=",5]}]} on {"size":1}
no match {"size":[{"numeric":[">",10,"<=",20]}]} on {"size":10}
no match {"size":[{"numeric":[">",0]}]} on {"size":0}
match    {"size":[{"numeric":["<",8]}]} on {"size":"large"}
match    {"size":[{"numeric":["<=",8]}]} on {"size":null}
no match {"size":[{"numeric":["<",8]}]} on {"size":9}
no match {"size":[{"numeric":[">",8]}]} on {"size":"large"}
no match {"size":[{"numeric":[">=",0,"<",8]}]} on {"size":"large"}
END

CARGO_TARGET_DIR="$folder/target" cargo run --quiet >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "quamina behaves otherwise than this finding says" >&2
    exit 1
fi
