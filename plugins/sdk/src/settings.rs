//! What operators can set for a plugin: the keys of the tags, further tags, and whose API calls count.

mod filter;
mod plugin_settings;
mod template;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::filter::Filter;
pub use self::template::ValueTemplate;
use crate::{CloudTrailRecord, Creator, Event, Failure, Tag};

/// Settings that make sense for every plugin. Use them as they are, or add a key of the plugin's own with
/// [`Settings::with_plugin_settings`].
///
/// ```toml
/// [plugin.ec2.settings]
/// owner_key = "CreatedBy"           # instead of Owner
/// principal_id_key = "CreatorId"    # instead of PrincipalId
/// tags = { CreatedAt = "{event_time}", CreatedWith = "{event_name} from {source_ip}" }
/// skip = { users = ["ci-*"], services = ["autoscaling.amazonaws.com"] }
/// only = { roles = ["AWSReservedSSO_*"] }
/// ```
///
/// A key must also be among the `tag_keys` of the host's own configuration, which has the last word.
///
/// ```
/// use autotag_plugin_sdk::testing::api_call;
/// use autotag_plugin_sdk::{CloudTrailRecord, Failure, Settings};
///
/// let settings: Settings =
///     serde_json::from_str(r#"{"tags": {"CreatedWith": "{event_name}"}, "skip": {"users": ["ci-*"]}}"#).unwrap();
/// assert_eq!(settings.tag_keys(), ["Owner", "PrincipalId", "CreatedWith"]);
///
/// let event = api_call(
///     "aws.ec2",
///     r#"{"eventName": "CreateVpc", "userIdentity": {"userName": "bob", "principalId": "AIDABOB"}}"#,
/// );
/// let record = CloudTrailRecord::parse(&event.detail).unwrap();
/// let creator = settings.creator(&event, &record).unwrap();
/// let tags = settings.tags(&event, &record, &creator);
/// let values: Vec<_> = tags.iter().map(|tag| tag.value.as_str()).collect();
/// assert_eq!(values, ["bob", "AIDABOB", "CreateVpc"]);
///
/// let event = api_call("aws.ec2", r#"{"eventName": "CreateVpc", "userIdentity": {"userName": "ci-7"}}"#);
/// let record = CloudTrailRecord::parse(&event.detail).unwrap();
/// assert!(matches!(settings.creator(&event, &record), Err(Failure::Skip(_))));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Settings {
    keys: KeyNames,
    tags: BTreeMap<String, ValueTemplate>,
    skip: Filter,
    only: Option<Filter>,
}

/// The keys of the two tags that name the creator.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KeyNames {
    /// The key of the readable name.
    owner: String,
    /// The key of the principal id, which a service that acts for itself does not get.
    principal_id: String,
}

impl Default for KeyNames {
    fn default() -> Self {
        Self { owner: "Owner".into(), principal_id: "PrincipalId".into() }
    }
}

/// Settings as they are written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Unchecked {
    owner_key: String,
    principal_id_key: String,
    tags: BTreeMap<String, ValueTemplate>,
    skip: Filter,
    only: Option<Filter>,
}

impl Default for Unchecked {
    fn default() -> Self {
        let KeyNames { owner, principal_id } = KeyNames::default();
        Self {
            owner_key: owner,
            principal_id_key: principal_id,
            tags: BTreeMap::new(),
            skip: Filter::default(),
            only: None,
        }
    }
}

impl TryFrom<Unchecked> for Settings {
    type Error = String;

    fn try_from(written: Unchecked) -> Result<Self, String> {
        let Unchecked { owner_key, principal_id_key, tags, skip, only } = written;
        if owner_key == principal_id_key {
            return Err(format!(
                "`owner_key` and `principal_id_key` are both `{owner_key}`: give each tag a key of its own"
            ));
        }
        if let Some((name, key)) = [("owner_key", &owner_key), ("principal_id_key", &principal_id_key)]
            .into_iter()
            .find(|(_, key)| tags.contains_key(*key))
        {
            return Err(format!("`tags.{key}` is the key that `{name}` names: take another"));
        }
        if only.as_ref().is_some_and(Filter::is_empty) {
            return Err(
                "`only` names no principal, so nothing would be tagged: name users, roles or services, or leave it out"
                    .into(),
            );
        }
        Ok(Self { keys: KeyNames { owner: owner_key, principal_id: principal_id_key }, tags, skip, only })
    }
}

impl Settings {
    /// All keys that are ever written with these settings, as the answer of
    /// [`Plugin::tag_keys`](crate::Plugin::tag_keys).
    #[must_use]
    pub fn tag_keys(&self) -> Vec<String> {
        [&self.keys.owner, &self.keys.principal_id].into_iter().chain(self.tags.keys()).cloned().collect()
    }

    /// The creator: who made the API call of `event`, whose `detail` is `record`.
    ///
    /// ```
    /// use autotag_plugin_sdk::testing::api_call;
    /// use autotag_plugin_sdk::{CloudTrailRecord, Failure, Settings};
    ///
    /// let settings: Settings = serde_json::from_str(r#"{"only": {"roles": ["AWSReservedSSO_*"]}}"#)?;
    /// let event = api_call("aws.ec2", r#"{"eventName": "CreateVpc", "userIdentity": {"userName": "bob"}}"#);
    /// let record = CloudTrailRecord::parse(&event.detail)?;
    /// let words = "`only` in the settings does not name the user bob";
    /// assert_eq!(settings.creator(&event, &record), Err(Failure::Skip(words.into())));
    /// assert_eq!(Settings::default().creator(&event, &record)?.owner, "bob");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Creator::of`], and [`Failure::Skip`] if the settings leave the creator out.
    pub fn creator(&self, event: &Event, record: &CloudTrailRecord<'_>) -> Result<Creator, Failure> {
        let creator = Creator::of(event, record)?;
        if let Some(named) = self.skip.find(&creator) {
            return Err(Failure::Skip(format!("the settings leave out {named} (`skip`)")));
        }
        if let Some(only) = &self.only
            && only.find(&creator).is_none()
        {
            return Err(Failure::Skip(format!("`only` in the settings does not name {}", filter::names_of(&creator))));
        }
        Ok(creator)
    }

    /// All tags for what the API call created: those that name the creator, and the further ones.
    ///
    /// ```
    /// use autotag_plugin_sdk::testing::api_call;
    /// use autotag_plugin_sdk::{CloudTrailRecord, Settings};
    ///
    /// let settings: Settings = serde_json::from_str(r#"{"tags": {"CreatedIn": "{account}/{region}"}}"#)?;
    /// let event = api_call(
    ///     "aws.ec2",
    ///     r#"{"eventName": "CreateVpc", "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
    ///         "userIdentity": {"userName": "bob", "principalId": "AIDABOB"}}"#,
    /// );
    /// let record = CloudTrailRecord::parse(&event.detail)?;
    /// let tags = settings.tags(&event, &record, &settings.creator(&event, &record)?);
    /// let tags: Vec<_> = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    /// assert_eq!(tags, [("Owner", "bob"), ("PrincipalId", "AIDABOB"), ("CreatedIn", "111122223333/eu-central-1")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tags(&self, event: &Event, record: &CloudTrailRecord<'_>, creator: &Creator) -> Vec<Tag> {
        let mut tags = self.creator_tags(creator);
        tags.append(&mut self.further_tags(event, record, creator));
        tags
    }

    /// The tags that name the creator: the readable name, and the principal id unless the creator is a service that
    /// acts for itself, whose principal id would give access to no user.
    #[must_use]
    pub fn creator_tags(&self, creator: &Creator) -> Vec<Tag> {
        let mut tags = self.inheritable_tags(creator);
        if creator.is_service {
            tags.retain(|tag| tag.key != self.keys.principal_id);
        }
        tags
    }

    /// The tags that name the creator, a service's principal id among them: for a tagging with
    /// [`Related::PARENT`](crate::Related::PARENT), and for no other.
    ///
    /// There the host replaces the value of each with the parent's, and takes no other keys from the parent. It drops
    /// the principal id where the parent has none.
    ///
    /// ```
    /// use autotag_plugin_sdk::{Creator, Settings, Tag};
    ///
    /// let service = Creator {
    ///     owner: "autoscaling.amazonaws.com".into(),
    ///     principal_id: Some("AROAROLE:AutoScaling".into()),
    ///     role: Some("AWSServiceRoleForAutoScaling".into()),
    ///     invoked_by: Some("autoscaling.amazonaws.com".into()),
    ///     is_service: true,
    /// };
    /// let keys = |tags: Vec<Tag>| -> Vec<String> { tags.into_iter().map(|tag| tag.key).collect() };
    /// assert_eq!(keys(Settings::default().inheritable_tags(&service)), ["Owner", "PrincipalId"]);
    /// assert_eq!(keys(Settings::default().creator_tags(&service)), ["Owner"]);
    /// ```
    #[must_use]
    pub fn inheritable_tags(&self, creator: &Creator) -> Vec<Tag> {
        let owner = Tag { key: self.keys.owner.clone(), value: creator.owner.clone() };
        let principal_id =
            creator.principal_id.as_ref().map(|id| Tag { key: self.keys.principal_id.clone(), value: id.clone() });
        std::iter::once(owner).chain(principal_id).collect()
    }

    /// The further tags of the settings, without those whose template needs what the event does not say.
    ///
    /// ```
    /// use autotag_plugin_sdk::testing::api_call;
    /// use autotag_plugin_sdk::{CloudTrailRecord, Settings};
    ///
    /// let settings: Settings = serde_json::from_str(r#"{"tags": {"By": "{event_name}", "CreatedIn": "{region}"}}"#)?;
    /// // The event does not say its Region.
    /// let event = api_call("aws.ec2", r#"{"eventName": "CreateVpc", "userIdentity": {"userName": "bob"}}"#);
    /// let record = CloudTrailRecord::parse(&event.detail)?;
    /// let tags = settings.further_tags(&event, &record, &settings.creator(&event, &record)?);
    /// assert_eq!(tags.iter().map(|tag| tag.value.as_str()).collect::<Vec<_>>(), ["CreateVpc"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn further_tags(&self, event: &Event, record: &CloudTrailRecord<'_>, creator: &Creator) -> Vec<Tag> {
        let filled = |(key, template): (&String, &ValueTemplate)| {
            Some(Tag { key: key.clone(), value: template.fill(event, record, creator)? })
        };
        self.tags.iter().filter_map(filled).collect()
    }
}

#[cfg(test)]
mod tests;
