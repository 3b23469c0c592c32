//! What builds and tests need that is not compiled with them.

use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Error, anyhow};
use autotag_tests::local_aws;

use crate::console::announce;
use crate::plugins;

/// Fails with what is missing before anything takes minutes. A C compiler is there: xtask itself is linked with it.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    local_aws::python_version().map_err(Error::msg)?;
    plugins::add_target(root)
}

/// Builds the plugins, and says in which folder they are. The local AWS is installed meanwhile: that waits for the
/// network most of the time.
pub(crate) fn prepare(root: &Path) -> anyhow::Result<PathBuf> {
    let (installation, plugins) = thread::scope(|scope| {
        let installation = scope.spawn(|| local_aws::python(&announce));
        let plugins = plugins::build(root);
        (installation.join(), plugins)
    });
    installation.map_err(|_| anyhow!("the installation of the local AWS panicked"))?.map_err(Error::msg)?;
    plugins
}
