use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

/// Pieces of JSON, whole and broken.
const PIECES: &[&str] = &[
    "0",
    "-1",
    "1.5",
    "-0.0",
    "00",
    "01",
    "-",
    "-01",
    "1.",
    "-.5",
    ".5",
    "+1",
    "0x1",
    "1e5",
    "0E0",
    "1.5e-3",
    "1e",
    "true",
    "tru",
    "truE",
    "fals",
    "falsy",
    "false",
    "null",
    "nul",
    "nule",
    "NaN",
    "\"\"",
    "\"",
    "\\",
    "\"\\",
    "\"\\\"",
    "\"\\u00",
    "\"\\u00\"",
    "\"\\u0069\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\x\"",
    "\"\\u00g0\"",
    "\"\\u+123\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"a\tb\"",
    "\"\u{7f}ü€😀\"",
    "\"fifteen bytes..\\\\\"",
    "'a'",
    "\u{a0}",
    "\u{b}",
    "\u{c}",
    "\0",
    " ",
    "\n\t\r",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\":",
    "{\"a\":1,\"a\":2}",
    "1234567890123456789012345678901234567890",
    "-0.34567890123456789012345678901234567890",
    "12345678901234567890123456789012345678901",
];

fn skips(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.skip_value().and_then(|()| scanner.end()).is_some()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Steps over what serde takes, and over nothing else. `is_plain` says that there is no exponent, no number of more
/// than 40 characters, and no nesting too deep.
#[track_caller]
fn assert_agrees(text: &str, is_plain: bool) {
    let (skips, is_json) = (skips(text), is_json(text));
    assert!(skips == is_json || (!is_plain && !skips), "{text}: {skips}, serde: {is_json}");
}

#[test]
fn every_sequence_of_a_few_tokens_is_told_as_serde_tells_it() {
    const TOKENS: [&str; 8] = ["{", "}", "[", "]", ",", ":", "\"a\"", "1 "];
    for length in 0..=6 {
        for sequence in 0..TOKENS.len().pow(length) {
            let mut rest = sequence;
            let text: String = (0..length).map(|_| (TOKENS[rest % TOKENS.len()], rest /= TOKENS.len()).0).collect();
            assert_agrees(&text, true);
        }
    }
}

#[test]
fn every_piece_in_every_place_is_told_as_serde_tells_it() {
    for piece in PIECES {
        for around in [
            "@",
            "[@]",
            "[1,@,2]",
            "[@ ,",
            "{\"a\":@}",
            "{\"a\" : @ ,\"b\":1}",
            "{@}",
            "{@:1}",
            "[\"a@\"]",
            " @\n",
            "[1@]",
        ] {
            let text = around.replace('@', piece);
            assert_agrees(&text, !text.contains(['e', 'E']) && text.len() < 40);
        }
    }
}

#[test]
fn every_byte_ends_a_string_or_not_as_serde_says_wherever_it_stands() {
    for byte in 0..0x80_u8 {
        for before in (0..70).chain([127, 128]) {
            for behind in [0, 1, 15, 64] {
                let text = format!("\"{}{}{}\"", "x".repeat(before), char::from(byte), "n".repeat(behind));
                assert_agrees(&text, true);
                assert_agrees(&format!("[{text},\"{}{text}]", "ü".repeat(before)), true);
            }
        }
    }
}

#[test]
fn values_nest_as_deep_as_there_are_bits_and_no_deeper() {
    let nested = |depth: usize| format!("{}{{\"a\":1}}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(skips(&nested(63)));
    assert!(!skips(&nested(64)));
    assert!(!skips(&nested(65)));
    // A level for which no bit is left must not pass for closed.
    for depth in 0..300 {
        assert!(!skips(&"[".repeat(depth)) && !skips(&format!("{}{{\"a\":1", "[".repeat(depth))), "{depth}");
    }
    assert!(!skips(&"[".repeat(200_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn whatever_is_stepped_over_is_json(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        let text = pieces.concat();
        prop_assert!(!skips(&text) || is_json(&text), "{}", text);
    }
}
