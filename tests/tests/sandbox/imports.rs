//! Plugins with forbidden imports.

use autotag_sandbox::FileError;
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};

use super::verdict::{assert_does_not_load, assert_fails, assert_tags_nothing, trap};

/// A plugin whose world has this interface, and that imports this function of it.
fn imports(interface: &str, function: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new("imports-much");
    plugin.world = format!("import {interface};");
    plugin.imports = format!(r#"(import "{interface}" {function})"#);
    plugin
}

const ENVIRONMENT: (&str, &str) = ("wasi:cli/environment@0.2.0", r#""get-environment" (func (param i32))"#);
const SOCKETS: (&str, &str) = ("wasi:sockets/instance-network@0.2.0", r#""instance-network" (func $f (result i32))"#);
const HTTP: (&str, &str) = ("wasi:http/outgoing-handler@0.2.0", r#""handle" (func $f (param i32 i32 i32))"#);
const HTTP_TYPES: (&str, &str) = ("wasi:http/types@0.2.0", r#""[constructor]fields" (func $f (result i32))"#);
const CONFIG: (&str, &str) = ("wasi:config/store@0.2.0", r#""get" (func $f (param i32))"#);

#[test]
fn wasi_without_permission_does_not_load_and_the_error_says_how_it_is_given() {
    let problem = FileError::WasiImport { import: ENVIRONMENT.0.into(), section: "imports-much".into() };
    assert_does_not_load(&Harness::of(&imports(ENVIRONMENT.0, ENVIRONMENT.1)), problem);
}

#[test]
fn sockets_and_http_are_only_linked_with_permission_for_wasi_and_refuse_every_call() {
    let stub = "[plugin.imports-much]\nwasi = \"stub\"";
    for (interface, function) in [SOCKETS, HTTP, HTTP_TYPES] {
        let linked = imports(interface, function).that_runs(NOTHING);
        assert_tags_nothing(&Harness::of(&linked).with(stub));
    }
    let problem = FileError::WasiImport { import: SOCKETS.0.into(), section: "imports-much".into() };
    assert_does_not_load(&Harness::of(&imports(SOCKETS.0, SOCKETS.1)), problem);
    for ((interface, import), function) in [(SOCKETS, "instance-network"), (HTTP_TYPES, "[constructor]fields")] {
        let calls = imports(interface, import).that_runs("(drop (call $f)) unreachable");
        let words = format!("`{interface}#{function}` is not among what `wasi = \"stub\"` gives");
        assert_fails(&Harness::of(&calls).with(stub), trap(&words));
    }
}

#[test]
fn other_interfaces_do_not_load_with_permission_for_wasi_or_without() {
    let plugin = imports(CONFIG.0, CONFIG.1);
    let problem = || FileError::ForbiddenImport { import: CONFIG.0.into() };
    assert_does_not_load(&Harness::of(&plugin), problem());
    assert_does_not_load(&Harness::of(&plugin).with("[plugin.imports-much]\nwasi = \"stub\""), problem());
}

#[test]
fn a_core_module_that_imports_what_is_not_in_its_world_does_not_load() {
    let mut module = WatPlugin::new("imports-env");
    module.imports = r#"(import "env" "system" (func (param i32) (result i32)))"#.into();
    let problem = "failed to resolve import `env::system`: module \
        requires an import interface named `env`";
    assert_does_not_load(&Harness::of(&module), FileError::Componentize(problem.into()));
}

#[test]
fn a_core_modules_import_stays_one_line_and_cannot_steer_a_terminal() {
    let mut module = WatPlugin::new("imports-escapes");
    module.imports = r#"(import "env\1b[31m\n" "system\1b[32m\n" (func (param i32) (result i32)))"#.into();
    let problem = r"failed to resolve import `env\u{1b}[31m\n::system\u{1b}[32m\n`: module requires an import interface named `env\u{1b}[31m\n`";
    assert_does_not_load(&Harness::of(&module), FileError::Componentize(problem.into()));
}
