//! What CloudTrail writes in place of a part of a record that is too large for it.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::text::non_empty;

/// More bytes than CloudTrail ever writes in place of a part. Nothing larger is parsed: a response can have 100 KB.
const MAX_BYTES: usize = 1024;

/// A part of a record that CloudTrail has omitted, with its size and the reason where CloudTrail says them.
///
/// An omitted part proves nothing: the API call may have created something that an omitted response would name, and an
/// omitted request may name anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    part: &'static str,
    bytes: Option<String>,
    reason: Option<String>,
}

impl Omission {
    /// Reads the `{"omitted": true, …}` in place of `part`; none if `json` is anything else.
    pub(super) fn of(part: &'static str, json: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<'a> {
            omitted: bool,
            #[serde(borrow, default)]
            original_size: Option<&'a RawValue>,
            #[serde(borrow, default)]
            reason: Option<&'a RawValue>,
        }
        let json = json.get();
        // The fast path of nearly every part: to search for a string is faster than to parse.
        if json.len() > MAX_BYTES || !json.starts_with('{') || !json.contains(r#""omitted""#) {
            return None;
        }
        let written: Written<'_> = serde_json::from_str(json).ok()?;
        written.omitted.then(|| Self {
            part,
            bytes: written.original_size.map(|size| size.get().trim_matches('"').to_owned()),
            reason: written.reason.and_then(|reason| non_empty(serde_json::from_str(reason.get()).ok())),
        })
    }
}

impl fmt::Display for Omission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CloudTrail has omitted {}", self.part)?;
        match (&self.bytes, &self.reason) {
            (Some(bytes), Some(reason)) => write!(formatter, " ({bytes} bytes: {reason})"),
            (Some(bytes), None) => write!(formatter, " ({bytes} bytes)"),
            (None, Some(reason)) => write!(formatter, " ({reason})"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Option<String> {
        let json: &RawValue = serde_json::from_str(json).unwrap();
        Omission::of("responseElements", json).map(|omission| omission.to_string())
    }

    #[test]
    fn an_omitted_part_is_known_and_says_what_cloudtrail_says() {
        for (json, rest) in [
            (
                r#"{"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}"#,
                " (139021 bytes: responseElements too large)",
            ),
            (r#"{"reason": "too large", "originalSize": "139021", "omitted": true}"#, " (139021 bytes: too large)"),
            (r#"{"omitted": true, "originalSize": 139021}"#, " (139021 bytes)"),
            (r#"{"omitted": true, "reason": "too large", "more": [7]}"#, " (too large)"),
            (r#"{"omitted":true,"reason":7}"#, ""),
            (r#"{"omitted":true,"originalSize":null,"reason":""}"#, ""),
        ] {
            assert_eq!(words(json), Some(format!("CloudTrail has omitted responseElements{rest}")), "{json}");
        }
    }

    #[test]
    fn whatever_else_stands_there_is_not_omitted() {
        for json in [
            r#"{"omitted": false}"#,
            r#"{"omitted": "true"}"#,
            r#"{"omitted": 1}"#,
            r#"{"instance": {"omitted": true}}"#,
            r#"[{"omitted": true}]"#,
            r#"[true]"#,
            r#""omitted""#,
            "{}",
            "null",
        ] {
            assert_eq!(words(json), None, "{json}");
        }
        assert_eq!(words(&format!(r#"{{"omitted": true, "text": "{}"}}"#, "x".repeat(MAX_BYTES))), None);
    }
}
