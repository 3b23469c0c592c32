//! Replaces what is personal in an event: the same by the same everywhere, so that the event still says the same.
//!
//! What has a form of its own (an account, an e-mail address, an id) is replaced wherever it stands. A name has none:
//! it is collected from the fields that hold names, from ARNs and from tags, and then replaced where it stands as a
//! word, but not where it could be an enumeration's value of the same spelling.

mod forms;
mod secrets;
mod vocabulary;

use std::collections::HashSet;
use std::fmt;

use autotag_core::text::count;
use forms::Forms;
use secrets::{HIDDEN, Pair};
use serde::Serialize;
use serde_json::{Map, Number, Value};
use vocabulary::{
    ARN_WORDS, KEPT_FIELDS, NAME_ENDINGS, OF_AWS, PEOPLE, RESERVED_ROLE, WORDS_OF_AWS, ends_with, is_enumeration,
    is_of_api, is_place,
};

/// In the midst of a text a shorter name would be found where it is not meant.
const MIN_WORD_CHARS: usize = 3;

/// Replaces what is personal in an event, and says how much that was.
pub(super) fn redact(event: &mut Value) -> anyhow::Result<Replaced> {
    forms::check()?;
    let mut redaction = Redaction::default();
    if let Some(caller) = event.pointer("/detail/userIdentity").and_then(Value::as_object) {
        redaction.collect_people(caller);
    }
    redaction.collect(event, "", Place::Event);
    // The longest first: a name may be part of another.
    redaction.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    redaction.rewrite(event, "", Place::Event);
    Ok(redaction.replaced())
}

/// How much was replaced, each counted once.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Replaced {
    people: usize,
    names: usize,
    #[serde(rename = "others")]
    forms: usize,
}

impl fmt::Display for Replaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, names, forms } = self;
        let people = if *people == 1 { "1 person".into() } else { format!("{people} people") };
        let (names, forms) = (count(*names as u64, "name"), count(*forms as u64, "other value"));
        write!(formatter, "{people}, {names} and {forms}")
    }
}

/// Where in an event a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In what AWS writes: the envelope, the record, and the caller.
    Event,
    /// In what the caller sent or got, which may have fields of any name.
    Free,
}

impl Place {
    /// The place of a field's value, or of what is in it.
    fn of(self, key: &str, value: &Value) -> Self {
        if !value.is_object() && !value.is_array() {
            return self;
        }
        let is_record = matches!(key, "detail" | "userIdentity" | "sessionContext" | "attributes" | "sessionIssuer");
        if self == Self::Event && (is_record || key == "tlsDetails") { Self::Event } else { Self::Free }
    }
}

#[derive(Default)]
struct Redaction {
    /// What people chose, and what stands in place of it.
    names: Vec<(String, String)>,
    /// What could be a name and is AWS's own.
    kept: HashSet<String>,
    forms: Forms,
    people: usize,
    others: usize,
}

impl Redaction {
    fn replaced(&self) -> Replaced {
        Replaced { people: self.people, names: self.others, forms: self.forms.count() }
    }

    /// Collects the names of who made the call.
    fn collect_people(&mut self, caller: &Map<String, Value>) {
        let text = |key: &str| caller.get(key).and_then(Value::as_str);
        let session = text("principalId").and_then(|id| id.split_once(':')).map(|(_, session)| session);
        let issuer = caller.get("sessionContext").and_then(|context| context.pointer("/sessionIssuer/userName"));
        let is_service = caller.contains_key("invokedBy")
            || issuer.and_then(Value::as_str).is_some_and(|name| name.starts_with("AWSServiceRoleFor"));
        if let (true, Some(session)) = (is_service, session) {
            // It says which service it is.
            self.kept.insert(session.into());
        }
        let source = caller.get("sessionContext").and_then(|context| context.get("sourceIdentity"));
        for name in [text("userName"), session, source.and_then(Value::as_str)].into_iter().flatten() {
            self.person(name);
            // The same person elsewhere, as `jane.doe` of `jane.doe@example.org`.
            if let Some((local, _)) = name.split_once('@') {
                self.person(local);
            }
        }
    }

    /// Collects the names in a value.
    fn collect(&mut self, value: &Value, key: &str, place: Place) {
        match value {
            Value::Object(fields) => self.collect_fields(fields, key, place),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, key, place)),
            Value::String(_) if place == Place::Event && KEPT_FIELDS.contains(&key) => {}
            Value::String(text) => self.collect_text(text, key),
            _ => {}
        }
    }

    fn collect_text(&mut self, text: &str, key: &str) {
        if let Some(inner) = json_in(text) {
            return self.collect(&inner, "", Place::Free);
        }
        forms::arns(text).for_each(|arn| self.collect_arn(arn));
        if text.starts_with("arn:") || is_enumeration(key) || secrets::hide(key, text).is_some() {
        } else if let Some((_, path)) = text.split_once("://").filter(|_| !text.contains(char::is_whitespace)) {
            let parts = path.split(['/', '?', '&', '=']).skip(1);
            parts.filter(|part| !is_of_api(part)).for_each(|part| self.name(part));
        } else if let Some(name) = text.strip_prefix("alias/") {
            self.name(name);
        } else if ends_with(key, &NAME_ENDINGS) {
            self.name(text);
        }
    }

    fn collect_fields(&mut self, fields: &Map<String, Value>, key: &str, place: Place) {
        let has = |names: [&str; 2]| fields.keys().any(|key| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
        let is_tag = has(["key", "tagkey"]) && has(["value", "tagvalue"]);
        // The name of a state, such as `pending`, has a number beside it.
        let is_state = fields.get("code").is_some_and(|code| code.is_number() || code.is_string());
        let is_map = !is_tag
            && ["tags", "taglist", "tagset", "variables"].iter().any(|map| key.eq_ignore_ascii_case(map))
            || place == Place::Event && key == "webIdFederationData"
            || key == "attributes" && fields.contains_key("aud");
        let pair = secrets::pair(fields);
        for (name, value) in fields {
            // What a variable is called is no name of a person, and its value is hidden.
            if pair.as_ref().is_some_and(|pair| [pair.name, pair.value].contains(&name.as_str())) {
                continue;
            }
            let is_value = is_tag && ["value", "tagvalue"].iter().any(|value| name.eq_ignore_ascii_case(value));
            match value {
                Value::String(value) if is_value || is_map => self.name(value),
                Value::String(_) if is_state && name == "name" => {}
                _ => self.collect(value, name, place.of(name, value)),
            }
        }
    }

    /// Collects the names in an ARN: all parts of the resource but its type.
    fn collect_arn(&mut self, arn: &str) {
        for part in names_in_arn(arn) {
            if !ARN_WORDS.contains(&part) && !part.ends_with(".amazonaws.com") {
                self.name(part);
            }
        }
    }

    fn person(&mut self, name: &str) {
        if self.is_new(name) {
            let replacement = PEOPLE.get(self.people).map(|name| (*name).to_owned());
            self.people += 1;
            let replacement = replacement.unwrap_or_else(|| format!("person-{}", self.people));
            self.names.push((name.into(), replacement));
        }
    }

    fn name(&mut self, name: &str) {
        if self.is_new(name) {
            self.others += 1;
            let new = format!("name-{}", self.others);
            self.names.push((name.into(), like(name, &new)));
        }
    }

    /// Whether it is a name, and has not been seen.
    fn is_new(&self, name: &str) -> bool {
        !name.is_empty()
            && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*' || byte == b'.')
            && !WORDS_OF_AWS.contains(&name)
            && !OF_AWS.iter().any(|begin| name.starts_with(begin))
            && !name.contains(".amazonaws.com")
            && !is_place(name)
            && !forms::is_form(name)
            && !self.kept.contains(name)
            && !self.names.iter().any(|(other, _)| other == name)
    }

    /// Replaces everything in a value.
    fn rewrite(&mut self, value: &mut Value, key: &str, place: Place) {
        match value {
            Value::Object(fields) => {
                if let Some(value) = secrets::pair(fields).map(|Pair { value, .. }| value.to_owned()) {
                    fields.insert(value, HIDDEN.into());
                }
                for (key, mut value) in std::mem::take(fields) {
                    let place = place.of(&key, &value);
                    self.rewrite(&mut value, &key, place);
                    // A field may be called after a person or an account.
                    let key = if forms::has_form(&key) { self.forms.replace(&key, &|gap| gap.to_owned()) } else { key };
                    fields.insert(key, value);
                }
            }
            Value::Array(items) => {
                let mut is_secret = false;
                for item in items {
                    if is_secret {
                        *item = HIDDEN.into();
                    }
                    is_secret = item.as_str().is_some_and(secrets::announces_secret);
                    self.rewrite(item, key, place);
                }
            }
            Value::String(_) if place == Place::Event && KEPT_FIELDS.contains(&key) => {}
            Value::String(text) => *text = self.text(text, key),
            Value::Number(number) if ends_with(key, &["account", "accountid", "accountnumber", "ownerid"]) => {
                let account = self.forms.replace(&number.to_string(), &|gap| gap.to_owned());
                if let Ok(account) = account.parse::<u64>() {
                    *number = Number::from(account);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, key: &str) -> String {
        if let Some(hidden) = secrets::hide(key, text) {
            return hidden;
        }
        if let (true, Some((id, session))) = (key == "principalId", text.split_once(':')) {
            return format!("{}:{}", self.plain(id), self.plain(session));
        }
        if key == "userAgent" {
            // What follows may name the machine and the user.
            return text.split(' ').next().unwrap_or_default().into();
        }
        if let Some(mut inner) = json_in(text) {
            self.rewrite(&mut inner, "", Place::Free);
            return inner.to_string();
        }
        let mut result = String::new();
        let mut rest = text;
        for arn in forms::arns(text) {
            let Some((before, after)) = rest.split_once(arn) else { continue };
            result += &self.between(before, key);
            result += &self.arn(arn);
            rest = after;
        }
        result + &self.between(rest, key)
    }

    /// An ARN: neither the service, the Region nor the resource's type is a name, even if one is called so.
    fn arn(&mut self, arn: &str) -> String {
        let start = names_in_arn(arn).next().map_or(arn.len(), |first| first.as_ptr().addr() - arn.as_ptr().addr());
        let (begin, rest) = arn.split_at_checked(start).unwrap_or((arn, ""));
        let mut result = self.forms.replace(begin, &|gap| gap.to_owned());
        for part in rest.split_inclusive([':', '/']) {
            let name = part.trim_end_matches([':', '/']);
            let separator = part.get(name.len()..).unwrap_or_default();
            result += &if ARN_WORDS.contains(&name) { name.to_owned() } else { self.plain(name) };
            result += separator;
        }
        result
    }

    /// A text between ARNs. An enumeration's value may be spelled as a name, and is none.
    fn between(&mut self, text: &str, key: &str) -> String {
        if is_enumeration(key) { self.forms.replace(text, &|gap| gap.to_owned()) } else { self.plain(text) }
    }

    /// A text without ARNs: first the forms, whose parts are no names, and then the names between them.
    fn plain(&mut self, text: &str) -> String {
        if let Some((_, replacement)) = self.names.iter().find(|(name, _)| name == text) {
            return replacement.clone();
        }
        let Self { names, forms, .. } = self;
        forms.replace(text, &|gap| without_names(gap, names))
    }
}

/// The parts of an ARN's resource that can be names.
fn names_in_arn(arn: &str) -> impl Iterator<Item = &str> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, account, resource) = (parts.next(), parts.nth(1), parts.next().unwrap_or_default());
    // AWS's own policies have no account of a customer's.
    let resource = if account == Some("aws") { "" } else { resource };
    // Of buckets, topics and queues, the name is all.
    let is_bucket = service == Some("s3") && account == Some("");
    let is_typed = !is_bucket && resource.contains([':', '/']);
    resource.split([':', '/']).skip(usize::from(is_typed || resource.is_empty()))
}

/// A new name of the same kind: of a directory bucket, an alias of an access point, an automated snapshot, or a role of
/// Identity Center.
fn like(name: &str, new: &str) -> String {
    if let Some((begin, "x-s3")) = name.rsplit_once("--") {
        let zone = begin.rsplit_once("--").map_or("", |(_, zone)| zone);
        return format!("{new}--{zone}--x-s3");
    }
    if name.ends_with("-s3alias") {
        return format!("{new}-s3alias");
    }
    if let Some((prefix @ ("rds" | "awsbackup"), _)) = name.split_once(':') {
        return format!("{prefix}:{new}");
    }
    if name.starts_with(RESERVED_ROLE) {
        return format!("{RESERVED_ROLE}{new}_0123456789abcdef");
    }
    new.into()
}

/// A text without the names in it, where they stand as whole words, in any mix of upper and lower case.
fn without_names(text: &str, names: &[(String, String)]) -> String {
    let mut rest = text;
    let mut result = String::new();
    while let Some(first) = rest.chars().next() {
        let follows_word = result.chars().next_back().is_some_and(char::is_alphanumeric);
        let found = names.iter().find(|(name, _)| {
            let begin = rest.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            let after = rest.get(name.len()..).unwrap_or_default();
            begin
                && name.chars().count() >= MIN_WORD_CHARS
                && !follows_word
                && !after.starts_with(char::is_alphanumeric)
        });
        let (taken, replacement) = match found {
            Some((name, replacement)) => (name.len(), replacement.as_str()),
            None => (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or_default()),
        };
        result.push_str(replacement);
        rest = rest.get(taken..).unwrap_or_default();
    }
    result
}

/// The object or list in a text, such as a policy.
fn json_in(text: &str) -> Option<Value> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    is_json
        .then(|| serde_json::from_str(text).ok())
        .flatten()
        .filter(|value: &Value| value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests;
