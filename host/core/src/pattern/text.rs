//! The ways in which a pattern compares texts, other than for equality.

/// What a text has to be like.
#[derive(Debug, Clone)]
pub(super) enum Likeness {
    Prefix(String),
    PrefixIgnoringCase(Caseless),
    Suffix(String),
    SuffixIgnoringCase(Caseless),
    EqualsIgnoreCase(Caseless),
    Wildcard(Wildcard),
}

impl Likeness {
    pub(super) fn is_met(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::PrefixIgnoringCase(prefix) => !prefix.ends(text, 0).is_empty(),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::SuffixIgnoringCase(suffix) => {
                let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
                starts.into_iter().any(|start| suffix.ends(text, start).contains(&text.len()))
            }
            Self::EqualsIgnoreCase(whole) => whole.ends(text, 0).contains(&text.len()),
            Self::Wildcard(wildcard) => wildcard.is_met(text),
        }
    }
}

/// A text of which each character may be in lower or upper case. Either may be several characters: that of ß is SS.
#[derive(Debug, Clone)]
pub(super) struct Caseless {
    /// Both forms of each character. None beyond the basic multilingual plane: EventBridge matches no such text.
    forms: Option<Vec<[String; 2]>>,
}

impl Caseless {
    pub(super) fn new(text: &str) -> Self {
        let forms = |character: char| {
            let is_basic = u16::try_from(u32::from(character)).is_ok();
            is_basic.then(|| [character.to_lowercase().to_string(), character.to_uppercase().to_string()])
        };
        Self { forms: text.chars().map(forms).collect() }
    }

    /// The offsets at which it can end in a text in which it starts at `start`.
    fn ends(&self, text: &str, start: usize) -> Vec<usize> {
        let Some(forms) = &self.forms else { return Vec::new() };
        let mut ends = vec![start];
        for forms in forms {
            let mut next = Vec::new();
            for (end, form) in ends.iter().flat_map(|end| forms.iter().map(move |form| (end, form))) {
                let is_here = text.get(*end..).is_some_and(|rest| rest.starts_with(form));
                if is_here && !next.contains(&(end + form.len())) {
                    next.push(end + form.len());
                }
            }
            ends = next;
        }
        ends
    }
}

/// A text in which `*` stands for any characters, or none.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    /// What is before the first `*`, between them and after the last: one more than there are of them.
    parts: Vec<String>,
}

impl Wildcard {
    /// Parses it. A backslash escapes a `*` or another backslash, and may precede nothing else.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parts = vec![String::new()];
        let mut last_is_star = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let plain = match character {
                '*' if last_is_star => return Err(format!("the wildcard `{text}` has two `*` in a row")),
                '*' => {
                    parts.push(String::new());
                    last_is_star = true;
                    continue;
                }
                '\\' => characters.next().filter(|next| matches!(next, '*' | '\\')).ok_or_else(|| {
                    format!("the wildcard `{text}` has a backslash that stands before neither `*` nor a backslash")
                })?,
                plain => plain,
            };
            last_is_star = false;
            parts.last_mut().into_iter().for_each(|part| part.push(plain));
        }
        Ok(Self { parts })
    }

    fn is_met(&self, text: &str) -> bool {
        let Some((first, parts)) = self.parts.split_first() else { return false };
        let Some((last, between)) = parts.split_last() else { return text == first };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in between {
            match rest.split_once(part.as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_any_characters_or_none() {
        for (wildcard, text, is_met) in [
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("abc", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abbc", true),
            ("a*c", "ab", false),
            ("a*a", "a", false),
            ("*x*x*", "axbxc", true),
            ("*x*x*", "axb", false),
            ("*ab", "aab", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\*", r"a\x", true),
            ("*é", "café", true),
        ] {
            assert_eq!(Wildcard::read(wildcard).unwrap().is_met(text), is_met, "{wildcard} {text}");
        }
        assert!(Wildcard::read("a**b").unwrap_err().contains("two `*` in a row"));
        assert!(Wildcard::read(r"a\b").unwrap_err().contains("backslash"));
        assert!(Wildcard::read(r"a\").unwrap_err().contains("backslash"));
    }

    #[test]
    fn case_is_ignored_as_far_as_one_character_becomes_another() {
        let equals = |pattern: &str, text: &str| Likeness::EqualsIgnoreCase(Caseless::new(pattern)).is_met(text);
        for (pattern, text) in [("Ab", "aB"), ("CAFÉ", "café"), ("straße", "STRASSE"), ("", ""), ("Σ", "σ")] {
            assert!(equals(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("ab", "a"), ("a", "ab"), ("k", "\u{212a}"), ("İ", "i"), ("Σ", "ς"), ("𐐀", "𐐨"), ("😀", "😀")]
        {
            assert!(!equals(pattern, text), "{pattern} {text}");
        }
        let prefix = Likeness::PrefixIgnoringCase(Caseless::new("aB"));
        assert!(prefix.is_met("AbC") && !prefix.is_met("a") && !prefix.is_met("xab"));
        let suffix = Likeness::SuffixIgnoringCase(Caseless::new("bC"));
        assert!(suffix.is_met("aBc") && suffix.is_met("BC") && !suffix.is_met("bcx"));
    }
}
