//! Replaces what is personal in an event: the same by the same everywhere, so that the event still says the same.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::{Map, Value};

/// Fields of CloudTrail's and EventBridge's own, whose values say what happened, and not who or to what.
const KEPT_FIELDS: [&str; 17] = [
    "awsRegion",
    "creationDate",
    "detail-type",
    "errorCode",
    "eventCategory",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "invokedBy",
    "region",
    "source",
    "time",
    "tlsVersion",
    "type",
    "version",
];
/// How the names of fields end whose values are chosen by people.
const NAME_ENDINGS: [&str; 9] =
    ["alias", "comment", "description", "email", "identifier", "name", "subject", "title", "userdata"];
/// Parts of ARNs that are types, or AWS's own names.
const ARN_WORDS: [&str; 11] = [
    "*",
    "app",
    "assumed-role",
    "aws-reserved",
    "aws-service-role",
    "gwy",
    "net",
    "policy",
    "role",
    "service-role",
    "user",
];
/// The beginnings of values that are AWS's own, whatever field they stand in.
const OF_AWS: [&str; 6] = ["/dev/", "<", "AWSReservedSSO_", "AWSServiceRoleFor", "HIDDEN_", "aws:"];
/// The names of the first people; those of more have numbers.
const PEOPLE: [&str; 8] = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
/// Replaced wherever it stands, and not only as the value of its field. A shorter one would be found where it is not
/// meant.
const MIN_NAME_CHARS: usize = 3;

static PATTERNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b(?<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\b
        | (?<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
        | \b(?<principal>A(?:3T|BI|CC|GP|ID|IP|KI|NP|NV|PK|RO|SC|SI)[A-Z0-9]{13,})\b
        | \b(?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})\b
        | \b(?<account>\d{12})\b
        | \b(?<id>[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{17}|[0-9a-f]{8}))\b",
    )
    .ok()
});

/// Replaces what is personal in an event, and says how much that was.
pub(super) fn redact(event: &mut Value) -> Replaced {
    let mut redaction = Redaction::default();
    if let Some(caller) = event.pointer("/detail/userIdentity").and_then(Value::as_object) {
        redaction.collect_people(caller);
    }
    redaction.collect(event, "");
    // The longest first: a name may be part of another.
    redaction.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    redaction.rewrite(event, "");
    redaction.replaced
}

/// How much was replaced, each counted once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Replaced {
    accounts: usize,
    principals: usize,
    people: usize,
    names: usize,
    addresses: usize,
    ids: usize,
}

impl fmt::Display for Replaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.accounts, "account", "accounts"),
            (self.principals, "principal or key", "principals and keys"),
            (self.people, "person", "people"),
            (self.names, "name", "names"),
            (self.addresses, "address", "addresses"),
            (self.ids, "id", "ids"),
        ];
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<_> =
            parts.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect();
        formatter.write_str(if parts.is_empty() { "nothing" } else { "" })?;
        formatter.write_str(&parts.join(", "))
    }
}

#[derive(Default)]
struct Redaction {
    /// What people chose, and what stands in place of it.
    names: Vec<(String, String)>,
    /// The same for what has a form of its own.
    forms: HashMap<String, String>,
    replaced: Replaced,
}

impl Redaction {
    /// Collects the names in a value.
    fn collect(&mut self, value: &Value, key: &str) {
        match value {
            Value::Object(fields) => self.collect_fields(fields, key),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, key)),
            Value::String(_) if KEPT_FIELDS.contains(&key) => {}
            Value::String(text) if text.starts_with("arn:") => self.collect_arn(text),
            Value::String(text) if text.starts_with("https://") => {
                self.name(text.rsplit('/').next().unwrap_or_default());
            }
            Value::String(text) if is_name_field(key) => self.name(text),
            _ => {}
        }
    }

    /// Collects the names of who made the call.
    fn collect_people(&mut self, caller: &Map<String, Value>) {
        let text = |key: &str| caller.get(key).and_then(Value::as_str);
        let session = text("principalId").and_then(|id| id.split_once(':')).map(|(_, session)| session);
        // The session of a service says which one it is.
        let session = session.filter(|_| !caller.contains_key("invokedBy"));
        [text("userName"), session].into_iter().flatten().for_each(|name| self.person(name));
    }

    fn collect_fields(&mut self, fields: &Map<String, Value>, key: &str) {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        // The name of a state, such as `pending`, has a code beside it.
        if fields.contains_key("code") {
            return;
        }
        let is_tag = (fields.contains_key("key") || fields.contains_key("Key")) && fields.len() <= 2;
        let tag = if is_tag { text("value").or_else(|| text("Value")) } else { None };
        if let Some(value) = tag {
            self.name(value);
        }
        for (name, value) in fields {
            match value {
                Value::String(value) if key.eq_ignore_ascii_case("tags") && !is_tag => self.name(value),
                _ => self.collect(value, name),
            }
        }
    }

    /// Collects the names in an ARN: all parts of the resource but its type.
    fn collect_arn(&mut self, arn: &str) {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, account, resource) = (parts.next(), parts.nth(1), parts.next());
        if account == Some("aws") {
            return;
        }
        let names: Vec<_> = resource.unwrap_or_default().split([':', '/']).collect();
        // Of S3, SNS and SQS, the name is all.
        let is_typed = names.len() > 1 && service != Some("s3");
        for name in names.iter().skip(usize::from(is_typed)) {
            if !ARN_WORDS.contains(name) && !name.ends_with(".amazonaws.com") {
                self.name(name);
            }
        }
    }

    fn person(&mut self, name: &str) {
        if self.is_new(name) {
            let replacement = PEOPLE.get(self.replaced.people).map(|name| (*name).to_owned());
            self.replaced.people += 1;
            let replacement = replacement.unwrap_or_else(|| format!("person-{}", self.replaced.people));
            self.names.push((name.into(), replacement));
        }
    }

    fn name(&mut self, name: &str) {
        if self.is_new(name) {
            self.replaced.names += 1;
            self.names.push((name.into(), format!("name-{}", self.replaced.names)));
        }
    }

    /// Whether it is a name, and has not been seen.
    fn is_new(&self, name: &str) -> bool {
        !name.is_empty()
            && !OF_AWS.iter().any(|begin| name.starts_with(begin))
            && !name.bytes().all(|byte| byte == b'*')
            && !is_place(name)
            && name.parse::<IpAddr>().is_err()
            && PATTERNS.as_ref().and_then(|patterns| patterns.find(name)).is_none_or(|found| found.as_str() != name)
            && !self.names.iter().any(|(other, _)| other == name)
    }

    /// Replaces everything in a value.
    fn rewrite(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| self.rewrite(value, key)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.rewrite(item, key)),
            Value::String(text) if !KEPT_FIELDS.contains(&key) => *text = self.text(text),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        if let Some((_, replacement)) = self.names.iter().find(|(name, _)| name == text) {
            return replacement.clone();
        }
        if let Some(address) = self.address(text) {
            return address;
        }
        let Some(patterns) = PATTERNS.as_ref() else { return String::new() };
        // First the forms, since a name may be one; what they are replaced by holds no name.
        let formed = patterns.replace_all(text, |captures: &Captures<'_>| self.form(captures)).into_owned();
        if let Some(arn) = formed.strip_prefix("arn:") {
            // Neither the service nor the Region is a name, even if one is called so.
            let mut parts: Vec<_> = arn.splitn(5, ':').map(str::to_owned).collect();
            if let [.., resource] = &mut *parts {
                *resource = self.without_names(resource);
            }
            return format!("arn:{}", parts.join(":"));
        }
        self.without_names(&formed)
    }

    /// An IP address, also one with a prefix that leaves a single one.
    fn address(&mut self, text: &str) -> Option<String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix @ ("32" | "128"))) => (address, format!("/{prefix}")),
            Some(_) => return None,
            None => (text, String::new()),
        };
        let kind = address.parse::<IpAddr>().ok()?;
        let count = &mut self.replaced.addresses;
        let replacement = self.forms.entry(address.into()).or_insert_with(|| {
            *count += 1;
            if kind.is_ipv4() { format!("192.0.2.{}", *count % 256) } else { format!("2001:db8::{count:x}") }
        });
        Some(format!("{replacement}{prefix}"))
    }

    fn form(&mut self, captures: &Captures<'_>) -> String {
        let found = captures.get(0).map_or("", |found| found.as_str());
        if let Some(replacement) = self.forms.get(found) {
            return replacement.clone();
        }
        let counts = &mut self.replaced;
        let replacement = if captures.name("uuid").is_some() {
            counts.ids += 1;
            format!("00000000-0000-4000-8000-{:012x}", counts.ids)
        } else if captures.name("email").is_some() {
            counts.addresses += 1;
            format!("person-{}@example.com", counts.addresses)
        } else if captures.name("principal").is_some() {
            counts.principals += 1;
            let (kind, rest) = found.split_at(4);
            format!("{kind}{:0>width$}", format!("EXAMPLE{}", counts.principals), width = rest.len())
        } else if captures.name("mac").is_some() {
            counts.addresses += 1;
            format!("02:00:00:00:00:{:02x}", counts.addresses % 256)
        } else if captures.name("account").is_some() {
            counts.accounts += 1;
            account(counts.accounts)
        } else {
            counts.ids += 1;
            let (kind, rest) = found.rsplit_once('-').unwrap_or((found, ""));
            format!("{kind}-{:0width$x}", counts.ids, width = rest.len())
        };
        self.forms.insert(found.into(), replacement.clone());
        replacement
    }

    /// A text without the names in it, where they stand as whole words.
    fn without_names(&self, text: &str) -> String {
        let mut rest = text;
        let mut result = String::new();
        while let Some(first) = rest.chars().next() {
            let follows_word = result.chars().next_back().is_some_and(char::is_alphanumeric);
            let found = self.names.iter().find(|(name, _)| {
                let after = rest.strip_prefix(name.as_str());
                name.chars().count() >= MIN_NAME_CHARS
                    && !follows_word
                    && after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
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
}

/// The accounts of AWS's examples.
fn account(number: usize) -> String {
    const EXAMPLES: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
    EXAMPLES.get(number - 1).map_or_else(|| format!("{number:012}"), |account| (*account).into())
}

fn is_name_field(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    NAME_ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// Whether it is a Region or an Availability Zone: `eu-central-1a`.
fn is_place(text: &str) -> bool {
    let mut words = text.split('-');
    let is_letters = |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let last = words.next_back().unwrap_or_default().trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let words: Vec<_> = words.collect();
    words.len() >= 2 && words.iter().all(|word| is_letters(word)) && last.len() == 1 && last.parse::<u8>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn redacted(mut event: Value) -> Value {
        redact(&mut event);
        event
    }

    #[test]
    fn the_same_is_replaced_by_the_same_wherever_it_stands() {
        let event = redacted(json!({"detail": {
            "eventSource": "sns.amazonaws.com",
            "eventName": "CreateTopic",
            "awsRegion": "eu-central-1",
            "recipientAccountId": "987654321098",
            "sourceIPAddress": "198.51.100.7",
            "eventID": "5f0b7c1e-9d2a-4e6f-8b3c-1a2d3e4f5a6b",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAQRSTUVWXYZABCDEFG:mallory.smith",
                "arn": "arn:aws:sts::987654321098:assumed-role/billing-admin/mallory.smith",
                "accessKeyId": "ASIAQRSTUVWXYZABCDEF",
                "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "billing-admin"}}
            },
            "requestParameters": {"name": "payroll", "tags": [{"key": "team", "value": "finance"}]},
            "responseElements": {"topicArn": "arn:aws:sns:eu-central-1:987654321098:payroll"}
        }}));
        let principal = "AROA000000000EXAMPLE2";
        assert_eq!(
            event,
            json!({"detail": {
                "eventSource": "sns.amazonaws.com",
                "eventName": "CreateTopic",
                "awsRegion": "eu-central-1",
                "recipientAccountId": "111122223333",
                "sourceIPAddress": "192.0.2.1",
                "eventID": "00000000-0000-4000-8000-000000000001",
                "userIdentity": {
                    "type": "AssumedRole",
                    "principalId": format!("{principal}:alice"),
                    "arn": "arn:aws:sts::111122223333:assumed-role/name-3/alice",
                    "accessKeyId": "ASIA00000000EXAMPLE1",
                    "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "name-3"}}
                },
                "requestParameters": {"name": "name-1", "tags": [{"key": "team", "value": "name-2"}]},
                "responseElements": {"topicArn": "arn:aws:sns:eu-central-1:111122223333:name-1"}
            }})
        );
    }

    #[test]
    fn what_says_what_happened_is_kept() {
        let kept = json!({
            "source": "aws.ec2", "eventName": "CreateVolume", "invokedBy": "autoscaling.amazonaws.com", "state": "pending",
            "instanceState": {"code": 0, "name": "pending"},
            "availabilityZoneName": "eu-central-1a", "deviceName": "/dev/sda1", "size": 8, "encrypted": false,
            "roleName": "AWSServiceRoleForAutoScaling", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "cidrBlock": "10.0.0.0/16", "keyMaterial": "<sensitiveDataRemoved>",
            "userIdentity": {"type": "AWSService", "principalId": "x:AutoScaling", "invokedBy": "autoscaling.amazonaws.com"}
        });
        assert_eq!(redacted(kept.clone()), kept);
    }
}
