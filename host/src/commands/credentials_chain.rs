//! The SDK's own chain of credentials, made anew after it has failed.
//!
//! The chain's provider for profiles reads their files once. If that fails, it says why, and from then on only that it
//! has said so, even if the files are mended.

use std::sync::{Mutex, PoisonError};

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::aws::load;

/// The credentials that the environment, a profile or the machine provide.
#[derive(Debug)]
pub(super) struct CredentialsChain {
    /// The Region if nothing else says one.
    region: Option<Region>,
    /// The chain, until it fails.
    chain: Mutex<Option<SharedCredentialsProvider>>,
}

impl CredentialsChain {
    pub(super) fn new(region: Option<Region>, chain: Option<SharedCredentialsProvider>) -> Self {
        Self { region, chain: Mutex::new(chain) }
    }

    async fn credentials(&self) -> provider::Result {
        let present = self.present();
        let chain = match present {
            Some(chain) => Some(chain),
            None => load(self.region.clone()).await.credentials_provider(),
        };
        let Some(chain) = chain else {
            return Err(CredentialsError::not_loaded("the SDK has no chain of credentials"));
        };
        let provided = chain.provide_credentials().await;
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = provided.is_ok().then_some(chain);
        match provided {
            Ok(credentials) => Ok(credentials),
            Err(error) => Err(missing_profile().await.map_or(error, CredentialsError::invalid_configuration)),
        }
    }

    fn present(&self) -> Option<SharedCredentialsProvider> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ProvideCredentials for CredentialsChain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.present()?.fallback_on_interrupt()
    }
}

/// What is wrong if `AWS_PROFILE` names a profile that there is not. The chain would only say that no provider has
/// credentials.
async fn missing_profile() -> Option<String> {
    let name = std::env::var("AWS_PROFILE").ok()?;
    let files = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await.ok()?;
    profiles.get_profile(&name).is_none().then(|| {
        format!(
            "AWS_PROFILE names `{name}`, a profile that is in neither ~/.aws/config (or AWS_CONFIG_FILE) nor \
             ~/.aws/credentials (or AWS_SHARED_CREDENTIALS_FILE)"
        )
    })
}
