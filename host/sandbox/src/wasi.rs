//! A stub of WASI with nothing behind it, for languages whose runtimes cannot do without WASI.
//!
//! A plugin that the operator has set `wasi = "stub"` for gets packages of WASI, and still has no authority at all:
//! the environment is empty, the clock stands still, random numbers are always the same, and what it writes goes into
//! the log. So its answer remains a pure function of the event and its settings. There is no folder in the file system.
//! A runtime may be linked with sockets and HTTP, but a call of such a function is a trap.
//!
//! Nothing here waits: a pollable is ready at once, since the clock that interrupts plugins cannot interrupt the host's
//! functions.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentType, Linker, LinkerInstance, Lower, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut, bail};

use crate::limits::{Bound, Exceeded};
use crate::state::State;

/// The packages whose interfaces the stub provides, of every 0.2 version.
const PACKAGES: [&str; 7] =
    ["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:http", "wasi:io", "wasi:random", "wasi:sockets"];

/// Whether an import is an interface of one of them.
pub(crate) fn has(import: &str) -> bool {
    let package = import.split_once('/').map(|(package, _)| package);
    let version = import.split_once('@').map(|(_, version)| version);
    package.is_some_and(|package| PACKAGES.contains(&package))
        && version.is_some_and(|version| version.starts_with("0.2."))
}

/// The seed of random numbers: the same numbers for every instance.
const SEED: u64 = 0;

/// The types of resources. None of them holds anything: an output stream's number says which of the two it is.
enum InputStream {}
enum OutputStream {}
enum IoError {}
enum Pollable {}
enum TerminalInput {}
enum TerminalOutput {}
enum Descriptor {}
/// A resource of which there is none.
enum Absent {}

const STDOUT: u32 = 1;
const STDERR: u32 = 2;
/// How much an output stream takes at once, in bytes.
const WRITE_BYTES: u64 = 64 << 10;

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "nothing here fails, but the case is part of the type")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

type Context<'a> = StoreContextMut<'a, State>;

/// Links the WASI interfaces that the component imports. Those of the contract are linked elsewhere. Functions without
/// an implementation here trap when they are called.
pub(crate) fn link(linker: &mut Linker<State>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    let world = component.component_type();
    for (import, item) in world.imports(&engine).filter(|(import, _)| has(import)) {
        let ComponentItem::ComponentInstance(interface) = item.ty else { bail!("{import} is not an interface") };
        // Functions with an implementation shadow those that trap.
        linker.allow_shadowing(true);
        let mut instance = linker.instance(import)?;
        for (name, item) in interface.exports(&engine) {
            match item.ty {
                ComponentItem::Resource(_) => resource(&mut instance, name)?,
                ComponentItem::ComponentFunc(_) => without_meaning(&mut instance, import, name)?,
                _ => {}
            }
        }
        match import.split('@').next().unwrap_or_default() {
            "wasi:cli/environment" => environment(&mut instance)?,
            "wasi:cli/exit" => exit(&mut instance)?,
            "wasi:cli/stdin" => resource_of(&mut instance, "get-stdin", || Resource::<InputStream>::new_own(0))?,
            "wasi:cli/stdout" => {
                resource_of(&mut instance, "get-stdout", || Resource::<OutputStream>::new_own(STDOUT))?
            }
            "wasi:cli/stderr" => {
                resource_of(&mut instance, "get-stderr", || Resource::<OutputStream>::new_own(STDERR))?
            }
            "wasi:cli/terminal-stdin" => no_terminal::<TerminalInput>(&mut instance, "get-terminal-stdin")?,
            "wasi:cli/terminal-stdout" => no_terminal::<TerminalOutput>(&mut instance, "get-terminal-stdout")?,
            "wasi:cli/terminal-stderr" => no_terminal::<TerminalOutput>(&mut instance, "get-terminal-stderr")?,
            "wasi:clocks/monotonic-clock" => monotonic_clock(&mut instance)?,
            "wasi:clocks/wall-clock" => wall_clock(&mut instance)?,
            "wasi:filesystem/preopens" => no_folders(&mut instance)?,
            "wasi:io/poll" => poll(&mut instance)?,
            "wasi:io/streams" => streams(&mut instance)?,
            "wasi:random/random" => random(&mut instance, "get-random-bytes", "get-random-u64")?,
            "wasi:random/insecure" => random(&mut instance, "get-insecure-random-bytes", "get-insecure-random-u64")?,
            "wasi:random/insecure-seed" => {
                instance.func_wrap("insecure-seed", |_: Context<'_>, (): ()| Ok(((0_u64, 0_u64),)))?;
            }
            _ => {}
        }
        linker.allow_shadowing(false);
    }
    Ok(())
}

fn without_meaning(instance: &mut LinkerInstance<'_, State>, interface: &str, function: &str) -> Result<()> {
    let trap = format!("`{interface}#{function}` is not among what `wasi = \"stub\"` gives");
    instance.func_new(function, move |_, _, _, _| bail!("{trap}"))
}

fn environment(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("get-environment", |_: Context<'_>, (): ()| Ok((Vec::<(String, String)>::new(),)))?;
    instance.func_wrap("get-arguments", |_: Context<'_>, (): ()| Ok((Vec::<String>::new(),)))?;
    instance.func_wrap("initial-cwd", |_: Context<'_>, (): ()| Ok((None::<String>,)))
}

fn exit(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("exit", |_: Context<'_>, (status,): (Result<(), ()>,)| -> Result<()> {
        bail!("it called exit, with {}", if status.is_ok() { "success" } else { "failure" })
    })
}

/// Defines a resource type in an interface, whether that owns it or uses another interface's: a name has one meaning in
/// all of WASI.
fn resource(instance: &mut LinkerInstance<'_, State>, name: &str) -> Result<()> {
    let resource = match name {
        "input-stream" => ResourceType::host::<InputStream>(),
        "output-stream" => ResourceType::host::<OutputStream>(),
        "error" | "io-error" => ResourceType::host::<IoError>(),
        "pollable" => ResourceType::host::<Pollable>(),
        "terminal-input" => ResourceType::host::<TerminalInput>(),
        "terminal-output" => ResourceType::host::<TerminalOutput>(),
        "descriptor" => ResourceType::host::<Descriptor>(),
        _ => ResourceType::host::<Absent>(),
    };
    instance.resource(name, resource, |_, _| Ok(()))
}

fn resource_of<T: 'static>(
    instance: &mut LinkerInstance<'_, State>,
    function: &str,
    make: fn() -> Resource<T>,
) -> Result<()> {
    instance.func_wrap(function, move |_: Context<'_>, (): ()| Ok((make(),)))
}

fn no_terminal<T: 'static>(instance: &mut LinkerInstance<'_, State>, function: &str) -> Result<()> {
    instance.func_wrap(function, |_: Context<'_>, (): ()| Ok((None::<Resource<T>>,)))
}

fn no_folders(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("get-directories", |_: Context<'_>, (): ()| Ok((Vec::<(Resource<Descriptor>, String)>::new(),)))
}

fn monotonic_clock(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("now", |_: Context<'_>, (): ()| Ok((0_u64,)))?;
    instance.func_wrap("resolution", |_: Context<'_>, (): ()| Ok((1_u64,)))?;
    for function in ["subscribe-instant", "subscribe-duration"] {
        instance.func_wrap(function, |_: Context<'_>, _: (u64,)| Ok((Resource::<Pollable>::new_own(0),)))?;
    }
    Ok(())
}

fn wall_clock(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("now", |_: Context<'_>, (): ()| Ok((Datetime { seconds: 0, nanoseconds: 0 },)))?;
    instance.func_wrap("resolution", |_: Context<'_>, (): ()| Ok((Datetime { seconds: 1, nanoseconds: 0 },)))
}

fn poll(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    instance.func_wrap("[method]pollable.ready", |_: Context<'_>, _: (Resource<Pollable>,)| Ok((true,)))?;
    instance.func_wrap("[method]pollable.block", |_: Context<'_>, _: (Resource<Pollable>,)| Ok(()))?;
    instance.func_wrap("poll", |_: Context<'_>, (all,): (Vec<Resource<Pollable>>,)| {
        Ok((all.iter().zip(0_u32..).map(|(_, place)| place).collect::<Vec<_>>(),))
    })
}

fn streams(instance: &mut LinkerInstance<'_, State>) -> Result<()> {
    for function in ["[method]input-stream.read", "[method]input-stream.blocking-read"] {
        instance.func_wrap(function, |_: Context<'_>, _: (Resource<InputStream>, u64)| {
            Ok((Err::<Vec<u8>, _>(StreamError::Closed),))
        })?;
    }
    instance.func_wrap("[method]input-stream.subscribe", |_: Context<'_>, _: (Resource<InputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })?;
    instance.func_wrap("[method]output-stream.check-write", |context: Context<'_>, _: (Resource<OutputStream>,)| {
        // Half of what may be handed over, so that a plugin that keeps to it has room for the rest of the host call.
        let most = context.data().limits.answer_bytes / 2;
        Ok((Ok::<_, StreamError>(WRITE_BYTES.min(most)),))
    })?;
    for function in ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"] {
        instance.func_wrap(
            function,
            |mut context: Context<'_>, (stream, bytes): (Resource<OutputStream>, Vec<u8>)| {
                context.data_mut().output.write(stream.rep() == STDERR, &bytes);
                Ok((Ok::<(), StreamError>(()),))
            },
        )?;
    }
    for function in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        instance
            .func_wrap(function, |_: Context<'_>, _: (Resource<OutputStream>,)| Ok((Ok::<(), StreamError>(()),)))?;
    }
    instance.func_wrap("[method]output-stream.subscribe", |_: Context<'_>, _: (Resource<OutputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn random(instance: &mut LinkerInstance<'_, State>, bytes: &str, number: &str) -> Result<()> {
    instance.func_wrap(bytes, |mut context: Context<'_>, (count,): (u64,)| {
        let state = context.data_mut();
        let limit = state.limits.answer_bytes;
        let count = usize::try_from(count).ok().filter(|count| *count as u64 <= limit);
        let count = count.ok_or(Exceeded { bound: Bound::AnswerBytes, limit })?;
        let mut bytes = vec![0; count];
        state.random().fill(&mut bytes);
        Ok((bytes,))
    })?;
    instance.func_wrap(number, |mut context: Context<'_>, (): ()| Ok((context.data_mut().random().u64(..),)))
}

impl State {
    fn random(&mut self) -> &mut fastrand::Rng {
        self.random.get_or_insert_with(|| fastrand::Rng::with_seed(SEED))
    }
}
