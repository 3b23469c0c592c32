//! Verdicts on plugins. Each is found twice: in this process, by the types that callers of the library branch on, and by the real
//! binary, whose words are those of the same error. What the words are is pinned in `words`.

use std::fmt;
use std::sync::Arc;

use autotag_core::guard::Refusal;
use autotag_sandbox::plan::{Outcome, PlanFailure, SkipReason};
use autotag_sandbox::{Bound, Exceeded, FileError, InvocationError, InvocationProblem, LoadError};
use autotag_tests::harness::{EVENT_ID, Harness};
use autotag_tests::host::Replay;
use serde_json::json;

use super::in_process::put_in_harness;

/// That a bound was exceeded.
pub const fn exceeded(bound: Bound, limit: u64) -> Exceeded {
    Exceeded { bound, limit }
}

/// That a plugin trapped, without a word.
pub fn trap(trap: &str) -> InvocationProblem {
    InvocationProblem::Trap { trap: trap.into(), last_words: None }
}

/// That a plugin gave up, with these words.
pub fn gave_up(last_words: &str) -> InvocationProblem {
    let trap = "wasm trap: wasm `unreachable` instruction executed".into();
    InvocationProblem::Trap { trap, last_words: Some(last_words.into()) }
}

/// That a call while the plugin was loaded gave no answer.
pub fn in_call(function: &'static str, problem: impl Into<InvocationProblem>) -> FileError {
    FileError::Call { function, problem: problem.into() }
}

/// It did not load, and neither did anything else: this is why.
#[track_caller]
pub fn why_not_loaded(harness: &Harness) -> Arc<LoadError> {
    let error = put_in_harness(harness).expect_err("it does not load");
    let replay = harness.replay();
    assert_eq!((replay.status, &replay.stderr, replay.stdout.as_str()), (2, &format!("error: {error}\n"), ""));
    assert!(!replay.stderr.trim_end().contains(char::is_control), "{:?}", replay.stderr);
    assert!(replay.stderr.len() < 8192, "{}", replay.stderr.len());
    error
}

/// It did not load, and neither did anything else, because this is wrong with its file.
#[track_caller]
pub fn assert_does_not_load(harness: &Harness, problem: impl Into<FileError>) {
    let expected = LoadError::File { path: harness.file(), problem: problem.into() };
    assert_same(&why_not_loaded(harness), &expected);
}

/// It did not load, and neither did anything else, because something like this is wrong with its file: others' words are in it.
#[track_caller]
pub fn assert_fails_to_load(harness: &Harness, is_expected: impl Fn(&FileError) -> bool) {
    let error = why_not_loaded(harness);
    let LoadError::File { path, problem } = &*error else { panic!("{error:?}") };
    assert_eq!(path, &harness.file());
    assert!(is_expected(problem), "{problem:?}");
}

/// Errors of the system cannot be compared, nor what holds them; but what is printed of them for programmers is all that they
/// hold.
#[track_caller]
pub fn assert_same(found: &impl fmt::Debug, expected: &impl fmt::Debug) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

/// It loads: this is what becomes of the event.
#[track_caller]
fn outcome(harness: &Harness) -> Outcome {
    outcome_in(harness, &harness.replay())
}

/// The same, where there was a replay.
#[track_caller]
fn outcome_in(harness: &Harness, replay: &Replay) -> Outcome {
    let outcome = put_in_harness(harness).expect("it loads");
    let result = harness.result_in(replay);
    assert_eq!((&result["outcome"], &result["reason"]), (&json!(outcome.name()), &json!(outcome.reason())));
    assert_eq!(result["taggings"], json!(outcome.taggings()));
    outcome
}

/// It gave no answer about the event.
#[track_caller]
pub fn assert_fails(harness: &Harness, problem: impl Into<InvocationProblem>) {
    let outcome = outcome(harness);
    let Outcome::Failed(PlanFailure::Call(error)) = &outcome else { panic!("{outcome:?}") };
    let plugin = format!("{}@0.1.0", harness.name());
    assert_eq!(error, &InvocationError { plugin, event_id: EVENT_ID.into(), problem: problem.into() });
}

/// The guard refused its answer.
#[track_caller]
pub fn assert_refused(harness: &Harness, refusal: &Refusal) {
    let outcome = outcome(harness);
    let Outcome::Refused(found) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(found, refusal);
}

/// It loaded and answered that there is nothing to tag, as a plugin may.
#[track_caller]
pub fn assert_tags_nothing(harness: &Harness) {
    assert_tags_nothing_in(harness, &harness.replay());
}

/// The same, where there was a replay.
#[track_caller]
pub fn assert_tags_nothing_in(harness: &Harness, replay: &Replay) {
    let outcome = outcome_in(harness, replay);
    assert!(matches!(outcome, Outcome::Skip(SkipReason::NothingToTag)), "{outcome:?}");
}

/// It loaded and answered with tags, as a plugin may.
#[track_caller]
pub fn assert_tags(harness: &Harness) {
    let outcome = outcome(harness);
    assert!(matches!(outcome, Outcome::Tag { altered: None, .. }), "{outcome:?}");
}
