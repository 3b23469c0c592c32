//! `host plugin test`: a plugin's answers against the expected ones.

use super::*;

#[test]
fn what_is_accepted_is_expected_from_then_on() {
    let folder = tested();
    let words = ["FAIL launch.json: events/launch.expected.json is not there", "run again with --accept"];
    assert_status(&plugin(folder.path(), ["test"]), 1, &words);
    assert!(!folder.path().join("events/launch.expected.json").exists());
    let told = plugin(folder.path(), ["test", "--json"]);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&told["case"], &told["is_met"]), (&json!("launch.json"), &json!(false)));
    assert!(told["text"].as_str().unwrap().contains("--accept would write"), "{told}");

    let words = ["written to events/launch.expected.json", "1 of 1 as expected"];
    assert_status(&plugin(folder.path(), ["test", "--accept"]), 0, &words);
    let expected = json!([{
        "event": "RunInstances",
        "outcome": "tag",
        "reason": null,
        "taggings": [{
            "resources": ["i-0123456789abcdef0"],
            "related": [],
            "tags": {"Owner": "bob", "PrincipalId": "AIDABOBBOBBOBBOBBOBBO"},
        }],
    }]);
    let written = read(folder.path(), "events/launch.expected.json");
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected);
    let ended = plugin(folder.path(), ["test"]);
    assert_eq!((ended.status, &*ended.stdout), (0, "ok   launch.json: RunInstances: tag\n1 of 1 as expected\n"));
}

#[test]
fn what_differs_is_shown_line_by_line() {
    let folder = tested();
    plugin(folder.path(), ["test", "--accept"]);
    let expected = read(folder.path(), "events/launch.expected.json").replace("\"bob\"", "\"alice\"");
    write(folder.path(), "events/launch.expected.json", &expected);
    let words = ["FAIL launch.json", "-          \"Owner\": \"alice\"", "+          \"Owner\": \"bob\"", "0 of 1"];
    assert_status(&plugin(folder.path(), ["test"]), 1, &words);
}

#[test]
fn an_expected_failure_is_met_whichever_version_fails() {
    let folder = folder();
    write(folder.path(), "events/launch.json", &envelope(&run_instances()).to_string());
    WatPlugin::new("trap").that_runs("unreachable").write(folder.path());
    let trap = "wasm trap: wasm `unreachable` instruction executed";
    let reason = format!("the plugin trapped: {trap}");
    let expected = json!([{"event": "RunInstances", "outcome": "failed", "reason": reason, "taggings": []}]);
    write(folder.path(), "events/launch.expected.json", &expected.to_string());
    assert_status(&plugin(folder.path(), ["test"]), 0, &["ok   launch.json: RunInstances: failed"]);
}

#[test]
fn a_file_may_hold_several_events_and_one_that_is_none() {
    let folder = tested();
    let launch = envelope(&run_instances()).to_string();
    write(folder.path(), "events/launch.json", &format!("{launch}\nno event\n{launch}\n"));
    plugin(folder.path(), ["test", "--accept"]);
    let expected: Value = serde_json::from_str(&read(folder.path(), "events/launch.expected.json")).unwrap();
    let outcomes: Vec<_> = expected.as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["tag", "unreadable", "tag"]);
}

#[test]
fn an_expectation_without_event_or_without_sense_is_no_success() {
    let folder = tested();
    plugin(folder.path(), ["test", "--accept"]);
    write(folder.path(), "events/gone.expected.json", "[]");
    let words = ["FAIL gone.json: there is no events/gone.json for it", "1 of 2"];
    assert_status(&plugin(folder.path(), ["test"]), 1, &words);
    assert_status(&plugin(folder.path(), ["test", "--accept"]), 1, &words);
    fs::remove_file(folder.path().join("events/gone.expected.json")).unwrap();
    write(folder.path(), "events/launch.expected.json", r#"[{"outcom": "tag"}]"#);
    assert_status(&plugin(folder.path(), ["test"]), 1, &["is no list of outcomes", "unknown field `outcom`"]);
    assert_status(&plugin(folder.path(), ["test", "--accept"]), 0, &["1 of 1"]);
}

#[test]
fn without_exactly_one_plugin_or_without_events_there_is_nothing_to_test() {
    let folder = folder();
    assert_status(&plugin(folder.path(), ["test"]), 2, &["no .wasm file in .", "host plugin build"]);
    tagger().write(folder.path());
    assert_status(&plugin(folder.path(), ["test"]), 2, &["events should hold the events to test with"]);
    write(folder.path(), "events/notes.txt", "");
    assert_status(&plugin(folder.path(), ["test"]), 2, &["there is no event", "as *.json"]);
    WatPlugin::new("other").write(folder.path());
    assert_status(&plugin(folder.path(), ["test"]), 2, &["which plugin is to be tested?", "other.wasm"]);
    write(folder.path(), "other.wasm", "no WebAssembly");
    fs::remove_file(folder.path().join("tagger.wasm")).unwrap();
    write(folder.path(), "events/launch.json", "{}");
    assert_status(&plugin(folder.path(), ["test"]), 2, &["other.wasm: not WebAssembly"]);
}

#[test]
fn what_the_plugin_needs_is_said_beside_it_but_not_where_native_code_is_found() {
    let folder = tested();
    plugin(folder.path(), ["test", "--accept"]);
    write(folder.path(), "host.toml", "accounts = ['444455556666']\n");
    assert_status(&plugin(folder.path(), ["test"]), 1, &["+    \"outcome\": \"refused\""]);
    let elsewhere = folder.path().join("other.toml");
    write(folder.path(), "other.toml", "");
    let given = [OsStr::new("test"), OsStr::new("--config"), elsewhere.as_os_str()];
    assert_status(&plugin(folder.path(), given), 0, &["1 of 1"]);
    write(folder.path(), "host.toml", "cache = 'evil'\n");
    for command in [&["test"][..], &["inspect", "tagger.wasm"], &["list", "."], &["bench", "tagger.wasm", "events"]] {
        assert_status(&plugin(folder.path(), command), 2, &["`cache` is not taken from a file beside a plugin"]);
    }
}

#[test]
fn the_name_of_an_event_cannot_steer_a_terminal_or_pass_for_another_line() {
    let folder = tested();
    fs::write(folder.path().join("events").join("x\u{1b}[31m\nok   y.json"), "{}").unwrap();
    let ended = plugin(folder.path(), ["test"]);
    assert!(ended.stdout.contains(r"FAIL x\u{1b}[31m\nok   y.json: "), "{ended:?}");
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
}
