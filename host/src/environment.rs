//! An empty variable in the environment is an unset one, to all that reads it: the command line, the AWS SDK,
//! OpenTelemetry, TLS, proxies. Each of these has ideas of its own about empty ones.
//!
//! A running process cannot safely unset a variable, since other threads may be reading them. So the host starts itself
//! anew without them, as the same process.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{env, io};

/// The beginnings of names that are read.
const PREFIXES: [&str; 3] = ["AUTOTAG_", "AWS_", "OTEL_"];
/// The other names that are read.
const NAMES: [&str; 15] = [
    "ALL_PROXY",
    "CACHE_DIRECTORY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_COLOR",
    "NOTIFY_SOCKET",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "XDG_CACHE_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "WATCHDOG_USEC",
];

/// Leaves out the empty variables that the host reads, if there are any. Returns only if there are none.
///
/// # Errors
/// If the host cannot start itself anew; the error names the variables.
pub fn leave_out_empty() -> Result<(), String> {
    let empty: Vec<OsString> =
        env::vars_os().filter(|(name, value)| value.is_empty() && is_read(name)).map(|(name, _)| name).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let error = start_anew(&empty);
    let names: Vec<_> = empty.iter().map(|name| name.to_string_lossy()).collect();
    Err(format!("cannot leave out empty variables: {error}; unset {}", names.join(", ")))
}

fn is_read(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

/// Returns only if it fails.
fn start_anew(without: &[OsString]) -> io::Error {
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut arguments = env::args_os();
    let mut host = Command::new(program);
    if let Some(name) = arguments.next() {
        host.arg0(name);
    }
    host.args(arguments);
    without.iter().for_each(|name| {
        host.env_remove(name);
    });
    host.exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_read_stays() {
        for name in ["AUTOTAG_LISTEN", "AWS_PROFILE", "OTEL_SERVICE_NAME", "https_proxy", "SSL_CERT_FILE"] {
            assert!(is_read(&name.into()), "{name}");
        }
        for name in ["CGO_ENABLED", "PYTHONPATH", "AUTOTAG", ""] {
            assert!(!is_read(&name.into()), "{name}");
        }
    }
}
