//! `host plugin build`: what it needs, and what it says if that is missing.

use super::*;

#[test]
fn what_is_missing_is_named_with_how_to_install_it() {
    let nothing = folder();
    for (language, words) in [
        ("rust", "install Rust as https://rustup.rs says"),
        ("javascript", "install it as https://nodejs.org says"),
        ("python", "takes Python 3.10 or newer with venv"),
        ("go", "install it as https://go.dev/dl says"),
    ] {
        let folder = folder();
        plugin(folder.path(), ["new", "mine", ".", "--lang", language]);
        let path = [("PATH", nothing.path().as_os_str())];
        assert_status(&plugin_with(folder.path(), &path, ["build"]), 2, &[words]);
        assert!(!folder.path().join("mine.wasm").exists());
    }
}

#[test]
fn a_folder_without_sources_or_with_two_languages_is_refused() {
    let folder = folder();
    assert_status(&plugin(folder.path(), ["build"]), 2, &["expected one of Cargo.toml, package.json"]);
    assert_status(&plugin(folder.path(), ["build", "nowhere"]), 2, &["nowhere holds no plugin's sources"]);
    write(folder.path(), "Cargo.toml", "");
    write(folder.path(), "go.mod", "");
    assert_status(&plugin(folder.path(), ["build"]), 2, &["could be in Rust or Go"]);
}

/// A plugin's core module, as a compiler without any tool of the component model leaves it.
fn core_module(name: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new(name).that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob")]);
    plugin.imports =
        r#"(import "wasi_snapshot_preview1" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))"#.into();
    plugin
}

#[test]
fn a_core_module_of_any_compiler_becomes_a_plugin() {
    let folder = folder();
    write(folder.path(), "events/launch.json", &envelope(&run_instances()).to_string());
    fs::write(folder.path().join("core.wasm"), core_module("from-core").core_module()).unwrap();
    let built = plugin(folder.path(), ["build", "--core", "core.wasm"]);
    assert_status(&built, 0, &["from-core.wasm: ", "imports autotag:plugin/types@1.0.0\n"]);
    let built = plugin(folder.path(), ["build", "--core", "core.wasm", "--json"]).result();
    assert_eq!((&built["path"], &built["name"]), (&json!("./from-core.wasm"), &json!("from-core")));
    fs::remove_file(folder.path().join("core.wasm")).unwrap();
    assert_status(&plugin(folder.path(), ["test", "--accept"]), 0, &["1 of 1 as expected"]);
    assert!(read(folder.path(), "events/launch.expected.json").contains("\"Owner\": \"bob\""));
}

#[test]
fn the_contracts_functions_may_be_called_as_a_language_can_write_them() {
    for names in [["describe", "check_settings", "extract"], ["describe", "checkSettings", "extract"]] {
        let folder = folder();
        let text = core_module("short-names").core_text();
        let text = ["describe", "check-settings", "extract"]
            .iter()
            .zip(names)
            .fold(text, |text, (long, short)| text.replace(&format!("autotag:plugin/extractor@1.0.0#{long}"), short));
        fs::write(folder.path().join("module.wasm"), wat::parse_str(text).unwrap()).unwrap();
        assert_status(&plugin(folder.path(), ["build", "--core", "module.wasm"]), 0, &["short-names.wasm: "]);
    }
}

#[test]
fn what_is_no_core_module_of_a_plugin_is_refused_and_nothing_is_replaced() {
    let folder = folder();
    let core = core_module("mine").core_module();
    fs::write(folder.path().join("mine.wasm"), &core).unwrap();
    let words = ["the plugin would replace", "call the core module otherwise"];
    assert_status(&plugin(folder.path(), ["build", "--core", "mine.wasm"]), 2, &words);
    assert_eq!(fs::read(folder.path().join("mine.wasm")).unwrap(), core);
    // Where compilers put what they make, under the name of the folder or of the plugin.
    for name in ["mine", folder.path().file_name().unwrap().to_str().unwrap()] {
        let file = format!("build/{name}.wasm");
        fs::write(folder.path().join(&file), &core).unwrap();
        fs::remove_file(folder.path().join("mine.wasm")).unwrap();
        assert_status(&plugin(folder.path(), ["build", "--core", &file]), 0, &["mine.wasm: "]);
        assert_eq!(fs::read(folder.path().join(&file)).unwrap(), core);
    }
    fs::write(folder.path().join("component.wasm"), WatPlugin::new("mine").component()).unwrap();
    write(folder.path(), "text.wasm", "(module)");
    fs::write(folder.path().join("empty.wasm"), wat::parse_str("(module)").unwrap()).unwrap();
    for (file, words) in [
        ("nowhere.wasm", "cannot read nowhere.wasm"),
        ("component.wasm", "it is a component already"),
        ("text.wasm", "it is not WebAssembly"),
        ("empty.wasm", "failed to find export of interface `autotag:plugin/extractor@1.0.0` function `describe`"),
    ] {
        assert_status(&plugin(folder.path(), ["build", "--core", file]), 2, &[words]);
    }
}
