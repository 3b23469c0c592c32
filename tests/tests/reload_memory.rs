//! The memory that plugin reloads leave behind. It has its own file, since it measures the whole process.

use std::fs;
use std::sync::Arc;

use autotag_core::guard::Guard;
use autotag_sandbox::{LivePlugins, LoadOptions, Sandbox, SandboxOptions, engines_for_all_cores};
use autotag_tests::wat_plugin::WatPlugin;
use tempfile::tempdir;

/// The resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_reloads() {
    let folder = tempdir().unwrap();
    let write = |owner: &str| WatPlugin::new("p").that_answers(&["i-0"], &[("Owner", owner)]).write(folder.path());
    write("one");
    // Like the service.
    let options = SandboxOptions { engines: engines_for_all_cores(), ..SandboxOptions::default() };
    let sandbox = Sandbox::new(&options).unwrap();
    let options = LoadOptions { folder: folder.path().into(), ..LoadOptions::default() };
    let live = LivePlugins::new(options, Arc::new(Guard::default()), sandbox);
    live.load_first().unwrap();
    let mut resident = Vec::new();
    for round in 1..=300 {
        // Each one is different, and every tenth is invalid.
        if round % 10 == 0 {
            fs::write(folder.path().join("p.wasm"), format!("\0asm{round}")).unwrap();
        } else {
            write(&format!("owner-{round}"));
        }
        live.reload();
        assert_eq!(live.reloads().refused.is_some(), round % 10 == 0);
        if round % 60 == 0 {
            resident.push(resident_kib());
        }
    }
    println!("resident after each 60 reloads, in KiB: {resident:?}");
    // A plugin's code and types take more than 100 KiB: 216 leaked ones would be 21 MB.
    assert!(resident[4] < resident[0] + 8 * 1024, "{resident:?}");
}
