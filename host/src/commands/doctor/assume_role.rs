//! Whether the host can assume its role in the other accounts that it is to tag in.

use autotag_aws::tagger::{AwsError, AwsErrorKind, Credentials};
use aws_config::SdkConfig;

use super::credentials::CallerIdentity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};

/// Assumes the role in an account. None if that fails.
pub(super) async fn examine(
    deployment: &Deployment<'_>,
    credentials: &Credentials,
    account: &str,
    own: &CallerIdentity,
    findings: &mut Findings,
) -> Option<SdkConfig> {
    let role = deployment.service.role.as_ref().map(|role| role.name.as_str()).unwrap_or_default();
    let sdk = match credentials.config_for(account, &deployment.region).await {
        Ok(sdk) => sdk,
        Err(failure) => {
            findings.unseen(Check::AssumeRole, &failure, "sts:GetCallerIdentity");
            return None;
        }
    };
    let identity = aws_sdk_sts::Client::new(&sdk).get_caller_identity().send().await;
    match identity.map_err(|error| AwsError::of("AssumeRole", error)) {
        Ok(identity) => {
            findings.ok(Check::AssumeRole, format!("{account}: acts as {}", identity.arn().unwrap_or_default()));
            Some(sdk)
        }
        Err(failure) if matches!(failure.kind, AwsErrorKind::Throttled | AwsErrorKind::Transient) => {
            findings.unseen(Check::AssumeRole, &failure.in_context(account), "sts:AssumeRole");
            None
        }
        Err(failure) => {
            let says = format!("{account}: the role {role} cannot be assumed: {failure}");
            let fix = format!(
                "Look in {account} whether the role {role} exists, whether its trust policy names {}, and whether it asks for the external id \
                 that external_id says; and whether {} may do sts:AssumeRole on it. infra/member.yaml makes such a role.",
                own.arn, own.arn
            );
            findings.wrong(Check::AssumeRole, says, fix);
            None
        }
    }
}
