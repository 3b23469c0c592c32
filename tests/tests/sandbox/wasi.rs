//! WASI with nothing behind it, for plugins that the operator has set `wasi = "stub"` for.

use autotag_sandbox::{Bound, FileError};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin, words_at};
use serde_json::Value;

use super::verdict::{
    assert_does_not_load, assert_fails, assert_tags, assert_tags_nothing, assert_tags_nothing_in, exceeded, gave_up,
    trap,
};

/// What a plugin imports of WASI: the interface, the function, and its name and type in the core module.
const IMPORTS: [(&str, &str, &str); 22] = [
    ("cli/environment", "get-environment", "$environment (param i32)"),
    ("cli/environment", "get-arguments", "$arguments (param i32)"),
    ("cli/environment", "initial-cwd", "$cwd (param i32)"),
    ("cli/exit", "exit", "$exit (param i32)"),
    ("cli/stdin", "get-stdin", "$stdin (result i32)"),
    ("cli/stdout", "get-stdout", "$stdout (result i32)"),
    ("cli/stderr", "get-stderr", "$stderr (result i32)"),
    ("clocks/monotonic-clock", "now", "$instant (result i64)"),
    ("clocks/monotonic-clock", "resolution", "$instant-resolution (result i64)"),
    ("clocks/monotonic-clock", "subscribe-duration", "$timer (param i64) (result i32)"),
    ("clocks/wall-clock", "now", "$time (param i32)"),
    ("clocks/wall-clock", "resolution", "$time-resolution (param i32)"),
    ("filesystem/preopens", "get-directories", "$folders (param i32)"),
    ("io/poll", "poll", "$poll (param i32 i32 i32)"),
    ("io/poll", "[method]pollable.block", "$block (param i32)"),
    ("io/streams", "[method]input-stream.read", "$read (param i32 i64 i32)"),
    ("io/streams", "[method]output-stream.check-write", "$check-write (param i32 i32)"),
    ("io/streams", "[method]output-stream.write", "$write (param i32 i32 i32 i32)"),
    ("io/streams", "[method]output-stream.splice", "$splice (param i32 i32 i64 i32)"),
    ("random/random", "get-random-bytes", "$random-bytes (param i64 i32)"),
    ("random/random", "get-random-u64", "$random (result i64)"),
    ("random/insecure-seed", "insecure-seed", "$seed (param i32)"),
];

/// A plugin that may use all of these imports.
fn plugin(name: &str, body: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new(name).with_log().that_runs(body);
    for (interface, function, signature) in IMPORTS {
        let interface = format!("wasi:{interface}@0.2.0");
        plugin.imports += &format!(r#"(import "{interface}" "{function}" (func {signature}))"#);
        let import = format!("import {interface}; ");
        if !plugin.world.contains(&import) {
            plugin.world += &import;
        }
    }
    plugin
}

fn harness(plugin: &WatPlugin) -> Harness {
    Harness::of(plugin).unhurried().with(&format!("[plugin.{}]\nwasi = \"stub\"", plugin.name))
}

/// A plugin that records what it sees of the world, 128 bytes, and answers with it as the owner, in hexadecimal digits.
fn looks_around() -> WatPlugin {
    let body = "
        (call $time (i32.const 300000))
        (call $time-resolution (i32.const 300016))
        (i64.store (i32.const 300032) (call $instant))
        (i64.store (i32.const 300040) (call $instant-resolution))
        (i64.store (i32.const 300048) (call $random))
        (i64.store (i32.const 300056) (call $random))
        (call $seed (i32.const 300064))
        (call $random-bytes (i64.const 16) (i32.const 301000))
        (memory.copy (i32.const 300080) (i32.load (i32.const 301000)) (i32.load (i32.const 301004)))
        (call $environment (i32.const 301000))
        (i32.store (i32.const 300096) (i32.load (i32.const 301004)))
        (call $arguments (i32.const 301000))
        (i32.store (i32.const 300100) (i32.load (i32.const 301004)))
        (call $cwd (i32.const 301000))
        (i32.store (i32.const 300104) (i32.load8_u (i32.const 301000)))
        (call $folders (i32.const 301000))
        (i32.store (i32.const 300108) (i32.load (i32.const 301004)))
        (call $read (call $stdin) (i64.const 10) (i32.const 301000))
        (i32.store8 (i32.const 300112) (i32.load8_u (i32.const 301000)))
        (i32.store8 (i32.const 300113) (i32.load8_u (i32.const 301004)))
        (call $check-write (call $stdout) (i32.const 301000))
        (i32.store (i32.const 300116) (i32.load (i32.const 301008)))
        (i32.store (i32.const 302000) (call $timer (i64.const 3600000000000)))
        (call $poll (i32.const 302000) (i32.const 1) (i32.const 301000))
        (i32.store (i32.const 300120) (i32.load (i32.const 301004)))
        (call $block (i32.load (i32.const 302000)))
        (call $write (call $stdout) (i32.const 330000) (i32.const 11) (i32.const 301000))
        (call $write (call $stderr) (i32.const 330011) (i32.const 4) (i32.const 301000))
        (call $hex)
        i32.const 320300";
    let hex = r#"
        (func $digit (param i32) (result i32)
            (i32.add (local.get 0) (select (i32.const 87) (i32.const 48) (i32.gt_u (local.get 0) (i32.const 9)))))
        (func $hex (local $n i32) (local $byte i32)
            (loop
                (local.set $byte (i32.load8_u (i32.add (i32.const 300000) (local.get $n))))
                (i32.store8 offset=310000 (i32.mul (local.get $n) (i32.const 2))
                    (call $digit (i32.shr_u (local.get $byte) (i32.const 4))))
                (i32.store8 offset=310001 (i32.mul (local.get $n) (i32.const 2))
                    (call $digit (i32.and (local.get $byte) (i32.const 15))))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get $n) (i32.const 128)))))
        (data (i32.const 320000) "eni-0123456789abcdef0Owner")
        (data (i32.const 330000) "line\nmore\n\noops")"#;
    plugin("looks-around", body)
        .with_fields(hex)
        .with_fields(&words_at(320_032, &[320_000, 21]))
        .with_fields(&words_at(320_048, &[320_021, 5, 310_000, 256]))
        .with_fields(&words_at(320_200, &[320_032, 1, 0, 320_048, 1]))
        .with_fields(&words_at(320_300, &[0, 320_200, 1]))
}

#[test]
fn a_plugin_that_looks_around_finds_the_same_nothing_every_time() {
    let look = || {
        let result = harness(&looks_around()).env("SECRET", "s3cr3t").result();
        result["taggings"][0]["tags"]["Owner"].as_str().unwrap().to_owned()
    };
    let found = look();
    assert_eq!(found, look());
    let number = |at: usize, bytes: usize| {
        let digits = &found[2 * at..2 * (at + bytes)];
        let bytes = (0..bytes).rev().map(|byte| &digits[2 * byte..2 * byte + 2]).collect::<String>();
        u64::from_str_radix(&bytes, 16).unwrap()
    };
    let clocks = [(0, 8), (8, 4), (16, 8), (24, 4), (32, 8), (40, 8)].map(|(at, bytes)| number(at, bytes));
    assert_eq!(clocks, [0, 0, 1, 0, 0, 1], "the wall clock and its resolution, the monotonic clock and its");
    assert_ne!(number(48, 8), number(56, 8), "chance is the same each time, but not always the same number");
    assert_eq!((number(64, 8), number(72, 8)), (0, 0), "the seed");
    assert_ne!(number(80, 8), 0, "random bytes");
    assert_eq!([96, 100, 104, 108].map(|at| number(at, 4)), [0; 4], "variables, arguments, the folder, folders");
    assert_eq!((number(112, 1), number(113, 1)), (1, 1), "stdin is closed");
    assert_eq!(number(116, 4), 64 << 10, "what stdout takes at once");
    assert_eq!(number(120, 4), 1, "an hour's sleep is over at once");
}

#[test]
fn what_is_written_to_stdout_and_stderr_is_in_the_log_line_by_line() {
    let harness = harness(&looks_around()).env("AUTOTAG_LOG", "info");
    let replay = harness.replay();
    assert_eq!(harness.result_in(&replay)["outcome"], "tag");
    let lines: Vec<Value> = replay.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_plugin: Vec<_> = lines
        .iter()
        .filter(|line| line["plugin"] == "looks-around@0.1.0")
        .map(|line| (line["level"].as_str().unwrap(), line["message"].as_str().unwrap()))
        .collect();
    assert_eq!(of_plugin, [("INFO", "line"), ("INFO", "more"), ("INFO", ""), ("WARN", "oops")]);
}

#[test]
fn a_plugin_that_exits_is_a_failure_whatever_its_status() {
    for (name, status, words) in [("exits", 0, "success"), ("exits-in-anger", 1, "failure")] {
        let body = format!("(call $exit (i32.const {status})) unreachable");
        assert_fails(&harness(&plugin(name, &body)), trap(&format!("it called exit, with {words}")));
    }
}

#[test]
fn the_end_of_stderr_is_what_a_plugin_said_last() {
    let body = "(call $write (call $stderr) (i32.const 400000) (i32.const 20) (i32.const 301000))
        (call $write (call $stderr) (i32.const 400020) (i32.const 6) (i32.const 301000)) unreachable";
    let panics =
        plugin("panics-to-stderr", body).with_fields(r#"(data (i32.const 400000) "Traceback:\n  line 1\n\1b[31m\n")"#);
    assert_fails(&harness(&panics), gave_up(r"Traceback:\n  line 1\n\u{1b}[31m"));
    assert_fails(&harness(&panics).limit("panic_bytes", 4), gave_up("31m"));
}

#[test]
fn a_function_without_a_meaning_is_a_failure_when_it_is_called() {
    let body = "(call $splice (call $stdout) (call $stdin) (i64.const 1) (i32.const 301000)) unreachable";
    let words = "`wasi:io/streams@0.2.0#[method]output-stream.splice` is not among what `wasi = \"stub\"` gives";
    assert_fails(&harness(&plugin("splices", body)), trap(words));
}

#[test]
fn more_random_bytes_than_may_be_handed_over_are_stopped() {
    for (name, count) in [("gambles", 1_048_577), ("gambles-away", -1)] {
        let body = format!("(call $random-bytes (i64.const {count}) (i32.const 301000)) unreachable");
        assert_fails(&harness(&plugin(name, &body)), exceeded(Bound::AnswerBytes, 1 << 20));
    }
}

#[test]
fn what_a_stream_says_it_takes_may_be_written_at_once() {
    let body = format!(
        "(call $check-write (call $stdout) (i32.const 301000))
        (call $write (call $stdout) (i32.const 330000) (i32.load (i32.const 301008)) (i32.const 301000)) {NOTHING}"
    );
    assert_tags_nothing(&harness(&plugin("does-as-told", &body)).limit("answer_bytes", 2048));
}

#[test]
fn streams_that_are_never_dropped_are_counted() {
    let plugin = plugin("opens-stdout", "(loop (drop (call $stdout)) (br 0)) unreachable");
    assert_fails(&harness(&plugin), trap("cannot allocate another handle: store handle limit exceeded"));
}

#[test]
fn a_million_empty_lines_at_once_are_dropped_but_for_the_first() {
    let body = format!(
        "(drop (memory.grow (i32.const 16))) (memory.fill (i32.const 1048576) (i32.const 10) (i32.const 1000000))
        (call $write (call $stderr) (i32.const 1048576) (i32.const 1000000) (i32.const 301000)) {NOTHING}"
    );
    let harness = harness(&plugin("writes-a-million-lines", &body));
    let replay = harness.replay();
    assert_tags_nothing_in(&harness, &replay);
    assert_eq!(replay.stderr.lines().count(), 101);
    assert!(replay.stderr.contains(r#""bound":"log_lines","limit":100"#), "{}", replay.stderr);
}

#[test]
fn a_line_without_an_end_is_not_kept() {
    let body = format!(
        "(memory.fill (i32.const 400000) (i32.const 120) (i32.const 100000))
        (call $write (call $stderr) (i32.const 400000) (i32.const 100000) (i32.const 301000))
        (call $write (call $stderr) (i32.const 400000) (i32.const 100000) (i32.const 301000))
        (i32.store8 (i32.const 400000) (i32.const 10))
        (call $write (call $stderr) (i32.const 400000) (i32.const 1) (i32.const 301000)) {NOTHING}"
    );
    let harness = harness(&plugin("writes-without-end", &body));
    let replay = harness.replay();
    assert_tags_nothing_in(&harness, &replay);
    let line: Value = serde_json::from_str(replay.stderr.lines().next().unwrap()).unwrap();
    assert_eq!(line["message"], "x".repeat(4096) + "…");
}

#[test]
fn a_stream_that_is_none_is_a_failure() {
    for (name, stream, problem) in [
        ("writes-nowhere", "(i32.const 7)", "unknown handle index 7"),
        (
            "writes-into-a-timer",
            "(call $timer (i64.const 0))",
            "handle index 1 used with the wrong type, expected guest-defined resource but found a different guest-defined resource",
        ),
    ] {
        let body = format!("(call $write {stream} (i32.const 16) (i32.const 4) (i32.const 301000)) unreachable");
        assert_fails(&harness(&plugin(name, &body)), trap(problem));
    }
}

#[test]
fn permission_for_one_plugin_is_none_for_another() {
    assert_tags(&harness(&looks_around()));
    let harness = Harness::of(&looks_around()).with("[plugin.healthy]\nwasi = \"stub\"");
    let problem = FileError::WasiImport { import: "wasi:cli/environment@0.2.0".into(), section: "looks-around".into() };
    assert_does_not_load(&harness, problem);
}
