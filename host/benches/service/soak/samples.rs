//! The resources that the host takes, second by second.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::schedule::Schedule;
use crate::process;
use crate::table::{Table, median, number};

/// What is sampled beside memory.
const OTHERS: [(&str, &str); 5] = [
    ("open descriptors", "≤ 256"),
    ("threads", ""),
    ("files in the cache folder", "no growth"),
    ("MB in the cache folder", "no growth"),
    ("messages handled", ""),
];
/// Single samples fluctuate, so the value at a point in time is the median of the latest ones.
const LATEST: usize = 10;
/// How late the last sample can be.
const LATENESS: Duration = Duration::from_secs(60);
/// After how many samples progress is printed.
const NEWS: usize = 60;

/// One sample, of one second.
struct Sample {
    at: Duration,
    /// Memory in MB, and then [`OTHERS`].
    values: [f64; 1 + OTHERS.len()],
}

pub struct Samples {
    process: u32,
    cache: PathBuf,
    samples: Vec<Sample>,
}

impl Samples {
    /// For a host with this process id and cache folder.
    pub fn new(process: u32, cache: &Path) -> Self {
        Self { process, cache: cache.to_owned(), samples: Vec::new() }
    }

    /// Takes a sample at the time `at` after the load began, when `handled` messages were handled.
    pub fn take(&mut self, at: Duration, handled: usize) {
        let (files, bytes) = size_of(&self.cache);
        let process = self.process;
        let (memory, descriptors, threads) =
            (process::resident_mb(process), process::descriptors(process), process::threads(process));
        let values = [memory, descriptors, threads, files as f64, bytes as f64 / 1e6, handled as f64];
        if self.samples.len().is_multiple_of(NEWS) {
            let what = OTHERS.map(|(what, _)| what).join(", ");
            eprintln!("  {:.0} s: memory in MB, {what}: {values:.1?}", at.as_secs_f64());
        }
        self.samples.push(Sample { at, values });
    }

    /// Adds the values at the beginning, after the warm-up, in the middle and at the end.
    pub fn report(&self, schedule: &Schedule, table: &mut Table) {
        let marks = [Duration::ZERO, schedule.settled, schedule.middle, schedule.whole + LATENESS];
        let of = |field: usize| marks.map(|mark| self.at(mark, field));
        let memory = of(0);
        let cells = |values: &[f64]| values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(" / ");
        let when = format!("at the beginning / after {} s / in the middle / at the end", schedule.settled.as_secs());
        table.row(&format!("soak: resident memory in MB {when}"), cells(&memory), "≤ 150");
        let [_, settled, middle, end] = memory;
        let growth = |to: f64| (to / settled - 1.0) * 100.0;
        let growths = format!("{:+.1} % / {:+.1} %", growth(middle), growth(end));
        table.row(
            &format!("soak: its growth since {} s, in the middle / at the end", schedule.settled.as_secs()),
            growths,
            "≤ 5 %",
        );
        table.row("soak: the most memory that was resident, in MB", number(process::peak_mb(self.process)), "");
        for (index, (what, goal)) in OTHERS.iter().enumerate() {
            table.row(&format!("soak: {what}, the same"), cells(&of(index + 1)), goal);
        }
        let most = |field: usize| self.samples.iter().map(|sample| sample.values[field]).fold(0.0, f64::max);
        table.note(format!("soak: at most {} descriptors and {} threads", most(1), most(2)));
    }

    /// The median of the latest samples at a time.
    fn at(&self, mark: Duration, field: usize) -> f64 {
        let until = self.samples.iter().take_while(|sample| sample.at <= mark).map(|sample| sample.values[field]);
        let until: Vec<f64> = until.collect();
        median(until[until.len().saturating_sub(LATEST)..].to_vec())
    }
}

/// How many files there are in a folder and those below it, and how many bytes.
fn size_of(folder: &Path) -> (u64, u64) {
    let mut size = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // The host may remove some meanwhile.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => size = (size.0 + 1, size.1 + metadata.len()),
                Err(_) => {}
            }
        }
    }
    size
}
