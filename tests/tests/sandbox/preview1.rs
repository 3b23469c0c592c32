//! WASI's preview 1, of which a core module finds a stub with nothing behind it.

use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin, words_at};
use serde_json::Value;

use super::verdict::{assert_fails, assert_tags_nothing, assert_tags_nothing_in, gave_up, trap};

/// Preview 1's functions, as its definition lists them, with their parameters: `I` for 64 bits, `i` for 32.
const FUNCTIONS: [(&str, &str); 46] = [
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("proc_raise", "i"),
    ("sched_yield", ""),
    ("random_get", "ii"),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// A plugin that imports all of preview 1.
fn plugin(name: &str, body: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new(name).that_runs(body);
    for (function, parameters) in FUNCTIONS {
        let parameters: String = parameters.chars().map(|kind| if kind == 'I' { " i64" } else { " i32" }).collect();
        let result = if function == "proc_exit" { "" } else { "(result i32)" };
        plugin.imports += &format!(
            r#"(import "wasi_snapshot_preview1" "{function}" (func ${function} (param{parameters}) {result}))"#
        );
    }
    plugin
}

fn harness(plugin: &WatPlugin) -> Harness {
    Harness::of(plugin).unhurried()
}

/// Traps unless the condition holds.
fn expect(condition: &str) -> String {
    format!("(if (i32.eqz {condition}) (then unreachable))")
}

/// Traps unless the function answers this errno.
fn errno(expected: u32, call: &str) -> String {
    expect(&format!("(i32.eq (i32.const {expected}) (call {call}))"))
}

/// What a plugin logs, at `info` and above.
fn logged(plugin: &WatPlugin) -> Vec<(String, String)> {
    let harness = harness(plugin).env("AUTOTAG_LOG", "info");
    let replay = harness.replay();
    assert_tags_nothing_in(&harness, &replay);
    let lines = replay.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_plugin = lines.filter(|line| line["plugin"].is_string());
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    of_plugin.map(|line| (text(&line, "level"), text(&line, "message"))).collect()
}

#[test]
fn what_is_only_linked_stops_no_plugin() {
    assert_tags_nothing(&harness(&plugin("links-all-of-it", NOTHING)));
}

#[test]
fn nothing_is_there_but_the_standard_streams() {
    let zero = "(i32.const 0)";
    let two = format!("{zero} {zero}");
    let checks = [
        errno(0, "$args_sizes_get (i32.const 300000) (i32.const 300004)"),
        errno(0, "$environ_sizes_get (i32.const 300008) (i32.const 300012)"),
        expect("(i64.eqz (i64.or (i64.load (i32.const 300000)) (i64.load (i32.const 300008))))"),
        errno(0, "$fd_read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 300000)"),
        expect("(i32.eqz (i32.load (i32.const 300000)))"),
        errno(0, "$fd_fdstat_get (i32.const 1) (i32.const 300000)"),
        expect("(i32.eq (i32.const 2) (i32.load8_u (i32.const 300000)))"),
        errno(0, "$fd_filestat_get (i32.const 2) (i32.const 300000)"),
        expect("(i32.eq (i32.const 2) (i32.load8_u (i32.const 300016)))"),
        errno(0, "$fd_close (i32.const 1)"),
        errno(70, &format!("$fd_seek (i32.const 1) (i64.const 0) {two}")),
        errno(8, &format!("$fd_seek (i32.const 3) (i64.const 0) {two}")),
        errno(8, "$fd_prestat_get (i32.const 3) (i32.const 300000)"),
        errno(8, "$fd_write (i32.const 3) (i32.const 300000) (i32.const 1) (i32.const 300008)"),
        errno(8, "$fd_write (i32.const 0) (i32.const 300000) (i32.const 1) (i32.const 300008)"),
        errno(8, &format!("$path_open (i32.const 3) {two} {two} (i64.const 0) (i64.const 0) {two}")),
        errno(8, &format!("$sock_recv (i32.const 3) {two} {two} {zero}")),
    ];
    assert_tags_nothing(&harness(&plugin("looks-around", &(checks.concat() + NOTHING))));
}

#[test]
fn what_is_written_is_a_line_in_the_log_and_the_last_of_stderr_are_the_last_words() {
    let write = |fd: u32, buffers: u32| {
        errno(0, &format!("$fd_write (i32.const {fd}) (i32.const 320000) (i32.const {buffers}) (i32.const 300000)"))
    };
    let body = write(1, 3) + &expect("(i32.eq (i32.const 16) (i32.load (i32.const 300000)))") + &write(2, 1);
    let writes = |name: &str, end: &str| {
        plugin(name, &(body.clone() + end))
            .with_fields(r#"(data (i32.const 310000) "line\n\nlast gr\c3\b6\c3")"#)
            .with_fields(&words_at(320_000, &[310_000, 5, 310_005, 1, 310_006, 10]))
    };
    let lines = logged(&writes("writes", NOTHING));
    assert_eq!(
        lines,
        [("INFO", "line"), ("INFO", "last grö"), ("ERROR", "line")].map(|(level, line)| (level.into(), line.into()))
    );
    assert_fails(&harness(&writes("gives-up", "unreachable")), gave_up("line"));
}

/// Writes each text to the stream, with the data that it takes.
fn writes(texts: &[(u32, &str)]) -> (String, String) {
    let (mut body, mut data) = (String::new(), String::new());
    for ((fd, text), at) in texts.iter().zip((310_000..).step_by(4000)) {
        data += &format!(r#"(data (i32.const {at}) "{}")"#, text.replace('\n', "\\n").replace('\t', "\\t"));
        body += &format!(
            "(i32.store (i32.const 300000) (i32.const {at})) (i32.store (i32.const 300004) (i32.const {}))
            (drop (call $fd_write (i32.const {fd}) (i32.const 300000) (i32.const 1) (i32.const 300008)))",
            text.len()
        );
    }
    (body, data)
}

/// As Go's runtime writes a panic.
const PANIC: [(u32, &str); 10] = [
    (2, "panic: "),
    (2, "boom"),
    (2, "\n"),
    (2, "\n"),
    (2, "goroutine "),
    (2, "6"),
    (2, " [running]:\n"),
    (2, "\tmain.go:7"),
    (2, " +0x16"),
    (2, "\n"),
];

#[test]
fn a_line_that_is_written_piece_by_piece_is_one_and_a_trace_is_the_last_words() {
    let (body, data) = writes(&PANIC);
    let lines = logged(&plugin("panics-and-goes-on", &(body.clone() + NOTHING)).with_fields(&data));
    let expected = ["panic: boom", "goroutine 6 [running]:", "\\tmain.go:7 +0x16"];
    assert_eq!(lines, expected.map(|line| ("ERROR".to_owned(), line.to_owned())));
    let panics = plugin("panics", &(body + "(call $proc_exit (i32.const 2)) unreachable")).with_fields(&data);
    assert_fails(&harness(&panics), gave_up(r"panic: boom\ngoroutine 6 [running]:\n\tmain.go:7 +0x16"));
    assert_fails(&harness(&panics).limit("panic_bytes", 6), gave_up("panic:…"));
}

#[test]
fn what_no_newline_has_ended_is_logged_when_the_program_exits() {
    let (body, data) = writes(&[(2, "no newline")]);
    let exits = plugin("exits-amid-a-line", &(body + "(call $proc_exit (i32.const 1)) unreachable"));
    assert_fails(&harness(&exits.with_fields(&data)), gave_up("no newline"));
}

#[test]
fn a_long_line_goes_on_as_another_and_the_memory_stays_as_it_is() {
    // 1,023 bytes, and a character of two.
    let long = "x".repeat(1023) + "ö and more\n";
    let (body, data) = writes(&[(1, &long)]);
    let memory = "(i64.store (i32.const 0) (i64.const 0x1122334455667788)) (i64.store (i32.const 1016) (i64.const 7))";
    let intact = expect(
        "(i32.and (i64.eq (i64.load (i32.const 0)) (i64.const 0x1122334455667788))
            (i64.eq (i64.load (i32.const 1016)) (i64.const 7)))",
    );
    let lines =
        logged(&plugin("writes-a-long-line", &(memory.to_owned() + &body + &intact + NOTHING)).with_fields(&data));
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["x".repeat(1023), "ö and more".to_owned()]);
}

#[test]
fn what_is_no_utf8_is_left_out_and_no_trap() {
    // Each of these is ill-formed in a way of its own; `ok` and what is well-formed beside it is kept.
    let texts = [
        (r"ok\ff", "ok"),
        (r"ok\c3", "ok"),
        (r"ok\c0\80", "ok"),
        (r"ok\e0\80\80", "ok"),
        (r"ok\ed\a0\80", "ok"),
        (r"ok\f0\80\80\80", "ok"),
        (r"ok\f4\90\80\80", "ok"),
        (r"ok\f5\80\80\80", "ok"),
        (r"ok\e2\82", "ok"),
        (r"\c3\b6\e2\82\ac\f0\9f\a6\84\ed\9f\bf\f4\8f\bf\bf", "ö€🦄\u{d7ff}\u{10ffff}"),
    ];
    let (mut body, mut data) = (String::new(), String::new());
    for ((text, _), at) in texts.iter().zip((310_000..).step_by(100)) {
        // An escape is three characters, and one byte.
        let length = text.len() - 2 * text.matches('\\').count();
        let length = length + 1;
        data += &format!(r#"(data (i32.const {at}) "{text}\n")"#);
        body += &format!(
            "(i32.store (i32.const 300000) (i32.const {at})) (i32.store (i32.const 300004) (i32.const {length}))
            (drop (call $fd_write (i32.const 1) (i32.const 300000) (i32.const 1) (i32.const 300008)))"
        );
    }
    let lines = logged(&plugin("writes-bytes", &(body + NOTHING)).with_fields(&data));
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, texts.map(|(_, line)| line));
}

#[test]
fn waiting_takes_no_time_and_moves_the_clock() {
    let time = |at: u32| errno(0, &format!("$clock_time_get (i32.const 1) (i64.const 0) (i32.const {at})"));
    // Two clocks: an hour and a minute from now.
    let checks = [
        time(300_000),
        "(i64.store (i32.const 310000) (i64.const 7)) (i64.store (i32.const 310024) (i64.const 3600000000000))
        (i64.store (i32.const 310048) (i64.const 8)) (i64.store (i32.const 310072) (i64.const 60000000000))"
            .to_owned(),
        errno(0, "$poll_oneoff (i32.const 310000) (i32.const 320000) (i32.const 2) (i32.const 300016)"),
        expect("(i32.eq (i32.const 1) (i32.load (i32.const 300016)))"),
        expect("(i64.eq (i64.const 8) (i64.load (i32.const 320000)))"),
        time(300_008),
        expect(
            "(i64.eq (i64.const 60000000000) (i64.sub (i64.load (i32.const 300008)) (i64.load (i32.const 300000))))",
        ),
        // A deadline that is over, an absolute one, does not move it back.
        "(i64.store (i32.const 310024) (i64.const 5)) (i32.store16 (i32.const 310040) (i32.const 1))".to_owned(),
        errno(0, "$poll_oneoff (i32.const 310000) (i32.const 320000) (i32.const 1) (i32.const 300016)"),
        time(300_000),
        expect("(i64.eq (i64.load (i32.const 300008)) (i64.load (i32.const 300000)))"),
        // A file beside a clock: its error is there at once.
        "(i32.store8 (i32.const 310056) (i32.const 1))".to_owned(),
        errno(0, "$poll_oneoff (i32.const 310000) (i32.const 320000) (i32.const 2) (i32.const 300016)"),
        expect("(i32.eq (i32.const 1) (i32.load (i32.const 300016)))"),
        expect("(i64.eq (i64.const 8) (i64.load (i32.const 320000)))"),
        expect("(i32.eq (i32.const 8) (i32.load16_u (i32.const 320008)))"),
        errno(28, "$poll_oneoff (i32.const 310000) (i32.const 320000) (i32.const 0) (i32.const 300016)"),
    ];
    assert_tags_nothing(&harness(&plugin("sleeps", &(checks.concat() + NOTHING))));
}

#[test]
fn chance_is_the_same_for_each_instance_but_not_one_number() {
    let body = [
        errno(0, "$random_get (i32.const 300000) (i32.const 16)"),
        expect("(i64.ne (i64.load (i32.const 300000)) (i64.load (i32.const 300008)))"),
        // Its bytes, made letters, are written.
        "(i64.store (i32.const 300000) (i64.or (i64.const 0x4040404040404040)
            (i64.and (i64.const 0x0f0f0f0f0f0f0f0f) (i64.load (i32.const 300000)))))
        (i32.store8 (i32.const 300008) (i32.const 10))
        (i32.store (i32.const 300016) (i32.const 300000)) (i32.store (i32.const 300020) (i32.const 9))
        (drop (call $fd_write (i32.const 1) (i32.const 300016) (i32.const 1) (i32.const 300024)))"
            .to_owned(),
    ];
    let gambles = plugin("gambles", &(body.concat() + NOTHING));
    let first = logged(&gambles);
    assert_eq!((first.len(), logged(&gambles)), (1, first));
}

#[test]
fn a_program_that_exits_is_a_failure() {
    let exits = plugin("exits", "(call $proc_exit (i32.const 0)) unreachable");
    assert_fails(&harness(&exits), trap("wasm trap: wasm `unreachable` instruction executed"));
}
