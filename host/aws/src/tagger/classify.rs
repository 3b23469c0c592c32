//! What AWS's errors mean.

use std::fmt;

use autotag_core::text::{causes, words};
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

/// What a failed call says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// There were too many calls. It says nothing about this one.
    Throttled,
    /// The network or the service failed. The same call can succeed in a moment.
    Transient,
    /// One of the resources is still being made, or somebody else is at it. The same call can succeed later.
    Busy,
    /// One of the resources is not there: not yet, or not any more.
    NotFound,
    /// Something is wrong with one of the resources, and it is not known whether that passes.
    Unclear,
    /// One of the resources can never have these tags.
    BadResource,
    /// One of the resources has no room for another tag.
    TagLimit,
    /// The call can never succeed, whatever it is about.
    BadCall,
    /// The host's role lacks a permission, for the call or for one of its resources.
    NotAllowed,
    /// The host's credentials are missing, expired or wrong.
    Credentials,
}

impl Class {
    /// As metrics and logs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Busy => "busy",
            Self::NotFound => "not_found",
            Self::Unclear => "unclear",
            Self::BadResource => "bad_resource",
            Self::TagLimit => "tag_limit",
            Self::BadCall => "bad_call",
            Self::NotAllowed => "not_allowed",
            Self::Credentials => "credentials",
        }
    }

    /// Whether one resource among many may be to blame, so that the others can be tagged without it.
    pub(super) fn is_about_resources(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::NotFound | Self::Unclear | Self::BadResource | Self::TagLimit | Self::NotAllowed
        )
    }
}

/// What error codes mean. A code that begins or ends with an asterisk stands for all that end or begin like the rest of it.
///
/// What is not here means what its words say, and otherwise its status; if that says nothing, it is about one resource: the call is then
/// halved until the resource is alone, which finds out.
const TABLE: &[(&str, Class)] = &[
    ("RequestLimitExceeded", Class::Throttled),
    ("Throttling", Class::Throttled),
    ("ThrottlingException", Class::Throttled),
    ("ThrottledException", Class::Throttled),
    ("EC2ThrottledException", Class::Throttled),
    ("RequestThrottled", Class::Throttled),
    ("RequestThrottledException", Class::Throttled),
    ("TooManyRequestsException", Class::Throttled),
    ("SlowDown", Class::Throttled),
    ("PriorRequestNotComplete", Class::Throttled),
    ("BandwidthLimitExceeded", Class::Throttled),
    ("LimitExceededException", Class::Throttled),
    ("*RateExceeded", Class::Throttled),
    ("InternalError", Class::Transient),
    ("InternalFailure", Class::Transient),
    ("InternalServiceError", Class::Transient),
    ("InternalServerError", Class::Transient),
    ("InternalServiceException", Class::Transient),
    ("ServiceUnavailable", Class::Transient),
    ("ServiceUnavailableException", Class::Transient),
    ("Unavailable", Class::Transient),
    ("ServerInternal", Class::Transient),
    ("RequestTimeout", Class::Transient),
    ("RequestTimeoutException", Class::Transient),
    ("Insufficient*", Class::Transient),
    ("RetryableError", Class::Transient),
    ("*NotFound", Class::NotFound),
    ("*NotFoundException", Class::NotFound),
    ("*NotFoundFault", Class::NotFound),
    ("InvalidVpnConnectionID", Class::NotFound),
    ("*NonExistentQueue", Class::NotFound),
    ("NoSuchVersion", Class::BadCall),
    ("NoSuch*", Class::NotFound),
    ("*DoesNotExist", Class::NotFound),
    ("*DoesNotExistException", Class::NotFound),
    ("GoneException", Class::NotFound),
    ("UnknownResource*", Class::NotFound),
    ("*.Unknown", Class::NotFound),
    ("*.Malformed", Class::BadResource),
    ("NatGatewayMalformed", Class::BadResource),
    ("TagLimitExceeded*", Class::TagLimit),
    ("TagQuota*", Class::TagLimit),
    ("TooManyTags*", Class::TagLimit),
    ("OperationNotPermitted", Class::BadResource),
    ("InvalidParameterValue", Class::BadResource),
    ("InvalidParameter", Class::BadResource),
    ("*NotSupported", Class::BadResource),
    ("*Unsupported", Class::BadResource),
    ("Unsupported*", Class::BadResource),
    ("InvalidAction", Class::BadCall),
    ("InvalidParameterCombination", Class::BadCall),
    ("InvalidParameterDependency", Class::BadCall),
    ("InvalidFilter", Class::BadCall),
    ("InvalidNextToken", Class::BadCall),
    ("InvalidPaginationToken", Class::BadCall),
    ("InvalidQueryParameter", Class::BadCall),
    ("InvalidResourceType.Unknown", Class::BadCall),
    ("InvalidTagKey.Malformed", Class::BadCall),
    ("MalformedQueryString", Class::BadCall),
    ("MissingAction", Class::BadCall),
    ("MissingParameter", Class::BadCall),
    ("UnknownOperation*", Class::BadCall),
    ("UnknownParameter", Class::BadCall),
    ("UnsupportedProtocol", Class::BadCall),
    ("ValidationError", Class::BadCall),
    ("UnauthorizedOperation", Class::NotAllowed),
    ("UnauthorizedOperation.*", Class::NotAllowed),
    ("AccessDenied", Class::NotAllowed),
    ("AccessDeniedException", Class::NotAllowed),
    // EC2 says it of a resource too that one may not touch.
    ("AuthFailure", Class::NotAllowed),
    ("AccountDisabled", Class::NotAllowed),
    ("Blocked", Class::NotAllowed),
    ("DeclarativePolicies*", Class::NotAllowed),
    ("TagPolicyViolation", Class::NotAllowed),
    ("OptInRequired", Class::NotAllowed),
    ("PendingVerification", Class::NotAllowed),
    ("ExpiredToken", Class::Credentials),
    ("ExpiredTokenException", Class::Credentials),
    ("IncompleteSignature", Class::Credentials),
    ("InvalidClientTokenId", Class::Credentials),
    ("InvalidSecurity.RequestHasExpired", Class::Credentials),
    ("MissingAuthenticationToken", Class::Credentials),
    ("RequestExpired", Class::Credentials),
    ("RequestTimeTooSkewed", Class::Credentials),
    ("SignatureDoesNotMatch", Class::Credentials),
    ("UnrecognizedClientException", Class::Credentials),
];

/// What an error means.
pub(super) fn class_of(code: &str, status: u16) -> Class {
    let exact = TABLE.iter().find(|(known, _)| *known == code);
    let found = exact.or_else(|| TABLE.iter().find(|(pattern, _)| matches(pattern, code)));
    match (found, status) {
        (Some((_, class)), _) => *class,
        (None, 429) => Class::Throttled,
        (None, 500..) => Class::Transient,
        (None, status) if status == 409 || says_busy(code) => Class::Busy,
        (None, 401 | 403) => Class::NotAllowed,
        (None, 410) => Class::NotFound,
        // Of a whole call, 404 alone may be said by something that is not the service at all.
        (None, _) => Class::Unclear,
    }
}

/// Words of codes that say of a resource that it is still being made, or that somebody else is at it: `IncorrectInstanceState`,
/// `OperationAborted`, `ConcurrentModificationException`.
const BUSY: [&str; 15] = [
    "Aborted",
    "Busy",
    "Concurrent",
    "Conflict",
    "Conflicting",
    "Creating",
    "Dependency",
    "InProgress",
    "InUse",
    "Locked",
    "NotReady",
    "Pending",
    "State",
    "Status",
    "Unavailable",
];

fn says_busy(code: &str) -> bool {
    let mut words: Vec<&str> = Vec::new();
    let mut begin = 0;
    let is_new_word =
        |(at, character): &(usize, char)| *at > 0 && (character.is_ascii_uppercase() || *character == '.');
    for (at, _) in code.char_indices().filter(is_new_word).chain([(code.len(), '.')]) {
        words.extend(code.get(begin..at).map(|word| word.trim_start_matches('.')));
        begin = at;
    }
    let pairs = words.windows(2).map(<[&str]>::concat);
    words.iter().any(|word| BUSY.contains(word)) || pairs.into_iter().any(|pair| BUSY.contains(&pair.as_str()))
}

fn matches(pattern: &str, code: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => code.ends_with(end),
        (_, Some(begin)) => code.starts_with(begin),
        (None, None) => false,
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it means.
    pub class: Class,
    /// The API and AWS's words, on one line.
    pub why: String,
}

impl Failure {
    /// What the failure of a call means.
    pub fn of<E>(call: &'static str, error: SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        let class = match (error.code(), &error) {
            (Some(code), _) => class_of(code, status),
            // Nothing was sent: the request could not be signed, for want of credentials.
            (None, SdkError::ConstructionFailure(_)) => Class::Credentials,
            (None, SdkError::DispatchFailure(failure)) if failure.is_other() && failure.as_other().is_none() => {
                Class::Credentials
            }
            // A request that never arrived, or an answer that never came, has no code.
            (None, _) => Class::Transient,
        };
        let why = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{call}: {code}: {message}"),
            _ => format!("{call}: {}", causes(&error)),
        };
        Self { class, why: words(&why) }
    }

    /// The same, and where it was.
    pub fn at(self, place: &str) -> Self {
        Self { why: format!("{place}: {}", self.why), ..self }
    }

    /// Whether AWS's words name this resource, by its whole id or ARN.
    pub(super) fn names(&self, resource: &str) -> bool {
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '-';
        self.why.match_indices(resource).any(|(at, _)| {
            let (before, rest) = self.why.split_at(at);
            !before.ends_with(is_part) && !rest.strip_prefix(resource).unwrap_or(rest).starts_with(is_part)
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_found() {
        for (code, class) in TABLE {
            let code = code.replace('*', "InvalidVolume");
            assert_eq!((class_of(&code, 400), class_of(&code, 503)), (*class, *class), "{code}");
        }
    }

    #[test]
    fn no_code_stands_twice_in_the_table() {
        let mut codes: Vec<_> = TABLE.iter().map(|(code, _)| code).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }

    #[test]
    fn each_kind_of_error_means_what_ec2s_documentation_says() {
        for (code, class) in [
            ("RequestLimitExceeded", Class::Throttled),
            ("InternalError", Class::Transient),
            ("InvalidInstanceID.NotFound", Class::NotFound),
            ("InvalidNetworkInterfaceID.NotFound", Class::NotFound),
            ("InvalidInstanceID.Malformed", Class::BadResource),
            ("InvalidTagKey.Malformed", Class::BadCall),
            ("TagLimitExceeded", Class::TagLimit),
            ("TagLimitExceededException", Class::TagLimit),
            ("TooManyTags", Class::TagLimit),
            ("TooManyTagsException", Class::TagLimit),
            ("TooManyTagsFault", Class::TagLimit),
            ("MissingParameter", Class::BadCall),
            ("UnauthorizedOperation", Class::NotAllowed),
            ("RequestExpired", Class::Credentials),
        ] {
            assert_eq!(class_of(code, 400), class, "{code}");
        }
    }

    #[test]
    fn what_is_unknown_means_what_its_status_says_and_otherwise_that_one_resource_is_to_blame() {
        for (status, class) in [
            (503, Class::Transient),
            (429, Class::Throttled),
            (403, Class::NotAllowed),
            (401, Class::NotAllowed),
            (404, Class::Unclear),
            (410, Class::NotFound),
            (409, Class::Busy),
            (400, Class::Unclear),
        ] {
            assert_eq!(class_of("SomethingNew", status), class, "{status}");
        }
    }

    #[test]
    fn what_says_busy_conflict_or_state_passes() {
        for code in [
            "OperationAborted",
            "ConcurrentModificationException",
            "ConcurrentUpdateException",
            "ConcurrentAccess",
            "ConflictException",
            "ResourceInUseException",
            "IncorrectState",
            "IncorrectInstanceState",
            "InvalidDBInstanceState",
            "InvalidDBClusterStateFault",
            "InvalidServerlessCacheStateFault",
            "ResourceBusy",
            "DependencyViolation",
            "VolumeInUse",
            "InvalidSnapshot.InUse",
            "ResourceNotReadyException",
            "CreateInProgress",
        ] {
            assert_eq!(class_of(code, 400), Class::Busy, "{code}");
        }
        for code in ["InvalidStatement", "MalformedPolicyDocument", "InvalidID", "Stateless", ""] {
            assert_eq!(class_of(code, 400), Class::Unclear, "{code}");
        }
    }

    /// The list is EC2's, of April 2026. What neither CreateTags nor a Describe call answers is mostly unclear: it is waited for while the
    /// call is young, and then somebody has to look.
    #[test]
    fn every_code_that_ec2_documents_means_what_its_words_say() {
        let rows: Vec<_> =
            include_str!("classify/ec2_error_codes.tsv").lines().filter_map(|row| row.split_once('\t')).collect();
        let wrong: Vec<_> = rows.iter().filter(|(code, class)| class_of(code, 400).name() != *class).collect();
        assert!(rows.len() == 431 && wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), rows.len());
    }

    #[test]
    fn an_error_names_a_resource_only_by_its_whole_id() {
        let why = "CreateTags: InvalidInstanceID.NotFound: The instance IDs 'i-0a, i-0b' do not exist".into();
        let failure = Failure { class: Class::NotFound, why };
        assert!(failure.names("i-0a") && failure.names("i-0b") && !failure.names("i-0"));
        let why = "TagResources: arn:aws:s3:::logs-2 is not valid, nor is i-i-0a".into();
        let failure = Failure { class: Class::BadResource, why };
        assert!(failure.names("arn:aws:s3:::logs-2") && !failure.names("arn:aws:s3:::logs") && !failure.names("i-0a"));
    }
}
