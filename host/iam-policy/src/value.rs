//! Strings in policies: variables and wildcards.

use crate::request::{Context, Lookup};
use crate::truth::Truth;

/// A variable that has no value, or of which it is not known which it has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    variable: String,
    is_known: bool,
}

impl From<Unresolved> for Truth {
    fn from(Unresolved { variable, is_known }: Unresolved) -> Self {
        let reason = format!("the variable ${{{variable}}} has no single value in this request");
        if is_known { Self::Unresolved(reason) } else { Self::Unknown(reason) }
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
                "*" | "?" | "$" => variable,
                _ => resolve(variable, context)?,
            };
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

/// Whether a text has a variable in it.
pub(crate) fn has_variable(text: &str) -> bool {
    text.split_once("${").is_some_and(|(_, behind)| behind.contains('}'))
}

/// The value of `key` or `key, 'default'`. Of a key that can have several, it is not known what AWS makes of it: there
/// are no variables for such keys.
fn resolve<'a>(variable: &'a str, context: &'a Context) -> Result<&'a str, Unresolved> {
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''))),
        None => (variable, None),
    };
    let unresolved = |is_known| Unresolved { variable: variable.into(), is_known };
    match context.lookup(key.trim()) {
        Lookup::Known { is_multivalued: false, values: [] } => default.ok_or_else(|| unresolved(true)),
        Lookup::Known { is_multivalued: false, values: [value] } => Ok(value),
        Lookup::Known { .. } | Lookup::Unknown => Err(unresolved(false)),
    }
}

/// Whether a text matches a pattern with wildcards, and with variables if the policy's version has them.
pub(crate) fn is_like(text: &str, pattern: &str, variables: bool, context: &Context) -> Truth {
    expand(pattern, variables, context).map_or_else(Truth::from, |pieces| matches(&pieces, text).into())
}

/// Whether a resource matches a pattern, of which the wildcards stay within the parts of an ARN.
pub(crate) fn is_like_resource(resource: &str, pattern: &str, variables: bool, context: &Context) -> Truth {
    let pieces = match expand(pattern, variables, context) {
        Ok(pieces) => pieces,
        Err(unresolved) => return unresolved.into(),
    };
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    if parts.len() < 6 || pieces == [Piece::Wild('*')] {
        return matches(&pieces, resource).into();
    }
    let patterns: Vec<&[Piece]> = pieces.splitn(6, |piece| *piece == Piece::Literal(':')).collect();
    if patterns.len() == 6 && patterns.into_iter().zip(parts).all(|(pattern, part)| matches(pattern, part)) {
        return Truth::Yes;
    }
    matches_across_colons(&pieces, resource)
}

/// Whether an ARN matches a pattern only if a wildcard reaches from one of its parts into another: AWS's guide speaks
/// of wildcards within a part.
pub(crate) fn matches_across_colons(pieces: &[Piece], arn: &str) -> Truth {
    if matches(pieces, arn) {
        Truth::Unknown(format!("a wildcard in `{}` would have to reach across a colon of the ARN", plain(pieces)))
    } else {
        Truth::No
    }
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
