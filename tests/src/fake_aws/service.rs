//! The services of AWS that the fake has.

/// A service, and with it the protocol that it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// JSON 1.0, with the error codes of the older query protocol in a header.
    Sqs,
    /// A form in, XML out.
    Ec2,
    /// A form in, XML out, but wrapped in another way than EC2's.
    Sts,
}

impl Service {
    /// What requests are signed for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
        }
    }

    /// The version of the API that a form must name.
    pub fn version(self) -> Option<&'static str> {
        match self {
            Self::Sqs => None,
            Self::Ec2 => Some("2016-11-15"),
            Self::Sts => Some("2011-06-15"),
        }
    }

    /// The status and the code of its answer to too many requests.
    pub fn throttling(self) -> (u16, &'static str) {
        match self {
            Self::Sqs => (403, "RequestThrottled"),
            Self::Ec2 => (503, "RequestLimitExceeded"),
            Self::Sts => (400, "Throttling"),
        }
    }
}
