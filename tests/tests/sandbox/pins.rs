//! Pins: the digests of the only files that may be loaded as a plugin.

use std::fs;

use autotag_sandbox::{Digest, FileError};
use autotag_tests::harness::{Harness, predecessor};
use autotag_tests::wat_plugin::WatPlugin;

use super::verdict::{assert_does_not_load, assert_tags_nothing};

fn plugin() -> WatPlugin {
    WatPlugin::new("pinned")
}

fn digest() -> Digest {
    Digest::of(&plugin().assemble())
}

/// The digest of the file that was in force before.
fn other() -> Digest {
    Digest::of(&predecessor("pinned").assemble())
}

fn pinned_to(pins: &str) -> Harness {
    Harness::of(&plugin()).with(&format!("[plugin.pinned]\nsha256 = {pins}"))
}

#[test]
fn the_file_that_is_pinned_loads_alone_or_in_a_list() {
    let (own, other) = (digest(), other());
    for pins in [format!("'{own}'"), format!("['{own}']")] {
        assert_eq!(pinned_to(&pins).result()["reason"], "nothing to tag");
    }
    // The list allows a change from one to the other.
    assert_tags_nothing(&pinned_to(&format!("['{other}', '{}']", own.to_string().to_uppercase())));
}

#[test]
fn another_file_does_not_load_and_the_error_says_what_it_is_and_what_was_pinned() {
    let (other, next) = (other(), Digest::of(b"next"));
    for (pins, pinned) in
        [(format!("'{other}'"), other.to_string()), (format!("['{other}', '{next}']"), format!("{other} or {next}"))]
    {
        let problem = FileError::OtherDigest { section: "pinned".into(), found: digest(), pinned };
        assert_does_not_load(&pinned_to(&pins), problem);
    }
}

#[test]
fn a_pinned_file_that_was_changed_is_not_even_looked_at() {
    let mut changed = predecessor("pinned").assemble();
    *changed.last_mut().unwrap() ^= 1;
    // A file that does not compile is reported by its digest as well.
    for content in [&changed[..], b"\0asm"] {
        let harness = pinned_to(&format!("'{}'", other()));
        fs::write(harness.file(), content).unwrap();
        let (found, pinned) = (Digest::of(content), other().to_string());
        assert_does_not_load(&harness, FileError::OtherDigest { section: "pinned".into(), found, pinned });
    }
}

#[test]
fn what_is_no_digest_is_an_error_of_the_configuration() {
    for (pins, words) in [
        ("'abc'", "`abc` is no SHA-256, which has 64 hexadecimal digits: `sha256sum FILE` prints it"),
        ("''", "`` is no SHA-256"),
        ("[]", "an empty list of digests allows no file"),
        ("1", "sha256"),
    ] {
        let replay = pinned_to(pins).replay();
        assert!(replay.stderr.contains(words) && replay.stderr.contains("host.toml"), "{}", replay.stderr);
        assert_eq!((replay.status, replay.stdout.as_str()), (2, ""));
    }
}

#[test]
fn with_require_pins_a_plugin_without_a_pin_does_not_load() {
    let own = digest();
    let problem = || FileError::NotPinned { section: "pinned".into(), found: own };
    let harness = Harness::of(&plugin()).with_key("require_pins = true").without_predecessor();
    let healthy = Digest::of(&fs::read(harness.healthy_file()).unwrap());
    assert_does_not_load(&harness.with(&format!("[plugin.healthy]\nsha256 = '{healthy}'")), problem());
    let replay = Harness::of(&plugin()).alone().env("AUTOTAG_REQUIRE_PINS", "true").replay();
    assert!(replay.stderr.ends_with(&format!("pinned.wasm: {}\n", problem())), "{}", replay.stderr);
    assert_eq!(replay.status, 2);
    let pinned = pinned_to("").alone().with(&format!("[plugin.pinned]\nsha256 = '{own}'"));
    assert_eq!(pinned.with_key("require_pins = true").result()["reason"], "nothing to tag");
}

#[test]
fn a_plugin_under_another_files_name_does_not_get_round_its_pin() {
    let harness = Harness::of_file("innocent", &plugin().assemble());
    predecessor("pinned").write(&harness.plugins());
    let harness = harness.with(&format!("[plugin.pinned]\nsha256 = '{}'", other())).without_predecessor();
    assert_does_not_load(&harness, FileError::FileName { name: "pinned".into() });
}

#[test]
fn a_plugin_in_a_file_that_the_configuration_means_for_another_does_not_load() {
    let harness = Harness::of_file("meant", &plugin().assemble());
    let problem = FileError::OtherName { name: "pinned".into(), section: "meant".into() };
    assert_does_not_load(&harness.with("[plugin.meant]\nevents = [\"RunInstances\"]"), problem);
}
