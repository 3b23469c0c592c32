//! Who the host is to AWS.

use autotag_aws::tagger::{AwsError, AwsErrorKind};

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use crate::commands::aws::ca_bundle_fix;

/// Who the host is to AWS.
#[derive(Debug)]
pub(super) struct CallerIdentity {
    pub(super) account: String,
    pub(super) arn: String,
}

/// Asks STS who the host is. None if STS does not say: then no other request would succeed either.
pub(super) async fn examine(deployment: &Deployment<'_>, findings: &mut Findings) -> Option<CallerIdentity> {
    let answer = aws_sdk_sts::Client::new(&deployment.sdk).get_caller_identity().send().await;
    match answer.map_err(|error| AwsError::of("GetCallerIdentity", error)) {
        Ok(identity) => {
            let identity =
                CallerIdentity { account: identity.account.unwrap_or_default(), arn: identity.arn.unwrap_or_default() };
            findings.ok(Check::Credentials, format!("they are those of {}", identity.arn));
            Some(identity)
        }
        Err(failure) => {
            // What TLS says of a server whose certificate it does not know.
            let is_untrusted = failure.why.to_lowercase().contains("certificate");
            let fix = match failure.kind {
                AwsErrorKind::Throttled | AwsErrorKind::Transient => ca_bundle_fix().filter(|_| is_untrusted).unwrap_or(
                    "STS does not answer: look at the network from here to AWS, such as proxy, VPC endpoint, DNS, AWS_ENDPOINT_URL.",
                ),
                _ => {
                    "Give the host credentials: the role of its task, pod or instance, or AWS_PROFILE or AWS_ACCESS_KEY_ID. The rest of \
                     AWS can only be looked at with them."
                }
            };
            findings.wrong(Check::Credentials, failure.why, fix);
            None
        }
    }
}
