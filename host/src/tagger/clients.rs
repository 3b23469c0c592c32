//! One EC2 client for each Region, since ids are regional.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_sdk_ec2::Client;

/// EC2 clients with the host's own credentials.
#[derive(Debug)]
pub struct Clients {
    config: SdkConfig,
    by_region: Mutex<HashMap<String, Client>>,
}

impl Clients {
    /// Clients made from the SDK's own configuration: credentials, endpoints, retries and timeouts are its.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config, by_region: Mutex::default() }
    }

    /// The client for a Region.
    pub(super) fn ec2(&self, region: &str) -> Client {
        // A thread that panicked while it held the map left it whole: at worst without the client it was making.
        let mut by_region = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
        by_region.entry(region.to_owned()).or_insert_with(|| self.make(region)).clone()
    }

    fn make(&self, region: &str) -> Client {
        let config = aws_sdk_ec2::config::Builder::from(&self.config).region(Region::new(region.to_owned()));
        Client::from_conf(config.build())
    }
}
