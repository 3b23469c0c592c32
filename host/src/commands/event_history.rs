//! CloudTrail's event history: the management events of the last 90 days, in one account and Region.

use std::ops::ControlFlow;

use anyhow::Context;
use autotag_aws::tagger::AwsError;
use autotag_core::resource::Arn;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};

use super::aws::sdk_config;

/// The records of the events that name a resource, the latest first.
pub fn events_about(resource: &str) -> anyhow::Result<Vec<String>> {
    // CloudTrail lists what EC2 names by its id, and what others name by its name.
    let name = Arn::parse(resource).map_or(resource, |arn| arn.name());
    let mut records = Vec::new();
    look_up(LookupAttributeKey::ResourceName, name, |record| {
        records.push(record);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(records)
}

/// Hands over the record of each event of an API call, the latest first, until there is enough.
pub fn latest_events_of(call: &str, take: impl FnMut(String) -> Taken) -> anyhow::Result<()> {
    look_up(LookupAttributeKey::EventName, call, take)
}

/// Whether to go on with the next record.
pub(crate) type Taken = anyhow::Result<ControlFlow<()>>;

fn look_up(key: LookupAttributeKey, value: &str, mut take: impl FnMut(String) -> Taken) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sdk = sdk_config(None).await;
        anyhow::ensure!(sdk.region().is_some(), "the AWS Region is not set: set AWS_REGION");
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build();
        let attribute = attribute.context("an attribute has a key and a value")?;
        let mut events = Client::new(&sdk).lookup_events().lookup_attributes(attribute).into_paginator().items().send();
        while let Some(event) = events.next().await {
            let event = event.map_err(|error| anyhow::anyhow!(AwsError::of("LookupEvents", error).why))?;
            if let Some(record) = event.cloud_trail_event
                && take(record)?.is_break()
            {
                break;
            }
        }
        Ok(())
    })
}
