//! What the commands say on the console.

use anyhow::ensure;

/// Says what could not be checked on this machine. Where no person may read along, as on a build server, that is a
/// failure.
pub(crate) fn say_left_out(left_out: &[String]) -> anyhow::Result<()> {
    for what in left_out {
        announce(&format!("NOT CHECKED: {what}"));
    }
    let is_unattended = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    ensure!(left_out.is_empty() || !is_unattended, "not everything was checked");
    Ok(())
}

/// Says what comes next, where a person or a log reads along.
pub(crate) fn announce(what: &str) {
    eprintln!("\n=== {what}");
}
