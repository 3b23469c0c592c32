//! Decides which resource gets which tags, as the ownership rule says, and puts them on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use autotag_core::guard::MAX_TAGS;
use autotag_core::ownership::Claim;
use autotag_core::ownership::rule::{Observed, Ruling, Tags, Withheld};

use super::batcher::{Api, Batcher};
use super::error::TagError;
use super::error::TagErrorKind;
use super::ownership_cache::{Reservation, Standing, Taken};
use super::recorded_call::RecordedCall;
use super::tagged::{Tagged, put_on};

/// What came of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruled {
    /// The caller's tags must not be put on the resource.
    Withheld,
    /// It may be the caller's.
    Open,
    /// It is the caller's.
    Proved,
}

/// Groups resources by the tags that they get, so that those with the same tags share requests.
pub(super) struct TagSets<'a, R> {
    call: &'a RecordedCall<'a>,
    /// What the tagging asks for.
    tags: &'a Tags,
    by_tags: BTreeMap<Tags, BTreeSet<R>>,
    /// The resources that are being written.
    reserved: BTreeMap<R, Reservation<'a>>,
    /// The resources that have no room for more than the keys that decide access.
    crowded: BTreeSet<R>,
    pub(super) tagged: Tagged,
}

impl<'a, R: Clone + Ord + ToString> TagSets<'a, R> {
    pub(super) fn new(call: &'a RecordedCall<'a>, tags: &'a Tags, problem: Result<(), TagError>) -> Self {
        let tagged = Tagged { problem, ..Tagged::nothing() };
        Self { call, tags, by_tags: BTreeMap::new(), reserved: BTreeMap::new(), crowded: BTreeSet::new(), tagged }
    }

    /// Rules on one claim, by what AWS shows of its resource. `standing` is the claim's if it is proved.
    pub(super) fn rule(&mut self, claim: &Claim, resource: &R, standing: Standing, shown: Option<&Observed>) -> Ruled {
        match self.call.rule(claim, self.tags).apply(claim, self.tags, shown) {
            Ruling::Withhold(withheld) => {
                self.tagged.withhold(resource, withheld);
                Ruled::Withheld
            }
            Ruling::Look => Ruled::Open,
            Ruling::Write { tags, is_proved, replaces } => {
                let standing = if replaces { standing } else { Standing::Open };
                match self.reserve(resource, standing) {
                    Ok(reservation) => {
                        self.reserved.extend(reservation.map(|reservation| (resource.clone(), reservation)));
                        self.write(resource, tags, shown);
                        if is_proved { Ruled::Proved } else { Ruled::Open }
                    }
                    Err(taken) => {
                        self.taken(resource, replaces, taken);
                        Ruled::Withheld
                    }
                }
            }
        }
    }

    /// Notes why a resource stays another principal's.
    fn taken(&mut self, resource: &R, replaces: bool, Taken { holder, is_written }: Taken) {
        if !is_written {
            let why = format!("{}: {holder} is put on just now", resource.to_string());
            self.tagged.problem(TagError::new(TagErrorKind::Contended, why));
        } else if replaces {
            self.tagged.withhold(resource, Withheld::Contested { holder });
        } else {
            let key = self.call.policy.access_keys.first().cloned().unwrap_or_default();
            self.tagged.withhold(resource, Withheld::Held { key, holder });
        }
    }

    /// Reserves a resource while it is written, so that an open claim does not overwrite a proved one meanwhile. Tags
    /// without an identity need no reservation, except a service's name, which must not stand beside a person's
    /// identity.
    fn reserve(&self, resource: &R, standing: Standing) -> Result<Option<Reservation<'a>>, Taken> {
        let call = self.call;
        let identity = call.identity(self.tags);
        if identity.is_empty() && !call.is_by_service {
            return Ok(None);
        }
        call.cache.reserve(call.event, &resource.to_string(), identity, call.time, standing).map(Some)
    }

    fn write(&mut self, resource: &R, mut tags: Tags, shown: Option<&Observed>) {
        let Some(shown) = shown else {
            self.by_tags.entry(tags).or_default().insert(resource.clone());
            return;
        };
        // AWS's own tags do not count against the limit.
        let own = shown.tags.iter().filter(|(key, _)| !key.starts_with("aws:")).count();
        let is_new = |key: &String| !shown.tags.iter().any(|(present, _)| present == key);
        let has_room = |tags: &Tags| {
            let new = tags.keys().filter(|key| is_new(key)).count();
            new == 0 || own + new <= MAX_TAGS
        };
        let access = self.call.identity(&tags);
        if !has_room(&tags) && !access.is_empty() && access.len() < tags.len() {
            tags = access;
            self.crowded.insert(resource.clone());
        }
        if has_room(&tags) {
            self.by_tags.entry(tags).or_default().insert(resource.clone());
        } else {
            let why = format!("{}: it has {own} tags, and AWS allows {MAX_TAGS}", resource.to_string());
            self.tagged.problem(TagError::new(TagErrorKind::NoRoom, why));
        }
    }

    /// Puts all tags on.
    pub(super) async fn put_on<A>(mut self, api: &Batcher<A>) -> Tagged
    where
        A: Api<Group = Arc<Tags>, Item = R, Answer = ()>,
    {
        for (tags, resources) in self.by_tags {
            if tags.is_empty() {
                let nothing = Arc::new(tags);
                resources.iter().for_each(|resource| self.tagged.resources.add(resource.to_string(), &nothing));
                continue;
            }
            let (reserved, crowded) = (&mut self.reserved, &self.crowded);
            let mut without_all = Vec::new();
            let done = |resource: &R| {
                if let Some(reservation) = reserved.remove(resource) {
                    reservation.written();
                }
                if crowded.contains(resource) {
                    without_all.push(resource.to_string());
                }
            };
            let tagged = put_on(api, self.call, tags, resources.into_iter().collect(), done).await;
            self.tagged.add(tagged);
            self.tagged.without_all.extend(without_all);
        }
        self.tagged
    }
}
