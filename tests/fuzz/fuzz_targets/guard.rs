//! A plugin's answer that mixes ids of the record with invented ones, before the guard.
//!
//! Whatever the guard lets pass keeps its laws, and what is honest passes.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Arbitrary, Result, Unstructured};
use autotag_core::event::decode;
use autotag_core::guard::{Checked, Guard, MAX_KEY_CHARS, MAX_RESOURCES, MAX_TAGS, MAX_VALUE_CHARS, PluginScope};
use autotag_core::resource::ResourceId;
use autotag_core::tagging::{ProposedTagging, Related};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

/// A text that may be an id: few different ones, so that answer and record meet.
#[derive(Debug, Clone)]
struct Id(String);

impl<'a> Arbitrary<'a> for Id {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let number = input.int_in_range(0..=7)?;
        let prefix = *input.choose(&["i", "eni", "vol", "snap", "ami", "eni-attach", "user"])?;
        let id = format!("{prefix}-{number:017x}");
        Ok(Self(match input.int_in_range(0..=9)? {
            0 => format!("arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{id}"),
            1 => format!("arn:aws:{}:{}:{}:x/{id}", text(input)?, text(input)?, text(input)?),
            2 => String::arbitrary(input)?,
            _ => id,
        }))
    }
}

/// One of few texts that matter in an ARN.
fn text<'a>(input: &mut Unstructured<'a>) -> Result<&'a str> {
    Ok(*input.choose(&["ec2", "s3", "", REGION, "us-east-1", ACCOUNT, "444455556666"])?)
}

/// JSON, with keys that may stand twice.
#[derive(Debug, Clone)]
enum Json {
    Null,
    Number(i64),
    Text { id: Id, escaped: bool },
    List(Vec<Json>),
    Object(Vec<(Id, Json)>),
}

impl Json {
    fn arbitrary(input: &mut Unstructured<'_>, depth: usize) -> Result<Self> {
        let kinds = if depth == 0 { 2 } else { 4 };
        Ok(match input.int_in_range(0..=kinds)? {
            0 => Self::Null,
            1 => Self::Number(input.arbitrary()?),
            2 => Self::Text { id: input.arbitrary()?, escaped: input.arbitrary()? },
            3 => {
                let count = input.int_in_range(0..=4)?;
                Self::List((0..count).map(|_| Self::arbitrary(input, depth - 1)).collect::<Result<_>>()?)
            }
            _ => {
                let count = input.int_in_range(0..=4)?;
                let member =
                    |input: &mut Unstructured<'_>| Ok((input.arbitrary()?, Self::arbitrary(input, depth - 1)?));
                Self::Object((0..count).map(|_| member(input)).collect::<Result<_>>()?)
            }
        })
    }

    fn write(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Number(number) => number.to_string(),
            Self::Text { id, escaped: false } => json!(id.0).to_string(),
            Self::Text { id, escaped: true } => {
                let units = id.0.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                format!("\"{units}\"")
            }
            Self::List(elements) => format!("[{}]", elements.iter().map(Self::write).collect::<Vec<_>>().join(",")),
            Self::Object(members) => {
                let members = members.iter().map(|(key, value)| format!("{}:{}", json!(key.0), value.write()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The strings that are values, not keys.
    fn texts(&self) -> BTreeSet<&str> {
        match self {
            Self::Null | Self::Number(_) => BTreeSet::new(),
            Self::Text { id, .. } => BTreeSet::from([id.0.as_str()]),
            Self::List(elements) => elements.iter().flat_map(Self::texts).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, value)| value.texts()).collect(),
        }
    }
}

#[derive(Debug)]
struct Case {
    request: Json,
    response: Json,
    principal: Option<String>,
    answer: Vec<ProposedTagging>,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let (request, response) = (Json::arbitrary(input, 4)?, Json::arbitrary(input, 4)?);
        let principal: Option<String> = if input.ratio(7, 8)? {
            Some(input.choose(&["AIDABOB", "AROA:bob"])?.to_string())
        } else {
            input.arbitrary()?
        };
        let taggings = input.int_in_range(0..=4)?;
        let answer = (0..taggings).map(|_| tagging(input, principal.as_deref())).collect::<Result<_>>()?;
        Ok(Self { request, response, principal, answer })
    }
}

fn tagging(input: &mut Unstructured<'_>, principal: Option<&str>) -> Result<ProposedTagging> {
    let ids = input.int_in_range(0..=4)?;
    let resources = (0..ids).map(|_| Ok(Id::arbitrary(input)?.0)).collect::<Result<Vec<_>>>()?;
    // Now and then too many of them.
    let times = if input.ratio(1, 64)? { 300 } else { 1 };
    let tags = input.int_in_range(0..=3)?;
    let mut tags = (0..tags).map(|_| tag(input, principal)).collect::<Result<Vec<_>>>()?;
    if input.ratio(1, 64)? {
        tags.extend((0..51).map(|number| (format!("Key{number}"), String::new())));
    }
    let attached = [Related::Volumes, Related::NetworkInterfaces];
    let related = input.choose(&[&[][..], &attached])?.to_vec();
    let resources = (0..times).flat_map(|_| resources.clone()).collect();
    Ok(ProposedTagging { resources, related, tags })
}

fn tag(input: &mut Unstructured<'_>, principal: Option<&str>) -> Result<(String, String)> {
    let key = match input.int_in_range(0..=9)? {
        0 => String::arbitrary(input)?,
        1 => format!("aws:{}", input.int_in_range(0..=9)?),
        2 => "ü".repeat(input.int_in_range(120..=140)?),
        3..=5 => "PrincipalId".into(),
        6 => format!("Key{}", input.int_in_range(0..=60)?),
        _ => "Owner".into(),
    };
    let value = match input.int_in_range(0..=7)? {
        0 => String::arbitrary(input)?,
        1 => "ü".repeat(input.int_in_range(250..=300)?),
        2 => "AIDAEVE".into(),
        _ => principal.unwrap_or("bob").into(),
    };
    Ok((key, value))
}

fuzz_target!(|case: Case| {
    let identity = case.principal.as_ref().map_or(json!({}), |id| json!({"principalId": id}));
    let event = format!(
        r#"{{"id":"e","detail-type":"AWS API Call via CloudTrail","source":"aws.ec2","account":"{ACCOUNT}","region":"{REGION}",
            "detail":{{"eventName":"RunInstances","eventSource":"ec2.amazonaws.com","userIdentity":{identity},"requestParameters":{},"responseElements":{}}}}}"#,
        case.request.write(),
        case.response.write(),
    );
    let event = decode(event.as_bytes()).remove(0).expect("an event");
    let record = event.record().expect("a record");
    let keys: BTreeSet<String> = ["Owner".into(), "PrincipalId".into()]
        .into_iter()
        .chain((0..51).map(|number| format!("Key{number}")))
        .collect();
    // Two keys that only the one allows and only the other declares.
    let (mut allowed, mut declared) = (keys.clone(), keys);
    allowed.remove("Key49");
    declared.remove("Key48");
    let access_keys = BTreeSet::from(["PrincipalId".to_owned()]);
    let guard = Guard { tag_keys: allowed.clone(), access_keys, ..Guard::default() };
    let (created, mentioned) = (case.response.texts(), case.request.texts());

    let honest = is_honest(&case, &created, &mentioned);
    let scope = PluginScope { tag_keys: &declared, is_chosen: false };
    let checked = guard.check(&event, &record, scope, case.answer.clone());
    assert!(!honest || checked.is_ok(), "refused, although honest: {checked:?}");
    let Ok(Checked { taggings, alterations: altered }) = checked else { return };

    let resources: usize = taggings.iter().map(|tagging| tagging.claims.len()).sum();
    assert!(resources <= MAX_RESOURCES);
    let mut values = BTreeMap::new();
    for tagging in &taggings {
        assert!(!tagging.claims.is_empty() && !tagging.tags.is_empty() && tagging.tags.len() <= MAX_TAGS);
        for claim in &tagging.claims {
            let id = claim.resource.as_str();
            assert!(created.contains(id), "{id} is not in what the call answered");
            assert!(!mentioned.contains(id), "{id} stands in the request");
            for (key, value) in &tagging.tags {
                assert_eq!(values.entry((id, key)).or_insert(value), &value, "{id} gets two values for {key}");
            }
        }
        for (key, value) in &tagging.tags {
            assert!(allowed.contains(key) && declared.contains(key), "{key}");
            assert!((1..=MAX_KEY_CHARS).contains(&key.chars().count()) && !key.starts_with("aws:"), "{key}");
            assert!(value.chars().count() <= MAX_VALUE_CHARS, "{value}");
            if key == "PrincipalId" {
                assert_eq!(Some(value), case.principal.as_ref());
            }
            // A value is the plugin's own, or the beginning of it, and then the cut is reported.
            let said = |(said_key, said_value): &(String, String)| {
                let is_cut = altered.as_ref().is_some_and(|altered| altered.cut.contains(key));
                said_key == key && (said_value == value || (is_cut && said_value.starts_with(value.as_str())))
            };
            assert!(case.answer.iter().flat_map(|tagging| &tagging.tags).any(said), "{key} = {value}");
        }
    }
});

/// One tagging, of what the call created, with the tags of the caller.
fn is_honest(case: &Case, created: &BTreeSet<&str>, mentioned: &BTreeSet<&str>) -> bool {
    let [tagging] = case.answer.as_slice() else { return case.answer.is_empty() };
    let keys: BTreeSet<_> = tagging.tags.iter().map(|(key, _)| key.as_str()).collect();
    let is_own = |id: &String| {
        let is_launched = |id: ResourceId| matches!(id.prefix(), Some("i" | "eni" | "sir"));
        created.contains(id.as_str())
            && !mentioned.contains(id.as_str())
            && ResourceId::parse(id).is_some_and(is_launched)
    };
    tagging.resources.len() <= MAX_RESOURCES
        && tagging.resources.iter().all(is_own)
        && keys.len() == tagging.tags.len()
        && keys.iter().all(|key| ["Owner", "PrincipalId"].contains(key))
        && tagging.tags.iter().all(|(key, value)| key != "PrincipalId" || Some(value) == case.principal.as_ref())
        && case.principal.as_ref().is_none_or(|id| id.chars().count() <= MAX_VALUE_CHARS)
}
