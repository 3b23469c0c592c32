//! `host rule`: the EventBridge rules that the plugins need, and what differs from those that are deployed.

mod cloudformation;
#[cfg(feature = "full")]
pub mod diff;

use std::fmt;

use autotag_eventbridge_rules::{MAX_PATTERN_CHARS, Rule};
use autotag_sandbox::Metering;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::layout::laid_out;
use super::output::{self, Format, Output};
use super::{GOOD, registry};
use crate::config::Config;
use crate::full::diff;
use crate::rules;
use cloudformation::{QueueArn, RulesTemplate};

/// What `host rule` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "Exit status of --diff: 0 if nothing differs, 1 if something does, 2 if that cannot be read.")]
pub struct RuleArgs {
    /// How to print the result
    #[arg(long, value_enum, default_value_t = RuleFormat::Table)]
    format: RuleFormat,
    /// With --format cloudformation: the queue that the rules send to [default: the template's resource Queue]
    #[arg(long, value_name = "ARN", conflicts_with = "diff")]
    queue_arn: Option<QueueArn>,
    /// With --format cloudformation: the queue for what cannot be delivered [default: the template's resource
    /// DeliveryDeadLetterQueue]
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
enum RuleFormat {
    /// For people
    Table,
    /// For programs: one object with all rules, or with all differences
    Json,
    /// The Resources of a CloudFormation template, YAML
    Cloudformation,
}

/// The rules that the plugins need. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct RequiredRules {
    rules: Vec<Rule>,
}

pub fn rule(config: &Config, args: &RuleArgs) -> anyhow::Result<u8> {
    let is_template = args.format == RuleFormat::Cloudformation;
    anyhow::ensure!(
        is_template || (args.queue_arn.is_none() && args.dead_letter_arn.is_none()),
        "--queue-arn and --dead-letter-arn are for --format cloudformation"
    );
    anyhow::ensure!(!is_template || args.diff.is_none(), "--diff cannot be combined with --format cloudformation");
    let registry = registry(config, Metering::Off)?;
    let rules = rules::required_rules(&registry, &config.guard)?;
    if rules.is_empty() {
        anyhow::bail!("no rule is needed: `events` in the configuration leaves the plugins none of what they ask for");
    }
    let format = if args.format == RuleFormat::Json { Format::Json } else { Format::Table };
    if let Some(names) = &args.diff {
        return diff(config, &rules, names, args.event_bus.as_deref(), format);
    }
    if is_template {
        let template = RulesTemplate {
            rules: &rules,
            queue: args.queue_arn.as_ref(),
            dead_letters: args.dead_letter_arn.as_ref(),
        };
        let mut output = Output::new();
        output.line(template.to_yaml()?.trim_end())?;
        output.flush()?;
    } else {
        output::print(&RequiredRules { rules }, format)?;
    }
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
