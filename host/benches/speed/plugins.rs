//! The cost of each of the project's plugins: its size, and the time and fuel of its events.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use autotag_core::event::{Event, decode};
use autotag_core::guard::Guard;
use autotag_sandbox::{LoadOptions, Metering, Plugin, Registry, Sandbox, SandboxOptions};
use serde_json::Value;

use crate::measure::median;

/// How often each event is answered.
const ROUNDS: u32 = 200;

/// Prints a table of the plugins in the folder `built`, whose events lie below `plugins`.
pub fn print(built: &Path, plugins: &Path) {
    println!(
        "\n| plugin | calls | KiB | events | µs an event | of the slowest | fuel an event |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    for name in ["ec2", "rds", "s3"] {
        let (file, events) = (built.join(name).with_extension("wasm"), events(&plugins.join(name).join("events")));
        let (timed, metered) = (Loaded::new(&file, Metering::Off), Loaded::new(&file, Metering::Fuel));
        let answered: Vec<_> = events.iter().filter(|event| timed.wants(event)).collect();
        let micros: Vec<_> = answered.iter().map(|event| micros(timed.plugin(), event)).collect();
        let fuel = answered.iter().map(|event| metered.plugin().extract(event).1.fuel as f64).collect();
        println!(
            "| `{name}` | {} | {} | {} | {:.1} | {:.1} | {:.0} |",
            timed.calls(),
            fs::metadata(&file).expect("the plugin").len() / 1024,
            answered.len(),
            median(micros.clone()),
            micros.iter().copied().fold(0.0, f64::max),
            median(fuel),
        );
    }
    let example = plugins.join("examples/rust/key-pairs-rust.wasm");
    if example.exists() {
        few_calls_beside_many(&example, &built.join("ec2.wasm"), &plugins.join("examples/rust/events"));
    } else {
        println!("\n(`cargo xtask examples` builds the plugin of two calls that `ec2` is compared with)");
    }
}

/// The same event, in a plugin that knows two API calls and in one that knows all of EC2's.
fn few_calls_beside_many(few: &Path, many: &Path, folder: &Path) {
    let event = events(folder).remove(0);
    let load = |file: &Path| (Loaded::new(file, Metering::Off), Loaded::new(file, Metering::Fuel));
    let (few, many) = (load(few), load(many));
    // In turns, so that other load on the machine affects them alike.
    let turns: Vec<_> = (0..51).map(|_| micros(many.0.plugin(), &event) / micros(few.0.plugin(), &event)).collect();
    let fuel = |loaded: &Loaded| loaded.plugin().extract(&event).1.fuel as f64;
    println!("\n| the same CreateKeyPair, `ec2` beside a plugin of {} calls | |\n|---|---:|", few.0.calls());
    println!("| time | {:.2} × |", median(turns));
    println!("| fuel | {:.2} × |", fuel(&many.1) / fuel(&few.1));
}

/// One plugin.
struct Loaded(Registry);

impl Loaded {
    fn new(file: &Path, metering: Metering) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::copy(file, folder.path().join("plugin.wasm")).expect("a plugin");
        let sandbox = Sandbox::new(&SandboxOptions { metering, ..SandboxOptions::default() }).expect("an engine");
        let options = LoadOptions { folder: folder.path().into(), ..LoadOptions::default() };
        Self(Registry::load(&options, &Guard::default(), &sandbox, None).expect("a plugin that loads"))
    }

    fn plugin(&self) -> &Plugin {
        self.0.plugins().next().expect("a plugin")
    }

    fn wants(&self, event: &Event) -> bool {
        self.0.route(event).is_ok_and(|plugins| !plugins.is_empty())
    }

    /// How many API calls its event patterns name.
    fn calls(&self) -> usize {
        let patterns = self.plugin().manifest.event_patterns.iter();
        let names = patterns.map(|pattern| {
            let pattern: Value = serde_json::from_str(pattern.as_str()).expect("a pattern");
            pattern["detail"]["eventName"].as_array().map_or(0, Vec::len)
        });
        names.sum()
    }
}

/// The events in a folder.
fn events(folder: &Path) -> Vec<Event> {
    let files = fs::read_dir(folder).expect("a plugin's events").map(|entry| entry.expect("an entry").path());
    let is_event = |file: &PathBuf| !file.to_string_lossy().ends_with(".expected.json");
    let mut files: Vec<_> = files.filter(is_event).collect();
    files.sort();
    files.iter().map(|file| decode(&fs::read(file).expect("an event")).remove(0).expect("an event")).collect()
}

/// The time of an event, a fresh instance included: the median.
fn micros(plugin: &Plugin, event: &Event) -> f64 {
    let time = || {
        let begin = Instant::now();
        let _ = plugin.extract(event);
        begin.elapsed().as_secs_f64() * 1e6
    };
    median((0..ROUNDS).map(|_| time()).collect())
}
