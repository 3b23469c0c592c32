//! The project's own commands. `cargo xtask --help` lists them.

mod cargo;
mod chaos;
mod console;
mod demo;
mod demo_host;
mod deployment;
mod dist;
mod examples;
mod generate;
#[cfg(test)]
mod line_length;
mod mutants;
mod plugins;
#[cfg(test)]
mod shared_features;
mod stamp;
mod test;
#[cfg(test)]
mod walls;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::Error;
use autotag_tests::local_aws;
use clap::{Parser, Subcommand};
use console::{announce, say_left_out};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole way on a local AWS: build a host and the plugins, launch an instance, tag it
    Demo,
    /// Check everything: format, lints, documentation, all tests
    Test,
    /// Build the plugins into target/plugins
    Plugins,
    /// Pack a release: the host for production, the plugins, and all that belongs to them, into target/dist
    Dist(dist::Args),
    /// Build, test and measure the example plugins in all languages
    Examples,
    /// Check systemd's unit and Kubernetes' manifests with systemd's tools and the schemas
    Deployment,
    /// Write what follows from the table of API calls: the calls in the templates' rules, the counts in README.md
    Generate(generate::Args),
    /// Change the guard, ownership, the queue or the tagger in small ways, and list what no test notices
    Mutants(mutants::Args),
    /// Run three hosts while everything goes wrong at once, and check that nothing is lost: minutes
    Chaos(chaos::Args),
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    let root = cargo::root()?;
    match command {
        Command::Demo => {
            check_prerequisites(&root)?;
            let plugins = build_plugins_and_install_local_aws(&root)?;
            let host = cargo::build_demo_host(&root)?;
            demo::run(&host, &plugins, &root)
        }
        Command::Test => {
            check_prerequisites(&root)?;
            test::everything(&root)
        }
        Command::Examples => {
            check_prerequisites(&root)?;
            let host = cargo::build_host(&root)?;
            say_left_out(&examples::check(&root, &host)?)
        }
        Command::Deployment => {
            check_prerequisites(&root)?;
            let host = cargo::build_host(&root)?;
            say_left_out(&deployment::check(&root, &host)?)
        }
        Command::Dist(args) => dist::make(&root, args),
        Command::Generate(args) => {
            let plugins = plugins::build(&root)?;
            cargo::build_host(&root)?;
            generate::run(&root, &plugins, args)
        }
        Command::Mutants(args) => mutants::run(&root, args),
        Command::Plugins => plugins::build(&root).map(drop),
        Command::Chaos(args) => {
            plugins::build(&root)?;
            cargo::build_host(&root)?;
            chaos::run(args)
        }
    }
}

/// Both at once, since an installation waits for the network most of the time.
fn build_plugins_and_install_local_aws(root: &Path) -> anyhow::Result<PathBuf> {
    thread::scope(|scope| {
        let installation = scope.spawn(|| local_aws::python(&announce));
        let plugins = plugins::build(root)?;
        installation
            .join()
            .map_err(|_| Error::msg("the installation of the local AWS panicked"))?
            .map_err(Error::msg)?;
        Ok(plugins)
    })
}

/// Fails with what is missing before anything takes minutes. A C compiler is there: xtask itself is linked with it.
fn check_prerequisites(root: &Path) -> anyhow::Result<()> {
    local_aws::python_version().map_err(Error::msg)?;
    plugins::add_target(root)
}
