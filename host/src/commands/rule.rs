//! `host rule`: the EventBridge rules that the plugins need, and what differs from those that are deployed.

mod cloudformation;
#[cfg(feature = "full")]
pub mod diff;
mod terraform;

use std::fmt;

use autotag_eventbridge_rules::{MAX_PATTERN_CHARS, Rule};
use autotag_sandbox::Metering;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::layout::laid_out;
use super::output::{self, Format, FormatArgs, Formats, Output};
use super::{GOOD, registry};
use crate::config::Config;
use crate::full::diff;
use crate::rules;
use cloudformation::{QueueArn, RulesTemplate};

/// What `host rule` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "Exit status of --diff: 0 if nothing differs, 1 if something does, 2 if that cannot be read.")]
pub struct RuleArgs {
    #[command(flatten)]
    format: FormatArgs<RuleFormat>,
    /// With --format cloudformation or terraform: the queue that the rules send to [default: the template's resource
    /// Queue; a variable]
    #[arg(long, value_name = "ARN", conflicts_with = "diff")]
    queue_arn: Option<QueueArn>,
    /// With --format cloudformation or terraform: the queue for what cannot be delivered [default: the template's
    /// resource DeliveryDeadLetterQueue; a variable]
    #[arg(long, value_name = "ARN", conflicts_with = "diff")]
    dead_letter_arn: Option<QueueArn>,
    /// Compare with these deployed rules; without names, with those that send to the queue
    #[arg(long, value_name = "NAME|ARN", num_args = 0..)]
    diff: Option<Vec<String>>,
    /// The event bus that the deployed rules are on [default: default]
    #[arg(long, value_name = "NAME", requires = "diff")]
    event_bus: Option<String>,
}

/// How to print rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuleFormat {
    /// For people
    Table,
    /// For programs: one object with all rules, or with all differences
    Json,
    /// The Resources of a CloudFormation template, YAML
    Cloudformation,
    /// Resources of Terraform's AWS provider
    Terraform,
}

impl Formats for RuleFormat {
    const TABLE: Self = Self::Table;
    const JSON: Self = Self::Json;
}

/// The rules that the plugins need. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct RequiredRules {
    rules: Vec<Rule>,
}

pub fn rule(config: &Config, args: &RuleArgs) -> anyhow::Result<u8> {
    let format = args.format.get();
    let is_deployed = matches!(format, RuleFormat::Cloudformation | RuleFormat::Terraform);
    anyhow::ensure!(
        is_deployed || (args.queue_arn.is_none() && args.dead_letter_arn.is_none()),
        "--queue-arn and --dead-letter-arn are for --format cloudformation and --format terraform"
    );
    anyhow::ensure!(
        !is_deployed || args.diff.is_none(),
        "--diff cannot be combined with --format cloudformation or --format terraform"
    );
    let registry = registry(config, Metering::Off)?;
    let rules = rules::required_rules(&registry, &config.guard)?;
    if rules.is_empty() {
        anyhow::bail!("no rule is needed: `events` in the configuration leaves the plugins none of what they ask for");
    }
    let printed = if format == RuleFormat::Json { Format::Json } else { Format::Table };
    if let Some(names) = &args.diff {
        return diff(config, &rules, names, args.event_bus.as_deref(), printed);
    }
    let (queue, dead_letters) = (args.queue_arn.as_ref(), args.dead_letter_arn.as_ref());
    let text = match format {
        RuleFormat::Cloudformation => RulesTemplate { rules: &rules, queue, dead_letters }.to_yaml()?,
        RuleFormat::Terraform => terraform::resources(&rules, queue, dead_letters),
        RuleFormat::Json | RuleFormat::Table => {
            output::print(&RequiredRules { rules }, printed)?;
            return Ok(GOOD);
        }
    };
    let mut output = Output::new();
    output.line(text.trim_end())?;
    output.flush()?;
    Ok(GOOD)
}

impl fmt::Display for RequiredRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Rule { name, plugin, pattern }) in self.rules.iter().enumerate() {
            let between = if number == 0 { "" } else { "\n\n" };
            let chars = pattern.to_string().len();
            write!(
                formatter,
                "{between}{name}, for the plugin {plugin}: {chars} of {MAX_PATTERN_CHARS} characters\n{}",
                laid_out(pattern)
            )?;
        }
        Ok(())
    }
}
