//! Files that are not plugins.

use std::os::unix::fs::symlink;
use std::{fs, io};

use autotag_sandbox::{Bound, FileError, LoadError};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::WatPlugin;
use autotag_tests::wat_plugin::nested::{COMPONENT, HEADER, section, with_custom_section, with_nested};

use super::in_process::Host;
use super::verdict::{self, assert_fails_to_load, assert_same, assert_tags_nothing, exceeded, why_not_loaded};

#[track_caller]
fn assert_does_not_load(file: &[u8], problem: FileError) {
    verdict::assert_does_not_load(&Harness::of_file("plugin", file), problem);
}

/// The parser says what is wrong with it.
#[track_caller]
fn assert_is_damaged(file: &[u8]) {
    assert_fails_to_load(&Harness::of_file("plugin", file), |problem| matches!(problem, FileError::Damaged(_)));
}

#[test]
fn a_file_that_is_no_webassembly_does_not_load() {
    assert_does_not_load(b"", FileError::Empty);
    assert_does_not_load(b"#!/bin/sh\n", FileError::NotWasm);
    assert_does_not_load(b"\0as", FileError::NotWasm);
    let native = fs::read(std::env::current_exe().unwrap()).unwrap();
    assert_does_not_load(&native[..1 << 20], FileError::NotWasm);
}

#[test]
fn native_code_that_wasmtime_itself_has_compiled_does_not_load() {
    let engine = wasmtime::Engine::default();
    let compiled = engine.precompile_component(&WatPlugin::new("plugin").component()).unwrap();
    assert!(compiled.starts_with(b"\x7fELF"));
    assert_does_not_load(&compiled, FileError::NotWasm);
}

#[test]
fn a_truncated_file_does_not_load_wherever_it_ends() {
    let module = WatPlugin::new("plugin").assemble();
    let component = WatPlugin::new("plugin").component();
    for whole in [&module, &component] {
        for part in 1..20 {
            assert_is_damaged(&whole[..whole.len() * part / 20]);
        }
    }
    assert_does_not_load(&module[..8], FileError::NoTypeSection);
    assert_does_not_load(&component[..8], FileError::OtherWorld { exports: "nothing".into() });
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
    assert_does_not_load(&WatPlugin::new("plugin").core_module(), FileError::NoTypeSection);
    assert_does_not_load(&wat::parse_str("(module)").unwrap(), FileError::NoTypeSection);
}

#[test]
fn what_is_no_file_does_not_load() {
    let harness = Harness::of_file("plugin", b"");
    let path = harness.file();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    verdict::assert_does_not_load(&harness, FileError::NotAFile);
    fs::remove_dir(&path).unwrap();
    symlink("/dev/zero", &path).unwrap();
    verdict::assert_does_not_load(&harness, FileError::NotAFile);
    fs::remove_file(&path).unwrap();
    symlink(&path, &path).unwrap();
    // Too many levels of symbolic links.
    verdict::assert_does_not_load(&harness, FileError::Io(io::Error::from_raw_os_error(40)));
}

#[test]
fn a_file_that_is_larger_than_its_bound_does_not_load() {
    let mut large = wat::parse_str("(module)").unwrap();
    large.resize(20_000, 0);
    let harness = Harness::of_file("plugin", &large).limit("file_bytes", 19_999);
    verdict::assert_does_not_load(&harness, exceeded(Bound::FileBytes, 19_999));
    // A sparse file: it takes no disk space, and must take no memory either.
    let harness = Harness::of_file("plugin", b"\0asm\x01\0\0\0");
    fs::File::options().write(true).open(harness.file()).unwrap().set_len(1 << 40).unwrap();
    verdict::assert_does_not_load(&harness, exceeded(Bound::FileBytes, 32 << 20));
}

#[test]
fn a_plugin_that_takes_too_long_to_compile_does_not_load() {
    let function = "(func (param i64) (result i64) local.get 0)";
    let adds = "i64.const 3 i64.mul local.get 0 i64.xor ".repeat(200);
    let large = function.replace("local.get 0)", &format!("local.get 0 {adds})")).repeat(300);
    let plugin = WatPlugin::new("takes-long-to-compile").with_fields(&large);
    let harness = Harness::of(&plugin).limit_all("compile_ms", 1);
    verdict::assert_does_not_load(&harness, exceeded(Bound::Compile, 1));
    assert_tags_nothing(&Harness::of(&plugin).unhurried());
}

#[test]
fn what_the_host_has_switched_off_does_not_load_and_the_error_says_so() {
    for (name, field, words) in [
        ("has-64-bit-memory", "(memory i64 1)", "memory64 (build for wasm32)"),
        // A shared memory could block the host's threads for ever.
        ("has-shared-memory", "(memory 1 1 shared)", "threads: atomics and shared memories"),
        (
            "has-relaxed-simd",
            "(func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle)",
            "relaxed SIMD (build without",
        ),
        (
            "has-garbage",
            "(type $s (struct (field i32))) (func (result (ref $s)) struct.new_default $s)",
            "garbage collection",
        ),
        ("has-exceptions", "(tag $t) (func throw $t)", "exceptions (build with `-fno-exceptions`"),
    ] {
        let harness = Harness::of(&WatPlugin::new(name).with_fields(field));
        let says_so = |problem: &FileError| matches!(problem, FileError::Features(found) if found.contains(words));
        assert_fails_to_load(&harness, says_so);
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
    assert_does_not_load(&component.unwrap(), FileError::OtherWorld { exports: "wasi:cli/run@0.2.0".into() });
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
        &Harness::of_file("exports-much", &component.unwrap()),
        |problem| matches!(problem, FileError::OtherWorld { exports } if exports.starts_with("axxx")),
    );
    let component = wat::parse_str(format!(
        r#"(component (import "a{}" (func)) (instance $e) (export "autotag:plugin/extractor@1.0.0" (instance $e)))"#,
        "x".repeat(50_000)
    ));
    assert_fails_to_load(
        &Harness::of_file("imports-much", &component.unwrap()),
        |problem| matches!(problem, FileError::ForbiddenImport { import } if import.starts_with("axxx")),
    );
    let component = wat::parse_str(format!(
        r#"(component (instance $e) (export "autotag:plugin/extractor@2.0.0-{}" (instance $e)))"#,
        "x".repeat(50_000)
    ));
    assert_fails_to_load(
        &Harness::of_file("is-far-ahead", &component.unwrap()),
        |problem| matches!(problem, FileError::OtherVersion { found } if found.starts_with("2.0.0-xxx")),
    );
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
    let problem = "instance export `autotag:plugin/extractor@1.0.0` does not have export `check-settings`";
    assert_does_not_load(&component.unwrap(), FileError::Contract(problem.into()));
}

#[test]
fn types_that_lie_in_each_other_very_deep_do_not_take_the_host_along() {
    let deep = |depth: usize| {
        let lists: String = (1..depth).map(|number| format!("(type (list {}))", number - 1)).collect();
        format!("(component (type (list u8)) {lists})")
    };
    let plugin = WatPlugin::new("nests-types").component();
    for depth in [1_000, 300_000] {
        let harness = Harness::of_file("nests-types", &with_nested(&plugin, &deep(depth), 1));
        assert_fails_to_load(&harness, |problem| matches!(problem, FileError::Damaged(_)));
    }
    // Another parser reads the type section of a core module.
    let section = wat::parse_str(deep(10_000)).unwrap();
    let harness = Harness::of_file(
        "nests-contract",
        &with_custom_section(&WatPlugin::new("x").assemble(), "component-type:x", &section),
    );
    let words = "decoding custom section component-type:x: type nesting is too deep";
    assert_fails_to_load(
        &harness,
        |problem| matches!(problem, FileError::Componentize(found) if found.starts_with(words)),
    );
}

#[test]
fn components_that_lie_in_each_other_very_deep_do_not_take_the_host_along() {
    let mut nested = HEADER.to_vec();
    for _ in 0..10_000 {
        nested = [&HEADER[..], &section(COMPONENT, &nested)].concat();
    }
    let harness = Harness::of_file("nests-components", &nested).limit_all("compile_ms", 100);
    verdict::assert_does_not_load(&harness, exceeded(Bound::Compile, 100));
}

#[test]
fn two_files_with_the_same_plugin_do_not_load() {
    let twice = WatPlugin::new("twice");
    let harness = Harness::of_file("twice-more", &twice.assemble());
    let (one, other) = (harness.file(), twice.write(&harness.plugins()));
    assert_same(&why_not_loaded(&harness), &LoadError::SameName { name: "twice".into(), one, other });
}

#[test]
fn a_folder_without_plugins_or_that_is_not_there_is_an_error() {
    let harness = Harness::of_nothing("plugin");
    let assert_starts_not = |expected: LoadError| {
        assert_same(&Host::start(&harness).err().unwrap(), &expected);
        let replay = harness.replay();
        assert_eq!((replay.status, replay.stderr, replay.stdout), (2, format!("error: {expected}\n"), String::new()));
    };
    assert_starts_not(LoadError::NoPlugins(harness.plugins()));
    fs::remove_dir(harness.plugins()).unwrap();
    assert_starts_not(LoadError::Folder { path: harness.plugins(), error: io::Error::from_raw_os_error(2) });
}
