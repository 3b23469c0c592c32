//! The table of API calls against the model of EC2's API.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use autotag_api_calls::ec2::CALLS;

use super::exceptions::EXCEPTIONS;
use crate::service_model::{Content, ServiceModel};

static MODEL: LazyLock<ServiceModel> = LazyLock::new(|| ServiceModel::of("ec2"));

/// The verbs of API calls that read, change or remove existing resources. Their answers have tags as well. Every other
/// API call, present and future, must be in the table or among the exceptions.
const CREATES_NOTHING: [&str; 9] =
    ["Cancel", "Delete", "Describe", "Detach", "Disable", "Disassociate", "Get", "Modify", "Reject"];

/// The names under which requests take tags for what they create.
const TAGS: &[&str] = &["TagSpecification", "TagSpecifications"];

/// The API calls that create something that can be tagged, as far as the model shows: they accept tags for it, or their
/// answer has its tags.
fn creating() -> BTreeSet<&'static str> {
    let creates = |call: &&str| {
        MODEL.takes(call, TAGS)
            || (!CREATES_NOTHING.iter().any(|verb| call.starts_with(verb)) && MODEL.answers_tags(call))
    };
    MODEL.calls().filter(creates).collect()
}

#[test]
fn every_call_that_creates_something_taggable_is_known_or_an_exception_with_a_reason() {
    let known =
        |call: &&str| CALLS.iter().any(|row| row.name == *call) || EXCEPTIONS.iter().any(|(name, _)| name == call);
    let creating = creating();
    // If the model were parsed wrongly, it would find nothing wrong.
    assert!(creating.len() > 100, "only {creating:?}");
    let unknown: Vec<_> = creating.into_iter().filter(|call| !known(call)).collect();
    assert!(unknown.is_empty(), "in the model, but neither in the table nor among EXCEPTIONS: {unknown:?}");
}

#[test]
fn every_exception_is_an_api_call_and_would_be_missing_without_it() {
    let creating = creating();
    for (call, reason) in EXCEPTIONS {
        assert!(MODEL.has(call), "{call} is no call of EC2's any more");
        assert!(creating.contains(call), "{call} needs no exception");
        assert!(!CALLS.iter().any(|row| row.name == call), "{call} is in the table: it is no exception");
        assert!(reason.contains(' '), "{call} has no reason");
    }
    assert!(EXCEPTIONS.is_sorted_by_key(|(call, _)| call));
}

#[test]
fn every_path_of_every_call_leads_to_a_string_in_its_answer() {
    for call in CALLS {
        assert!(MODEL.has(call.name), "{} is no call of EC2's", call.name);
        for path in call.paths() {
            assert_eq!(MODEL.at(call.name, path), Some(Content::String), "{}: {path}", call.name);
        }
    }
}

#[test]
fn a_path_that_leads_elsewhere_is_noticed() {
    for (call, path, found) in [
        ("RunInstances", "instancesSet.networkInterfaceSet.networkInterfaceId", Some(Content::String)),
        ("CreateFlowLogs", "flowLogIdSet", Some(Content::String)),
        ("CreateFlowLogs", "flowLogIdSet.item", None),
        ("CreateVpc", "vpcId", None),
        ("CreateVpc", "vpc.vpcid", None),
        ("CreateVpc", "vpc", Some(Content::Structure("Vpc"))),
        ("CreateVpc", "vpc.isDefault", Some(Content::Other)),
        ("CreateVpc", "vpc.state", Some(Content::Other)),
    ] {
        assert_eq!(MODEL.at(call, path), found, "{call}: {path}");
    }
}
