//! Plugins that say of themselves what cannot be.

use autotag_tests::trial::Trial;
use autotag_tests::wat_plugin::{WatPlugin, words_at};

#[track_caller]
fn assert_does_not_load(change: impl Fn(&mut WatPlugin), problem: &str) {
    let mut plugin = WatPlugin::new("manifest");
    change(&mut plugin);
    Trial::of_file("manifest", &plugin.assemble()).assert_does_not_load(problem);
}

#[track_caller]
fn assert_pattern_refused(pattern: &str, problem: &str) {
    let problem = format!("its event pattern 2 is refused: {problem}");
    assert_does_not_load(|plugin| plugin.event_patterns.push(pattern.into()), &problem);
}

#[test]
fn a_name_that_cannot_be_used_does_not_load() {
    for name in ["Named!", "", "../ec2", "a\u{1b}[31m", &"x".repeat(65)] {
        let shown = name.replace('\u{1b}', r"\u{1b}");
        let shown = if name.len() > 64 { format!("{}…", "x".repeat(64)) } else { shown };
        assert_does_not_load(
            |plugin| plugin.name = name.into(),
            &format!("its name `{shown}` is not 1 to 64 lower-case letters, digits and hyphens"),
        );
    }
}

#[test]
fn wrong_patterns_do_not_load() {
    assert_does_not_load(|plugin| plugin.event_patterns.clear(), "it declares no event pattern");
    assert_pattern_refused("{}", "the pattern: an empty object matches nothing in particular");
    assert_pattern_refused("{", "not JSON: EOF while parsing an object at line 1 column 1");
    assert_pattern_refused(r#"{"source": "aws.ec2"}"#, "source: expected an object or a list of values");
    assert_pattern_refused(
        r#"{"$or": [{"a": ["x"]}]}"#,
        "$or: the operator `$or` is not supported; write a pattern for each alternative",
    );
    assert_pattern_refused(r#"{"a": [[1]]}"#, "a: a list inside a list of values");
    let deep = format!("{}[1]{}", r#"{"a":"#.repeat(1000), "}".repeat(1000));
    assert_pattern_refused(&deep, "not JSON: recursion limit exceeded at line 1 column 636");
}

#[test]
fn wrong_tag_keys_do_not_load() {
    assert_does_not_load(|plugin| plugin.tag_keys.clear(), "it declares no tag key");
    assert_does_not_load(|plugin| plugin.tag_keys.push("aws:x".into()), "the tag key `aws:x` is reserved by AWS");
    assert_does_not_load(|plugin| plugin.tag_keys.push("Owner".into()), "it declares the tag key `Owner` twice");
    assert_does_not_load(|plugin| plugin.tag_keys.push(String::new()), "the tag key `` is not of 1 to 128 characters");
    assert_does_not_load(
        |plugin| plugin.tag_keys.push("Own\u{202e}er".into()),
        r"the tag key `Own\u{202e}er` has a control character",
    );
    assert_does_not_load(
        |plugin| plugin.tag_keys = (0..101).map(|number| format!("Key{number}")).collect(),
        "it declares 101 tag keys; the limit is 100",
    );
    assert_does_not_load(
        |plugin| plugin.tag_keys.push("x".repeat(129)),
        &format!("the tag key `{}` is not of 1 to 128 characters", "x".repeat(128)),
    );
}

#[test]
fn a_key_that_the_operator_does_not_allow_does_not_load() {
    let mut plugin = WatPlugin::new("plugin");
    plugin.tag_keys.push("Admin".into());
    let replay = Trial::of(&plugin).replay();
    let error = "error: the plugin plugin@0.1.0 writes the tag key `Admin`, which is not allowed: pass --tag-keys Admin,Owner,PrincipalId \
        (or set tag_keys), and name those that carry the principal id with --access-keys (or access_keys)\n";
    assert_eq!((replay.status, replay.stderr.as_str()), (2, error));
}

#[test]
fn what_a_plugin_says_while_it_loads_stays_one_line_and_cannot_steer_a_terminal() {
    let refuses = words_at(400_000, &[1, 400_100, 5]) + r#"(data (i32.const 400100) "no\1b[m")"#;
    assert_does_not_load(
        |plugin| {
            plugin.fields.clone_from(&refuses);
            plugin.check_settings = Some("400000".into());
        },
        r"the plugin refuses its settings: no\u{1b}[m",
    );
    assert_pattern_refused(
        r#"{"a\u001b[31m\n": [{"b\u001b[31m\n": 1}]}"#,
        r"a\u{1b}[31m\n: unknown operator `b\u{1b}[31m\n`; known are anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard",
    );
    assert_does_not_load(
        |plugin| plugin.tag_keys.push("aws:\u{1b}[31m\n".into()),
        r"the tag key `aws:\u{1b}[31m\n` is reserved by AWS",
    );
}

#[test]
fn a_manifest_that_hands_over_too_much_does_not_load() {
    let mut plugin = WatPlugin::new("describes-much");
    plugin.event_patterns = vec![plugin.event_patterns[0].clone(); 20_000];
    Trial::of(&plugin).assert_does_not_load(
        "describe: the plugin was stopped: it handed over more than 1048576 bytes (limits.answer_bytes)",
    );
}

#[test]
fn patterns_that_would_cost_every_event_too_much_are_refused_and_others_matched() {
    let hard = |texts: Vec<String>| {
        let texts: Vec<_> = texts.iter().map(|text| format!(r#"{{"wildcard": "{text}"}}"#)).collect();
        format!(r#"{{"source": ["aws.ec2"], "detail": {{"eventName": [{}]}}}}"#, texts.join(", "))
    };
    let refused = |texts: Vec<String>, words: &str| {
        assert_does_not_load(|plugin| plugin.event_patterns.push(hard(texts.clone())), words);
    };
    refused(vec!["*n".repeat(500)], "it declares 500 wildcards in event patterns; the limit is 20");
    let many = (0..200).map(|number| format!("*{number}*{}*", 7 * number)).collect();
    refused(many, "it declares 600 wildcards in event patterns; the limit is 20");
    let mut plugin = WatPlugin::new("is-hard-to-please");
    plugin.event_patterns.push(hard(vec!["*n".repeat(20)]));
    assert_eq!(Trial::of(&plugin).unhurried().result()["reason"], "nothing to tag");
}
