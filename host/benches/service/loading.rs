//! Many large files that come into the plugin folder at once: how long it takes until all are loaded, whether the host
//! answers meanwhile, and how much memory it takes.
//!
//! A section that is never read makes the files large: how much of a plugin is code, and what its code takes, differs
//! from plugin to plugin.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use autotag_tests::host::RunningService;
use autotag_tests::wat_plugin::WatPlugin;

use crate::hosts::Hosts;
use crate::process;
use crate::table::{Table, number};
use crate::world::{LATENCY, World};

const PLUGINS: usize = 100;
/// The size of a plugin in Python.
const BYTES: usize = 17_000_000;
/// How many functions a plugin has, and how many multiplications each of them has.
const FUNCTIONS: usize = 40;
const MULTIPLICATIONS: usize = 50;
const LOOK: Duration = Duration::from_millis(20);
const DEADLINE: Duration = Duration::from_secs(300);

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("plugin-0.wasm"), 0);
    let world = World::new(LATENCY);
    let path = |folder: &Path| folder.display().to_string();
    let host = hosts.of(&world).env("AUTOTAG_PLUGINS", &path(folder.path())).env("AUTOTAG_CACHE", &path(cache.path()));
    let host = host.listening().start();
    host.wait_until(|readyz| readyz["ready"] == true);
    let before = process::resident_mb(host.id());

    let others: Vec<_> = (1..PLUGINS).map(|number| folder.path().join(format!(".plugin-{number}"))).collect();
    others.iter().zip(1..).for_each(|(file, number)| write(file, number));
    others.iter().zip(1..).for_each(|(file, number)| {
        fs::rename(file, folder.path().join(format!("plugin-{number}.wasm"))).expect("a file");
    });
    let Loaded { took, slowest } = loaded(&host);
    let (after, peak) = (process::resident_mb(host.id()), process::peak_mb(host.id()));
    assert_eq!(host.stop().0, 0);

    table.row(
        "100 plugins of 17 MB come at once: all are loaded after",
        format!("{} s", number(took.as_secs_f64())),
        "",
    );
    table.row("the same: memory before, at most, afterwards", format!("{before:.0} / {peak:.0} / {after:.0} MB"), "");
    table.row(
        "the same: the slowest answer of /readyz meanwhile",
        format!("{:.0} ms", slowest.as_secs_f64() * 1e3),
        "",
    );
}

struct Loaded {
    took: Duration,
    /// The longest time that an answer of `/readyz` took.
    slowest: Duration,
}

/// Waits until all plugins are loaded, and requests `/readyz` all the while.
fn loaded(host: &RunningService) -> Loaded {
    let (begin, mut slowest) = (Instant::now(), Duration::ZERO);
    let mut was_loading = false;
    loop {
        let asked = Instant::now();
        let readyz = host.readyz();
        slowest = slowest.max(asked.elapsed());
        assert!(readyz["plugins"]["refused"].is_null() && begin.elapsed() < DEADLINE, "{readyz}");
        was_loading |= !readyz["plugins"]["loading"].is_null();
        if readyz["plugins"]["loaded"].as_array().is_some_and(|loaded| loaded.len() == PLUGINS) {
            assert!(was_loading, "it never said that it loads plugins");
            return Loaded { took: begin.elapsed(), slowest };
        }
        thread::sleep(LOOK);
    }
}

/// Writes a plugin with a name of its own: some code, some data, and a section that is never read, which is most of it.
fn write(path: &Path, number: usize) {
    let work = "(local.set $x (i64.mul (i64.add (local.get $x) (i64.const 7)) (local.get $x)))".repeat(MULTIPLICATIONS);
    let functions = format!("(func (local $x i64) {work})").repeat(FUNCTIONS);
    let mut bytes = WatPlugin::new(&format!("plugin-{number}")).with_fields(&functions).assemble();
    let payload = BYTES.saturating_sub(bytes.len());
    let name = b"padding";
    bytes.push(0);
    leb128(payload + 1 + name.len(), &mut bytes);
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    bytes.resize(bytes.len() + payload, 7);
    fs::write(path, bytes).expect("a file");
}

/// Writes a number in LEB128, as WebAssembly does.
fn leb128(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
