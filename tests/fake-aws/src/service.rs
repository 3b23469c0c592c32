//! The services of AWS that the fake has.

/// A service, and with it the protocol that it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// JSON 1.0, with the error codes of the older query protocol in a header.
    Sqs,
    /// A form in, XML out.
    Ec2,
    /// A form in, XML out, wrapped differently from EC2's.
    Sts,
    /// A form in, XML out, wrapped like STS's; its lists consist of `member`s.
    AutoScaling,
    /// JSON 1.1. The Resource Groups Tagging API, whose endpoint is named `tagging`.
    Tagging,
    /// JSON 1.1. EventBridge, whose endpoint is named `events`.
    EventBridge,
    /// JSON 1.1.
    CloudTrail,
    /// JSON 1.1.
    Kms,
    /// A form in, XML out, wrapped like STS's; its lists are named after their elements.
    Rds,
    /// The method, the path and the query give the action; XML out.
    S3,
}

impl Service {
    pub const ALL: [Self; 10] = [
        Self::Sqs,
        Self::Ec2,
        Self::Sts,
        Self::AutoScaling,
        Self::Tagging,
        Self::EventBridge,
        Self::CloudTrail,
        Self::Kms,
        Self::Rds,
        Self::S3,
    ];

    /// The service's name in signatures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
            Self::AutoScaling => "autoscaling",
            Self::Tagging => "tagging",
            Self::EventBridge => "events",
            Self::CloudTrail => "cloudtrail",
            Self::Kms => "kms",
            Self::Rds => "rds",
            Self::S3 => "s3",
        }
    }

    /// The API version that a form must name.
    pub fn version(self) -> Option<&'static str> {
        match self {
            Self::Sqs | Self::Tagging | Self::EventBridge | Self::CloudTrail | Self::Kms | Self::S3 => None,
            Self::Ec2 => Some("2016-11-15"),
            Self::Sts => Some("2011-06-15"),
            Self::AutoScaling => Some("2011-01-01"),
            Self::Rds => Some("2014-10-31"),
        }
    }

    /// The prefix of the action in its header, for the services that speak JSON.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::Sqs => Some("AmazonSQS."),
            Self::Tagging => Some("ResourceGroupsTaggingAPI_20170126."),
            Self::EventBridge => Some("AWSEvents."),
            Self::CloudTrail => Some("CloudTrail_20131101."),
            Self::Kms => Some("TrentService."),
            Self::Ec2 | Self::Sts | Self::AutoScaling | Self::Rds | Self::S3 => None,
        }
    }

    /// The content type of its replies, and of requests for the services that speak JSON.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Sqs => "application/x-amz-json-1.0",
            Self::Tagging | Self::EventBridge | Self::CloudTrail | Self::Kms => "application/x-amz-json-1.1",
            Self::Ec2 | Self::Sts | Self::AutoScaling | Self::Rds => "text/xml;charset=UTF-8",
            Self::S3 => "application/xml",
        }
    }

    /// The XML namespace that its replies are wrapped in.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Sqs | Self::Tagging | Self::EventBridge | Self::CloudTrail | Self::Kms | Self::S3 => "",
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::AutoScaling => "http://autoscaling.amazonaws.com/doc/2011-01-01/",
            Self::Rds => "http://rds.amazonaws.com/doc/2014-10-31/",
        }
    }

    /// The name of one of its actions in IAM policies.
    pub fn in_policies(self, action: &str) -> String {
        match (self, action) {
            (Self::Tagging, action) => format!("tag:{action}"),
            (Self::S3, "ListBuckets") => "s3:ListAllMyBuckets".to_owned(),
            (service, action) => format!("{}:{action}", service.name()),
        }
    }

    /// Status and code for a request that no policy allows.
    pub fn denial(self) -> (u16, &'static str) {
        match self {
            Self::Ec2 => (403, "UnauthorizedOperation"),
            Self::Sqs | Self::Sts | Self::AutoScaling | Self::Rds | Self::S3 => (403, "AccessDenied"),
            Self::Tagging | Self::EventBridge | Self::CloudTrail | Self::Kms => (400, "AccessDeniedException"),
        }
    }

    /// Status and code for a throttled request.
    pub fn throttling(self) -> (u16, &'static str) {
        match self {
            Self::Sqs => (403, "RequestThrottled"),
            Self::Ec2 => (503, "RequestLimitExceeded"),
            Self::Sts | Self::AutoScaling | Self::Rds => (400, "Throttling"),
            Self::S3 => (503, "SlowDown"),
            Self::Tagging => (400, "ThrottledException"),
            Self::EventBridge | Self::CloudTrail | Self::Kms => (400, "ThrottlingException"),
        }
    }
}
