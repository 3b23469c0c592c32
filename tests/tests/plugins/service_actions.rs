//! The API calls that the plugins `rds` and `s3` know, checked against the APIs' models.

use std::collections::BTreeSet;

use crate::service_model::{Content, ServiceModel};

/// API calls of RDS that take tags and are not in the table, with the reason.
const RDS_EXCEPTIONS: &[(&str, &str)] = &[
    ("AddTagsToResource", "tags what exists"),
    ("CreateBlueGreenDeployment", "its response has the ARNs of what exists, but none of its own"),
    ("CreateDBCapacityReservation", "the form of its ARN is documented nowhere, and no recorded event shows one"),
    ("ModifyDBInstance", "changes what exists"),
    ("PromoteReadReplica", "changes what exists"),
    (
        "StartDBInstanceAutomatedBackupsReplication",
        "the backups that it answers with are those of an instance that exists",
    ),
];

#[test]
fn every_call_of_rds_that_takes_tags_is_known_or_an_exception_with_a_reason() {
    let model = ServiceModel::of("rds");
    let known: BTreeSet<_> = autotag_plugin_rds::ACTIONS.iter().map(|action| action.name).collect();
    let excepted: BTreeSet<_> = RDS_EXCEPTIONS.iter().map(|(call, _)| *call).collect();
    let taking: BTreeSet<_> = model.calls().filter(|call| model.takes(call, &["Tags"])).collect();
    // If the model were parsed wrongly, it would find nothing wrong.
    assert!(taking.len() > 30, "only {taking:?}");
    let unknown: Vec<_> = taking.difference(&known.union(&excepted).copied().collect()).copied().collect();
    assert!(unknown.is_empty(), "in the model, but neither in ACTIONS nor among the exceptions: {unknown:?}");
    assert!(known.is_disjoint(&excepted) && excepted.is_subset(&taking), "an exception that is none: {excepted:?}");
}

#[test]
fn every_path_of_every_call_of_rds_leads_to_a_string_in_its_response() {
    let model = ServiceModel::of("rds");
    for action in autotag_plugin_rds::ACTIONS {
        assert!(model.has(action.name), "{} is no call of RDS's", action.name);
        for path in action.paths.arn.iter().chain(action.paths.in_response) {
            // The record leaves out the one structure around what was created, if it is alone in the response.
            let at = |path: &str| model.at(action.name, path);
            let found = at(path).or_else(|| model.alone(action.name).and_then(|alone| at(&format!("{alone}.{path}"))));
            assert_eq!(found, Some(Content::String), "{}: {path}", action.name);
        }
    }
}

#[test]
fn every_call_of_s3_is_one_of_its_apis() {
    let (buckets, control) = (ServiceModel::of("s3"), ServiceModel::of("s3control"));
    for action in autotag_plugin_s3::ACTIONS {
        assert!(buckets.has(action.name) || control.has(action.name), "{} is no call of S3's", action.name);
    }
}
