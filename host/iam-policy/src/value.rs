//! Strings in policies: variables and wildcards.

use crate::request::Context;
use crate::truth::Truth;

/// A variable that has no value, or more than one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unresolved(String);

impl From<Unresolved> for Truth {
    fn from(Unresolved(variable): Unresolved) -> Self {
        Self::Unknown(format!("the variable ${{{variable}}} has no single value in this request"))
    }
}

/// A character as it is, or a wildcard. What came from a variable is no wildcard, whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(char),
    /// A `*` or `?` as it was written, which some operators take literally.
    Wild(char),
}

/// The pieces as text, with wildcards as plain characters.
pub(crate) fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(character) | Piece::Wild(character) => character,
        })
        .collect()
}

/// Replaces the variables in a text, if the policy's version has variables.
pub(crate) fn expand(text: &str, variables: bool, context: &Context) -> Result<Vec<Piece>, Unresolved> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let variable = rest.strip_prefix("${").filter(|_| variables).and_then(|rest| rest.split_once('}'));
        if let Some((variable, behind)) = variable {
            let value = match variable {
                "*" | "?" | "$" => Some(variable),
                _ => resolve(variable, context),
            };
            let value = value.ok_or_else(|| Unresolved(variable.into()))?;
            pieces.extend(value.chars().map(Piece::Literal));
            rest = behind;
        } else {
            pieces.push(if matches!(character, '*' | '?') {
                Piece::Wild(character)
            } else {
                Piece::Literal(character)
            });
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(pieces)
}

/// The value of `key` or `key, 'default'`.
fn resolve<'a>(variable: &'a str, context: &'a Context) -> Option<&'a str> {
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''))),
        None => (variable, None),
    };
    match context.get(key.trim()) {
        None | Some([]) => default,
        Some([value]) => Some(value),
        Some(_) => None,
    }
}

/// Whether a text matches a pattern with wildcards, and with variables if the policy's version has them.
pub(crate) fn is_like(text: &str, pattern: &str, variables: bool, context: &Context) -> Truth {
    expand(pattern, variables, context).map_or_else(Truth::from, |pieces| matches(&pieces, text).into())
}

/// Whether the whole text matches the pieces.
pub(crate) fn matches(pieces: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where to backtrack to: the last `*` then takes one character more.
    let mut retry = None;
    loop {
        match (pieces.get(at), text.get(read)) {
            (Some(Piece::Wild('*')), _) => {
                retry = Some((at + 1, read + 1));
                at += 1;
            }
            (Some(Piece::Wild(_)), Some(_)) => (at, read) = (at + 1, read + 1),
            (Some(Piece::Literal(expected)), Some(found)) if expected == found => (at, read) = (at + 1, read + 1),
            (None, None) => return true,
            _ => match retry {
                Some((behind, next)) if next <= text.len() => {
                    (at, read) = (behind, next);
                    retry = Some((behind, next + 1));
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_found_wherever_they_stand() {
        let is_like =
            |text: &str, pattern: &str| super::is_like(text, pattern, false, &Context::default()) == Truth::Yes;
        for (pattern, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("*", &["", "ä*?"], &[]),
            ("?", &["ä"], &["", "ab"]),
            ("a*b*c", &["abc", "a--b--b-c", "abbcc"], &["ab", "acb", "abcd"]),
            ("*ab", &["ab", "aab", "abab"], &["aba", "b"]),
            ("a?*", &["ab", "abc"], &["a"]),
            ("**a**", &["a", "xay"], &["", "b"]),
        ] {
            assert!(yes.iter().all(|text| is_like(text, pattern)), "{pattern}");
            assert!(!no.iter().any(|text| is_like(text, pattern)), "{pattern}");
        }
    }
}
