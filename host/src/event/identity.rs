//! Whether somebody called, or a service for itself.

use serde::Deserialize;
use serde_json::Value;

use super::Event;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default)]
    user_identity: Value,
}

impl Event {
    /// Whether an AWS service made the call for itself: with no role at all, or with a service-linked one, which nobody else can assume.
    /// AWS keeps the path of such roles to itself; only where a record has no path does the name have to do. The SDK for plugins judges
    /// alike, since a plugin asks for the parent of nothing else.
    #[must_use]
    pub fn is_by_service(&self) -> bool {
        let Detail { user_identity } = serde_json::from_str(self.detail()).unwrap_or_default();
        // Some records have an empty text where others have nothing, or an object.
        let said = |path: &str| user_identity.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        if said("/type") == Some("AWSService") {
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
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForEC2Spot/Spot", "sessionContext": {"sessionIssuer": ""}}"#,
            r#"{"principalId": "AROA:Spot", "sessionContext": {"sessionIssuer": {"userName": "AWSServiceRoleForEC2Spot"}}}"#,
            r#"{"invokedBy": "autoscaling.amazonaws.com"}"#,
        ] {
            assert!(is_by_service(service), "{service}");
        }
        for other in [
            "null",
            r#"{"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"}"#,
            r#"{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForMe/mallory",
                "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/AWSServiceRoleForMe"}}}"#,
            r#"{"arn": "arn:aws:sts::111122223333:assumed-role/Admin/AWSServiceRoleForMe"}"#,
            r#"{"principalId": "AIDABOB", "invokedBy": "autoscaling.amazonaws.com"}"#,
            r#"{"sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "AWSServiceRoleForMe"}}}"#,
            r#"{"type": 7}"#,
        ] {
            assert!(!is_by_service(other), "{other}");
        }
    }
}
