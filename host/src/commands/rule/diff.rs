//! `host rule --diff`: what differs from the rules that are deployed.

use std::fmt;

use anyhow::Context;
use autotag_core::resource::Arn;
use autotag_core::text::sanitize;
use autotag_eventbridge_rules::{AccountRegion, Comparison, DEFAULT_EVENT_BUS, DeployedRule, Rule, compare};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use serde::Serialize;

use crate::commands::aws::{queue_region, sdk_config};
use crate::commands::output::{self, Format};
use crate::commands::{BAD, GOOD};
use crate::config::Config;
use crate::rules::read;

/// What differs. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct DiffReport {
    /// Whether nothing differs.
    same: bool,
    /// The queue that the rules are to send to, if one is configured.
    queue: Option<String>,
    /// The rules that were compared, by their ARNs.
    compared: Vec<String>,
    #[serde(flatten)]
    comparison: Comparison,
    /// How many rules the plugins need.
    #[serde(skip)]
    required: usize,
}

pub fn diff(
    config: &Config,
    required: &[Rule],
    names: &[String],
    event_bus: Option<&str>,
    format: Format,
) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (origin, queue, deployed) = runtime.block_on(deployed(config, names, event_bus))?;
    let comparison = compare(required, &deployed, &origin, queue.as_deref())?;
    let report = DiffReport {
        same: comparison.is_same(),
        queue,
        compared: deployed.into_iter().map(|rule| rule.arn).collect(),
        comparison,
        required: required.len(),
    };
    output::print(&report, format)?;
    Ok(if report.same { GOOD } else { BAD })
}

/// The account and Region that events come from, the ARN of the queue, and the rules to compare with.
async fn deployed(
    config: &Config,
    names: &[String],
    event_bus: Option<&str>,
) -> anyhow::Result<(AccountRegion, Option<String>, Vec<DeployedRule>)> {
    let url = config.service.as_ref().map(|service| &service.queue_url);
    let sdk = sdk_config(url).await;
    let named: Vec<Name> = names.iter().map(|name| Name::read(name, event_bus)).collect::<anyhow::Result<_>>()?;
    // Rules and the queue that they send to are in one Region.
    let region = url.and_then(queue_region).or_else(|| sdk.region().cloned());
    let region = region.map(|region| region.to_string()).or_else(|| named.iter().find_map(|name| name.region.clone()));
    let region = region.context("the AWS Region is not set, and nothing names one: set AWS_REGION")?;
    let queue = url.and_then(|url| url.arn(Some(&region)));
    let mut deployed = Vec::new();
    if named.is_empty() {
        let queue = queue.as_ref().context(
            "the queue is not known: set AUTOTAG_QUEUE_URL or pass --queue-url, or name the rules to compare with",
        )?;
        deployed = read::rules_to(&client(&sdk, &region), queue, event_bus.unwrap_or(DEFAULT_EVENT_BUS)).await?;
    }
    for Name { name, event_bus, region: of_rule, arn } in &named {
        let client = client(&sdk, of_rule.as_ref().unwrap_or(&region));
        let rule = read::rule(&client, name, event_bus).await?;
        if let Some(arn) = arn.as_ref().filter(|arn| **arn != rule.arn) {
            // EventBridge takes only names, and looks for them in the caller's own account.
            anyhow::bail!("the credentials are for {}, not for {}: use those of its account", rule.arn, sanitize(arn));
        }
        deployed.push(rule);
    }
    let of_rule = || deployed.iter().find_map(|rule| Arn::parse(&rule.arn)).map(|arn| arn.account);
    let account = url.and_then(|url| url.account()).or_else(of_rule);
    let account = account.context("neither the queue's URL nor a rule's ARN names an account")?.to_owned();
    Ok((AccountRegion { account, region }, queue, deployed))
}

fn client(sdk: &SdkConfig, region: &str) -> Client {
    let region = aws_config::Region::new(region.to_owned());
    Client::from_conf(aws_sdk_eventbridge::config::Builder::from(sdk).region(region).build())
}

/// A rule as the user names it.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    name: String,
    event_bus: String,
    /// Where it is, if the ARN says so.
    region: Option<String>,
    /// The whole ARN, if it is one.
    arn: Option<String>,
}

impl Name {
    /// Reads a name, or an ARN, which says the event bus too unless that is the default one.
    fn read(text: &str, event_bus: Option<&str>) -> anyhow::Result<Self> {
        let event_bus = |own: &str| event_bus.unwrap_or(own).to_owned();
        if !text.starts_with("arn:") {
            anyhow::ensure!(
                !text.is_empty(),
                "a rule's name is empty: leave it out to compare with all rules of the queue"
            );
            return Ok(Self { name: text.into(), event_bus: event_bus(DEFAULT_EVENT_BUS), region: None, arn: None });
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, "events", region, _, resource] = parts.as_slice() else { anyhow::bail!(no_arn(text)) };
        let path = resource.strip_prefix("rule/").with_context(|| no_arn(text))?;
        let (bus, name) = path.rsplit_once('/').unwrap_or((DEFAULT_EVENT_BUS, path));
        let region = Some((*region).to_owned());
        Ok(Self { name: name.into(), event_bus: event_bus(bus), region, arn: Some(text.into()) })
    }
}

fn no_arn(text: &str) -> String {
    let text = sanitize(text);
    format!("`{text}` is not an ARN of a rule, which looks like arn:aws:events:eu-central-1:111122223333:rule/NAME")
}

impl fmt::Display for DiffReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize| if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") };
        let what = count(self.compared.len());
        match (&self.queue, self.compared.len()) {
            (Some(queue), 0) => writeln!(formatter, "No rule sends to {queue}.")?,
            _ => writeln!(formatter, "Compared with {what}: {}", sanitize(&self.compared.join(", ")))?,
        }
        for finding in self.comparison.findings() {
            writeln!(formatter, "\n{}: {}\n  fix: {}", finding.difference, finding.problem, finding.fix)?;
        }
        for left_out in &self.comparison.not_compared {
            writeln!(formatter, "\nnot compared: {}", sanitize(left_out))?;
        }
        if self.same {
            let compared =
                if self.comparison.not_compared.is_empty() { "" } else { ", as far as it could be compared" };
            write!(formatter, "\nThe same{compared}: all that the plugins want arrives, and nothing else.")
        } else {
            write!(formatter, "\nDifferent: the plugins need {}; `host rule` prints what.", count(self.required))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_by_name_or_arn_which_says_its_bus_and_region() {
        let read = |text: &str, bus| Name::read(text, bus).map(|name| (name.event_bus, name.name, name.region));
        let of = |bus: &str, name: &str, region: Option<&str>| (bus.into(), name.into(), region.map(Into::into));
        assert_eq!(read("a", None).unwrap(), of("default", "a", None));
        assert_eq!(read("a", Some("b")).unwrap(), of("b", "a", None));
        assert_eq!(read("arn:aws:events:r:1:rule/a", None).unwrap(), of("default", "a", Some("r")));
        assert_eq!(read("arn:aws-cn:events:r:1:rule/b/a", None).unwrap(), of("b", "a", Some("r")));
        for wrong in ["", "arn:aws:sqs:r:1:q", "arn:aws:events:r:1:event-bus/b", "arn:aws:events"] {
            assert!(read(wrong, None).is_err(), "{wrong}");
        }
    }
}
