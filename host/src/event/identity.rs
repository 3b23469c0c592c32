//! Whether somebody called, or a service for itself.

use serde::Deserialize;

use super::Event;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Detail {
    user_identity: Option<UserIdentity>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UserIdentity {
    r#type: Option<String>,
    arn: Option<String>,
    session_context: Option<SessionContext>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SessionContext {
    session_issuer: Option<SessionIssuer>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SessionIssuer {
    arn: Option<String>,
}

impl Event {
    /// Whether an AWS service made the call for itself: with no role at all, or with a service-linked one, which nobody else can assume.
    /// AWS keeps the path of such roles to itself; only where a record has no path does the name have to do.
    #[must_use]
    pub fn is_by_service(&self) -> bool {
        let detail: Detail = serde_json::from_str(self.detail()).unwrap_or_default();
        let Some(UserIdentity { r#type, arn, session_context }) = detail.user_identity else { return false };
        let issuer = session_context.and_then(|session| session.session_issuer?.arn).filter(|arn| !arn.is_empty());
        match (r#type.as_deref(), issuer) {
            (Some("AWSService"), _) => true,
            (_, Some(issuer)) => issuer.contains(":role/aws-service-role/"),
            (_, None) => arn.is_some_and(|arn| arn.contains(":assumed-role/AWSServiceRoleFor")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::event::decode;

    #[test]
    fn a_service_is_known_by_its_type_or_by_the_path_of_its_role() {
        let is_by_service = |identity: &str| {
            let record =
                format!(r#"{{"eventSource": "ec2.amazonaws.com", "eventName": "X", "userIdentity": {identity}}}"#);
            decode(record.as_bytes()).remove(0).unwrap().is_by_service()
        };
        for service in [
            r#"{"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "sessionContext": {"sessionIssuer":
                {"arn": "arn:aws:iam::111122223333:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForEC2Spot/Spot", "sessionContext": {"sessionIssuer": {}}}"#,
        ] {
            assert!(is_by_service(service), "{service}");
        }
        for other in [
            "null",
            r#"{"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForMe/mallory",
                "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/AWSServiceRoleForMe"}}}"#,
            r#"{"type": 7}"#,
        ] {
            assert!(!is_by_service(other), "{other}");
        }
    }
}
