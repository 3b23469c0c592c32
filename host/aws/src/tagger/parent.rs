//! What instances were launched for, and who owns that.
//!
//! A service that launches instances for a user signs the API call itself, so the event names the service. The parent
//! that it launches them for, an Auto Scaling group, a fleet or a Spot request, carries the tags of the principal that
//! created it. EC2 names the parent on each instance, in tags that begin with `aws:`, which only AWS can write. A
//! launch template is no parent: its author, a platform team say, is not the principal that launches with it.

use std::collections::BTreeSet;
use std::fmt;

use autotag_core::ownership::rule::{Tags, is_service};
use autotag_core::resource::{Resource, ResourceId};

use super::by_id::Ec2Tagging;
use super::classify::AwsErrorKind;
use super::ec2::{ByInstance, Instance};
use super::error::TagError;
use super::recorded_call::{GRACE, RecordedCall};
use super::services::Services;

/// Something that instances are launched for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Parent {
    AutoScalingGroup(String),
    /// A fleet or a Spot request.
    Ec2(ResourceId),
}

/// The tagging's tags, with the values that the parent of its instances has for their keys. The service's own identity
/// does not count: where the parent has no identity, the instances get none.
///
/// # Errors
/// If it cannot be told yet which the parent is, or what it carries. The service's own name must not be put on
/// meanwhile: it might stay.
pub(super) async fn tags(services: &Services, call: &RecordedCall<'_>, tagging: &Ec2Tagging) -> Result<Tags, TagError> {
    let access_keys = &call.policy.access_keys;
    let instances = tagging.claims.iter().filter_map(|claim| match &claim.resource {
        Resource::Ec2(id) if id.is_instance() => Some(id.to_string()),
        _ => None,
    });
    let mut lineages = BTreeSet::new();
    for (id, shown) in services.ec2.instances.load(ByInstance::Id, instances.collect()).await {
        let instances = shown.map_err(|failure| TagError::of(failure, Some(&id), call))?;
        match instances.first() {
            Some(instance) => {
                lineages.insert(parents(instance));
            }
            None if call.is_recent() => {
                return Err(TagError::not_yet(format!(
                    "{id} is not shown by EC2 yet: what it was launched for is not known"
                )));
            }
            None => {}
        }
    }
    // An instance that has ended, or is not shown any more, does not contradict the others.
    lineages.remove(&Vec::new());
    let own: Tags = tagging
        .tags
        .iter()
        .filter(|(key, _)| !access_keys.contains(*key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    // One launch usually has one parent, however many instances it makes.
    let mut inherited = BTreeSet::new();
    for parents in lineages {
        inherited.insert(tags_of_first(services, call, parents, tagging, &own).await?);
    }
    match (inherited.pop_first(), inherited.is_empty()) {
        (Some(tags), true) => Ok(tags),
        (Some(_), false) => {
            let first = tagging.claims.first().map(|claim| claim.resource.to_string());
            tracing::warn!(resource = first, "nothing inherited: one call launched instances for several owners");
            Ok(own)
        }
        (None, _) => Ok(own),
    }
}

/// The tags with the values of the first parent that has a key that decides access; if none has, of the first that has
/// any of the keys.
async fn tags_of_first(
    services: &Services,
    call: &RecordedCall<'_>,
    parents: Vec<Parent>,
    tagging: &Ec2Tagging,
    own: &Tags,
) -> Result<Tags, TagError> {
    let (tags, access_keys) = (&tagging.tags, &call.policy.access_keys);
    let is_named = |parent: &Parent| {
        let Parent::Ec2(id) = parent else { return false };
        tagging.claims.iter().any(|claim| claim.resource == Resource::Ec2(id.clone()))
    };
    let mut first = None;
    for parent in parents {
        let Present { tags: present, is_young } = present(services, call, &parent, tags).await?;
        let says_who = present.iter().any(|(key, _)| access_keys.contains(key));
        // The service's name does not go with a person's identity.
        let mut inherited = if says_who { Tags::new() } else { own.clone() };
        let mut has_any = false;
        for (key, value) in present {
            if tags.contains_key(&key) {
                inherited.insert(key, value);
                has_any = true;
            }
        }
        if has_any && says_who {
            return Ok(inherited);
        }
        // The event that gives the parent its owner may be on its way; a service's name says that it has come.
        let has_come = says_who || (has_any && inherited.values().any(|value| is_service(value)));
        if !has_come && is_young && !is_named(&parent) {
            return Err(TagError::not_yet(format!("{parent}, which it was launched for, has no owner yet")));
        }
        if has_any && first.is_none() {
            first = Some(inherited);
        }
    }
    Ok(first.unwrap_or_else(|| own.clone()))
}

/// What a parent shows of itself.
struct Present {
    tags: Vec<(String, String)>,
    /// Whether the event of its own creation may not have been worked on yet. For Auto Scaling groups, whose owner tags
    /// the principals that create them put on, this does not matter.
    is_young: bool,
}

async fn present(
    services: &Services,
    call: &RecordedCall<'_>,
    parent: &Parent,
    tags: &Tags,
) -> Result<Present, TagError> {
    let error = |failure| TagError::of(failure, Some(&parent.to_string()), call);
    match parent {
        Parent::AutoScalingGroup(name) => {
            let tags = services.auto_scaling.tags_of(name).await.map_err(error)?;
            Ok(Present { tags, is_young: false })
        }
        Parent::Ec2(id) if id.prefix() == Some("fleet") => {
            let asked = services.ec2.fleets.load((), vec![id.clone()]).await;
            let fleet = match asked.into_iter().next().map(|(_, fleet)| fleet).transpose() {
                Err(failure) if failure.kind == AwsErrorKind::NotFound => None,
                fleet => fleet.map_err(error)?,
            };
            let fleet = fleet.unwrap_or_default();
            let created = fleet.shown.iter().flat_map(|shown| &shown.created).max();
            let is_young =
                call.is_recent() && created.is_none_or(|created| created.elapsed().is_ok_and(|age| age < GRACE));
            Ok(Present { tags: fleet.shown.map(|shown| shown.tags).unwrap_or_default(), is_young })
        }
        Parent::Ec2(id) => {
            let asked = services.ec2.tags.load(tags.keys().cloned().collect(), vec![id.clone()]).await;
            let tags = asked.into_iter().next().map(|(_, shown)| shown).transpose().map_err(error)?;
            Ok(Present { tags: tags.unwrap_or_default(), is_young: call.is_recent() })
        }
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AutoScalingGroup(name) => write!(formatter, "the Auto Scaling group {name}"),
            Self::Ec2(id) => id.fmt(formatter),
        }
    }
}

/// What an instance was launched for, the one closest to a person's own action first.
fn parents(instance: &Instance) -> Vec<Parent> {
    let tag = |key: &str| {
        let mut tags = instance.tags.iter();
        tags.find(|(present, _)| present == key).map(|(_, value)| value.as_str())
    };
    let ec2 = |id: Option<&str>| id.and_then(ResourceId::parse).map(Parent::Ec2);
    [
        tag("aws:autoscaling:groupName").map(|name| Parent::AutoScalingGroup(name.to_owned())),
        ec2(tag("aws:ec2:fleet-id")),
        ec2(tag("aws:ec2spot:fleet-request-id")),
        ec2(instance.spot_request.as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instances_parents_are_what_ec2_wrote_on_it_the_group_first() {
        let fleet = "fleet-12a34b55-67cd-8ef9-ba9b-9208dddddddd";
        let tags = [
            ("Name", "web"),
            ("aws:ec2launchtemplate:id", "lt-1"),
            ("aws:ec2launchtemplate:version", "3"),
            ("aws:ec2:fleet-id", fleet),
            ("aws:autoscaling:groupName", "web"),
            ("aws:ec2spot:fleet-request-id", "nonsense"),
        ];
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let id = ResourceId::parse("i-1").unwrap();
        let (launched, has_started, volumes) = (None, true, Vec::new());
        let instance = Instance { id, launched, has_started, volumes, tags, spot_request: Some("sir-1".into()) };
        let ec2 = |id: &str| Parent::Ec2(ResourceId::parse(id).unwrap());
        assert_eq!(parents(&instance), [Parent::AutoScalingGroup("web".into()), ec2(fleet), ec2("sir-1")]);
        assert_eq!(parents(&Instance { tags: Vec::new(), spot_request: None, ..instance }), []);
    }
}
