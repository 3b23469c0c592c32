//! The URL of the queue, in every form that AWS gives it.

use autotag_core::resource::is_region;
use serde::Deserialize;

use super::values::AccountId;

/// A queue's URL, such as `https://sqs.eu-central-1.amazonaws.com/111122223333/autotag`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QueueUrl(String);

impl std::str::FromStr for QueueUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let url = url.trim();
        let parts = url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('/')?)));
        match parts {
            // Credentials in it would be shown in logs; what follows a path would be taken for a part of the name.
            Some((_, (authority, path))) if authority.contains('@') || path.contains(['?', '#']) => {
                Err("a queue URL has neither credentials, a query nor a fragment in it".into())
            }
            // Without a name, no request could be about the queue.
            Some((scheme @ ("https" | "http"), (authority, path)))
                if !authority.is_empty() && !path.is_empty() && !path.ends_with('/') =>
            {
                let authority = authority.to_ascii_lowercase();
                let port = if scheme == "https" { ":443" } else { ":80" };
                Ok(Self(format!("{scheme}://{}/{path}", authority.strip_suffix(port).unwrap_or(&authority))))
            }
            _ => Err(format!(
                "`{url}` is no queue URL, which looks like https://sqs.eu-central-1.amazonaws.com/111122223333/autotag"
            )),
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

    /// The Region that the queue is in, as the URL's host says it: that of an endpoint of SQS (public, FIPS or dual
    /// stack), of a VPC endpoint, or of a legacy endpoint.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        region_of(host_of(&self.0)?)
    }

    /// The queue's ARN, in this Region if the URL says none; none if the URL says no account.
    #[must_use]
    #[cfg(feature = "full")]
    pub fn arn(&self, region: Option<&str>) -> Option<String> {
        let region = self.region().or(region)?;
        let partition = autotag_core::resource::partition_of(region);
        Some(format!("arn:{partition}:sqs:{region}:{}:{}", self.account()?, self.0.rsplit('/').next()?))
    }

    /// What is wrong if requests about the queue go to the server at `called`, the URL of a request; nothing if it is
    /// the one that this URL names.
    #[must_use]
    pub fn compare(&self, called: &str) -> Option<OtherEndpoint> {
        let (named, called) = (authority_of(&self.0)?, authority_of(called)?);
        let (named_host, called_host) = (without_port(named), without_port(called));
        let is_alias = is_legacy(named_host) && region_of(named_host) == region_of(called_host);
        let is_public = is_public(called_host);
        if named == called || (is_alias && is_public) {
            return None;
        }
        // An endpoint other than SQS's public one is called only if someone has set it.
        let fix = is_public.then(|| fix(&self.0, named_host));
        Some(OtherEndpoint { named: named.into(), called: called.into(), fix })
    }
}

/// Requests about the queue do not go to the server that its URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEndpoint {
    /// The server in the queue's URL.
    pub named: String,
    /// The server that is called.
    pub called: String,
    /// What to set so that the named one is called; none if the operator has set the other one.
    pub fix: Option<String>,
}

fn authority_of(url: &str) -> Option<&str> {
    url.split('/').nth(2)
}

fn without_port(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn host_of(url: &str) -> Option<&str> {
    authority_of(url).map(without_port)
}

/// The Region in a host's name: `sqs.REGION.…`, `sqs-fips.REGION.…`, both also behind a VPC endpoint's name; and of
/// legacy endpoints, `REGION.queue.…` or, in us-east-1, `queue.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let labels: Vec<&str> = host.split('.').collect();
    if let [region, "queue", ..] = labels[..] {
        return is_region(region).then_some(region);
    }
    if host == "queue.amazonaws.com" {
        return Some("us-east-1");
    }
    labels.windows(2).find_map(|pair| match *pair {
        ["sqs" | "sqs-fips", region] if is_region(region) => Some(region),
        _ => None,
    })
}

/// Whether it is a legacy endpoint: an alias of SQS's public endpoint.
fn is_legacy(host: &str) -> bool {
    matches!(host.split('.').collect::<Vec<_>>()[..], [_, "queue", "amazonaws", ..] | ["queue", "amazonaws", ..])
}

/// Whether it is SQS's public endpoint, which is called if nothing else is set.
fn is_public(host: &str) -> bool {
    matches!(host.split('.').collect::<Vec<_>>()[..], ["sqs", region, "amazonaws", ..] if is_region(region))
}

/// What to set so that the host in the queue's URL is called.
fn fix(url: &str, host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        ["sqs-fips", _, "api", ..] => "AWS_USE_FIPS_ENDPOINT=true and AWS_USE_DUALSTACK_ENDPOINT=true".into(),
        ["sqs-fips", _, "amazonaws", ..] => "AWS_USE_FIPS_ENDPOINT=true".into(),
        ["sqs", _, "api", ..] => "AWS_USE_DUALSTACK_ENDPOINT=true".into(),
        _ => {
            let origin: Vec<&str> = url.splitn(4, '/').take(3).collect();
            format!("AWS_ENDPOINT_URL_SQS={}", origin.join("/"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> QueueUrl {
        url.parse().unwrap()
    }

    #[test]
    fn a_queues_url_says_its_region_in_every_form_that_aws_has() {
        for (host, region) in [
            ("sqs.eu-central-1.amazonaws.com", "eu-central-1"),
            ("sqs.eu-central-1.amazonaws.com:443", "eu-central-1"),
            ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("sqs.eu-west-1.api.aws", "eu-west-1"),
            ("sqs-fips.us-east-2.api.aws", "us-east-2"),
            ("sqs.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"),
            ("vpce-0a1b2c3d4e5f-abcd1234.sqs.eu-central-1.vpce.amazonaws.com", "eu-central-1"),
            ("vpce-0a1b2c3d4e5f-abcd1234-us-east-1a.sqs.us-east-1.vpce.amazonaws.com", "us-east-1"),
            ("vpce-0a1b2c3d4e5f-abcd1234.sqs-fips.us-east-1.vpce.amazonaws.com", "us-east-1"),
            ("eu-west-1.queue.amazonaws.com", "eu-west-1"),
            ("cn-north-1.queue.amazonaws.com.cn", "cn-north-1"),
            ("queue.amazonaws.com", "us-east-1"),
            ("sqs.us-east-1.localhost.localstack.cloud:4566", "us-east-1"),
        ] {
            let url = parse(&format!("https://{host}/111122223333/autotag"));
            assert_eq!((url.account(), url.region()), (Some("111122223333"), Some(region)), "{host}");
        }
        for url in ["http://127.0.0.1:5000/111122223333/q", "https://sqs.example.com/q", "http://[::1]:9324/000/q"] {
            assert_eq!(parse(url).region(), None, "{url}");
        }
    }

    #[test]
    fn what_is_no_queues_url_is_refused() {
        for text in [
            "",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/",
            "sqs.eu-central-1.amazonaws.com/1/q",
            "https://",
            "https:///q",
            "https://sqs.eu-west-1.amazonaws.com",
        ] {
            let error = text.parse::<QueueUrl>().unwrap_err();
            assert!(error.contains("is no queue URL, which looks like https://"), "{error}");
        }
        for text in
            ["https://user:sesame@sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com/1/q?x=1"]
        {
            let error = text.parse::<QueueUrl>().unwrap_err();
            assert!(error.contains("neither credentials, a query") && !error.contains("sesame"), "{error}");
        }
        assert_eq!(parse(" http://localhost/q\n").as_str(), "http://localhost/q");
        assert_eq!(
            parse("https://sqs.eu-west-1.amazonaws.com:443/1/q").as_str(),
            "https://sqs.eu-west-1.amazonaws.com/1/q"
        );
        assert_eq!(parse("http://localhost/q").account(), None);
    }

    #[test]
    #[cfg(feature = "full")]
    fn a_queues_arn_has_the_urls_region_before_any_other() {
        let arn = |url: &str, region| parse(url).arn(region);
        let of_aws = arn("https://sqs.eu-central-1.amazonaws.com/111122223333/q", Some("us-east-1"));
        assert_eq!(of_aws.as_deref(), Some("arn:aws:sqs:eu-central-1:111122223333:q"));
        let local = |region| arn("http://127.0.0.1:5000/111122223333/q", Some(region)).unwrap();
        assert_eq!(local("us-gov-west-1"), "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:q");
        assert_eq!(local("cn-north-1"), "arn:aws-cn:sqs:cn-north-1:111122223333:q");
        assert_eq!((arn("http://localhost/q", Some("r")), arn("http://h/111122223333/q", None)), (None, None));
    }

    #[test]
    fn a_url_whose_host_is_not_called_says_what_to_set() {
        let public = "https://sqs.us-east-1.amazonaws.com/";
        let fix = |host: &str, called: &str| {
            parse(&format!("https://{host}/111122223333/q")).compare(called).map(|other| other.fix)
        };
        let set = |variables: &str| Some(Some(variables.to_owned()));
        assert_eq!(fix("sqs.us-east-1.amazonaws.com", public), None);
        assert_eq!(fix("SQS.us-east-1.amazonaws.com", public), None);
        // Other names of the same endpoint.
        assert_eq!(fix("queue.amazonaws.com", public), None);
        assert_eq!(fix("us-east-1.queue.amazonaws.com", public), None);
        assert_eq!(fix("sqs-fips.us-east-1.amazonaws.com", public), set("AWS_USE_FIPS_ENDPOINT=true"));
        assert_eq!(fix("sqs.us-east-1.api.aws", public), set("AWS_USE_DUALSTACK_ENDPOINT=true"));
        let both = "AWS_USE_FIPS_ENDPOINT=true and AWS_USE_DUALSTACK_ENDPOINT=true";
        assert_eq!(fix("sqs-fips.us-east-1.api.aws", public), set(both));
        let vpc = "vpce-0a1b2c3d4e5f-abcd1234.sqs.us-east-1.vpce.amazonaws.com";
        assert_eq!(fix(vpc, public), set(&format!("AWS_ENDPOINT_URL_SQS=https://{vpc}")));
        let local = parse("http://127.0.0.1:5000/111122223333/q").compare(public).unwrap();
        assert_eq!(local.fix.as_deref(), Some("AWS_ENDPOINT_URL_SQS=http://127.0.0.1:5000"));
        assert_eq!((local.named.as_str(), local.called.as_str()), ("127.0.0.1:5000", "sqs.us-east-1.amazonaws.com"));
        // Someone has set it.
        assert_eq!(fix("sqs.us-east-1.amazonaws.com", &format!("https://{vpc}/")), Some(None));
        assert_eq!(fix("queue.amazonaws.com", "https://sqs-fips.us-east-1.amazonaws.com/"), Some(None));
        assert_eq!(parse("http://localhost:5000/1/q").compare("http://localhost:5000/"), None);
    }
}
