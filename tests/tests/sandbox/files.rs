//! Files that are no plugins.

use std::fs;
use std::os::unix::fs::symlink;

use autotag_tests::trial::Trial;
use autotag_tests::wat_plugin::WatPlugin;
use autotag_tests::wat_plugin::nested::{COMPONENT, HEADER, section, with_custom_section, with_nested};

#[track_caller]
fn assert_does_not_load(file: &[u8], problem: &str) {
    Trial::of_file("plugin", file).assert_does_not_load(problem);
}

/// The error is one line that begins like this; what wasmtime says of it follows.
#[track_caller]
fn assert_fails_to_load(trial: &Trial, words: &str) {
    let replay = trial.replay();
    assert!(replay.stderr.contains(words), "{}", replay.stderr);
    assert_eq!((replay.status, replay.stderr.lines().count(), replay.stdout.as_str()), (2, 1, ""));
    assert!(replay.stderr.len() < 8192, "{}", replay.stderr.len());
}

#[track_caller]
fn assert_is_damaged(file: &[u8]) {
    assert_fails_to_load(&Trial::of_file("plugin", file), "plugin.wasm: damaged or incomplete WebAssembly: ");
}

const NO_TYPE_SECTION: &str =
    "a core module without the type section that wit-bindgen embeds; build it with wit-bindgen, or make it a component";

#[test]
fn a_file_that_is_no_webassembly_does_not_load() {
    assert_does_not_load(b"", "the file is empty");
    assert_does_not_load(b"#!/bin/sh\n", "not WebAssembly");
    assert_does_not_load(b"\0as", "not WebAssembly");
    let native = fs::read(std::env::current_exe().unwrap()).unwrap();
    assert_does_not_load(&native[..1 << 20], "not WebAssembly");
}

#[test]
fn native_code_that_wasmtime_itself_has_compiled_does_not_load() {
    let engine = wasmtime::Engine::default();
    let compiled = engine.precompile_component(&WatPlugin::new("plugin").component()).unwrap();
    assert!(compiled.starts_with(b"\x7fELF"));
    assert_does_not_load(&compiled, "not WebAssembly");
}

#[test]
fn a_truncated_file_does_not_load_wherever_it_ends() {
    let module = WatPlugin::new("plugin").assemble();
    let component = WatPlugin::new("plugin").component();
    for whole in [&module, &component] {
        for part in 1..20 {
            assert_fails_to_load(&Trial::of_file("plugin", &whole[..whole.len() * part / 20]), "plugin.wasm: ");
        }
        assert_is_damaged(&whole[..whole.len() / 2]);
    }
    assert_does_not_load(&module[..8], NO_TYPE_SECTION);
    assert_does_not_load(
        &component[..8],
        "not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but nothing",
    );
}

#[test]
fn noise_behind_the_right_header_does_not_load() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for header in [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"] {
        let noise: Vec<u8> = header.iter().copied().chain((0..4096).map(|_| noise())).collect();
        assert_is_damaged(&noise);
    }
    assert_is_damaged(b"\0asm");
    assert_is_damaged(b"\0asm\xff\xff\xff\xff");
}

#[test]
fn a_core_module_that_does_not_say_what_it_is_does_not_load() {
    assert_does_not_load(&WatPlugin::new("plugin").core_module(), NO_TYPE_SECTION);
    assert_does_not_load(&wat::parse_str("(module)").unwrap(), NO_TYPE_SECTION);
}

#[test]
fn what_is_no_file_does_not_load() {
    let trial = Trial::of_file("plugin", b"");
    let path = trial.plugins().join("plugin.wasm");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    trial.assert_does_not_load("not a file");
    fs::remove_dir(&path).unwrap();
    symlink("/dev/zero", &path).unwrap();
    trial.assert_does_not_load("not a file");
    fs::remove_file(&path).unwrap();
    symlink(&path, &path).unwrap();
    trial.assert_does_not_load("cannot be read: Too many levels of symbolic links (os error 40)");
}

#[test]
fn a_file_that_is_larger_than_its_bound_does_not_load() {
    let mut large = wat::parse_str("(module)").unwrap();
    large.resize(2000, 0);
    let trial = Trial::of_file("plugin", &large);
    trial.limit("file_bytes", 1999).assert_does_not_load("the file is larger than 1999 bytes (limits.file_bytes)");
    // No disk space is taken for what is not there, and no memory either.
    let trial = Trial::of_file("plugin", b"\0asm\x01\0\0\0");
    fs::File::options().write(true).open(trial.plugins().join("plugin.wasm")).unwrap().set_len(1 << 40).unwrap();
    trial.assert_does_not_load("the file is larger than 33554432 bytes (limits.file_bytes)");
}

#[test]
fn a_plugin_that_takes_too_long_to_compile_does_not_load() {
    let function = "(func (param i64) (result i64) local.get 0)";
    let adds = "i64.const 3 i64.mul local.get 0 i64.xor ".repeat(200);
    let large = function.replace("local.get 0)", &format!("local.get 0 {adds})")).repeat(300);
    let plugin = WatPlugin::new("takes-long-to-compile").with_fields(&large);
    Trial::of(&plugin)
        .limit("compile_ms", 1)
        .assert_does_not_load("it took longer than 1 ms to compile (limits.compile_ms)");
    assert_eq!(Trial::of(&plugin).unhurried().result()["outcome"], "skip");
}

#[test]
fn what_the_host_has_switched_off_does_not_load_and_the_error_says_so() {
    for (name, field, problem) in [
        ("has-64-bit-memory", "(memory i64 1)", "memory64 must be enabled for 64-bit memories"),
        // It could wait in the host's threads for what never comes.
        ("has-shared-memory", "(memory 1 1 shared)", "threads must be enabled for shared memories"),
        (
            "has-relaxed-simd",
            "(func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle)",
            "relaxed SIMD support is not enabled",
        ),
        (
            "has-garbage",
            "(type $s (struct (field i32))) (func (result (ref $s)) struct.new_default $s)",
            "cannot define struct types when gc types are disabled",
        ),
        ("has-exceptions", "(tag $t) (func throw $t)", "exceptions proposal not enabled"),
    ] {
        let trial = Trial::of(&WatPlugin::new(name).with_fields(field));
        assert_fails_to_load(&trial, &format!("{name}.wasm: WebAssembly that this host does not run: "));
        assert_fails_to_load(&trial, problem);
    }
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
fn the_error_is_short_however_long_the_names_are_that_a_component_exports_or_imports() {
    let name = |number: usize| format!("a{}-{number}", "x".repeat(1000));
    let exports: String = (0..500).map(|number| format!(r#"(export "{}" (instance $e))"#, name(number))).collect();
    let component = wat::parse_str(format!(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f"))) (instance $e (export "run" (func $f))) {exports})"#
    ));
    assert_fails_to_load(
        &Trial::of_file("exports-much", &component.unwrap()),
        "not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but axxx",
    );
    let component = wat::parse_str(format!(
        r#"(component (import "a{}" (func)) (instance $e) (export "autotag:plugin/extractor@1.0.0" (instance $e)))"#,
        "x".repeat(50_000)
    ));
    assert_fails_to_load(&Trial::of_file("imports-much", &component.unwrap()), "imports axxx");
    let component = wat::parse_str(format!(
        r#"(component (instance $e) (export "autotag:plugin/extractor@2.0.0-{}" (instance $e)))"#,
        "x".repeat(50_000)
    ));
    assert_fails_to_load(&Trial::of_file("is-far-ahead", &component.unwrap()), "made for version 2.0.0-xxx");
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
    assert_does_not_load(
        &component.unwrap(),
        "does not match the contract autotag:plugin@1.0.0: instance export `autotag:plugin/extractor@1.0.0` does not have \
         export `check-settings`",
    );
}

#[test]
fn types_that_lie_in_each_other_very_deep_do_not_take_the_host_along() {
    let deep = |depth: usize| {
        let lists: String = (1..depth).map(|number| format!("(type (list {}))", number - 1)).collect();
        format!("(component (type (list u8)) {lists})")
    };
    let plugin = WatPlugin::new("nests-types").component();
    for depth in [1_000, 300_000] {
        let trial = Trial::of_file("nests-types", &with_nested(&plugin, &deep(depth), 1));
        assert_fails_to_load(&trial, "nests-types.wasm: damaged or incomplete WebAssembly: ");
    }
    // The type section of a core module is read by somebody else.
    let section = wat::parse_str(deep(10_000)).unwrap();
    let trial = Trial::of_file(
        "nests-contract",
        &with_custom_section(&WatPlugin::new("x").assemble(), "component-type:x", &section),
    );
    let words = "the core module cannot be made into a component: decoding custom section component-type:x: type nesting is \
        too deep";
    assert_fails_to_load(&trial, words);
}

#[test]
fn components_that_lie_in_each_other_very_deep_do_not_take_the_host_along() {
    let mut nested = HEADER.to_vec();
    for _ in 0..20_000 {
        nested = [&HEADER[..], &section(COMPONENT, &nested)].concat();
    }
    Trial::of_file("nests-components", &nested)
        .limit("compile_ms", 500)
        .assert_does_not_load("it took longer than 500 ms to compile (limits.compile_ms)");
}

#[test]
fn two_files_with_the_same_plugin_do_not_load() {
    let trial = Trial::of(&WatPlugin::new("twice"));
    fs::copy(trial.plugins().join("twice.wasm"), trial.plugins().join("once-more.wasm")).unwrap();
    assert_fails_to_load(&trial, "twice.wasm are both the plugin `twice`; remove one of them");
}

#[test]
fn a_folder_without_plugins_or_that_is_not_there_is_an_error() {
    let trial = Trial::of_nothing("plugin");
    assert!(trial.replay().stderr.contains("expected at least one .wasm file"));
    fs::remove_dir(trial.plugins()).unwrap();
    let replay = trial.replay();
    assert!(replay.stderr.contains("cannot read the plugin folder"), "{}", replay.stderr);
    assert_eq!((replay.status, replay.stdout.as_str()), (2, ""));
}
