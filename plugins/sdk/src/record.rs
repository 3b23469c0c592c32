//! Reading a CloudTrail record.

mod omission;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use self::omission::Omission;
use crate::paths::strings_at;
use crate::text::non_empty;
use crate::{Failure, UserIdentity};

/// The parts of a CloudTrail record that an extractor needs.
///
/// The API call's parameters and its response stay text until the plugin reads them: [`created`](Self::created),
/// [`response_strings`](Self::response_strings) and [`request_strings`](Self::request_strings) read the strings at
/// given paths, [`response`](Self::response) deserializes the response into the plugin's own type. What is not asked
/// for is skipped, which is several times faster than a walk over a generic JSON value.
///
/// Above its size limit CloudTrail omits one or both of the two, and says so in their place: see
/// [`omitted_response`](Self::omitted_response) and [`omitted_request`](Self::omitted_request).
///
/// ```
/// use autotag_plugin_sdk::CloudTrailRecord;
///
/// let record = CloudTrailRecord::parse(
///     r#"{"eventName": "CreateNatGateway", "requestParameters": {"subnetId": "subnet-1"},
///         "responseElements": {"natGateway": {"natGatewayId": "nat-1", "subnetId": "subnet-1"}}}"#,
/// )
/// .unwrap();
/// let paths = ["natGateway.natGatewayId", "natGateway.subnetId"];
/// assert_eq!(record.response_strings(&paths).unwrap(), ["nat-1", "subnet-1"]);
/// // The request names the subnet, so it existed before.
/// assert_eq!(record.created(&paths).unwrap(), ["nat-1"]);
/// assert_eq!(record.request_strings(&["subnetId"]).unwrap(), ["subnet-1"]);
/// ```
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailRecord<'a> {
    /// The service that was called: `ec2.amazonaws.com`. Services have API calls of the same name, so look at both.
    #[serde(default)]
    pub event_source: String,
    /// The name of the API call: `RunInstances`.
    pub event_name: String,
    /// Who made the API call. Some records do not say.
    #[serde(default)]
    pub user_identity: Option<UserIdentity>,
    #[serde(borrow, default)]
    event_time: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "sourceIPAddress")]
    source_ip_address: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_agent: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request_parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response_elements: Option<&'a RawValue>,
}

impl<'a> CloudTrailRecord<'a> {
    /// Reads the `detail` of an event.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if it is no CloudTrail record. A record needs no more than an `eventName`.
    pub fn parse(detail: &'a str) -> Result<Self, Failure> {
        serde_json::from_str(detail).map_err(|error| Failure::Malformed(format!("no CloudTrail record: {error}")))
    }

    /// When the API call was made: `2026-01-31T12:00:00Z`. None if the record does not say.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "CreateVolume", "eventTime": "2026-01-31T12:00:00Z", "userAgent": "aws-cli/2.17",
    ///         "sourceIPAddress": "203.0.113.7"}"#,
    /// )?;
    /// assert_eq!(record.event_time().as_deref(), Some("2026-01-31T12:00:00Z"));
    /// assert_eq!(record.source_ip_address().as_deref(), Some("203.0.113.7"));
    /// assert_eq!(record.user_agent().as_deref(), Some("aws-cli/2.17"));
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    #[must_use]
    pub fn event_time(&self) -> Option<String> {
        text(self.event_time)
    }

    /// The IP address that the API call came from, or the service. None if the record does not say.
    #[must_use]
    pub fn source_ip_address(&self) -> Option<String> {
        text(self.source_ip_address)
    }

    /// The program that made the API call: `aws-cli/2.17`. None if the record does not say.
    #[must_use]
    pub fn user_agent(&self) -> Option<String> {
        text(self.user_agent)
    }

    /// Deserializes `responseElements` into the plugin's own type.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct Volume {
    ///     volume_id: String,
    ///     size: u32,
    /// }
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "CreateVolume", "responseElements": {"volumeId": "vol-0123456789abcdef0", "size": 8}}"#,
    /// )?;
    /// let volume: Volume = record.response()?;
    /// assert_eq!((volume.volume_id.as_str(), volume.size), ("vol-0123456789abcdef0", 8));
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::Malformed`] if there are none, if CloudTrail has omitted them, or if they are of another shape than
    /// `T`.
    pub fn response<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        serde_json::from_str(self.response_json()?.get())
            .map_err(|error| self.of_another_shape("responseElements", &error))
    }

    /// What the API call created: the ids at the given paths of `responseElements`, as
    /// [`response_strings`](Self::response_strings) finds them, without those that the request names, since they
    /// existed before. An omitted request does not show what it names, so no id is left out then: the host judges them.
    ///
    /// ```
    /// use autotag_plugin_sdk::{CloudTrailRecord, Failure};
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "CreateImage", "requestParameters": {"instanceId": "i-0123456789abcdef0"},
    ///         "responseElements": {"imageId": "ami-0123456789abcdef0"}}"#,
    /// )?;
    /// assert_eq!(record.created(&["imageId"])?, ["ami-0123456789abcdef0"]);
    /// assert!(matches!(record.created(&["snapshotId"]), Err(Failure::Malformed(_))));
    ///
    /// // It comes back from the recycle bin, so it existed before.
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "RestoreSnapshotFromRecycleBin", "requestParameters": {"snapshotId": "snap-1"},
    ///         "responseElements": {"snapshotId": "snap-1"}}"#,
    /// )?;
    /// assert!(matches!(record.created(&["snapshotId"]), Err(Failure::Skip(_))));
    /// # Ok::<(), Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::Malformed`] if no id stands there, or if CloudTrail has omitted the response; [`Failure::Skip`] if
    /// all of them existed before.
    pub fn created(&self, paths: &[&str]) -> Result<Vec<String>, Failure> {
        let ids = self.response_strings(paths)?;
        if ids.is_empty() {
            let (name, paths) = (&self.event_name, paths.join(" or "));
            return Err(Failure::Malformed(format!("{name}: responseElements has no {paths}")));
        }
        self.created_among(ids)
    }

    /// What the response names and the request does not.
    ///
    /// # Errors
    /// [`Failure::Skip`] if the request names them all.
    pub(crate) fn created_among(&self, mut named: Vec<String>) -> Result<Vec<String>, Failure> {
        let first = named.first().cloned();
        named.retain(|id| self.request_mentions(id) != Some(true));
        match first {
            Some(first) if named.is_empty() => {
                Err(Failure::Skip(format!("{first} stands in the request, so it existed before the call")))
            }
            _ => Ok(named),
        }
    }

    /// The strings in `responseElements` at the given paths, such as `natGateway.natGatewayId`: all of the first path
    /// before all of the second, and none twice; none at all if nothing stands there. Lists, in whatever form, and the
    /// element that encloses some responses (`CreateNatGatewayResponse`) are no part of a path.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "RunInstances", "responseElements": {"instancesSet": {"items": [
    ///         {"instanceId": "i-0123456789abcdef0"}, {"instanceId": "i-0123456789abcdef1"}]}}}"#,
    /// )?;
    /// let instances = record.response_strings(&["instancesSet.instanceId"])?;
    /// assert_eq!(instances, ["i-0123456789abcdef0", "i-0123456789abcdef1"]);
    /// assert!(record.response_strings(&["fleetId"])?.is_empty());
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::Malformed`] if there are no `responseElements`, if CloudTrail has omitted them, or something other
    /// than a string stands at a path.
    pub fn response_strings(&self, paths: &[&str]) -> Result<Vec<String>, Failure> {
        strings_at(self.response_json()?, (&self.event_name, "Response"), paths)
            .map_err(|error| self.of_another_shape("responseElements", &error))
    }

    /// The same for `requestParameters`, none if there are none or if CloudTrail has omitted them: `CreateBucket`'s
    /// `bucketName`.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "CreateBucket", "requestParameters": {"bucketName": "orders"}, "responseElements": null}"#,
    /// )?;
    /// assert_eq!(record.request_strings(&["bucketName"])?, ["orders"]);
    /// assert!(record.request_strings(&["accessPointName"])?.is_empty());
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::Malformed`] if something other than a string stands at a path.
    pub fn request_strings(&self, paths: &[&str]) -> Result<Vec<String>, Failure> {
        let Some(json) = self.request_parameters.filter(|_| self.omitted_request().is_none()) else {
            return Ok(Vec::new());
        };
        strings_at(json, (&self.event_name, "Request"), paths)
            .map_err(|error| self.of_another_shape("requestParameters", &error))
    }

    /// Whether the record holds the response of the API call. An omitted response is none.
    ///
    /// ```
    /// use autotag_plugin_sdk::{CloudTrailRecord, Failure};
    ///
    /// let has_response = |response: &str| -> Result<bool, Failure> {
    ///     let detail = format!(r#"{{"eventName": "CreateAccessPoint", "responseElements": {response}}}"#);
    ///     let record = CloudTrailRecord::parse(&detail)?;
    ///     Ok(record.has_response())
    /// };
    /// assert!(has_response(r#"{"alias": "orders-s3alias"}"#)?);
    /// assert!(!has_response("null")?);
    /// assert!(!has_response(r#"{"omitted": true}"#)?);
    /// # Ok::<(), Failure>(())
    /// ```
    #[must_use]
    pub fn has_response(&self) -> bool {
        self.response_elements.is_some() && self.omitted_response().is_none()
    }

    /// Whether `requestParameters` hold the text, as a whole string or as the name of a field. What the request names
    /// existed before the API call. None if CloudTrail has omitted them, so that the record does not say.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "CreateSnapshot", "requestParameters": {"volumeId": "vol-0123456789abcdef0"}}"#,
    /// )?;
    /// assert_eq!(record.request_mentions("vol-0123456789abcdef0"), Some(true));
    /// // This is only a part of a string.
    /// assert_eq!(record.request_mentions("vol-0123"), Some(false));
    ///
    /// let omitted = r#"{"eventName": "RunInstances", "requestParameters": {"omitted": true}}"#;
    /// assert_eq!(CloudTrailRecord::parse(omitted)?.request_mentions("vol-0123456789abcdef0"), None);
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    #[must_use]
    pub fn request_mentions(&self, text: &str) -> Option<bool> {
        let Some(request) = self.request_parameters else { return Some(false) };
        if self.omitted_request().is_some() {
            return None;
        }
        Some(request.get().contains(&["\"", text, "\""].concat()))
    }

    /// What CloudTrail says of `responseElements` if it has omitted them, as it does above 100 KB.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    ///
    /// let record = CloudTrailRecord::parse(
    ///     r#"{"eventName": "RunInstances", "responseElements": {"omitted": true, "originalSize": 139021}}"#,
    /// )?;
    /// let omission = record.omitted_response().map(|omission| omission.to_string());
    /// assert_eq!(omission.as_deref(), Some("CloudTrail has omitted responseElements (139021 bytes)"));
    /// assert_eq!(record.omitted_request(), None);
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    #[must_use]
    pub fn omitted_response(&self) -> Option<Omission> {
        Omission::of("responseElements", self.response_elements?)
    }

    /// What CloudTrail says of `requestParameters` if it has omitted them, as it does above 100 KB.
    #[must_use]
    pub fn omitted_request(&self) -> Option<Omission> {
        Omission::of("requestParameters", self.request_parameters?)
    }

    fn response_json(&self) -> Result<&'a RawValue, Failure> {
        let name = &self.event_name;
        let Some(response) = self.response_elements else {
            return Err(Failure::Malformed(format!("the record of a successful {name} has no responseElements")));
        };
        match self.omitted_response() {
            Some(omission) => Err(Failure::Malformed(format!("{name}: {omission}"))),
            None => Ok(response),
        }
    }

    fn of_another_shape(&self, name: &str, error: &serde_json::Error) -> Failure {
        Failure::Malformed(format!("{}: {name} is of another shape: {error}", self.event_name))
    }
}

/// The string in `json`; none if it is empty or something else.
fn text(json: Option<&RawValue>) -> Option<String> {
    non_empty(serde_json::from_str(json?.get()).ok())
}

#[cfg(test)]
mod tests;
