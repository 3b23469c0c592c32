//! Measuring: variants take turns, so that other load on the machine affects them alike, and medians are compared.

use std::process::Command;
use std::time::Instant;

/// How many batches are measured.
pub const BATCHES: usize = 300;
/// How many events a batch has.
pub const EVENTS: u32 = 50;
/// By how many events the two counted runs differ.
const COUNTED: u32 = 200;

/// Something to measure: what it is called, and what it does with an event.
pub struct Variant<'a> {
    /// Its name in tables.
    pub name: &'static str,
    /// Does it once.
    pub run: Box<dyn Fn() + 'a>,
}

impl<'a> Variant<'a> {
    pub fn new(name: &'static str, run: impl Fn() + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// The median time of an event, in microseconds, for each variant.
pub fn microseconds(variants: &[Variant<'_>]) -> Vec<f64> {
    let mut samples = vec![Vec::with_capacity(BATCHES); variants.len()];
    // The first tenth warms up.
    for batch in 0..BATCHES + BATCHES / 10 {
        for (variant, samples) in variants.iter().zip(&mut samples) {
            let begin = Instant::now();
            (0..EVENTS).for_each(|_| (variant.run)());
            if batch >= BATCHES / 10 {
                samples.push(begin.elapsed().as_secs_f64() * 1e6 / f64::from(EVENTS));
            }
        }
    }
    samples.into_iter().map(median).collect()
}

/// The median; NaN without samples.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How often each run is counted, of which the least counts: threads that wait for each other while the plugin is
/// compiled take a varying number of instructions, the rest does not.
const COUNTS: usize = 3;

/// Instructions an event of the variant of this name, outside the kernel: counted by callgrind in runs of this program
/// that differ only in how many events they work on. None where valgrind is not installed.
pub fn instructions(name: &str) -> Option<u64> {
    let count = |events: u32| -> Option<u64> {
        let run = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .args(["--only", name, &events.to_string()])
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        let line = said.lines().find_map(|line| line.split_once("Collected : ").map(|(_, count)| count.to_owned()))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let least = |events| (0..COUNTS).map(|_| count(events)).collect::<Option<Vec<_>>>()?.into_iter().min();
    let (few, many) = (least(COUNTED)?, least(2 * COUNTED)?);
    Some((many.checked_sub(few)?) / u64::from(COUNTED))
}
