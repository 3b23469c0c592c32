//! The API calls that the plugins `rds` and `s3` know, checked against the APIs' models.

use std::collections::BTreeSet;

use autotag_api_calls::{rds, s3};

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
    let known: BTreeSet<_> = rds::CALLS.iter().map(|call| call.name).collect();
    let excepted: BTreeSet<_> = RDS_EXCEPTIONS.iter().map(|(call, _)| *call).collect();
    let taking: BTreeSet<_> = model.calls().filter(|call| model.takes(call, &["Tags"])).collect();
    // If the model were parsed wrongly, it would find nothing wrong.
    assert!(taking.len() > 30, "only {taking:?}");
    let unknown: Vec<_> = taking.difference(&known.union(&excepted).copied().collect()).copied().collect();
    assert!(unknown.is_empty(), "in the model, but neither in the table nor among the exceptions: {unknown:?}");
    assert!(known.is_disjoint(&excepted) && excepted.is_subset(&taking), "an exception that is none: {excepted:?}");
}

#[test]
fn every_path_of_every_call_of_rds_leads_to_a_string_in_its_response() {
    let model = ServiceModel::of("rds");
    for call in rds::CALLS {
        assert!(model.has(call.name), "{} is no call of RDS's", call.name);
        let kinds = call.kinds.iter();
        for path in kinds.flat_map(|kind| kind.paths.iter().chain(kind.name_in_response)) {
            // The record leaves out the one structure around what was created, if it is alone in the response.
            let at = |path: &str| model.at(call.name, path);
            let found = at(path).or_else(|| model.alone(call.name).and_then(|alone| at(&format!("{alone}.{path}"))));
            assert_eq!(found, Some(Content::String), "{}: {path}", call.name);
        }
    }
}

/// API calls of S3 that take tags and are not in the table, with the reason.
const S3_EXCEPTIONS: &[(&str, &str)] = &[
    ("CreateAccessGrant", "only S3 Control's TagResource tags it, which the host does not send yet"),
    ("CreateAccessGrantsInstance", "only S3 Control's TagResource tags it, which the host does not send yet"),
    ("CreateAccessGrantsLocation", "only S3 Control's TagResource tags it, which the host does not send yet"),
    ("CreateJob", "only S3 Control's PutJobTagging tags it, which the host does not send"),
    ("CreateStorageLensGroup", "only S3 Control's TagResource tags it, which the host does not send yet"),
    ("PutJobTagging", "tags what exists"),
    ("PutStorageLensConfiguration", "changes what exists as often as it creates something, and does not say which"),
    ("PutStorageLensConfigurationTagging", "tags what exists"),
    ("TagResource", "tags what exists"),
];

#[test]
fn every_call_of_s3_that_takes_tags_is_known_or_an_exception_with_a_reason() {
    let apis = [ServiceModel::of("s3"), ServiceModel::of("s3control")];
    let taking = apis.iter().flat_map(|api| api.calls().filter(|call| api.takes(call, &["Tags"])));
    let taking: BTreeSet<_> = taking.collect();
    let known: BTreeSet<_> = s3::CALLS.iter().map(|call| call.name).collect();
    let excepted: BTreeSet<_> = S3_EXCEPTIONS.iter().map(|(call, _)| *call).collect();
    assert_eq!(taking, known.union(&excepted).copied().collect(), "what takes tags, and what is known of it");
    assert!(S3_EXCEPTIONS.iter().chain(RDS_EXCEPTIONS).all(|(_, reason)| reason.contains(' ')));
}
