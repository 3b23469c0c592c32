//! What can be tagged: ids of EC2 resources, and ARNs.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use autotag_api_calls::ec2;
use serde::Serialize;

/// The prefixes of the EC2 ids that `CreateTags` takes and that no API call of the table creates, as AWS's examples and
/// recorded responses write them.
const FURTHER_PREFIXES: [&str; 6] = ["ipv6pool-ec2", "lgw", "op-lag", "si", "sl-vif", "vpce-svc-perm"];

/// All prefixes of the EC2 ids that `CreateTags` takes. What follows the prefix and its hyphen has no further hyphen,
/// so that `eni-attach-0123` is no `eni-`.
static TAGGABLE_PREFIXES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let created = ec2::CALLS.iter().flat_map(|call| call.kinds).map(|kind| kind.prefix);
    FURTHER_PREFIXES.into_iter().chain(created.filter(|prefix| !ec2::NO_PREFIX.contains(prefix))).collect()
});

/// A resource that can be tagged.
///
/// ```
/// use autotag_core::resource::{Resource, ResourceArn, ResourceId};
///
/// let volume = ResourceId::parse("vol-0123456789abcdef0").map(Resource::Ec2).ok_or("no id")?;
/// assert_eq!(volume.as_str(), "vol-0123456789abcdef0");
/// let bucket = ResourceArn::parse("arn:aws:s3:::bobs-bucket").map(Resource::Other).ok_or("no ARN")?;
/// assert_eq!(bucket.to_string(), "arn:aws:s3:::bobs-bucket");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Resource {
    /// A resource of EC2, which EC2 itself tags.
    Ec2(ResourceId),
    /// A resource of another service, which the Resource Groups Tagging API tags.
    Other(ResourceArn),
}

impl Resource {
    /// Its id or ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ec2(id) => id.as_str(),
            Self::Other(arn) => arn.as_str(),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The id of an EC2 resource that can be tagged: `i-0123456789abcdef0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ResourceId(String);

impl ResourceId {
    /// Parses an id: a taggable prefix, and something after it. How long that is and of which characters is left to
    /// EC2, which has gone from 8 digits to 17 before, and which refuses a malformed id.
    ///
    /// ```
    /// use autotag_core::resource::ResourceId;
    ///
    /// let volume = ResourceId::parse("vol-0123456789abcdef0").ok_or("no id")?;
    /// assert_eq!(volume.prefix(), Some("vol"));
    /// assert!(volume.is_volume());
    /// // A reservation cannot be tagged.
    /// assert_eq!(ResourceId::parse("r-0123456789abcdef0"), None);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sound = match text.split_once('-') {
            Some(("fleet" | "sfr", uuid)) => is_uuid(uuid),
            // Reserved instances have nothing but a UUID.
            Some(_) if is_uuid(text) => true,
            _ => {
                text.rsplit_once('-').is_some_and(|(prefix, rest)| TAGGABLE_PREFIXES.contains(prefix) && is_word(rest))
            }
        };
        sound.then(|| Self(text.into()))
    }

    /// The text that it was parsed from: `vol-0123456789abcdef0`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its prefix: `vol`, `tgw-attach`; none if the id is a UUID and nothing else.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        match self.0.split_once('-') {
            Some((prefix @ ("fleet" | "sfr"), _)) => Some(prefix),
            _ if is_uuid(&self.0) => None,
            _ => self.0.rsplit_once('-').map(|(prefix, _)| prefix),
        }
    }

    /// Whether it is an instance's.
    ///
    /// ```
    /// # use autotag_core::resource::ResourceId;
    /// assert!(ResourceId::parse("i-0123456789abcdef0").is_some_and(|id| id.is_instance()));
    /// ```
    #[must_use]
    pub fn is_instance(&self) -> bool {
        self.0.starts_with("i-")
    }

    /// Whether it is a network interface's.
    ///
    /// ```
    /// # use autotag_core::resource::ResourceId;
    /// assert!(ResourceId::parse("eni-0123456789abcdef0").is_some_and(|id| id.is_network_interface()));
    /// ```
    #[must_use]
    pub fn is_network_interface(&self) -> bool {
        self.0.starts_with("eni-")
    }

    /// Whether it is a volume's.
    #[must_use]
    pub fn is_volume(&self) -> bool {
        self.0.starts_with("vol-")
    }

    /// Whether it is a snapshot's.
    ///
    /// ```
    /// # use autotag_core::resource::ResourceId;
    /// assert!(ResourceId::parse("snap-0123456789abcdef0").is_some_and(|id| id.is_snapshot()));
    /// ```
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        self.0.starts_with("snap-")
    }

    /// Whether it is an image's.
    ///
    /// ```
    /// # use autotag_core::resource::ResourceId;
    /// assert!(ResourceId::parse("ami-0123456789abcdef0").is_some_and(|id| id.is_image()));
    /// ```
    #[must_use]
    pub fn is_image(&self) -> bool {
        self.0.starts_with("ami-")
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether it is written like a UUID: five groups. AWS's examples take liberties with the digits.
fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_word)
}

/// The ARN of a resource that is not EC2's: `arn:aws:rds:eu-central-1:111122223333:db:orders`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ResourceArn(String);

impl ResourceArn {
    /// Parses an ARN; none if the text is none, by [`Arn::parse`].
    ///
    /// ```
    /// use autotag_core::resource::ResourceArn;
    ///
    /// let database = ResourceArn::parse("arn:aws:rds:eu-central-1:111122223333:db:orders").ok_or("no ARN")?;
    /// assert_eq!(database.as_str(), "arn:aws:rds:eu-central-1:111122223333:db:orders");
    /// assert_eq!(ResourceArn::parse("orders"), None);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Arn::parse(text).map(|_| Self(text.into()))
    }

    /// The text that it was parsed from: `arn:aws:…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An Amazon Resource Name, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// The service that the resource belongs to: `ec2`.
    pub service: &'a str,
    /// The Region; empty for resources of no Region.
    pub region: &'a str,
    /// The account; empty for resources whose names are unique without one.
    pub account: &'a str,
    /// `instance/i-0123456789abcdef0`, or whatever the service writes there.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN into its parts; none if the text is no ARN.
    ///
    /// ```
    /// use autotag_core::resource::Arn;
    ///
    /// let arn = Arn::parse("arn:aws:rds:eu-central-1:111122223333:db:orders").ok_or("no ARN")?;
    /// assert_eq!((arn.service, arn.resource, arn.name()), ("rds", "db:orders", "orders"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let (partition, service, region, account, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if partition.is_empty() || service.is_empty() || resource.is_empty() {
            return None;
        }
        Some(Self { partition, service, region, account, resource })
    }

    /// The last part of `resource`, which names the resource among those of its type.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.resource.rsplit(['/', ':']).next().unwrap_or(self.resource)
    }
}

/// Whether it is written like a Region's name.
///
/// ```
/// use autotag_core::resource::is_region;
///
/// assert!(["eu-central-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-10"].into_iter().all(is_region));
/// assert!(!["us-east1", "eu", "", "EU-central-1", "eu-central-1a", "1-2-3"].into_iter().any(is_region));
/// ```
#[must_use]
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(
        parts.as_slice(),
        [words @ .., number] if words.len() >= 2 && words.iter().all(is_word) && number.parse::<u8>().is_ok()
    )
}

/// The DNS suffix of AWS's endpoints in a Region.
///
/// ```
/// use autotag_core::resource::domain_of;
///
/// assert_eq!(domain_of("eu-central-1"), "amazonaws.com");
/// assert_eq!(domain_of("cn-north-1"), "amazonaws.com.cn");
/// ```
#[must_use]
pub fn domain_of(region: &str) -> &'static str {
    match partition_of(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// The partition that a Region is in.
///
/// ```
/// use autotag_core::resource::partition_of;
///
/// assert_eq!(partition_of("eu-central-1"), "aws");
/// assert_eq!(partition_of("us-gov-west-1"), "aws-us-gov");
/// ```
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    for (prefix, partition) in [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ] {
        if region.starts_with(prefix) {
            return partition;
        }
    }
    "aws"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taggable_ids_are_told_from_those_that_look_alike() {
        for taggable in [
            "i-0123456789abcdef0",
            "i-784cdacd",
            "eni-0123456789abcdef0",
            "tgw-attach-0123456789abcdef0",
            "vpce-svc-0123456789abcdef0",
            "fleet-12a34b55-67cd-8ef9-ba9b-9208dEXAMPLE",
            "sir-abcd1efg",
            "b847fa93-e282-4f55-b59a-1342fexample",
            "lgw-vif-grp-assoc-07145b276bEXAMPLE",
        ] {
            assert!(ResourceId::parse(taggable).is_some(), "{taggable}");
        }
        for not in [
            "eni-attach-0123456789abcdef0",
            "hro-0123456789abcdef0",
            "b847fa93-e282-4f55-b59a",
            "interface-6a08d837",
            "i-",
            "i-0123 456",
            "i-0123\n",
            "-0123",
            "0123",
            "",
            "I-0123",
            "fleet-0123",
            "aws:i-0123",
        ] {
            assert!(ResourceId::parse(not).is_none(), "{not}");
        }
    }

    #[test]
    fn what_no_call_creates_can_be_tagged_too_and_no_id_is_of_a_kind_without_a_prefix() {
        assert!(ResourceId::parse("lgw-0123456789abcdef0").is_some());
        for prefix in ec2::NO_PREFIX {
            assert!(ResourceId::parse(&format!("{prefix}-0123456789abcdef0")).is_none(), "{prefix}");
        }
        for further in FURTHER_PREFIXES {
            let is_created = ec2::CALLS.iter().flat_map(|call| call.kinds).any(|kind| kind.prefix == further);
            assert!(!is_created, "{further} is in the table of API calls");
        }
    }

    #[test]
    fn an_arn_is_taken_apart_and_named_by_its_last_part() {
        let arn = Arn::parse("arn:aws:rds:eu-central-1:111122223333:db:my-db").unwrap();
        assert_eq!(
            (arn.service, arn.region, arn.account, arn.name()),
            ("rds", "eu-central-1", "111122223333", "my-db")
        );
        assert_eq!(Arn::parse("arn:aws:s3:::bucket").unwrap().name(), "bucket");
        assert_eq!(Arn::parse("arn:aws:ec2:r:a:instance/i-1").unwrap().name(), "i-1");
        assert_eq!(Arn::parse("arn:aws:ec2"), None);
        assert_eq!(Arn::parse("arn:aws:ec2:r:a:"), None);
        assert_eq!(Arn::parse("i-0123"), None);
    }
}
