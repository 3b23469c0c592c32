//! Records write an empty string where they could leave the field out.

/// The text, unless it is empty.
pub(crate) fn non_empty<T: AsRef<str>>(text: Option<T>) -> Option<T> {
    text.filter(|text| !text.as_ref().is_empty())
}
