//! The queue itself: whether it is there, how it is set up, and what waits in it.

use std::collections::HashMap;
use std::time::Duration;

use autotag_aws::tagger::{AwsError, AwsErrorKind};
use autotag_core::text::count;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesError;
use aws_sdk_sqs::types::QueueAttributeName;

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use crate::config::OtherEndpoint;

/// A queue, as SQS describes it.
#[derive(Debug)]
pub(super) struct ExaminedQueue {
    pub(super) arn: String,
    attributes: HashMap<QueueAttributeName, String>,
}

/// Why a queue was not described.
#[derive(Debug)]
pub(super) enum Unseen {
    /// There is none.
    Missing,
    Failed(AwsError),
}

impl ExaminedQueue {
    /// Asks SQS for the queue at this URL.
    pub(super) async fn describe(client: &Client, url: &str) -> Result<Self, Unseen> {
        let asked = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
        match asked.send().await {
            Ok(answer) => {
                let attributes = answer.attributes.unwrap_or_default();
                let arn = attributes.get(&QueueAttributeName::QueueArn).cloned().unwrap_or_default();
                Ok(Self { arn, attributes })
            }
            Err(error) if is_missing(&error) => Err(Unseen::Missing),
            Err(error) => Err(Unseen::Failed(AwsError::of("GetQueueAttributes", error))),
        }
    }

    pub(super) fn text(&self, name: &QueueAttributeName) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub(super) fn number(&self, name: &QueueAttributeName) -> u64 {
        self.text(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// The command that sets an attribute of it.
    pub(super) fn how_to_set(&self, attribute: &str) -> String {
        let name = self.arn.rsplit(':').next().unwrap_or_default();
        format!(
            "aws sqs set-queue-attributes --queue-url \"$(aws sqs get-queue-url --queue-name {name} --query QueueUrl --output text)\" \
             --attributes {attribute}"
        )
    }

    /// How many messages are in it, visible or not.
    pub(super) fn messages(&self) -> u64 {
        use QueueAttributeName as Name;
        let kinds = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        kinds.iter().map(|kind| self.number(kind)).sum()
    }
}

fn is_missing(error: &SdkError<GetQueueAttributesError>) -> bool {
    error.as_service_error().is_some_and(GetQueueAttributesError::is_queue_does_not_exist)
}

/// Looks at the queue that the host receives from.
pub(super) async fn examine(deployment: &Deployment<'_>, findings: &mut Findings) -> Result<ExaminedQueue, Unseen> {
    let (client, endpoint) = deployment.watched_sqs();
    let url = deployment.service.queue_url.as_str();
    let described = ExaminedQueue::describe(&client, url).await;
    examine_endpoint(endpoint.other.get().and_then(Option::as_ref), findings);
    match &described {
        Ok(queue) => {
            findings.ok(Check::Queue, format!("{} answers", queue.arn));
            examine_settings(queue, deployment, findings);
            examine_backlog(queue, &client, url, findings).await;
        }
        Err(Unseen::Missing) => {
            let says = format!("there is no queue at {url}");
            let fix =
                "Set queue_url to the output QueueUrl of the stack; check that it is the intended account and Region.";
            findings.wrong(Check::Queue, says, fix);
        }
        Err(Unseen::Failed(failure)) if failure.kind == AwsErrorKind::Transient => {
            let fix = "Look at the network from here to SQS, such as proxy, VPC endpoint, DNS, AWS_ENDPOINT_URL.";
            findings.wrong(Check::Queue, format!("{url} does not answer: {failure}"), fix);
        }
        Err(Unseen::Failed(failure)) => {
            findings.unseen(Check::Queue, failure, "sqs:GetQueueAttributes on the queue");
        }
    }
    described
}

/// Says where requests about the queue go, if not to the server that its URL names.
fn examine_endpoint(other: Option<&OtherEndpoint>, findings: &mut Findings) {
    match other {
        None => findings.ok(Check::QueueEndpoint, "requests about the queue go to the server that its URL names"),
        Some(OtherEndpoint { named, called, fix: Some(fix) }) => {
            let says = format!("the queue's URL names {named}, and requests about the queue go to {called}");
            findings.wrong(Check::QueueEndpoint, says, format!("Set {fix}, or take the queue's URL as SQS says it."));
        }
        Some(OtherEndpoint { named, called, fix: None }) => {
            let says =
                format!("requests about the queue go to {called}, as is set, and not to {named}, which its URL names");
            findings.ok(Check::QueueEndpoint, says);
        }
    }
}

fn examine_settings(queue: &ExaminedQueue, deployment: &Deployment<'_>, findings: &mut Findings) {
    let visibility = queue.number(&QueueAttributeName::VisibilityTimeout);
    let (asked, url) = (deployment.service.numbers.visibility_seconds.as_secs(), deployment.service.queue_url.as_str());
    if visibility == 0 {
        let says = "the queue hides no message from other receivers, such as the console: they get what the host is working on";
        let fix = format!("aws sqs set-queue-attributes --queue-url {url} --attributes VisibilityTimeout=60");
        findings.wrong(Check::Visibility, says, fix);
    } else {
        let says = format!(
            "a receive of the host hides its messages for {asked} s, and the host extends that while it works; the queue's own {visibility} s \
             are for other readers alone"
        );
        findings.ok(Check::Visibility, says);
    }

    let retention = queue.number(&QueueAttributeName::MessageRetentionPeriod);
    if retention < DAY {
        let says = format!(
            "the queue keeps a message for {}: what happens while no host runs for longer is never tagged",
            days(retention)
        );
        let fix = format!(
            "Keep it for days: aws sqs set-queue-attributes --queue-url {url} --attributes MessageRetentionPeriod=345600"
        );
        findings.wrong(Check::Retention, says, fix);
    } else {
        findings.ok(Check::Retention, format!("the queue keeps a message for {}", days(retention)));
    }

    let delay = queue.number(&QueueAttributeName::DelaySeconds);
    if delay > 0 {
        let says = format!("the queue holds every message back for {delay} s: for so long, nothing has an owner");
        let fix = format!(
            "aws sqs set-queue-attributes --queue-url {} --attributes DelaySeconds=0",
            deployment.service.queue_url.as_str()
        );
        findings.wrong(Check::Delay, says, fix);
    } else {
        findings.ok(Check::Delay, "the queue holds no message back");
    }
}

/// A host may be down over a weekend, so a retention of less than a day is a mistake.
const DAY: u64 = 24 * 60 * 60;

/// A number of seconds as text: `4 days`.
pub(super) fn days(seconds: u64) -> String {
    match seconds {
        DAY.. if seconds.is_multiple_of(DAY) => count(seconds / DAY, "day"),
        3600.. => count(seconds / 3600, "hour"),
        _ => count(seconds / 60, "minute"),
    }
}

/// How long a new message may wait before a host must have received it.
const A_MOMENT: Duration = Duration::from_secs(10);

async fn examine_backlog(queue: &ExaminedQueue, client: &Client, url: &str, findings: &mut Findings) {
    let of = |queue: &ExaminedQueue| {
        let waiting = queue.number(&QueueAttributeName::ApproximateNumberOfMessages);
        (waiting, queue.number(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible))
    };
    let mut counts = of(queue);
    if matches!(counts, (1.., 0)) {
        // The message may have come this moment.
        tokio::time::sleep(A_MOMENT).await;
        if let Ok(later) = ExaminedQueue::describe(client, url).await {
            counts = of(&later);
        }
    }
    let (waiting, in_flight) = counts;
    if waiting > 0 && in_flight == 0 {
        let says = format!("{} in the queue, and no host works on any", count(waiting, "message"));
        let fix = "Look whether `host run` runs, and at its log. SQS's counts can be a minute old: if it does, run the doctor again.";
        findings.wrong(Check::Backlog, says, fix);
    } else {
        let waiting = count(waiting, "message");
        findings.ok(Check::Backlog, format!("{waiting} in the queue, and {in_flight} that are worked on or put off"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!([345_600, 90_000, 3_600, 300].map(days), ["4 days", "25 hours", "1 hour", "5 minutes"]);
    }
}
