//! Resources that a call created and its event does not name: the volumes and interfaces of instances, the snapshots of
//! images.
//!
//! Looking up by attachment finds more than the call created: somebody can attach a colleague's volume to their new instance,
//! or build an image on a colleague's snapshot, before the host looks. So only what came into being with the call is taken,
//! and never what already carries somebody else's identity.
//!
//! The same holds for the network interfaces that a launch names: a launch template can bring one along that a colleague made,
//! and then the request does not say so. Nobody but the host may write the keys that decide access, so an interface that has
//! one got it from its own event.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::by_id::Ec2Tagging;
use super::ec2::{By, Ec2, Found};
use super::{Call, GRACE, TagError, TagPolicy};
use crate::plan::Related;
use crate::resource::ResourceId;

/// How much earlier than the call's own time something may have been created and still count as created by it: the record's
/// time is whole seconds, taken when the call ended, on another machine's clock.
const SLACK: Duration = Duration::from_secs(60);

/// Of a volume that its instance names, or a snapshot that its image names.
const NOT_SHOWN: &str = "is not shown by EC2";

/// What looking around a tagging's resources showed.
pub(super) struct LookedUp {
    /// What belongs along.
    pub(super) found: Vec<ResourceId>,
    /// What the event names, and must not be tagged: it is somebody else's, or that could not be told.
    pub(super) withheld: Vec<ResourceId>,
    /// The tags that were seen on the way.
    pub(super) tags: HashMap<ResourceId, Vec<(String, String)>>,
    /// What went wrong. Everything else stands.
    pub(super) problem: Result<(), TagError>,
}

/// Looks up what `tagging` asks for, and whether what it names is somebody else's.
pub(super) async fn look_up(ec2: &Ec2, call: &Call<'_>, tagging: &Ec2Tagging, policy: &TagPolicy) -> LookedUp {
    let looked_up = LookedUp { found: Vec::new(), withheld: Vec::new(), tags: HashMap::new(), problem: Ok(()) };
    let mut lookup = Lookup { ec2, call, tagging, policy, replaced: BTreeSet::new(), looked_up };
    let wants = |related| tagging.related.contains(&related);
    if wants(Related::Volumes) || wants(Related::NetworkInterfaces) {
        lookup.of_instances(wants(Related::Volumes), wants(Related::NetworkInterfaces)).await;
    } else if tagging.resources.iter().any(ResourceId::is_instance) {
        let named = lookup.named_interfaces().await;
        lookup.judge_named_interfaces(named);
    }
    if wants(Related::Snapshots) {
        lookup.of_images().await;
    }
    lookup.looked_up
}

/// What one Describe call showed of each id.
type Shown = Vec<(String, Result<Vec<Found>, super::classify::Failure>)>;

struct Lookup<'a> {
    ec2: &'a Ec2,
    call: &'a Call<'a>,
    tagging: &'a Ec2Tagging,
    policy: &'a TagPolicy,
    /// The identities that the tagging's own instances carry, which the call created: of a service that made them for somebody, and that what
    /// belongs to them carries too.
    replaced: BTreeSet<(String, String)>,
    looked_up: LookedUp,
}

impl Lookup<'_> {
    async fn of_instances(&mut self, wants_volumes: bool, wants_interfaces: bool) {
        let instances = self.named(ResourceId::is_instance);
        if instances.is_empty() {
            return;
        }
        // Asked before the attachments: what is attached once an instance has left `pending` is all that the call attached.
        let (mut waiting, mut unseen) = (BTreeSet::new(), BTreeSet::new());
        for (id, shown) in self.ec2.instances.ask((), instances.clone()).await {
            match shown {
                Ok(instance) => {
                    if !instance.has_started {
                        waiting.insert(id.clone());
                    }
                    if wants_volumes {
                        unseen.extend(instance.volumes);
                    }
                    if let (Some(id), Some(tags)) = (ResourceId::parse(&id), instance.tags) {
                        self.replaced.extend(self.policy.another_identity(&self.tagging.tags, &tags).cloned());
                        self.looked_up.tags.insert(id, tags);
                    }
                }
                Err(failure) => self.problem(TagError::of(failure, None, self.call)),
            }
        }
        let volumes = async {
            if wants_volumes { self.ec2.volumes.ask(By::Instance, instances.clone()).await } else { Vec::new() }
        };
        let interfaces = async {
            if wants_interfaces {
                self.ec2.network_interfaces.ask(By::Instance, instances.clone()).await
            } else {
                Vec::new()
            }
        };
        let (volumes, interfaces, named) = tokio::join!(volumes, interfaces, self.named_interfaces());
        for found in volumes.iter().filter_map(|(_, shown)| shown.as_ref().ok()).flatten() {
            unseen.remove(found.id.as_str());
        }
        self.take_all(volumes, |_| true);
        // EC2 does not say when an interface was created. One that was made with its instance also ends with it.
        self.take_all(interfaces, |interface| interface.ends_with_instance);
        self.judge_named_interfaces(named);
        self.not_yet(&unseen, NOT_SHOWN);
        self.not_yet(&waiting, "has not started: not all of its volumes and interfaces may be attached");
    }

    async fn named_interfaces(&self) -> Shown {
        let interfaces = self.named(ResourceId::is_network_interface);
        if interfaces.is_empty() {
            return Vec::new();
        }
        self.ec2.network_interfaces.ask(By::Id, interfaces).await
    }

    /// Withholds the interfaces that the event names and that are somebody else's, or of which that cannot be told.
    fn judge_named_interfaces(&mut self, shown: Shown) {
        for (id, shown) in shown {
            let Some(id) = ResourceId::parse(&id) else { continue };
            match shown {
                Ok(interfaces) => {
                    for interface in interfaces {
                        if self.has_another_owner(&interface) {
                            self.looked_up.withheld.push(interface.id.clone());
                        }
                        self.looked_up.tags.insert(interface.id, interface.tags);
                    }
                }
                Err(failure) => {
                    self.problem(TagError::of(failure, Some(id.as_str()), self.call));
                    self.looked_up.withheld.push(id);
                }
            }
        }
    }

    async fn of_images(&mut self) {
        let mut waiting = BTreeSet::new();
        let mut snapshots = BTreeSet::new();
        for (id, shown) in self.ec2.images.ask((), self.named(ResourceId::is_image)).await {
            match shown {
                Ok(image) => {
                    snapshots.extend(image.ids);
                    if !image.is_complete {
                        waiting.insert(id.clone());
                    }
                    if let (Some(id), Some(tags)) = (ResourceId::parse(&id), image.tags) {
                        self.looked_up.tags.insert(id, tags);
                    }
                }
                Err(failure) => self.problem(TagError::of(failure, None, self.call)),
            }
        }
        if !snapshots.is_empty() {
            let shown = self.ec2.snapshots.ask((), snapshots.into_iter().collect()).await;
            let unseen =
                shown.iter().filter(|(_, shown)| matches!(shown, Ok(None))).map(|(id, _)| id.clone()).collect();
            self.not_yet(&unseen, NOT_SHOWN);
            let shown = shown.into_iter().map(|(id, shown)| (id, shown.map(|found| found.into_iter().collect())));
            self.take_all(shown.collect(), |_| true);
        }
        self.not_yet(&waiting, "does not name all of its snapshots");
    }

    /// The ids that the event names, of one kind.
    fn named(&self, is_wanted: fn(&ResourceId) -> bool) -> Vec<String> {
        self.tagging.resources.iter().filter(|id| is_wanted(id)).map(ToString::to_string).collect()
    }

    /// Takes what was found if the call created it and it is nobody else's.
    fn take_all(&mut self, shown: Shown, is_wanted: fn(&Found) -> bool) {
        for (_, shown) in shown {
            match shown {
                Ok(found) => found.into_iter().filter(is_wanted).for_each(|found| self.take(found)),
                Err(failure) => self.problem(TagError::of(failure, None, self.call)),
            }
        }
    }

    fn take(&mut self, found: Found) {
        let (Found { id, .. }, Some(created)) = (&found, found.created) else { return };
        let Some(call) = self.call.time else {
            self.problem(TagError::permanent(
                "no_time",
                format!("the event's time cannot be read, so it cannot be told whether {id} was created by this call"),
            ));
            return;
        };
        if created + SLACK < call || created > call + GRACE {
            tracing::info!(resource = %id, "not tagged along: it was not created by this call");
        } else if !self.has_another_owner(&found) {
            self.looked_up.found.push(found.id.clone());
            self.looked_up.tags.insert(found.id, found.tags);
        }
    }

    /// Whether a key that decides access says that this is somebody else's.
    fn has_another_owner(&self, found: &Found) -> bool {
        let another = self.policy.another_identity(&self.tagging.tags, &found.tags);
        let Some((key, value)) = another.filter(|identity| !self.replaced.contains(*identity)) else {
            return false;
        };
        tracing::warn!(resource = %found.id, key, value, "not tagged: it already carries another identity");
        true
    }

    /// What to try again while the call is recent; later there is nothing more to wait for.
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

    fn problem(&mut self, error: TagError) {
        let before = std::mem::replace(&mut self.looked_up.problem, Ok(()));
        self.looked_up.problem = TagError::graver(before, Err(error));
    }
}
