//! Who owns which resources, as far as this host has proved it.
//!
//! Two callers with one client token in one second have equal proofs: the first one keeps the resource. And an event
//! that comes a second time must not undo a hand-over that happened meanwhile. The memory is this process's alone:
//! another host, or this one after a restart, does not have it.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use autotag_core::event::Event;
use autotag_core::ownership::rule::Tags;
use sha2::{Digest, Sha256};

/// How many resources the memory holds: those of an hour, at 50 a second.
const CAPACITY: usize = 200_000;

/// How many identities may be kept that no entry has.
const UNUSED_IDENTITIES: usize = 1_000;

/// The identities of the latest resources.
#[derive(Debug, Default)]
pub(super) struct OwnershipCache(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// In a tree: a hash map from which as much is removed as is put in takes twice the room.
    entries: BTreeMap<ResourceDigest, OwnerEntry>,
    order: VecDeque<ResourceDigest>,
    /// The identities of all entries, interned: one principal has many resources.
    identities: HashSet<Arc<Tags>>,
}

/// Names a resource among those of all accounts and Regions by the beginning of a digest: there are many, and their
/// names are long.
type ResourceDigest = [u8; 16];

/// What is known of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnerEntry {
    /// The access keys and values by which it is its owner's.
    identity: Arc<Tags>,
    /// When the API call that shows it was made.
    called: Option<SystemTime>,
    /// The kind of claim that shows it.
    standing: Standing,
    /// Whether that is proved, and the identity is on.
    is_written: bool,
    /// How many reservations of it there are just now.
    writers: u32,
}

/// The kind of claim by which a resource is a caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may be the caller's.
    Open,
    /// It is proved, and was found along with something that the event names.
    Along,
    /// It is proved, by a name that can be taken again: the latest proof counts.
    ByName,
    /// It is proved, and the event names it by an id that never comes again.
    Named,
}

/// The resource is another principal's already, by another event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The identity of that principal.
    pub(super) holder: String,
    /// Whether that identity is on; if not, it is being written, which may yet fail.
    pub(super) is_written: bool,
}

/// The right to write an identity on a resource. Unless it ends with [`Reservation::written`], the resource is free
/// again when it is dropped.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    cache: &'a OwnershipCache,
    name: ResourceDigest,
    identity: Arc<Tags>,
    standing: Standing,
    is_written: bool,
}

impl OwnershipCache {
    /// The identity that this host has written on a resource, as the API call at that time proves.
    pub(super) fn written(&self, event: &Event, resource: &str, called: Option<SystemTime>) -> Option<Tags> {
        let memory = self.memory();
        let entry = memory.entries.get(&name(event, resource));
        entry.filter(|entry| entry.is_written && entry.called == called).map(|entry| Tags::clone(&entry.identity))
    }

    /// Reserves a resource for an identity, unless it is another principal's, or another identity is being written on
    /// it.
    pub(super) fn reserve(
        &self,
        event: &Event,
        resource: &str,
        identity: Tags,
        called: Option<SystemTime>,
        standing: Standing,
    ) -> Result<Reservation<'_>, Taken> {
        let name = name(event, resource);
        let mut memory = self.memory();
        let identity = memory.shared(identity);
        let new = OwnerEntry { identity: Arc::clone(&identity), called, standing, is_written: false, writers: 1 };
        match memory.entries.get_mut(&name) {
            Some(entry) if entry.identity == identity => {
                entry.writers += 1;
                if standing != Standing::Open {
                    (entry.called, entry.standing) = (called, standing);
                }
            }
            Some(entry) => match entry.taken(standing) {
                Some(taken) => return Err(taken),
                None => *entry = new,
            },
            None => {
                memory.entries.insert(name, new);
                memory.order.push_back(name);
            }
        }
        memory.forget();
        Ok(Reservation { cache: self, name, identity, standing, is_written: false })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnerEntry {
    /// Why another principal's claim with this standing cannot have the resource; none if it can.
    fn taken(&self, standing: Standing) -> Option<Taken> {
        let stays = match (self.standing, standing) {
            // A name may be another principal's by now, as AWS shows then.
            (Standing::ByName, _) | (_, Standing::ByName) => false,
            (Standing::Along, Standing::Named) => false,
            _ => self.is_written,
        };
        let holder = || self.identity.values().cloned().collect::<Vec<_>>().join(" and ");
        (self.writers > 0 || stays).then(|| Taken { holder: holder(), is_written: self.writers == 0 })
    }
}

impl Memory {
    /// Interns an identity.
    fn shared(&mut self, identity: Tags) -> Arc<Tags> {
        if let Some(known) = self.identities.get(&identity) {
            return Arc::clone(known);
        }
        let identity = Arc::new(identity);
        self.identities.insert(Arc::clone(&identity));
        identity
    }

    fn forget(&mut self) {
        while self.order.len() > CAPACITY {
            let oldest = self.order.pop_front().and_then(|oldest| self.entries.remove(&oldest));
            // The last entry of an identity: only its own copy, just removed, and the interned one are left.
            if let Some(entry) = oldest.filter(|entry| Arc::strong_count(&entry.identity) <= 2) {
                self.identities.remove(&entry.identity);
            }
        }
        // The identities of entries that were replaced, or never made.
        if self.identities.len() > self.entries.len() + UNUSED_IDENTITIES {
            self.identities.retain(|identity| Arc::strong_count(identity) > 1);
        }
    }
}

impl Reservation<'_> {
    /// Notes that the identity is on.
    pub(super) fn written(mut self) {
        self.is_written = true;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut memory = self.cache.memory();
        if let Some(entry) = memory.entries.get_mut(&self.name).filter(|entry| entry.identity == self.identity) {
            entry.writers = entry.writers.saturating_sub(1);
            entry.is_written |= self.is_written && self.standing != Standing::Open;
        }
    }
}

fn name(Event { account, region, .. }: &Event, resource: &str) -> ResourceDigest {
    let digest = Sha256::digest(format!("{account} {region} {resource}"));
    let mut name = ResourceDigest::default();
    name.iter_mut().zip(digest).for_each(|(byte, digested)| *byte = digested);
    name
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use autotag_core::event::decode;

    use super::*;

    fn event() -> Event {
        let envelope = br#"{"id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "detail": {},
            "account": "111122223333", "region": "eu-central-1", "time": "2026-11-20T10:00:00Z"}"#;
        decode(envelope).remove(0).unwrap()
    }

    fn identity(who: &str) -> Tags {
        [("PrincipalId".to_owned(), who.to_owned())].into()
    }

    fn at(seconds: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    fn taken(is_written: bool) -> Taken {
        Taken { holder: "ALICE".into(), is_written }
    }

    #[test]
    fn the_first_one_keeps_it_from_when_it_begins_to_write() {
        let (cache, event) = (OwnershipCache::default(), event());
        let reserve = |who, standing| cache.reserve(&event, "i-1", identity(who), at(1), standing);
        let alice = reserve("ALICE", Standing::Named).unwrap();
        assert_eq!(reserve("EVE", Standing::Named).unwrap_err(), taken(false));
        // The same principal may come twice at once.
        drop(reserve("ALICE", Standing::Named).unwrap());
        assert_eq!(reserve("EVE", Standing::Open).unwrap_err(), taken(false));
        alice.written();
        for standing in [Standing::Named, Standing::Along, Standing::Open] {
            assert_eq!(reserve("EVE", standing).unwrap_err(), taken(true));
        }
        assert_eq!(cache.written(&event, "i-1", at(1)), Some(identity("ALICE")));
        // Another API call of hers may have made another resource of that name.
        assert_eq!((cache.written(&event, "i-1", at(2)), cache.written(&event, "i-2", at(1))), (None, None));
    }

    #[test]
    fn what_could_not_be_written_or_was_open_is_free() {
        let (cache, event) = (OwnershipCache::default(), event());
        let reserve = |who, standing| cache.reserve(&event, "i-1", identity(who), at(1), standing);
        drop(reserve("ALICE", Standing::Named).unwrap());
        assert_eq!(cache.written(&event, "i-1", at(1)), None);
        let open = reserve("ALICE", Standing::Open).unwrap();
        // A proved claim waits for the open one, to replace it.
        assert_eq!(reserve("EVE", Standing::Named).unwrap_err(), taken(false));
        open.written();
        assert!(reserve("EVE", Standing::Named).is_ok());
    }

    #[test]
    fn what_an_event_names_goes_before_what_was_found_along_and_a_name_is_the_latest_ones() {
        let (cache, event) = (OwnershipCache::default(), event());
        let written = |who, standing| {
            let reserved = cache.reserve(&event, "vol-1", identity(who), at(1), standing);
            reserved.map(Reservation::written)
        };
        written("EVE", Standing::Along).unwrap();
        written("ALICE", Standing::Named).unwrap();
        assert_eq!(written("EVE", Standing::Along).unwrap_err(), taken(true));
        written("EVE", Standing::ByName).unwrap();
        written("ALICE", Standing::ByName).unwrap();
        assert!(cache.reserve(&event, "vol-1", identity("EVE"), at(1), Standing::Open).is_ok());
    }

    #[test]
    fn identities_of_callers_who_come_too_late_are_let_go() {
        let (cache, event) = (OwnershipCache::default(), event());
        let reserve = |who: &str, resource| cache.reserve(&event, resource, identity(who), at(1), Standing::Named);
        reserve("ALICE", "i-1").unwrap().written();
        for number in 0..2 * UNUSED_IDENTITIES {
            assert!(reserve(&number.to_string(), "i-1").is_err());
        }
        reserve("ALICE", "i-2").unwrap().written();
        assert_eq!(cache.memory().identities.len(), 1);
    }

    #[test]
    fn the_latest_are_remembered() {
        let (cache, event) = (OwnershipCache::default(), event());
        for number in 0..=CAPACITY {
            let reserved = cache.reserve(&event, &number.to_string(), identity("ALICE"), at(1), Standing::Named);
            reserved.unwrap().written();
        }
        assert_eq!(cache.written(&event, "0", at(1)), None);
        assert!(cache.written(&event, "1", at(1)).is_some());
    }

    #[test]
    fn an_identity_is_kept_once_and_no_longer_than_what_it_has() {
        let (cache, event) = (OwnershipCache::default(), event());
        let reserve = |number: usize, who| {
            let reserved = cache.reserve(&event, &number.to_string(), identity(who), at(1), Standing::Named);
            reserved.unwrap().written();
        };
        reserve(0, "EVE");
        (1..=CAPACITY).for_each(|number| reserve(number, "ALICE"));
        let identities: Vec<_> = cache.memory().identities.iter().map(|known| Tags::clone(known)).collect();
        assert_eq!(identities, [identity("ALICE")]);
    }
}
