//! Reading a CloudTrail record.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Failure, UserIdentity};

/// The parts of a CloudTrail record that an extractor needs.
///
/// The call's parameters and answer stay text until [`request`](Self::request) and [`response`](Self::response) read them
/// into the plugin's own types: what those types do not name is skipped, which is several times faster than a walk over a
/// generic JSON value.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailRecord<'a> {
    /// The service that was called: `ec2.amazonaws.com`. Names of calls recur between services, so look at both.
    #[serde(default)]
    pub event_source: String,
    /// The call: `RunInstances`.
    pub event_name: String,
    /// Who called. Some records have none.
    #[serde(default)]
    pub user_identity: Option<UserIdentity>,
    #[serde(borrow, default)]
    request_parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response_elements: Option<&'a RawValue>,
}

impl<'a> CloudTrailRecord<'a> {
    /// Reads the `detail` of an event.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if it is no CloudTrail record.
    pub fn parse(detail: &'a str) -> Result<Self, Failure> {
        serde_json::from_str(detail).map_err(|error| Failure::Malformed(format!("no CloudTrail record: {error}")))
    }

    /// Reads `requestParameters`.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if there are none, or if they are of another shape than `T`.
    pub fn request<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        self.part("requestParameters", self.request_parameters)
    }

    /// Reads `responseElements`.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if there are none, or if they are of another shape than `T`.
    pub fn response<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        self.part("responseElements", self.response_elements)
    }

    /// Whether the text stands in `requestParameters`, as a string of its own. What the request names existed before the call.
    #[must_use]
    pub fn request_mentions(&self, text: &str) -> bool {
        self.request_parameters.is_some_and(|request| request.get().contains(&format!("\"{text}\"")))
    }

    fn part<T: Deserialize<'a>>(&self, name: &str, text: Option<&'a RawValue>) -> Result<T, Failure> {
        let event_name = &self.event_name;
        let text = text.ok_or_else(|| {
            Failure::Malformed(format!(
                "the record of a successful {event_name} has no {name} (CloudTrail leaves them out above 100 KB)"
            ))
        })?;
        serde_json::from_str(text.get())
            .map_err(|error| Failure::Malformed(format!("{event_name}: {name} is of another shape: {error}")))
    }
}
