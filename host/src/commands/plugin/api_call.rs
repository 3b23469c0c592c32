//! An API call, as a plugin's author names it on the command line.

use std::fmt;
use std::str::FromStr;

use heck::ToKebabCase;

/// A service as CloudTrail names it, without `.amazonaws.com`: `sns`.
#[derive(Debug, Clone)]
pub struct Service(String);

/// The name of an API call as CloudTrail writes it: `CreateTopic`.
#[derive(Debug, Clone)]
pub struct CallName(String);

/// Where `responseElements` names what the call created: `topicArn`, `cluster.clusterArn`.
#[derive(Debug, Clone)]
pub struct IdPath(String);

impl Service {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As CloudTrail names it: `sns.amazonaws.com`.
    pub(super) fn event_source(&self) -> String {
        format!("{}.amazonaws.com", self.0)
    }
}

impl IdPath {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl CallName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// How a file is called that holds an event of it: `create-topic` of `CreateTopic`.
    pub(super) fn file_stem(&self) -> String {
        self.0.to_kebab_case()
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix("aws.").unwrap_or(text);
        let name = name.strip_suffix(".amazonaws.com").unwrap_or(name);
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_letter) {
            return Err("a service is what CloudTrail's eventSource begins with: `sns` of sns.amazonaws.com".into());
        }
        Ok(Self(name.into()))
    }
}

impl FromStr for CallName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !text.starts_with(|first: char| first.is_ascii_uppercase()) || !text.bytes().all(is_letter) {
            return Err("an API call's name is CloudTrail's eventName: `CreateTopic`".into());
        }
        Ok(Self(text.into()))
    }
}

impl FromStr for IdPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("responseElements.").unwrap_or(text);
        let is_field = |field: &str| {
            field.starts_with(|first: char| first.is_ascii_alphabetic())
                && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        };
        if !path.split('.').all(is_field) {
            return Err("the id is a field of responseElements, or fields with dots between them: `cluster.arn`".into());
        }
        Ok(Self(path.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_its_call() {
        for (call, name) in [
            ("CreateTopic", "create-topic"),
            ("CreateDBInstance", "create-db-instance"),
            ("CreateFunction2020_05_31", "create-function2020-05-31"),
            ("CreateFunction20150331", "create-function20150331"),
        ] {
            assert_eq!(call.parse::<CallName>().unwrap().file_stem(), name);
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_is_one() {
        for service in ["", "SNS", "sns amazonaws", "aws."] {
            assert!(service.parse::<Service>().unwrap_err().contains("sns.amazonaws.com"), "{service}");
        }
        for call in ["", "createTopic", "Create Topic", "Create-Topic"] {
            assert!(call.parse::<CallName>().unwrap_err().contains("CreateTopic"), "{call}");
        }
        for path in ["", "topic arn", "a..b", ".a", "$.a"] {
            assert!(path.parse::<IdPath>().unwrap_err().contains("cluster.arn"), "{path}");
        }
    }
}
