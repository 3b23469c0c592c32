//! Whose credentials are used where: the host's own in its own account, and in others those of a role there.

use autotag_core::resource::partition_of;
use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region, SdkConfig};
use aws_sdk_ec2::config::SharedCredentialsProvider;
use tokio::sync::OnceCell;

use super::classify::AwsError;

/// The role that the host assumes in accounts other than its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleInAccounts {
    /// Its name, the same in every account, with its path if it has one.
    pub name: String,
    /// The external id, if the role's trust policy asks for one.
    pub external_id: Option<String>,
}

/// The session name by which the host shows up in other accounts' CloudTrail.
const SESSION_NAME: &str = "autotag";

/// The credentials with which the clients of an account act. Secrets stay with the SDK's providers and their cache.
#[derive(Debug)]
pub struct Credentials {
    sdk: SdkConfig,
    role: Option<RoleInAccounts>,
    /// The account of the host's own credentials.
    own_account: OnceCell<String>,
}

impl Credentials {
    /// Takes credentials, endpoints and timeouts from the SDK's configuration. Without a role, the host's own
    /// credentials are used everywhere.
    #[must_use]
    pub fn new(sdk: SdkConfig, role: Option<RoleInAccounts>) -> Self {
        Self { sdk, role, own_account: OnceCell::new() }
    }

    /// What clients for an account and Region are made from. The clients do not retry: the batcher does, within the
    /// API's rate.
    ///
    /// # Errors
    /// If it cannot be told whose the host's own credentials are.
    pub async fn config_for(&self, account: &str, region: &str) -> Result<SdkConfig, AwsError> {
        let mut sdk = self
            .sdk
            .to_builder()
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            // A cache of their own, so that new clients do not go on with the credentials of those that they replace.
            .identity_cache(IdentityCache::lazy().build());
        if let Some(role) = &self.role
            && self.own_account().await? != account
        {
            let arn = format!("arn:{}:iam::{account}:role/{}", partition_of(region), role.name);
            let mut provider = AssumeRoleProvider::builder(arn).session_name(SESSION_NAME).configure(&self.sdk);
            if let Some(external_id) = &role.external_id {
                provider = provider.external_id(external_id);
            }
            sdk = sdk.credentials_provider(SharedCredentialsProvider::new(provider.build().await));
        }
        Ok(sdk.build())
    }

    async fn own_account(&self) -> Result<&str, AwsError> {
        let account = self.own_account.get_or_try_init(async || {
            let identity = aws_sdk_sts::Client::new(&self.sdk).get_caller_identity().send().await;
            let identity = identity.map_err(|error| AwsError::of("GetCallerIdentity", error))?;
            Ok(identity.account.unwrap_or_default())
        });
        Ok(account.await?.as_str())
    }
}
