//! Plugins whose answers are too large or malformed.

use autotag_sandbox::{Bound, Exceeded};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{Extract, NOTHING, Tagging, WatPlugin, words_at};
use serde_json::Value;

use super::verdict::{assert_fails, assert_tags, assert_tags_nothing, assert_tags_nothing_in, exceeded, trap};

const TOO_MUCH: Exceeded = exceeded(Bound::AnswerBytes, MIB);
const TOO_MANY: Exceeded = exceeded(Bound::Results, 2_000);
const MIB: u64 = 1 << 20;
/// The address of the memory that a plugin has grown.
const GROWN: u32 = 1 << 20;

#[test]
fn an_answer_of_100_mb_is_stopped_at_its_bound() {
    // One tagging with one resource of 100 MB.
    let plugin = WatPlugin::new("answers-100-mb")
        .with_fields(&words_at(400_000, &[GROWN, 100_000_000]))
        .with_fields(&words_at(400_100, &[400_000, 1, 0, 0, 0]))
        .with_fields(&words_at(400_200, &[0, 400_100, 1]))
        .that_runs("(drop (memory.grow (i32.const 1600))) i32.const 400200");
    assert_fails(&Harness::of(&plugin).unhurried().limit("memory_bytes", 128 * MIB), TOO_MUCH);
}

#[test]
fn an_answer_that_repeats_one_text_over_and_over_is_stopped() {
    let resources = vec!["i-0123456789abcdef0".repeat(100); 1000];
    let mut hostile = WatPlugin::new("repeats");
    hostile.extract = Extract::Answer(vec![Tagging { resources, tags: vec![("Owner".into(), "bob".into())] }]);
    assert_fails(&Harness::of(&hostile).unhurried(), TOO_MUCH);
}

/// A plugin that answers with this many empty taggings.
fn answers_taggings(count: u32) -> WatPlugin {
    WatPlugin::new("answers-much")
        .with_fields(&words_at(400_000, &[0, GROWN, count]))
        .that_runs("(drop (memory.grow (i32.const 400))) i32.const 400000")
}

#[test]
fn a_million_taggings_are_stopped_at_the_bound_of_bytes_or_of_results() {
    let million = answers_taggings(1_000_000);
    assert_fails(&Harness::of(&million).unhurried(), TOO_MUCH);
    assert_fails(&Harness::of(&million).unhurried().limit("answer_bytes", 64 * MIB), TOO_MANY);
}

#[test]
fn taggings_and_resources_count_together_as_results() {
    assert_fails(&Harness::of(&answers_taggings(2_001)).unhurried(), TOO_MANY);
    assert_tags_nothing(&Harness::of(&answers_taggings(2_000)).unhurried());
    let mut plugin = WatPlugin::new("answers-three");
    let resources = vec!["i-0123456789abcdef0".into(), "eni-0123456789abcdef0".into()];
    plugin.extract = Extract::Answer(vec![Tagging { resources, tags: vec![("Owner".into(), "bob".into())] }]);
    assert_fails(&Harness::of(&plugin).unhurried().limit("results", 2), exceeded(Bound::Results, 2));
    assert_tags(&Harness::of(&plugin).unhurried().limit("results", 3));
}

#[test]
fn an_answer_that_lies_about_its_size_or_place_or_shape_is_a_failure() {
    for (name, answer, problem) in [
        ("points-beyond-its-memory", [0, 4096, 3_000_000], "list pointer/length out of bounds of memory"),
        ("points-between-words", [0, 4097, 1], "list pointer is not aligned"),
        ("answers-no-such-case", [7, 0, 0], "invalid expected discriminant"),
    ] {
        let plugin = WatPlugin::new(name).with_fields(&words_at(400_000, &answer)).that_runs("i32.const 400000");
        assert_fails(&Harness::of(&plugin).unhurried(), trap(problem));
    }
    let plugin = WatPlugin::new("answers-nowhere").that_runs("i32.const -16");
    assert_fails(&Harness::of(&plugin).unhurried(), trap("pointer out of bounds of memory"));
}

#[test]
fn an_answer_that_is_not_utf8_is_a_failure() {
    let plugin = WatPlugin::new("answers-no-utf8")
        .with_fields(r#"(data (i32.const 400300) "i-\ff\fe")"#)
        .with_fields(&words_at(400_000, &[400_300, 4]))
        .with_fields(&words_at(400_100, &[400_000, 1, 0, 0, 0]))
        .with_fields(&words_at(400_200, &[0, 400_100, 1]))
        .that_runs("i32.const 400200");
    assert_fails(&Harness::of(&plugin).unhurried(), trap("invalid utf-8 sequence of 1 bytes from index 2"));
}

#[test]
fn a_log_line_that_is_not_utf8_is_a_failure() {
    let body = format!("(call $log (i32.const 1) (i32.const 400000) (i32.const 2)) {NOTHING}");
    let plugin = WatPlugin::new("logs-no-utf8").with_log().with_fields(r#"(data (i32.const 400000) "\ff\fe")"#);
    let harness = Harness::of(&plugin.that_runs(&body)).unhurried();
    assert_fails(&harness, trap("invalid utf-8 sequence of 1 bytes from index 0"));
}

#[test]
fn a_log_line_of_100_mb_is_stopped_at_its_bound() {
    let body = format!(
        "(drop (memory.grow (i32.const 1600))) (call $log (i32.const 1) (i32.const {GROWN}) (i32.const 100000000)) {NOTHING}"
    );
    let plugin = WatPlugin::new("logs-100-mb").with_log().that_runs(&body);
    assert_fails(&Harness::of(&plugin).unhurried().limit("memory_bytes", 128 * MIB), TOO_MUCH);
}

#[test]
fn a_long_log_line_is_cut() {
    let body = format!(
        "(memory.fill (i32.const 400000) (i32.const 120) (i32.const 100000))
        (call $log (i32.const 2) (i32.const 400000) (i32.const 100000)) {NOTHING}"
    );
    let plugin = WatPlugin::new("logs-long-lines").with_log().that_runs(&body);
    for (harness, length) in
        [(Harness::of(&plugin).unhurried(), 4096), (Harness::of(&plugin).unhurried().limit("log_line_bytes", 80), 80)]
    {
        let replay = harness.replay();
        assert_tags_nothing_in(&harness, &replay);
        let lines: Vec<Value> = replay.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [line, warning] = lines.as_slice() else { panic!("{replay:?}") };
        assert_eq!(line["message"], "x".repeat(length) + "…");
        let said = format!("it wrote a line of more than {length} bytes (limits.log_line_bytes): the rest is left out");
        assert_eq!((&warning["message"], &warning["bound"]), (&said.into(), &"log_line_bytes".into()));
    }
}

#[test]
fn a_million_log_lines_are_dropped_but_for_the_first_and_the_plugin_answers() {
    let body = format!(
        "(local $left i32) (local.set $left (i32.const 1000000))
        (loop (call $log (i32.const 2) (i32.const 400000) (i32.const 4))
            (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1))))) {NOTHING}"
    );
    let plugin = WatPlugin::new("logs-a-million-lines").with_log().with_fields(r#"(data (i32.const 400000) "line")"#);
    let harness = Harness::of(&plugin.that_runs(&body)).unhurried();
    let replay = harness.replay();
    assert_tags_nothing_in(&harness, &replay);
    let lines: Vec<Value> = replay.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 101);
    let (last, others) = lines.split_last().unwrap();
    assert!(others.iter().all(|line| line["message"] == "line"));
    assert_eq!(last["message"], "it wrote more than 100 lines (limits.log_lines): the rest is left out");
    assert_eq!(
        (&last["plugin"], &last["bound"], &last["limit"]),
        (&"logs-a-million-lines@0.1.0".into(), &"log_lines".into(), &100.into())
    );
}
