//! The exact messages of the errors. Other tests tell errors apart by their types, and check that the binary prints
//! what the library says.

use std::io;

use autotag_core::guard::{Conflict, Refusal};
use autotag_core::pattern::PatternError;
use autotag_core::resource::{Resource, ResourceId};
use autotag_sandbox::{Bound, Digest, FileError, InvocationError, InvocationProblem, LoadError, ManifestError};

use super::verdict::{exceeded, gave_up, in_call, trap};

#[track_caller]
fn assert_says(error: impl ToString, message: &str) {
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_bound_is_named_with_its_value_and_its_key() {
    assert_says(exceeded(Bound::Time, 250), "it ran longer than 250 ms (limits.time_ms)");
    assert_says(exceeded(Bound::Memory, 9), "it asked for more than 9 bytes of memory (limits.memory_bytes)");
    assert_says(exceeded(Bound::AnswerBytes, 9), "it handed over more than 9 bytes (limits.answer_bytes)");
    assert_says(exceeded(Bound::Results, 9), "it answered more than 9 taggings and resources (limits.results)");
    assert_says(exceeded(Bound::FileBytes, 9), "the file is larger than 9 bytes (limits.file_bytes)");
    assert_says(exceeded(Bound::Compile, 9), "it took longer than 9 ms to compile (limits.compile_ms)");
    assert_says(exceeded(Bound::LogLines, 9), "it wrote more than 9 lines (limits.log_lines)");
    assert_says(exceeded(Bound::LogLineBytes, 9), "it wrote a line of more than 9 bytes (limits.log_line_bytes)");
    assert_says(exceeded(Bound::PanicBytes, 9), "its last words were longer than 9 bytes (limits.panic_bytes)");
}

#[test]
fn a_call_without_an_answer_says_whose_it_was_and_whether_it_was_stopped_or_stopped_itself() {
    let says = |problem: InvocationProblem, message: &str| {
        let error = InvocationError { plugin: "p@0.1.0".into(), event_id: "e".into(), problem };
        assert_says(error, &format!("plugin p@0.1.0, event e: {message}"));
    };
    says(exceeded(Bound::Time, 250).into(), "the plugin was stopped: it ran longer than 250 ms (limits.time_ms)");
    says(trap("wasm trap: integer overflow"), "the plugin trapped: wasm trap: integer overflow");
    says(
        gave_up("no owner"),
        "the plugin trapped: wasm trap: wasm `unreachable` instruction executed; its last words: no owner",
    );
}

#[test]
fn a_file_that_is_no_plugin_is_named_with_what_is_wrong_and_where_possible_what_to_do() {
    let says = |problem: FileError, message: &str| {
        assert_says(LoadError::File { path: "p/x.wasm".into(), problem }, &format!("p/x.wasm: {message}"));
    };
    says(FileError::Io(io::Error::from_raw_os_error(2)), "cannot be read: No such file or directory (os error 2)");
    says(FileError::NotAFile, "not a file");
    says(FileError::Empty, "the file is empty");
    says(exceeded(Bound::FileBytes, 9).into(), "the file is larger than 9 bytes (limits.file_bytes)");
    says(FileError::NotWasm, "not WebAssembly");
    says(FileError::Damaged("why".into()), "damaged or incomplete WebAssembly: why");
    says(FileError::Unsupported("why".into()), "WebAssembly that this host does not run: why");
    says(FileError::Features("exceptions".into()), "needs what this host does not run: exceptions");
    says(
        FileError::NoTypeSection,
        "a core module that does not say what it implements; `plugin build --core FILE` makes a plugin of it",
    );
    says(FileError::Componentize("why".into()), "the core module cannot be made into a component: why");
    says(FileError::Contract("why".into()), "does not match the contract autotag:plugin@1.0.0: why");
    says(
        FileError::OtherVersion { found: "2.0.0".into() },
        "made for version 2.0.0 of the contract; this host knows version 1: rebuild the plugin, or use another host",
    );
    says(
        FileError::OtherWorld { exports: "nothing".into() },
        "not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but nothing",
    );
    says(
        FileError::CompilerBusy,
        "not compiled yet: the compiler is still busy with files that took too long; it is tried again, and if none of them ever \
         ends, a restart of the host helps",
    );
    says(FileError::NoThreads("why".into()), "cannot be compiled: why");
    says(FileError::CompilerPanicked, "the compiler failed on it; please report that");
    says(in_call("describe", trap("why")), "describe: the plugin trapped: why");
    says(FileError::Settings("why".into()), "the plugin refuses its settings: why");
}

#[test]
fn a_file_that_the_operator_does_not_allow_is_named_with_what_would_allow_it() {
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let (found, section) = (Digest::of(b"abc"), || "x".to_owned());
    assert_says(
        FileError::OtherDigest { section: section(), found, pinned: "a or b".into() },
        &format!(
            "its SHA-256 is {digest}, but `sha256` in [plugin.x] pins a or b; if the file is the right one, put its digest there"
        ),
    );
    assert_says(
        FileError::NotPinned { section: section(), found },
        &format!(
            "it is not pinned, and `require_pins` is set; if you trust it, set `sha256 = \"{digest}\"` in [plugin.x]"
        ),
    );
    assert_says(
        FileError::ForbiddenImport { import: "a:b/c".into() },
        "imports a:b/c, which a plugin may not have; the only import is autotag:plugin/log@1.0.0",
    );
    assert_says(
        FileError::WasiImport { import: "wasi:cli/exit@0.2.0".into(), section: section() },
        "imports wasi:cli/exit@0.2.0, which a plugin may not have; if it is only its language that wants it, build it \
         without WASI (componentize-py and componentize-qjs: --stub-wasi; componentize-js: -d all), or set \
         `wasi = \"stub\"` in [plugin.x], and it gets it with nothing behind it",
    );
    assert_says(
        FileError::OtherName { name: "x".into(), section: section() },
        "the plugin in it calls itself `x`, but [plugin.x] is set for a file of this name: rename the file to x.wasm, and set \
         [plugin.x] if the same is to hold for it",
    );
    assert_says(
        FileError::FileName { name: "x".into() },
        "the plugin in it calls itself `x`: rename the file to x.wasm, since `sha256`, `wasi` and `limits` of [plugin.x] must be \
         found before it runs",
    );
}

#[test]
fn what_a_plugin_must_not_say_of_itself_is_quoted() {
    assert_says(ManifestError::Name("N".into()), "its name `N` is not 1 to 64 lower-case letters, digits and hyphens");
    assert_says(
        ManifestError::Version("!".into()),
        "its version `!` is not 1 to 64 letters, digits, dots, hyphens and plus signs",
    );
    assert_says(ManifestError::NoPatterns, "it declares no event pattern");
    assert_says(
        ManifestError::TooMuch { what: "event patterns", found: 101, limit: 100 },
        "it declares 101 event patterns; the limit is 100",
    );
    let pattern = |error| ManifestError::Pattern { number: 2, error };
    assert_says(pattern(PatternError::NotJson("why".into())), "its event pattern 2 is refused: not JSON: why");
    let shape = PatternError::Shape { path: "a\n".into(), problem: "why".into() };
    assert_says(pattern(shape), r"its event pattern 2 is refused: a\n: why");
    assert_says(ManifestError::NoTagKeys, "it declares no tag key");
    assert_says(ManifestError::SameTagKey("Owner".into()), "it declares the tag key `Owner` twice");
}

#[test]
fn a_set_of_plugins_that_cannot_be_is_named_with_what_to_change() {
    assert_says(
        LoadError::Folder { path: "p".into(), error: io::Error::from_raw_os_error(2) },
        "cannot read the plugin folder p: No such file or directory (os error 2)",
    );
    assert_says(LoadError::NoPlugins("p".into()), "no plugin in p: expected at least one .wasm file");
    assert_says(
        LoadError::SameName { name: "x".into(), one: "p/a.wasm".into(), other: "p/b.wasm".into() },
        "p/a.wasm and p/b.wasm are both the plugin `x`; remove one of them",
    );
    assert_says(
        LoadError::UnknownPlugin { name: "x".into(), folder: "p".into(), loaded: "`a`, `b`".into() },
        "there are settings for a plugin `x`, but p holds `a`, `b`",
    );
    assert_says(LoadError::Panicked, "the host itself failed on them; please report that");
    assert_says(
        LoadError::TagKey { plugin: "x@0.1.0".into(), key: "Admin".into(), keys: "Admin,Owner".into() },
        "the plugin x@0.1.0 writes the tag key `Admin`, which is not allowed: pass --tag-keys Admin,Owner (or set tag_keys), and \
         name those that carry the principal id with --access-keys (or access_keys)",
    );
}

#[test]
fn what_the_guard_refuses_is_named_with_the_reason() {
    assert_says(Refusal::NotInAnswer("i-1".into()), "i-1 is not in what the call answered");
    assert_says(Refusal::InRequest("i-1".into()), "i-1 stands in the request, so it existed before the call");
    assert_says(
        Refusal::ArnPart { arn: "arn:x".into(), part: "account", expected: "111122223333".into() },
        "arn:x: its account is not the event's, `111122223333`",
    );
    assert_says(Refusal::NotTaggable("bob".into()), "`bob` is not the id of anything that EC2 can tag, nor an ARN");
    assert_says(
        Refusal::Identity { key: "PrincipalId".into(), given: "EVE".into(), actual: Some("BOB".into()) },
        "PrincipalId must be the caller's principal id, `BOB`, not `EVE`",
    );
    assert_says(Refusal::UndeclaredKey("Admin".into()), "the plugin did not declare the tag key `Admin`");
    assert_says(Refusal::ReservedKey("aws:x".into()), "the tag key `aws:x` is reserved by AWS");
    assert_says(Refusal::KeyLength(String::new()), "the tag key `` is not of 1 to 128 characters");
    assert_says(Refusal::KeyTwice("Owner".into()), "the tag key `Owner` stands twice in one tagging");
    assert_says(Refusal::TooMany { what: "tags", count: 51, limit: 50 }, "51 tags; the limit is 50");
    let conflict = Conflict {
        resource: Resource::Ec2(ResourceId::parse("i-1").unwrap()),
        key: "Owner".into(),
        one: "`bob`".into(),
        one_plugin: None,
        other: "`eve`".into(),
        other_plugin: None,
    };
    assert_says(Refusal::Conflict(Box::new(conflict)), "conflict: i-1 would get Owner = `bob` and Owner = `eve`");
}
