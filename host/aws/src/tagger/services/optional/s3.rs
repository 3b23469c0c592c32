//! The requests to S3: since when a bucket exists, and with which tags.

use std::collections::HashMap;
use std::time::SystemTime;

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceArn;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::metrics::ServiceMetrics;
use crate::tagger::arns::bucket;
use crate::tagger::batcher::{Answers, Api, Batcher, all_ok};
use crate::tagger::classify::{AwsError, AwsErrorKind};
use crate::tagger::probe_one::{ProbeResults, probe_one};
use crate::tagger::rates::Rates;

/// What S3 answers of a bucket that has no tags.
const NO_TAGS: &str = "NoSuchTagSet";

/// S3 in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct S3 {
    buckets: Batcher<ListBuckets>,
    tags: Batcher<GetBucketTagging>,
}

impl S3 {
    pub(in crate::tagger) fn start(sdk: &SdkConfig, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        let (client, rate) = (Client::new(sdk), rates.get_resources);
        Self {
            buckets: Batcher::start(ListBuckets(client.clone()), rate, 1, metrics.clone()),
            tags: Batcher::start(GetBucketTagging(client.clone()), rate, 1, metrics.clone()),
        }
    }

    /// What S3 shows of each bucket; none of one that it does not show.
    pub(in crate::tagger) async fn load(
        &self,
        arns: Vec<ResourceArn>,
    ) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        let (created, tags) = tokio::join!(self.buckets.load((), arns.clone()), self.tags.load((), arns));
        let together = created.into_iter().zip(tags).map(|((arn, created), (_, tags))| {
            // The date can change with the bucket's policy, to a later one, so that it can only disprove.
            let shown = |(created, tags)| Some(Observed { time_proves: false, ..Observed::of(tags?).created(created) });
            let both = created.and_then(|created| Ok((created, tags?)));
            (arn, both.map(shown))
        });
        together.collect()
    }

    /// Sends the request that can be tried without a bucket. Of a bucket that does not exist S3 says just that, before
    /// it checks the permission.
    pub(in crate::tagger) async fn probe_all(sdk: &SdkConfig, missing: &ResourceArn, tried: &mut ProbeResults) {
        let client = Client::new(sdk);
        let mut listed = Vec::new();
        probe_one("s3", &ListBuckets(client.clone()), &(), Some(missing.clone()), &mut listed).await;
        // IAM has another name for it.
        tried.extend(listed.into_iter().map(|(_, result)| ("s3:ListAllMyBuckets".to_owned(), result)));
    }
}

/// When each bucket was created.
struct ListBuckets(Client);

impl Api for ListBuckets {
    type Group = ();
    type Item = ResourceArn;
    type Answer = Option<SystemTime>;

    const NAME: &'static str = "ListBuckets";

    async fn send(&self, (): &(), arns: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
        let mut found = HashMap::new();
        for arn in arns {
            let Some(name) = bucket(arn) else { continue };
            let answer = self.0.list_buckets().prefix(name).send().await;
            let answer = answer.map_err(|error| AwsError::of(Self::NAME, error))?;
            let bucket = answer.buckets().iter().find(|bucket| bucket.name() == Some(name));
            let created = bucket.and_then(|bucket| SystemTime::try_from(*bucket.creation_date()?).ok());
            found.insert(arn.clone(), created);
        }
        Ok(all_ok(found))
    }
}

/// The tags of each bucket; none of one that S3 does not know.
struct GetBucketTagging(Client);

impl Api for GetBucketTagging {
    type Group = ();
    type Item = ResourceArn;
    type Answer = Option<Vec<(String, String)>>;

    const NAME: &'static str = "GetBucketTagging";

    async fn send(&self, (): &(), arns: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
        let mut found = HashMap::new();
        for arn in arns {
            let Some(name) = bucket(arn) else { continue };
            match self.0.get_bucket_tagging().bucket(name).send().await {
                Ok(answer) => {
                    let tags = answer.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
                    found.insert(arn.clone(), Some(tags.collect()));
                }
                Err(error) if error.code() == Some(NO_TAGS) => {
                    found.insert(arn.clone(), Some(Vec::new()));
                }
                Err(error) => match AwsError::of(Self::NAME, error) {
                    failure if failure.kind == AwsErrorKind::NotFound => {}
                    failure => return Err(failure),
                },
            }
        }
        Ok(all_ok(found))
    }
}
