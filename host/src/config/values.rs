//! Values that are checked when they are read, from a flag, the environment or the file.

use autotag_core::resource::domain_of;
use serde::Deserialize;

/// An AWS account's number: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct AccountId(pub(super) String);

impl std::str::FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(format!("`{text}` is no account id, which has 12 digits"))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The name of a role, with its path if it has one: `autotag`, `service/autotag`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct RoleName(pub(super) String);

impl std::str::FromStr for RoleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim_start_matches('/');
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        if !name.is_empty() && name.len() <= 512 && name.bytes().all(is_allowed) {
            Ok(Self(name.into()))
        } else {
            Err(format!("`{text}` is no role's name; it is the same in every account, so an ARN is not one either"))
        }
    }
}

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A queue's URL: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; a local AWS's says no Region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QueueUrl(String);

impl std::str::FromStr for QueueUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if url.starts_with("https://") || url.starts_with("http://") {
            Ok(Self(url.into()))
        } else {
            Err(format!(
                "`{url}` is no queue URL, which looks like https://sqs.eu-central-1.amazonaws.com/111122223333/autotag"
            ))
        }
    }
}

impl TryFrom<String> for QueueUrl {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        url.parse()
    }
}

impl QueueUrl {
    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The account that the queue is in.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        let account = self.0.rsplit('/').nth(1)?;
        account.parse::<AccountId>().is_ok().then_some(account)
    }

    /// The Region that the queue is in.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let host = self.0.split('/').nth(2)?;
        let (region, domain) = host.strip_prefix("sqs.")?.split_once('.')?;
        domain.starts_with(domain_of(region)).then_some(region)
    }

    /// The queue's ARN, in this Region if the URL says none; none if the URL says no account.
    #[must_use]
    #[cfg(feature = "full")]
    pub fn arn(&self, region: Option<&str>) -> Option<String> {
        let region = self.region().or(region)?;
        let partition = autotag_core::resource::partition_of(region);
        Some(format!("arn:{partition}:sqs:{region}:{}:{}", self.account()?, self.0.rsplit('/').next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queues_url_says_its_account_and_its_region() {
        let of = |url: &str| {
            let url: QueueUrl = url.parse().unwrap();
            (url.account().map(ToOwned::to_owned), url.region().map(ToOwned::to_owned))
        };
        let (account, region) = of("https://sqs.eu-central-1.amazonaws.com/111122223333/q");
        assert_eq!((account.as_deref(), region.as_deref()), (Some("111122223333"), Some("eu-central-1")));
        let (_, region) = of("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q");
        assert_eq!(region.as_deref(), Some("cn-north-1"));
        let (_, region) = of("https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/q");
        assert_eq!(region.as_deref(), Some("eusc-de-east-1"));
        assert_eq!(of("http://127.0.0.1:5000/111122223333/q"), (Some("111122223333".into()), None));
        assert_eq!(of("http://localhost/q"), (None, None));
        let arn = |url: &str, region| url.parse::<QueueUrl>().unwrap().arn(region);
        let of_aws = arn("https://sqs.eu-central-1.amazonaws.com/111122223333/q", Some("us-east-1"));
        assert_eq!(of_aws.as_deref(), Some("arn:aws:sqs:eu-central-1:111122223333:q"));
        let local = |region| arn("http://127.0.0.1:5000/111122223333/q", Some(region)).unwrap();
        assert_eq!(local("us-gov-west-1"), "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:q");
        assert_eq!(local("cn-north-1"), "arn:aws-cn:sqs:cn-north-1:111122223333:q");
        assert_eq!((arn("http://localhost/q", Some("r")), arn("http://h/111122223333/q", None)), (None, None));
        assert!("".parse::<QueueUrl>().unwrap_err().contains("is no queue URL, which looks like https://"));
    }
}
