//! A fake AWS with the SDK's clients, and helpers for what most tests do.

use std::fmt::Debug;
use std::time::Duration;

use autotag_fake_aws::{DEFAULT_REGION, FakeAws};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_ec2::types::{Filter, Tag};
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder;
use aws_sdk_sqs::types::Message;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Long enough for everything that does happen, on a busy machine too.
pub const SOON: Duration = Duration::from_secs(10);

pub struct Bench {
    pub aws: FakeAws,
    pub sqs: aws_sdk_sqs::Client,
    pub ec2: aws_sdk_ec2::Client,
    /// The URL of the queue `events`, which exists from the start.
    pub queue_url: String,
}

impl Bench {
    pub async fn new() -> Self {
        let aws = FakeAws::start();
        let config = config(&aws, "AKIDANYONE", DEFAULT_REGION).await;
        let queue_url = aws.create_queue("events");
        Self { sqs: aws_sdk_sqs::Client::new(&config), ec2: aws_sdk_ec2::Client::new(&config), aws, queue_url }
    }

    pub fn receive(&self) -> ReceiveMessageFluentBuilder {
        self.sqs.receive_message().queue_url(&self.queue_url)
    }

    /// Receives one message, which must be there already.
    pub async fn receive_one(&self, visibility_seconds: i32) -> Message {
        let answer = self.receive().visibility_timeout(visibility_seconds).send().await.unwrap();
        answer.messages().first().expect("a visible message").clone()
    }

    pub async fn delete(&self, message: &Message) {
        let handle = message.receipt_handle().unwrap();
        self.sqs.delete_message().queue_url(&self.queue_url).receipt_handle(handle).send().await.unwrap();
    }

    /// The error code of a CreateTags of one tag on these resources.
    pub async fn tag_error(&self, ids: &[&str], key: &str, value: &str) -> String {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        code(self.ec2.create_tags().set_resources(Some(ids)).tags(tag(key, value)).send().await)
    }
}

/// An SDK configuration that does not retry.
pub async fn config(aws: &FakeAws, access_key_id: &str, region: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new(access_key_id, "secret", None, None, "test"))
        .endpoint_url(aws.endpoint())
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

/// What sends the SDK's requests: the fake speaks HTTP alone.
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

/// The error code of a request that must fail with one.
pub fn code<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, E>) -> String {
    let error = result.expect_err("the call must fail");
    error.code().unwrap_or_else(|| panic!("an error without a code: {error:?}")).to_owned()
}

/// The HTTP status and the error code of a request that must fail with one.
pub fn status_and_code<T: Debug, E: ProvideErrorMetadata + Debug>(
    result: Result<T, SdkError<E, HttpResponse>>,
) -> (u16, String) {
    let status = result.as_ref().err().and_then(SdkError::raw_response).map(|response| response.status().as_u16());
    (status.expect("the call must fail with an answer"), code(result))
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

pub fn filter(name: &str, values: &[&str]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.iter().map(|value| (*value).to_owned()).collect())).build()
}
