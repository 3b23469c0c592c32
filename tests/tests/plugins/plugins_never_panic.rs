//! Whatever an event holds, a plugin answers: with taggings, with nothing, or with a reason why not. It never panics,
//! natively or in the sandbox, and never makes up an id.

mod mutation;
mod subject;

use mutation::{How, NESTS, broken, made_up, mutation};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::Value;
use subject::SUBJECTS;

/// How many mutations of each event run natively, and in the sandbox, where each needs an instance.
const NATIVELY: u32 = 24;
const IN_THE_SANDBOX: u32 = 12;

fn runner(cases: u32) -> TestRunner {
    // A failing record becomes a regression test, not a persisted seed.
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

/// The text of a record, mutated in up to four positions and perhaps truncated.
fn broken_texts(record: &Value) -> impl Strategy<Value = String> + use<> {
    let record = record.clone();
    let mutations = proptest::collection::vec(mutation(), 1..=4);
    (mutations, proptest::option::weighted(0.1, any::<Index>())).prop_map(move |(mutations, cut)| {
        let mut text = broken(&record, &mutations);
        if let Some(cut) = cut {
            // Before the last character, so that something is always missing.
            let places: Vec<_> = text.char_indices().map(|(place, _)| place).collect();
            text.truncate(*cut.get(&places));
        }
        text
    })
}

/// Random records of the keys and strings of this one: most keep its API call, a few are entirely made up.
fn made_up_texts(record: &Value) -> impl Strategy<Value = String> + use<> {
    let made_up = made_up(record);
    let record = record.clone();
    let part = |often| proptest::option::weighted(often, made_up.clone());
    // Without an identity, the plugin does not look at the answer.
    let in_part = (part(0.2), part(0.5), part(0.9)).prop_map(move |(identity, request, response)| {
        let mut record = record.clone();
        for (name, part) in [("userIdentity", identity), ("requestParameters", request), ("responseElements", response)]
        {
            if let Some(part) = part {
                record[name] = part;
            }
        }
        record.to_string()
    });
    prop_oneof![9 => in_part, 1 => made_up.prop_map(|record| record.to_string())]
}

/// For texts made from each of its events, the plugin's answer is one that a host can accept.
fn check<S: Strategy<Value = String>>(texts: impl Fn(&Value) -> S) {
    for subject in &SUBJECTS {
        for recorded in subject.recorded() {
            let tried = (texts(&recorded.detail), select(vec!["{}", subject.settings]));
            let result = runner(NATIVELY).run(&tried, |(text, settings)| {
                match subject.extract(&recorded, &text, settings) {
                    Err(reason) => prop_assert!(!reason.is_empty()),
                    Ok(taggings) => {
                        for (resources, _) in taggings {
                            // If the answer is omitted, the host looks the instances up.
                            prop_assert!(!resources.is_empty() || text.contains("omitted"));
                            let made_up = resources.iter().find(|resource| !subject::stands_in(&text, resource));
                            prop_assert_eq!(made_up, None);
                        }
                    }
                }
                Ok(())
            });
            result.unwrap_or_else(|error| panic!("{}: {error}", recorded.file));
        }
    }
}

#[test]
fn a_broken_event_is_answered_or_refused_with_a_reason() {
    check(broken_texts);
}

#[test]
fn an_invented_event_is_answered_or_refused_with_a_reason() {
    check(made_up_texts);
}

#[test]
fn the_sandbox_answers_a_broken_event_as_native_code_does_and_never_traps() {
    for subject in &SUBJECTS {
        let plugin = subject.load();
        for recorded in subject.recorded() {
            let texts =
                prop_oneof![3 => broken_texts(&recorded.detail).boxed(), 1 => made_up_texts(&recorded.detail).boxed()];
            let result = runner(IN_THE_SANDBOX).run(&texts, |text| {
                // A text that is no JSON never reaches a plugin.
                let Some(in_the_sandbox) = plugin.extract(&recorded, &text) else { return Ok(()) };
                prop_assert_eq!(in_the_sandbox, Ok(subject.extract(&recorded, &text, subject.settings)));
                Ok(())
            });
            result.unwrap_or_else(|error| panic!("{}: {error}", recorded.file));
        }
    }
}

/// A plugin's stack is small, so each path of a record is tried at the deepest level that is parsed, one deeper, and
/// without end.
#[test]
fn no_depth_of_any_place_exhausts_the_stack() {
    for subject in &SUBJECTS {
        let plugin = subject.load();
        for recorded in subject.recorded() {
            // Plugins search the request, but do not recurse into a path of it.
            let places = mutation::places(&recorded.detail)
                .into_iter()
                .filter(|place| !place.starts_with("/requestParameters/"));
            for (number, place) in places.enumerate() {
                // Every path at every depth would take minutes.
                let levels = [20, 23, 24, 25, 128, 10_000][number % 6];
                let nest = NESTS[number % NESTS.len()];
                let text = mutation::applied(&recorded.detail, &[(place.clone(), How::Deep(levels, nest))]);
                let natively = subject.extract(&recorded, &text, subject.settings);
                assert_eq!(plugin.extract(&recorded, &text), Some(Ok(natively)), "{}: {place}", recorded.file);
            }
        }
    }
}
