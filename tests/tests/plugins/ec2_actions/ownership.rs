//! The host's table of API calls, against the plugins', the API's model and the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_core::ownership::calls::{self, Evidence, Repeat};
use autotag_plugin_ec2::ACTIONS;

use crate::service_model::{Content, ServiceModel};

const EC2: &str = "ec2.amazonaws.com";

#[test]
fn the_host_knows_the_calls_that_the_plugins_know_and_no_other() {
    let known: BTreeSet<_> = calls::all().map(|call| (call.event_source, call.name)).collect();
    let ec2 = ACTIONS.iter().map(|action| (EC2, action.name));
    let rds = autotag_plugin_rds::ACTIONS.iter().map(|action| ("rds.amazonaws.com", action.name));
    let s3 = autotag_plugin_s3::ACTIONS.iter().map(|action| (action.event_source, action.name));
    assert_eq!(known, ec2.chain(rds).chain(s3).collect());
}

#[test]
fn every_time_and_state_stands_beside_its_id_in_the_answer() {
    let model = ServiceModel::of("ec2");
    for call in calls::all().filter(|call| call.event_source == EC2) {
        let action = ACTIONS.iter().find(|action| action.name == call.name).unwrap();
        for kind in call.kinds {
            let (Evidence::Time { id, time: field, .. } | Evidence::State { id, field, .. }) = kind.evidence else {
                continue;
            };
            let path = action.ids.iter().find(|path| path.rsplit('.').next() == Some(id));
            let path = path.unwrap_or_else(|| panic!("{}: the plugin looks for {:?}, not {id}", call.name, action.ids));
            let beside = path.rsplit_once('.').map_or(field.to_owned(), |(parent, _)| format!("{parent}.{field}"));
            let content = model.at(call.name, &beside);
            assert!(
                matches!(content, Some(Content::Other | Content::String)),
                "{}: {beside} is {content:?}",
                call.name
            );
        }
    }
}

#[test]
fn the_documentation_names_every_call_that_proves_nothing_with_a_client_token() {
    let model = ServiceModel::of("ec2");
    // For each kind, since an API call can show the age of one and not of another.
    let hides_age = |call: &calls::ApiCall| {
        call.kinds.iter().any(|kind| matches!(kind.evidence, Evidence::Nothing | Evidence::State { .. }))
    };
    let open = calls::all().filter(|call| match call.repeat {
        Repeat::ReturnsExisting | Repeat::ReturnsExistingIn(_) => true,
        Repeat::CreatesOrFails => {
            call.event_source == EC2 && model.takes(call.name, &["ClientToken"]) && hides_age(call)
        }
    });
    let open: BTreeSet<_> = open.map(|call| call.name.to_owned()).collect();
    let docs = documentation();
    let table = docs.split_once("<!-- open: held by a test -->").unwrap().1.split("\n\n").next().unwrap();
    let named = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(named.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), open);
}

#[test]
fn the_documentation_names_every_call_whose_time_no_recording_confirms() {
    let model = ServiceModel::of("ec2");
    let is_modelled = |call: &calls::ApiCall| {
        call.kinds.iter().any(|kind| matches!(kind.evidence, Evidence::Time { is_recorded: false, .. }))
    };
    let modelled = calls::all()
        .filter(|call| call.event_source == EC2 && model.takes(call.name, &["ClientToken"]) && is_modelled(call));
    let modelled: BTreeSet<_> = modelled.map(|call| call.name.to_owned()).collect();
    let docs = documentation();
    let list = docs.split_once("<!-- modelled: held by a test -->").unwrap().1.split("\n- ").next().unwrap();
    assert_eq!(list.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect::<BTreeSet<_>>(), modelled);
}

fn documentation() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ownership.md")).unwrap()
}
