//! The SQS queue.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::MessageSystemAttributeName;

/// The most messages that SQS hands out in one receive.
pub const MAX_RECEIVE: usize = 10;

/// The longest that a message can be put off, in SQS's own terms.
const MAX_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// A queue call that failed, with every cause that the SDK knows.
#[derive(Debug, thiserror::Error)]
#[error("{call}: {cause}")]
pub struct QueueError {
    call: &'static str,
    cause: String,
}

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
    wait: Duration,
}

/// One message that this host has received and nobody else sees for now.
#[derive(Debug)]
pub struct Message {
    /// SQS's id of it, the same in every receive.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// How often it has been received, this time included.
    pub receive_count: u32,
    /// What settles it.
    pub receipt: Receipt,
}

/// The right to settle one receive of one message, once.
#[derive(Debug)]
#[must_use = "a message that is not settled is received again"]
pub struct Receipt(String);

impl Queue {
    /// The queue at `url`. A receive waits for up to `wait` for messages.
    #[must_use]
    pub fn new(client: Client, url: String, wait: Duration) -> Self {
        Self { client, url, wait }
    }

    /// Receives up to `max` messages. Waits for them; an empty list says that there are none.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses.
    pub async fn receive(&self, max: usize) -> Result<Vec<Message>, QueueError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(max.clamp(1, MAX_RECEIVE)).unwrap_or(1))
            .wait_time_seconds(i32::try_from(self.wait.as_secs()).unwrap_or(0))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(|error| QueueError { call: "ReceiveMessage", cause: DisplayErrorContext(error).to_string() })?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    /// Deletes a message: it is done.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses. The message then comes again.
    pub async fn delete(&self, receipt: Receipt) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(receipt.0)
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueError { call: "DeleteMessage", cause: DisplayErrorContext(error).to_string() })
    }

    /// Makes a message visible again after a while.
    ///
    /// # Errors
    /// If SQS does not answer, or refuses. The message then comes again after the queue's own visibility timeout.
    pub async fn release(&self, receipt: Receipt, after: Duration) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt.0)
            .visibility_timeout(i32::try_from(after.min(MAX_VISIBILITY).as_secs()).unwrap_or(0))
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueError {
                call: "ChangeMessageVisibility",
                cause: DisplayErrorContext(error).to_string(),
            })
    }
}

fn message(message: aws_sdk_sqs::types::Message) -> Option<Message> {
    let receive_count = message
        .attributes
        .as_ref()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount))
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    Some(Message {
        id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        receive_count,
        // Without a receipt handle nothing can be settled; SQS always sends one.
        receipt: Receipt(message.receipt_handle?),
    })
}
