//! What an event costs from its bytes to the plan, beside bare wasmtime and native code; and what the service costs
//! that runs it.
//!
//! `cargo xtask plugins && cargo bench --bench speed`, after `cargo xtask examples` for one row more, with valgrind
//! installed to count instructions too.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot run can only panic"
)]

mod bare;
mod measure;
mod plugins;
mod service;

use std::hint::black_box;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use autotag_core::event::{Event, decode};
use autotag_core::guard::Guard;
use autotag_plugin_ec2::{Ec2, Ec2Settings};
use autotag_plugin_sdk::{Plugin, Tagging};
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::Outcome;
use autotag_sandbox::{LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_tests::wat_plugin::WatPlugin;
use bare::Bare;
use measure::{BATCHES, EVENTS, Variant, instructions, median, microseconds};
use tempfile::TempDir;

/// The event: a launch by an Identity Center user, in the shape that AWS documents.
const EVENT: &str = include_str!("run-instances.json");

const BARE: &str = "bare wasmtime: instantiate + call";
const WHOLE: &str = "the host: bytes to plan";
const NATIVE: &str = "native: decode + extract";

fn main() {
    let world = World::new();
    let event = only_event();
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, only, name, events] = arguments.as_slice()
        && only == "--only"
    {
        return run_only(&world, &event, name, events.parse().expect("a number of events"));
    }
    let one = world.pipeline(0, THREADS);
    let plan = one.plan(&event);
    assert!(matches!(plan.decisions[0].outcome, Outcome::Tag { .. }), "{plan:?}");
    assert_eq!(native(&event).len(), 1);
    let bare = world.bare();
    assert_eq!(bare.extract(&event).expect("an answer"), 1);
    let plugin = one.registry.plugins().next().expect("the plugin ec2");

    let hundred;
    let mut variants = vec![
        Variant::new(BARE, || drop(black_box(bare.extract(black_box(&event))))),
        Variant::new(WHOLE, || drop(black_box(one.run(black_box(EVENT.as_bytes()))))),
        Variant::new(NATIVE, || drop(black_box(native(&only_event())))),
        Variant::new("  of the host: decode", || drop(black_box(only_event()))),
        Variant::new("  of the host: route", || drop(black_box(one.registry.route(&event)))),
        Variant::new("  of the host: extract, fresh instance", || drop(black_box(plugin.extract(&event)))),
        Variant::new("  of native: extract", || drop(black_box(native(&event)))),
    ];

    hundred = world.pipeline(99, THREADS);
    variants.push(Variant::new("the host with 100 plugins", || drop(black_box(hundred.run(EVENT.as_bytes())))));
    println!("RunInstances of {} bytes, {BATCHES} batches of {EVENTS} events, medians:\n", EVENT.len());
    let medians = microseconds(&variants);
    println!("| what | µs an event | beside bare | beside native | instructions |\n|---|---:|---:|---:|---:|");
    for (variant, median) in variants.iter().zip(&medians) {
        let counted = [BARE, WHOLE, NATIVE].contains(&variant.name).then(|| instructions(variant.name)).flatten();
        let counted = counted.map_or_else(String::new, |count| count.to_string());
        let (beside_bare, beside_native) = (median / medians[0], median / medians[2]);
        println!("| {} | {median:.1} | {beside_bare:.2} | {beside_native:.2} | {counted} |", variant.name);
    }
    let hundred_beside_one = medians[medians.len() - 1] / medians[1];
    let host_scales = scaling(|| drop(black_box(one.run(EVENT.as_bytes()))));
    let bare_scales = scaling(|| drop(black_box(bare.extract(&event))));
    let native_scales = scaling(|| drop(black_box(native(&only_event()))));
    plugins::print(&world.built, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins"));
    println!("\n| what | measured | reach |\n|---|---:|---:|");
    println!("| host beside bare wasmtime | {:.2} × | ≤ 1.3 × |", medians[1] / medians[0]);
    println!("| host beside native | {:.2} × | ≤ 2.5 × |", medians[1] / medians[2]);
    println!("| 100 plugins beside 1 | {hundred_beside_one:.2} × | ≤ 1.1 × |");
    println!("| throughput on 2 cores beside 1 | {host_scales:.2} × | ≥ 1.8 × |");
    println!("| the same of bare wasmtime, in one engine | {bare_scales:.2} × | |");
    println!("| the same of native code, which shares nothing | {native_scales:.2} × | |");
    let service = service::measure(&world.built).expect("the service became ready");
    println!("| from start to ready, three plugins, warm cache | {:.0} ms | ≤ 60 ms |", service.ready_ms);
    println!("| the same without a cache | {:.0} ms | |", service.cold_ready_ms);
    println!("| resident memory, idle, three plugins | {:.0} MB | ≤ 60 MB |", service.resident_mb);
}

/// Runs one variant and as little else as possible: for counting instructions.
fn run_only(world: &World, event: &Event, name: &str, events: u32) {
    let repeat = |run: &dyn Fn()| (0..events).for_each(|_| run());
    match name {
        BARE => {
            let bare = world.bare();
            repeat(&|| drop(black_box(bare.extract(event))));
        }
        WHOLE => {
            let one = world.pipeline(0, NonZeroU32::MIN);
            repeat(&|| drop(black_box(one.run(EVENT.as_bytes()))));
        }
        NATIVE => repeat(&|| drop(black_box(native(&only_event())))),
        other => panic!("there is no variant `{other}`"),
    }
}

/// How many threads are measured at once.
const THREADS: NonZeroU32 = NonZeroU32::new(2).expect("not zero");

/// The plugins that are measured.
struct World {
    built: PathBuf,
}

impl World {
    fn new() -> Self {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
        assert!(built.join("s3.wasm").exists(), "run `cargo xtask plugins` first");
        Self { built }
    }

    fn ec2(&self) -> PathBuf {
        self.built.join("ec2.wasm")
    }

    /// A folder with the plugin for EC2 and others that do not want the event.
    fn with_others(&self, others: usize) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::copy(self.ec2(), folder.path().join("ec2.wasm")).expect("a copy");
        for number in 0..others {
            let mut other = WatPlugin::new(&format!("other-{number}"));
            let pattern = format!(
                r#"{{"source": ["aws.service{number}"], "detail": {{"eventName": ["Create{number}", "Run{number}"]}}}}"#
            );
            other.event_patterns = vec![pattern];
            other.write(folder.path());
        }
        folder
    }

    /// The plugin for EC2 in bare wasmtime.
    fn bare(&self) -> Bare {
        Bare::load(&self.ec2(), &sandbox_options(NonZeroU32::MIN)).expect("bare wasmtime")
    }

    /// The plugin for EC2 and others that do not want the event, in the host.
    fn pipeline(&self, others: usize, engines: NonZeroU32) -> Pipeline {
        let folder = self.with_others(others);
        let sandbox = Sandbox::new(&sandbox_options(engines)).expect("an engine");
        let options = LoadOptions { folder: folder.path().into(), ..LoadOptions::default() };
        let guard = Guard::default();
        let registry = Registry::load(&options, &guard, &sandbox, None).expect("plugins");
        Pipeline { registry: Arc::new(registry), guard: Arc::new(guard) }
    }
}

/// As many instances as there are threads; valgrind has no room for more.
fn sandbox_options(engines: NonZeroU32) -> SandboxOptions {
    SandboxOptions { instances: THREADS, engines, ..SandboxOptions::default() }
}

fn only_event() -> Event {
    decode(black_box(EVENT.as_bytes())).remove(0).expect("an event")
}

/// The plugin's own code, compiled for this machine: from the host's event to taggings.
fn native(event: &Event) -> Vec<Tagging> {
    let event = autotag_plugin_sdk::Event {
        id: event.id.clone(),
        source: event.source.clone(),
        detail_type: event.detail_type.clone(),
        account: event.account.clone(),
        region: event.region.clone(),
        time: event.time.clone(),
        detail: event.detail().to_owned(),
    };
    Ec2::extract(&event, &Ec2Settings::default()).expect("taggings")
}

/// The throughput of two threads as a multiple of one's, measured in turns: the median of several rounds.
fn scaling(run: impl Fn() + Sync) -> f64 {
    const EVENTS: u32 = 10_000;
    let a_second = |threads: usize| {
        let begin = Instant::now();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..EVENTS).for_each(|_| run()));
            }
        });
        f64::from(EVENTS) * threads as f64 / begin.elapsed().as_secs_f64()
    };
    median((0..11).map(|_| a_second(2) / a_second(1)).collect())
}
