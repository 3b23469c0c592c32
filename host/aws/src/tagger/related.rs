//! Resources that an API call created and its event does not name: the volumes and interfaces of instances, the
//! snapshots of images.
//!
//! A look-up by attachment finds more than the call created: a user can attach a colleague's volume to their new
//! instance, or build an image on a colleague's snapshot, before the host looks. So each resource is a claim of its
//! own, with a verdict: by when it was created and, if it belongs to an instance, by whether it was made with it.

mod verdicts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

use autotag_core::ownership::rule::Observed;
use autotag_core::ownership::{Claim, Doubt, Verdict, is_at};
use autotag_core::resource::{Resource, ResourceId};
use autotag_core::tagging::Related;
use verdicts::{verdict_on_interface, verdict_on_snapshot, verdict_on_volume};

use super::classify::AwsError;
use super::ec2::{By, Ec2, Found};
use super::error::TagError;
use super::observe::ObservedEc2;
use super::recorded_call::RecordedCall;
use super::tag_sets::Ruled;

/// Said of a volume that its instance names, or a snapshot that its image names.
const NOT_SHOWN: &str = "is not shown by EC2";

/// What belongs to what a call created.
pub(super) struct Belonging {
    /// What may belong to it, each with a verdict.
    pub(super) claims: Vec<Claim>,
    /// What was seen of it.
    pub(super) seen: ObservedEc2,
    /// What went wrong. Everything else stands.
    pub(super) problem: Result<(), TagError>,
}

/// Looks up what belongs to what the call created, of which `seen` was seen.
pub(super) async fn look_up(
    ec2: &Ec2,
    call: &RecordedCall<'_>,
    related: &[Related],
    created: &BTreeMap<ResourceId, Ruled>,
    seen: &ObservedEc2,
) -> Belonging {
    let mut lookup = Lookup {
        call,
        created,
        named: seen,
        belonging: Belonging { claims: Vec::new(), seen: ObservedEc2::default(), problem: Ok(()) },
    };
    let wants = |wanted| related.contains(&wanted);
    lookup.of_instances(ec2, wants(Related::Volumes), wants(Related::NetworkInterfaces)).await;
    if wants(Related::Snapshots) {
        lookup.of_images(ec2).await;
    }
    lookup.belonging
}

/// What one Describe request showed of each id.
type Described = Vec<(String, Result<Vec<Found>, AwsError>)>;

/// The instance or image that a resource belongs to.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// Since when it exists.
    since: SystemTime,
    /// Whether it is proved to be the caller's.
    is_proved: bool,
}

/// What was found, and what it belongs to.
type FoundOf = (Result<Vec<Found>, AwsError>, Option<Origin>);

/// What was found by each id, with what it belongs to.
fn with_origins(shown: Described, origin: impl Fn(&str) -> Option<Origin>) -> Vec<FoundOf> {
    shown.into_iter().map(|(id, shown)| (shown, origin(&id))).collect()
}

struct Lookup<'a> {
    call: &'a RecordedCall<'a>,
    created: &'a BTreeMap<ResourceId, Ruled>,
    named: &'a ObservedEc2,
    belonging: Belonging,
}

impl Lookup<'_> {
    async fn of_instances(&mut self, ec2: &Ec2, wants_volumes: bool, wants_interfaces: bool) {
        let instances = self.ids(ResourceId::is_instance);
        if instances.is_empty() || !(wants_volumes || wants_interfaces) {
            return;
        }
        // The instances are looked up before their attachments: once an instance has left `pending`, the call has
        // attached all that it will.
        let (mut pending, mut unseen) = (BTreeSet::new(), BTreeSet::new());
        let seen: HashMap<_, _> =
            self.named.instances.iter().map(|(id, instance)| (id.to_string(), instance)).collect();
        for id in &instances {
            if seen.get(id).is_some_and(|instance| !instance.has_started) {
                pending.insert(id.clone());
            }
            if wants_volumes {
                unseen.extend(seen.get(id).into_iter().flat_map(|instance| &instance.volumes).cloned());
            }
        }
        let volumes =
            async { if wants_volumes { ec2.volumes.load(By::Instance, instances.clone()).await } else { Vec::new() } };
        let interfaces = async {
            if wants_interfaces {
                ec2.network_interfaces.load(By::Instance, instances.clone()).await
            } else {
                Vec::new()
            }
        };
        let (volumes, interfaces) = tokio::join!(volumes, interfaces);
        for found in volumes.iter().filter_map(|(_, shown)| shown.as_ref().ok()).flatten() {
            unseen.remove(found.id.as_str());
        }
        // The verdict goes by when the instance was launched, which can be a while after the call.
        let of_instance = |id: &str| {
            let called = self.call.time?;
            let launched = seen.get(id).and_then(|instance| instance.launched);
            let since = launched.filter(|launched| is_at(*launched, called)).unwrap_or(called);
            let is_proved = ResourceId::parse(id).is_some_and(|id| self.created.get(&id) == Some(&Ruled::Proved));
            Some(Origin { since, is_proved })
        };
        let volumes = with_origins(volumes, of_instance);
        let interfaces = with_origins(interfaces, of_instance);
        let may_use_template = self.call.may_use_template();
        self.take_all(volumes, verdict_on_volume);
        self.take_all(interfaces, |interface, launched| verdict_on_interface(interface, launched, may_use_template));
        self.not_yet(&unseen, NOT_SHOWN);
        self.being_made(&pending, "has not started yet: not all of its volumes and interfaces may be attached");
    }

    async fn of_images(&mut self, ec2: &Ec2) {
        let mut pending = BTreeSet::new();
        let mut snapshots = BTreeSet::new();
        for id in self.ids(ResourceId::is_image) {
            let image = ResourceId::parse(&id).and_then(|id| self.named.images.get(&id));
            snapshots.extend(image.into_iter().flat_map(|image| &image.ids).cloned());
            if image.is_some_and(|image| !image.is_complete) {
                pending.insert(id);
            }
        }
        if !snapshots.is_empty() {
            let shown = ec2.snapshots.load((), snapshots.into_iter().collect()).await;
            let unseen =
                shown.iter().filter(|(_, shown)| matches!(shown, Ok(None))).map(|(id, _)| id.clone()).collect();
            self.not_yet(&unseen, NOT_SHOWN);
            let shown = shown.into_iter().map(|(id, shown)| (id, shown.map(|found| found.into_iter().collect())));
            let is_proved = self.created.values().all(|ruled| *ruled == Ruled::Proved);
            let origin = self.call.time.map(|since| Origin { since, is_proved });
            let snapshots = with_origins(shown.collect(), |_| origin);
            self.take_all(snapshots, verdict_on_snapshot);
        }
        self.being_made(&pending, "is pending, and does not name all of its snapshots yet");
    }

    /// The ids of what the call created, of one kind.
    fn ids(&self, is_wanted: fn(&ResourceId) -> bool) -> Vec<String> {
        self.created.keys().filter(|id| is_wanted(id)).map(ToString::to_string).collect()
    }

    fn take_all(&mut self, shown: Vec<FoundOf>, verdict: impl Fn(&Found, SystemTime) -> Verdict) {
        for (shown, origin) in shown {
            match shown {
                Ok(found) => found.into_iter().for_each(|found| self.take(found, &verdict, origin)),
                Err(failure) => self.problem(TagError::of(failure, None, self.call)),
            }
        }
    }

    fn take(&mut self, found: Found, verdict: impl Fn(&Found, SystemTime) -> Verdict, origin: Option<Origin>) {
        let Some(Origin { since, is_proved }) = origin else {
            let why = format!(
                "the event's time cannot be read, so it cannot be told whether {} was created by this call",
                found.id
            );
            self.problem(TagError::no_time(why));
            return;
        };
        let resource = Resource::Ec2(found.id.clone());
        if self.call.names(&found.id) || self.belonging.claims.iter().any(|claim| claim.resource == resource) {
            return;
        }
        let verdict = match verdict(&found, since) {
            // It is no more the caller's than what it belongs to.
            Verdict::Proved(_) if !is_proved => Verdict::Open(Doubt::OfOpenOne),
            // An image can be built on a snapshot of the same minute, which the request names.
            Verdict::Proved(_) if found.id.is_snapshot() && self.call.hides_request() => {
                Verdict::Open(Doubt::RequestOmitted)
            }
            verdict => verdict,
        };
        // What was merely attached is not worth more than a debug line.
        if let Verdict::Disproved(contradiction) = &verdict {
            tracing::debug!(resource = %found.id, reason = %contradiction, "not tagged along");
            return;
        }
        self.belonging.claims.push(Claim { resource, verdict, is_reusable: false, unique_id: None });
        // Its time is left out: it has been judged above, by another bound than that of what the response names.
        let shown = Observed::of(found.tags);
        self.belonging.seen.shown.insert(found.id.clone(), shown);
    }

    /// Notes a problem, to try again, while the call is recent; later there is nothing more to wait for.
    fn not_yet(&mut self, waiting: &BTreeSet<String>, what: &str) {
        let Some(id) = waiting.first() else { return };
        if self.call.is_recent() {
            self.problem(TagError::not_yet(format!("{id} {what} yet")));
        } else {
            tracing::warn!(
                resource = id,
                "tagged without everything that belongs to it: it {what}, and the call was long ago"
            );
        }
    }

    /// Notes a problem, to try again, for as long as AWS says that something is being made.
    fn being_made(&mut self, pending: &BTreeSet<String>, what: &str) {
        if let Some(id) = pending.first() {
            self.problem(TagError::being_made(format!("{id} {what}")));
        }
    }

    fn problem(&mut self, error: TagError) {
        let before = std::mem::replace(&mut self.belonging.problem, Ok(()));
        self.belonging.problem = TagError::graver(before, Err(error));
    }
}
