//! Properties that hold for all policies.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Statements of all kinds over a small vocabulary, so that about half of them apply to the request.
fn statements(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = prop_oneof![Just("*"), Just("ec2:Stop*"), Just("ec2:StopInstances"), Just("rds:*")];
    let resource = prop_oneof![Just("*"), Just("arn:aws:ec2:*:*:instance/*"), Just("arn:${aws:absent}"), Just("x")];
    let operator = prop_oneof![
        Just("StringEquals"),
        Just("StringNotLike"),
        Just("StringEqualsIfExists"),
        Just("ForAllValues:StringEquals"),
        Just("ForAnyValue:StringNotEquals"),
        Just("DateEquals"),
        Just("Null"),
    ];
    let value = prop_oneof![Just("true"), Just("bob"), Just("${aws:username}"), Just("${aws:absent}"), Just("b*")];
    let key = prop_oneof![Just("aws:username"), Just("aws:absent"), Just("aws:TagKeys")];
    let condition = proptest::option::of((operator, key, value));
    let who = prop_oneof![Just(json!("*")), Just(json!({"AWS": BOB})), Just(json!({"AWS": "111122223333"}))];
    let principals = proptest::option::of((any::<bool>(), who));
    (action, resource, any::<(bool, bool)>(), condition, principals).prop_map(
        move |(action, resource, (not_action, not_resource), condition, principals)| {
            let mut statement = json!({"Effect": effect});
            statement[if not_action { "NotAction" } else { "Action" }] = json!(action);
            statement[if not_resource { "NotResource" } else { "Resource" }] = json!(resource);
            if let Some((operator, key, value)) = condition {
                statement["Condition"] = json!({operator: {key: value}});
            }
            if let Some((negated, who)) = principals {
                statement[if negated { "NotPrincipal" } else { "Principal" }] = who;
            }
            statement
        },
    )
}

/// How permissive a decision is.
fn given(decision: &Decision) -> u8 {
    match decision {
        Decision::Allowed { .. } => 2,
        Decision::Unknown { .. } => 1,
        Decision::ExplicitDeny { .. } | Decision::ImplicitDeny => 0,
    }
}

proptest! {
    #[test]
    fn another_deny_never_gives_more_and_another_allow_never_less(
        before in proptest::collection::vec(prop_oneof![statements("Allow"), statements("Deny")], 1..4),
        deny in statements("Deny"),
        allow in statements("Allow"),
    ) {
        let request = bob().with_values("aws:TagKeys", &["bob", "true"]);
        let decide = |statements: Vec<Value>| {
            let policies: Vec<_> = statements.into_iter().map(policy).collect();
            decide(&policies, &request)
        };
        let with = |statement: Value| decide([before.clone(), vec![statement]].concat());
        let decided = decide(before.clone());
        prop_assert!(given(&with(deny)) <= given(&decided));
        prop_assert!(given(&with(allow)) >= given(&decided) || given(&decided) == 1);
    }

    #[test]
    fn the_order_of_statements_does_not_matter(
        statements in proptest::collection::vec(prop_oneof![statements("Allow"), statements("Deny")], 1..5),
    ) {
        let decide = |statements: Vec<Value>| letter(&decide(&[policy(json!(statements))], &bob()));
        let reversed = statements.iter().rev().cloned().collect();
        prop_assert_eq!(decide(statements), decide(reversed));
    }

    #[test]
    fn a_text_without_wildcards_is_like_itself_alone_and_a_star_takes_any_part_of_it(
        text in "[a-c*?$]{0,8}", other in "[a-c]{0,8}", cut in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let context = Context::default();
        let literal: String = text.chars().map(|character| match character {
            '*' | '?' | '$' => format!("${{{character}}}"),
            other => other.into(),
        }).collect();
        let is_like = |text: &str, pattern: &str| value::is_like(text, pattern, true, &context);
        prop_assert_eq!(is_like(&text, &literal), Truth::Yes);
        prop_assert_eq!(is_like(&other, &literal), Truth::from(text == other));
        let (from, to) = (cut.0.index(other.len() + 1), cut.1.index(other.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        let pattern = format!("{}*{}", &other[..from], &other[to..]);
        prop_assert_eq!(is_like(&other, &pattern), Truth::Yes);
    }
}
