//! Why a plugin does not load, or does not answer.

use std::path::PathBuf;
use std::time::Duration;

use super::manifest::ManifestError;

/// Why a plugin does not load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder cannot be read.
    #[error("cannot read the plugin folder {}: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is nothing to load.
    #[error("no plugin in {}: expected at least one .wasm file", .0.display())]
    NoPlugins(PathBuf),
    /// One file is no plugin.
    #[error("{}: {problem}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileError,
    },
    /// Two files hold plugins of the same name.
    #[error("{} and {} are both the plugin `{name}`; remove one of them", .one.display(), .other.display())]
    SameName {
        /// The name.
        name: String,
        /// A file.
        one: PathBuf,
        /// Another file.
        other: PathBuf,
    },
    /// There are settings for a plugin that is not there.
    #[error("there are settings for a plugin `{name}`, but {} holds {loaded}", .folder.display())]
    UnknownPlugin {
        /// The name in the configuration.
        name: String,
        /// Where plugins were looked for.
        folder: PathBuf,
        /// What was found there.
        loaded: String,
    },
    /// The patterns of all plugins together are too much for the router.
    #[error("the plugins' event patterns cannot be combined: {0}")]
    Router(#[from] crate::router::PatternError),
}

/// Why a file is no plugin.
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
    /// It is larger than any plugin may be.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: u64,
    },
    /// It does not begin as WebAssembly does.
    #[error("not WebAssembly")]
    NotWasm,
    /// It begins as WebAssembly does, but is damaged.
    #[error("damaged or incomplete WebAssembly: {0}")]
    Damaged(String),
    /// A core module that does not say what it implements.
    #[error(
        "a core module without the type section that wit-bindgen embeds; build it with wit-bindgen, or make it a component"
    )]
    NoTypeSection,
    /// A core module that is not what its type section says.
    #[error("the core module cannot be made into a component: {0}")]
    Componentize(String),
    /// It wants what no plugin may have.
    #[error("imports {import}, which a plugin may not have; the only import is autotag:plugin/log@1.0.0")]
    ForbiddenImport {
        /// The import.
        import: String,
    },
    /// A component of another world.
    #[error("not an autotag plugin: it does not export autotag:plugin/extractor@1.0.0, but {exports}")]
    OtherWorld {
        /// What it exports.
        exports: String,
    },
    /// The functions it exports or imports are not of the contract's types.
    #[error("does not match the contract autotag:plugin@1.0.0: {0}")]
    Contract(String),
    /// It did not answer who it is, or whether the settings are right.
    #[error("{function}: {error}")]
    Call {
        /// The function that was called.
        function: &'static str,
        /// What happened.
        error: CallError,
    },
    /// What it says of itself is not right.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The plugin does not accept its settings.
    #[error("the plugin refuses its settings: {0}")]
    Settings(String),
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It took too long.
    #[error("the plugin was stopped: it ran longer than {} ms", .limit.as_millis())]
    Time {
        /// The bound.
        limit: Duration,
    },
    /// It took too much memory.
    #[error("the plugin was stopped: it asked for more than {limit} bytes of memory")]
    Memory {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Its answer, or what it wrote into the log, is too large.
    #[error("the plugin was stopped: it handed over more than {limit} bytes")]
    AnswerSize {
        /// The bound, in bytes.
        limit: usize,
    },
    /// It panicked, or did what WebAssembly forbids.
    #[error("the plugin trapped: {trap}{}", .last_error.as_ref().map(|text| format!("; its last error: {text}")).unwrap_or_default())]
    Trap {
        /// What happened, in wasmtime's words.
        trap: String,
        /// The last line that it logged as an error; of a Rust plugin, the panic's text.
        last_error: Option<String>,
    },
}
