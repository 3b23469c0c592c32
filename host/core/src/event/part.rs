//! An API call's request and response, as its record has them.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The longest placeholder, in bytes, that CloudTrail writes for a part that it omits: an object of three fields.
const MAX_OMITTED_BYTES: usize = 1024;

/// A record's `requestParameters` or `responseElements`.
///
/// ```
/// use autotag_core::event::{Part, decode};
///
/// let event = decode(
///     br#"{"eventName": "RunInstances", "requestParameters": {"clientToken": "t"},
///         "responseElements": {"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}}"#,
/// )
/// .remove(0)?;
/// let record = event.record()?;
/// assert_eq!(record.request_parameters, Part::Json(r#"{"clientToken": "t"}"#));
/// assert!(record.response_elements.is_omitted() && record.has_omissions());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Part<'a> {
    /// It is null or absent.
    #[default]
    Nothing,
    /// Its JSON text.
    Json(&'a str),
    /// It exceeded CloudTrail's size limit, and CloudTrail wrote this in its place. What cannot be seen proves nothing.
    Omitted(Omission),
}

/// What CloudTrail says of a part that it omits.
///
/// ```
/// use autotag_core::event::Omission;
///
/// let omission = Omission { original_size: Some(139_021), reason: Some("responseElements too large".into()) };
/// assert_eq!(omission.to_string(), "139021 bytes, responseElements too large");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Omission {
    /// The part's size, in bytes.
    pub original_size: Option<u64>,
    /// Why it was omitted.
    pub reason: Option<String>,
}

impl<'a> Part<'a> {
    pub(super) fn of(json: Option<&'a str>) -> Self {
        match json {
            None => Self::Nothing,
            Some(json) => omitted(json).map_or(Self::Json(json), Self::Omitted),
        }
    }

    /// The JSON text, if it is there.
    #[must_use]
    pub fn json(&self) -> Option<&'a str> {
        match self {
            Self::Json(json) => Some(json),
            _ => None,
        }
    }

    /// Whether CloudTrail has omitted it.
    #[must_use]
    pub fn is_omitted(&self) -> bool {
        matches!(self, Self::Omitted(_))
    }
}

/// Such as `139021 bytes, responseElements too large`.
impl fmt::Display for Omission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.original_size.map(|bytes| format!("{bytes} bytes"));
        formatter.write_str(&[size, self.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// Parses CloudTrail's placeholder for an omitted part; none if this is the part itself.
fn omitted(json: &str) -> Option<Omission> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct InPlace {
        omitted: bool,
        #[serde(default)]
        original_size: serde_json::Value,
        #[serde(default)]
        reason: serde_json::Value,
    }
    if json.len() > MAX_OMITTED_BYTES || !json.contains("omitted") {
        return None;
    }
    let InPlace { omitted, original_size, reason } = serde_json::from_str(json).ok()?;
    let reason = reason.as_str().map(ToOwned::to_owned);
    omitted.then_some(Omission { original_size: original_size.as_u64(), reason })
}

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Part<'de>, D::Error> {
    Ok(Part::of(Option::<&RawValue>::deserialize(deserializer)?.map(RawValue::get)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_cloudtrail_omits_is_known_by_what_stands_in_its_place() {
        let json = r#"{"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}"#;
        let Part::Omitted(omitted) = Part::of(Some(json)) else { panic!("not omitted") };
        assert_eq!(omitted.to_string(), "139021 bytes, responseElements too large");
        assert_eq!(Part::of(Some(r#"{"omitted": true}"#)), Part::Omitted(Omission::default()));
    }

    #[test]
    fn a_part_that_merely_has_such_a_field_or_word_is_itself() {
        for json in [
            r#"{"omitted": false}"#,
            r#"{"omitted": "true"}"#,
            r#"{"description": "omitted"}"#,
            r#"{"tags": {"omitted": true}}"#,
            "{}",
        ] {
            assert_eq!(Part::of(Some(json)), Part::Json(json));
        }
        assert_eq!(Part::of(None), Part::Nothing);
    }
}
