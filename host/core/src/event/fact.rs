//! A fact about an id in a JSON text, and which of them are wanted.

use std::borrow::Cow;

/// A field to collect, and where it is relative to an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactSelector {
    /// In the same object as the id.
    Beside {
        /// The field with the id.
        id: &'static str,
        /// The field to collect.
        field: &'static str,
    },
    /// Anywhere inside the object that has the id, except inside another object that has one.
    Within {
        /// The field with the id.
        id: &'static str,
        /// The field to collect.
        field: &'static str,
    },
}

impl FactSelector {
    /// The field with the id, and the other one.
    pub(crate) fn fields(self) -> (&'static str, &'static str) {
        match self {
            Self::Beside { id, field } | Self::Within { id, field } => (id, field),
        }
    }
}

/// The value of a field that belongs to an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) field: &'static str,
    /// JSON text; `null` if the field is wanted beside the id and is absent.
    pub(crate) value: Cow<'a, str>,
}

/// Longer than any id. A longer string is no id, and is not copied for each of its fields.
pub(crate) const MAX_ID_BYTES: usize = 256;
