//! Compiles WebAssembly to native code, off the hot path: on few threads, and with a time limit.
//!
//! wasmtime does not promise that compiling a hostile file ends soon, and it cannot be interrupted. So the host stops
//! waiting for a file that takes too long. Each file has its own threads (a bulkhead), so that one that never ends does
//! not block the others. At most [`PLACES`] files are compiled at once, each on half of the cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use autotag_core::text::sanitize;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use wasmparser::{Validator, WasmFeatures};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::componentize::componentize;
use crate::error::FileError;
use crate::exhaustion::Exhaustion;
use crate::features;
use crate::limits::{Bound, Exceeded};
use crate::slots::PerEngine;

/// The version field of a core module's header; a component's is another.
const CORE_VERSION: &[u8] = &[1, 0, 0, 0];

/// How many files can be compiled at once. A file that the host no longer waits for keeps its permit until its
/// compilation ends.
const PLACES: usize = 3;

/// Compiles files, a bounded number at once.
#[derive(Clone, Default)]
pub(crate) struct Compiler {
    /// How many files are being compiled.
    taken: Arc<AtomicUsize>,
}

/// A permit to compile one file, released on drop.
struct CompilePermit(Arc<AtomicUsize>);

impl Drop for CompilePermit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A component for each engine, and how long the first one took to make.
pub(crate) struct Compiled {
    pub(crate) components: PerEngine<Component>,
    pub(crate) time: Duration,
}

impl Compiler {
    /// Compiles a component, or a core module with the type section of one, for all engines. With a cache, all engines
    /// but the first find the code there.
    pub(crate) fn compile(
        &self,
        engines: &Arc<PerEngine<Engine>>,
        wasm: Vec<u8>,
        limit_ms: u64,
    ) -> Result<Compiled, FileError> {
        let permit = self.permit().ok_or(FileError::CompilerBusy)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        let engines = Arc::clone(engines);
        let threads = threads().map_err(|error| FileError::NoThreads(error.to_string()))?;
        let thread = thread::Builder::new().name("plugin-compile".into()).spawn(move || {
            let compiled = threads.install(|| compiled(&engines, wasm));
            // Before the result is sent, so that the caller finds the permit free.
            drop(permit);
            // The caller may have stopped waiting.
            let _ = sender.send(compiled);
        });
        thread.map_err(|error| FileError::NoThreads(error.to_string()))?;
        match receiver.recv_timeout(Duration::from_millis(limit_ms)) {
            Ok(compiled) => compiled,
            Err(RecvTimeoutError::Timeout) => Err(Exceeded { bound: Bound::Compile, limit: limit_ms }.into()),
            // A panic drops the sender, which closes the channel.
            Err(RecvTimeoutError::Disconnected) => Err(FileError::CompilerPanicked),
        }
    }
}

impl Compiler {
    fn permit(&self) -> Option<CompilePermit> {
        let one_more = |taken| (taken < PLACES).then_some(taken + 1);
        self.taken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        Some(CompilePermit(Arc::clone(&self.taken)))
    }
}

/// The threads for one file: one for every second core, at most 4, so that events are processed meanwhile.
fn threads() -> Result<ThreadPool, ThreadPoolBuildError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let name = |number| format!("plugin-compile-{number}");
    ThreadPoolBuilder::new().num_threads((cores / 2).clamp(1, 4)).thread_name(name).build()
}

fn compiled(engines: &PerEngine<Engine>, wasm: Vec<u8>) -> Result<Compiled, FileError> {
    let begin = Instant::now();
    let binary = if wasm.get(4..8) == Some(CORE_VERSION) { componentize(&wasm)? } else { wasm };
    let mut time = None;
    let components = engines.try_map(|engine| {
        let component = component(engine, &binary);
        time.get_or_insert(begin.elapsed());
        component
    });
    Ok(Compiled { components: components?, time: time.unwrap_or_default() })
}

fn component(engine: &Engine, binary: &[u8]) -> Result<Component, FileError> {
    let component = Component::from_binary(engine, binary).and_then(|component| {
        // This takes a file descriptor for each memory. Left to the first invocation, it could fail there, for an
        // event.
        component.initialize_copy_on_write_image()?;
        Ok(component)
    });
    component.map_err(|error| {
        if let Some(exhaustion) = Exhaustion::of_wasmtime(&error) {
            return FileError::HostExhausted(exhaustion);
        }
        if let Some(features) = features::missing(binary) {
            return FileError::Features(features);
        }
        let error = sanitize(&flat(&error.to_string(), &error.root_cause().to_string()));
        // The compiler's error alone does not tell a damaged file from one with unsupported features.
        match Validator::new_with_features(WasmFeatures::all()).validate_all(binary) {
            Ok(_) => FileError::Unsupported(error),
            Err(_) => FileError::Damaged(error),
        }
    })
}

/// An error and its cause on one line, without repetition.
fn flat(error: &str, cause: &str) -> String {
    if error.contains(cause) { error.into() } else { format!("{error}: {cause}") }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    /// A component that takes seconds to compile: one large function.
    fn slow() -> Vec<u8> {
        let body = "(local.set 0 (i64.mul (i64.add (local.get 0) (i64.const 7)) (local.get 0)))".repeat(30_000);
        wat::parse_str(format!("(component (core module (func (export \"f\") (local i64) {body})))")).unwrap()
    }

    fn compile(compiler: &Compiler, wasm: Vec<u8>, limit_ms: u64) -> Result<Compiled, FileError> {
        let engines = PerEngine::make(NonZeroU32::MIN, || Ok::<_, ()>(Engine::default())).unwrap();
        compiler.compile(&Arc::new(engines), wasm, limit_ms)
    }

    #[test]
    fn a_good_file_is_compiled_while_one_that_takes_too_long_still_is() {
        let compiler = Compiler::default();
        for _ in 0..PLACES - 1 {
            let error = compile(&compiler, slow(), 1).err().unwrap();
            assert_eq!(error.to_string(), "it took longer than 1 ms to compile (limits.compile_ms)");
        }
        assert!(compiler.taken.load(Ordering::SeqCst) > 0, "they are still compiled");
        compile(&compiler, wat::parse_str("(component)").unwrap(), 60_000).unwrap();
    }

    #[test]
    fn no_more_are_compiled_at_once_than_there_are_places() {
        let compiler = Compiler::default();
        let others: Vec<_> = (0..PLACES).map(|_| compiler.permit().unwrap()).collect();
        let small = || compile(&compiler.clone(), wat::parse_str("(component)").unwrap(), 60_000);
        assert!(matches!(small(), Err(FileError::CompilerBusy)));
        drop(others);
        small().unwrap();
    }
}
