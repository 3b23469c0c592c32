//! Conditions and variables, by tables from IAM's documentation.

use serde_json::json;

use super::*;

#[track_caller]
fn assert_conditions(request: &Request, table: &[(Value, char)]) {
    for (condition, expected) in table {
        assert_eq!(holds(condition, request), *expected, "{condition}");
    }
}

#[test]
fn strings_are_compared_as_their_operators_say() {
    let request = bob().with("ec2:Region", "eu-central-1").with("s3:prefix", "a*b");
    assert_conditions(
        &request,
        &[
            (json!({"StringEquals": {"ec2:Region": "eu-central-1"}}), 'A'),
            (json!({"StringEquals": {"EC2:region": ["us-east-1", "eu-central-1"]}}), 'A'),
            (json!({"StringEquals": {"ec2:Region": "EU-central-1"}}), 'N'),
            (json!({"StringEquals": {"ec2:Region": "eu-*"}}), 'N'),
            (json!({"StringEquals": {"s3:prefix": "a*b"}}), 'A'),
            (json!({"StringNotEquals": {"ec2:Region": "us-east-1"}}), 'A'),
            (json!({"StringNotEquals": {"ec2:Region": ["us-east-1", "eu-central-1"]}}), 'N'),
            (json!({"StringEqualsIgnoreCase": {"ec2:Region": "EU-central-1"}}), 'A'),
            (json!({"StringNotEqualsIgnoreCase": {"ec2:Region": "EU-central-1"}}), 'N'),
            (json!({"StringLike": {"ec2:Region": "eu-*"}}), 'A'),
            (json!({"StringLike": {"ec2:Region": ["us-*", "eu-central-?"]}}), 'A'),
            (json!({"StringLike": {"ec2:Region": "EU-*"}}), 'N'),
            (json!({"StringLike": {"ec2:Region": "eu"}}), 'N'),
            (json!({"StringNotLike": {"ec2:Region": "eu-*"}}), 'N'),
            (json!({"StringNotLike": {"ec2:Region": "us-*"}}), 'A'),
            // All operators and keys must hold.
            (json!({"StringEquals": {"ec2:Region": "eu-central-1", "aws:username": "bob"}}), 'A'),
            (json!({"StringEquals": {"ec2:Region": "eu-central-1", "aws:username": "eve"}}), 'N'),
            (json!({"StringEquals": {"ec2:Region": "eu-central-1"}, "StringLike": {"aws:username": "e*"}}), 'N'),
        ],
    );
}

#[test]
fn arns_booleans_and_numbers_are_compared_as_such() {
    let request = events().with("s3:max-keys", "10").with("aws:EpochTime", "soon");
    assert_conditions(
        &request,
        &[
            (json!({"ArnEquals": {"aws:SourceArn": RULE}}), 'A'),
            (json!({"ArnEquals": {"aws:SourceArn": "arn:aws:events:*:111122223333:rule/*"}}), 'A'),
            (json!({"ArnLike": {"aws:SourceArn": "arn:*:events:*:*:rule/autotag-???"}}), 'A'),
            // AWS's guide has wildcards within the parts of an ARN alone.
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:events:*:rule/autotag-ec2"}}), '?'),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:*"}}), '?'),
            (json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:*"}}), '?'),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:sqs:*"}}), 'N'),
            (json!({"ArnLike": {"aws:SourceArn": "*"}}), 'A'),
            (json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/*"}}), 'N'),
            (json!({"ArnNotEquals": {"aws:SourceArn": "arn:aws:events:*:*:rule/other"}}), 'A'),
            (json!({"Bool": {"aws:SecureTransport": "true"}}), 'A'),
            (json!({"Bool": {"aws:SecureTransport": true}}), 'A'),
            (json!({"Bool": {"aws:SecureTransport": "false"}}), 'N'),
            (json!({"NumericEquals": {"s3:max-keys": "10.0"}}), 'A'),
            (json!({"NumericNotEquals": {"s3:max-keys": 10}}), 'N'),
            (json!({"NumericLessThan": {"s3:max-keys": 10}}), 'N'),
            (json!({"NumericLessThanEquals": {"s3:max-keys": 10}}), 'A'),
            (json!({"NumericGreaterThan": {"s3:max-keys": "9"}}), 'A'),
            (json!({"NumericGreaterThanEquals": {"s3:max-keys": "11"}}), 'N'),
            (json!({"NumericEquals": {"aws:EpochTime": "10"}}), 'N'),
            (json!({"NumericNotEquals": {"aws:EpochTime": "10"}}), '?'),
            // There are variables for strings and ARNs alone.
            (json!({"Bool": {"aws:SecureTransport": "${aws:SecureTransport}"}}), '?'),
            (json!({"NumericEquals": {"s3:max-keys": "${s3:max-keys}"}}), '?'),
            (json!({"Null": {"s3:max-keys": "${aws:absent, 'false'}"}}), '?'),
            (json!({"ArnLike": {"aws:SourceArn": "${aws:SourceArn}"}}), 'A'),
        ],
    );
}

#[test]
fn an_absent_key_fails_what_asks_for_a_value_and_passes_what_asks_for_another() {
    for operator in
        ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "NumericEquals"]
    {
        assert_conditions(
            &bob(),
            &[
                (json!({operator: {"aws:absent": "1"}}), 'N'),
                (json!({format!("{operator}IfExists"): {"aws:absent": "1"}}), 'A'),
                (json!({format!("ForAllValues:{operator}"): {"aws:absent": "1"}}), 'A'),
                (json!({format!("ForAnyValue:{operator}"): {"aws:absent": "1"}}), 'N'),
                (json!({format!("ForAllValues:{operator}IfExists"): {"aws:absent": "1"}}), 'A'),
                (json!({format!("ForAnyValue:{operator}IfExists"): {"aws:absent": "1"}}), '?'),
            ],
        );
    }
    for operator in ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"] {
        assert_conditions(
            &bob(),
            &[
                (json!({operator: {"aws:absent": "1"}}), 'A'),
                (json!({format!("{operator}IfExists"): {"aws:absent": "1"}}), 'A'),
                (json!({format!("ForAllValues:{operator}"): {"aws:absent": "1"}}), 'A'),
                (json!({format!("ForAnyValue:{operator}"): {"aws:absent": "1"}}), 'N'),
            ],
        );
    }
    let present = bob().with("aws:absent", "2");
    assert_conditions(
        &present,
        &[
            (json!({"StringEqualsIfExists": {"aws:absent": "1"}}), 'N'),
            (json!({"StringNotEqualsIfExists": {"aws:absent": "1"}}), 'A'),
            (json!({"StringNotEqualsIfExists": {"aws:absent": "2"}}), 'N'),
        ],
    );
}

#[test]
fn null_asks_whether_a_key_is_absent() {
    let request = bob().with_values("aws:TagKeys", &["Owner"]).with_values("aws:none", &[]).with("aws:empty", "");
    assert_conditions(
        &request,
        &[
            (json!({"Null": {"aws:absent": "true"}}), 'A'),
            (json!({"Null": {"aws:absent": true}}), 'A'),
            (json!({"Null": {"aws:absent": "false"}}), 'N'),
            (json!({"Null": {"aws:TagKeys": "true"}}), 'N'),
            (json!({"Null": {"aws:TagKeys": "false"}}), 'A'),
            (json!({"Null": {"aws:none": "true"}}), 'A'),
            (json!({"Null": {"aws:empty": "true"}}), '?'),
            (json!({"NullIfExists": {"aws:absent": "true"}}), '?'),
        ],
    );
}

#[test]
fn all_or_any_of_several_values_must_be_listed_as_the_prefix_says() {
    let both = bob().with_values("aws:TagKeys", &["Owner", "PrincipalId"]);
    let keys = ["Owner", "PrincipalId"];
    assert_conditions(
        &both,
        &[
            (json!({"ForAllValues:StringEquals": {"aws:TagKeys": keys}}), 'A'),
            (json!({"ForAllValues:StringEquals": {"aws:TagKeys": "Owner"}}), 'N'),
            (json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "Owner"}}), 'A'),
            (json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["owner", "Name"]}}), 'N'),
            (json!({"ForAnyValue:StringLike": {"aws:TagKeys": "Principal*"}}), 'A'),
            (json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["Name", "x"]}}), 'A'),
            (json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["Name", "Owner"]}}), 'N'),
            (json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "Owner"}}), 'A'),
            (json!({"ForAnyValue:StringNotEquals": {"aws:TagKeys": keys}}), 'N'),
            // AWS does not document these.
            (json!({"StringEquals": {"aws:TagKeys": keys}}), '?'),
            (json!({"StringNotEquals": {"aws:TagKeys": "Name"}}), '?'),
            (json!({"StringEquals": {"aws:username": "${aws:TagKeys}"}}), '?'),
            (json!({"StringNotEquals": {"aws:username": "${aws:TagKeys}"}}), '?'),
            (json!({"ForSomeValues:StringEquals": {"aws:TagKeys": keys}}), '?'),
        ],
    );
    for none in [bob(), bob().with_values("aws:TagKeys", &[]), bob().with("aws:TagKeys", "")] {
        assert_conditions(
            &none,
            &[
                (json!({"ForAllValues:StringEquals": {"aws:TagKeys": keys}}), 'A'),
                (json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["", "Owner"]}}), 'N'),
            ],
        );
    }
}

#[test]
fn a_key_that_can_have_several_values_is_such_a_key_with_one() {
    for one in [bob().with("aws:TagKeys", "Owner"), bob().with_values("ec2:any", &["Owner"])] {
        let key = if one.context.get("aws:TagKeys").is_some() { "aws:TagKeys" } else { "ec2:any" };
        assert_conditions(
            &one,
            &[
                (json!({"ForAllValues:StringEquals": {key: "Owner"}}), 'A'),
                (json!({"StringEquals": {key: "Owner"}}), '?'),
                (json!({"StringNotEquals": {"aws:username": format!("${{{key}}}")}}), '?'),
            ],
        );
    }
}

#[test]
fn what_depends_on_a_key_that_may_be_there_cannot_be_told() {
    let open = bob().with_unknown_keys_except(&["aws:PrincipalTag/", "aws:SourceVpce"]);
    assert_conditions(
        &open,
        &[
            (json!({"StringEquals": {"aws:username": "bob"}}), 'A'),
            (json!({"StringEquals": {"aws:PrincipalTag/Team": "a"}}), 'N'),
            (json!({"StringNotEquals": {"AWS:sourcevpce": "vpce-1"}}), 'A'),
            (json!({"StringEquals": {"aws:SourceOrgID": "o-1"}}), '?'),
            (json!({"StringNotEquals": {"aws:SourceOrgID": "o-1"}}), '?'),
            (json!({"StringEqualsIfExists": {"aws:SourceOrgID": "o-1"}}), '?'),
            (json!({"Null": {"aws:SourceOrgID": "true"}}), '?'),
            (json!({"ForAllValues:StringEquals": {"aws:PrincipalServiceNamesList": "x"}}), '?'),
            (json!({"StringNotEquals": {"aws:username": "${aws:SourceOrgID, 'x'}"}}), '?'),
        ],
    );
}

#[test]
fn a_wildcard_of_a_resource_stays_within_a_part_of_its_arn() {
    let on = |pattern: &str| {
        let statement = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": pattern});
        let resource = "arn:aws:sqs:eu-central-1:111122223333:autotag".into();
        letter(&decide(&[policy(statement)], &Request { action: "sqs:SendMessage".into(), resource, ..bob() }))
    };
    for (pattern, expected) in [
        ("*", 'A'),
        ("arn:aws:sqs:*:*:auto*", 'A'),
        ("arn:aws:sqs:*", '?'),
        ("arn:*autotag", '?'),
        ("arn:aws:sns:*", 'N'),
    ] {
        assert_eq!(on(pattern), expected, "{pattern}");
    }
}

#[test]
fn variables_are_replaced_by_the_requests_values_which_are_no_wildcards() {
    let tagged = |id: &str| bob().with("ec2:ResourceTag/PrincipalId", id);
    let mine = json!({"StringEquals": {"ec2:ResourceTag/PrincipalId": "${aws:userid}"}});
    assert_eq!(holds(&mine, &tagged("AIDABOB")), 'A');
    assert_eq!(holds(&mine, &tagged("AIDAEVE")), 'N');
    assert_eq!(holds(&mine, &bob()), 'N');
    let request =
        bob().with("aws:star", "a*").with("s3:prefix", "abc").with("s3:key", "home/bob/x").with("s3:odd", "a*$?");
    assert_conditions(
        &request,
        &[
            (json!({"StringLike": {"s3:prefix": "${aws:star}"}}), 'N'),
            (json!({"StringLike": {"s3:key": "home/${aws:UserName}/*"}}), 'A'),
            (json!({"StringEquals": {"s3:odd": "a${*}${$}${?}"}}), 'A'),
            (json!({"StringLike": {"s3:prefix": "a${*}"}}), 'N'),
            (json!({"StringEquals": {"s3:prefix": "${aws:absent, 'abc'}"}}), 'A'),
            (json!({"StringEquals": {"aws:username": "${aws:username, 'eve'}"}}), 'A'),
            (json!({"StringEquals": {"s3:prefix": "${unclosed"}}), 'N'),
        ],
    );
    for (resource, expected) in [
        ("arn:aws:s3:::b/${aws:username}/*", 'A'),
        ("arn:aws:s3:::b/${aws:userid}/*", 'N'),
        ("arn:aws:s3:::b/${aws:absent}/*", 'N'),
    ] {
        let statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": resource});
        let request = Request { action: "s3:GetObject".into(), resource: "arn:aws:s3:::b/bob/x".into(), ..bob() };
        assert_eq!(letter(&decide(&[policy(statement)], &request)), expected, "{resource}");
    }
}

#[test]
fn a_variable_without_a_value_is_like_nothing_and_makes_nothing_true() {
    let request = bob().with("s3:prefix", "abc").with_values("aws:TagKeys", &["a", "b"]);
    assert_conditions(
        &request,
        &[
            (json!({"StringEquals": {"s3:prefix": "${aws:absent}"}}), 'N'),
            (json!({"StringEquals": {"s3:prefix": ["${aws:absent}", "abc"]}}), '?'),
            (json!({"StringNotEquals": {"s3:prefix": "${aws:absent}"}}), '?'),
            (json!({"StringNotEquals": {"s3:prefix": ["${aws:absent}", "abc"]}}), 'N'),
            (json!({"StringNotEquals": {"s3:prefix": ["${aws:TagKeys}", "abc"]}}), 'N'),
            (json!({"StringEquals": {"s3:prefix": ["${aws:TagKeys}", "abc"]}}), 'A'),
        ],
    );
}
