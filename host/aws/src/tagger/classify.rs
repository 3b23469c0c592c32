//! What AWS's errors mean.

use std::fmt;

use autotag_core::text::{error_chain, sanitize};
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

/// What a failed request says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AwsErrorKind {
    /// There were too many requests. It says nothing about this one.
    Throttled,
    /// The network or the service failed. The same request can succeed in a moment.
    Transient,
    /// One of the resources is still being made, or another operation is at it. The same request can succeed later.
    Busy,
    /// One of the resources is not there: not yet, or not any more.
    NotFound,
    /// Something is wrong with one of the resources, and it is not known whether that is transient.
    Unclear,
    /// One of the resources can never have these tags.
    BadResource,
    /// One of the resources has no room for another tag.
    TagLimit,
    /// The request can never succeed, whatever resources it is about.
    BadRequest,
    /// The host's role lacks a permission, for the request or for one of its resources.
    NotAllowed,
    /// The host's credentials are missing, expired or wrong.
    Credentials,
}

impl AwsErrorKind {
    /// Its name in metrics and logs.
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
            Self::BadRequest => "bad_call",
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

/// What error codes mean. A code that begins or ends with an asterisk stands for all that end or begin like the rest of
/// it.
///
/// A code that is not here is judged by its status and by the words in it. If those say nothing, it is about one
/// resource: the request is then halved until that resource is alone.
const TABLE: &[(&str, AwsErrorKind)] = &[
    ("RequestLimitExceeded", AwsErrorKind::Throttled),
    ("Throttling", AwsErrorKind::Throttled),
    ("ThrottlingException", AwsErrorKind::Throttled),
    ("ThrottledException", AwsErrorKind::Throttled),
    ("EC2ThrottledException", AwsErrorKind::Throttled),
    ("RequestThrottled", AwsErrorKind::Throttled),
    ("RequestThrottledException", AwsErrorKind::Throttled),
    ("TooManyRequestsException", AwsErrorKind::Throttled),
    ("SlowDown", AwsErrorKind::Throttled),
    ("PriorRequestNotComplete", AwsErrorKind::Throttled),
    ("BandwidthLimitExceeded", AwsErrorKind::Throttled),
    ("LimitExceededException", AwsErrorKind::Throttled),
    ("*RateExceeded", AwsErrorKind::Throttled),
    ("InternalError", AwsErrorKind::Transient),
    ("InternalFailure", AwsErrorKind::Transient),
    ("InternalServiceError", AwsErrorKind::Transient),
    ("InternalServerError", AwsErrorKind::Transient),
    ("InternalServiceException", AwsErrorKind::Transient),
    ("ServiceUnavailable", AwsErrorKind::Transient),
    ("ServiceUnavailableException", AwsErrorKind::Transient),
    ("Unavailable", AwsErrorKind::Transient),
    ("ServerInternal", AwsErrorKind::Transient),
    ("RequestTimeout", AwsErrorKind::Transient),
    ("RequestTimeoutException", AwsErrorKind::Transient),
    ("Insufficient*", AwsErrorKind::Transient),
    ("RetryableError", AwsErrorKind::Transient),
    ("*NotFound", AwsErrorKind::NotFound),
    ("*NotFoundException", AwsErrorKind::NotFound),
    ("*NotFoundFault", AwsErrorKind::NotFound),
    ("InvalidVpnConnectionID", AwsErrorKind::NotFound),
    ("*NonExistentQueue", AwsErrorKind::NotFound),
    ("NoSuchVersion", AwsErrorKind::BadRequest),
    ("NoSuch*", AwsErrorKind::NotFound),
    ("*DoesNotExist", AwsErrorKind::NotFound),
    ("*DoesNotExistException", AwsErrorKind::NotFound),
    ("GoneException", AwsErrorKind::NotFound),
    ("UnknownResource*", AwsErrorKind::NotFound),
    ("*.Unknown", AwsErrorKind::NotFound),
    ("*.Malformed", AwsErrorKind::BadResource),
    ("NatGatewayMalformed", AwsErrorKind::BadResource),
    ("TagLimitExceeded*", AwsErrorKind::TagLimit),
    ("TagQuota*", AwsErrorKind::TagLimit),
    ("TooManyTags*", AwsErrorKind::TagLimit),
    ("OperationNotPermitted", AwsErrorKind::BadResource),
    ("InvalidParameterValue", AwsErrorKind::BadResource),
    ("InvalidParameter", AwsErrorKind::BadResource),
    ("*NotSupported", AwsErrorKind::BadResource),
    ("*Unsupported", AwsErrorKind::BadResource),
    ("Unsupported*", AwsErrorKind::BadResource),
    ("InvalidAction", AwsErrorKind::BadRequest),
    ("InvalidParameterCombination", AwsErrorKind::BadRequest),
    ("InvalidParameterDependency", AwsErrorKind::BadRequest),
    ("InvalidFilter", AwsErrorKind::BadRequest),
    ("InvalidNextToken", AwsErrorKind::BadRequest),
    ("InvalidPaginationToken", AwsErrorKind::BadRequest),
    ("InvalidQueryParameter", AwsErrorKind::BadRequest),
    ("InvalidResourceType.Unknown", AwsErrorKind::BadRequest),
    ("InvalidTagKey.Malformed", AwsErrorKind::BadRequest),
    ("MalformedQueryString", AwsErrorKind::BadRequest),
    ("MissingAction", AwsErrorKind::BadRequest),
    ("MissingParameter", AwsErrorKind::BadRequest),
    ("UnknownOperation*", AwsErrorKind::BadRequest),
    ("UnknownParameter", AwsErrorKind::BadRequest),
    ("UnsupportedProtocol", AwsErrorKind::BadRequest),
    ("ValidationError", AwsErrorKind::BadRequest),
    ("UnauthorizedOperation", AwsErrorKind::NotAllowed),
    ("UnauthorizedOperation.*", AwsErrorKind::NotAllowed),
    ("AccessDenied", AwsErrorKind::NotAllowed),
    ("AccessDeniedException", AwsErrorKind::NotAllowed),
    // EC2 says it also of a resource that the host may not touch.
    ("AuthFailure", AwsErrorKind::NotAllowed),
    ("AccountDisabled", AwsErrorKind::NotAllowed),
    ("Blocked", AwsErrorKind::NotAllowed),
    ("DeclarativePolicies*", AwsErrorKind::NotAllowed),
    ("TagPolicyViolation", AwsErrorKind::NotAllowed),
    ("OptInRequired", AwsErrorKind::NotAllowed),
    ("PendingVerification", AwsErrorKind::NotAllowed),
    ("ExpiredToken", AwsErrorKind::Credentials),
    ("ExpiredTokenException", AwsErrorKind::Credentials),
    ("IncompleteSignature", AwsErrorKind::Credentials),
    ("InvalidClientTokenId", AwsErrorKind::Credentials),
    ("InvalidSecurity.RequestHasExpired", AwsErrorKind::Credentials),
    ("MissingAuthenticationToken", AwsErrorKind::Credentials),
    ("RequestExpired", AwsErrorKind::Credentials),
    ("RequestTimeTooSkewed", AwsErrorKind::Credentials),
    ("SignatureDoesNotMatch", AwsErrorKind::Credentials),
    ("UnrecognizedClientException", AwsErrorKind::Credentials),
];

/// What an error with this code and HTTP status means.
pub(super) fn kind_of(code: &str, status: u16) -> AwsErrorKind {
    let exact = TABLE.iter().find(|(known, _)| *known == code);
    let found = exact.or_else(|| TABLE.iter().find(|(pattern, _)| matches(pattern, code)));
    match (found, status) {
        (Some((_, kind)), _) => *kind,
        (None, 429) => AwsErrorKind::Throttled,
        (None, 500..) => AwsErrorKind::Transient,
        (None, status) if status == 409 || says_busy(code) => AwsErrorKind::Busy,
        (None, 401 | 403) => AwsErrorKind::NotAllowed,
        (None, 410) => AwsErrorKind::NotFound,
        // Of a whole request, a bare 404 may come from something that is not the service at all.
        (None, _) => AwsErrorKind::Unclear,
    }
}

/// Words of codes that say of a resource that it is still being made, or that another operation is at it:
/// `IncorrectInstanceState`, `OperationAborted`, `ConcurrentModificationException`.
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

/// A request to AWS that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// What it means for the resources, and for another try.
    pub kind: AwsErrorKind,
    /// The API and AWS's message, on one line.
    pub why: String,
}

impl AwsError {
    /// What the failure of a request means; `operation` is its name in AWS.
    pub fn of<E>(operation: &'static str, error: SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        let kind = match (error.code(), &error) {
            (Some(code), _) => kind_of(code, status),
            // Nothing was sent: the request could not be signed, since there were no credentials.
            (None, SdkError::ConstructionFailure(_)) => AwsErrorKind::Credentials,
            (None, SdkError::DispatchFailure(failure)) if failure.is_other() && failure.as_other().is_none() => {
                AwsErrorKind::Credentials
            }
            // A request that never arrived, or an answer that never came, has no code.
            (None, _) => AwsErrorKind::Transient,
        };
        let why = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{operation}: {code}: {message}"),
            _ => format!("{operation}: {}", error_chain(&error)),
        };
        Self { kind, why: sanitize(&why) }
    }

    /// The same error, with its context before its text: in which account, or in which account and Region.
    pub fn in_context(self, context: &str) -> Self {
        Self { why: format!("{context}: {}", self.why), ..self }
    }

    /// Whether AWS's message names this resource, by its whole id or ARN.
    pub(super) fn names(&self, resource: &str) -> bool {
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '-';
        self.why.match_indices(resource).any(|(at, _)| {
            let (before, rest) = self.why.split_at(at);
            !before.ends_with(is_part) && !rest.strip_prefix(resource).unwrap_or(rest).starts_with(is_part)
        })
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_found() {
        for (code, kind) in TABLE {
            let code = code.replace('*', "InvalidVolume");
            assert_eq!((kind_of(&code, 400), kind_of(&code, 503)), (*kind, *kind), "{code}");
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
        for (code, kind) in [
            ("RequestLimitExceeded", AwsErrorKind::Throttled),
            ("InternalError", AwsErrorKind::Transient),
            ("InvalidInstanceID.NotFound", AwsErrorKind::NotFound),
            ("InvalidNetworkInterfaceID.NotFound", AwsErrorKind::NotFound),
            ("InvalidInstanceID.Malformed", AwsErrorKind::BadResource),
            ("InvalidTagKey.Malformed", AwsErrorKind::BadRequest),
            ("TagLimitExceeded", AwsErrorKind::TagLimit),
            ("TagLimitExceededException", AwsErrorKind::TagLimit),
            ("TooManyTags", AwsErrorKind::TagLimit),
            ("TooManyTagsException", AwsErrorKind::TagLimit),
            ("TooManyTagsFault", AwsErrorKind::TagLimit),
            ("MissingParameter", AwsErrorKind::BadRequest),
            ("UnauthorizedOperation", AwsErrorKind::NotAllowed),
            ("RequestExpired", AwsErrorKind::Credentials),
        ] {
            assert_eq!(kind_of(code, 400), kind, "{code}");
        }
    }

    #[test]
    fn what_is_unknown_means_what_its_status_says_and_otherwise_that_one_resource_is_to_blame() {
        for (status, kind) in [
            (503, AwsErrorKind::Transient),
            (429, AwsErrorKind::Throttled),
            (403, AwsErrorKind::NotAllowed),
            (401, AwsErrorKind::NotAllowed),
            (404, AwsErrorKind::Unclear),
            (410, AwsErrorKind::NotFound),
            (409, AwsErrorKind::Busy),
            (400, AwsErrorKind::Unclear),
        ] {
            assert_eq!(kind_of("SomethingNew", status), kind, "{status}");
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
            assert_eq!(kind_of(code, 400), AwsErrorKind::Busy, "{code}");
        }
        for code in ["InvalidStatement", "MalformedPolicyDocument", "InvalidID", "Stateless", ""] {
            assert_eq!(kind_of(code, 400), AwsErrorKind::Unclear, "{code}");
        }
    }

    /// The list is EC2's, of April 2026. What neither CreateTags nor a Describe request returns is mostly unclear: it
    /// is tried again while the API call is young, and then an operator has to look.
    #[test]
    fn every_code_that_ec2_documents_means_what_its_words_say() {
        let rows: Vec<_> =
            include_str!("classify/ec2_error_codes.tsv").lines().filter_map(|row| row.split_once('\t')).collect();
        let wrong: Vec<_> = rows.iter().filter(|(code, kind)| kind_of(code, 400).name() != *kind).collect();
        assert!(rows.len() == 431 && wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), rows.len());
    }

    #[test]
    fn an_error_names_a_resource_only_by_its_whole_id() {
        let why = "CreateTags: InvalidInstanceID.NotFound: The instance IDs 'i-0a, i-0b' do not exist".into();
        let failure = AwsError { kind: AwsErrorKind::NotFound, why };
        assert!(failure.names("i-0a") && failure.names("i-0b") && !failure.names("i-0"));
        let why = "TagResources: arn:aws:s3:::logs-2 is not valid, nor is i-i-0a".into();
        let failure = AwsError { kind: AwsErrorKind::BadResource, why };
        assert!(failure.names("arn:aws:s3:::logs-2") && !failure.names("arn:aws:s3:::logs") && !failure.names("i-0a"));
    }
}
