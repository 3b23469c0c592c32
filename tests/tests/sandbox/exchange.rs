//! Reloads: one set of plugins replaces another in this process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use autotag_core::guard::Guard;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::Outcome;
use autotag_sandbox::{FileError, LivePlugins, LoadError, LoadOptions, PluginOptions, Sandbox, SandboxOptions};
use autotag_tests::events::{call, envelope};
use autotag_tests::wat_plugin::WatPlugin;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tempfile::tempdir;

const VOLUME: &str = "vol-0123456789abcdef0";

/// A plugin in the file `volumes.wasm` that gives a new volume this owner.
fn version(owner: &str) -> Vec<u8> {
    let mut plugin = WatPlugin::new("volumes").that_answers(&[VOLUME], &[("Owner", owner)]);
    plugin.event_patterns = vec![r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume"]}}"#.into()];
    plugin.assemble()
}

/// The creation of a volume.
fn event() -> Value {
    envelope(&call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME})))
}

/// Plugins from a folder, in this process.
fn live(folder: &Path) -> LivePlugins {
    live_with(LoadOptions { folder: folder.into(), ..LoadOptions::default() })
}

fn live_with(options: LoadOptions) -> LivePlugins {
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let live = LivePlugins::new(options, Arc::new(Guard::default()), sandbox);
    live.load_first().unwrap();
    live
}

#[test]
fn a_plugin_that_the_configuration_speaks_of_can_be_removed_too() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("volumes.wasm"), version("one")).unwrap();
    let other = WatPlugin::new("other").write(folder.path());
    let options = LoadOptions {
        folder: folder.path().into(),
        plugins: [("other".to_owned(), PluginOptions::default())].into(),
        ..LoadOptions::default()
    };
    let live = live_with(options);
    fs::remove_file(other).unwrap();
    live.reload();
    // What follows is loaded too.
    fs::write(folder.path().join("volumes.wasm"), version("two")).unwrap();
    live.reload();
    assert_eq!((live.reloads().swaps, live.reloads().refused.is_some()), (2, false));
    assert_eq!(live.current().plugins().count(), 1);
}

#[test]
fn a_plugin_does_not_get_what_the_configuration_gives_to_another_of_its_files_name() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("volumes.wasm"), version("one")).unwrap();
    let narrow = PluginOptions { events: Some(["CreateVolume".into()].into()), ..PluginOptions::default() };
    let plugins = [("volumes".to_owned(), narrow)].into();
    let live = live_with(LoadOptions { folder: folder.path().into(), plugins, ..LoadOptions::default() });
    fs::write(folder.path().join("volumes.wasm"), WatPlugin::new("other").assemble()).unwrap();
    live.reload();
    let refused = live.reloads().refused.unwrap();
    assert!(
        matches!(&*refused.error, LoadError::File { problem: FileError::OtherName { name, .. }, .. } if name == "other"),
        "{refused:?}"
    );
}

#[test]
fn plugins_that_never_come_into_force_leave_nothing_in_the_metrics() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("volumes.wasm"), version("one")).unwrap();
    let live = live(folder.path());
    let mut registry = Registry::default();
    live.metrics().register(&mut registry);
    let text = || {
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    };
    let samples = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    let before = samples(&text());
    // It sorts last, so that the others have been loaded when it is refused.
    fs::write(folder.path().join("zzz.wasm"), "bad").unwrap();
    for number in 0..20 {
        fs::write(folder.path().join("new.wasm"), WatPlugin::new(&format!("new-{number}")).assemble()).unwrap();
        live.reload();
        assert!(live.reloads().refused.is_some());
    }
    let text = text();
    assert_eq!(text.matches("\"new-").count(), 0, "{text}");
    assert_eq!(samples(&text), before, "{text}");
    assert!(text.contains("plugin_reloads_total{plugin=\"\",outcome=\"refused\"} 20\n"), "{text}");
}

#[test]
fn every_event_during_a_hundred_swaps_is_answered_by_one_set_or_the_other() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("volumes.wasm");
    let versions = [version("one"), version("two")];
    fs::write(&file, &versions[0]).unwrap();
    let (live, guard, is_over) = (live(folder.path()), Arc::new(Guard::default()), AtomicBool::new(false));
    let event = event().to_string();
    let work = || {
        let mut seen = (0, 0);
        while !is_over.load(Ordering::Relaxed) {
            let pipeline = Pipeline { registry: live.current(), guard: Arc::clone(&guard) };
            let plan = pipeline.run(event.as_bytes()).remove(0).unwrap().1;
            let Outcome::Tag { taggings, .. } = &plan.decisions[0].outcome else { panic!("{plan:?}") };
            match taggings[0].tags["Owner"].as_str() {
                "one" => seen.0 += 1,
                "two" => seen.1 += 1,
                other => panic!("{other}"),
            }
        }
        seen
    };
    thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        for version in versions.iter().cycle().skip(1).take(100) {
            fs::write(&file, version).unwrap();
            live.reload();
        }
        is_over.store(true, Ordering::Relaxed);
        for worker in workers {
            let (one, two) = worker.join().unwrap();
            assert!(one > 0 && two > 0 && one + two > 500, "{one} {two}");
        }
    });
    assert_eq!((live.reloads().swaps, live.reloads().refused.is_some()), (100, false));
}
