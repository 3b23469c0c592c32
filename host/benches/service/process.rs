//! The CPU time and the memory of processes and threads, as Linux counts them.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The kernel reports CPU time in ticks of this length, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process, its ended threads included.
pub fn time_of(process: u32) -> Duration {
    time_in(&Path::new("/proc").join(process.to_string()))
}

/// The CPU time of this process's threads with this name.
pub fn time_of_threads(name: &str) -> Duration {
    let threads = fs::read_dir("/proc/self/task").expect("threads").flatten().map(|thread| thread.path());
    let named = threads.filter(|path| fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim() == name));
    named.map(|path| time_in(&path)).sum()
}

/// The CPU time of everything on this machine.
pub fn time_of_all() -> Duration {
    let stat = fs::read_to_string("/proc/stat").expect("the kernel's statistics");
    let ticks = stat.lines().next().into_iter().flat_map(str::split_whitespace).skip(1);
    let ticks: Vec<u32> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    [0, 1, 2, 5, 6, 7].iter().filter_map(|field| ticks.get(*field)).map(|ticks| TICK * *ticks).sum()
}

fn time_in(folder: &Path) -> Duration {
    let stat = fs::read_to_string(folder.join("stat")).expect("a process that runs");
    // Behind the name, which can hold anything, in parentheses.
    let fields = stat.rsplit(')').next().into_iter().flat_map(str::split_whitespace);
    // utime, stime
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).map(|ticks| TICK * ticks).sum()
}

/// The memory of a process that is resident now, in MB.
pub fn resident_mb(process: u32) -> f64 {
    memory_mb(process, "VmRSS:")
}

/// The most memory of a process that was resident at any time, in MB.
pub fn peak_mb(process: u32) -> f64 {
    memory_mb(process, "VmHWM:")
}

fn memory_mb(process: u32, field: &str) -> f64 {
    status(process, field) * 1024.0 / 1e6
}

/// How many threads a process has.
pub fn threads(process: u32) -> f64 {
    status(process, "Threads:")
}

/// How many files, connections and the like a process has open.
pub fn descriptors(process: u32) -> f64 {
    fs::read_dir(format!("/proc/{process}/fd")).expect("a process that runs").count() as f64
}

/// A number from the kernel's status of a process.
fn status(process: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process that runs");
    let line = status.lines().find(|line| line.starts_with(field)).expect("a field that the kernel knows");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
