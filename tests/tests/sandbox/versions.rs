//! Plugins made for other versions of the contract.

use autotag_tests::trial::Trial;
use autotag_tests::wat_plugin::WatPlugin;

fn made_for(version: &str) -> WatPlugin {
    let mut plugin = WatPlugin::new("plugin");
    plugin.contract = version.into();
    plugin.that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob")])
}

#[test]
fn a_plugin_for_another_major_version_does_not_load() {
    for version in ["0.9.0", "2.0.0", "10.0.0"] {
        Trial::of(&made_for(version)).assert_does_not_load(&format!(
            "made for version {version} of the contract; this host knows version 1: rebuild the plugin, or use another host"
        ));
    }
}

#[test]
fn a_plugin_for_another_minor_version_loads_and_works() {
    for version in ["1.0.1", "1.1.0", "1.99.7"] {
        assert_eq!(Trial::of(&made_for(version)).unhurried().result()["outcome"], "tag", "{version}");
    }
}
