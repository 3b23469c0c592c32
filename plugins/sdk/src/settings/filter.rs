//! Whose API calls count.

use serde::Deserialize;

use crate::Creator;

/// Users, roles and services, by exact name or glob: `*` for any characters and `?` for one. Upper and lower case
/// differ, as in IAM's policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Owners as the tag names them: IAM users, sessions of roles (of Identity Center, the user's name), `root`.
    users: Vec<Pattern>,
    /// Names of roles, without path.
    roles: Vec<Pattern>,
    /// Services that act for themselves or pass on a caller's request: `autoscaling.amazonaws.com`.
    services: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(pattern: String) -> Result<Self, &'static str> {
        if pattern.is_empty() { Err("an empty name names no principal") } else { Ok(Self(pattern)) }
    }
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        [&self.users, &self.roles, &self.services].iter().all(|patterns| patterns.is_empty())
    }

    /// The name of the creator that the filter matches, as text for a message; none if it matches none.
    pub(super) fn find(&self, creator: &Creator) -> Option<String> {
        let names = |patterns: &[Pattern], name: &str| patterns.iter().any(|pattern| matches(&pattern.0, name));
        let service = creator.named_service();
        if let Some(service) = service.filter(|service| names(&self.services, service)) {
            return Some(format!("the service {service}"));
        }
        if let Some(role) = creator.role.as_deref().filter(|role| names(&self.roles, role)) {
            return Some(format!("the role {role}"));
        }
        let user = (!creator.is_service).then_some(&creator.owner);
        user.filter(|user| names(&self.users, user)).map(|user| format!("the user {user}"))
    }
}

/// Every name of the creator that a filter can match, as text for a message.
pub(super) fn names_of(creator: &Creator) -> String {
    let mut names = Vec::new();
    names.extend((!creator.is_service).then(|| format!("the user {}", creator.owner)));
    names.extend(creator.role.as_ref().map(|role| format!("the role {role}")));
    names.extend(creator.named_service().map(|service| format!("the service {service}")));
    names.join(", ")
}

/// Whether the pattern matches the whole name.
fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // Where to backtrack to if what follows the last asterisk does not match: the asterisk then takes one character
    // more.
    let mut retry = None;
    loop {
        let before_name = name.clone();
        match (pattern.next(), name.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                name = before_name;
                retry = Some((pattern.clone(), name.clone()));
            }
            (Some('?'), Some(_)) => {}
            (Some(expected), Some(actual)) if expected == actual => {}
            _ => {
                let Some((after_asterisk, mut rest)) = retry.take() else { return false };
                if rest.next().is_none() {
                    return false;
                }
                pattern = after_asterisk.clone();
                name = rest.clone();
                retry = Some((after_asterisk, rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_itself_and_asterisks_and_question_marks_for_others() {
        for (pattern, name) in [
            ("bob", "bob"),
            ("*", ""),
            ("*", "bob"),
            ("b*", "b"),
            ("*b", "bob"),
            ("b?b", "bob"),
            ("*@example.com", "bob@example.com"),
            ("a*b*c", "axxbyybzzc"),
            ("a**c", "abc"),
            ("*ü?", "xüy"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("bob", "Bob"), ("bob", "bobby"), ("b?b", "bb"), ("*b", "boa"), ("a*b*c", "acb"), ("?", ""), ("bob", "")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
