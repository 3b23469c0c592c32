//! The temporary credentials that STS has issued, and how requests with them are checked.

use std::collections::HashMap;
use std::time::Instant;

use super::super::reply::ApiError;
use super::super::service::Service;

/// All sessions, by access key id.
#[derive(Default)]
pub(in super::super) struct Sessions {
    by_key: HashMap<String, Session>,
}

/// One session of an assumed role.
pub(in super::super) struct Session {
    pub account: String,
    pub token: String,
    pub expires: Instant,
    pub arn: String,
    pub user_id: String,
}

impl Sessions {
    pub fn add(&mut self, access_key_id: String, session: Session) {
        self.by_key.insert(access_key_id, session);
    }

    /// Expires all sessions that were issued so far.
    pub fn expire(&mut self, now: Instant) {
        for session in self.by_key.values_mut() {
            session.expires = session.expires.min(now);
        }
    }

    /// The account in which requests with an access key act, if STS has issued it.
    pub fn account(&self, access_key_id: &str) -> Option<&str> {
        self.by_key.get(access_key_id).map(|session| session.account.as_str())
    }

    /// Whether an access key and the token that came with it are valid for a request. Access keys that STS has not
    /// issued need no token.
    ///
    /// # Errors
    ///
    /// In each service's own form: a token that is missing or not that of the access key, and one that has expired.
    pub fn check(
        &self,
        service: Service,
        access_key_id: &str,
        token: Option<&str>,
        now: Instant,
    ) -> Result<(), ApiError> {
        let Some(session) = self.by_key.get(access_key_id) else { return Ok(()) };
        if token != Some(&session.token) {
            return Err(match service {
                Service::Ec2 => {
                    let message = "AWS was not able to validate the provided access credentials";
                    ApiError::new(401, "AuthFailure", message)
                }
                Service::S3 => {
                    ApiError::new(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
                }
                Service::Sqs | Service::Sts | Service::AutoScaling | Service::Rds => {
                    let message = "The security token included in the request is invalid.";
                    ApiError::new(403, "InvalidClientTokenId", message)
                }
                Service::Tagging | Service::EventBridge | Service::CloudTrail | Service::Kms => {
                    let message = "The security token included in the request is invalid.";
                    ApiError::new(400, "UnrecognizedClientException", message)
                }
            });
        }
        if now >= session.expires {
            return Err(match service {
                Service::Ec2 => ApiError::new(400, "RequestExpired", "Request has expired."),
                Service::S3 => ApiError::new(400, "ExpiredToken", "The provided token has expired."),
                Service::Sqs | Service::Sts | Service::AutoScaling | Service::Rds => {
                    ApiError::new(403, "ExpiredToken", "The security token included in the request is expired")
                }
                Service::Tagging | Service::EventBridge | Service::CloudTrail | Service::Kms => {
                    ApiError::new(400, "ExpiredTokenException", "The security token included in the request is expired")
                }
            });
        }
        Ok(())
    }

    /// The ARN and the unique id of the principal behind an access key.
    pub fn identity(&self, access_key_id: &str, account: &str) -> (String, String) {
        match self.by_key.get(access_key_id) {
            Some(session) => (session.arn.clone(), session.user_id.clone()),
            None => (format!("arn:aws:iam::{account}:user/fake"), "AIDAFAKEAWSFAKEAWSFA".to_owned()),
        }
    }
}
