//! The one request to Auto Scaling that the tagger sends. The Resource Groups Tagging API does not show the tags of its
//! groups.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::Filter;

use crate::metrics::ServiceMetrics;
use crate::tagger::batcher::{Answers, Api, Batcher, all_ok};
use crate::tagger::classify::AwsError;
use crate::tagger::rates::Rates;

/// How many groups are asked about at once. The API names no limit.
const GROUPS: usize = 50;

/// Auto Scaling in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct AutoScaling {
    describe_tags: Batcher<DescribeGroupTags>,
}

impl AutoScaling {
    pub(in crate::tagger) fn start(sdk: &SdkConfig, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        let api = DescribeGroupTags(Client::new(sdk));
        Self { describe_tags: Batcher::start(api, rates.describe, GROUPS, metrics.clone()) }
    }

    /// The tags of the group of this name; none if there is no such group, or it has none.
    pub(in crate::tagger) async fn tags_of(&self, group: &str) -> Result<Vec<(String, String)>, AwsError> {
        let mut answers = self.describe_tags.load((), vec![group.to_owned()]).await;
        answers.pop().map_or_else(|| Ok(Vec::new()), |(_, tags)| tags)
    }
}

/// The tags of each Auto Scaling group that has any, by its name.
struct DescribeGroupTags(Client);

impl Api for DescribeGroupTags {
    type Group = ();
    type Item = String;
    type Answer = Vec<(String, String)>;

    const NAME: &'static str = "autoscaling:DescribeTags";

    async fn send(&self, (): &(), groups: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut found: HashMap<String, Self::Answer> = HashMap::new();
        let filter = Filter::builder().name("auto-scaling-group").set_values(Some(groups.to_vec())).build();
        let mut pages = self.0.describe_tags().filters(filter).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for tag in page.tags() {
                let (Some(group), Some(key)) = (tag.resource_id(), tag.key()) else { continue };
                let value = tag.value().unwrap_or_default();
                found.entry(group.to_owned()).or_default().push((key.to_owned(), value.to_owned()));
            }
        }
        Ok(all_ok(found))
    }
}
