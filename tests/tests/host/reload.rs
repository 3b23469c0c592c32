//! Plugins that are replaced while the service runs.

mod loading;
mod without_plugin;

use std::fs;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use autotag_fake_aws::{FakeAws, QueueSpec, RegionHandle, Volume};
use autotag_tests::events::{call, envelope};
use autotag_tests::host::{RunningService, Service};
use autotag_tests::wat_plugin::nested::with_nested;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const VOLUME: &str = "vol-0123456789abcdef0";
const LONG: Duration = Duration::from_secs(60);

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

/// A running service, and the folder of its plugins.
struct World {
    aws: FakeAws,
    ec2: RegionHandle,
    folder: TempDir,
    service: RunningService,
}

impl World {
    /// A service that gives volumes to `one`.
    fn new() -> Self {
        let folder = tempdir().unwrap();
        fs::create_dir(folder.path().join("plugins")).unwrap();
        fs::write(folder.path().join("plugins/volumes.wasm"), version("one")).unwrap();
        Self::with(folder)
    }

    fn with(folder: TempDir) -> Self {
        let aws = FakeAws::start();
        aws.create_queue("dead");
        aws.create_queue_with(QueueSpec::named("events").dead_letters("dead", 20));
        let ec2 = aws.at("111122223333", "eu-central-1");
        ec2.put_volume(Volume::new(VOLUME));
        // The tag shows which plugin was in force last.
        let service = Service::new(&aws, "events")
            .flag("--keep-keys=")
            .plugins(&folder.path().join("plugins"))
            .listening()
            .start();
        let world = Self { aws, ec2, folder, service };
        world.assert_owner("one");
        world
    }

    /// Where the host finds the plugin that the test replaces.
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("plugins/volumes.wasm")
    }

    /// Replaces the plugin as one should: a temporary file, then a rename.
    fn exchange(&self, wasm: &[u8]) {
        let aside = self.folder.path().join("plugins/.volumes.wasm");
        fs::write(&aside, wasm).unwrap();
        fs::rename(aside, self.file()).unwrap();
    }

    /// Creates the volume anew, and waits until it has this owner.
    #[track_caller]
    fn assert_owner(&self, owner: &str) {
        self.aws.send("events", &event().to_string());
        let is_done = || self.aws.counts("events").total() == 0;
        self.aws.wait_until(|_| is_done() && self.ec2.tags(VOLUME).contains_key("Owner"), LONG);
        assert_eq!(self.ec2.tags(VOLUME)["Owner"], owner);
    }

    /// Waits until the folder's content is in force, after this many replacements.
    #[track_caller]
    fn wait_for_swaps(&self, swaps: u64) {
        self.service.wait_until(|says| says["plugins"]["swaps"] == swaps && says["plugins"]["refused"].is_null());
    }

    /// Waits until the folder's content is refused for this reason.
    #[track_caller]
    fn wait_for_refusal(&self, words: &str) {
        let reason = |says: &Value| says["plugins"]["refused"]["reason"].as_str().unwrap_or_default().to_owned();
        self.service.wait_until(|says| reason(says).contains(words));
    }

    fn metrics(&self) -> String {
        self.service.get("/metrics").1
    }
}

#[test]
fn a_plugin_that_is_renamed_over_the_old_one_takes_its_place() {
    let world = World::new();
    let before = world.service.readyz();
    assert_eq!((&before["ready"], &before["plugins"]["loaded"][0]["version"]), (&json!(true), &json!("0.1.0")));
    world.exchange(&version("two"));
    world.wait_for_swaps(1);
    world.assert_owner("two");
    let digest = |says: &Value| says["plugins"]["loaded"][0]["sha256"].as_str().unwrap().to_owned();
    let after = world.service.readyz();
    assert_ne!(digest(&before), digest(&after));
    let metrics = world.metrics();
    let loaded = format!(r#"autotag_plugin_info{{plugin="volumes",version="0.1.0",sha256="{}"}} 1"#, digest(&after));
    assert!(metrics.contains(&loaded), "{metrics}");
    assert!(!metrics.contains(&digest(&before)), "{metrics}");
    assert!(metrics.contains(r#"autotag_plugin_reloads_total{plugin="volumes",outcome="loaded"} 1"#), "{metrics}");
    let (_, log) = world.service.stop();
    assert_eq!(log.matches("the plugins were exchanged").count(), 1, "{log}");
}

#[test]
fn a_plugin_that_does_not_load_leaves_the_old_one_in_force_and_is_tried_again_when_it_changes() {
    let world = World::new();
    world.exchange(b"\0asm nonsense");
    world.wait_for_refusal("volumes.wasm: damaged or incomplete WebAssembly");
    world.assert_owner("one");
    let (status, _) = world.service.get("/readyz");
    assert_eq!(status, 200, "events are still worked on");
    let metrics = world.metrics();
    assert!(metrics.contains("\nautotag_plugins_refused 1\n"), "{metrics}");
    assert!(metrics.contains(r#"autotag_plugin_reloads_total{plugin="volumes",outcome="refused"} 1"#), "{metrics}");
    world.exchange(&version("two"));
    world.wait_for_swaps(1);
    world.assert_owner("two");
    assert!(world.metrics().contains("\nautotag_plugins_refused 0\n"));
    let (_, log) = world.service.stop();
    assert_eq!(log.matches("the plugins have changed and do not load").count(), 1, "{log}");
}

/// Files that do not belong in a service, and the reason why each is refused. No two in a row have the same reason, so
/// that each refusal is seen.
fn hostile() -> Vec<(Vec<u8>, &'static str)> {
    const LOOP: &str = "(loop (br 0)) unreachable";
    let volumes = || WatPlugin::new("volumes");
    let nested = |text: &str| with_nested(&volumes().component(), text, 1);
    let in_describe = WatPlugin { describe: Some(LOOP.into()), ..volumes() };
    let in_check_settings = WatPlugin { check_settings: Some(LOOP.into()), ..volumes() };
    let in_start = volumes().with_fields("(func $start (loop (br 0))) (start $start)");
    let grows_in_start =
        volumes().with_fields("(func $start (loop (drop (memory.grow (i32.const 16))) (br 0))) (start $start)");
    let sockets = WatPlugin {
        world: "import wasi:sockets/instance-network@0.2.0;".into(),
        imports: r#"(import "wasi:sockets/instance-network@0.2.0" "instance-network" (func (result i32)))"#.into(),
        ..volumes()
    };
    let recurses = WatPlugin { describe: Some(format!("call $deeper {NOTHING}")), ..volumes() }
        .with_fields("(func $deeper call $deeper)");
    let next_version = WatPlugin { contract: "2.0.0".into(), ..volumes() };
    let too_long = "describe: the plugin was stopped: it ran longer than 250 ms (limits.time_ms)";
    let too_much =
        "describe: the plugin was stopped: it asked for more than 67108864 bytes of memory (limits.memory_bytes)";
    vec![
        (in_describe.assemble(), too_long),
        (
            in_check_settings.assemble(),
            "check-settings: the plugin was stopped: it ran longer than 250 ms (limits.time_ms)",
        ),
        (in_start.assemble(), too_long),
        (grows_in_start.assemble(), too_much),
        (recurses.assemble(), "describe: the plugin trapped: wasm trap: call stack exhausted"),
        (
            nested("(component (core module $m (func unreachable) (start 0)) (core instance (instantiate $m)))"),
            "describe: the plugin trapped: wasm trap: wasm `unreachable` instruction executed",
        ),
        (volumes().with_fields("(memory 65536)").assemble(), too_much),
        (sockets.assemble(), "imports wasi:sockets/instance-network@0.2.0, which a plugin may not have"),
        (next_version.assemble(), "made for version 2.0.0 of the contract"),
        (volumes().assemble()[..300].to_vec(), "damaged or incomplete WebAssembly"),
        (Vec::new(), "the file is empty"),
    ]
}

#[test]
fn hostile_files_in_the_folder_of_a_running_service_are_refused_one_after_the_other_and_the_old_plugin_goes_on() {
    let world = World::new();
    for (file, words) in hostile() {
        world.exchange(&file);
        world.wait_for_refusal(&format!("volumes.wasm: {words}"));
        let (status, readyz) = world.service.get("/readyz");
        assert_eq!(status, 200, "events are still worked on: {readyz}");
        // A volume without tags.
        world.ec2.put_volume(Volume::new(VOLUME));
        world.assert_owner("one");
    }
    assert_eq!(world.service.readyz()["plugins"]["swaps"], 0);
    world.exchange(&version("two"));
    world.wait_for_swaps(1);
    world.assert_owner("two");
    let (status, log) = world.service.stop();
    assert_eq!(
        (status, log.matches("the plugins have changed and do not load").count()),
        (0, hostile().len()),
        "{log}"
    );
}

#[test]
fn a_file_that_is_still_being_copied_is_read_again_when_it_is_complete() {
    let world = World::new();
    let two = version("two");
    let (first, rest) = two.split_at(two.len() / 2);
    fs::write(world.file(), first).unwrap();
    world.wait_for_refusal("damaged or incomplete WebAssembly");
    world.assert_owner("one");
    fs::write(world.file(), [first, rest].concat()).unwrap();
    world.wait_for_swaps(1);
    world.assert_owner("two");
}

#[test]
fn a_link_that_points_elsewhere_exchanges_the_plugin() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for owner in ["one", "two"] {
        fs::create_dir(path(owner)).unwrap();
        fs::write(path(owner).join("volumes.wasm"), version(owner)).unwrap();
    }
    // As Kubernetes mounts a ConfigMap: the files are symbolic links through another one.
    fs::create_dir(path("plugins")).unwrap();
    symlink("../one", path("plugins/..data")).unwrap();
    symlink("..data/volumes.wasm", path("plugins/volumes.wasm")).unwrap();
    let world = World::with(folder);
    let path = |name: &str| world.folder.path().join(name);
    symlink("../two", path("plugins/..data_new")).unwrap();
    fs::rename(path("plugins/..data_new"), path("plugins/..data")).unwrap();
    world.wait_for_swaps(1);
    world.assert_owner("two");
    // A link's target is replaced in its own folder, for which the system sends no notification.
    fs::write(path("two/volumes.wasm"), version("three")).unwrap();
    world.wait_for_swaps(2);
    world.assert_owner("three");
}

#[test]
fn a_folder_that_is_exchanged_as_a_whole_is_watched_further() {
    let world = World::new();
    let path = |name: &str| world.folder.path().join(name);
    fs::create_dir(path("next")).unwrap();
    fs::write(path("next/volumes.wasm"), version("two")).unwrap();
    fs::rename(path("plugins"), path("last")).unwrap();
    fs::rename(path("next"), path("plugins")).unwrap();
    world.wait_for_swaps(1);
    world.assert_owner("two");
    world.exchange(&version("three"));
    world.wait_for_swaps(2);
    world.assert_owner("three");
}

#[test]
fn a_plugin_that_is_removed_is_gone_but_the_last_one_stays_in_force() {
    let world = World::new();
    let other = world.folder.path().join("plugins");
    let other = WatPlugin::new("other").write(&other);
    world.wait_for_swaps(1);
    assert_eq!(world.service.readyz()["plugins"]["loaded"].as_array().unwrap().len(), 2);
    fs::remove_file(other).unwrap();
    world.wait_for_swaps(2);
    let readyz = world.service.readyz();
    assert_eq!(readyz["plugins"]["loaded"].as_array().unwrap().len(), 1);
    assert!(!world.metrics().contains("\"other\""), "nothing is counted for a plugin that is gone");
    fs::remove_file(world.file()).unwrap();
    world.wait_for_refusal("expected at least one .wasm file");
    world.assert_owner("one");
}

#[test]
fn one_bad_plugin_keeps_the_whole_set_as_it_was() {
    let world = World::new();
    let plugins = world.folder.path().join("plugins");
    fs::write(plugins.join("bad.wasm"), b"bad").unwrap();
    world.wait_for_refusal("bad.wasm: not WebAssembly");
    world.exchange(&version("two"));
    // It was examined once more, with the same result.
    let refused = r#"autotag_plugin_reloads_total{plugin="",outcome="refused"} 2"#;
    world.service.wait_until(|_| world.metrics().contains(refused));
    world.assert_owner("one");
    fs::remove_file(plugins.join("bad.wasm")).unwrap();
    world.wait_for_swaps(1);
    world.assert_owner("two");
}

#[test]
fn a_service_that_has_nothing_to_do_does_nothing() {
    let world = World::new();
    let before = world.service.cpu_ticks();
    thread::sleep(Duration::from_secs(3));
    let ticks = world.service.cpu_ticks() - before;
    // A hundred ticks a second would be a whole core.
    assert!(ticks < 60, "{ticks} ticks in three seconds");
}

#[test]
fn a_folder_that_cannot_be_read_for_want_of_descriptors_is_not_refused_but_loaded_later() {
    let world = World::new();
    world.service.without_descriptors(|| {
        world.exchange(&version("two"));
        // Longer than noticing and loading it takes.
        thread::sleep(Duration::from_secs(4));
    });
    world.service.wait_until(|says| says["plugins"]["swaps"] == 1);
    world.assert_owner("two");
    let readyz = world.service.readyz();
    assert_eq!(readyz["plugins"]["refused"], json!(null));
    let World { service, .. } = world;
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert!(log.contains(r#""wants":"descriptors""#) && !log.contains("do not load"), "{log}");
}
