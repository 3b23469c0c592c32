//! The SQS queue.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autotag_core::text::{error_chain, sanitize};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageSystemAttributeName,
};

use crate::metrics::ServiceMetrics;

/// The most messages that SQS hands out in one receive, and takes in one batch.
pub const MAX_BATCH: usize = 10;

/// How long a request may last that does not wait for messages.
const PROMPT: Duration = Duration::from_secs(5);

/// What SQS says of a message that is no longer this host's to acknowledge: it is gone, or its visibility timeout has
/// ended.
const LOST: [&str; 4] = [
    "ReceiptHandleIsInvalid",
    "InvalidParameterValue",
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
];

/// A request to SQS that failed, with every cause that the SDK knows.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct QueueError {
    operation: &'static str,
    cause: String,
    /// Whether the host gave it up because no response came.
    is_silence: bool,
}

impl QueueError {
    pub(super) fn took_too_long(operation: &'static str) -> Self {
        Self { operation, cause: "no answer in time".into(), is_silence: true }
    }

    /// Whether no response came within the time that a request may take, so that the host gave it up.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        self.is_silence
    }
}

/// An SQS queue: the requests about its messages, each of them counted.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
    wait: Duration,
    visibility: Duration,
    metrics: ServiceMetrics,
}

/// One message, as SQS hands it out.
#[derive(Debug)]
pub struct Received {
    /// SQS's id of it, the same in every receive.
    pub id: String,
    /// The text that was sent, which should be an event.
    pub body: String,
    /// How often it has been received, this time included.
    pub receive_count: u32,
    /// The handle by which this receive of it is acknowledged.
    pub(super) handle: Handle,
}

/// SQS's receipt handle, with which a message can be acknowledged. It stays within the queue's modules; what they hand
/// on is a receipt, which cannot be copied.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Handle(Arc<str>);

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Handle(…)")
    }
}

/// Why one entry of a batch failed.
#[derive(Debug, Clone)]
pub(super) enum EntryError {
    /// The message is no longer this host's to acknowledge.
    Lost(String),
    /// It can succeed if it is tried again.
    Failed(String),
}

impl Queue {
    /// The queue at `url`. A receive waits for up to `wait` for messages, and gives them a visibility timeout of
    /// `visibility`.
    #[must_use]
    pub fn new(client: Client, url: String, wait: Duration, visibility: Duration, metrics: ServiceMetrics) -> Self {
        Self { client, url, wait, visibility, metrics }
    }

    /// The visibility timeout that a receive gives its messages.
    #[must_use]
    pub fn visibility(&self) -> Duration {
        self.visibility
    }

    /// Receives up to `max` messages. Waits for them, unless `wait` is false; an empty list says that there are none.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses.
    pub async fn receive(&self, max: usize, wait: bool) -> Result<Vec<Received>, QueueError> {
        let wait = if wait { self.wait } else { Duration::ZERO };
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(max.clamp(1, MAX_BATCH)).unwrap_or(1))
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(self.visibility))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send();
        let answer = self.observed("ReceiveMessage", 0, None, request).await?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(received).collect())
    }

    /// Deletes messages that are done. Returns the entries that failed, by their index.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses all of them. They then come again.
    pub(super) async fn delete(&self, handles: &[Handle]) -> Result<HashMap<usize, EntryError>, QueueError> {
        let entries = handles.iter().enumerate().filter_map(|(index, handle)| {
            DeleteMessageBatchRequestEntry::builder().id(index.to_string()).receipt_handle(&*handle.0).build().ok()
        });
        let request =
            self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries.collect())).send();
        let answer = self.observed("DeleteMessageBatch", handles.len(), Some(PROMPT), request).await?;
        Ok(failed(answer.failed()))
    }

    /// Changes the visibility timeouts of messages, counted from now. Returns the entries that failed, by their index.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses all of them. They then come again when their present visibility timeout ends.
    pub(super) async fn change_visibility(
        &self,
        entries: &[(Handle, Duration)],
    ) -> Result<HashMap<usize, EntryError>, QueueError> {
        let count = entries.len();
        let entries = entries.iter().enumerate().filter_map(|(index, (handle, visibility))| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(&*handle.0)
                .visibility_timeout(seconds(*visibility))
                .build()
                .ok()
        });
        let entries = Some(entries.collect());
        let request = self.client.change_message_visibility_batch().queue_url(&self.url).set_entries(entries).send();
        let answer = self.observed("ChangeMessageVisibilityBatch", count, Some(PROMPT), request).await?;
        Ok(failed(answer.failed()))
    }

    async fn observed<T, E>(
        &self,
        operation: &'static str,
        items: usize,
        limit: Option<Duration>,
        sent: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> Result<T, QueueError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let begin = Instant::now();
        let result = match limit {
            None => Some(sent.await),
            Some(limit) => tokio::time::timeout(limit, sent).await.ok(),
        };
        let succeeded = result.as_ref().is_some_and(Result::is_ok);
        QueueRequestEnded { api: operation, succeeded, items, took: begin.elapsed() }.emit(&self.metrics);
        let Some(result) = result else { return Err(QueueError::took_too_long(operation)) };
        result.map_err(|error| {
            let cause = match (error.code(), error.message()) {
                (Some(code), Some(message)) => sanitize(&format!("{code}: {message}")),
                _ => error_chain(&error),
            };
            QueueError { operation, cause, is_silence: matches!(error, SdkError::TimeoutError(_)) }
        })
    }
}

/// SQS counts visibility in whole seconds, up to twelve hours. Rounded up, so that no timeout is shorter than was asked
/// for.
fn seconds(duration: Duration) -> i32 {
    const MOST: u64 = 12 * 60 * 60;
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds.min(MOST)).unwrap_or(0)
}

fn failed(entries: &[BatchResultErrorEntry]) -> HashMap<usize, EntryError> {
    let failed = entries.iter().filter_map(|entry| {
        let index = entry.id().parse().ok()?;
        let why = sanitize(&format!("{}: {}", entry.code(), entry.message().unwrap_or_default()));
        let error = if LOST.contains(&entry.code()) { EntryError::Lost(why) } else { EntryError::Failed(why) };
        Some((index, error))
    });
    failed.collect()
}

fn received(message: aws_sdk_sqs::types::Message) -> Option<Received> {
    let receive_count = message
        .attributes
        .as_ref()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount))
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    Some(Received {
        // Without an id it cannot be deduplicated; without a receipt handle it cannot be acknowledged. SQS always sends
        // both.
        id: message.message_id?,
        body: message.body.unwrap_or_default(),
        receive_count,
        handle: Handle(message.receipt_handle?.into()),
    })
}

#[cfg(test)]
impl Handle {
    pub(super) fn for_test(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
impl QueueError {
    pub(super) fn refused(operation: &'static str, cause: &str) -> Self {
        Self { operation, cause: cause.into(), is_silence: false }
    }
}

/// A request to SQS has ended.
struct QueueRequestEnded {
    api: &'static str,
    succeeded: bool,
    /// How many messages it was about; a receive is about as many as it brings, which is not counted here.
    items: usize,
    took: Duration,
}

impl QueueRequestEnded {
    fn emit(self, metrics: &ServiceMetrics) {
        let outcome = if self.succeeded { "success" } else { "failed" };
        metrics.count_request(self.api, outcome, self.items, self.took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visibility_timeout_is_rounded_up_to_whole_seconds_of_at_most_twelve_hours() {
        let of_millis = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([0, 1, 999, 1000, 1001].map(of_millis), [0, 1, 1, 1, 2]);
        assert_eq!(seconds(Duration::from_secs(13 * 60 * 60)), 12 * 60 * 60);
    }
}
