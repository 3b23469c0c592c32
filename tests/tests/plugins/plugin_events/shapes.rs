//! The shapes of records, as recordings show them: the events written for the plugins must have the same.

use autotag_tests::plugin_events::cases;
use serde_json::Value;

/// What recordings contain, and no plugin may fail on.
const RECORDED: [(&str, Form); 27] = [
    ("/userIdentity/accessKeyId", Form::EmptyText),
    ("/userIdentity/arn", Form::EmptyText),
    ("/userIdentity/principalId", Form::EmptyText),
    ("/userIdentity/credentialId", Form::Text),
    ("/userIdentity/identityProvider", Form::Text),
    ("/userIdentity/inScopeOf", Form::EmptyObject),
    ("/userIdentity/inScopeOf/credentialsIssuedTo", Form::Text),
    ("/userIdentity/inScopeOf/sourceArn", Form::Text),
    ("/userIdentity/invokedByDelegate/accountId", Form::Text),
    ("/userIdentity/onBehalfOf/userId", Form::Text),
    ("/userIdentity/sessionContext/assumedRoot", Form::Text),
    ("/userIdentity/sessionContext/ec2RoleDelivery", Form::Text),
    ("/userIdentity/sessionContext/sessionIssuer", Form::EmptyObject),
    ("/userIdentity/sessionContext/sourceIdentity", Form::EmptyText),
    ("/userIdentity/sessionContext/webIdFederationData", Form::EmptyObject),
    ("/userIdentity/sessionContext/webIdFederationData/attributes", Form::Object),
    ("/addendum", Form::Object),
    ("/apiVersion", Form::Text),
    ("/errorCode", Form::Null),
    ("/eventContext", Form::Object),
    ("/resources", Form::List),
    ("/serviceEventDetails", Form::Object),
    ("/vpcEndpointAccountId", Form::Text),
    ("/vpcEndpointId", Form::Text),
    // One snapshot and several; and a numeric owner, as until 2023.
    ("/responseElements/CreateSnapshotsResponse/snapshotSet/item", Form::Object),
    ("/responseElements/CreateSnapshotsResponse/snapshotSet/item", Form::List),
    ("/responseElements/CreateTrafficMirrorTargetResponse/trafficMirrorTarget/ownerId", Form::Number),
];

/// The kinds of identities in recordings.
const KINDS: [&str; 8] = [
    "AWSAccount",
    "AWSService",
    "AssumedRole",
    "FederatedUser",
    "IAMUser",
    "IdentityCenterUser",
    "Root",
    "WebIdentityUser",
];

/// Numbers that are strings all the same: accounts, and one more.
const NUMBERS_AS_TEXTS: [&str; 6] =
    ["PeerAccountId", "owner", "ownerId", "resourceOwner", "virtualNetworkId", "vpcOwnerId"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Null,
    Number,
    EmptyText,
    Text,
    List,
    EmptyObject,
    Object,
}

impl Form {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Number(_) => Self::Number,
            Value::String(text) if text.is_empty() => Self::EmptyText,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(fields) if fields.is_empty() => Self::EmptyObject,
            Value::Object(_) => Self::Object,
            Value::Bool(_) => return None,
        })
    }
}

#[test]
fn whatever_recordings_show_is_in_some_event() {
    let records: Vec<_> =
        ["ec2", "rds", "s3"].into_iter().flat_map(cases).map(|mut case| case.event["detail"].take()).collect();
    let is_there = |(path, form): &(&str, Form)| {
        records.iter().any(|record| record.pointer(path).and_then(Form::of) == Some(*form))
    };
    let missing: Vec<_> = RECORDED.iter().filter(|wanted| !is_there(wanted)).collect();
    assert!(missing.is_empty(), "in no event: {missing:?}");
    for kind in KINDS {
        assert!(records.iter().any(|record| record["userIdentity"]["type"] == kind), "no event by a {kind}");
    }
}

/// EC2's newer API calls are XML within an element of the API call's name, from which CloudTrail guesses the types.
#[test]
fn wrapped_requests_and_answers_hold_what_cloudtrail_makes_of_xml() {
    let mut wrapped = 0;
    for case in cases("ec2") {
        let record = &case.event["detail"];
        for value in ["requestParameters", "responseElements"].into_iter().filter_map(|part| inside(&record[part])) {
            wrapped += 1;
            for (name, value) in below(value) {
                let as_text = value.as_str().filter(|_| !NUMBERS_AS_TEXTS.contains(&name)).unwrap_or_default();
                let is_guessed = as_text.parse::<u32>().is_ok() || ["true", "false"].contains(&as_text);
                assert!(!is_guessed, "{}: {name}: {value} is no text", case.file);
                // A list of one becomes its element, and an empty list an empty string.
                let is_short = value.as_array().is_some_and(|list| list.len() < 2);
                let is_empty = matches!(Form::of(value), Some(Form::Null | Form::EmptyObject));
                assert!(!is_short && !is_empty, "{}: {name}: {value}", case.file);
                assert!(value.get("items").is_none(), "{}: {name} has items, and not each an item", case.file);
            }
        }
    }
    assert!(wrapped > 0, "no event has such a part any more");
}

#[test]
fn other_answers_hold_their_lists_in_items_and_private_addresses_in_item() {
    for case in cases("ec2") {
        let answer = &case.event["detail"]["responseElements"];
        if answer.is_null() || inside(answer).is_some() {
            continue;
        }
        for (name, value) in below(answer) {
            let has_list = |elements: &str| value.get(elements).is_some_and(Value::is_array);
            assert_eq!(has_list("item"), value.get("item").is_some(), "{}: {name}", case.file);
            assert!(!(has_list("item") && name != "privateIpAddressesSet"), "{}: {name}", case.file);
            assert!(!(has_list("items") && name == "privateIpAddressesSet"), "{}: {name}", case.file);
            assert!(!value.is_array() || ["item", "items"].contains(&name), "{}: {name} is a list", case.file);
            let is_empty = matches!(Form::of(value), Some(Form::Null | Form::EmptyText));
            assert!(!is_empty, "{}: {name}: {value} is no empty set", case.file);
        }
    }
}

/// The content of the one element that is named after the API call.
fn inside(part: &Value) -> Option<&Value> {
    let fields = part.as_object().filter(|fields| fields.len() == 1)?;
    let (name, value) = fields.iter().next()?;
    (value.is_object() && (name.ends_with("Request") || name.ends_with("Response"))).then_some(value)
}

/// Every nested value, with the name of its field, or of the list that it is in.
fn below(value: &Value) -> Vec<(&str, &Value)> {
    fn collect<'a>(name: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
        found.push((name, value));
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| collect(name, element, found)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(name, value, found)),
            _ => {}
        }
    }

    let mut found = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        collect(name, value, &mut found);
    }
    found
}
