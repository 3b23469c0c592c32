//! `host plugin new`: from nothing to a measured plugin.

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

    // Again, with an error: the existing file stays unchanged.
    let before = fs::read(folder.join("my-own.wasm")).unwrap();
    write(&folder, "src/lib.rs", "this is no Rust");
    assert_status(&plugin(&folder, ["build"]), 2, &["cargo build", "failed with status 101"]);
    assert_eq!(fs::read(folder.join("my-own.wasm")).unwrap(), before);
    assert_status(&plugin(&folder, ["test"]), 0, &["src/lib.rs is newer than my-own.wasm", "1 of 1 as expected"]);
}

#[test]
fn inside_a_checkout_it_builds_with_the_checkouts_sdk_and_for_the_api_call_that_it_is_for() {
    let folder = tempfile::tempdir_in(tmp()).unwrap();
    let call = ["--service", "sns", "--call", "CreateTopic", "--id", "topicArn"];
    let new = [&["new", "inside", "deeper/there"], &call[..]].concat();
    assert_status(&plugin(folder.path(), new), 0, &["cd deeper/there", "It tags what CreateTopic makes"]);
    assert!(read(folder.path(), "deeper/there/Cargo.toml").contains("/../plugins/sdk\""));
    assert!(!folder.path().join("deeper/there/autotag").exists());
    let words = ["deeper/there/inside.wasm: ", "ok   create-topic.json: CreateTopic: tag", "1 of 1 as expected"];
    assert_status(&plugin(folder.path(), ["test", "--build", "deeper/there"]), 0, &words);
    let written = plugin(folder.path(), ["new", "other", "other", "--lang", "go", "--json"]).result();
    assert_eq!((&written["name"], &written["language"]), (&json!("other"), &json!("go")));
    assert!(written["files"].as_array().unwrap().contains(&json!("plugin.go")), "{written}");
    write(folder.path(), "deeper/there/src/lib.rs", "this is no Rust");
    assert_status(&plugin(folder.path(), ["test", "--build", "deeper/there"]), 2, &["failed with status 101"]);
}

#[test]
fn the_api_call_that_it_is_for_is_given_as_a_whole() {
    let folder = folder();
    for (given, words) in [
        (&["--service", "sns"][..], "--call"),
        (&["--call", "CreateTopic"], "--service"),
        (
            &["--service", "SNS", "--call", "CreateTopic", "--id", "topicArn"],
            "a service is what CloudTrail's eventSource",
        ),
        (&["--service", "sns", "--call", "CreateTopic", "--id", "$.arn"], "fields with dots between them"),
    ] {
        assert_status(&plugin(folder.path(), [&["new", "topics"], given].concat()), 2, &[words]);
    }
    let queue = ["new", "queues", "--service", "sqs", "--call", "CreateQueue", "--id", "queueUrl"];
    assert_status(&plugin(folder.path(), queue), 0, &["answer an ARN that is put together of it"]);
    // What the guard refuses is nothing to expect.
    assert!(folder.path().join("queues/events/create-queue.json").exists());
    assert!(!folder.path().join("queues/events/create-queue.expected.json").exists());
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
