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
mod prerequisites;
#[cfg(test)]
mod shared_features;
mod stamp;
mod test;
#[cfg(test)]
mod walls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use console::say_left_out;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole way on a local AWS: build a host and the plugins, launch an instance, tag it
    Demo(demo::Args),
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
    /// Write what follows from the table of API calls and from the settings: the calls in the templates' rules, counts
    /// and lists in the documentation, the example in docs/configuration.md
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
        Command::Demo(args) => {
            prerequisites::check(&root)?;
            let plugins = prerequisites::prepare(&root)?;
            let host = cargo::build_demo_host(&root)?;
            demo::run(&host, &plugins, &root, *args)
        }
        Command::Test => {
            prerequisites::check(&root)?;
            test::everything(&root)
        }
        Command::Examples => {
            prerequisites::check(&root)?;
            let host = cargo::build_host(&root)?;
            say_left_out(&examples::check(&root, &host)?)
        }
        Command::Deployment => {
            prerequisites::check(&root)?;
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
