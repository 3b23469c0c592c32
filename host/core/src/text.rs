//! Makes untrusted text fit for a log line or a terminal.

/// The most that is shown of an untrusted text, in bytes.
const MAX_SANITIZED_BYTES: usize = 4096;

/// Untrusted text, such as a plugin's message or a library's about a plugin, for use in an error or a report: as
/// [`one_line`], of at most 4 KiB.
///
/// ```
/// use autotag_core::text::sanitize;
///
/// assert_eq!(sanitize("no such role\n\x1b[2Kall is well"), r"no such role\n\u{1b}[2Kall is well");
/// assert!(sanitize(&"x".repeat(5000)).ends_with("x…"));
/// ```
#[must_use]
pub fn sanitize(text: &str) -> String {
    one_line(text, MAX_SANITIZED_BYTES)
}

/// The messages of an error and its causes, each once, on one line: libraries' errors often repeat their cause's
/// message.
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// use autotag_core::text::error_chain;
///
/// let error = anyhow::Error::from(Error::from(ErrorKind::ConnectionRefused)).context("cannot reach SQS");
/// assert_eq!(error_chain(error.as_ref()), "cannot reach SQS: connection refused");
/// ```
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !words.is_empty() && !said.contains(&words) {
            said = format!("{said}: {words}");
        }
        next = cause.source();
    }
    let mut line = String::with_capacity(said.len());
    for part in said.lines().map(str::trim).filter(|part| !part.is_empty()) {
        let between = if line.is_empty() {
            ""
        } else if line.ends_with([':', ';', '.']) {
            " "
        } else {
            "; "
        };
        line.push_str(between);
        line.push_str(part);
    }
    sanitize(&line)
}

/// A number and its noun.
///
/// ```
/// use autotag_core::text::count;
///
/// assert_eq!([count(1, "message"), count(2, "message")], ["1 message", "2 messages"]);
/// ```
#[must_use]
pub fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// The text on one line: characters that control a terminal, end a line or turn its direction are escaped, so that it
/// cannot pass for something else. An ellipsis replaces what exceeds `max_bytes`.
///
/// ```
/// use autotag_core::text::one_line;
///
/// assert_eq!(one_line("failed\n\x1b[2Kpassed", 100), r"failed\n\u{1b}[2Kpassed");
/// assert_eq!(one_line("much too long", 8), "much too…");
/// ```
#[must_use]
pub fn one_line(text: &str, max_bytes: usize) -> String {
    one_line_or_cut(text, max_bytes).0
}

/// The same, and whether it was cut.
///
/// ```
/// use autotag_core::text::one_line_or_cut;
///
/// assert_eq!(one_line_or_cut("much too long", 8), ("much too…".into(), true));
/// ```
#[must_use]
pub fn one_line_or_cut(text: &str, max_bytes: usize) -> (String, bool) {
    let mut line = String::with_capacity(text.len().min(max_bytes));
    for character in text.chars() {
        let before = line.len();
        if is_steering(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
        if line.len() > max_bytes {
            line.truncate(before);
            line.push('…');
            return (line, true);
        }
    }
    (line, false)
}

/// Whether a character affects the text around it: controls, line and paragraph separators, marks that turn the
/// direction of writing, and characters that join or hide.
///
/// ```
/// use autotag_core::text::is_steering;
///
/// assert!(['\n', '\u{1b}', '\u{202e}'].into_iter().all(is_steering));
/// assert!(!is_steering('ü'));
/// ```
#[must_use]
pub fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
        assert_eq!(one_line("Ünï\x1b[31m\r\n\u{9b}", 100), r"Ünï\u{1b}[31m\r\n\u{9b}");
    }

    #[test]
    fn what_turns_the_direction_or_ends_a_line_elsewhere_is_escaped() {
        assert_eq!(one_line("a\u{202e}b\u{2028}c\u{feff}", 100), r"a\u{202e}b\u{2028}c\u{feff}");
    }

    #[test]
    fn an_error_says_its_causes_each_once() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let words = error_chain(&std::io::Error::other(refused));
        assert_eq!(words, "connection refused");
        let nested = anyhow::Error::msg("no route\n").context("cannot connect").context("dispatch failure");
        assert_eq!(error_chain(nested.as_ref()), "dispatch failure: cannot connect: no route");
        let listed = anyhow::Error::msg("Attempted:\n  profile: none\n  environment: none");
        assert_eq!(error_chain(listed.as_ref()), "Attempted: profile: none; environment: none");
    }

    #[test]
    fn what_is_escaped_counts_as_what_it_becomes() {
        assert_eq!(one_line(&"\u{1}".repeat(100), 12), r"\u{1}\u{1}…");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(one_line("üüü", 3), "ü…");
        assert_eq!(one_line("üüü", 6), "üüü");
        assert_eq!(one_line("x", 0), "…");
    }
}
