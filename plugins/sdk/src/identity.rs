//! Who made the call: from a record's `userIdentity` to the tags that name the creator.

use serde::Deserialize;

use crate::{CloudTrailRecord, Failure, Tag};

/// The parts of a record's `userIdentity` that name somebody. Every field can be missing in a real record, `type` too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserIdentity {
    /// What kind of identity it is: `IAMUser`, `AssumedRole`, `Root`, …
    pub r#type: Option<String>,
    /// What IAM calls `aws:userid`.
    pub principal_id: Option<String>,
    /// The ARN of the user, the role's session or the root.
    pub arn: Option<String>,
    /// An IAM user's name; the account's alias for some records of the root.
    pub user_name: Option<String>,
    /// The AWS service that made the call.
    pub invoked_by: Option<String>,
    /// The IAM Identity Center user on whose behalf the call was made.
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// An IAM Identity Center user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnBehalfOf {
    /// The user's id in the identity store.
    pub user_id: Option<String>,
}

impl UserIdentity {
    /// Exactly what IAM compares as `aws:userid`, if the record says it.
    #[must_use]
    pub fn principal_id(&self) -> Option<&str> {
        said(&self.principal_id)
    }

    /// A readable name for whoever made the call: the user name, else the name of the role's session, else that of the
    /// federated user, else `root`, else the service that acted. Where a record has none of these, the closest thing that
    /// leads to somebody: the role, the Identity Center user's id, the principal id. None if there is not even that.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        said(&self.user_name)
            .or_else(|| self.session())
            .or_else(|| self.named_in_arn(&["user/", "assumed-role/", "federated-user/"]))
            .or_else(|| self.is_root().then_some("root"))
            .or_else(|| said(&self.invoked_by))
            .or_else(|| self.named_in_arn(&["role/"]))
            .or_else(|| self.on_behalf_of.as_ref().and_then(|user| said(&user.user_id)))
            .or_else(|| self.principal_id())
    }

    /// What stands behind the colon of a principal id: a role's session (`AROA…:session`) or a federated user
    /// (`111122223333:name`). Other principal ids have no colon.
    fn session(&self) -> Option<&str> {
        let (_, name) = self.principal_id()?.split_once(':')?;
        Some(name).filter(|name| !name.is_empty())
    }

    /// The last part of an ARN such as `arn:aws:iam::111122223333:user/path/name`, if its resource is of one of `kinds`.
    fn named_in_arn(&self, kinds: &[&str]) -> Option<&str> {
        let resource = self.arn_resource()?;
        let name = kinds.iter().find_map(|kind| resource.strip_prefix(kind))?.rsplit('/').next()?;
        Some(name).filter(|name| !name.is_empty())
    }

    fn is_root(&self) -> bool {
        said(&self.r#type) == Some("Root") || self.arn_resource() == Some("root")
    }

    fn arn_resource(&self) -> Option<&str> {
        said(&self.arn)?.splitn(6, ':').nth(5)
    }
}

/// A field that is there and not empty.
fn said(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

/// Whoever made a call, as tags say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// For people to read.
    pub owner: String,
    /// For IAM policies to compare with `${aws:userid}`. An AWS service that acts for itself has none.
    pub principal_id: Option<String>,
}

impl Creator {
    /// Whoever made the call in `record`.
    ///
    /// # Errors
    /// [`Failure::CannotTell`] if the record does not say.
    pub fn of(record: &CloudTrailRecord<'_>) -> Result<Self, Failure> {
        let identity = record.user_identity.as_ref().ok_or_else(|| {
            Failure::CannotTell("cannot tell who made the call: the record has no userIdentity".into())
        })?;
        let owner = identity.owner().ok_or_else(|| {
            let kind = said(&identity.r#type).unwrap_or("(no type)");
            Failure::CannotTell(format!(
                "cannot tell who made the call: the record's userIdentity, {kind}, has neither principalId, arn, userName nor invokedBy"
            ))
        })?;
        Ok(Self { owner: owner.into(), principal_id: identity.principal_id().map(Into::into) })
    }

    /// The tags that name the creator.
    #[must_use]
    pub fn tags(&self, keys: &KeyNames) -> Vec<Tag> {
        let owner = Tag { key: keys.owner_key.clone(), value: self.owner.clone() };
        let principal_id =
            self.principal_id.as_ref().map(|id| Tag { key: keys.principal_id_key.clone(), value: id.clone() });
        std::iter::once(owner).chain(principal_id).collect()
    }
}

/// Settings that rename the two tags: `{"owner_key": "CreatedBy", "principal_id_key": "CreatorId"}`. Use it as a plugin's
/// settings as it is, or flatten it into them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyNames {
    /// The key of the readable name, `Owner` unless renamed.
    pub owner_key: String,
    /// The key of the principal id, `PrincipalId` unless renamed.
    pub principal_id_key: String,
}

impl Default for KeyNames {
    fn default() -> Self {
        Self { owner_key: "Owner".into(), principal_id_key: "PrincipalId".into() }
    }
}

impl KeyNames {
    /// Both keys, for [`Plugin::tag_keys`](crate::Plugin::tag_keys).
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        vec![self.owner_key.clone(), self.principal_id_key.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creator(user_identity: &str) -> Result<Creator, Failure> {
        let record = format!(r#"{{"eventName": "RunInstances", "userIdentity": {user_identity}}}"#);
        Creator::of(&CloudTrailRecord::parse(&record)?)
    }

    #[track_caller]
    fn assert_creator(user_identity: &str, owner: &str, principal_id: Option<&str>) {
        let expected = Creator { owner: owner.into(), principal_id: principal_id.map(Into::into) };
        assert_eq!(creator(user_identity), Ok(expected), "{user_identity}");
    }

    #[test]
    fn an_iam_user_is_its_user_name() {
        assert_creator(r#"{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}"#, "bob", Some("AIDABOB"));
    }

    #[test]
    fn an_iam_user_without_user_name_is_named_by_its_arn() {
        assert_creator(
            r#"{"type": "IAMUser", "principalId": "AIDABOB", "arn": "arn:aws:iam::111122223333:user/division/bob"}"#,
            "bob",
            Some("AIDABOB"),
        );
    }

    #[test]
    fn an_assumed_role_is_its_session_and_never_its_issuer() {
        assert_creator(
            r#"{"type": "AssumedRole", "principalId": "AROAROLE:bob@example.com",
                "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/bob@example.com",
                "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "AWSReservedSSO_Admin_1"}}}"#,
            "bob@example.com",
            Some("AROAROLE:bob@example.com"),
        );
        assert_creator(
            r#"{"type": "AssumedRole", "principalId": "AROAROLE:s", "sessionContext": {"sessionIssuer": {}}}"#,
            "s",
            Some("AROAROLE:s"),
        );
    }

    #[test]
    fn an_assumed_role_without_principal_id_is_named_by_its_arn_and_has_no_principal_id() {
        assert_creator(
            r#"{"type": "AssumedRole", "arn": "arn:aws-cn:sts::111122223333:assumed-role/Admin/bob"}"#,
            "bob",
            None,
        );
    }

    #[test]
    fn a_federated_user_is_its_federated_name() {
        assert_creator(
            r#"{"type": "FederatedUser", "principalId": "111122223333:alice",
                "arn": "arn:aws:sts::111122223333:federated-user/alice"}"#,
            "alice",
            Some("111122223333:alice"),
        );
    }

    #[test]
    fn the_root_is_root_unless_the_account_has_an_alias() {
        let root = r#"{"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}"#;
        assert_creator(root, "root", Some("111122223333"));
        assert_creator(
            r#"{"principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}"#,
            "root",
            Some("111122223333"),
        );
        assert_creator(
            r#"{"type": "Root", "principalId": "111122223333", "invokedBy": "autoscaling.amazonaws.com"}"#,
            "root",
            Some("111122223333"),
        );
        assert_creator(
            r#"{"type": "Root", "principalId": "111122223333", "userName": "our-alias"}"#,
            "our-alias",
            Some("111122223333"),
        );
    }

    #[test]
    fn a_service_that_acts_for_itself_is_its_name() {
        assert_creator(
            r#"{"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}"#,
            "autoscaling.amazonaws.com",
            None,
        );
    }

    #[test]
    fn a_role_without_session_is_the_role() {
        assert_creator(
            r#"{"type": "Role", "principalId": "AROAROLE", "arn": "arn:aws:iam::111122223333:role/path/Builder"}"#,
            "Builder",
            Some("AROAROLE"),
        );
    }

    #[test]
    fn users_of_the_other_types_are_named_as_well_as_their_records_allow() {
        for (user_identity, owner, principal_id) in [
            (
                r#"{"type": "SAMLUser", "principalId": "Hash=:bob", "userName": "bob@corp"}"#,
                "bob@corp",
                Some("Hash=:bob"),
            ),
            (r#"{"type": "WebIdentityUser", "principalId": "idp:app:7", "userName": "7"}"#, "7", Some("idp:app:7")),
            (r#"{"type": "Directory", "principalId": "d-1:u", "userName": "u"}"#, "u", Some("d-1:u")),
            (
                r#"{"type": "AWSAccount", "principalId": "AROAX:them", "accountId": "444455556666"}"#,
                "them",
                Some("AROAX:them"),
            ),
            (r#"{"type": "AWSAccount", "principalId": "AIDAX", "accountId": "444455556666"}"#, "AIDAX", Some("AIDAX")),
            (r#"{"type": "IdentityCenterUser", "onBehalfOf": {"userId": "9067-u"}}"#, "9067-u", None),
            (r#"{"type": "Unknown", "principalId": "111122223333", "userName": "eve"}"#, "eve", Some("111122223333")),
            (r#"{"userName": "typeless"}"#, "typeless", None),
            (r#"{"type": "IAMUser", "userName": "", "principalId": "AIDABOB"}"#, "AIDABOB", Some("AIDABOB")),
        ] {
            assert_creator(user_identity, owner, principal_id);
        }
    }

    #[test]
    fn without_an_identity_it_says_that_it_cannot_tell_and_why() {
        for none in ["null", "{}", r#"{"type": "Unknown"}"#, r#"{"accountId": "111122223333", "principalId": ""}"#] {
            let failure = creator(none).unwrap_err();
            let Failure::CannotTell(reason) = &failure else { panic!("{none}: {failure:?}") };
            assert!(reason.starts_with("cannot tell who made the call: the record"), "{reason}");
        }
        let record = CloudTrailRecord::parse(r#"{"eventName": "RunInstances"}"#).unwrap();
        assert!(matches!(Creator::of(&record), Err(Failure::CannotTell(_))));
    }

    #[test]
    fn a_creator_without_principal_id_gets_no_principal_id_tag() {
        let keys = KeyNames { owner_key: "CreatedBy".into(), ..KeyNames::default() };
        let tags = creator(r#"{"invokedBy": "ec2fleet.amazonaws.com"}"#).unwrap().tags(&keys);
        assert_eq!(tags, [Tag { key: "CreatedBy".into(), value: "ec2fleet.amazonaws.com".into() }]);
    }
}
