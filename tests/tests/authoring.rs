//! `host plugin`, from an empty folder to a plugin that is measured.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use autotag_tests::events::{envelope, run_instances};
use autotag_tests::host::{Replay, plugin, plugin_with, tmp};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::{Value, json};
use tempfile::TempDir;

const TAGS: &[(&str, &str)] = &[("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO")];

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A plugin's folder: with the plugin `tagger`, which answers a launch with tags, and a launch to test it with.
fn tested() -> TempDir {
    let folder = folder();
    tagger().write(folder.path());
    write(folder.path(), "events/launch.json", &envelope(&run_instances()).to_string());
    folder
}

fn tagger() -> WatPlugin {
    WatPlugin::new("tagger").that_answers(&["i-0123456789abcdef0"], TAGS)
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// All files below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

#[track_caller]
fn assert_status(ended: &Replay, status: i32, words: &[&str]) {
    assert_eq!(ended.status, status, "{ended:?}");
    for words in words {
        assert!(ended.stdout.contains(words) || ended.stderr.contains(words), "`{words}` is not in {ended:?}");
    }
}

mod new {
    use super::*;

    #[test]
    fn a_new_plugin_builds_anywhere_and_passes_its_test_and_can_be_looked_at() {
        let folder = folder();
        assert_status(&plugin(folder.path(), ["new", "my-own"]), 0, &["cd my-own", "host plugin build"]);
        let folder = folder.path().join("my-own");
        let built = plugin(&folder, ["build"]);
        assert_status(&built, 0, &["my-own.wasm: ", "KiB, sha256 ", "imports autotag:plugin/log@1.0.0"]);
        assert!(built.stdout.lines().count() == 1 && built.stdout.starts_with("my-own.wasm: "), "{built:?}");
        assert!(read(&folder, "build/wit/plugin.wit").contains("package autotag:plugin@1.0.0;"));

        assert_status(&plugin(&folder, ["test"]), 0, &["ok   create-key-pair.json: CreateKeyPair: tag", "1 of 1 as"]);
        let inspected = plugin(&folder, ["inspect", "my-own.wasm", "--format", "json"]).result();
        assert_eq!((&inspected["name"], &inspected["version"]), (&json!("my-own"), &json!("1.0.0")));
        assert_eq!(inspected["tag_keys"], json!(["Owner", "PrincipalId"]));
        assert_status(&plugin(&folder, ["list", "."]), 0, &["my-own@1.0.0", "CreateKeyPair, ImportKeyPair"]);
        let bench = ["bench", "my-own.wasm", "events", "--repeat", "20", "--format", "json"];
        let measured = plugin(&folder, bench).result();
        assert_eq!(measured["events"][0]["answer"], "taggings", "{measured}");

        // And again, with a fault: what is there stays as it was.
        let before = fs::read(folder.join("my-own.wasm")).unwrap();
        write(&folder, "src/lib.rs", "this is no Rust");
        assert_status(&plugin(&folder, ["build"]), 2, &["cargo build", "failed with status 101"]);
        assert_eq!(fs::read(folder.join("my-own.wasm")).unwrap(), before);
        assert_status(&plugin(&folder, ["test"]), 0, &["src/lib.rs is newer than my-own.wasm", "1 of 1 as expected"]);
    }

    #[test]
    fn inside_a_checkout_it_builds_with_the_checkouts_sdk() {
        let folder = tempfile::tempdir_in(tmp()).unwrap();
        assert_status(&plugin(folder.path(), ["new", "inside", "deeper/there"]), 0, &["cd deeper/there"]);
        assert!(read(folder.path(), "deeper/there/Cargo.toml").contains("/../plugins/sdk\""));
        assert!(!folder.path().join("deeper/there/autotag").exists());
        assert_status(&plugin(folder.path(), ["build", "deeper/there"]), 0, &["deeper/there/inside.wasm: "]);
        assert_status(&plugin(folder.path(), ["test", "deeper/there"]), 0, &["1 of 1 as expected"]);
    }

    #[test]
    fn in_every_language_it_has_its_own_name_and_events_to_test_with() {
        for (language, sources) in [
            ("rust", ["src/lib.rs", "Cargo.toml"]),
            ("javascript", ["plugin.js", "package.json"]),
            ("python", ["app.py", "requirements.txt"]),
            ("go", ["plugin.go", "go.mod"]),
        ] {
            let folder = folder();
            assert_status(&plugin(folder.path(), ["new", "my-own", ".", "--lang", language]), 0, &["my-own"]);
            let files = files(folder.path());
            for file in sources.iter().chain(&["events/create-key-pair.json", "README.md", ".gitignore"]) {
                assert!(files.iter().any(|other| other == file), "{language}: {file} is not in {files:?}");
            }
            let all: String = files.iter().map(|file| read(folder.path(), file)).collect();
            assert!(all.contains("my-own") && !all.contains("key-pairs-"), "{language}");
        }
    }

    #[test]
    fn a_folder_that_is_not_empty_is_left_as_it_is() {
        let folder = folder();
        write(folder.path(), "mine/notes.txt", "mine");
        assert_status(&plugin(folder.path(), ["new", "mine"]), 2, &["mine is there already and not empty"]);
        assert_status(&plugin(folder.path(), ["new", "x", "mine/notes.txt"]), 2, &["cannot use mine/notes.txt"]);
        assert_eq!(files(folder.path()), ["mine/notes.txt"]);
    }

    #[test]
    fn a_bad_name_is_refused_with_what_a_name_is() {
        let folder = folder();
        for name in ["Mine", "my_own", "1st", "../mine", "my own", ""] {
            assert_status(&plugin(folder.path(), ["new", name]), 2, &["words of lower-case letters and digits"]);
        }
        assert_status(&plugin(folder.path(), ["new", "fn"]), 2, &["choose another name"]);
        assert_status(&plugin(folder.path(), ["new", "mine", "--lang", "cobol"]), 2, &["possible values: rust"]);
        assert!(files(folder.path()).is_empty());
    }
}

mod build {
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
}

mod inspect {
    use super::*;

    #[test]
    fn it_shows_what_a_plugin_declares_imports_and_takes() {
        let folder = tested();
        let words = ["tagger 0.1.0", "autotag:plugin@1.0.0", "PrincipalId", r#""eventName":["RunInstances"]"#, "fuel"];
        assert_status(&plugin(folder.path(), ["inspect", "tagger.wasm"]), 0, &words);
        let result = plugin(folder.path(), ["inspect", "tagger.wasm", "--format", "json"]).result();
        assert_eq!(result["refused"], Value::Null);
        assert_eq!(result["events"], json!(["RunInstances"]));
        assert_eq!(result["bytes"], fs::metadata(folder.path().join("tagger.wasm")).unwrap().len());
        assert!(
            result["compile_micros"].as_u64() > Some(0) && result["describe"]["fuel"].as_u64() > Some(0),
            "{result}"
        );
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

        // It is a component, of another world: what it exports is known, but nothing in it was asked.
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
}

mod list {
    use super::*;

    #[test]
    fn it_shows_each_plugin_of_the_configured_folder() {
        let plugins = tested();
        let variables = [("AUTOTAG_PLUGINS", plugins.path().as_os_str())];
        let words = ["tagger.wasm", "tagger@0.1.0", "RunInstances"];
        assert_status(&plugin_with(folder().path(), &variables, ["list"]), 0, &words);
        assert_status(&plugin(folder().path(), ["list"]), 2, &["set AUTOTAG_PLUGINS"]);
        assert_status(&plugin(folder().path(), ["list", "."]), 2, &["no .wasm file in ."]);
    }

    #[test]
    fn what_is_refused_alone_does_not_hide_what_is_wrong_with_the_others() {
        let folder = tested();
        fs::copy(folder.path().join("tagger.wasm"), folder.path().join("twin.wasm")).unwrap();
        let mut greedy = WatPlugin::new("greedy");
        greedy.tag_keys.push("CostCenter".into());
        greedy.write(folder.path());
        write(folder.path(), "text.wasm", "no WebAssembly");
        // A part of the configuration is about a plugin that is refused: that it is not there is not what is wrong.
        write(folder.path(), "host.toml", "[plugin.text]\nevents = []\n[plugin.gone]\nevents = []\n");

        let ended = plugin(folder.path(), ["list", ".", "--format", "json"]);
        assert_eq!(ended.status, 1, "{ended:?}");
        let result = ended.result();
        let refused: Vec<_> = result["files"].as_array().unwrap().iter().map(|file| file["refused"].as_str()).collect();
        assert_eq!(refused, [None, None, Some("not WebAssembly"), None]);
        let problems: Vec<_> =
            result["problems"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let expected = ["are both the plugin `tagger`", "settings for a plugin `gone`", "the tag key `CostCenter`"];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, words) in problems.iter().zip(expected) {
            assert!(problem.contains(words), "{problem}");
        }
        let words = ["refused: not WebAssembly", "problem: ./tagger.wasm and ./twin.wasm are both the plugin"];
        assert_status(&plugin(folder.path(), ["list", "."]), 1, &words);
    }
}

mod test {
    use super::*;

    #[test]
    fn what_is_accepted_is_expected_from_then_on() {
        let folder = tested();
        let words = ["FAIL launch.json: events/launch.expected.json is not there", "run again with --accept"];
        assert_status(&plugin(folder.path(), ["test"]), 1, &words);
        assert!(!folder.path().join("events/launch.expected.json").exists());

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
        let outcomes: Vec<_> =
            expected.as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
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
        assert_status(&plugin(folder.path(), ["test"]), 2, &["is no list of outcomes", "unknown field `outcom`"]);
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
        for command in [&["test"][..], &["inspect", "tagger.wasm"], &["list", "."], &["bench", "tagger.wasm", "events"]]
        {
            assert_status(&plugin(folder.path(), command), 2, &["`cache` is not taken from a file beside a plugin"]);
        }
    }
}

mod bench {
    use super::*;

    fn bench(folder: &Path, arguments: &[&str]) -> Replay {
        // So that what it leaves behind can be told from what others do.
        let tmp = folder.join("tmp");
        fs::create_dir_all(&tmp).unwrap();
        let arguments = ["bench", "tagger.wasm", "--repeat", "10"].iter().chain(arguments);
        let ended = plugin_with(folder, &[("TMPDIR", tmp.as_os_str())], arguments);
        assert_eq!(files(&tmp), [""; 0]);
        ended
    }

    #[test]
    fn it_measures_loading_and_calls_of_a_fresh_instance() {
        let folder = tested();
        let result = bench(folder.path(), &["events/launch.json", "--format", "json"]).result();
        assert_eq!(result["plugin"], "tagger@0.1.0");
        let number = |value: &Value| value.as_f64().unwrap();
        assert!(number(&result["load_cold_micros"]) >= number(&result["compile_micros"]), "{result}");
        assert!(number(&result["load_warm_micros"]) > 0.0, "{result}");
        let event = &result["events"][0];
        assert_eq!((&event["event"], &event["calls"]), (&json!("RunInstances"), &json!(10)));
        assert!(0.0 < number(&event["p50_micros"]) && number(&event["p50_micros"]) <= number(&event["p99_micros"]));
        assert!(number(&event["fuel"]) > 0.0 && number(&event["peak_memory_bytes"]) >= 1_048_576.0, "{event}");
        let words = ["load from the cache", "RunInstances", "10 calls for each event"];
        assert_status(&bench(folder.path(), &["events/launch.json"]), 0, &words);
    }

    #[test]
    fn an_event_that_the_plugin_would_never_get_is_wrong_usage() {
        let folder = tested();
        let mut record = run_instances();
        record["eventName"] = "CreateVolume".into();
        write(folder.path(), "events/volume.json", &envelope(&record).to_string());
        let words = ["events/volume.json: no event pattern of tagger@0.1.0 matches CreateVolume"];
        assert_status(&bench(folder.path(), &["events"]), 2, &words);
        write(folder.path(), "events/volume.json", "no event");
        assert_status(&bench(folder.path(), &["events"]), 2, &["events/volume.json"]);
    }

    #[test]
    fn what_is_expected_of_events_is_no_event() {
        let folder = tested();
        plugin(folder.path(), ["test", "--accept"]);
        let both = ["events/launch.json", "events/launch.expected.json"];
        assert_status(&bench(folder.path(), &both), 0, &["RunInstances"]);
        assert_status(&bench(folder.path(), &["events"]), 0, &["RunInstances"]);
        assert_status(&bench(folder.path(), &both[1..]), 2, &["no events"]);
    }

    #[test]
    fn a_call_that_fails_is_no_success() {
        let folder = tested();
        tagger().that_runs("unreachable").write(folder.path());
        assert_status(&bench(folder.path(), &["events"]), 1, &["failed: the plugin trapped"]);
    }
}
