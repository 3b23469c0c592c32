//! Times, as CloudTrail records write them.
//!
//! There is no one form: EC2 writes milliseconds since 1970, as a number or as text; most services write ISO 8601; RDS
//! writes `Dec 8, 2020 9:17:39 PM`.

use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// From here on, a number counts milliseconds: as seconds, it would be in the year 5138.
const LEAST_MILLISECONDS: f64 = 100_000_000_000.0;

/// How RDS writes a time, with and without a comma after the year.
const IN_WORDS: [&str; 2] = ["%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p"];

/// Parses a time in any form that records have; none if the text is no time, or a time before 1970.
///
/// ```
/// use autotag_core::event::time::{format, parse};
///
/// for text in ["2020-12-08T21:17:39Z", "1607462259000", "Dec 8, 2020 9:17:39 PM"] {
///     assert_eq!(parse(text).map(format).as_deref(), Some("2020-12-08T21:17:39Z"));
/// }
/// assert_eq!(parse("soon"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<SystemTime> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return of_timestamp(timestamp);
    }
    // Some records have no zone, nor always a T, and mean UTC.
    if text.contains(':')
        && let Ok(civil) = text.parse::<DateTime>()
    {
        return of_timestamp(TimeZone::UTC.to_timestamp(civil).ok()?);
    }
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number);
    }
    // Some records have a narrow no-break space before AM and PM.
    let text = text.replace('\u{202f}', " ");
    let civil = IN_WORDS.iter().find_map(|format| DateTime::strptime(format, &text).ok())?;
    of_timestamp(TimeZone::UTC.to_timestamp(civil).ok()?)
}

/// The same for a value of a record: a string, or a number of seconds or milliseconds since 1970.
///
/// ```
/// use autotag_core::event::time::{of_value, parse};
/// use serde_json::json;
///
/// assert_eq!(of_value(&json!(60)), parse("1970-01-01T00:01:00Z"));
/// assert_eq!(of_value(&json!("1970-01-01T00:01:00Z")), of_value(&json!(60)));
/// assert_eq!(of_value(&json!(null)), None);
/// ```
#[must_use]
pub fn of_value(value: &Value) -> Option<SystemTime> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => of_number(number.as_f64()?),
        _ => None,
    }
}

/// The same for a value that is still JSON text.
///
/// ```
/// use autotag_core::event::time::{format, of_json};
///
/// for json in ["1795168800000", "1795168800", r#""2026-11-20T10:00:00Z""#] {
///     assert_eq!(of_json(json).map(format).as_deref(), Some("2026-11-20T10:00:00Z"));
/// }
/// assert_eq!(of_json("null"), None);
/// ```
#[must_use]
pub fn of_json(json: &str) -> Option<SystemTime> {
    of_value(&serde_json::from_str(json).ok()?)
}

/// Formats a time for people, in UTC and whole seconds: `2026-01-31T12:00:00Z`.
#[must_use]
pub fn format(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|since| SignedDuration::try_from(since).ok());
    let timestamp = since.and_then(|since| Timestamp::from_duration(since).ok());
    timestamp.map_or_else(|| "a time before 1970".into(), |timestamp| timestamp.strftime("%FT%TZ").to_string())
}

fn of_number(number: f64) -> Option<SystemTime> {
    let seconds = if number < LEAST_MILLISECONDS { number } else { number / 1000.0 };
    of_timestamp(Timestamp::from_duration(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()?)
}

/// None for a time before 1970.
fn of_timestamp(timestamp: Timestamp) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(timestamp.as_duration().try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_that_records_have_is_read() {
        for value in [
            json!(1_607_462_259_000_u64),
            json!(1_607_462_259_000.0),
            json!("1607462259000"),
            json!(1_607_462_259),
            json!("2020-12-08T21:17:39Z"),
            json!("2020-12-08T21:17:39.000Z"),
            json!("2020-12-08T22:17:39+01:00"),
            json!("2020-12-08 21:17:39.000000000"),
            json!("2020-12-08T21:17:39"),
            json!("Dec 8, 2020 9:17:39 PM"),
            json!("Dec 8, 2020, 9:17:39 PM"),
            json!("Dec 8, 2020, 9:17:39\u{202f}PM"),
        ] {
            let time = of_value(&value).unwrap_or_else(|| panic!("{value}"));
            assert_eq!(format(time), "2020-12-08T21:17:39Z", "{value}");
        }
    }

    #[test]
    fn what_says_no_time_is_none() {
        for value in [json!(null), json!(""), json!("soon"), json!("2020-12-08"), json!({}), json!(1e300), json!("NaN")]
        {
            assert_eq!(of_value(&value), None, "{value}");
        }
    }
}
