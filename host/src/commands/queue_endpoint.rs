//! Whether requests about the queue go to the server that its URL names. The SDK takes the server from its own
//! settings alone, and not from the URL.

use std::sync::{Arc, OnceLock};

use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;

use crate::config::{OtherEndpoint, QueueUrl};

/// Looks at the first request of a client, and tells the log if it goes elsewhere.
#[derive(Debug, Clone)]
pub(super) struct QueueEndpoint {
    url: QueueUrl,
    /// Where requests go instead; empty before the first, and none if they go where the URL says.
    pub(super) other: Arc<OnceLock<Option<OtherEndpoint>>>,
}

impl QueueEndpoint {
    pub(super) fn of(url: &QueueUrl) -> Self {
        Self { url: url.clone(), other: Arc::default() }
    }
}

impl Intercept for QueueEndpoint {
    fn name(&self) -> &'static str {
        "QueueEndpoint"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.other.get_or_init(|| {
            let other = self.url.compare(context.request().uri());
            if let Some(OtherEndpoint { named, called, fix }) = &other {
                match fix {
                    Some(fix) => tracing::warn!(
                        named,
                        called,
                        fix,
                        "requests about the queue do not go to the server that its URL names"
                    ),
                    None => tracing::info!(
                        named,
                        called,
                        "requests about the queue go to the endpoint that is set, not to the server that its URL names"
                    ),
                }
            }
            other
        });
        Ok(())
    }
}
