//! Plugins that are no plugins, and plugins that are hostile: each is stopped, says why, and harms nobody else.

use std::fs;
use std::path::Path;

use autotag_tests::events::{call, envelope, run_instances};
use autotag_tests::host::{self, replay, replay_stdin};
use autotag_tests::wat_plugin::{Extract, Tagging, WatPlugin};
use serde_json::{Value, json};
use tempfile::tempdir;

/// What becomes of Bob's launch with this plugin, and of the next event with a plugin that behaves.
#[track_caller]
fn outcome(hostile: &WatPlugin) -> Value {
    let plugins = tempdir().unwrap();
    hostile.write(plugins.path());
    fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join("healthy.wasm")).unwrap();
    let next = call("CreateVolume", "2026-01-31T12:00:01Z", json!({"volumeId": "vol-0123456789abcdef0"}));
    let input = format!("{}\n{}\n", envelope(&run_instances()), envelope(&next));
    let replay = replay_stdin(plugins.path(), input.as_bytes());
    let results = replay.results();
    let of = |plugin: &str, name: &str| {
        let found = results.iter().find(|result| {
            result["plugin"].as_str().unwrap().starts_with(plugin) && result["event"]["name"].as_str() == Some(name)
        });
        found.unwrap_or_else(|| panic!("{replay:?}")).clone()
    };
    assert_eq!(of("ec2@", "RunInstances")["outcome"], "tag", "the same event, by the healthy plugin: {replay:?}");
    assert_eq!(of("ec2@", "CreateVolume")["outcome"], "tag", "the next event: {replay:?}");
    assert_eq!(replay.status, 1);
    of(&hostile.name, "RunInstances")
}

#[track_caller]
fn assert_failed(hostile: &WatPlugin, reason: &str) {
    let result = outcome(hostile);
    assert_eq!(result["outcome"], "failed");
    let said = result["reason"].as_str().unwrap();
    assert!(said.contains(reason), "{said}");
}

#[track_caller]
fn assert_refused(hostile: &WatPlugin, reason: &str) {
    let result = outcome(hostile);
    assert_eq!((&result["outcome"], &result["reason"]), (&json!("refused"), &json!(reason)));
    assert_eq!(result["taggings"], json!([]));
}

#[test]
fn an_endless_loop_is_stopped_by_the_clock() {
    assert_failed(
        &WatPlugin::new("loops").that_runs("(loop (br 0)) unreachable"),
        "the plugin was stopped: it ran longer than 250 ms",
    );
}

#[test]
fn a_plugin_that_takes_all_memory_is_stopped_at_its_bound() {
    let body = "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable";
    assert_failed(
        &WatPlugin::new("grows").that_runs(body),
        "the plugin was stopped: it asked for more than 67108864 bytes of memory",
    );
}

#[test]
fn memory_is_counted_over_all_memories_and_tables() {
    let mut two = WatPlugin::new("two-memories").that_runs(
        "(loop (drop (memory.grow 0 (i32.const 16))) (drop (memory.grow $other (i32.const 16))) (br 0)) unreachable",
    );
    two.fields = "(memory $other 1)".into();
    assert_failed(&two, "asked for more than 67108864 bytes of memory");
    let mut table = WatPlugin::new("table")
        .that_runs("(loop (drop (table.grow $table (ref.null func) (i32.const 65536))) (br 0)) unreachable");
    table.fields = "(table $table 1 funcref)".into();
    assert_failed(&table, "asked for more than 67108864 bytes of memory");
}

#[test]
fn endless_recursion_a_trap_and_a_wild_access_are_failures_that_name_the_trap() {
    let recursion = WatPlugin::new("recurses").that_runs(&format!("{} call $extract", "i32.const 0 ".repeat(16)));
    assert_failed(&recursion, "the plugin trapped: wasm trap: call stack exhausted");
    assert_failed(&WatPlugin::new("traps").that_runs("unreachable"), "wasm `unreachable` instruction executed");
    assert_failed(&WatPlugin::new("wild").that_runs("i32.const -4 i32.load"), "out of bounds memory access");
}

#[test]
fn an_answer_that_lies_about_its_size_or_shape_is_a_failure() {
    // The answer lies where its pointer says it does: a list of four billion taggings, and a case that does not exist.
    let huge = "i32.const 2048 i32.const 0 i32.store i32.const 2052 i32.const 4096 i32.store
        i32.const 2056 i32.const 3000000 i32.store i32.const 2048";
    assert_failed(&WatPlugin::new("huge").that_runs(huge), "the plugin trapped: list pointer/length out of bounds");
    let wrong = "i32.const 2048 i32.const 7 i32.store i32.const 2048";
    assert_failed(&WatPlugin::new("wrong-case").that_runs(wrong), "the plugin trapped");
}

#[test]
fn an_answer_that_repeats_one_text_over_and_over_is_stopped() {
    let resources = vec!["i-0123456789abcdef0".repeat(100); 1000];
    let mut hostile = WatPlugin::new("repeats");
    hostile.extract = Extract::Answer(vec![Tagging { resources, tags: vec![("Owner".into(), "bob".into())] }]);
    assert_failed(&hostile, "the plugin was stopped: it handed over more than 1048576 bytes");
}

#[test]
fn an_id_that_is_not_in_the_event_is_refused() {
    let hostile = WatPlugin::new("invents").that_answers(&["i-0fffffffffffffff0"], &[("Owner", "bob")]);
    assert_refused(&hostile, "i-0fffffffffffffff0 is not in what the call answered");
}

#[test]
fn an_id_that_stands_only_in_the_request_or_in_both_is_refused() {
    for id in ["ami-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"] {
        let hostile = WatPlugin::new("takes-requests").that_answers(&[id], &[("Owner", "bob")]);
        assert_refused(&hostile, &format!("{id} stands in the request, so it existed before the call"));
    }
    let mut record = run_instances();
    record["requestParameters"]["instanceId"] = "i-0eeeeeeeeeeeeeee0".into();
    let plugins = tempdir().unwrap();
    WatPlugin::new("takes").that_answers(&["i-0eeeeeeeeeeeeeee0"], &[("Owner", "bob")]).write(plugins.path());
    let replay = replay_stdin(plugins.path(), envelope(&record).to_string().as_bytes());
    assert_eq!(replay.result()["outcome"], "refused");
}

#[test]
fn somebody_elses_principal_id_is_refused() {
    let hostile = WatPlugin::new("forges").that_answers(&["i-0123456789abcdef0"], &[("PrincipalId", "AIDAEVE")]);
    assert_refused(&hostile, "PrincipalId must be the caller's principal id, `AIDABOBBOBBOBBOBBOBBO`, not `AIDAEVE`");
}

#[test]
fn reserved_and_undeclared_keys_are_refused() {
    let id = "i-0123456789abcdef0";
    assert_refused(
        &WatPlugin::new("reserved").that_answers(&[id], &[("aws:createdBy", "bob")]),
        "the tag key `aws:createdBy` is reserved by AWS",
    );
    assert_refused(
        &WatPlugin::new("undeclared").that_answers(&[id], &[("Admin", "yes")]),
        "the plugin did not declare the tag key `Admin`",
    );
}

#[test]
fn an_event_from_anybody_is_refused_even_if_a_plugin_wants_it() {
    let plugins = tempdir().unwrap();
    let mut greedy = WatPlugin::new("greedy").that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob")]);
    greedy.event_patterns = vec![r#"{"source": [{"exists": true}]}"#.into()];
    greedy.write(plugins.path());
    let mut event = envelope(&run_instances());
    event["source"] = "my.app".into();
    let result = replay_stdin(plugins.path(), event.to_string().as_bytes()).result();
    assert_eq!(result["outcome"], "refused");
    let reason = "the event's source `my.app` is not an AWS service's (`aws.…`), so anybody may have sent it";
    assert_eq!(result["reason"], reason);
}

/// A replay with this as the only plugin, which does not load.
#[track_caller]
fn assert_does_not_load(file: &[u8], words: &str) {
    let plugins = tempdir().unwrap();
    fs::write(plugins.path().join("plugin.wasm"), file).unwrap();
    assert_folder_does_not_load(plugins.path(), &format!("plugin.wasm: {words}"));
}

#[track_caller]
fn assert_folder_does_not_load(plugins: &Path, words: &str) {
    let replay = replay_stdin(plugins, envelope(&run_instances()).to_string().as_bytes());
    assert!(replay.stderr.contains(words), "{}", replay.stderr);
    assert_eq!((replay.status, replay.stdout.as_str()), (2, ""));
}

#[test]
fn a_file_that_is_no_plugin_does_not_load_and_says_why() {
    let good = fs::read(host::plugins().join("ec2.wasm")).unwrap();
    assert_does_not_load(b"", "the file is empty");
    assert_does_not_load(b"#!/bin/sh\n", "not WebAssembly");
    assert_does_not_load(b"\x7fELF\x02\x01\x01\0\0\0\0\0", "not WebAssembly");
    assert_does_not_load(&good[..good.len() / 2], "damaged or incomplete WebAssembly: ");
    assert_does_not_load(&good[..8], "a core module without the type section that wit-bindgen embeds");
    assert_does_not_load(
        b"\0asm\x0d\0\x01\0",
        "not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but nothing",
    );
    assert_does_not_load(b"\0asm\x0d\0\x01\0\x07", "damaged or incomplete WebAssembly: ");
    assert_does_not_load(
        &WatPlugin::new("x").core_module(),
        "a core module without the type section that wit-bindgen embeds; build it with wit-bindgen, or make it a component",
    );
}

#[test]
fn a_component_of_another_world_does_not_load_and_says_what_it_exports() {
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $e (export "run" (func $f)))
            (export "wasi:cli/run@0.2.0" (instance $e)))"#,
    );
    assert_does_not_load(
        &component.unwrap(),
        "not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but wasi:cli/run@0.2.0",
    );
}

#[test]
fn a_plugin_that_imports_what_it_may_not_have_does_not_load_and_says_what() {
    let component =
        wat::parse_str(r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "get" (func)))))"#);
    assert_does_not_load(
        &component.unwrap(),
        "imports wasi:cli/environment@0.2.0, which a plugin may not have; if it is only its language that wants it, set \
         `wasi = \"stub\"` in [plugin.plugin]",
    );
    let component =
        wat::parse_str(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance (export "connect" (func)))))"#);
    assert_does_not_load(
        &component.unwrap(),
        "imports wasi:sockets/tcp@0.2.0, which a plugin may not have; the only import is autotag:plugin/log@1.0.0",
    );
    let mut module = WatPlugin::new("imports");
    module.imports = r#"(import "env" "system" (func (param i32) (result i32)))"#.into();
    let plugins = tempdir().unwrap();
    module.write(plugins.path());
    assert_folder_does_not_load(plugins.path(), "imports.wasm: the core module cannot be made into a component: ");
}

#[test]
fn a_component_of_wrong_types_does_not_load() {
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $e (export "describe" (func $f)))
            (export "autotag:plugin/extractor@1.0.0" (instance $e)))"#,
    );
    assert_does_not_load(&component.unwrap(), "does not match the contract autotag:plugin@1.0.0: ");
}

#[test]
fn a_plugin_is_bounded_while_it_loads_as_well() {
    let plugins = tempdir().unwrap();
    let mut plugin = WatPlugin::new("hangs");
    plugin.describe = Some("(loop (br 0)) unreachable".into());
    plugin.write(plugins.path());
    assert_folder_does_not_load(
        plugins.path(),
        "hangs.wasm: describe: the plugin was stopped: it ran longer than 250 ms",
    );
    plugin.describe = None;
    plugin.check_settings = Some("(loop (br 0)) unreachable".into());
    plugin.write(plugins.path());
    assert_folder_does_not_load(plugins.path(), "hangs.wasm: check-settings: the plugin was stopped");
    plugin.check_settings = None;
    plugin.fields = "(func $start (loop (br 0))) (start $start)".into();
    plugin.write(plugins.path());
    assert_folder_does_not_load(
        plugins.path(),
        "hangs.wasm: describe: the plugin was stopped: it ran longer than 250 ms",
    );
}

#[test]
fn a_manifest_that_cannot_work_does_not_load() {
    let plugins = tempdir().unwrap();
    let check = |change: &dyn Fn(&mut WatPlugin), words: &str| {
        let mut plugin = WatPlugin::new("manifest");
        change(&mut plugin);
        plugin.name = "manifest".into();
        plugin.write(plugins.path());
        assert_folder_does_not_load(plugins.path(), words);
    };
    check(&|plugin| plugin.event_patterns.clear(), "it declares no event pattern");
    check(
        &|plugin| plugin.event_patterns = vec![r#"{"detail": {"a": [{"regexp": "x"}]}}"#.into()],
        "its event pattern 1 is refused: detail.a: unknown operator `regexp`",
    );
    check(
        &|plugin| plugin.event_patterns = vec!["{}".into()],
        "its event pattern 1 is refused: the pattern: an empty object",
    );
    check(&|plugin| plugin.tag_keys.clear(), "it declares no tag key");
    check(&|plugin| plugin.tag_keys = vec!["aws:x".into()], "the tag key `aws:x` is reserved by AWS");
    check(&|plugin| plugin.tag_keys = vec!["A".into(), "A".into()], "it declares the tag key `A` twice");
    fs::remove_file(plugins.path().join("manifest.wasm")).unwrap();
    let mut named = WatPlugin::new("named");
    named.name = "Named!".into();
    fs::write(plugins.path().join("x.wasm"), named.assemble()).unwrap();
    assert_folder_does_not_load(
        plugins.path(),
        "its name `Named!` is not 1 to 64 lower-case letters, digits and hyphens",
    );
}

#[test]
fn two_files_with_the_same_plugin_do_not_load() {
    let plugins = tempdir().unwrap();
    for file in ["a.wasm", "b.wasm"] {
        fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join(file)).unwrap();
    }
    assert_folder_does_not_load(plugins.path(), "b.wasm are both the plugin `ec2`; remove one of them");
}

#[test]
fn a_folder_without_plugins_or_that_is_not_there_is_an_error() {
    let plugins = tempdir().unwrap();
    assert_folder_does_not_load(plugins.path(), "expected at least one .wasm file");
    assert_folder_does_not_load(&plugins.path().join("none"), "cannot read the plugin folder");
}

#[test]
fn what_a_plugin_logs_stays_one_line_and_cannot_steer_a_terminal() {
    let mut plugin = WatPlugin::new("logs");
    plugin.imports = r#"(import "autotag:plugin/log@1.0.0" "log" (func $log (param i32 i32 i32)))"#.into();
    plugin.fields = r#"(data (i32.const 400000) "red\1b[31m\nnext")"#.into();
    let answer = "i32.const 300000 i64.const 0 i64.store i32.const 300008 i64.const 0 i64.store i32.const 300000";
    let plugin = plugin.that_runs(&format!("i32.const 3 i32.const 400000 i32.const 13 call $log {answer}"));
    let plugins = tempdir().unwrap();
    plugin.write(plugins.path());
    let replay = replay_stdin(plugins.path(), envelope(&run_instances()).to_string().as_bytes());
    let line: Value = serde_json::from_str(replay.stderr.trim()).unwrap();
    assert_eq!(line["message"], r"red\u{1b}[31m\nnext");
    assert_eq!((&line["plugin"], &line["level"]), (&json!("logs@0.1.0"), &json!("ERROR")));
    assert_eq!(line["event_id"], "0d079340-135a-c8c6-95c2-41fb8f496c53");
    assert_eq!(replay.result()["reason"], "nothing to tag");
}

#[test]
fn a_replay_of_a_hostile_plugin_ends_with_status_1_in_the_table_too() {
    let plugins = tempdir().unwrap();
    WatPlugin::new("loops").that_runs("(loop (br 0)) unreachable").write(plugins.path());
    let event = plugins.path().join("event.json");
    fs::write(&event, envelope(&run_instances()).to_string()).unwrap();
    let replay = replay(plugins.path(), [&event]);
    assert_eq!(replay.status, 1);
    assert!(replay.stdout.contains("it ran longer than 250 ms"), "{}", replay.stdout);
}
