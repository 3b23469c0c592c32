//! CreateTags: the same tags for many resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use autotag_core::resource::ResourceId;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Tag;

use crate::tagger::batcher::{Answers, Api};
use crate::tagger::classify::AwsError;

pub(in crate::tagger) struct CreateTags(pub(super) Client);

impl Api for CreateTags {
    type Group = Arc<BTreeMap<String, String>>;
    type Item = ResourceId;
    type Answer = ();

    const NAME: &'static str = "CreateTags";
    const ONE_BAD_FAILS_ALL: bool = true;

    async fn send(&self, tags: &Self::Group, resources: &[ResourceId]) -> Result<Answers<Self>, AwsError> {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        self.0
            .create_tags()
            .set_resources(Some(resources.iter().map(ToString::to_string).collect()))
            .set_tags(Some(tags))
            .send()
            .await
            .map(|_| Answers::<Self>::new())
            .map_err(|error| AwsError::of(Self::NAME, error))
    }
}
