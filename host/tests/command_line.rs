//! What the host prints about itself: its version, completions and manual pages.
//!
//! Since this is a test of the host's own package, `cargo test` builds the binary for all other tests, too.

#![expect(clippy::unwrap_used, reason = "a test that panics is one that fails")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Output};

use autotag_tests::host::{self, Replay};
use tempfile::tempdir;

fn run(arguments: &[&str]) -> Replay {
    Replay::of(host::command().args(arguments).output().unwrap())
}

/// The stdout of a command that must succeed.
#[track_caller]
fn print(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    run.stdout
}

/// Runs a program on this stdin, unless it is not installed.
fn pipe(program: &str, arguments: &[&str], text: &str) -> Option<Output> {
    // From a file: a program that writes before it has read everything would deadlock on a pipe.
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    Command::new(program).args(arguments).stdin(file).output().ok()
}

/// The commands that `host --help` or the help of one of its commands lists.
fn commands(of: &[&str]) -> Vec<String> {
    let help = print(&[of, &["--help"]].concat());
    let list = help.split_once("\nCommands:\n").map_or("", |(_, list)| list.split("\n\n").next().unwrap());
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

/// `host` and all its commands, as typed.
fn all_commands() -> BTreeSet<String> {
    let (mut all, mut waiting) = (BTreeSet::new(), vec![Vec::<String>::new()]);
    while let Some(path) = waiting.pop() {
        let words: Vec<_> = path.iter().map(String::as_str).collect();
        waiting.extend(commands(&words).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        all.insert([&["host"], words.as_slice()].concat().join("-"));
    }
    all
}

#[test]
fn the_version_names_the_contract_that_plugins_are_made_for() {
    let wit = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/v1/plugin.wit")).unwrap();
    let package = wit.lines().find_map(|line| line.strip_prefix("package ")?.strip_suffix(';')).unwrap();
    let version = format!("host {} (plugins: {package})\n", env!("CARGO_PKG_VERSION"));
    assert_eq!([print(&["--version"]), print(&["-V"])], [version.clone(), version]);
}

#[test]
fn the_contract_that_the_version_names_is_the_one_that_the_projects_plugins_are_made_for() {
    let version = print(&["--version"]);
    for plugin in ["ec2", "rds", "s3"] {
        let file = host::plugins().join(plugin).with_extension("wasm");
        let inspection = print(&["plugin", "inspect", "--format", "json", file.to_str().unwrap()]);
        let inspection: serde_json::Value = serde_json::from_str(&inspection).unwrap();
        let contract = inspection["contract"].as_str().unwrap();
        assert!(version.contains(&format!("(plugins: {contract})")), "{plugin} is made for {contract}: {version}");
    }
}

#[test]
fn every_shell_gets_completions_that_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = print(&["completions", shell]);
        for command in ["run", "replay", "plugin", "inspect", "completions", "man", "max-in-flight"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn bash_zsh_and_fish_accept_their_completions() {
    let is_accepted = |shell: &str, check: &[&str]| {
        let output = pipe(shell, check, &print(&["completions", shell]))?;
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && problem.is_empty(), "{shell}: {problem}");
        Some(())
    };
    assert_eq!(is_accepted("bash", &["-n"]), Some(()), "every machine that tests has bash");
    let _ = (is_accepted("zsh", &["-n"]), is_accepted("fish", &["--no-execute"]));
}

/// What bash does when the user presses tab.
#[test]
fn bash_completes_commands_and_flags() {
    let complete = |words: &str, last: usize| {
        let script = print(&["completions", "bash"]);
        let ask = format!(
            "COMP_WORDS=({words}) COMP_CWORD={last}\n\
             _host host \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last}-1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        );
        let output = pipe("bash", &["--norc"], &format!("{script}{ask}")).unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("host re", 1), ["replay"]);
    assert_eq!(complete("host plugin in", 2), ["inspect"]);
    assert_eq!(complete("host replay --form", 2), ["--format"]);
    assert_eq!(complete("host replay --format j", 3), ["json"]);
}

#[test]
fn a_shell_that_is_not_known_is_refused_with_those_that_are() {
    let run = run(&["completions", "tcsh"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    for shell in ["tcsh", "bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(run.stderr.contains(shell), "{}", run.stderr);
    }
}

#[test]
fn there_is_a_manual_page_for_the_host_and_for_every_command() {
    let folder = tempdir().unwrap();
    let pages = folder.path().join("share/man/man1");
    print(&["man", "--out", pages.to_str().unwrap()]);
    let files = fs::read_dir(&pages).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> = files.map(|name| name.strip_suffix(".1").expect("section 1").to_owned()).collect();
    assert_eq!(files, all_commands());
    assert!(files.contains("host-plugin-inspect"), "{files:?}");
    assert_eq!(fs::read_to_string(pages.join("host.1")).unwrap(), print(&["man"]));
}

#[test]
fn manual_pages_render_without_a_complaint() {
    let folder = tempdir().unwrap();
    print(&["man", "--out", folder.path().to_str().unwrap()]);
    for file in fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()) {
        let page = fs::read_to_string(&file).unwrap();
        assert!(page.contains("\n.SH NAME\n") && page.contains("\n.SH SYNOPSIS\n"), "{}", file.display());
        let Some(output) = pipe("groff", &["-man", "-Tutf8", "-ww"], &page) else { continue };
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && complaint.is_empty(), "{}: {complaint}", file.display());
    }
}

#[test]
fn the_manual_page_of_run_names_flags_and_the_variables_that_stand_for_them() {
    let folder = tempdir().unwrap();
    print(&["man", "--out", folder.path().to_str().unwrap()]);
    let page = fs::read_to_string(folder.path().join("host-run.1")).unwrap().replace('\\', "");
    for word in ["--queue-url", "AUTOTAG_QUEUE_URL", "--max-in-flight", "AUTOTAG_MAX_IN_FLIGHT"] {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let run = run(&["man", "--out", file.join("man1").to_str().unwrap()]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.starts_with(&format!("error: cannot make {}", file.display())), "{}", run.stderr);
}
