//! What instances were launched for, and whose that is.
//!
//! A service that launches instances for somebody signs the call itself, so the event names the service. What it launches them for carries
//! the tags of whoever made that: an Auto Scaling group, a fleet, a Spot request, a launch template. EC2 writes the way there on each
//! instance, in tags that begin with `aws:`, which nobody else can write.

use std::collections::{BTreeMap, BTreeSet};

use super::by_id::Ec2Tagging;
use super::ec2::Instance;
use super::services::Services;
use super::{Call, TagError};
use crate::resource::ResourceId;

type Tags = BTreeMap<String, String>;

/// Something that instances are launched for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Parent {
    AutoScalingGroup(String),
    /// A fleet, a Spot request or a launch template.
    Ec2(ResourceId),
}

/// The tagging's tags, with the values that the parent of its instances has for their keys.
///
/// # Errors
/// If it cannot be told yet who the parent is, or what it carries. The service's own name must not be put on meanwhile: it might stay.
pub(super) async fn tags(
    services: &Services,
    call: &Call<'_>,
    tagging: &Ec2Tagging,
    access_keys: &BTreeSet<String>,
) -> Result<Tags, TagError> {
    let instances: Vec<_> = tagging.resources.iter().filter(|id| id.is_instance()).map(ToString::to_string).collect();
    let mut lineages = BTreeSet::new();
    for (id, shown) in services.ec2.instances.ask((), instances).await {
        let instance = shown.map_err(|failure| TagError::of(failure, Some(&id), call))?;
        if instance.tags.is_none() && call.is_recent() {
            return Err(TagError::not_yet(format!(
                "{id} is not shown by EC2 yet: what it was launched for is not known"
            )));
        }
        lineages.insert(parents(&instance));
    }
    // One that has ended, or is not shown any more, says nothing against what the others say.
    lineages.remove(&Vec::new());
    // One launch is usually for one, however many instances it is of.
    let mut inherited = BTreeSet::new();
    for parents in lineages {
        inherited.insert(tags_of_first(services, call, parents, &tagging.tags, access_keys).await?);
    }
    match (inherited.pop_first(), inherited.is_empty()) {
        (Some(tags), true) => Ok(tags),
        (Some(_), false) => {
            let first = tagging.resources.first().map(ToString::to_string);
            tracing::warn!(resource = first, "nothing inherited: one call launched instances for several owners");
            Ok(tagging.tags.clone())
        }
        (None, _) => Ok(tagging.tags.clone()),
    }
}

/// The tags with the values of the first parent that has a key that decides access; if none has, of the first that has any of the keys.
async fn tags_of_first(
    services: &Services,
    call: &Call<'_>,
    parents: Vec<Parent>,
    tags: &Tags,
    access_keys: &BTreeSet<String>,
) -> Result<Tags, TagError> {
    let mut first = None;
    for parent in parents {
        let present = present(services, call, &parent, tags).await?;
        let says_who = present.iter().any(|(key, _)| access_keys.contains(key));
        let mut inherited = tags.clone();
        let mut has_any = false;
        for (key, value) in present {
            if let Some(own) = inherited.get_mut(&key) {
                *own = value;
                has_any = true;
            }
        }
        if has_any && says_who {
            return Ok(inherited);
        }
        if has_any && first.is_none() {
            first = Some(inherited);
        }
    }
    Ok(first.unwrap_or_else(|| tags.clone()))
}

/// The tags that a parent carries.
async fn present(
    services: &Services,
    call: &Call<'_>,
    parent: &Parent,
    tags: &Tags,
) -> Result<Vec<(String, String)>, TagError> {
    let (name, shown) = match parent {
        Parent::AutoScalingGroup(name) => {
            let asked = services.auto_scaling.describe_tags.ask((), vec![name.clone()]).await;
            (name.clone(), asked.into_iter().next().map(|(_, shown)| shown))
        }
        Parent::Ec2(id) => {
            let asked = services.ec2.tags.ask(tags.keys().cloned().collect(), vec![id.clone()]).await;
            (id.to_string(), asked.into_iter().next().map(|(_, shown)| shown))
        }
    };
    shown.transpose().map(Option::unwrap_or_default).map_err(|failure| TagError::of(failure, Some(&name), call))
}

/// What an instance was launched for, the closest to a person's own doing first.
fn parents(instance: &Instance) -> Vec<Parent> {
    let tag = |key: &str| {
        let mut tags = instance.tags.iter().flatten();
        tags.find(|(present, _)| present == key).map(|(_, value)| value.as_str())
    };
    let ec2 = |id: Option<&str>| id.and_then(ResourceId::parse).map(Parent::Ec2);
    [
        tag("aws:autoscaling:groupName").map(|name| Parent::AutoScalingGroup(name.to_owned())),
        ec2(tag("aws:ec2:fleet-id")),
        ec2(tag("aws:ec2spot:fleet-request-id")),
        ec2(instance.spot_request.as_deref()),
        ec2(tag("aws:ec2launchtemplate:id")),
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
        let instance = Instance { tags: Some(tags), spot_request: Some("sir-1".into()), ..Instance::default() };
        let ec2 = |id: &str| Parent::Ec2(ResourceId::parse(id).unwrap());
        let expected = [Parent::AutoScalingGroup("web".into()), ec2(fleet), ec2("sir-1"), ec2("lt-1")];
        assert_eq!(parents(&instance), expected);
        assert_eq!(parents(&Instance::default()), []);
    }
}
