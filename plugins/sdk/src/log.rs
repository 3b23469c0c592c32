//! Lines in the host's log, beside the plugin's name and the event's id. In native tests they go to stderr.
//!
//! ```
//! use autotag_plugin_sdk::log;
//!
//! log::debug("the launch has two instances");
//! log::info("the parent is asked for its owner");
//! log::warn("the record names the caller twice");
//! log::error("the response has no instances");
//! ```

use crate::bindings::autotag::plugin::log::{Level, log};

/// Logs a line for the plugin's author.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Logs what is worth knowing.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Logs that something is odd, although the answer stands.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Logs that the plugin could not do its work.
pub fn error(message: &str) {
    write(Level::Error, message);
}

fn write(level: Level, message: &str) {
    if cfg!(target_arch = "wasm32") {
        log(level, message);
    } else {
        eprintln!("{level:?}: {message}");
    }
}
