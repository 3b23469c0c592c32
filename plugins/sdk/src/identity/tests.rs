use super::*;
use crate::testing::api_call;

fn creator(user_identity: &str) -> Result<Creator, Failure> {
    let record = format!(
        r#"{{"eventName": "RunInstances", "recipientAccountId": "111122223333", "userIdentity": {user_identity}}}"#
    );
    Creator::of(&api_call("aws.ec2", &record), &CloudTrailRecord::parse(&record)?)
}

#[track_caller]
fn assert_creator(user_identity: &str, owner: &str, principal_id: Option<&str>) {
    let creator = creator(user_identity).unwrap();
    assert_eq!((creator.owner.as_str(), creator.principal_id.as_deref()), (owner, principal_id), "{user_identity}");
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
fn the_root_is_root_whatever_the_accounts_alias() {
    for identity in [
        r#"{"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}"#,
        r#"{"principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}"#,
        r#"{"type": "Root", "principalId": "111122223333"}"#,
        r#"{"type": "Root", "principalId": "111122223333", "userName": "our-alias"}"#,
        r#"{"principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root", "userName": "our-alias"}"#,
        r#"{"type": "Root", "principalId": "111122223333", "userName": "our-alias", "sessionContext": {"assumedRoot": "true"}}"#,
    ] {
        assert_creator(identity, "root", Some("111122223333"));
    }
}

#[test]
fn the_root_of_old_records_is_the_service_that_called_in_its_name() {
    for further in ["", r#""userName": "our-alias","#, r#""accessKeyId": "","#, r#""sessionContext": "","#] {
        let service = creator(&format!(
            r#"{{"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root", {further}
                "invokedBy": "autoscaling.amazonaws.com"}}"#
        ))
        .unwrap();
        assert_eq!((service.owner.as_str(), service.is_service), ("autoscaling.amazonaws.com", true), "{further}");
    }
}

#[test]
fn a_root_whose_key_or_session_a_service_passes_on_is_root() {
    for (invoked_by, further) in [
        ("cloudformation.amazonaws.com", r#""accessKeyId": "ASIAEXAMPLE""#),
        ("signin.amazonaws.com", r#""sessionContext": {"attributes": {"mfaAuthenticated": "true"}}"#),
        ("AWS Internal", r#""accessKeyId": """#),
    ] {
        let root = creator(&format!(
            r#"{{"type": "Root", "principalId": "111122223333", "invokedBy": "{invoked_by}", {further}}}"#
        ))
        .unwrap();
        assert_eq!((root.owner.as_str(), root.is_service), ("root", false), "{invoked_by}");
    }
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
        (r#"{"type": "SAMLUser", "principalId": "Hash=:bob", "userName": "bob@corp"}"#, "bob@corp", Some("Hash=:bob")),
        (r#"{"type": "WebIdentityUser", "principalId": "idp:app:7", "userName": "7"}"#, "7", Some("idp:app:7")),
        (r#"{"type": "Directory", "principalId": "d-1:u", "userName": "u"}"#, "u", Some("d-1:u")),
        (r#"{"type": "AWSAccount", "principalId": "AROAX:them"}"#, "them", Some("AROAX:them")),
        (r#"{"type": "AWSAccount", "principalId": "AIDAX", "accountId": "111122223333"}"#, "AIDAX", Some("AIDAX")),
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
    let event = api_call("aws.ec2", r#"{"eventName": "RunInstances"}"#);
    let record = CloudTrailRecord::parse(&event.detail).unwrap();
    assert!(matches!(Creator::of(&event, &record), Err(Failure::CannotTell(_))));
}

#[test]
fn a_service_linked_role_is_the_service_that_acts_by_it() {
    let identity = |session: &str, invoked_by: &str, issuer: &str| {
        format!(
            r#"{{"type": "AssumedRole", "principalId": "AROAROLE:{session}", {invoked_by}
                "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/{session}",
                "sessionContext": {{"sessionIssuer": {issuer}}}}}"#
        )
    };
    let issuer = r#"{"type": "Role", "userName": "AWSServiceRoleForAutoScaling",
        "arn": "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"}"#;
    let named = r#""invokedBy": "autoscaling.amazonaws.com","#;
    for (issuer, otherwise) in [(issuer, "autoscaling.amazonaws.com"), ("{}", "AWSServiceRoleForAutoScaling")] {
        let principal_id = Some("AROAROLE:AutoScaling");
        assert_creator(&identity("AutoScaling", named, issuer), "autoscaling.amazonaws.com", principal_id);
        assert_creator(&identity("AutoScaling", "", issuer), otherwise, principal_id);
        let internal = identity("AutoScaling", r#""invokedBy": "AWS Internal","#, issuer);
        assert_creator(&internal, otherwise, principal_id);
    }
    // Only AWS makes roles with that path; a customer may make one with such a name.
    let own = r#"{"type": "Role", "userName": "AWSServiceRoleForMe", "arn": "arn:aws:iam::111122223333:role/AWSServiceRoleForMe"}"#;
    assert_creator(&identity("mallory", "", own), "mallory", Some("AROAROLE:mallory"));
    let creator = creator(&identity("AutoScaling", named, issuer)).unwrap();
    assert!(creator.is_service);
    assert_eq!(creator.role.as_deref(), Some("AWSServiceRoleForAutoScaling"));
}

#[test]
fn a_service_that_passes_on_a_users_request_is_that_user() {
    let bob = creator(
        r#"{"type": "AssumedRole", "principalId": "AROAROLE:bob", "invokedBy": "cloudformation.amazonaws.com",
            "arn": "arn:aws:sts::111122223333:assumed-role/Admin/bob",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Admin"}}}"#,
    )
    .unwrap();
    assert_eq!((bob.owner.as_str(), bob.is_service), ("bob", false));
    assert_eq!(bob.invoked_by.as_deref(), Some("cloudformation.amazonaws.com"));
}

/// A session of a role of the customer's.
fn session_of_a_role(session: &str, further: &str) -> String {
    format!(
        r#"{{"type": "AssumedRole", "principalId": "AROAROLE:{session}", {further}
            "arn": "arn:aws:sts::111122223333:assumed-role/StackRole/{session}",
            "sessionContext": {{"sessionIssuer": {{"type": "Role", "userName": "StackRole",
                "arn": "arn:aws:iam::111122223333:role/StackRole"}}}}}}"#
    )
}

#[test]
fn a_service_that_acts_by_a_role_of_the_customers_is_its_name_with_and_without_a_key() {
    for (service, session) in [
        ("cloudformation.amazonaws.com", "AWSCloudFormation"),
        ("servicecatalog.amazonaws.com", "servicecatalog"),
        ("dlm.amazonaws.com", "AWSDataLifecycleManager"),
        ("backup.amazonaws.com", "AWSBackup-AWSBackupDefaultServiceRole"),
        ("elasticmapreduce.amazonaws.com", "CCSSession"),
    ] {
        for key in ["", r#""accessKeyId": "ASIAEXAMPLE","#] {
            let acting = creator(&session_of_a_role(session, &format!(r#""invokedBy": "{service}", {key}"#))).unwrap();
            assert_eq!((acting.owner.as_str(), acting.is_service), (service, true), "{session}");
            assert_eq!(acting.role.as_deref(), Some("StackRole"));
        }
    }
}

#[test]
fn a_service_is_known_by_the_session_in_the_arn_where_there_is_no_other() {
    let arn = r#""arn": "arn:aws:sts::111122223333:assumed-role/StackRole/AWSCloudFormation""#;
    let invoked_by = r#""invokedBy": "cloudformation.amazonaws.com""#;
    for identity in [
        format!(r#"{{"type": "AssumedRole", {arn}, {invoked_by}}}"#),
        format!(r#"{{"type": "AssumedRole", "principalId": "AROAROLE", {arn}, {invoked_by}}}"#),
        format!("{{{arn}, {invoked_by}}}"),
    ] {
        assert!(creator(&identity).unwrap().is_service, "{identity}");
    }
}

#[test]
fn a_session_that_is_named_as_a_service_does_stays_a_person_unless_that_service_calls() {
    for further in ["", r#""invokedBy": "servicecatalog.amazonaws.com","#, r#""invokedBy": "AWS Internal","#] {
        let person = creator(&session_of_a_role("AWSCloudFormation", further)).unwrap();
        assert_eq!((person.owner.as_str(), person.is_service), ("AWSCloudFormation", false), "{further}");
    }
}

#[test]
fn only_a_role_has_sessions_that_can_be_a_services() {
    for identity in [
        r#"{"type": "FederatedUser", "principalId": "111122223333:cloudformation",
            "arn": "arn:aws:sts::111122223333:federated-user/cloudformation", "invokedBy": "cloudformation.amazonaws.com"}"#,
        r#"{"type": "IAMUser", "principalId": "AIDAX", "userName": "cloudformation",
            "arn": "arn:aws:iam::111122223333:user/cloudformation", "invokedBy": "cloudformation.amazonaws.com"}"#,
    ] {
        let person = creator(identity).unwrap();
        assert_eq!((person.owner.as_str(), person.is_service), ("cloudformation", false), "{identity}");
    }
}

#[test]
fn the_first_of_a_chain_of_roles_is_the_owner_but_the_principal_is_the_last() {
    assert_creator(
        r#"{"type": "AssumedRole", "principalId": "AROASECOND:deploy-42",
            "arn": "arn:aws:sts::111122223333:assumed-role/Second/deploy-42",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Second"}, "webIdFederationData": {},
                "attributes": {"mfaAuthenticated": "false"}, "sourceIdentity": "alice@example.com"}}"#,
        "alice@example.com",
        Some("AROASECOND:deploy-42"),
    );
}

#[test]
fn sessions_of_saml_and_web_identity_are_their_session_names() {
    for (session, context) in [
        (
            "bob@corp.example",
            r#"{"sessionIssuer": {"type": "Role", "userName": "Saml"}, "webIdFederationData": {},
                "attributes": {"creationDate": "2026-01-31T12:00:00Z"}}"#,
        ),
        (
            "GitHubActions",
            r#"{"sessionIssuer": {"type": "Role", "userName": "Ci"}, "webIdFederationData":
                {"federatedProvider": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
                    "attributes": {"token.actions.githubusercontent.com:sub": "repo:example/app:ref:refs/heads/main"}}}"#,
        ),
    ] {
        let identity =
            format!(r#"{{"type": "AssumedRole", "principalId": "AROAROLE:{session}", "sessionContext": {context}}}"#);
        assert_creator(&identity, session, Some(&format!("AROAROLE:{session}")));
    }
}

#[test]
fn a_session_of_an_iam_user_is_the_user() {
    // With MFA or a session token, the issuer is the user.
    let bob = creator(
        r#"{"type": "IAMUser", "principalId": "AIDABOB", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob",
            "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "bob"}}}"#,
    )
    .unwrap();
    assert_eq!((bob.owner.as_str(), bob.role), ("bob", None));
}

#[test]
fn the_copy_of_another_accounts_call_is_left_to_that_account() {
    // In the form that CloudTrail documents for both copies of such a call, which share their `sharedEventID`.
    let failure =
        creator(r#"{"type": "AWSAccount", "principalId": "AIDAQRSTUVWXYZEXAMPLE", "accountId": "777788889999"}"#);
    let words = "the caller is of account 777788889999, which owns what the call created and has an event of its own";
    assert_eq!(failure, Err(Failure::Skip(words.into())));
}

#[test]
fn what_is_empty_or_null_in_a_session_is_as_good_as_missing() {
    for context in [
        "null",
        "{}",
        r#""""#,
        "7",
        r#"["x"]"#,
        r#"{"sessionIssuer": null, "sourceIdentity": null}"#,
        r#"{"sessionIssuer": ""}"#,
        r#"{"sourceIdentity": ""}"#,
    ] {
        let identity = format!(r#"{{"principalId": "AROAROLE:s", "sessionContext": {context}, "invokedBy": null}}"#);
        assert_creator(&identity, "s", Some("AROAROLE:s"));
    }
}

#[test]
fn what_is_no_text_is_read_as_far_as_it_says_something_and_fails_nothing() {
    let identity: UserIdentity = serde_json::from_str(
        r#"{"type": "IAMUser", "principalId": "AIDA", "userName": "bob", "accountId": 111122223333, "accessKeyId": null,
            "sessionContext": {"sourceIdentity": {}}}"#,
    )
    .unwrap();
    assert_eq!(identity.account_id.as_deref(), Some("111122223333"));
    assert_eq!((identity.access_key_id, identity.session_context.unwrap().source_identity), (None, None));
}
