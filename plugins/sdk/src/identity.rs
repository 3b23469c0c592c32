//! Who made an API call: from a record's `userIdentity` to the names of the creator.

mod service_session;

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use self::service_session::is_own_session;
use crate::text::non_empty;
use crate::{CloudTrailRecord, Event, Failure};

/// The parts of a record's `userIdentity` that name a principal. Every field can be missing in a real record, `type`
/// too.
///
/// ```
/// use autotag_plugin_sdk::UserIdentity;
///
/// let identity: UserIdentity = serde_json::from_str(
///     r#"{"type": "AssumedRole", "principalId": "AROAROLE:bob", "invokedBy": "cloudformation.amazonaws.com",
///         "arn": "arn:aws:sts::111122223333:assumed-role/Admin/bob"}"#,
/// )
/// .unwrap();
/// assert_eq!(identity.owner(), Some("bob"));
/// assert_eq!(identity.role(), Some("Admin"));
/// // CloudFormation passes on what bob asked for.
/// assert_eq!(identity.acting_service(), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserIdentity {
    /// What kind of identity it is: `IAMUser`, `AssumedRole`, `Root`, …
    #[serde(deserialize_with = "text_or_none")]
    pub r#type: Option<String>,
    /// What IAM calls `aws:userid`.
    #[serde(deserialize_with = "text_or_none")]
    pub principal_id: Option<String>,
    /// The ARN of the user, the role's session or the root.
    #[serde(deserialize_with = "text_or_none")]
    pub arn: Option<String>,
    /// An IAM user's name; the account's alias for some records of the root.
    #[serde(deserialize_with = "text_or_none")]
    pub user_name: Option<String>,
    /// The AWS service that made the API call.
    #[serde(deserialize_with = "text_or_none")]
    pub invoked_by: Option<String>,
    /// The access key that signed the API call.
    #[serde(deserialize_with = "text_or_none")]
    pub access_key_id: Option<String>,
    /// The IAM Identity Center user on whose behalf the API call was made.
    #[serde(deserialize_with = "object_or_none")]
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The account that the identity belongs to.
    #[serde(deserialize_with = "text_or_none")]
    pub account_id: Option<String>,
    /// How the temporary credentials were issued.
    #[serde(deserialize_with = "object_or_none")]
    pub session_context: Option<SessionContext>,
}

/// How temporary credentials were issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionContext {
    /// The role that was assumed, or the user or the root that asked for the credentials. Some records have an empty
    /// one.
    #[serde(deserialize_with = "object_or_none")]
    pub session_issuer: Option<SessionIssuer>,
    /// Who began the session, as said when the first role was assumed. It stays the same through role chaining.
    #[serde(deserialize_with = "text_or_none")]
    pub source_identity: Option<String>,
}

/// The role that was assumed, or the user or the root that asked for the credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionIssuer {
    /// `Role`, `IAMUser` or `Root`.
    #[serde(deserialize_with = "text_or_none")]
    pub r#type: Option<String>,
    /// The name of the role or the user.
    #[serde(deserialize_with = "text_or_none")]
    pub user_name: Option<String>,
    /// The ARN, with the path of the role or the user.
    #[serde(deserialize_with = "text_or_none")]
    pub arn: Option<String>,
}

/// An IAM Identity Center user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnBehalfOf {
    /// The user's id in the identity store.
    #[serde(deserialize_with = "text_or_none")]
    pub user_id: Option<String>,
}

impl UserIdentity {
    /// Exactly what IAM compares as `aws:userid`. None if the record does not say.
    #[must_use]
    pub fn principal_id(&self) -> Option<&str> {
        non_empty(self.principal_id.as_deref())
    }

    /// A readable name for the principal that made the API call.
    ///
    /// - For an AWS service that acts for itself, the service: `autoscaling.amazonaws.com`, else its service-linked
    ///   role.
    /// - For the root, `root`, since its user name is the account's alias.
    /// - For other principals, the first that the record has: who they said they are when the first of their roles was
    ///   assumed (`sourceIdentity`), the user name, the name of the role's session or of the federated user, the
    ///   service that acted.
    /// - Else what comes closest to a name: the role, the Identity Center user's id, the principal id.
    ///
    /// None if there is not even that.
    ///
    /// ```
    /// use autotag_plugin_sdk::UserIdentity;
    ///
    /// let owner = |identity: &str| -> serde_json::Result<Option<String>> {
    ///     let identity: UserIdentity = serde_json::from_str(identity)?;
    ///     Ok(identity.owner().map(str::to_owned))
    /// };
    /// let user = r#"{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}"#;
    /// assert_eq!(owner(user)?.as_deref(), Some("bob"));
    /// let session = r#"{"type": "AssumedRole", "principalId": "AROAROLE:bob@example.com"}"#;
    /// assert_eq!(owner(session)?.as_deref(), Some("bob@example.com"));
    /// let root = r#"{"type": "Root", "principalId": "111122223333", "userName": "our-alias"}"#;
    /// assert_eq!(owner(root)?.as_deref(), Some("root"));
    /// assert_eq!(owner("{}")?, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.acting_service()
            .or_else(|| self.is_root().then_some("root"))
            .or_else(|| non_empty(self.session_context.as_ref()?.source_identity.as_deref()))
            .or_else(|| non_empty(self.user_name.as_deref()))
            .or_else(|| self.session())
            .or_else(|| self.named_in_arn(&["user/", "assumed-role/", "federated-user/"]))
            .or_else(|| non_empty(self.invoked_by.as_deref()))
            .or_else(|| self.named_in_arn(&["role/"]))
            .or_else(|| self.on_behalf_of.as_ref().and_then(|user| non_empty(user.user_id.as_deref())))
            .or_else(|| self.principal_id())
    }

    /// The AWS service that acts for itself, by a service-linked role, by a role of the customer's, without any role,
    /// or in the root's name as in old records: its name, else the role's, else whatever names it. None if a service
    /// merely passes on what its caller asked for, as CloudFormation does where a stack has no role of its own.
    ///
    /// ```
    /// use autotag_plugin_sdk::UserIdentity;
    ///
    /// let acting = |session: &str| -> serde_json::Result<Option<String>> {
    ///     let identity: UserIdentity = serde_json::from_str(&format!(
    ///         r#"{{"type": "AssumedRole", "principalId": "AROAROLE:{session}",
    ///             "invokedBy": "cloudformation.amazonaws.com"}}"#
    ///     ))?;
    ///     Ok(identity.acting_service().map(str::to_owned))
    /// };
    /// // The stack has a role of its own.
    /// assert_eq!(acting("AWSCloudFormation")?.as_deref(), Some("cloudformation.amazonaws.com"));
    /// // It has none, so CloudFormation passes on what bob asked for.
    /// assert_eq!(acting("bob")?, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn acting_service(&self) -> Option<&str> {
        let invoked_by = non_empty(self.invoked_by.as_deref());
        if let (Some(service), Some(session)) = (invoked_by, self.role_session())
            && is_own_session(service, session)
        {
            return Some(service);
        }
        let names_no_principal = self.r#type.is_none()
            && self.principal_id().is_none()
            && self.arn_resource().is_none()
            && self.issuer_arn().or(self.role()).is_none();
        let role = self.service_linked_role();
        let is_service = non_empty(self.r#type.as_deref()) == Some("AWSService") || self.is_root_for_a_service();
        if role.is_none() && !is_service && !names_no_principal {
            return None;
        }
        // Some records say `AWS Internal`, which is none.
        let service = invoked_by.filter(|service| service.contains('.'));
        service.or(role).or(invoked_by).or_else(|| self.principal_id()).or_else(|| non_empty(self.arn.as_deref()))
    }

    /// The service that the role is linked to, or else the role's name. Only AWS makes roles with that path; the name
    /// decides only where a record has no path.
    fn service_linked_role(&self) -> Option<&str> {
        match self.issuer_arn() {
            Some(arn) => arn.split_once(":role/aws-service-role/")?.1.split('/').next(),
            None => self.role().filter(|role| role.starts_with("AWSServiceRoleFor")),
        }
    }

    fn issuer_arn(&self) -> Option<&str> {
        non_empty(self.session_context.as_ref()?.session_issuer.as_ref()?.arn.as_deref())
    }

    /// The role whose permissions the API call was made with.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        let issuer = self.session_context.as_ref().and_then(|session| session.session_issuer.as_ref());
        issuer
            .filter(|issuer| matches!(non_empty(issuer.r#type.as_deref()), Some("Role") | None))
            .and_then(|issuer| non_empty(issuer.user_name.as_deref()))
            .or_else(|| self.arn_resource()?.strip_prefix("assumed-role/")?.split('/').next())
            .or_else(|| self.named_in_arn(&["role/"]))
            .filter(|role| !role.is_empty())
    }

    /// What follows the colon of a principal id: a role's session (`AROA…:session`) or a federated user
    /// (`111122223333:name`). Other principal ids have no colon.
    fn session(&self) -> Option<&str> {
        let (_, name) = self.principal_id()?.split_once(':')?;
        non_empty(Some(name))
    }

    /// The name of a role's session, which the principal that assumes the role chooses.
    fn role_session(&self) -> Option<&str> {
        let in_arn = self.named_in_arn(&["assumed-role/"]);
        match non_empty(self.r#type.as_deref()) {
            Some("AssumedRole") => self.session().or(in_arn),
            None if in_arn.is_some() => self.session().or(in_arn),
            _ => None,
        }
    }

    /// The last part of an ARN such as `arn:aws:iam::111122223333:user/path/name`, if its resource is of one of
    /// `kinds`.
    fn named_in_arn(&self, kinds: &[&str]) -> Option<&str> {
        let resource = self.arn_resource()?;
        let name = kinds.iter().find_map(|kind| resource.strip_prefix(kind))?.rsplit('/').next()?;
        non_empty(Some(name))
    }

    fn is_root(&self) -> bool {
        non_empty(self.r#type.as_deref()) == Some("Root") || self.arn_resource() == Some("root")
    }

    /// Whether the record names the root in place of a service: before services had roles, their records named the
    /// root, but no access key or session of its. With one of these, the service passes on what the root asked for.
    fn is_root_for_a_service(&self) -> bool {
        let has_signed = non_empty(self.access_key_id.as_deref()).is_some() || self.session_context.is_some();
        self.is_root() && !has_signed && self.invoked_by.as_deref().is_some_and(|service| service.contains('.'))
    }

    fn arn_resource(&self) -> Option<&str> {
        non_empty(self.arn.as_deref())?.splitn(6, ':').nth(5)
    }
}

/// A string, or an integer, which some records have in its place; none if something else stands there.
fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct TextOrNone;

    impl<'de> Visitor<'de> for TextOrNone {
        type Value = Option<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("JSON")
        }

        fn visit_str<E>(self, text: &str) -> Result<Option<String>, E> {
            Ok(Some(text.to_owned()))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Option<String>, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_i64<E>(self, number: i64) -> Result<Option<String>, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_f64<E>(self, _: f64) -> Result<Option<String>, E> {
            Ok(None)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Option<String>, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Option<String>, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<String>, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }

    deserializer.deserialize_any(TextOrNone)
}

/// An object; none if something else stands in its place, such as the empty string that some records have there.
fn object_or_none<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct ObjectOrNone<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectOrNone<T> {
        type Value = Option<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("JSON")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<T>, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_str<E>(self, _: &str) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Option<T>, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(ObjectOrNone(PhantomData))
}

/// The creator: who made an API call, as tags say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// A readable name, by [`UserIdentity::owner`].
    pub owner: String,
    /// For IAM policies to compare with `${aws:userid}`. An AWS service that acts for itself, without a role, has none.
    /// With a role it has one, but that gives access to no user, so [`Settings::tags`](crate::Settings::tags) leaves it
    /// out.
    pub principal_id: Option<String>,
    /// The role whose permissions the API call was made with, if there was one.
    pub role: Option<String>,
    /// The AWS service that made the API call, for itself or for its caller.
    pub invoked_by: Option<String>,
    /// Whether it is an AWS service that acts for itself: no user asked for just this API call.
    pub is_service: bool,
}

impl Creator {
    /// Who made the API call of `event`, whose `detail` is `record`.
    ///
    /// ```
    /// use autotag_plugin_sdk::testing::api_call;
    /// use autotag_plugin_sdk::{CloudTrailRecord, Creator, Failure};
    ///
    /// let event = api_call(
    ///     "aws.ec2",
    ///     r#"{"eventName": "CreateVolume", "recipientAccountId": "111122223333",
    ///         "userIdentity": {"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}}"#,
    /// );
    /// let bob = Creator::of(&event, &CloudTrailRecord::parse(&event.detail)?)?;
    /// assert_eq!((bob.owner.as_str(), bob.principal_id.as_deref()), ("bob", Some("AIDABOB")));
    /// assert!(!bob.is_service);
    ///
    /// let event = api_call("aws.ec2", r#"{"eventName": "CreateVolume"}"#);
    /// let unknown = Creator::of(&event, &CloudTrailRecord::parse(&event.detail)?);
    /// assert!(matches!(unknown, Err(Failure::CannotTell(_))));
    /// # Ok::<(), Failure>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure::CannotTell`] if the record does not say; [`Failure::Skip`] if the caller is of another account. Such
    /// a record is a copy for an account that the API call merely touched. What it created belongs to the caller's
    /// account, which has a record of its own.
    pub fn of(event: &Event, record: &CloudTrailRecord<'_>) -> Result<Self, Failure> {
        let identity = record.user_identity.as_ref().ok_or_else(|| {
            Failure::CannotTell("cannot tell who made the call: the record has no userIdentity".into())
        })?;
        if let (Some("AWSAccount"), Some(account)) =
            (non_empty(identity.r#type.as_deref()), non_empty(identity.account_id.as_deref()))
            && account != event.account
        {
            return Err(Failure::Skip(format!(
                "the caller is of account {account}, which owns what the call created and has an event of its own"
            )));
        }
        let owner = identity.owner().ok_or_else(|| {
            let kind = non_empty(identity.r#type.as_deref()).unwrap_or("(no type)");
            Failure::CannotTell(format!(
                "cannot tell who made the call: the record's userIdentity, {kind}, has neither principalId, arn, userName nor invokedBy"
            ))
        })?;
        Ok(Self {
            owner: owner.into(),
            principal_id: identity.principal_id().map(Into::into),
            role: identity.role().map(Into::into),
            invoked_by: non_empty(identity.invoked_by.as_deref()).map(Into::into),
            is_service: identity.acting_service().is_some(),
        })
    }

    /// The service that made the API call, for itself or for its caller, as operators name it. One that acts for itself
    /// goes by its role's name if the record does not say its own.
    pub(crate) fn named_service(&self) -> Option<&str> {
        if self.is_service { Some(&self.owner) } else { self.invoked_by.as_deref() }
    }
}

#[cfg(test)]
mod tests;
