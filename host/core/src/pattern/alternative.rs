//! The alternatives that a pattern can list for a field.

use std::borrow::Cow;
use std::net::IpAddr;

use super::address::{self, Block};
use super::number::Number;
use super::text::Likeness;

/// A value of an event that is no object or list.
#[derive(Debug)]
pub(super) enum Scalar<'e> {
    Text(Cow<'e, str>),
    Number(Number<'e>),
    /// `true`, `false` or `null`.
    Word(&'e str),
}

/// One of the alternatives that a pattern lists for a field.
#[derive(Debug, Clone)]
pub(super) enum Alternative {
    /// The field is absent.
    Absent,
    /// The field is present, with any value.
    Present,
    /// This text.
    Text(String),
    /// This IP address, in any notation.
    Address(IpAddr),
    /// This number.
    Number(Number<'static>),
    /// `true`, `false` or `null`.
    Word(String),
    /// A text that is like this.
    Like(Likeness),
    /// An IP address in this CIDR block.
    Block(Block),
    /// A number between bounds.
    Numeric(Range),
    /// Anything but these texts.
    NoneOfTexts(Vec<String>),
    /// Anything but these numbers.
    NoneOfNumbers(Vec<Number<'static>>),
    /// Anything but a text that is like one of these.
    NotLike(Vec<Likeness>),
}

/// Numbers between bounds. A bound is a number, and whether it is inclusive.
#[derive(Debug, Clone, Default)]
pub(super) struct Range {
    pub(super) bottom: Option<(f64, bool)>,
    pub(super) top: Option<(f64, bool)>,
}

impl Alternative {
    /// Whether it takes the value of a field that is present.
    pub(super) fn takes(&self, value: &Scalar<'_>) -> bool {
        let text = if let Scalar::Text(text) = value { Some(text.as_ref()) } else { None };
        let number = if let Scalar::Number(number) = value { Some(number) } else { None };
        match self {
            Self::Absent => false,
            Self::Present => true,
            Self::Text(wanted) => text == Some(wanted.as_str()),
            Self::Address(wanted) => text.and_then(address::read) == Some(*wanted),
            Self::Number(wanted) => number.is_some_and(|number| wanted.is_same(number)),
            Self::Word(wanted) => matches!(value, Scalar::Word(word) if word == wanted),
            Self::Like(likeness) => text.is_some_and(|text| likeness.is_met(text)),
            Self::Block(block) => text.and_then(address::read).is_some_and(|address| block.has(address)),
            Self::Numeric(range) => number.and_then(Number::value).is_some_and(|value| range.has(value)),
            Self::NoneOfTexts(unwanted) => text.is_none_or(|text| unwanted.iter().all(|unwanted| unwanted != text)),
            Self::NoneOfNumbers(unwanted) => {
                number.is_none_or(|number| unwanted.iter().all(|unwanted| !unwanted.is_same(number)))
            }
            Self::NotLike(unwanted) => text.is_none_or(|text| unwanted.iter().all(|unwanted| !unwanted.is_met(text))),
        }
    }

    /// The text that it asks for, if it asks for one text alone.
    pub(super) fn plain_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Range {
    fn has(&self, value: f64) -> bool {
        let is_above = self.bottom.is_none_or(|(bottom, with)| value > bottom || (with && value == bottom));
        let is_below = self.top.is_none_or(|(top, with)| value < top || (with && value == top));
        is_above && is_below
    }
}
