//! The operator's limits: each is enforced, wherever it is set, and refused where it cannot be.

use autotag_sandbox::Bound;
use autotag_tests::harness::Harness;
use autotag_tests::host::Replay;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin, words_at};

use super::verdict::{assert_does_not_load, assert_fails, exceeded, in_call};

/// The three scopes, strongest first: one plugin, the environment, all plugins.
#[derive(Debug, Clone, Copy)]
enum Scope {
    OnePlugin,
    Environment,
    AllPlugins,
}

const SCOPES: [Scope; 3] = [Scope::OnePlugin, Scope::Environment, Scope::AllPlugins];

fn set(harness: Harness, scope: Scope, key: &str, value: &str) -> Harness {
    match scope {
        Scope::OnePlugin => harness.with(&format!("[plugin.suspect.limits]\n{key} = {value}")),
        Scope::Environment => harness.env(&format!("AUTOTAG_LIMIT_{}", key.to_uppercase()), value),
        Scope::AllPlugins => harness.with(&format!("[limits]\n{key} = {value}")),
    }
}

/// The limit is enforced in every scope: with `value`, the output contains `words`, and without it, it does not.
#[track_caller]
fn assert_obeyed(plugin: &WatPlugin, key: &str, value: u64, words: &str) {
    let said = |replay: Replay| replay.stdout + &replay.stderr;
    for scope in SCOPES {
        let harness = set(Harness::of(plugin).alone(), scope, key, &value.to_string());
        let said = said(harness.replay());
        assert!(said.contains(words), "{key} {scope:?}: {said}");
    }
    let said = said(Harness::of(plugin).alone().replay());
    assert!(!said.contains(words), "{key}, not set: {said}");
}

fn suspect(body: &str) -> WatPlugin {
    WatPlugin::new("suspect").with_log().that_runs(body)
}

#[test]
fn the_bound_on_time_is_obeyed() {
    let plugin = suspect("(loop (br 0)) unreachable");
    assert_obeyed(&plugin, "time_ms", 300, "the plugin was stopped: it ran longer than 300 ms (limits.time_ms)");
}

#[test]
fn the_bound_on_memory_is_obeyed() {
    let plugin = suspect(&format!("(drop (memory.grow (i32.const 100))) {NOTHING}"));
    let words = "the plugin was stopped: it asked for more than 2000000 bytes of memory (limits.memory_bytes)";
    assert_obeyed(&plugin, "memory_bytes", 2_000_000, words);
}

#[test]
fn a_bound_on_memory_above_the_default_is_obeyed() {
    // 200 MiB, of which the default allows 64.
    let plugin = suspect(&format!(
        "(if (i32.eq (memory.grow (i32.const 3000)) (i32.const -1)) (then unreachable))
        (i32.store (i32.const 196000000) (i32.const 1)) {NOTHING}"
    ));
    assert_obeyed(&plugin, "memory_bytes", 210_000_000, r#""peak_memory_bytes":197656584"#);
}

#[test]
fn the_bound_on_what_is_handed_over_is_obeyed() {
    let plugin = suspect(&format!("(call $log (i32.const 0) (i32.const 400000) (i32.const 2001)) {NOTHING}"));
    let words = "the plugin was stopped: it handed over more than 2000 bytes (limits.answer_bytes)";
    assert_obeyed(&plugin, "answer_bytes", 2_000, words);
}

#[test]
fn the_bound_on_results_is_obeyed() {
    let plugin = suspect("i32.const 400000").with_fields(&words_at(400_000, &[0, 500_000, 3]));
    let words = "the plugin was stopped: it answered more than 2 taggings and resources (limits.results)";
    assert_obeyed(&plugin, "results", 2, words);
}

#[test]
fn the_bounds_on_the_log_are_obeyed() {
    let line = "(call $log (i32.const 2) (i32.const 400000) (i32.const 85))";
    let plugin = suspect(&format!("{} {NOTHING}", line.repeat(3)));
    let plugin = plugin.with_fields(&format!(r#"(data (i32.const 400000) "{}")"#, "x".repeat(85)));
    assert_obeyed(&plugin, "log_lines", 2, r#""bound":"log_lines","limit":2"#);
    assert_obeyed(&plugin, "log_lines", 0, r#""bound":"log_lines","limit":0"#);
    assert_obeyed(&plugin, "log_line_bytes", 80, &format!(r#""{}…""#, "x".repeat(80)));
}

#[test]
fn the_bound_on_last_words_is_obeyed() {
    let plugin = suspect("(call $log (i32.const 3) (i32.const 400000) (i32.const 9)) unreachable")
        .with_fields(r#"(data (i32.const 400000) "I give up")"#);
    assert_obeyed(&plugin, "panic_bytes", 6, "its last words: I give…");
}

#[test]
fn the_bounds_on_loading_are_obeyed() {
    let plugin = suspect(NOTHING);
    assert_obeyed(&plugin, "file_bytes", 500, "the file is larger than 500 bytes (limits.file_bytes)");
    let function = format!("(func (param i64) (result i64) local.get 0 {})", "i64.const 3 i64.mul ".repeat(500));
    let plugin = plugin.with_fields(&function.repeat(300));
    assert_obeyed(&plugin, "compile_ms", 1, "it took longer than 1 ms to compile (limits.compile_ms)");
}

#[test]
fn what_is_set_for_one_plugin_wins_over_the_environment_and_that_over_what_is_set_for_all() {
    let plugin = suspect("i32.const 400000").with_fields(&words_at(400_000, &[0, 500_000, 9]));
    let harness = |scopes: &[(Scope, &str)]| {
        scopes
            .iter()
            .fold(Harness::of(&plugin).alone(), |harness, (scope, value)| set(harness, *scope, "results", value))
    };
    let all = [(Scope::AllPlugins, "3"), (Scope::Environment, "2"), (Scope::OnePlugin, "1")];
    for (scopes, limit) in [(&all[..], 1), (&all[..2], 2), (&all[..1], 3)] {
        let result = harness(scopes).result();
        let words = exceeded(Bound::Results, limit).to_string();
        assert!(result["reason"].as_str().unwrap().ends_with(&words), "{result}");
    }
}

#[test]
fn a_bound_of_one_plugin_is_for_no_other() {
    // As much as the healthy plugin has. Every plugin may have a mebibyte.
    let suspect = suspect("unreachable").with_fields("(memory 8)");
    let harness = Harness::of(&suspect).limit("memory_bytes", 1_200_000);
    assert_does_not_load(&harness, in_call("describe", exceeded(Bound::Memory, 1_200_000)));
    let grows = WatPlugin::new("grows").that_runs("(drop (memory.grow (i32.const 100))) unreachable");
    let harness = Harness::of(&grows).unhurried().limit("memory_bytes", 2_000_000);
    assert_fails(&harness, exceeded(Bound::Memory, 2_000_000));
}

#[test]
fn a_bound_that_cannot_be_kept_is_refused_wherever_it_is_set() {
    for (key, range) in [
        ("time_ms", 1..=60_000),
        ("memory_bytes", 65_536..=4 << 30),
        ("answer_bytes", 1_024..=64 << 20),
        ("results", 1..=1_000_000),
        ("log_lines", 0..=100_000),
        ("log_line_bytes", 80..=1 << 20),
        ("panic_bytes", 0..=65_536),
        ("file_bytes", 8..=1 << 30),
        ("compile_ms", 1..=3_600_000_u64),
    ] {
        let (least, most) = (*range.start(), *range.end());
        for value in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
            for scope in SCOPES {
                let replay = set(Harness::of(&suspect(NOTHING)).alone(), scope, key, &value.to_string()).replay();
                let table = if matches!(scope, Scope::OnePlugin) { "[plugin.suspect.limits]" } else { "[limits]" };
                let error = format!("{table}: the bound `{key}`, {value}, must be from {least} to {most}\n");
                assert_eq!((replay.status, replay.stdout.as_str()), (2, ""));
                assert!(replay.stderr.starts_with("error: ") && replay.stderr.ends_with(&error), "{}", replay.stderr);
                // A file is named.
                let in_file = !matches!(scope, Scope::Environment);
                assert_eq!(replay.stderr.contains(".toml, ["), in_file, "{}", replay.stderr);
            }
        }
    }
}

#[test]
fn a_bound_that_is_unknown_or_no_number_is_refused_wherever_it_is_set() {
    for scope in SCOPES {
        for value in ["-1", "18446744073709551616", "'250'", "2.5", "''"] {
            let replay = set(Harness::of(&suspect(NOTHING)).alone(), scope, "time_ms", value).replay();
            assert_eq!((replay.status, replay.stdout.as_str()), (2, ""), "{scope:?} {value}");
        }
        let replay = set(Harness::of(&suspect(NOTHING)).alone(), scope, "time_mss", "1").replay();
        assert_eq!(replay.status, 2);
        let known = if matches!(scope, Scope::Environment) { "AUTOTAG_LIMIT_TIME_MS" } else { "time_ms" };
        assert!(replay.stderr.contains(&format!("did you mean `{known}`?")), "{}", replay.stderr);
    }
}
