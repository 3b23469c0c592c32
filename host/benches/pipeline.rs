//! What an event costs in the pure middle, beside the same extraction as native code.
//!
//! `cargo xtask plugins && cargo bench --bench pipeline`
//!
//! All variants take turns in small batches, so that whatever else the machine does meets them alike; medians of the batches
//! are compared.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has nobody else to tell"
)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use autotag_host::event::{Event, decode};
use autotag_host::guard::Guard;
use autotag_host::pipeline::Pipeline;
use autotag_host::plan::Outcome;
use autotag_host::plugin::{LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_plugin_ec2::Ec2;
use autotag_plugin_sdk::{KeyNames, Plugin, Tagging};

/// The event: a launch by an Identity Center user, in the shape that AWS documents.
const EVENT: &str = include_str!("run-instances.json");
/// How many batches are measured.
const BATCHES: usize = 400;
/// How many events a batch has.
const EVENTS: u32 = 50;

/// A variant: what it is called, and what it does with the event.
type Variant<'a> = (&'static str, Box<dyn Fn() + 'a>);

fn main() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    let sandbox = Sandbox::new(&SandboxOptions::default()).expect("an engine");
    let options = LoadOptions { folder: plugins, ..LoadOptions::default() };
    let guard = Guard::default();
    let registry = Registry::load(&options, &guard, &sandbox, None).expect("run `cargo xtask plugins` first");
    let pipeline = Pipeline { registry: Arc::new(registry), guard: Arc::new(guard) };
    let event = only_event();
    let plugin = pipeline.registry.plugins().next().expect("the plugin ec2");

    let plan = pipeline.plan(&event);
    assert!(matches!(plan.decisions[0].outcome, Outcome::Tag { .. }), "{plan:?}");
    assert_eq!(native(&event).len(), 1);

    let variants: Vec<Variant<'_>> = vec![
        ("native: decode + extract", Box::new(|| drop(black_box(native(&only_event()))))),
        ("the pure middle: bytes to plan", Box::new(|| drop(black_box(pipeline.run(black_box(EVENT.as_bytes())))))),
        ("  decode", Box::new(|| drop(black_box(only_event())))),
        ("  route", Box::new(|| drop(black_box(pipeline.registry.route(event.text()))))),
        ("  extract, fresh instance", Box::new(|| drop(black_box(plugin.extract(&event))))),
        ("native: extract alone", Box::new(|| drop(black_box(native(&event))))),
    ];
    let medians = measure(&variants);
    println!("RunInstances of {} bytes, {BATCHES} batches of {EVENTS} events, medians:\n", EVENT.len());
    println!("| what | µs an event | beside native |\n|---|---:|---:|");
    for ((name, _), median) in variants.iter().zip(&medians) {
        println!("| {name} | {median:.1} | {:.2} |", median / medians[0]);
    }
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
    Ec2::extract(&event, &KeyNames::default()).expect("taggings")
}

/// Median microseconds an event of each variant.
fn measure(variants: &[Variant<'_>]) -> Vec<f64> {
    let mut samples = vec![Vec::with_capacity(BATCHES); variants.len()];
    // The first tenth warms up.
    for batch in 0..BATCHES + BATCHES / 10 {
        for ((_, run), samples) in variants.iter().zip(&mut samples) {
            let begin = Instant::now();
            (0..EVENTS).for_each(|_| run());
            if batch >= BATCHES / 10 {
                samples.push(begin.elapsed().as_secs_f64() * 1e6 / f64::from(EVENTS));
            }
        }
    }
    samples
        .into_iter()
        .map(|mut samples| {
            samples.sort_by(f64::total_cmp);
            samples[samples.len() / 2]
        })
        .collect()
}
