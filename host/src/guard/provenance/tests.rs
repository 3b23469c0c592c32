use proptest::prelude::*;

use super::*;

/// What an answer may name: ids, of which some are parts of others, and strings that bytes could be mistaken for.
const WANTED: [&str; 14] = [
    "i-1",
    "i-12",
    "eni-1",
    "arn:aws:rds:eu-central-1:111122223333:db:i-1",
    "a b",
    "ü-1",
    "iü",
    "",
    ",",
    ":",
    ":1,",
    "a\"b",
    "a\\b",
    "\u{1}",
];

/// Strings as JSON spells them: an id as it is, as a part, escaped, and inside JSON that is itself a string.
const SPELLED: [&str; 22] = [
    r#""i-1""#,
    r#""i-12""#,
    r#""eni-1""#,
    r#""xi-1""#,
    r#""i-1 ""#,
    r#""see i-1""#,
    r#""arn:aws:rds:eu-central-1:111122223333:db:i-1""#,
    r#""a b""#,
    r#""ü-1""#,
    r#""iü""#,
    r#""""#,
    r#"",""#,
    r#"":""#,
    r#""\u0069-1""#,
    r#""i\u002d1""#,
    r#""\"i-1\"""#,
    r#""{\"a\":\"i-1\"}""#,
    r#""\\""#,
    r#""a\"b""#,
    r#""a\\b""#,
    r#""\u0001""#,
    r#""\ud800""#,
];

fn json() -> impl Strategy<Value = String> {
    // Most texts have no escapes at all, as most records have none.
    prop_oneof![4 => json_of(&SPELLED[..13]), 1 => json_of(&SPELLED)]
}

fn json_of(spelled: &'static [&'static str]) -> impl Strategy<Value = String> {
    let string = prop::sample::select(spelled).prop_map(String::from);
    let leaf =
        prop_oneof![4 => string.clone(), 1 => prop::sample::select(&["1", "null", "true"][..]).prop_map(String::from)];
    let space = prop::sample::select(&["", "", "", " ", "\n", "\t\r"][..]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (string.clone(), space.clone(), space.clone(), inner.clone(), space.clone());
        let member = member.prop_map(|(key, before, behind, value, end)| format!("{key}{before}:{behind}{value}{end}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

#[test]
fn a_plain_record_is_searched_by_its_bytes() {
    let wanted = || ["i-1", "arn:aws:rds:eu-central-1:111122223333:db:my-db"].into_iter();
    assert!(matches!(Strings::of(Some(r#"{"a": "i-1"}"#), true, wanted()), Ok(Strings::In(_))));
    for (json, is_plain) in [(r#"{"a": "i\u002d1"}"#, true), (r#"{"a": "i-1"}"#, false)] {
        assert!(matches!(Strings::of(Some(json), is_plain, wanted()), Ok(Strings::Found(_))), "{json}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bytes_find_exactly_the_strings_that_reading_finds(
        json in json(),
        wanted in prop_oneof![
            4 => prop::sample::subsequence(&WANTED[..7], 1..=7),
            1 => prop::sample::subsequence(&WANTED[..], 1..=WANTED.len()),
        ],
        is_plain in prop::bool::weighted(0.9),
    ) {
        let quick = Strings::of(Some(&json), is_plain, wanted.iter().copied());
        match walk::strings_in(&json, &wanted.iter().copied().collect()) {
            Ok(found) => {
                let quick = quick.unwrap();
                for text in wanted {
                    prop_assert_eq!(quick.has(text), found.contains(text), "{}", text);
                }
            }
            Err(error) => prop_assert_eq!(quick.err(), Some(Refusal::Unsearchable(error.to_string()))),
        }
    }
}
