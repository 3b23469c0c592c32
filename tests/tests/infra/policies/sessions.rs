//! Session names: the guide's statements for the trust policies of roles that several users share.

use autotag_iam_policy::{Decision, Principal, Request, decide};
use serde_json::{Value, json};

use super::{ACCOUNT, allowed, instance, not_allowed, policy};

const ROLE: &str = "arn:aws:iam::111122223333:role/Shared";
const GUIDE: &str = include_str!("../../../../infra/README.md");

/// The statement of the guide with this Sid.
fn statement(sid: &str) -> Value {
    let blocks = GUIDE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut statements = blocks.filter_map(|block| serde_json::from_str::<Value>(block).ok());
    statements.find(|statement| statement["Sid"] == sid).unwrap_or_else(|| panic!("the guide has no {sid}"))
}

/// The decision of a trust policy of this statement alone. Where it names an account, that account's own policies have
/// the last word: here, they allow everything.
fn trusts(mut statement: Value, request: &Request) -> Decision {
    if let Some(account) = statement["Principal"].get_mut("AWS") {
        assert_eq!(*account, format!("arn:aws:iam::{ACCOUNT}:root"));
        *account = json!("*");
    }
    decide(&[policy(&json!({"Version": "2012-10-17", "Statement": [statement]}))], request)
}

fn assume(by: &str, name: &str) -> Request {
    let who = Principal::Aws(format!("arn:aws:iam::{ACCOUNT}:{by}"));
    Request::new(who, "sts:AssumeRole", ROLE).with("sts:RoleSessionName", name)
}

fn user(name: &str, session: &str) -> Request {
    assume(&format!("user/{name}"), session).with("aws:username", name)
}

#[test]
fn a_user_who_chooses_the_sessions_name_can_be_any_user_of_the_role() {
    let group = super::users::group();
    let stop = |session: &str| {
        Request::new(
            Principal::Aws(format!("arn:aws:sts::{ACCOUNT}:assumed-role/Shared/{session}")),
            "ec2:StopInstances",
            &instance("i-0123456789abcdef0"),
        )
        .with("aws:userid", &format!("AROAEXAMPLEEXAMPLE000:{session}"))
        .with("ec2:ResourceTag/PrincipalId", "AROAEXAMPLEEXAMPLE000:bob")
    };
    // So this is Alice, if she sets it.
    allowed(&group, &stop("bob"));
    // And this is Bob, if he sets nothing.
    not_allowed(&group, &stop("botocore-session-1700000000"));
    let open = json!({"Sid": "Open", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
        "Action": "sts:AssumeRole"});
    assert!(trusts(open, &user("alice", "bob")).is_allowed());
}

#[test]
fn users_come_into_a_shared_role_by_their_own_name_alone() {
    let trust = |request: &Request| trusts(statement("EachUserComesByTheirOwnName"), request);
    assert!(trust(&user("bob", "bob")).is_allowed());
    for name in ["bob", "Alice", "", "botocore-session-1700000000", "${aws:username}", "*"] {
        assert_eq!(trust(&user("alice", name)), Decision::ImplicitDeny, "{name}");
    }
    // A session of another role is no user, whatever its name is.
    let chained = Request {
        principal: Principal::Aws(format!("arn:aws:sts::{ACCOUNT}:assumed-role/Other/bob")),
        ..assume("user/nobody", "bob")
    };
    assert!(!trust(&chained).is_allowed());
    // The names in another account belong to other users.
    assert_eq!(
        statement("EachUserComesByTheirOwnName")["Principal"],
        json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")})
    );
}

#[test]
fn what_is_brought_along_is_their_own_name_too() {
    let set = |name: &str| {
        Request { action: "sts:SetSourceIdentity".into(), ..user("alice", "alice") }.with("sts:SourceIdentity", name)
    };
    let trust = |request: &Request| trusts(statement("AndBringsItAlong"), request);
    assert!(trust(&set("alice")).is_allowed());
    assert_eq!(trust(&set("bob")), Decision::ImplicitDeny);

    // With what the guide adds to the first statement.
    let mut both = statement("EachUserComesByTheirOwnName");
    assert!(GUIDE.contains(r#"`"sts:SourceIdentity": "${aws:username}"`"#));
    both["Condition"]["StringEquals"]["sts:SourceIdentity"] = json!("${aws:username}");
    let come = |name: &str, source: &str| user("alice", name).with("sts:SourceIdentity", source);
    assert!(trusts(both.clone(), &come("alice", "alice")).is_allowed());
    for (name, source) in [("bob", "alice"), ("alice", "bob"), ("bob", "bob")] {
        assert_eq!(trusts(both.clone(), &come(name, source)), Decision::ImplicitDeny, "{name} {source}");
    }
    assert_eq!(trusts(both, &user("alice", "alice")), Decision::ImplicitDeny);

    // And the trust policy of the other role, which they assume next.
    let mut other = statement("EachUserComesByTheirOwnName");
    assert!(GUIDE.contains(r#"`"sts:RoleSessionName": "${aws:SourceIdentity}"`"#));
    other["Condition"] = json!({"StringEquals": {"sts:RoleSessionName": "${aws:SourceIdentity}"}});
    let go_on = |name: &str| assume("role/Shared", name).with("aws:SourceIdentity", "alice");
    assert!(trusts(other.clone(), &go_on("alice")).is_allowed());
    assert_eq!(trusts(other, &go_on("bob")), Decision::ImplicitDeny);
}

#[test]
fn a_pipeline_has_one_name_whichever_job_it_is() {
    let come = |name: &str, subject: &str| {
        let provider = statement("ThePipelineHasOneName")["Principal"]["Federated"].as_str().unwrap().to_owned();
        Request::new(Principal::Federated(provider), "sts:AssumeRoleWithWebIdentity", ROLE)
            .with("sts:RoleSessionName", name)
            .with("token.actions.githubusercontent.com:aud", "sts.amazonaws.com")
            .with("token.actions.githubusercontent.com:sub", subject)
    };
    let trust = |request: &Request| trusts(statement("ThePipelineHasOneName"), request);
    assert!(trust(&come("deploy", "repo:example/infrastructure:ref:refs/heads/main")).is_allowed());
    for (name, subject) in [
        ("job-1234", "repo:example/infrastructure:ref:refs/heads/main"),
        ("deploy", "repo:example/infrastructure:pull_request"),
        ("deploy", "repo:somebody/else:ref:refs/heads/main"),
    ] {
        assert_eq!(trust(&come(name, subject)), Decision::ImplicitDeny, "{name} {subject}");
    }
}
