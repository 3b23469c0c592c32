//! `host doctor`: finds out why nothing is tagged.
//!
//! It walks the way of an event, from CloudTrail to the tags, and says of each step whether it is as it should be, is
//! wrong, or cannot be seen, and what to do about it. Without `--probe` it changes nothing, and takes no message.

mod accounts;
mod assume_role;
mod credentials;
mod dead_letters;
mod deployment;
mod encryption;
mod finding;
mod needs;
mod permissions;
mod plugins;
mod probe;
mod queue;
mod queue_permissions;
mod queue_policy;
mod region;
mod report;
mod resource_policy;
mod rules;
mod sessions;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use autotag_aws::tagger::Credentials;
use autotag_core::AccountRegion;
use autotag_eventbridge_rules::DeployedRule;
use autotag_sandbox::Registry;
use aws_config::Region;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use credentials::CallerIdentity;
use deployment::Deployment;
use finding::{Finding, Findings};
use needs::Needs;
use permissions::TaggingTarget;
use queue::Unseen;
use report::DoctorReport;

use super::aws::sdk_config;
use super::output::{Format, FormatArgs, Output};
use super::{BAD, GOOD};
use crate::config::{Config, ServiceConfig};

/// What `host doctor` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 if nothing is wrong, 1 if something is, 2 for wrong usage or configuration.

Examples:
  host doctor                                  what `host run` would meet, by the same settings
  host doctor --quiet                          once a day: prints only what is wrong
  host doctor --probe                          also sends a marked message through the queue
  host doctor --regions eu-west-1,us-east-1    looks at permissions in further Regions")]
pub struct DoctorArgs {
    /// Also test the rules with made-up events, and send a marked message through the queue, which a running host
    /// deletes
    #[arg(long)]
    probe: bool,
    /// The event buses whose rules are looked at [default: all of the queue's account and Region]
    #[arg(long = "event-bus", value_name = "NAME", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    event_buses: Vec<String>,
    /// The Regions to look at permissions in [default: the queue's]
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = region::parse)]
    regions: Vec<String>,
    /// Print only what is wrong, and nothing if nothing is: for a scheduled run
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// Looks at everything, and prints what was found. Exit status 1 if something is wrong.
pub fn doctor(config: &Config, args: &DoctorArgs) -> anyhow::Result<u8> {
    let service = config.service()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let show: Option<fn(&Finding)> = match (args.format.get(), args.quiet) {
        (Format::Json, _) => None,
        (Format::Table, true) => Some(report::show_wrong),
        (Format::Table, false) => Some(report::show),
    };
    let mut findings = Findings::new(show);
    runtime.block_on(examine(config, service, args, &mut findings));
    let mut output = Output::new();
    if args.format.get() == Format::Json {
        output.line(&serde_json::to_string(&DoctorReport::of(&findings))?)?;
    } else if !args.quiet || findings.has_wrong() {
        output.line(&format!("\n{}", report::summary(&findings)))?;
    }
    output.flush()?;
    Ok(if findings.has_wrong() { BAD } else { GOOD })
}

async fn examine(config: &Config, service: &ServiceConfig, args: &DoctorArgs, findings: &mut Findings) {
    // First, since it takes no time: compiling the plugins can take seconds.
    plugins::examine_folder(config, findings);
    let registry = plugins::examine(config, findings);
    let Some(deployment) = deployment(config, service, args, findings).await else { return };
    let Some(identity) = credentials::examine(&deployment, findings).await else { return };
    accounts::examine(&deployment, &identity, findings);
    trail::examine(&deployment, &identity, findings).await;
    sessions::examine(&deployment, findings).await;
    let rules = rules::examine(&deployment, &identity, registry.as_deref(), findings).await;
    examine_queue(&deployment, &rules.deployed, findings).await;
    examine_tagging_targets(&deployment, &identity, args, registry.as_ref(), findings).await;
    if args.probe {
        probe::patterns(&deployment, &identity, &rules, registry.as_deref(), findings).await;
        probe::message(&deployment, &identity, findings).await;
    }
}

/// Where the queue is, and the configuration of the clients for it. None if its Region is not known.
async fn deployment<'a>(
    config: &'a Config,
    service: &'a ServiceConfig,
    args: &'a DoctorArgs,
    findings: &mut Findings,
) -> Option<Deployment<'a>> {
    let sdk = sdk_config(Some(&service.queue_url)).await;
    let set = sdk.region().map(|region| region.as_ref().to_owned()).filter(|region| !region.is_empty());
    let region = region::examine(service.queue_url.region(), set.as_deref(), findings)?;
    let sdk = sdk.into_builder().region(Region::new(region.clone())).build();
    Some(Deployment { config, service, sdk, region, event_buses: &args.event_buses })
}

/// Looks at the queue, at who may send to it, and at what lies in it and in its dead-letter queues.
async fn examine_queue(deployment: &Deployment<'_>, rules: &[DeployedRule], findings: &mut Findings) {
    let (client, url) = (deployment.sqs(), deployment.service.queue_url.as_str());
    let queue = match queue::examine(deployment, findings).await {
        Ok(queue) => queue,
        Err(Unseen::Missing) => return,
        // What the host may do with it can be seen all the same.
        Err(Unseen::Failed(_)) => return queue_permissions::examine(&client, url, None, findings).await,
    };
    let arns: Vec<String> = rules.iter().map(|rule| rule.arn.clone()).collect();
    queue_policy::examine(&queue, &arns, findings);
    encryption::examine(&queue, &arns, deployment, findings).await;
    queue_permissions::examine(&client, url, Some(queue.messages()), findings).await;
    let dead_letters = dead_letters::examine(&queue, deployment, findings).await;
    for (target, rules) in undelivered_by_target(rules, &queue.arn) {
        // It has been looked at already, but not whether it lets EventBridge in.
        let found = if dead_letters.as_ref() == Some(&target) {
            dead_letters::by_arn(&client, &target).await.ok()
        } else {
            dead_letters::examine_undelivered(&target, &queue, deployment, findings).await
        };
        if let Some(found) = found {
            queue_policy::examine(&found, &rules, findings);
            encryption::examine(&found, &rules, deployment, findings).await;
        }
    }
}

/// The queues for what rules cannot deliver to a queue, each with the ARNs of those rules.
fn undelivered_by_target(rules: &[DeployedRule], queue_arn: &str) -> BTreeMap<String, Vec<String>> {
    let mut by_target: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in rules {
        for target in rule.targets_with_arn(queue_arn).filter_map(|target| target.dead_letter_arn.clone()) {
            by_target.entry(target).or_default().push(rule.arn.clone());
        }
    }
    by_target
}

/// Looks at what the host may do, in each account and Region that it is to tag in.
async fn examine_tagging_targets(
    deployment: &Deployment<'_>,
    identity: &CallerIdentity,
    args: &DoctorArgs,
    registry: Option<&Arc<Registry>>,
    findings: &mut Findings,
) {
    let needs = registry.map(|registry| Needs::of(registry, deployment.config)).unwrap_or_default();
    let tag_keys = &deployment.config.guard.tag_keys;
    let own = BTreeSet::from([identity.account.clone()]);
    let accounts = deployment.config.guard.accounts.as_ref().unwrap_or(&own);
    let regions = if args.regions.is_empty() { std::slice::from_ref(&deployment.region) } else { &args.regions };
    let credentials = Credentials::new(deployment.sdk.clone(), deployment.service.role.clone());
    for account in accounts {
        let sdk = if *account == identity.account {
            deployment.sdk.clone()
        } else if deployment.service.role.is_some() {
            match assume_role::examine(deployment, &credentials, account, identity, findings).await {
                Some(sdk) => sdk,
                None => continue,
            }
        } else {
            // Said already: nothing can be tagged there.
            continue;
        };
        for region in regions {
            let sdk = sdk.to_builder().region(Region::new(region.clone())).build();
            let account_region = AccountRegion { account: account.clone(), region: region.clone() };
            permissions::examine(&TaggingTarget { account_region, sdk }, &needs, tag_keys, findings).await;
        }
    }
}
