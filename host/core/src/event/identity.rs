//! Whether an AWS service made the API call for itself, or for a caller.

mod service_session;

use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use service_session::is_own_session;

use super::Event;

/// The identity of every service contains one of these.
const SERVICE_MARKERS: [&str; 3] = ["AWSService", "aws-service-role", "\"invokedBy\""];

impl Event {
    /// Whether an AWS service made the API call for itself. There are three ways:
    ///
    /// - with no role at all, in old records under the name of the root;
    /// - with a service-linked role, which no other principal can assume. AWS reserves the path of such roles; only
    ///   where a record has no path does the name have to suffice;
    /// - with a role of the customer's, in a session that the service itself began.
    ///
    /// The plugin SDK judges alike, since a plugin asks for a parent only of what a service made for itself.
    ///
    /// ```
    /// use autotag_core::event::decode;
    ///
    /// let is_by_service = |identity: &str| {
    ///     let record = format!(r#"{{"eventName": "RunInstances", "userIdentity": {identity}}}"#);
    ///     decode(record.as_bytes()).remove(0).map(|event| event.is_by_service())
    /// };
    /// let service = r#"{"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}"#;
    /// assert_eq!(is_by_service(service), Ok(true));
    /// // CloudFormation passes Bob's API call on.
    /// let bob = r#"{"type": "IAMUser", "principalId": "AIDABOB", "invokedBy": "cloudformation.amazonaws.com"}"#;
    /// assert_eq!(is_by_service(bob), Ok(false));
    /// ```
    #[must_use]
    pub fn is_by_service(&self) -> bool {
        let user_identity = match self.plain_user_identity() {
            Some(plain) if !may_be_of_service(plain) => return false,
            Some(plain) => serde_json::from_str(plain).unwrap_or_default(),
            None => self.read_user_identity(),
        };
        // Some records have an empty string where most have nothing, or an object.
        let said = |path: &str| user_identity.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        if said("/type") == Some("AWSService") {
            return true;
        }
        let is_root =
            said("/type") == Some("Root") || said("/arn").is_some_and(|arn| arn.splitn(6, ':').nth(5) == Some("root"));
        let has_session = user_identity.get("sessionContext").is_some_and(Value::is_object);
        let is_for_service = said("/invokedBy").is_some_and(|service| service.contains('.'));
        if is_root && said("/accessKeyId").is_none() && !has_session && is_for_service {
            return true;
        }
        let in_arn = said("/arn").and_then(|arn| arn.split_once(":assumed-role/")?.1.rsplit('/').next());
        let session = match said("/type") {
            Some("AssumedRole") | None if said("/type").is_some() || in_arn.is_some() => {
                said("/principalId").and_then(|id| id.split_once(':')).map(|(_, session)| session).or(in_arn)
            }
            _ => None,
        };
        if let (Some(invoked_by), Some(session)) = (said("/invokedBy"), session)
            && is_own_session(invoked_by, session)
        {
            return true;
        }
        if let Some(issuer) = said("/sessionContext/sessionIssuer/arn") {
            return issuer.contains(":role/aws-service-role/");
        }
        let is_role = matches!(said("/sessionContext/sessionIssuer/type"), Some("Role") | None);
        let issuer = said("/sessionContext/sessionIssuer/userName").filter(|_| is_role);
        match (issuer, said("/arn")) {
            (Some(role), _) => role.starts_with("AWSServiceRoleFor"),
            (None, Some(arn)) => {
                arn.contains(":assumed-role/AWSServiceRoleFor") || arn.contains(":role/aws-service-role/")
            }
            (None, None) => {
                ["/type", "/principalId"].iter().all(|path| said(path).is_none()) && said("/invokedBy").is_some()
            }
        }
    }
}

/// Whether the identity can be a service's: a prefilter by substrings, which nearly always decides. An escape can hide
/// any of them.
fn may_be_of_service(identity: &str) -> bool {
    let has = |word: &str| memmem::find(identity.as_bytes(), word.as_bytes()).is_some();
    has("\\") || SERVICE_MARKERS.iter().any(|word| has(word))
}

impl Event {
    /// The identity's JSON text, if the scanner has found it.
    fn plain_user_identity(&self) -> Option<&str> {
        self.text.get(self.parts.as_ref()?.user_identity.clone()?)
    }

    fn read_user_identity(&self) -> Value {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Detail {
            #[serde(default)]
            user_identity: Value,
        }
        let Detail { user_identity } = serde_json::from_str(self.detail()).unwrap_or_default();
        user_identity
    }
}

#[cfg(test)]
mod tests {
    use crate::event::{Event, decode};

    #[test]
    fn a_service_is_known_by_its_type_or_by_the_path_of_its_role() {
        let is_by_service = |identity: &str| {
            let record =
                format!(r#"{{"eventSource": "ec2.amazonaws.com", "eventName": "X", "userIdentity": {identity}}}"#);
            let event = decode(record.as_bytes()).remove(0).unwrap();
            let is_by_service = event.is_by_service();
            assert_eq!(Event { parts: None, ..event }.is_by_service(), is_by_service, "{identity}");
            is_by_service
        };
        for service in [
            r#"{"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "sessionContext": {"sessionIssuer":
                {"arn": "arn:aws:iam::111122223333:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForEC2Spot/Spot", "sessionContext": {"sessionIssuer": {}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForEC2Spot/Spot", "sessionContext": {"sessionIssuer": ""}}"#,
            r#"{"principalId": "AROA:Spot", "sessionContext": {"sessionIssuer": {"userName": "AWSServiceRoleForEC2Spot"}}}"#,
            r#"{"invokedBy": "autoscaling.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "principalId": "AROA:AWSCloudFormation", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "principalId": "AROA:servicecatalog", "invokedBy": "servicecatalog.amazonaws.com", "accessKeyId": "ASIA",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/LaunchRole"}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/Dlm/AWSDataLifecycleManager", "invokedBy": "dlm.amazonaws.com"}"#,
            r#"{"type": "Root", "principalId": "111122223333", "accessKeyId": "", "invokedBy": "autoscaling.amazonaws.com"}"#,
            r#"{"arn": "arn:aws:iam::111122223333:root", "userName": "our-alias", "invokedBy": "autoscaling.amazonaws.com"}"#,
        ] {
            assert!(is_by_service(service), "{service}");
        }
        for other in [
            "null",
            r#"{"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForMe/mallory",
                "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/AWSServiceRoleForMe"}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/Admin/AWSServiceRoleForMe"}"#,
            // The principal that assumes a role chooses the session's name; a forward access session has a person's.
            r#"{"type": "AssumedRole", "principalId": "AROA:AWSCloudFormation"}"#,
            r#"{"type": "AssumedRole", "principalId": "AROA:alice", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "principalId": "AROA:cloudformation-deploy", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "IAMUser", "principalId": "AIDA:cloudformation", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"principalId": "AIDABOB", "invokedBy": "autoscaling.amazonaws.com"}"#,
            // The root's own API calls have an access key or a session.
            r#"{"type": "Root", "accessKeyId": "ASIA", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "Root", "sessionContext": {}, "invokedBy": "signin.amazonaws.com"}"#,
            r#"{"type": "Root", "invokedBy": "AWS Internal"}"#,
            r#"{"type": "Root", "principalId": "111122223333"}"#,
            r#"{"sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "AWSServiceRoleForMe"}}}"#,
            r#"{"type": 7}"#,
        ] {
            assert!(!is_by_service(other), "{other}");
        }
    }
}
