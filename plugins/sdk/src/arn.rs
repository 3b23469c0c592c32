//! ARNs: read from a response, or put together where the response has none.

use crate::{CloudTrailRecord, Event, Failure};

/// The scope in which a resource's name is unique. It decides whether the ARN holds a Region and an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A Region of an account, as for nearly everything: `arn:aws:rds:eu-central-1:111122223333:db:orders`.
    Region,
    /// An account: `arn:aws:rds::111122223333:global-cluster:orders`.
    Account,
    /// All accounts: `arn:aws:s3:::orders`.
    Partition,
}

/// The ARN of a resource of the event's service, with the event's account and Region as far as `scope` asks for them.
/// `resource` is the part behind the account: `db:orders`.
///
/// ```
/// use autotag_plugin_sdk::arn::{Scope, arn};
/// use autotag_plugin_sdk::testing::api_call;
///
/// let event = api_call("aws.rds", r#"{"awsRegion": "cn-north-1", "recipientAccountId": "111122223333"}"#);
/// assert_eq!(arn(&event, Scope::Region, "db:orders"), "arn:aws-cn:rds:cn-north-1:111122223333:db:orders");
/// assert_eq!(arn(&event, Scope::Account, "global-cluster:all"), "arn:aws-cn:rds::111122223333:global-cluster:all");
/// ```
#[must_use]
pub fn arn(event: &Event, scope: Scope, resource: &str) -> String {
    let service = event.source.strip_prefix("aws.").unwrap_or(&event.source);
    let (region, account) = match scope {
        Scope::Region => (event.region.as_str(), event.account.as_str()),
        Scope::Account => ("", event.account.as_str()),
        Scope::Partition => ("", ""),
    };
    format!("arn:{}:{service}:{region}:{account}:{resource}", partition_of(&event.region))
}

/// The partition that a Region is in. The host has the same table, and refuses an ARN of another partition.
fn partition_of(region: &str) -> &'static str {
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

/// Where the record of an API call has the ARN of what it created, or the name to put the ARN together from: paths, as
/// [`CloudTrailRecord::response_strings`] and [`CloudTrailRecord::request_strings`] take them.
///
/// ```
/// use autotag_plugin_sdk::CloudTrailRecord;
/// use autotag_plugin_sdk::arn::{ArnPaths, Scope};
/// use autotag_plugin_sdk::testing::api_call;
///
/// const DATABASE: ArnPaths = ArnPaths {
///     arn: &["dBInstanceArn"],
///     scope: Scope::Region,
///     resource_prefix: "db:",
///     in_response: &["dBInstanceIdentifier"],
///     in_request: &["dBInstanceIdentifier"],
/// };
///
/// // The response has the name but no ARN.
/// let event = api_call(
///     "aws.rds",
///     r#"{"eventName": "CreateDBInstance", "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
///         "responseElements": {"dBInstanceIdentifier": "orders"}}"#,
/// );
/// let record = CloudTrailRecord::parse(&event.detail).unwrap();
/// assert_eq!(DATABASE.created(&event, &record).unwrap(), ["arn:aws:rds:eu-central-1:111122223333:db:orders"]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ArnPaths {
    /// The paths of the ARN in the response.
    pub arn: &'static [&'static str],
    /// The scope in which the name is unique.
    pub scope: Scope,
    /// What the ARN has between the account and the name: `db:`.
    pub resource_prefix: &'static str,
    /// The paths of the name in the response.
    pub in_response: &'static [&'static str],
    /// The paths of the name in the request.
    pub in_request: &'static [&'static str],
}

impl ArnPaths {
    /// The ARNs of what the API call created: those in its response; else one with the name in the response; else one
    /// with the name in the request. Some API calls never have a response, and CloudTrail omits a long response as a
    /// whole. Where a response has other ARNs, the host accepts none that is put together from a name.
    ///
    /// A name is taken as the record writes it, since the host looks for it there. RDS changes some names to lower
    /// case, which a response shows and a request does not.
    ///
    /// ```
    /// use autotag_plugin_sdk::CloudTrailRecord;
    /// use autotag_plugin_sdk::arn::{ArnPaths, Scope};
    /// use autotag_plugin_sdk::testing::api_call;
    ///
    /// const CLUSTER: ArnPaths = ArnPaths {
    ///     arn: &["dBClusterArn"],
    ///     scope: Scope::Region,
    ///     resource_prefix: "cluster:",
    ///     in_response: &["dBClusterIdentifier"],
    ///     in_request: &["dBClusterIdentifier"],
    /// };
    ///
    /// // CloudTrail has omitted the response, but the request has the name.
    /// let event = api_call(
    ///     "aws.rds",
    ///     r#"{"eventName": "CreateDBCluster", "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
    ///         "requestParameters": {"dBClusterIdentifier": "orders"}, "responseElements": {"omitted": true}}"#,
    /// );
    /// let record = CloudTrailRecord::parse(&event.detail)?;
    /// assert_eq!(CLUSTER.created(&event, &record)?, ["arn:aws:rds:eu-central-1:111122223333:cluster:orders"]);
    /// # Ok::<(), autotag_plugin_sdk::Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::Malformed`] if the record has nothing or no string at these paths, or if a name there has a `:` or
    /// `/`, which no name can have. It says which parts CloudTrail has omitted.
    pub fn created(&self, event: &Event, record: &CloudTrailRecord<'_>) -> Result<Vec<String>, Failure> {
        if record.has_response() {
            let arns = record.response_strings(self.arn)?;
            if !arns.is_empty() {
                return Ok(arns);
            }
            if let Some(name) = record.response_strings(self.in_response)?.first() {
                return Ok(vec![self.of(event, record, name)?]);
            }
        }
        match record.request_strings(self.in_request)?.first() {
            Some(name) => Ok(vec![self.of(event, record, name)?]),
            None => Err(self.named_nowhere(record)),
        }
    }

    fn named_nowhere(&self, record: &CloudTrailRecord<'_>) -> Failure {
        let response = match record.omitted_response() {
            Some(omission) => omission.to_string(),
            None => format!("responseElements has no {}", [self.arn, self.in_response].concat().join(" or ")),
        };
        let request = match record.omitted_request() {
            _ if self.in_request.is_empty() => String::new(),
            Some(omission) => format!(", and {omission}"),
            None => format!(", and requestParameters has no {}", self.in_request.join(" or ")),
        };
        Failure::Malformed(format!("{}: {response}{request}", record.event_name))
    }

    fn of(&self, event: &Event, record: &CloudTrailRecord<'_>, name: &str) -> Result<String, Failure> {
        // These separate the parts of an ARN. No name can have one of them, and the ARN with such a name would be
        // another resource's.
        if name.contains([':', '/']) {
            return Err(Failure::Malformed(format!("{}: `{name}` is no name", record.event_name)));
        }
        Ok(arn(event, self.scope, &format!("{}{name}", self.resource_prefix)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::api_call;

    const DATABASE: ArnPaths = ArnPaths {
        arn: &["dBInstanceArn"],
        scope: Scope::Region,
        resource_prefix: "db:",
        in_response: &["dBInstanceIdentifier"],
        in_request: &["targetDBInstanceIdentifier"],
    };

    fn event(source: &str, region: &str, detail: &str) -> Event {
        Event { region: region.into(), account: "111122223333".into(), ..api_call(source, detail) }
    }

    fn created(paths: ArnPaths, request: &str, response: &str) -> Result<Vec<String>, Failure> {
        let detail =
            format!(r#"{{"eventName": "CreateIt", "requestParameters": {request}, "responseElements": {response}}}"#);
        let event = event("aws.rds", "eu-central-1", &detail);
        paths.created(&event, &CloudTrailRecord::parse(&event.detail).unwrap())
    }

    #[track_caller]
    fn assert_malformed(paths: ArnPaths, request: &str, response: &str, words: &str) {
        match created(paths, request, response) {
            Err(Failure::Malformed(text)) => assert!(text.contains(words), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_arn_has_the_partition_the_service_and_the_place_of_the_event() {
        for (region, partition) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            let event = event("aws.rds", region, "{}");
            let expected = format!("arn:{partition}:rds:{region}:111122223333:db:orders");
            assert_eq!(arn(&event, Scope::Region, "db:orders"), expected);
        }
        let event = event("aws.s3", "cn-north-1", "{}");
        assert_eq!(arn(&event, Scope::Account, "x:orders"), "arn:aws-cn:s3::111122223333:x:orders");
        assert_eq!(arn(&event, Scope::Partition, "orders"), "arn:aws-cn:s3:::orders");
    }

    #[test]
    fn the_arn_in_the_response_comes_before_the_name_there_and_that_before_the_name_in_the_request() {
        let request = r#"{"targetDBInstanceIdentifier": "Asked"}"#;
        let both = r#"{"dBInstanceIdentifier": "named", "dBInstanceArn": "arn:aws:rds:eu-central-1:111122223333:db:answered"}"#;
        for (response, name) in
            [(both, "answered"), (r#"{"dBInstanceIdentifier": "named"}"#, "named"), ("null", "Asked")]
        {
            let expected = format!("arn:aws:rds:eu-central-1:111122223333:db:{name}");
            assert_eq!(created(DATABASE, request, response), Ok(vec![expected]));
        }
    }

    #[test]
    fn an_arn_that_the_request_has_too_is_left_to_the_host_to_refuse() {
        // If it were left out in silence, a caller who writes it into a tag would leave no trace.
        let arn = "arn:aws:rds:eu-central-1:111122223333:db:orders";
        let request = format!(r#"{{"tags": [{{"key": "x", "value": "{arn}"}}]}}"#);
        assert_eq!(created(DATABASE, &request, &format!(r#"{{"dBInstanceArn": "{arn}"}}"#)), Ok(vec![arn.into()]));
    }

    #[test]
    fn another_shape_is_malformed_and_says_what_is_missing_where() {
        let request = r#"{"targetDBInstanceIdentifier": "asked"}"#;
        let words = "CreateIt: responseElements has no dBInstanceArn or dBInstanceIdentifier";
        assert_malformed(DATABASE, "{}", "{}", words);
        assert_malformed(DATABASE, "{}", r#"{"dBInstanceArn": {}}"#, words);
        assert_malformed(DATABASE, request, r#"{"dBInstanceArn": 7}"#, "a number where a string was expected");
        assert_malformed(
            DATABASE,
            request,
            r#"{"dBInstanceIdentifier": true}"#,
            "a boolean where a string was expected",
        );
        let words = "dBInstanceIdentifier, and requestParameters has no targetDBInstanceIdentifier";
        assert_malformed(DATABASE, "null", "null", words);
        assert_malformed(DATABASE, r#"{"targetDBInstanceIdentifier": ""}"#, "null", words);
        let words = "requestParameters is of another shape: a number where a string was expected";
        assert_malformed(DATABASE, r#"{"targetDBInstanceIdentifier": 7}"#, "null", words);
        let words = "CreateIt: `old:orders` is no name";
        assert_malformed(DATABASE, "{}", r#"{"dBInstanceIdentifier": "old:orders"}"#, words);
        let by_the_service = ArnPaths { in_request: &[], ..DATABASE };
        let words = "CreateIt: responseElements has no dBInstanceArn or dBInstanceIdentifier";
        assert_malformed(by_the_service, request, "null", words);
    }

    const OMITTED: &str = r#"{"omitted": true, "originalSize": 139021, "reason": "too large"}"#;

    #[test]
    fn where_cloudtrail_has_omitted_the_response_the_name_in_the_request_will_do() {
        let request = r#"{"targetDBInstanceIdentifier": "asked"}"#;
        let arn = "arn:aws:rds:eu-central-1:111122223333:db:asked";
        assert_eq!(created(DATABASE, request, OMITTED), Ok(vec![arn.into()]));
        let words = "CreateIt: CloudTrail has omitted responseElements (139021 bytes: too large), \
                     and requestParameters has no targetDBInstanceIdentifier";
        assert_malformed(DATABASE, "{}", OMITTED, words);
        let by_the_service = ArnPaths { in_request: &[], ..DATABASE };
        let words = "CreateIt: CloudTrail has omitted responseElements (139021 bytes: too large)";
        assert_malformed(by_the_service, request, OMITTED, words);
    }

    #[test]
    fn where_cloudtrail_has_omitted_the_request_the_response_has_to_name_it() {
        let arn = "arn:aws:rds:eu-central-1:111122223333:db:orders";
        assert_eq!(created(DATABASE, OMITTED, r#"{"dBInstanceIdentifier": "orders"}"#), Ok(vec![arn.into()]));
        let words = "dBInstanceIdentifier, and CloudTrail has omitted requestParameters (139021 bytes: too large)";
        assert_malformed(DATABASE, OMITTED, "null", words);
        let words = "CreateIt: CloudTrail has omitted responseElements (139021 bytes: too large), \
                     and CloudTrail has omitted requestParameters (139021 bytes: too large)";
        assert_malformed(DATABASE, OMITTED, OMITTED, words);
    }
}
