//! What the service does in a second, what it costs EC2, and how soon it begins and ends, beside the Lambda that it
//! replaces.
//!
//! `cargo xtask plugins && cargo bench --bench service`; with names of measurements after `--`, only those. `soak`,
//! which takes ten minutes, runs only if it is named. The host is the release binary, AWS the tests' fake one, in this
//! process, with a latency of 5 ms on each request unless the table says otherwise.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot run can only panic"
)]

mod burst;
mod events;
mod full;
mod hosts;
mod idle;
mod lambda;
mod loading;
mod process;
mod scaling;
mod soak;
mod table;
mod throttled;
mod throughput;
mod world;

use hosts::Hosts;
use table::Table;

/// Measures something with hosts, and adds it to the table.
type Measurement = fn(&Hosts, &mut Table);

/// Takes ten minutes.
const SOAK: &str = "soak";

const MEASUREMENTS: [(&str, Measurement); 8] = [
    ("throughput", throughput::measure),
    ("burst", burst::measure),
    ("throttled", throttled::measure),
    ("idle", idle::measure),
    ("scaling", scaling::measure),
    ("full", full::measure),
    ("loading", loading::measure),
    (SOAK, soak::measure),
];

fn main() {
    // Cargo itself adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let unknown = wanted.iter().find(|wanted| MEASUREMENTS.iter().all(|(name, _)| name != wanted));
    assert!(unknown.is_none(), "there is no measurement {unknown:?}");
    let hosts = Hosts::new();
    let mut table = Table::default();
    let begin = std::time::Instant::now();
    for (name, measure) in MEASUREMENTS {
        if wanted.iter().any(|wanted| wanted == name) || wanted.is_empty() && name != SOAK {
            measure(&hosts, &mut table);
        }
    }
    table.note(format!("all of it took {:.0} s", begin.elapsed().as_secs_f64()));
    table.print();
}
