//! Verdicts on plugins. Each is checked twice: in this process, by the error types that callers of the library branch
//! on, and in the real binary, whose message is that of the same error. `words` pins the messages.

use std::fmt;
use std::sync::Arc;

use autotag_core::guard::Refusal;
use autotag_sandbox::plan::{Outcome, PlanFailure, SkipReason};
use autotag_sandbox::{Bound, Exceeded, FileError, InvocationError, InvocationProblem, LoadError};
use autotag_tests::harness::{EVENT_ID, Harness};
use autotag_tests::host::Replay;
use serde_json::json;

use super::in_process::put_in_harness;

/// A bound that was exceeded.
pub const fn exceeded(bound: Bound, limit: u64) -> Exceeded {
    Exceeded { bound, limit }
}

/// A trap of the plugin, without a message.
pub fn trap(trap: &str) -> InvocationProblem {
    InvocationProblem::Trap { trap: trap.into(), last_words: None }
}

/// A panic of the plugin, with this message.
pub fn gave_up(last_words: &str) -> InvocationProblem {
    let trap = "wasm trap: wasm `unreachable` instruction executed".into();
    InvocationProblem::Trap { trap, last_words: Some(last_words.into()) }
}

/// A function that gave no answer while the plugin was loaded.
pub fn in_call(function: &'static str, problem: impl Into<InvocationProblem>) -> FileError {
    FileError::Invocation { function, problem: problem.into() }
}

/// Why neither it nor any other plugin loaded.
#[track_caller]
pub fn why_not_loaded(harness: &Harness) -> Arc<LoadError> {
    let error = put_in_harness(harness).expect_err("it does not load");
    let replay = harness.replay();
    assert_eq!((replay.status, &replay.stderr, replay.stdout.as_str()), (2, &format!("error: {error}\n"), ""));
    assert!(!replay.stderr.trim_end().contains(char::is_control), "{:?}", replay.stderr);
    assert!(replay.stderr.len() < 8192, "{}", replay.stderr.len());
    error
}

/// Neither it nor any other plugin loads, because of this problem with its file.
#[track_caller]
pub fn assert_does_not_load(harness: &Harness, problem: impl Into<FileError>) {
    let expected = LoadError::File { path: harness.file(), problem: problem.into() };
    assert_same(&why_not_loaded(harness), &expected);
}

/// The same, with a problem like this: its message is partly another crate's.
#[track_caller]
pub fn assert_fails_to_load(harness: &Harness, is_expected: impl Fn(&FileError) -> bool) {
    let error = why_not_loaded(harness);
    let LoadError::File { path, problem } = &*error else { panic!("{error:?}") };
    assert_eq!(path, &harness.file());
    assert!(is_expected(problem), "{problem:?}");
}

/// Errors of the system cannot be compared, nor can errors that contain them. Their debug output contains everything
/// they hold.
#[track_caller]
pub fn assert_same(found: &impl fmt::Debug, expected: &impl fmt::Debug) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

/// What becomes of the event: the plugin must load.
#[track_caller]
fn outcome(harness: &Harness) -> Outcome {
    outcome_in(harness, &harness.replay())
}

/// The same, from a replay that has run.
#[track_caller]
fn outcome_in(harness: &Harness, replay: &Replay) -> Outcome {
    let outcome = put_in_harness(harness).expect("it loads");
    let result = harness.result_in(replay);
    assert_eq!((&result["outcome"], &result["reason"]), (&json!(outcome.name()), &json!(outcome.reason())));
    assert_eq!(result["taggings"], json!(outcome.taggings()));
    outcome
}

/// It gives no answer about the event.
#[track_caller]
pub fn assert_fails(harness: &Harness, problem: impl Into<InvocationProblem>) {
    let outcome = outcome(harness);
    let Outcome::Failed(PlanFailure::Invocation(error)) = &outcome else { panic!("{outcome:?}") };
    let plugin = format!("{}@0.1.0", harness.name());
    assert_eq!(error, &InvocationError { plugin, event_id: EVENT_ID.into(), problem: problem.into() });
}

/// The guard refuses its answer.
#[track_caller]
pub fn assert_refused(harness: &Harness, refusal: &Refusal) {
    let outcome = outcome(harness);
    let Outcome::Refused(found) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(found, refusal);
}

/// It loads, and answers that there is nothing to tag, as a plugin may.
#[track_caller]
pub fn assert_tags_nothing(harness: &Harness) {
    assert_tags_nothing_in(harness, &harness.replay());
}

/// The same, from a replay that has run.
#[track_caller]
pub fn assert_tags_nothing_in(harness: &Harness, replay: &Replay) {
    let outcome = outcome_in(harness, replay);
    assert!(matches!(outcome, Outcome::Skip(SkipReason::NothingToTag)), "{outcome:?}");
}

/// It loads, and answers with tags, as a plugin may.
#[track_caller]
pub fn assert_tags(harness: &Harness) {
    let outcome = outcome(harness);
    assert!(matches!(outcome, Outcome::Tag { altered: None, .. }), "{outcome:?}");
}
