//! `host plugin inspect`.

use super::*;

#[test]
fn it_shows_what_a_plugin_declares_imports_and_takes() {
    let folder = tested();
    let words = ["tagger 0.1.0", "autotag:plugin@1.0.0", "PrincipalId", r#""eventName": ["RunInstances"]"#];
    assert_status(&plugin(folder.path(), ["inspect", "tagger.wasm"]), 0, &words);
    let result = plugin(folder.path(), ["inspect", "tagger.wasm", "--format", "json"]).result();
    assert_eq!(result["refused"], Value::Null);
    assert_eq!(result["events"], json!(["RunInstances"]));
    assert_eq!(result["bytes"], fs::metadata(folder.path().join("tagger.wasm")).unwrap().len());
    assert!(result["compile_micros"].as_u64() > Some(0) && result["describe"]["micros"].as_u64() > Some(0), "{result}");
}

#[test]
fn of_a_refused_file_it_shows_what_was_found_out_before() {
    let folder = folder();
    let inspect = |file: &str| {
        let ended = plugin(folder.path(), ["inspect", file, "--format", "json"]);
        assert_eq!(ended.status, 1, "{ended:?}");
        ended.result()
    };
    write(folder.path(), "text.wasm", "no WebAssembly");
    let text = inspect("text.wasm");
    assert_eq!((&text["refused"], &text["sha256"]), (&json!("not WebAssembly"), &Value::Null));

    // It is a component of another world: its exports are known, but none was called.
    fs::write(folder.path().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    let empty = inspect("empty.wasm");
    assert!(empty["refused"].as_str().unwrap().starts_with("not an autotag plugin"), "{empty}");
    assert_eq!((&empty["imports"], &empty["name"]), (&json!([]), &Value::Null));
    assert_eq!(empty["sha256"].as_str().map(str::len), Some(64));

    let mut keyless = WatPlugin::new("keyless");
    keyless.tag_keys.clear();
    keyless.write(folder.path());
    let keyless = inspect("keyless.wasm");
    assert_eq!((&keyless["name"], &keyless["tag_keys"]), (&json!("keyless"), &Value::Null));
    assert_eq!(keyless["refused"], "it declares no tag key");
    let words = ["keyless 0.1.0", "Refused: it declares no tag key"];
    assert_status(&plugin(folder.path(), ["inspect", "keyless.wasm"]), 1, &words);
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    assert_status(&plugin(folder().path(), ["inspect", "x.wasm"]), 2, &["x.wasm is not there or not a file"]);
}
