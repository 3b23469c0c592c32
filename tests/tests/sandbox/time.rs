//! Plugins that do not return.

use autotag_sandbox::{Bound, Exceeded};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};

use super::verdict::{assert_does_not_load, assert_fails, assert_tags_nothing, exceeded, in_call};

const LOOP: &str = "(loop (br 0)) unreachable";
const STOPPED: Exceeded = exceeded(Bound::Time, 250);

#[track_caller]
fn assert_stopped(plugin: &WatPlugin) {
    assert_fails(&Harness::of(plugin), STOPPED);
}

#[track_caller]
fn assert_stopped_while_loading(plugin: &WatPlugin, function: &'static str) {
    assert_does_not_load(&Harness::of(plugin), in_call(function, STOPPED));
}

#[test]
fn an_endless_loop_is_stopped_by_the_clock() {
    assert_stopped(&WatPlugin::new("loops").that_runs(LOOP));
}

#[test]
fn an_endless_chain_of_tail_calls_is_stopped_by_the_clock() {
    let body = format!("{} return_call $extract", "i32.const 0 ".repeat(16));
    assert_stopped(&WatPlugin::new("calls-itself-last").that_runs(&body));
}

#[test]
fn an_endless_loop_while_the_event_is_handed_over_is_stopped_by_the_clock() {
    // The settings are two bytes; the event is longer.
    let mut plugin = WatPlugin::new("loops-in-realloc");
    plugin.realloc = "(if (i32.gt_u (local.get 3) (i32.const 100)) (then (loop (br 0))))".into();
    assert_stopped(&plugin);
}

#[test]
fn an_endless_loop_after_the_answer_is_stopped_by_the_clock() {
    assert_stopped(&WatPlugin::new("loops-in-post-return").with_fields(
        r#"(func (export "cabi_post_autotag:plugin/extractor@1.0.0#extract") (param i32) (loop (br 0)))"#,
    ));
}

#[test]
fn filling_and_copying_all_memory_over_and_over_is_stopped_by_the_clock() {
    // All of the 64 MiB except what the component's tables need.
    let all = 1016 * 65_536;
    for (name, operation) in [
        ("fills-memory", format!("(memory.fill (i32.const 0) (i32.const 1) (i32.const {all}))")),
        ("copies-memory", format!("(memory.copy (i32.const 1) (i32.const 0) (i32.const {}))", all - 1)),
    ] {
        let body = format!("(drop (memory.grow (i32.const 1000))) (loop {operation} (br 0)) unreachable");
        assert_stopped(&WatPlugin::new(name).that_runs(&body));
    }
}

#[test]
fn filling_and_copying_a_large_table_over_and_over_is_stopped_by_the_clock() {
    for (name, operation) in [
        ("fills-a-table", "(table.fill $table (i32.const 0) (ref.func $extract) (i32.const 4000000))"),
        ("copies-a-table", "(table.copy $table $table (i32.const 1) (i32.const 0) (i32.const 3999999))"),
    ] {
        let body = format!(
            "(drop (table.grow $table (ref.null func) (i32.const 4000000))) (loop {operation} (br 0)) unreachable"
        );
        assert_stopped(&WatPlugin::new(name).that_runs(&body).with_fields("(table $table 0 funcref)"));
    }
}

#[test]
fn logging_without_end_is_stopped_by_the_clock() {
    let body = "(loop (call $log (i32.const 1) (i32.const 16) (i32.const 4)) (br 0)) unreachable";
    assert_stopped(&WatPlugin::new("logs-for-ever").with_log().that_runs(body));
}

#[test]
fn a_plugin_that_does_not_end_while_it_loads_does_not_load() {
    let mut plugin = WatPlugin::new("loops-in-describe");
    plugin.describe = Some(LOOP.into());
    assert_stopped_while_loading(&plugin, "describe");
    let mut plugin = WatPlugin::new("loops-in-check-settings");
    plugin.check_settings = Some(LOOP.into());
    assert_stopped_while_loading(&plugin, "check-settings");
    let plugin = WatPlugin::new("loops-in-start").with_fields("(func $start (loop (br 0))) (start $start)");
    assert_stopped_while_loading(&plugin, "describe");
}

#[test]
fn a_plugin_that_takes_long_but_not_too_long_answers() {
    let counts = format!(
        "(local $left i64) (local.set $left (i64.const 10000000))
        (loop (br_if 0 (i64.ne (local.tee $left (i64.sub (local.get $left) (i64.const 1))) (i64.const 0)))) {NOTHING}"
    );
    assert_tags_nothing(&Harness::of(&WatPlugin::new("counts").that_runs(&counts)).unhurried());
}
