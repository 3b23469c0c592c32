//! What records leave empty instead of leaving it out.

/// A text that says something.
pub(crate) fn non_empty<T: AsRef<str>>(text: Option<T>) -> Option<T> {
    text.filter(|text| !text.as_ref().is_empty())
}
