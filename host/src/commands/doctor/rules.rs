//! The rules that send to the queue, and whether they match what the plugins ask for.

use autotag_aws::tagger::AwsError;
use autotag_eventbridge_rules::{AccountRegion, DEFAULT_EVENT_BUS, DeployedRule, Difference, Rule, RuleError, compare};
use autotag_sandbox::Registry;
use aws_sdk_eventbridge::Client;

use super::credentials::CallerIdentity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};
use crate::rules;
use crate::rules::read::{ReadError, rules_to};

/// The rules that send to the queue, as far as they could be seen.
#[derive(Debug, Default)]
pub(super) struct DeployedRules {
    pub(super) deployed: Vec<DeployedRule>,
    /// Whether these are all, so that what is not among them is not there.
    pub(super) are_all: bool,
}

/// Looks at the rules that send to the queue.
pub(super) async fn examine(
    deployment: &Deployment<'_>,
    identity: &CallerIdentity,
    registry: Option<&Registry>,
    findings: &mut Findings,
) -> DeployedRules {
    let queue_arn = deployment.queue_arn(&identity.account);
    let client = Client::new(&deployment.sdk);
    let (event_buses, mut are_all) = event_buses(&client, deployment, findings).await;
    let mut deployed = Vec::new();
    for event_bus in &event_buses {
        match rules_to(&client, &queue_arn, event_bus).await {
            Ok(rules) => deployed.extend(rules),
            Err(error) => {
                unread(&error, findings);
                are_all = false;
            }
        }
    }
    let rules = DeployedRules { deployed, are_all };
    if rules.deployed.is_empty() {
        if are_all {
            let buses = event_buses.join(", ");
            let says = format!("no rule of the event bus {buses} sends to {queue_arn}: no event comes");
            let fix = "Deploy infra/autotag.yaml; for a queue of your own, what `host rule --format cloudformation` prints. Check that it is \
                       the intended Region.";
            findings.wrong(Check::Rules, says, fix);
        }
        return rules;
    }
    let names: Vec<_> = rules.deployed.iter().map(DeployedRule::label).collect();
    findings.ok(Check::Rules, format!("{} send to the queue", names.join(", ")));
    let wanted = registry.map(|registry| rules::required_rules(registry, &deployment.config.guard)).transpose();
    compare_with_plugins(&rules, &queue_arn, &account_region(deployment, identity), wanted, findings);
    rules
}

/// The buses to look at: those that were named, or all; and whether they are all that there are to look at.
async fn event_buses(client: &Client, deployment: &Deployment<'_>, findings: &mut Findings) -> (Vec<String>, bool) {
    if !deployment.event_buses.is_empty() {
        return (deployment.event_buses.to_vec(), true);
    }
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        match client.list_event_buses().set_next_token(token).send().await {
            Ok(answer) => {
                names.extend(answer.event_buses().iter().filter_map(|bus| bus.name().map(ToOwned::to_owned)));
                token = answer.next_token;
            }
            Err(error) => {
                let failure = AwsError::of("ListEventBuses", error);
                let says = format!("only rules of the event bus {DEFAULT_EVENT_BUS} are looked at: {failure}");
                let fix = "Allow events:ListEventBuses, or name the buses that have rules for the queue: --event-bus.";
                findings.cannot_tell(Check::Rules, says, fix);
                return (vec![DEFAULT_EVENT_BUS.to_owned()], false);
            }
        }
        if token.is_none() {
            return (names, true);
        }
    }
}

fn unread(error: &ReadError, findings: &mut Findings) {
    match error {
        ReadError::NoBus { .. } | ReadError::NoRule { .. } => {
            findings.wrong(Check::Rules, error.to_string(), "Name the bus whose rules send to the queue: --event-bus.");
        }
        ReadError::Denied { call, .. } => {
            let fix =
                format!("Allow events:{call} to the principal that runs the doctor, or run it as one that may look.");
            findings.cannot_tell(Check::Rules, error.to_string(), fix);
        }
        ReadError::Failed { .. } => {
            findings.cannot_tell(Check::Rules, error.to_string(), "Run it again. If it stays, look at the network.");
        }
    }
}

/// The account and Region that the queue's events come from.
pub(super) fn account_region(deployment: &Deployment<'_>, identity: &CallerIdentity) -> AccountRegion {
    AccountRegion { account: identity.account.clone(), region: deployment.region.clone() }
}

fn compare_with_plugins(
    DeployedRules { deployed, are_all }: &DeployedRules,
    queue_arn: &str,
    origin: &AccountRegion,
    wanted: Result<Option<Vec<Rule>>, RuleError>,
    findings: &mut Findings,
) {
    let compared = match &wanted {
        Ok(wanted) => compare(wanted.as_deref().unwrap_or_default(), deployed, origin, Some(queue_arn)),
        Err(error) => {
            let fix = "Change the plugin or its `events` as it says; until then, no rule can bring these events.";
            return findings.cannot_tell(Check::RulePattern, error.to_string(), fix);
        }
    };
    let mut comparison = match compared {
        Ok(comparison) => comparison,
        Err(error) => {
            let fix = "Let the plugin declare another pattern: `host plugin inspect` shows it.";
            return findings.cannot_tell(Check::RulePattern, error.to_string(), fix);
        }
    };
    // A disabled rule is a finding of its own.
    let are_disabled = comparison.missing.iter().any(|missing| !missing.disabled_rules.is_empty());
    comparison.missing.retain(|missing| missing.disabled_rules.is_empty());
    // What is missing may be matched by a rule that was not seen, or whose pattern the host cannot read.
    let is_all_known = *are_all && comparison.unreadable.is_empty();
    let mut skipped = Vec::new();
    for finding in comparison.findings() {
        match finding.difference {
            Difference::Disabled => findings.wrong(Check::RuleState, finding.problem, finding.fix),
            Difference::Altered | Difference::NotToQueue => {
                findings.wrong(Check::RuleTarget, finding.problem, finding.fix);
            }
            Difference::Missing | Difference::Narrower if is_all_known => {
                findings.wrong(Check::RulePattern, finding.problem, finding.fix)
            }
            Difference::Missing | Difference::Narrower => {
                let fix = "See what could not be seen of the rules first.";
                findings.cannot_tell(Check::RulePattern, finding.problem, fix);
            }
            // Events that no plugin wants or that the host refuses end in the dead-letter queue.
            Difference::Surplus | Difference::Replays => {
                findings.wrong(Check::RulePattern, finding.problem, finding.fix)
            }
            Difference::FailedCalls => skipped.push(finding.problem),
            Difference::Unreadable => findings.cannot_tell(Check::RulePattern, finding.problem, finding.fix),
        }
    }
    for left_out in &comparison.not_compared {
        let fix = "Look at the rule's pattern: `host rule` prints what it should be.";
        findings.cannot_tell(Check::RulePattern, format!("no event could be made up for {left_out}"), fix);
    }
    if comparison.disabled.is_empty() {
        findings.ok(Check::RuleState, "all of them are enabled");
    }
    examine_dead_letters(deployed, queue_arn, comparison.altered.is_empty(), findings);
    if matches!(wanted, Ok(None)) {
        let says = "the plugins do not load: what they ask for is not known";
        findings.cannot_tell(Check::RulePattern, says, "See what is said of the plugins first.");
    } else if comparison.missing.is_empty()
        && comparison.narrower.is_empty()
        && comparison.surplus.is_empty()
        && comparison.with_replays.is_empty()
        && comparison.unreadable.is_empty()
        && comparison.not_compared.is_empty()
        && !are_disabled
    {
        // Events of failed API calls cost a little, and are skipped.
        let skipped = if skipped.is_empty() { String::new() } else { format!("; besides, {}", skipped.join("; ")) };
        findings.ok(Check::RulePattern, format!("together they match all that the plugins ask for{skipped}"));
    }
}

/// What cannot be delivered for a day is lost, unless there is a dead-letter queue for it.
fn examine_dead_letters(deployed: &[DeployedRule], queue_arn: &str, is_whole: bool, findings: &mut Findings) {
    let without =
        deployed.iter().filter(|rule| rule.targets_with_arn(queue_arn).any(|target| target.dead_letter_arn.is_none()));
    let without: Vec<_> = without.map(DeployedRule::label).collect();
    if !without.is_empty() {
        let says = format!("what {} cannot deliver is lost", without.join(", "));
        let fix = "Give the target a dead-letter queue (DeadLetterConfig), as infra/autotag.yaml does.";
        findings.wrong(Check::RuleTarget, says, fix);
    } else if is_whole {
        findings
            .ok(Check::RuleTarget, "each sends the whole event, and what it cannot deliver goes to a queue of its own");
    }
}
