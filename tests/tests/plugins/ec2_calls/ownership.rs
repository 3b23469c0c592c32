//! What the table says of age, against the API's model and the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_api_calls::ec2::EVENT_SOURCE;
use autotag_api_calls::{ApiCall, Evidence, Repeat, all, ec2};

use crate::service_model::{Content, ServiceModel};

/// How long a line of the documentation may be.
const LINE: usize = 120;

#[test]
fn every_time_and_state_stands_beside_its_id_in_the_answer() {
    let model = ServiceModel::of("ec2");
    for call in ec2::CALLS {
        for kind in call.kinds {
            let (Evidence::Time { time: field, .. } | Evidence::State { field, .. }) = kind.evidence else {
                continue;
            };
            let [path] = kind.paths else { panic!("{}: beside which of {:?}?", call.name, kind.paths) };
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
    let hides_age = |call: &ApiCall| {
        call.kinds.iter().any(|kind| matches!(kind.evidence, Evidence::Nothing | Evidence::State { .. }))
    };
    let open = all().filter(|call| match call.repeat {
        Repeat::ReturnsExisting | Repeat::ReturnsExistingIn(_) => true,
        Repeat::CreatesOrFails => {
            call.event_source == EVENT_SOURCE && model.takes(call.name, &["ClientToken"]) && hides_age(call)
        }
    });
    let open: BTreeSet<_> = open.map(|call| call.name).collect();
    hold_documentation("<!-- open: written by `cargo xtask generate` -->\n", "\n\n", |table| {
        let rows: Vec<&str> = table.lines().collect();
        let (head, rows) = rows.split_at(2);
        // What else decides is written by hand.
        let row = |name: &&str| {
            let known = rows.iter().find(|row| row.starts_with(&format!("| `{name}`")));
            known.map_or_else(|| format!("| `{name}` | nothing |"), |row| (*row).to_owned())
        };
        let rows = open.iter().map(row);
        head.iter().map(|line| (*line).to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn the_documentation_names_every_call_whose_time_no_recording_confirms() {
    let model = ServiceModel::of("ec2");
    let is_modelled = |call: &ApiCall| {
        call.kinds.iter().any(|kind| matches!(kind.evidence, Evidence::Time { is_recorded: false, .. }))
    };
    let modelled = all().filter(|call| {
        call.event_source == EVENT_SOURCE && model.takes(call.name, &["ClientToken"]) && is_modelled(call)
    });
    let modelled: BTreeSet<_> = modelled.map(|call| format!("`{}`", call.name)).collect();
    hold_documentation("<!-- modelled: written by `cargo xtask generate` -->\n", "\n- ", |_| {
        let names: Vec<_> = modelled.into_iter().collect();
        let mut lines = vec![String::from(" ")];
        for word in format!("{}.", names.join(", ")).split(' ') {
            let line = lines.last_mut().unwrap();
            if line.len() + 1 + word.len() <= LINE {
                *line += &format!(" {word}");
            } else {
                lines.push(format!("  {word}"));
            }
        }
        lines.join("\n")
    });
}

/// Holds that a section of the documentation is what `section` makes of it. If `cargo xtask generate` asks, it is
/// written instead.
fn hold_documentation(begin: &str, end: &str, section: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ownership.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(begin).unwrap();
    let (old, after) = rest.split_once(end).unwrap();
    let new = section(old);
    if std::env::var_os("AUTOTAG_GENERATE").is_some() {
        fs::write(path, [before, begin, &new, end, after].concat()).unwrap();
    } else {
        assert_eq!(old, new, "run `cargo xtask generate`");
    }
}
