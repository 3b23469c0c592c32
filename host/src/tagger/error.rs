//! What AWS's errors mean for a message.

use aws_sdk_ec2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why tags are not on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// It can succeed later.
    #[error("{0}")]
    Transient(String),
    /// It cannot succeed, however often it is tried.
    #[error("{0}")]
    Permanent(String),
}

/// EC2's error codes that say nothing about the request itself. What a credential or a policy lacks, somebody may be about to
/// give: the message is tried again with growing delays until the queue's redrive policy takes it.
const TRANSIENT: [&str; 18] = [
    "AuthFailure",
    "Blocked",
    "EC2ThrottledException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InsufficientCapacity",
    "InternalError",
    "InternalFailure",
    "InvalidClientTokenId",
    "OptInRequired",
    "PendingVerification",
    "RequestExpired",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "Throttling",
    "Unavailable",
    "UnauthorizedOperation",
];

impl TagError {
    /// What the failure of a call means.
    pub(super) fn of<E>(call: &'static str, error: SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        // A request that never arrived, or an answer that never came, has no code.
        let transient = match error.code() {
            None => true,
            Some(code) => {
                TRANSIENT.contains(&code)
                    || error.raw_response().is_some_and(|answer| answer.status().is_server_error())
            }
        };
        let why = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{call}: {code}: {message}"),
            _ => format!("{call}: {}", DisplayErrorContext(error)),
        };
        if transient { Self::Transient(why) } else { Self::Permanent(why) }
    }

    /// Of two results, the one that decides what becomes of the message: what can succeed later is tried again, since each
    /// round tries everything.
    pub(super) fn graver(one: Result<(), Self>, other: Result<(), Self>) -> Result<(), Self> {
        match (one, other) {
            (Err(Self::Transient(why)), _) | (_, Err(Self::Transient(why))) => Err(Self::Transient(why)),
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(()), Ok(())) => Ok(()),
        }
    }
}
