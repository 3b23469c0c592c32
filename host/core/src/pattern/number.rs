//! Numbers, as EventBridge compares them.

use std::borrow::Cow;

/// A number as it is written in JSON.
///
/// Two are the same if they are written alike, or if both round-trip through a double, and through the same one: `100`,
/// `1e2` and `100.0` are one number. 9007199254740993, which does not round-trip, is the same only as what is written
/// like it.
#[derive(Debug, Clone)]
pub(super) struct Number<'a> {
    text: Cow<'a, str>,
    value: Option<f64>,
}

impl<'a> Number<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        Self { text: text.into(), value: value(text) }
    }

    pub(super) fn into_owned(self) -> Number<'static> {
        Number { text: self.text.into_owned().into(), value: self.value }
    }

    /// Its value, if it round-trips through a double.
    pub(super) fn value(&self) -> Option<f64> {
        self.value
    }

    pub(super) fn is_same(&self, other: &Number<'_>) -> bool {
        self.text == other.text || self.value.is_some_and(|value| Some(value) == other.value)
    }
}

fn value(text: &str) -> Option<f64> {
    /// An integer of so many digits is exact in a double.
    const EXACT_DIGITS: usize = 15;
    let value: f64 = text.parse().ok()?;
    let is_short = text.len() <= EXACT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_held = || value.is_finite() && Decimal::read(text) == Decimal::read(&format!("{value:e}"));
    (is_short || is_held()).then_some(value)
}

/// A decimal number: `0.` and the digits, times ten to the exponent.
#[derive(PartialEq)]
struct Decimal {
    is_negative: bool,
    /// Without leading and trailing zeros.
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().ok()?;
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        let zeros = digits.len() - significant.len();
        let exponent =
            exponent.checked_add(i64::try_from(whole.len()).ok()?)?.checked_sub(i64::try_from(zeros).ok()?)?;
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, exponent: 0 });
        }
        Some(Self { is_negative, digits, exponent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_can_be_written_in_many_ways() {
        for (one, other, is_same) in [
            ("100", "1e2", true),
            ("100", "100.0", true),
            ("-0.5", "-5E-1", true),
            ("0", "-0.0", true),
            ("0", "0e99999", true),
            ("0.1234567", "0.1234568", false),
            ("0.36556464727755755", "0.36556464727755755", true),
            ("1", "-1", false),
            ("1e400", "1e400", true),
            ("1e400", "1e401", false),
            ("9007199254740992", "9007199254740993", false),
            ("9007199254740992", "9007199254740992.0", true),
            ("12345678901234567890", "12345678901234567891", false),
        ] {
            assert_eq!(Number::read(one).is_same(&Number::read(other)), is_same, "{one} {other}");
        }
    }

    #[test]
    fn a_number_that_no_double_holds_has_no_value() {
        assert_eq!(Number::read("9007199254740992").value(), Some(9_007_199_254_740_992.0));
        assert_eq!(Number::read("0.1").value(), Some(0.1));
        for text in
            ["9007199254740993", "12345678901234567890", "1e400", "0.1000000000000000055", "-1e999999999999999999999"]
        {
            assert_eq!(Number::read(text).value(), None, "{text}");
        }
    }
}
