//! Plugins that hand over more than they may, or what is no answer.

use autotag_tests::trial::Trial;
use autotag_tests::wat_plugin::{Extract, NOTHING, Tagging, WatPlugin, words_at};
use serde_json::Value;

const TOO_MUCH: &str = "it handed over more than 1048576 bytes (limits.answer_bytes)";
const MIB: u64 = 1 << 20;
/// Where memory begins that a plugin asked for.
const GROWN: u32 = 1 << 20;

#[test]
fn an_answer_of_100_mb_is_stopped_at_its_bound() {
    // One tagging with one resource of 100 MB.
    let plugin = WatPlugin::new("answers-100-mb")
        .with_fields(&words_at(400_000, &[GROWN, 100_000_000]))
        .with_fields(&words_at(400_100, &[400_000, 1, 0, 0, 0]))
        .with_fields(&words_at(400_200, &[0, 400_100, 1]))
        .that_runs("(drop (memory.grow (i32.const 1600))) i32.const 400200");
    Trial::of(&plugin).unhurried().limit("memory_bytes", 128 * MIB).assert_stopped(TOO_MUCH);
}

#[test]
fn an_answer_that_repeats_one_text_over_and_over_is_stopped() {
    let resources = vec!["i-0123456789abcdef0".repeat(100); 1000];
    let mut hostile = WatPlugin::new("repeats");
    hostile.extract = Extract::Answer(vec![Tagging { resources, tags: vec![("Owner".into(), "bob".into())] }]);
    Trial::of(&hostile).unhurried().assert_stopped(TOO_MUCH);
}

/// A plugin that answers this many taggings, all of them empty.
fn answers_taggings(count: u32) -> WatPlugin {
    WatPlugin::new("answers-much")
        .with_fields(&words_at(400_000, &[0, GROWN, count]))
        .that_runs("(drop (memory.grow (i32.const 400))) i32.const 400000")
}

#[test]
fn a_million_taggings_are_stopped_at_the_bound_of_bytes_or_of_results() {
    let million = answers_taggings(1_000_000);
    Trial::of(&million).unhurried().assert_stopped(TOO_MUCH);
    Trial::of(&million)
        .unhurried()
        .limit("answer_bytes", 64 * MIB)
        .assert_stopped("it answered more than 2000 taggings and resources (limits.results)");
}

#[test]
fn taggings_and_resources_count_together_as_results() {
    Trial::of(&answers_taggings(2_001))
        .unhurried()
        .assert_stopped("it answered more than 2000 taggings and resources (limits.results)");
    assert_eq!(Trial::of(&answers_taggings(2_000)).unhurried().result()["reason"], "nothing to tag");
    let mut plugin = WatPlugin::new("answers-three");
    let resources = vec!["i-0123456789abcdef0".into(), "eni-0123456789abcdef0".into()];
    plugin.extract = Extract::Answer(vec![Tagging { resources, tags: vec![("Owner".into(), "bob".into())] }]);
    Trial::of(&plugin)
        .unhurried()
        .limit("results", 2)
        .assert_stopped("it answered more than 2 taggings and resources (limits.results)");
    assert_eq!(Trial::of(&plugin).unhurried().limit("results", 3).result()["outcome"], "tag");
}

#[test]
fn an_answer_that_lies_about_its_size_or_place_or_shape_is_a_failure() {
    for (name, answer, problem) in [
        ("points-beyond-its-memory", [0, 4096, 3_000_000], "list pointer/length out of bounds of memory"),
        ("points-between-words", [0, 4097, 1], "list pointer is not aligned"),
        ("answers-no-such-case", [7, 0, 0], "invalid expected discriminant"),
    ] {
        let plugin = WatPlugin::new(name).with_fields(&words_at(400_000, &answer)).that_runs("i32.const 400000");
        Trial::of(&plugin).unhurried().assert_trapped(problem);
    }
    Trial::of(&WatPlugin::new("answers-nowhere").that_runs("i32.const -16"))
        .unhurried()
        .assert_trapped("pointer out of bounds of memory");
}

#[test]
fn an_answer_that_is_not_utf8_is_a_failure() {
    let plugin = WatPlugin::new("answers-no-utf8")
        .with_fields(r#"(data (i32.const 400300) "i-\ff\fe")"#)
        .with_fields(&words_at(400_000, &[400_300, 4]))
        .with_fields(&words_at(400_100, &[400_000, 1, 0, 0, 0]))
        .with_fields(&words_at(400_200, &[0, 400_100, 1]))
        .that_runs("i32.const 400200");
    Trial::of(&plugin).unhurried().assert_trapped("invalid utf-8 sequence of 1 bytes from index 2");
}

#[test]
fn a_log_line_that_is_not_utf8_is_a_failure() {
    let body = format!("(call $log (i32.const 1) (i32.const 400000) (i32.const 2)) {NOTHING}");
    let plugin = WatPlugin::new("logs-no-utf8").with_log().with_fields(r#"(data (i32.const 400000) "\ff\fe")"#);
    Trial::of(&plugin.that_runs(&body)).unhurried().assert_trapped("invalid utf-8 sequence of 1 bytes from index 0");
}

#[test]
fn a_log_line_of_100_mb_is_stopped_at_its_bound() {
    let body = format!(
        "(drop (memory.grow (i32.const 1600))) (call $log (i32.const 1) (i32.const {GROWN}) (i32.const 100000000)) {NOTHING}"
    );
    Trial::of(&WatPlugin::new("logs-100-mb").with_log().that_runs(&body))
        .unhurried()
        .limit("memory_bytes", 128 * MIB)
        .assert_stopped(TOO_MUCH);
}

#[test]
fn a_long_log_line_is_cut() {
    let body = format!(
        "(memory.fill (i32.const 400000) (i32.const 120) (i32.const 100000))
        (call $log (i32.const 2) (i32.const 400000) (i32.const 100000)) {NOTHING}"
    );
    let plugin = WatPlugin::new("logs-long-lines").with_log().that_runs(&body);
    for (trial, length) in
        [(Trial::of(&plugin).unhurried(), 4096), (Trial::of(&plugin).unhurried().limit("log_line_bytes", 80), 80)]
    {
        let replay = trial.replay();
        assert_eq!(trial.result_in(&replay)["reason"], "nothing to tag");
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
    let trial = Trial::of(&plugin.that_runs(&body)).unhurried();
    let replay = trial.replay();
    assert_eq!(trial.result_in(&replay)["reason"], "nothing to tag");
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
