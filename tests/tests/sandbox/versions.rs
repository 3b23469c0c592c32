//! Plugins for other versions of the contract.

use autotag_sandbox::FileError;
use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};

use super::verdict::{assert_does_not_load, assert_tags, assert_tags_nothing};

fn made_for(version: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new("plugin");
    plugin.contract = version.into();
    plugin.that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob")])
}

#[test]
fn a_plugin_for_another_major_version_does_not_load() {
    for version in ["0.9.0", "2.0.0", "10.0.0"] {
        assert_does_not_load(&Harness::of(&made_for(version)), FileError::OtherVersion { found: version.into() });
    }
}

#[test]
fn a_plugin_for_another_minor_version_loads_and_works() {
    for version in ["1.0.1", "1.1.0", "1.99.7"] {
        assert_tags(&Harness::of(&made_for(version)).unhurried());
    }
}

#[test]
fn wasi_with_nothing_behind_it_leaves_the_log_of_another_minor_version_as_it_is() {
    for version in ["1.0.1", "1.1.0"] {
        let plugin = made_for(version).with_log();
        let body = format!("(call $log (i32.const 1) (i32.const 1024) (i32.const 6)) {NOTHING}");
        let harness = Harness::of(&plugin.that_runs(&body)).unhurried().with("[plugin.plugin]\nwasi = \"stub\"");
        assert_tags_nothing(&harness);
    }
}
