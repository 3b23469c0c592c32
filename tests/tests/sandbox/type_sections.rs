//! Core modules whose type section is one that wit-bindgen would not write: its parser must not be misled.

use std::path::Path;

use autotag_sandbox::{FileError, LoadError};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::WatPlugin;
use autotag_tests::wat_plugin::nested::{section, with_custom_section};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use super::in_process::put_in_harness;
use super::verdict::{assert_does_not_load, assert_fails_to_load};

/// A plugin's core module with this type section beside its own.
fn with_type_section(name: &str, content: &[u8]) -> Vec<u8> {
    with_custom_section(&WatPlugin::new(name).assemble(), "component-type:more", content)
}

/// The type section for a world in WIT.
fn type_section(wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str(Path::new("world.wit"), wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    wit_component::metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap()
}

/// Replaces one name by another of the same length, everywhere.
fn rename(wasm: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut renamed = wasm.to_vec();
    for at in 0..=wasm.len() - from.len() {
        if wasm[at..].starts_with(from) {
            renamed[at..at + to.len()].copy_from_slice(to);
        }
    }
    renamed
}

fn circle() -> FileError {
    FileError::Componentize("the packages of its types need each other in a circle".into())
}

#[test]
fn packages_that_need_each_other_do_not_take_the_host_along() {
    // A cycle: the world's package exports an interface of another one, which uses types of the world's.
    let module = WatPlugin::new("goes-round").assemble();
    let module = rename(&module, "autotag:plugin/extractor", "autotag:pluein/extractor");
    assert_does_not_load(&Harness::of_file("goes-round", &module), circle());
}

#[test]
fn packages_that_need_each_other_only_in_two_type_sections_do_not_take_the_host_along() {
    let uses = |one: &str, other: &str| {
        type_section(&format!(
            "package x:x{one}; world w {{ import x:{one}/i; }}
            package x:{one} {{ interface i {{ use x:{other}/j.{{t}}; f: func() -> t; }} interface j {{ record t {{ a: u32 }} }} }}
            package x:{other} {{ interface j {{ record t {{ a: u32 }} }} }}"
        ))
    };
    let module = with_type_section("goes-round-twice", &uses("a", "b"));
    let module = with_custom_section(&module, "component-type:and-more", &uses("b", "a"));
    assert_does_not_load(&Harness::of_file("goes-round-twice", &module), circle());
}

#[test]
fn a_fault_of_the_parsers_that_a_file_shows_is_an_error_of_that_file() {
    // Found by the fuzzer: wit-parser panics on an interface that another one uses and that it cannot find.
    let harness = Harness::of_file("plugin", include_bytes!("shows_a_fault.wasm"));
    // Not in the binary as well: its panic message is for the developer who fixes the fault.
    let error = put_in_harness(&harness).unwrap_err();
    assert!(matches!(&*error, LoadError::File { problem: FileError::CompilerPanicked, .. }), "{error:?}");
}

#[test]
fn a_long_line_of_packages_does_not_take_the_host_along() {
    let packages: String = (1..300)
        .map(|number| {
            let before = number - 1;
            format!("package x:p{number} {{ interface i {{ use x:p{before}/i.{{t}}; f: func() -> t; }} }} ")
        })
        .collect();
    let wit = format!(
        "package x:x; world w {{ import x:p299/i; }} package x:p0 {{ interface i {{ record t {{ a: u32 }} }} }} {packages}"
    );
    let harness = Harness::of_file("goes-far", &with_type_section("goes-far", &type_section(&wit)));
    let problem = FileError::Componentize("its types are of 303 packages; the limit is 100".into());
    assert_does_not_load(&harness, problem);
}

#[test]
fn a_type_section_that_is_none_does_not_load() {
    for (name, content) in [
        ("says-nothing", &b""[..]),
        ("says-noise", b"\0asm\x0d\0\x01\0\x07\xff\xff"),
        ("says-a-module", b"\0asm\x01\0\0\0"),
        ("says-an-encoding", &section(0, b"\x16wit-component-encoding\x7f\0")),
    ] {
        let harness = Harness::of_file(name, &with_type_section(name, content));
        assert_fails_to_load(&harness, |problem| matches!(problem, FileError::Componentize(_)));
    }
}
