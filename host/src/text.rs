//! Text from outside, made fit for a log line or a terminal.

/// As one line: control characters are escaped, so that it cannot pass for something else; what exceeds `max_bytes` is cut,
/// and an ellipsis says so.
#[must_use]
pub fn one_line(text: &str, max_bytes: usize) -> String {
    let end = (0..=max_bytes.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let kept = text.get(..end).unwrap_or_default();
    let mut line = String::with_capacity(kept.len());
    for character in kept.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    if end < text.len() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
        assert_eq!(one_line("Ünï\x1b[31m\r\n\u{9b}", 100), r"Ünï\u{1b}[31m\r\n\u{9b}");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(one_line("üüü", 3), "ü…");
        assert_eq!(one_line("üüü", 6), "üüü");
        assert_eq!(one_line("x", 0), "…");
    }
}
