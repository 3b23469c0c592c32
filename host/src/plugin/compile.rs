//! From WebAssembly to native code, off the hot path: on few threads, and for a bounded time.
//!
//! wasmtime does not promise that compiling a hostile file ends soon. It cannot be interrupted, so what takes too long is no
//! longer waited for; the few threads that there are keep it from taking the machine. Nor does wit-component expect type
//! sections that nobody's wit-bindgen would write: what would lead it astray is refused before it sees it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use wasmtime::Engine;
use wasmtime::component::Component;
use wit_parser::{PackageName, Resolve};

use super::error::FileError;
use super::limits::{Bound, Exceeded};
use super::loader::LONGEST_WORDS;
use crate::text::one_line;

/// The version field of a core module's header; a component's is another.
const CORE_VERSION: &[u8] = &[1, 0, 0, 0];

/// What the names of custom sections begin with that hold a world's types.
const TYPE_SECTION: &str = "component-type";
/// The most packages that a world may be made of. A plugin's is one, and all of WASI is eight more.
const MAX_PACKAGES: usize = 100;

/// The threads that compile.
#[derive(Clone)]
pub(super) struct Compiler(Arc<ThreadPool>);

/// A component, and how long it took to make.
pub(super) struct Compiled {
    pub(super) component: Component,
    pub(super) time: Duration,
}

impl Compiler {
    /// Half of the machine, so that events are worked on meanwhile.
    pub(super) fn new() -> Result<Self, ThreadPoolBuildError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        ThreadPoolBuilder::new()
            .num_threads((cores / 2).clamp(1, 4))
            .thread_name(|number| format!("plugin-compile-{number}"))
            // A panic is answered by the channel that it closes; rayon would end the process.
            .panic_handler(|_| {})
            .build()
            .map(|threads| Self(Arc::new(threads)))
    }

    /// Compiles a component, or a core module that says what component it makes.
    pub(super) fn compile(&self, engine: &Engine, wasm: Vec<u8>, limit_ms: u64) -> Result<Compiled, FileError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let engine = engine.clone();
        let begin = Instant::now();
        self.0.spawn(move || {
            // Whoever asked may have gone.
            let _ = sender.send(component(&engine, &wasm));
        });
        match receiver.recv_timeout(Duration::from_millis(limit_ms)) {
            Ok(component) => Ok(Compiled { component: component?, time: begin.elapsed() }),
            Err(RecvTimeoutError::Timeout) => Err(Exceeded { bound: Bound::Compile, limit: limit_ms }.into()),
            Err(RecvTimeoutError::Disconnected) => Err(FileError::CompilerPanicked),
        }
    }
}

fn component(engine: &Engine, wasm: &[u8]) -> Result<Component, FileError> {
    let made;
    let binary = if wasm.get(4..8) == Some(CORE_VERSION) {
        made = componentize(wasm)?;
        &made
    } else {
        wasm
    };
    Component::from_binary(engine, binary).map_err(|error| {
        let error = words(&flat(&error.to_string(), &error.root_cause().to_string()));
        // The compiler's error alone does not tell what is wrong from what is only too much.
        match wasmparser::Validator::new().validate_all(binary) {
            Ok(_) => FileError::Unsupported(error),
            Err(_) => FileError::Damaged(error),
        }
    })
}

/// Makes a component of a core module, by the type section that wit-bindgen has put into it.
fn componentize(module: &[u8]) -> Result<Vec<u8>, FileError> {
    // The encoder checks neither for itself: it asserts what is valid and overlooks a type section that is missing.
    wasmparser::Validator::new().validate_all(module).map_err(|error| FileError::Damaged(words(&error.to_string())))?;
    let failed = |error: anyhow::Error| FileError::Componentize(words(&format!("{error:#}")));
    check_type_sections(module)?;
    let (metadata_found, _) = wit_component::metadata::decode(module).map_err(failed)?;
    if metadata_found.is_none() {
        return Err(FileError::NoTypeSection);
    }
    wit_component::ComponentEncoder::default().module(module).and_then(|encoder| encoder.encode()).map_err(failed)
}

/// Checks the packages that the module's type sections are made of: those of one section, and of all of them together.
fn check_type_sections(module: &[u8]) -> Result<(), FileError> {
    let mut packages = Packages::default();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| FileError::Damaged(words(&error.to_string())))?;
        if let wasmparser::Payload::CustomSection(section) = payload
            && section.name().starts_with(TYPE_SECTION)
            // What cannot be decoded is said by whoever decodes it next, with more words.
            && let Ok((resolve, _)) = wit_parser::decoding::decode_world(section.data())
        {
            packages.add(&resolve);
        }
    }
    packages.check().map_err(FileError::Componentize)
}

/// Which packages need which others.
#[derive(Default)]
struct Packages(HashMap<PackageName, HashSet<PackageName>>);

impl Packages {
    fn add(&mut self, resolve: &Resolve) {
        let name_of = |id| resolve.packages.get(id).map(|package| package.name.clone());
        for (id, package) in &resolve.packages {
            let needed = resolve.package_direct_deps(id).filter_map(name_of);
            self.0.entry(package.name.clone()).or_default().extend(needed);
        }
        // wit-component merges all worlds into one of its own.
        let root = PackageName { namespace: "root".into(), name: "root".into(), version: None };
        let names = resolve.packages.iter().map(|(_, package)| package.name.clone());
        let others: Vec<_> = names.filter(|name| *name != root).collect();
        self.0.entry(root).or_default().extend(others);
    }

    /// Checks that they can be put into an order in which each stands behind those that it needs. wit-parser takes that for
    /// granted, and would go round in a circle, or down a long line, until the stack ends and the process with it.
    fn check(mut self) -> Result<(), String> {
        let count = self.0.len();
        if count > MAX_PACKAGES {
            return Err(format!("its types are of {count} packages; the limit is {MAX_PACKAGES}"));
        }
        while !self.0.is_empty() {
            let next: HashSet<_> =
                self.0.iter().filter(|(_, needed)| needed.is_empty()).map(|(name, _)| name.clone()).collect();
            if next.is_empty() {
                return Err("the packages of its types need each other in a circle".into());
            }
            self.0.retain(|name, needed| {
                needed.retain(|name| !next.contains(name));
                !next.contains(name)
            });
        }
        Ok(())
    }
}

/// What others say of the file, fit to print: they quote names in it, which can be anything.
fn words(error: &str) -> String {
    one_line(error, LONGEST_WORDS)
}

/// An error and its cause, on one line and not twice the same.
fn flat(error: &str, cause: &str) -> String {
    if error.contains(cause) { error.into() } else { format!("{error}: {cause}") }
}
