//! `host config`, as an operator sees it.

use std::fs;
use std::process::Command;

use autotag_tests::host::{self, Replay};
use serde_json::{Value, json};
use tempfile::tempdir;

const QUEUE_URL: &str = "https://sqs.eu-central-1.amazonaws.com/111122223333/autotag";

fn config(subcommand: &str) -> Command {
    let mut command = host::command();
    command.args(["config", subcommand]);
    command
}

fn run(command: &mut Command) -> Replay {
    Replay::of(command.output().unwrap())
}

#[test]
fn the_example_is_a_configuration_that_the_host_takes() {
    let example = run(&mut config("example"));
    assert_eq!((example.status, example.stderr.as_str()), (0, ""));
    let folder = tempdir().unwrap();
    let path = folder.path().join("host.toml");
    fs::write(&path, example.stdout.replace("/etc/autotag/plugins", host::plugins().to_str().unwrap())).unwrap();
    let checked = run(config("check").arg("--config").arg(&path));
    assert_eq!((checked.status, checked.stderr.as_str()), (0, ""));
    let words = format!("`host run` would receive from {QUEUE_URL} with ec2@1.0.0, rds@1.0.0, s3@1.0.0\n");
    assert_eq!(checked.stdout, words);
    let checked = run(config("check").arg("--json").arg("--config").arg(&path));
    let json: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(json, json!({"queue_url": QUEUE_URL, "plugins": ["ec2@1.0.0", "rds@1.0.0", "s3@1.0.0"]}));
}

#[test]
fn what_would_keep_the_service_from_starting_is_said_with_the_status_of_wrong_usage() {
    let plugins = host::plugins();
    let without_queue = run(config("check").arg("--plugins").arg(&plugins));
    assert_eq!(without_queue.status, 2);
    assert!(without_queue.stderr.contains("set AUTOTAG_QUEUE_URL"), "{without_queue:?}");
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("broken.wasm"), "").unwrap();
    let broken = run(config("check").args(["--queue-url", QUEUE_URL, "--plugins"]).arg(folder.path()));
    assert!(broken.status == 2 && broken.stderr.contains("broken.wasm: the file is empty"), "{broken:?}");
}

#[test]
fn each_setting_is_shown_with_where_it_comes_from() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("host.toml");
    fs::write(&path, "pollers = 3\nexternal_id = 'sesame'\n[plugin.ec2]\nevents = ['RunInstances']\n").unwrap();
    let mut command = config("show");
    command.arg("--config").arg(&path).env("AUTOTAG_LISTEN", "127.0.0.1:1").args(["--drain-seconds", "30"]);
    let shown = run(&mut command);
    assert_eq!((shown.status, shown.stderr.as_str()), (0, ""));
    let file = path.display().to_string();
    for line in [
        "drain_seconds\t30\t--drain-seconds".to_owned(),
        "listen\t127.0.0.1:1\tAUTOTAG_LISTEN".to_owned(),
        format!("pollers\t3\t{file}"),
        format!("plugin.ec2.events\t[\"RunInstances\"]\t{file}"),
        "wait_seconds\t20\tdefault".to_owned(),
    ] {
        assert!(shown.stdout.lines().any(|shown| shown == line), "{line}:\n{}", shown.stdout);
    }
    assert!(!shown.stdout.contains("sesame"), "{}", shown.stdout);
    let json: Value = serde_json::from_str(&run(command.arg("--json")).stdout).unwrap();
    let pollers = json["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == "pollers").unwrap();
    assert_eq!(*pollers, json!({"key": "pollers", "value": "3", "source": file}));
}

#[test]
fn what_is_meant_is_guessed_only_where_it_is_near() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("host.toml");
    let said = |key: &str| {
        fs::write(&path, format!("{key} = 1\n")).unwrap();
        run(config("show").arg("--config").arg(&path)).stderr
    };
    assert!(said("polers").contains("unknown key `polers`; did you mean `pollers`?"));
    assert!(said("frobnicate").contains("unknown key `frobnicate`; `host config example` prints all"));
}

#[test]
fn a_secret_in_the_environment_is_not_in_the_help() {
    let help = run(host::command().args(["run", "--help"]).env("AUTOTAG_EXTERNAL_ID", "sesame"));
    assert!(help.stdout.contains("AUTOTAG_EXTERNAL_ID") && !help.stdout.contains("sesame"), "{}", help.stdout);
}

#[test]
fn called_by_its_other_name_the_program_says_that_name() {
    let folder = tempdir().unwrap();
    let autotag = folder.path().join("autotag");
    std::os::unix::fs::symlink(host::binary(), &autotag).unwrap();
    let said = |arguments: &[&str]| run(host::command_of(&autotag).args(arguments)).stdout;
    assert!(said(&["--version"]).starts_with("autotag 0."));
    assert!(said(&["replay", "--help"]).contains("Usage: autotag replay"));
    assert!(said(&["completions", "bash"]).contains("complete -F _autotag"));
    assert!(said(&["man"]).contains(".TH autotag 1"));
    let empty = tempdir().unwrap();
    let lost = run(host::command_of(&autotag).args(["plugin", "test"]).current_dir(empty.path()));
    assert!(lost.stderr.contains("build it with `autotag plugin build"), "{lost:?}");
    for arguments in [&["--help"][..], &["doctor", "--help"], &["completions", "--help"], &["plugin", "test", "--help"]]
    {
        let help = said(arguments);
        assert!(help.contains("autotag ") && !help.contains("`host ") && !help.contains("  host "), "{help}");
    }
    assert!(said(&["completions", "--help"]).contains("/_autotag, with"));
    let new = run(host::command_of(&autotag).args(["plugin", "new", "mine"]).current_dir(empty.path()));
    assert!(new.stdout.contains("  autotag plugin build   makes"), "{new:?}");
    let readme = fs::read_to_string(empty.path().join("mine/README.md")).unwrap();
    assert!(readme.contains("\nautotag plugin build") && !readme.contains("host plugin"), "{readme}");
    let found = said(&["doctor", "--queue-url", QUEUE_URL, "--plugins", "nowhere"]);
    assert!(found.contains("`autotag run` does not start"), "{found}");
    let checked = said(&["config", "check", "--queue-url", QUEUE_URL, "--plugins", host::plugins().to_str().unwrap()]);
    assert!(checked.starts_with("`autotag run` would receive from"), "{checked}");
    assert!(run(host::command().arg("--version")).stdout.starts_with("host 0."));
}
