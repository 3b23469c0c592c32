//! Puts the tags of a plan on.

mod clients;
mod error;
mod related;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::Tag;
pub use clients::Clients;
pub use error::TagError;

use crate::event::Event;
use crate::plan::Tagging;
use crate::resource::ResourceId;

/// For how long after the call EC2 may not know yet what the call created.
const GRACE: Duration = Duration::from_secs(5 * 60);
/// How many resources go into one CreateTags. EC2 takes 1,000 and advises fewer.
const BATCH: usize = 200;

/// Puts tags on, in every Region.
#[derive(Debug)]
pub struct Tagger {
    clients: Clients,
    /// The keys that decide access. What already carries one of them with another value is somebody else's.
    access_keys: BTreeSet<String>,
}

impl Tagger {
    /// A tagger with the credentials of `clients`.
    #[must_use]
    pub fn new(clients: Clients, access_keys: BTreeSet<String>) -> Self {
        Self { clients, access_keys }
    }

    /// Puts the tags of all taggings on, looked-up resources included. Answers how many resources have them now.
    ///
    /// Doing it again does no harm: the same tags are there afterwards.
    ///
    /// # Errors
    /// If a tag may be missing. Everything that could be tagged is tagged all the same.
    pub async fn tag(&self, event: &Event, taggings: &[Tagging]) -> Result<usize, TagError> {
        let ec2 = self.clients.ec2(&event.region);
        let call = Call::of(event);
        let mut count = 0;
        let mut problem = Ok(());
        for tagging in taggings {
            let looked_up = related::look_up(&ec2, &call, tagging, &self.access_keys).await;
            problem = TagError::graver(problem, looked_up.problem);
            let mut resources = tagging.resources.clone();
            resources.extend(looked_up.found);
            resources.retain(|id| !looked_up.withheld.contains(id));
            resources.sort();
            resources.dedup();
            let mut batches: Vec<&[ResourceId]> = resources.chunks(BATCH).collect();
            while let Some(batch) = batches.pop() {
                match create_tags(&ec2, &call, batch, tagging).await {
                    Ok(()) => count += batch.len(),
                    // One bad id fails the whole call: the others are tagged without it.
                    Err(refused) if refused.is_about_resources && batch.len() > 1 => {
                        let (one, other) = batch.split_at(batch.len() / 2);
                        batches.extend([one, other]);
                    }
                    Err(refused) => problem = TagError::graver(problem, Err(refused.error)),
                }
            }
        }
        problem.map(|()| count)
    }
}

/// The call that an event tells of.
struct Call {
    /// When it was made; none if the event does not say it in a form that can be read.
    time: Option<SystemTime>,
}

impl Call {
    fn of(event: &Event) -> Self {
        let time = DateTime::from_str(&event.time, DateTimeFormat::DateTimeWithOffset).ok();
        Self { time: time.and_then(|time| SystemTime::try_from(time).ok()) }
    }

    /// Whether what it created may still be unknown to EC2. A call at an unknown time was long ago.
    fn is_recent(&self) -> bool {
        self.time.is_some_and(|time| time.elapsed().is_ok_and(|age| age < GRACE) || time > SystemTime::now())
    }
}

/// A CreateTags that put no tag on.
struct Refused {
    error: TagError,
    /// Whether one of its resources is to blame, and the others could be tagged without it.
    is_about_resources: bool,
}

async fn create_tags(
    ec2: &aws_sdk_ec2::Client,
    call: &Call,
    resources: &[ResourceId],
    tagging: &Tagging,
) -> Result<(), Refused> {
    let tags = tagging.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let result = ec2
        .create_tags()
        .set_resources(Some(resources.iter().map(ToString::to_string).collect()))
        .set_tags(Some(tags))
        .send()
        .await;
    result.map(drop).map_err(|error| {
        let not_there = error.code().is_some_and(|code| code.ends_with(".NotFound"));
        let malformed = error.code().is_some_and(|code| code.ends_with(".Malformed"));
        let is_full = error.code() == Some("TagLimitExceeded");
        let error = match TagError::of("CreateTags", error) {
            TagError::Permanent(why) if not_there && call.is_recent() => TagError::Transient(why),
            error => error,
        };
        Refused { error, is_about_resources: not_there || malformed || is_full }
    })
}
