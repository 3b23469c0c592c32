mod conditions;
mod properties;

use serde_json::{Value, json};

use super::*;

const QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:autotag";
const RULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/autotag-ec2";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const HOST: &str = "arn:aws:iam::111122223333:role/service/autotag-host";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/autotag-host/i-0123456789abcdef0";

fn policy(statements: Value) -> Policy {
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn events() -> Request {
    Request::new(Principal::Service("events.amazonaws.com".into()), "sqs:SendMessage", QUEUE)
        .with("aws:SourceArn", RULE)
        .with("aws:SourceAccount", "111122223333")
        .with("aws:SecureTransport", "true")
}

fn bob() -> Request {
    Request::new(Principal::Aws(BOB.into()), "ec2:StopInstances", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1")
        .with("aws:userid", "AIDABOB")
        .with("aws:username", "bob")
}

/// One letter for each decision: allowed, explicit deny, implicit deny (`N`: not allowed), unknown.
fn letter(decision: &Decision) -> char {
    match decision {
        Decision::Allowed { .. } => 'A',
        Decision::ExplicitDeny { .. } => 'D',
        Decision::ImplicitDeny => 'N',
        Decision::Unknown { .. } => '?',
    }
}

/// The decision if this condition guards the only allow.
fn holds(condition: &Value, request: &Request) -> char {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    letter(&decide(&[policy(allow)], request))
}

#[test]
fn a_statement_allows_what_it_names_and_nothing_else() {
    let request = bob();
    for (statement, expected) in [
        (json!({"Action": "ec2:StopInstances", "Resource": "*"}), 'A'),
        (json!({"Action": "EC2:stopinstances", "Resource": "*"}), 'A'),
        (json!({"Action": ["rds:*", "ec2:St?pInst*"], "Resource": "*"}), 'A'),
        (json!({"Action": "*", "Resource": "*"}), 'A'),
        (json!({"Action": "ec2:StartInstances", "Resource": "*"}), 'N'),
        (json!({"Action": "ec2:Stop", "Resource": "*"}), 'N'),
        (json!({"NotAction": "ec2:StartInstances", "Resource": "*"}), 'A'),
        (json!({"NotAction": "ec2:*", "Resource": "*"}), 'N'),
        (json!({"Action": "*", "Resource": "arn:aws:ec2:*:111122223333:instance/*"}), 'A'),
        (json!({"Action": "*", "Resource": "arn:aws:ec2:eu-central-1:111122223333:*"}), 'A'),
        (json!({"Action": "*", "Resource": "arn:aws:ec2:*:111122223333:Instance/*"}), 'N'),
        (json!({"Action": "*", "Resource": ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:instance/i-?"]}), 'A'),
        (json!({"Action": "*", "Resource": "arn:aws:ec2:*:*:instance/i-??"}), 'N'),
        (json!({"Action": "*", "NotResource": "arn:aws:ec2:*:*:volume/*"}), 'A'),
        (json!({"Action": "*", "NotResource": ["arn:aws:ec2:*:*:volume/*", "*"]}), 'N'),
    ] {
        let mut statement = statement;
        statement["Effect"] = json!("Allow");
        assert_eq!(letter(&decide(&[policy(statement.clone())], &request)), expected, "{statement}");
    }
}

#[test]
fn an_explicit_deny_wins_and_says_which_statement_it_was() {
    let allow = json!({"Sid": "Yes", "Effect": "Allow", "Action": "*", "Resource": "*"});
    let deny = json!({"Sid": "No", "Effect": "Deny", "Action": "ec2:Stop*", "Resource": "*"});
    let other = json!({"Effect": "Deny", "Action": "ec2:Start*", "Resource": "*"});
    let decide = |statements: Value| decide(&[policy(statements)], &bob());
    assert_eq!(decide(json!([allow, other])), Decision::Allowed { sid: Some("Yes".into()) });
    assert_eq!(decide(json!([allow, deny])), Decision::ExplicitDeny { sid: Some("No".into()) });
    assert_eq!(decide(json!([deny, allow])), Decision::ExplicitDeny { sid: Some("No".into()) });
    assert_eq!(decide(other), Decision::ImplicitDeny);
    assert_eq!(
        super::decide(&[policy(allow), policy(deny)], &bob()),
        Decision::ExplicitDeny { sid: Some("No".into()) }
    );
    assert_eq!(super::decide(&[], &bob()), Decision::ImplicitDeny);
}

#[test]
fn a_policy_of_a_resource_is_about_the_principals_that_it_names() {
    let role = Principal::Aws(HOST.into());
    let session = Principal::Aws(SESSION.into());
    let user = Principal::Aws(BOB.into());
    let root = Principal::Aws("arn:aws:iam::111122223333:root".into());
    let account = Principal::Aws("111122223333".into());
    let service = Principal::Service("events.amazonaws.com".into());
    let idp = Principal::Federated("cognito-identity.amazonaws.com".into());
    let who = [service, user, role, session, root, account, idp, Principal::Anonymous];
    for (principals, allowed, denied) in [
        (json!("*"), "AAAAAAAA", "DDDDDDDD"),
        (json!({"AWS": "*"}), "AAAAAAAA", "DDDDDDDD"),
        (json!({"Service": "events.amazonaws.com"}), "ANNNNNNN", "DNNNNNNN"),
        (json!({"Service": ["sns.amazonaws.com"], "AWS": BOB}), "NANNNNNN", "NDNNNNNN"),
        (json!({"Federated": "cognito-identity.amazonaws.com"}), "NNNNNNAN", "NNNNNNDN"),
        // A role stands for its sessions, whose ARNs do not have its path; a session does not stand for its role.
        (json!({"AWS": HOST}), "NNAANNNN", "NNDDNNNN"),
        (json!({"AWS": SESSION}), "NNNANNNN", "NNNDNNNN"),
        (json!({"AWS": "arn:aws:iam::444455556666:role/autotag-host"}), "NNNNNNNN", "NNNNNNNN"),
        // An allow to an account delegates the decision to it; a deny to it denies every principal in it.
        (json!({"AWS": "111122223333"}), "N???AANN", "NDDDDDNN"),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), "N???AANN", "NDDDDDNN"),
        (json!({"AWS": ["444455556666", BOB]}), "NANNNNNN", "NDNNNNNN"),
        (json!({"CanonicalUser": "79a59d"}), "NNNNNNNN", "NNNNNNNN"),
    ] {
        let say = |effect: &str| -> String {
            let it = json!({"Effect": effect, "Principal": principals, "Action": "sqs:*", "Resource": QUEUE});
            let all = who.clone().map(|principal| Request::new(principal, "sqs:SendMessage", QUEUE));
            all.iter().map(|request| letter(&decide(&[policy(it.clone())], request))).collect()
        };
        assert_eq!(say("Allow"), allowed, "{principals}");
        assert_eq!(say("Deny"), denied, "{principals}");
    }
}

#[test]
fn what_is_left_to_the_account_is_decided_by_the_principals_own_policies() {
    let queue =
        policy(json!({"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*",
        "Resource": QUEUE}));
    let own = |action: &str| policy(json!({"Sid": "Own", "Effect": "Allow", "Action": action, "Resource": QUEUE}));
    let request = Request::new(Principal::Aws(HOST.into()), "sqs:ReceiveMessage", QUEUE);
    let allowed = Decision::Allowed { sid: Some("Own".into()) };
    assert_eq!(decide(&[queue.clone(), own("sqs:*")], &request), allowed);
    assert_eq!(decide(&[queue.clone(), own("ec2:*")], &request), Decision::ImplicitDeny);
    let reason = "the statement Account: it leaves the decision to the account's own policies for the principal".into();
    assert_eq!(decide(&[queue], &request), Decision::Unknown { reason });
}

#[test]
fn all_names_of_a_principal_are_needed_to_leave_it_out() {
    let account = "arn:aws:iam::111122223333:root";
    for (principals, session, user, service) in [
        (json!({"AWS": [account, HOST, SESSION]}), 'A', '?', 'D'),
        (json!({"AWS": [account, HOST]}), '?', '?', 'D'),
        (json!({"AWS": [HOST]}), '?', 'D', 'D'),
        (json!({"AWS": [account, BOB]}), '?', 'A', 'D'),
        (json!({"AWS": [BOB]}), 'D', '?', 'D'),
        (json!({"Service": "events.amazonaws.com"}), 'D', 'D', 'A'),
        (json!({"AWS": "*"}), 'A', 'A', 'A'),
    ] {
        let all = json!([
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "NotPrincipal": principals, "Action": "*", "Resource": "*"},
        ]);
        let ask =
            |principal| letter(&decide(&[policy(all.clone())], &Request::new(principal, "sqs:SendMessage", QUEUE)));
        assert_eq!(ask(Principal::Aws(SESSION.into())), session, "{principals}");
        assert_eq!(ask(Principal::Aws(BOB.into())), user, "{principals}");
        assert_eq!(ask(Principal::Service("events.amazonaws.com".into())), service, "{principals}");
    }
}

#[test]
fn a_policy_of_the_old_version_has_no_variables() {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "${aws:username}"}}});
    for (version, expected) in [(json!("2012-10-17"), 'A'), (json!("2008-10-17"), 'N')] {
        let policy = Policy::from_value(&json!({"Version": version, "Statement": statement})).unwrap();
        assert_eq!(letter(&decide(&[policy], &bob())), expected, "{version}");
    }
    let policy = Policy::from_value(&json!({"Statement": [statement]})).unwrap();
    assert_eq!(decide(&[policy], &bob()), Decision::ImplicitDeny);
}

#[test]
fn what_is_not_known_allows_nothing_and_may_deny_unless_the_rest_decides() {
    let unknown = json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}});
    let allow = json!({"Sid": "Yes", "Effect": "Allow", "Action": "*", "Resource": "*"});
    let perhaps = json!({"Sid": "Maybe", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": unknown});
    let perhaps_not = json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": unknown});
    let not_this = json!({"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": unknown});
    let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
    let decide = |statements: Value| decide(&[policy(statements)], &bob());
    let reason = "the statement Maybe: the condition operator DateLessThan is not known here".into();
    assert_eq!(decide(json!([perhaps])), Decision::Unknown { reason });
    assert_eq!(letter(&decide(json!([perhaps, allow]))), 'A');
    assert_eq!(letter(&decide(json!([perhaps, deny]))), 'D');
    let reason = "statement 2: the condition operator DateLessThan is not known here".into();
    assert_eq!(decide(json!([allow, perhaps_not])), Decision::Unknown { reason });
    assert_eq!(letter(&decide(json!([allow, not_this]))), 'A');
    assert_eq!(letter(&decide(json!([perhaps_not]))), 'N');
    assert_eq!(letter(&decide(json!([perhaps_not, deny]))), 'D');
    let also_no = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"x": "y"}, "StringEquals": {"aws:username": "eve"}}});
    assert_eq!(letter(&decide(also_no)), 'N');
}

#[test]
fn what_follows_from_the_principal_need_not_be_said() {
    let of = |principal: &str| Request::new(Principal::Aws(principal.into()), "sqs:SendMessage", QUEUE);
    let host = json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/autotag-host"}});
    assert_eq!(holds(&host, &of(SESSION)), 'A');
    assert_eq!(holds(&host, &of(BOB)), 'N');
    assert_eq!(holds(&host, &of(SESSION).with("aws:PrincipalArn", HOST)), 'N');
    assert_eq!(holds(&json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), &of(BOB)), 'A');
    assert_eq!(holds(&json!({"ArnLike": {"aws:PrincipalArn": "*:root"}}), &of("111122223333")), '?');
    assert_eq!(holds(&json!({"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}), &of("111122223333")), 'A');
    let service = json!({"Bool": {"aws:PrincipalIsAWSService": "true"}});
    assert_eq!((holds(&service, &events()), holds(&service, &of(BOB))), ('A', 'N'));
}

#[test]
fn a_queues_policy_lets_the_rule_in_by_tls_alone() {
    let queue = policy(json!([
        {"Sid": "RulesSendEvents", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": QUEUE,
            "Condition": {"ArnEquals": {"aws:SourceArn": [RULE, "arn:aws:events:eu-central-1:111122223333:rule/s3"]},
                "StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Sid": "OnlyByTls", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]));
    let ask = |request: Request| letter(&decide(std::slice::from_ref(&queue), &request));
    assert_eq!(ask(events()), 'A');
    assert_eq!(ask(events().with("aws:SecureTransport", "false")), 'D');
    assert_eq!(ask(events().with("aws:SourceAccount", "444455556666")), 'N');
    assert_eq!(ask(events().with("aws:SourceArn", "arn:aws:events:eu-central-1:111122223333:rule/other")), 'N');
    assert_eq!(ask(Request { principal: Principal::Aws(BOB.into()), ..events() }), 'N');
    assert_eq!(ask(Request { action: "sqs:PurgeQueue".into(), ..events() }), 'N');
}

#[test]
fn the_trust_of_a_role_names_no_resource() {
    let trust =
        policy(json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}));
    let ask = |service: &str| Request::new(Principal::Service(service.into()), "sts:AssumeRole", HOST);
    assert!(decide(std::slice::from_ref(&trust), &ask("ec2.amazonaws.com")).is_allowed());
    assert!(!decide(&[trust], &ask("ecs-tasks.amazonaws.com")).is_allowed());
}

#[test]
fn what_iam_would_not_take_is_refused_with_its_path() {
    let ok = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let with = |key: &str, value: Value| {
        let mut statement = ok.clone();
        statement[key] = value;
        json!({"Statement": [ok, statement]})
    };
    for (document, words) in [
        (json!([]), "document: it is no object"),
        (json!({}), "document: there is no Statement"),
        (json!({"Statement": []}), "Statement: there is none"),
        (json!({"Statement": ok, "Statements": []}), "document: unknown element `Statements`"),
        (json!({"Version": "2012-10-18", "Statement": ok}), "Version: \"2012-10-18\" is neither"),
        (with("Conditions", json!({})), "Statement[1]: unknown element `Conditions`; known are Sid, Effect"),
        (with("Effect", json!("allow")), "Statement[1].Effect: it must be \"Allow\" or \"Deny\""),
        (with("NotAction", json!("*")), "Statement[1]: Action and NotAction exclude each other"),
        (with("Action", json!([1])), "Statement[1].Action: 1 is no text"),
        (with("Sid", json!(1)), "Statement[1].Sid: 1 is no text"),
        (with("Principal", json!("bob")), "Statement[1].Principal: `bob` names no principal"),
        (with("Principal", json!({"Aws": "*"})), "Statement[1].Principal.Aws: known are AWS, Service"),
        (with("Condition", json!([])), "Statement[1].Condition: it is no object"),
        (with("Condition", json!({"Bool": {"a": {}}})), "Statement[1].Condition.Bool.a: {} is no text"),
        (json!({"Statement": {"Effect": "Allow", "Action": "*"}}), "Statement[0]: there is neither Resource nor"),
        (json!({"Statement": {"Effect": "Allow", "Resource": "*"}}), "Statement[0]: there is neither Action nor"),
    ] {
        let error = Policy::from_value(&document).unwrap_err().to_string();
        assert!(error.starts_with("the policy's ") && error.contains(words), "{error}");
    }
    assert!(Policy::parse("{").unwrap_err().to_string().starts_with("the policy is not JSON: "));
}
