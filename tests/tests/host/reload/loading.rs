//! What the service does while plugins are being loaded.

use std::fs;
use std::time::SystemTime;

use autotag_fake_aws::FakeAws;
use autotag_tests::host::Service;
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::json;
use tempfile::tempdir;

use super::World;

/// A plugin that takes a second or more to compile. No other has the same code, so the cache does not have it.
fn slow() -> Vec<u8> {
    let number = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u32;
    let work = format!("(local.set $x (i64.mul (i64.add (local.get $x) (i64.const {number})) (local.get $x)))");
    let work = work.repeat(20_000);
    WatPlugin::new("slow").with_fields(&format!("(func (local $x i64) {work})")).assemble()
}

#[test]
fn while_the_first_plugins_are_loaded_the_service_lives_and_says_why_it_is_not_ready() {
    let (aws, folder) = (FakeAws::start(), tempdir().unwrap());
    aws.create_queue("events");
    fs::write(folder.path().join("slow.wasm"), slow()).unwrap();
    let service = Service::new(&aws, "events").env("AUTOTAG_CACHE", "off").plugins(folder.path()).listening().start();
    service.wait_until(|says| {
        says["reason"] == "the plugins are being loaded" && says["plugins"]["loading"]["since"].is_u64()
    });
    assert_eq!(service.get("/livez").0, 200);
    service.wait_until(|says| says["ready"] == true && says["plugins"]["loaded"][0]["name"] == "slow");
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_signal_that_comes_while_the_first_plugins_are_loaded_ends_the_service_at_once() {
    let (aws, folder) = (FakeAws::start(), tempdir().unwrap());
    aws.create_queue("events");
    fs::write(folder.path().join("slow.wasm"), slow()).unwrap();
    let service = Service::new(&aws, "events").env("AUTOTAG_CACHE", "off").plugins(folder.path());
    let service = service.listening().start();
    service.wait_until(|says| says["plugins"]["loading"]["since"].is_u64());
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert!(
        log.contains("leaving before the plugins are loaded") && !log.contains(r#""message":"receiving""#),
        "{log}"
    );
}

#[test]
fn while_plugins_are_loaded_the_service_says_so_and_is_ready() {
    let world = World::new();
    let slow = slow();
    assert_eq!(world.service.readyz()["plugins"]["loading"], json!(null));
    fs::write(world.folder.path().join("plugins/slow.wasm"), slow).unwrap();
    world.service.wait_until(|says| says["plugins"]["loading"]["since"].is_u64() && says["ready"] == true);
    world.service.wait_until(|says| says["plugins"]["swaps"] == 1 && says["plugins"]["loading"].is_null());
}
