//! Plugins that take more memory than they may.

use autotag_sandbox::{Bound, Exceeded, FileError};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::nested::with_nested;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};

use super::verdict::{assert_does_not_load, assert_fails, assert_tags_nothing, exceeded, in_call, trap};

const STOPPED: Exceeded = exceeded(Bound::Memory, 64 << 20);

#[track_caller]
fn assert_stopped(plugin: &WatPlugin) {
    assert_fails(&Harness::of(plugin).unhurried(), STOPPED);
}

#[test]
fn a_plugin_that_takes_all_memory_is_stopped_at_its_bound() {
    let body = "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable";
    assert_stopped(&WatPlugin::new("grows").that_runs(body));
    let at_once = "(drop (memory.grow (i32.const 65000))) unreachable";
    assert_stopped(&WatPlugin::new("grows-at-once").that_runs(at_once));
}

#[test]
fn two_memories_count_together() {
    let body = "(loop (drop (memory.grow 0 (i32.const 16))) (drop (memory.grow $other (i32.const 16))) (br 0))
        unreachable";
    assert_stopped(&WatPlugin::new("grows-in-two-memories").that_runs(body).with_fields("(memory $other 1)"));
    // About half of the limit in each memory, which is too much in total.
    let half = "(drop (memory.grow 0 (i32.const 500))) (drop (memory.grow $other (i32.const 520))) unreachable";
    assert_stopped(&WatPlugin::new("grows-by-halves").that_runs(half).with_fields("(memory $other 1)"));
}

#[test]
fn the_memories_of_two_modules_count_together() {
    let plugin =
        WatPlugin::new("grows-in-two-modules").that_runs(&format!("(drop (memory.grow (i32.const 500))) {NOTHING}"));
    let other = "(component (core module $other (memory 520)) (core instance (instantiate $other)))";
    let both = Harness::of_file(&plugin.name, &with_nested(&plugin.component(), other, 1)).unhurried();
    assert_fails(&both, STOPPED);
    // Each of them alone is allowed.
    assert_tags_nothing(&Harness::of(&plugin).unhurried());
}

#[test]
fn a_table_counts_like_memory() {
    let body = "(loop (drop (table.grow $table (ref.null func) (i32.const 65536))) (br 0)) unreachable";
    assert_stopped(&WatPlugin::new("grows-a-table").that_runs(body).with_fields("(table $table 1 funcref)"));
}

#[test]
fn memory_that_a_plugin_declares_beyond_its_bound_keeps_it_from_loading() {
    for (name, field) in [
        ("declares-much-memory", "(memory 1020)"),
        ("declares-4-gib", "(memory 65536)"),
        ("declares-a-large-table", "(table 8300000 funcref)"),
    ] {
        assert_does_not_load(&Harness::of(&WatPlugin::new(name).with_fields(field)), in_call("describe", STOPPED));
    }
}

#[test]
fn growing_beyond_its_own_maximum_is_no_offence() {
    let body = format!(
        "(local $left i32) (local.set $left (i32.const 1000))
        (loop (if (i32.ne (memory.grow $small (i32.const 100)) (i32.const -1)) (then unreachable))
            (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1))))) {NOTHING}"
    );
    let plugin = WatPlugin::new("asks-again-and-again").that_runs(&body).with_fields("(memory $small 1 2)");
    let harness = Harness::of(&plugin).unhurried();
    assert_tags_nothing(&harness);
    let result = harness.result();
    let peak = result["cost"]["peak_memory_bytes"].as_u64().unwrap();
    assert!((17 * 65_536..18 * 65_536).contains(&peak), "{peak}");
}

#[test]
fn endless_recursion_is_stopped_by_the_end_of_the_stack() {
    let body = format!("{} call $extract", "i32.const 0 ".repeat(16));
    let exhausted = trap("wasm trap: call stack exhausted");
    assert_fails(&Harness::of(&WatPlugin::new("recurses").that_runs(&body)).unhurried(), exhausted.clone());
    // Stack frames of the largest size.
    let locals = "(local v128 v128 v128 v128 v128 v128 v128 v128)".repeat(100);
    let sum = (16..816).map(|local| format!("local.get {local} v128.xor ")).collect::<String>();
    let body = format!(
        "{locals} {} call $extract v128.const i64x2 0 0 {sum} i32x4.extract_lane 0 i32.add",
        "i32.const 0 ".repeat(16)
    );
    assert_fails(&Harness::of(&WatPlugin::new("recurses-in-large-steps").that_runs(&body)).unhurried(), exhausted);
}

#[test]
fn handles_that_are_never_dropped_are_counted() {
    let bomb = r#"(component
        (type $resource (resource (rep i32)))
        (core func $new (canon resource.new $resource))
        (core module $bomb
            (import "" "new" (func $new (param i32) (result i32)))
            (func $start (loop (drop (call $new (i32.const 0))) (br 0)))
            (start $start))
        (core instance (instantiate $bomb (with "" (instance (export "new" (func $new)))))))"#;
    let plugin = WatPlugin::new("keeps-handles").component();
    let full = trap("cannot allocate another handle: store handle limit exceeded");
    let harness = Harness::of_file("keeps-handles", &with_nested(&plugin, bomb, 1)).unhurried();
    assert_does_not_load(&harness, in_call("describe", full));
}

#[test]
fn more_instances_memories_or_tables_than_the_pool_has_keep_a_plugin_from_loading() {
    let plugin = WatPlugin::new("has-too-many").component();
    let with = |field: &str, count| {
        let nested = format!("(component (core module $m {field}) (core instance (instantiate $m)))");
        Harness::of_file("has-too-many", &with_nested(&plugin, &nested, count)).unhurried()
    };
    for (field, count, what) in [
        ("", 100, "101 core module instances, which exceeds the configured maximum of 100"),
        ("(memory 1)", 4, "5 Wasm linear memories, which exceeds the configured maximum of 4"),
        ("(table 1 funcref)", 17, "17 tables, which exceeds the configured maximum of 16"),
    ] {
        let problem = format!("The component transitively contains {what} in the pooling allocator");
        assert_does_not_load(&with(field, count), FileError::Unsupported(problem));
    }
    assert_tags_nothing(&with("", 99));
    assert_tags_nothing(&with("(memory 1)", 3));
}
