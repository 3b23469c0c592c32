//! Plugins that trap.

use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};

use super::verdict::{assert_fails, assert_tags_nothing, gave_up, trap};

#[test]
fn a_trap_is_a_failure_that_names_it() {
    let table = "(type $other (func)) (table $table 2 funcref) (elem (table $table) (i32.const 0) func $extract)";
    for (name, body, words) in [
        ("gives-up", "unreachable", "wasm `unreachable` instruction executed"),
        ("reads-out-of-bounds", "i32.const -4 i32.load", "out of bounds memory access"),
        (
            "fills-out-of-bounds",
            "(memory.fill (i32.const 0) (i32.const 0) (i32.const -1)) unreachable",
            "out of bounds memory access",
        ),
        (
            "reads-beyond-its-table",
            "i32.const 2 table.get $table ref.is_null",
            "undefined element: out of bounds table access",
        ),
        (
            "calls-beyond-its-table",
            "i32.const 2 call_indirect $table (type $other) unreachable",
            "undefined element: out of bounds table access",
        ),
        ("calls-nothing", "i32.const 1 call_indirect $table (type $other) unreachable", "uninitialized element"),
        (
            "calls-the-wrong-type",
            "i32.const 0 call_indirect $table (type $other) unreachable",
            "indirect call type mismatch",
        ),
        ("divides-by-zero", "i32.const 1 i32.const 0 i32.div_s", "integer divide by zero"),
        ("overflows", "i32.const 0x80000000 i32.const -1 i32.div_s", "integer overflow"),
        ("converts-no-number", "f32.const nan i32.trunc_f32_s", "invalid conversion to integer"),
    ] {
        let plugin = WatPlugin::new(name).that_runs(body).with_fields(table);
        assert_fails(&Harness::of(&plugin).unhurried(), trap(&format!("wasm trap: {words}")));
    }
}

#[test]
fn a_panics_text_stands_in_the_error_as_one_line_and_not_longer_than_its_bound() {
    let text = r#"(data (i32.const 400000) "panicked at src/lib.rs:7:5:\0aan \1b[31mowner\1b[0m")"#;
    let body = "(call $log (i32.const 3) (i32.const 400000) (i32.const 45)) unreachable";
    let plugin = WatPlugin::new("panics").with_log().with_fields(text).that_runs(body);
    let harness = || Harness::of(&plugin).unhurried();
    assert_fails(&harness(), gave_up(r"panicked at src/lib.rs:7:5:\nan \u{1b}[31mowner\u{1b}[0m"));
    assert_fails(&harness().limit("panic_bytes", 11), gave_up("panicked at…"));
    assert_fails(&harness().limit("panic_bytes", 0), gave_up("…"));
}

#[test]
fn the_last_words_of_a_plugin_that_dies_later_are_the_last_run_of_lines_it_logged_as_errors() {
    let log = |level: u32, at: u32, length: u32| {
        format!("(call $log (i32.const {level}) (i32.const {at}) (i32.const {length}))")
    };
    let (first, last) = (log(3, 400_000, 5), log(3, 400_005, 4));
    let says = |lines: &[&str]| {
        let plugin = WatPlugin::new("says-much").with_log().with_fields(r#"(data (i32.const 400000) "firstlast")"#);
        Harness::of(&plugin.that_runs(&(lines.join(" ") + " unreachable"))).unhurried()
    };
    let info = log(1, 400_000, 5);
    assert_fails(&says(&[&first, &last, &info]), gave_up(r"first\nlast"));
    assert_fails(&says(&[&first, &info, &last, &info]), gave_up("last"));
}

#[test]
fn a_plugin_that_calls_the_host_while_the_host_calls_it_is_stopped() {
    let mut plugin = WatPlugin::new("logs-in-realloc").with_log();
    plugin.realloc = "(if (i32.gt_u (local.get 3) (i32.const 100))
        (then (call $log (i32.const 1) (i32.const 16) (i32.const 4))))"
        .into();
    assert_fails(&Harness::of(&plugin).unhurried(), trap("wasm trap: cannot leave component instance"));
}

#[test]
fn memory_for_the_event_that_lies_nowhere_is_a_failure() {
    let mut plugin = WatPlugin::new("allocates-nowhere");
    plugin.realloc = "(if (i32.gt_u (local.get 3) (i32.const 100)) (then (return (i32.const -16))))".into();
    assert_fails(&Harness::of(&plugin).unhurried(), trap("realloc return: beyond end of memory"));
    let mut plugin = WatPlugin::new("allocates-twice");
    plugin.realloc = "(return (i32.const 1024))".into();
    // The plugin may allocate its event wherever it likes.
    assert_tags_nothing(&Harness::of(&plugin.that_runs(NOTHING)).unhurried());
}
