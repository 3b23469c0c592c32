//! Finds a string in JSON by its bytes: fast, but correct only for plain JSON and plain strings.

use memchr::{memchr, memmem};

/// Whether no string in the JSON text has escapes, so that each can be found by its bytes.
pub(super) fn is_plain_json(json: &str) -> bool {
    memchr(b'\\', json.as_bytes()).is_none()
}

/// Whether its bytes, between quotes, can only be this string in plain JSON: it has no quote, and begins with a
/// character that cannot follow a closing quote, so that the quote before it opens a string.
pub(super) fn is_plain_string(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) && memchr(b'"', text.as_bytes()).is_none()
}

/// A plain string to look for.
pub(super) struct Needle<'a>(memmem::Finder<'a>);

impl<'a> Needle<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(memmem::Finder::new(text))
    }

    /// Whether the string is a value, at any depth, of a plain JSON text: it may be a key too, but not only a key, nor
    /// only a part of a string. Overlapping hits do not matter, since one of them would have a quote inside.
    pub(super) fn is_value_in(&self, json: &str) -> bool {
        let bytes = json.as_bytes();
        self.0.find_iter(bytes).any(|start| {
            let opened = start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'"');
            let end = start + self.0.needle().len();
            opened && matches!(bytes.get(end..), Some([b'"', behind @ ..]) if !is_colon_next(behind))
        })
    }
}

/// A colon follows a key, and never a value.
fn is_colon_next(behind: &[u8]) -> bool {
    behind.iter().find(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r')) == Some(&b':')
}
