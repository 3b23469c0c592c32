//! Any bytes, as a plugin's file: through the real loader, and if they load, asked about an event.
//!
//! Nothing panics, in the compiler's threads neither, and a healthy plugin in the same sandbox still answers.

#![no_main]

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::{env, fs};

use autotag_core::guard::Guard;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::Outcome;
use autotag_sandbox::{Limits, LoadOptions, PluginOptions, Registry, Sandbox, SandboxOptions, Wasi};
use libfuzzer_sys::{Corpus, fuzz_target};
use tempfile::TempDir;

/// Bob's launch of one instance.
const EVENT: &str = r#"{"id":"e","detail-type":"AWS API Call via CloudTrail","source":"aws.ec2","account":"111122223333",
    "region":"eu-central-1","detail":{"eventName":"RunInstances","userIdentity":{"principalId":"AIDABOBBOBBOBBOBBOBBO"},
    "requestParameters":{},"responseElements":{"instanceId":"i-0123456789abcdef0"}}}"#;

struct World {
    sandbox: Sandbox,
    /// Where the file is put, each time another.
    folder: TempDir,
    healthy: Pipeline,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let instances = const { NonZeroU32::new(2).unwrap() };
    let sandbox = Sandbox::new(&SandboxOptions { instances, ..SandboxOptions::default() }).expect("a sandbox");
    let healthy = Path::new(env!("CARGO_MANIFEST_DIR")).join("healthy");
    let healthy =
        load(&sandbox, &healthy, "healthy").expect("the healthy plugin, which `cargo run --example fuzz_seeds` writes");
    World { sandbox, folder: tempfile::tempdir().expect("a folder"), healthy }
});

fn load(sandbox: &Sandbox, folder: &Path, name: &str) -> Option<Pipeline> {
    let options = LoadOptions {
        folder: folder.into(),
        limits: Limits { time_ms: 100, ..Limits::default() },
        // All that an operator can allow.
        plugins: [(name.to_owned(), PluginOptions { wasi: Wasi::Stub, ..PluginOptions::default() })].into(),
        ..LoadOptions::default()
    };
    let guard = Guard::default();
    match Registry::load(&options, &guard, sandbox, None) {
        Ok(registry) => Some(Pipeline { registry: Arc::new(registry), guard: Arc::new(guard) }),
        Err(error) => {
            let error = error.to_string();
            assert!(error.len() < 16_384 && !error.contains(char::is_control), "{error:?}");
            if env::var_os("AUTOTAG_FUZZ_SHOW").is_some() {
                eprintln!("{error}");
            }
            None
        }
    }
}

fuzz_target!(|file: &[u8]| -> Corpus {
    // What does not even begin as WebAssembly is no news.
    if !file.starts_with(b"\0asm") {
        return Corpus::Reject;
    }
    let World { sandbox, folder, healthy } = &*WORLD;
    fs::write(folder.path().join("plugin.wasm"), file).expect("the file is written");
    if let Some(pipeline) = load(sandbox, folder.path(), "plugin") {
        let planned = pipeline.run(EVENT.as_bytes());
        assert_eq!(planned.len(), 1);
    }
    let (_, plan) = healthy.run(EVENT.as_bytes()).remove(0).expect("an event");
    assert!(matches!(plan.decisions[0].outcome, Outcome::Tag { .. }), "{plan:?}");
    Corpus::Keep
});
