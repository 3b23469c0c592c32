//! Why a plugin does not load, or does not answer.

use std::fmt;
use std::path::{Path, PathBuf};

use autotag_core::text::sanitize;

use crate::contract::{contract_package, interface};
use crate::digest::Digest;
use crate::exhaustion::Exhaustion;
use crate::limits::{Bound, Exceeded};
use crate::manifest::ManifestError;

/// Why the plugins of a folder do not load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder cannot be read.
    #[error("cannot read the plugin folder {}: {error}", .path.display())]
    Folder {
        /// The path of the plugin folder, as it was given.
        path: PathBuf,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// There is nothing to load.
    #[error("no plugin in {}: expected at least one .wasm file", .0.display())]
    NoPlugins(PathBuf),
    /// A file does not load.
    #[error("{}: {problem}", display_path(.path))]
    File {
        /// The path of the `.wasm` file.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileError,
    },
    /// Two files hold plugins of the same name.
    #[error("{} and {} are both the plugin `{name}`; remove one of them", display_path(.one), display_path(.other))]
    SameName {
        /// The name that both plugins declare.
        name: String,
        /// The file that was found first.
        one: PathBuf,
        /// The file that was found after it.
        other: PathBuf,
    },
    /// There are settings for a plugin that is not there.
    #[error("there are settings for a plugin `{name}`, but {} holds {loaded}", .folder.display())]
    UnknownPlugin {
        /// The name in the configuration.
        name: String,
        /// The plugin folder that was searched for it.
        folder: PathBuf,
        /// The plugins that were found there.
        loaded: String,
    },
    /// A plugin writes a tag that the operator does not allow.
    #[error(
        "the plugin {plugin} writes the tag key `{key}`, which is not allowed: pass --tag-keys {keys} (or set tag_keys), and \
         name those that carry the principal id with --access-keys (or access_keys)"
    )]
    TagKey {
        /// The name and version of the plugin.
        plugin: String,
        /// The first key that it writes and `tag_keys` lacks.
        key: String,
        /// All keys that it writes.
        keys: String,
    },
    /// The host, or a library that it uses, panicked on these files.
    #[error("the host itself failed on them; please report that")]
    Panicked,
}

/// Why a file does not load.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A folder, a pipe or the like.
    #[error("not a file")]
    NotAFile,
    /// It has no content.
    #[error("the file is empty")]
    Empty,
    /// It is larger than it may be, or takes too long to compile.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// It does not begin as WebAssembly does.
    #[error("not WebAssembly")]
    NotWasm,
    /// It is not the file that the operator pinned.
    #[error(
        "its SHA-256 is {found}, but `sha256` in [plugin.{}] pins {pinned}; if the file is the right one, put its digest \
         there", sanitize(.section)
    )]
    OtherDigest {
        /// Its section in the configuration.
        section: String,
        /// The SHA-256 digest of the file.
        found: Digest,
        /// What the operator pinned.
        pinned: String,
    },
    /// Pins are required, and there is none.
    #[error(
        "it is not pinned, and `require_pins` is set; if you trust it, set `sha256 = \"{found}\"` in [plugin.{}]", sanitize(.section)
    )]
    NotPinned {
        /// The section in the configuration that would pin it.
        section: String,
        /// The SHA-256 digest of the file.
        found: Digest,
    },
    /// It begins as WebAssembly does, but is damaged.
    #[error("damaged or incomplete WebAssembly: {0}")]
    Damaged(String),
    /// It needs features of WebAssembly that the host does not run.
    #[error("needs what this host does not run: {0}")]
    Features(String),
    /// It is WebAssembly beyond the host's own bounds.
    #[error("WebAssembly that this host does not run: {0}")]
    Unsupported(String),
    /// Files that take long to compile hold all permits of the compiler.
    #[error(
        "not compiled yet: the compiler is still busy with files that took too long; it is tried again, and if none of them \
         ever ends, a restart of the host helps"
    )]
    CompilerBusy,
    /// There is no thread for the compiler.
    #[error("cannot be compiled: {0}")]
    NoThreads(String),
    /// The host lacks the resources to compile it.
    #[error("cannot be compiled: {0}")]
    HostExhausted(Exhaustion),
    /// The compiler panicked on this file.
    #[error("the compiler failed on it; please report that")]
    CompilerPanicked,
    /// A core module that does not say what it implements.
    #[error("a core module that does not say what it implements; `plugin build --core FILE` makes a plugin of it")]
    NoTypeSection,
    /// A core module that is not what its type section says.
    #[error("the core module cannot be made into a component: {0}")]
    Componentize(String),
    /// It imports what no plugin may have.
    #[error("imports {import}, which a plugin may not have; the only import is {}", interface("log"))]
    ForbiddenImport {
        /// The name of the import, with its version.
        import: String,
    },
    /// It imports a part of WASI that `wasi = "stub"` would provide.
    #[error(
        "imports {import}, which a plugin may not have; if it is only its language that wants it, build it without WASI \
         (componentize-py and componentize-qjs: --stub-wasi; componentize-js: -d all), or set `wasi = \"stub\"` in \
         [plugin.{}], and it gets it with nothing behind it", sanitize(.section)
    )]
    WasiImport {
        /// The name of the import, with its version: `wasi:cli/exit@0.2.0`.
        import: String,
        /// The plugin's section in the configuration.
        section: String,
    },
    /// It is made for another version of the contract.
    #[error(
        "made for version {found} of the contract; this host knows version 1: rebuild the plugin, or use another host"
    )]
    OtherVersion {
        /// The version that it exports.
        found: String,
    },
    /// A component of another world.
    #[error("not an autotag plugin: it does not export {}, but {exports}", interface("extractor"))]
    OtherWorld {
        /// The names of its exports; `nothing` if it has none.
        exports: String,
    },
    /// The functions it exports or imports are not of the contract's types.
    #[error("does not match the contract {package}: {0}", package = contract_package())]
    Contract(String),
    /// An invocation of `describe` or `check-settings` failed.
    #[error("{function}: {problem}")]
    Invocation {
        /// The function that was invoked.
        function: &'static str,
        /// Why that gave no answer.
        problem: InvocationProblem,
    },
    /// Its manifest is not valid.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Options that must be known before it runs were not found by the file's name.
    #[error(
        "the plugin in it calls itself `{name}`: rename the file to {name}.wasm, since `sha256`, `wasi` and `limits` of \
         [plugin.{name}] must be found before it runs"
    )]
    FileName {
        /// The name that the plugin declares.
        name: String,
    },
    /// The options for the file's name are not those of the plugin in it.
    #[error(
        "the plugin in it calls itself `{name}`, but [plugin.{}] is set for a file of this name: rename the file to {name}.wasm, \
         and set [plugin.{name}] if the same is to hold for it", sanitize(.section)
    )]
    OtherName {
        /// The name that the plugin declares.
        name: String,
        /// The file's section in the configuration.
        section: String,
    },
    /// The plugin does not accept its settings.
    #[error("the plugin refuses its settings: {0}")]
    Settings(String),
}

/// A path, sanitized: a user who can write into the folder chooses the file's name.
fn display_path(path: &Path) -> String {
    sanitize(&path.display().to_string())
}

impl LoadError {
    /// Whether the error is transient: the same files may load later.
    pub(crate) fn is_transient(&self) -> bool {
        self.exhaustion().is_some()
            || matches!(self, Self::File { problem: FileError::CompilerBusy | FileError::NoThreads(_), .. })
    }

    /// The host's own exhaustion, if that is the cause.
    pub(crate) fn exhaustion(&self) -> Option<Exhaustion> {
        match self {
            Self::Folder { error, .. } | Self::File { problem: FileError::Io(error), .. } => Exhaustion::of(error),
            Self::File { problem: FileError::HostExhausted(exhaustion), .. }
            | Self::File {
                problem: FileError::Invocation { problem: InvocationProblem::HostExhausted(exhaustion), .. },
                ..
            } => Some(*exhaustion),
            _ => None,
        }
    }
}

/// An invocation that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin {plugin}, event {event_id}: {problem}")]
pub struct InvocationError {
    /// The plugin, with its version.
    pub plugin: String,
    /// The ID of the event that it was invoked for.
    pub event_id: String,
    /// Why it gave no answer.
    pub problem: InvocationProblem,
}

impl InvocationError {
    /// Whether the plugin ran out of time, which depends on how busy the machine is.
    #[must_use]
    pub fn is_about_time(&self) -> bool {
        matches!(&self.problem, InvocationProblem::Exceeded(exceeded) if exceeded.bound == Bound::Time)
    }

    /// Whether the host's own exhaustion was the cause, which says nothing about the event.
    #[must_use]
    pub fn is_about_host(&self) -> bool {
        matches!(self.problem, InvocationProblem::HostExhausted(_))
    }
}

/// Why an invocation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvocationProblem {
    /// The host lacks the resources to run it.
    HostExhausted(Exhaustion),
    /// It exceeded a bound.
    Exceeded(Exceeded),
    /// It panicked, or did what WebAssembly forbids.
    Trap {
        /// The trap, as wasmtime describes it.
        trap: String,
        /// The lines that it logged last as errors, one after another (for a plugin in Rust, the panic's message), or
        /// the end of its stderr.
        last_words: Option<String>,
    },
}

impl fmt::Display for InvocationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostExhausted(exhaustion) => write!(formatter, "the plugin could not run: {exhaustion}"),
            Self::Exceeded(exceeded) => write!(formatter, "the plugin was stopped: {exceeded}"),
            Self::Trap { trap, last_words: None } => write!(formatter, "the plugin trapped: {trap}"),
            Self::Trap { trap, last_words: Some(words) } => {
                write!(formatter, "the plugin trapped: {trap}; its last words: {words}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_the_host_lacks_is_no_fault_of_the_folders_and_may_be_there_later() {
        let file = |problem| LoadError::File { path: "ec2.wasm".into(), problem };
        let no_descriptor = || io::Error::from_raw_os_error(24);
        let describe = FileError::Invocation {
            function: "describe",
            problem: InvocationProblem::HostExhausted(Exhaustion::Instances),
        };
        for (error, exhaustion) in [
            (LoadError::Folder { path: "plugins".into(), error: no_descriptor() }, Exhaustion::Descriptors),
            (file(no_descriptor().into()), Exhaustion::Descriptors),
            (file(FileError::HostExhausted(Exhaustion::Memory)), Exhaustion::Memory),
            (file(describe), Exhaustion::Instances),
        ] {
            assert_eq!((error.exhaustion(), error.is_transient()), (Some(exhaustion), true), "{error}");
        }
        let missing = file(io::Error::from(io::ErrorKind::NotFound).into());
        assert_eq!((missing.exhaustion(), missing.is_transient()), (None, false));
    }
}
