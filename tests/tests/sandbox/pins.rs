//! Pins: the digests of the only files that may be a plugin.

use std::fs;

use autotag_host::plugin::Digest;
use autotag_tests::trial::Trial;
use autotag_tests::wat_plugin::WatPlugin;

/// The digest of some other file.
const OTHER: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn plugin() -> WatPlugin {
    WatPlugin::new("pinned")
}

fn digest() -> String {
    Digest::of(&plugin().assemble()).to_string()
}

fn pinned_to(pins: &str) -> Trial {
    Trial::of(&plugin()).with(&format!("[plugin.pinned]\nsha256 = {pins}"))
}

#[test]
fn the_file_that_is_pinned_loads_alone_or_in_a_list() {
    let own = digest();
    for pins in [format!("'{own}'"), format!("['{own}']"), format!("['{OTHER}', '{}']", own.to_uppercase())] {
        assert_eq!(pinned_to(&pins).result()["reason"], "nothing to tag");
    }
}

#[test]
fn another_file_does_not_load_and_the_error_says_what_it_is_and_what_was_pinned() {
    let own = digest();
    let problem = |pinned: &str| {
        format!(
            "its SHA-256 is {own}, but `sha256` in [plugin.pinned] pins {pinned}; if the file is the right one, put its digest there"
        )
    };
    pinned_to(&format!("'{OTHER}'")).assert_does_not_load(&problem(OTHER));
    let next = OTHER.replace('b', "c");
    pinned_to(&format!("['{OTHER}', '{next}']")).assert_does_not_load(&problem(&format!("{OTHER} or {next}")));
}

#[test]
fn a_pinned_file_that_was_changed_is_not_even_looked_at() {
    let trial = pinned_to(&format!("'{}'", digest()));
    let path = trial.plugins().join("pinned.wasm");
    let mut changed = fs::read(&path).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&path, &changed).unwrap();
    let replay = trial.replay();
    assert!(replay.stderr.contains(&format!("its SHA-256 is {}, but", Digest::of(&changed))), "{}", replay.stderr);
    assert_eq!(replay.status, 2);
    // A file that would not compile is told by its digest as well.
    fs::write(&path, "\0asm").unwrap();
    assert!(trial.replay().stderr.contains("its SHA-256 is "));
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
    let problem = format!(
        "it is not pinned, and `require_pins` is set; if you trust it, set `sha256 = \"{own}\"` in [plugin.pinned]"
    );
    Trial::of(&plugin()).alone().with_key("require_pins = true").assert_does_not_load(&problem);
    Trial::of(&plugin()).alone().env("AUTOTAG_REQUIRE_PINS", "true").assert_does_not_load(&problem);
    let pinned = pinned_to("").alone().with(&format!("[plugin.pinned]\nsha256 = '{own}'"));
    assert_eq!(pinned.with_key("require_pins = true").result()["reason"], "nothing to tag");
}

#[test]
fn a_plugin_under_another_files_name_does_not_get_round_its_pin() {
    let trial = Trial::of_file("innocent", &plugin().assemble()).with(&format!("[plugin.pinned]\nsha256 = '{OTHER}'"));
    trial.assert_does_not_load(
        "the plugin in it calls itself `pinned`: rename the file to pinned.wasm, since `sha256`, `wasi` and `limits` of \
         [plugin.pinned] must be found before it runs",
    );
}

#[test]
fn a_plugin_in_a_file_that_the_configuration_means_for_another_does_not_load() {
    let trial = Trial::of_file("meant", &plugin().assemble());
    trial.with("[plugin.meant]\nevents = [\"RunInstances\"]").assert_does_not_load(
        "the plugin in it calls itself `pinned`, but [plugin.meant] is set for a file of this name: rename the file to \
         pinned.wasm, and set [plugin.pinned] if the same is to hold for it",
    );
}
