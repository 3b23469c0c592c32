//! Finds a string in JSON by its bytes: quick, and right only about a JSON and a string that are plain.

use memchr::{memchr, memmem};

/// Whether every string in the JSON text is spelled as it is, and so can be found by its bytes.
pub(super) fn is_plain_json(json: &str) -> bool {
    memchr(b'\\', json.as_bytes()).is_none()
}

/// Whether its bytes, between quotes, are this string and nothing else in a plain JSON: it holds no quote, and begins with
/// what cannot follow a closing quote, so that the quote in front of it opens a string.
pub(super) fn is_plain_string(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && !text.contains('"')
}

/// Whether a plain string is a value, at any depth, of a plain JSON text: it may be a key too, but not only a key, nor only a
/// part of a string.
pub(super) fn has_value(json: &str, text: &str) -> bool {
    let bytes = json.as_bytes();
    memmem::find_iter(bytes, text.as_bytes()).any(|start| {
        let opened = start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'"');
        opened && matches!(bytes.get(start + text.len()..), Some([b'"', behind @ ..]) if !is_colon_next(behind))
    })
}

/// A colon follows a key, and never a value.
fn is_colon_next(behind: &[u8]) -> bool {
    behind.iter().find(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r')) == Some(&b':')
}
