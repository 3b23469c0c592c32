use proptest::prelude::*;

use super::*;
use crate::event::decode;

/// What a plugin's answer may name: ids, some of which are parts of each other, and strings that bytes could be
/// mistaken for.
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
    let leaf = prop_oneof![4 => string.clone(), 1 => prop::sample::select(&["1", "-0.5", "null", "true", "{}"][..]).prop_map(String::from)];
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

/// A record that the scanner reads, unless its parts are not plain.
fn with_record<T>(request: &str, response: &str, ask: impl FnOnce(&Record<'_>) -> T) -> T {
    let text = format!(
        r#"{{"source": "aws.ec2", "detail-type": "AWS API Call via CloudTrail", "account": "1", "region": "r",
        "detail": {{"eventName": "X", "requestParameters": {request}, "responseElements": {response}}}}}"#
    );
    ask(&decode(text.as_bytes()).remove(0).unwrap().record().unwrap())
}

#[test]
fn a_plain_record_is_searched_by_its_bytes_and_any_other_is_read() {
    for (response, ids, by_bytes) in [
        (r#"{"a": "i-1"}"#.into(), vec!["i-1", "arn:aws:rds:r:1:db:my-db"], true),
        (r#"{"a": "i\u002d1"}"#.into(), vec!["i-1"], false),
        (r#"{"a": 1e3}"#.into(), vec!["i-1"], false),
        (format!("{}{}", "[".repeat(70), "]".repeat(70)), vec!["i-1"], false),
        (r#"{"a": "i-1"}"#.into(), vec!["i-1", "arn:aws:rds:r:1:db:a\"b"], false),
        (r#"{"a": "i-1"}"#.into(), vec!["i-1"; MAX_SEARCHES], true),
        (r#"{"a": "i-1"}"#.into(), vec!["i-1"; MAX_SEARCHES + 1], false),
    ] {
        let ids: Vec<_> = ids.into_iter().map(String::from).collect();
        with_record("null", &response, |record| {
            let Ok(provenance) = Provenance::of(record, ids.iter()) else { panic!("{response}") };
            assert_eq!(matches!(provenance.answered, Strings::In(_)), by_bytes, "{response} {ids:?}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bytes_find_exactly_the_strings_that_reading_finds(
        request in json(),
        response in json(),
        wanted in prop_oneof![
            4 => prop::sample::subsequence(&WANTED[..7], 1..=7),
            1 => prop::sample::subsequence(&WANTED[..], 1..=WANTED.len()),
        ],
    ) {
        let ids: Vec<_> = wanted.into_iter().map(String::from).collect();
        let all = ids.iter().map(String::as_str).chain(ids.iter().filter_map(|id| Some(Arn::parse(id)?.name()))).collect();
        let read = |json| walk::strings_in(json, &all);
        with_record(&request, &response, |record| match (Provenance::of(record, ids.iter()), read(&response), read(&request)) {
            (Ok(provenance), Ok(answered), Ok(requested)) => {
                for &text in &all {
                    let needle = Needle::new(text);
                    prop_assert_eq!(provenance.answered.has(text, &needle), answered.contains(text), "{}", text);
                    prop_assert_eq!(provenance.requested.has(text, &needle), requested.contains(text), "{}", text);
                }
                Ok(())
            }
            (Err(refusal), Err(error), _) | (Err(refusal), Ok(_), Err(error)) => {
                prop_assert_eq!(refusal, Refusal::Unsearchable(error.to_string()));
                Ok(())
            }
            (of, ..) => Err(TestCaseError::fail(format!("{:?} {request} {response}", of.err()))),
        })?;
    }
}
