//! Plugins with invalid manifests.

use autotag_core::pattern::PatternError;
use autotag_sandbox::{Bound, FileError, LoadError, ManifestError};
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{WatPlugin, words_at};

use super::verdict::{self, assert_same, assert_tags_nothing, exceeded, in_call, why_not_loaded};

#[track_caller]
fn assert_does_not_load(change: impl Fn(&mut WatPlugin), problem: impl Into<FileError>) {
    let mut plugin = WatPlugin::new("manifest");
    change(&mut plugin);
    verdict::assert_does_not_load(&Harness::of_file("manifest", &plugin.assemble()), problem);
}

#[track_caller]
fn assert_pattern_refused(pattern: &str, error: PatternError) {
    let refused = ManifestError::Pattern { number: 2, error };
    assert_does_not_load(|plugin| plugin.event_patterns.push(pattern.into()), refused);
}

/// The error for a pattern of a wrong shape.
fn shape(path: &str, problem: &str) -> PatternError {
    PatternError::Shape { path: path.into(), problem: problem.into() }
}

#[test]
fn a_name_that_cannot_be_used_does_not_load() {
    for name in ["Named!", "", "../ec2", "a\u{1b}[31m", &"x".repeat(65)] {
        let shown = name.replace('\u{1b}', r"\u{1b}");
        let shown = if name.len() > 64 { format!("{}…", "x".repeat(64)) } else { shown };
        assert_does_not_load(|plugin| plugin.name = name.into(), ManifestError::Name(shown));
    }
}

#[test]
fn wrong_patterns_do_not_load() {
    assert_does_not_load(|plugin| plugin.event_patterns.clear(), ManifestError::NoPatterns);
    let no_json = |problem: &str| PatternError::NotJson(problem.into());
    let deep = format!("{}[1]{}", r#"{"a":"#.repeat(1000), "}".repeat(1000));
    for (pattern, error) in [
        ("{}", shape("the pattern", "an empty object matches nothing in particular")),
        ("{", no_json("EOF while parsing an object at line 1 column 1")),
        (r#"{"source": "aws.ec2"}"#, shape("source", "expected an object or a list of values")),
        (
            r#"{"$or": [{"a": ["x"]}]}"#,
            shape("$or", "the operator `$or` is not supported; write a pattern for each alternative"),
        ),
        (r#"{"a": [[1]]}"#, shape("a", "a list inside a list of values")),
        (&deep, no_json("recursion limit exceeded at line 1 column 636")),
    ] {
        assert_pattern_refused(pattern, error);
    }
}

#[test]
fn wrong_tag_keys_do_not_load() {
    assert_does_not_load(|plugin| plugin.tag_keys.clear(), ManifestError::NoTagKeys);
    assert_does_not_load(
        |plugin| plugin.tag_keys = (0..101).map(|number| format!("Key{number}")).collect(),
        ManifestError::TooMuch { what: "tag keys", found: 101, limit: 100 },
    );
    let long = "x".repeat(129);
    let refused = |problem: &str| ManifestError::TagKey(problem.into());
    for (key, error) in [
        ("aws:x", refused("the tag key `aws:x` is reserved by AWS")),
        ("Owner", ManifestError::SameTagKey("Owner".into())),
        ("", refused("the tag key `` is not of 1 to 128 characters")),
        ("Own\u{202e}er", refused(r"the tag key `Own\u{202e}er` has a control character")),
        (&long, refused(&format!("the tag key `{}` is not of 1 to 128 characters", "x".repeat(128)))),
    ] {
        assert_does_not_load(|plugin| plugin.tag_keys.push(key.into()), error);
    }
}

#[test]
fn a_key_that_the_operator_does_not_allow_does_not_load() {
    let mut plugin = WatPlugin::new("plugin");
    plugin.tag_keys.push("Admin".into());
    let error = LoadError::TagKey {
        plugin: "plugin@0.1.0".into(),
        key: "Admin".into(),
        keys: "Admin,Owner,PrincipalId".into(),
    };
    assert_same(&why_not_loaded(&Harness::of(&plugin)), &error);
}

#[test]
fn what_a_plugin_says_while_it_loads_stays_one_line_and_cannot_steer_a_terminal() {
    let refuses = words_at(400_000, &[1, 400_100, 5]) + r#"(data (i32.const 400100) "no\1b[m")"#;
    assert_does_not_load(
        |plugin| {
            plugin.fields.clone_from(&refuses);
            plugin.check_settings = Some("400000".into());
        },
        FileError::Settings(r"no\u{1b}[m".into()),
    );
    let known = "anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard";
    assert_pattern_refused(
        r#"{"a\u001b[31m\n": [{"b\u001b[31m\n": 1}]}"#,
        shape("a\u{1b}[31m\n", &format!("unknown operator `b\u{1b}[31m\n`; known are {known}")),
    );
    assert_does_not_load(
        |plugin| plugin.tag_keys.push("aws:\u{1b}[31m\n".into()),
        ManifestError::TagKey(r"the tag key `aws:\u{1b}[31m\n` is reserved by AWS".into()),
    );
}

#[test]
fn a_manifest_that_hands_over_too_much_does_not_load() {
    let mut plugin = WatPlugin::new("describes-much");
    plugin.event_patterns = vec![plugin.event_patterns[0].clone(); 20_000];
    let stopped = in_call("describe", exceeded(Bound::AnswerBytes, 1 << 20));
    verdict::assert_does_not_load(&Harness::of(&plugin), stopped);
}

#[test]
fn patterns_that_would_cost_every_event_too_much_are_refused_and_others_matched() {
    let hard = |texts: Vec<String>| {
        let texts: Vec<_> = texts.iter().map(|text| format!(r#"{{"wildcard": "{text}"}}"#)).collect();
        format!(r#"{{"source": ["aws.ec2"], "detail": {{"eventName": [{}]}}}}"#, texts.join(", "))
    };
    let many = (0..200).map(|number| format!("*{number}*{}*", 7 * number)).collect();
    for (texts, found) in [(vec!["*n".repeat(500)], 500), (many, 600)] {
        let error = ManifestError::TooMuch { what: "wildcards in event patterns", found, limit: 20 };
        assert_does_not_load(|plugin| plugin.event_patterns.push(hard(texts.clone())), error);
    }
    let mut plugin = WatPlugin::new("is-hard-to-please");
    plugin.event_patterns.push(hard(vec!["*n".repeat(20)]));
    assert_tags_nothing(&Harness::of(&plugin).unhurried());
}
