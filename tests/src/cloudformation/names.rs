//! The physical names of resources.

use serde_json::Value;

use super::Environment;

/// A resource of a stack: its logical name, its type, and the properties that give its physical name.
pub(super) struct Made<'a> {
    pub(super) place: &'a Environment,
    pub(super) logical: &'a str,
    pub(super) kind: &'a str,
    /// The name that the template gives it, if any.
    pub(super) name: Option<String>,
    /// The path of a role, or the event bus of a rule.
    pub(super) parent: Option<String>,
}

/// The properties that give a resource's name and its path or bus.
pub(super) fn naming_properties(kind: &str) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        "AWS::SQS::Queue" => (Some("QueueName"), None),
        "AWS::IAM::ManagedPolicy" => (Some("ManagedPolicyName"), None),
        "AWS::IAM::Role" => (Some("RoleName"), Some("Path")),
        "AWS::IAM::Group" => (Some("GroupName"), None),
        "AWS::Events::EventBus" => (Some("Name"), None),
        "AWS::Events::Rule" => (Some("Name"), Some("EventBusName")),
        "AWS::CloudWatch::Dashboard" => (Some("DashboardName"), None),
        _ => (None, None),
    }
}

impl Made<'_> {
    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("autotag-{}-1ABCDEFGHIJKL", self.logical))
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let Environment { partition, region, account, .. } = self.place;
        let region = if service == "iam" { "" } else { region };
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The value of `Ref`.
    pub(super) fn reference(&self) -> String {
        let Environment { region, account, url_suffix, .. } = self.place;
        let name = self.name();
        match self.kind {
            "AWS::SQS::Queue" => format!("https://sqs.{region}.{url_suffix}/{account}/{name}"),
            "AWS::IAM::ManagedPolicy" => self.arn("iam", &format!("policy/{name}")),
            "AWS::SNS::Topic" => self.arn("sns", &name),
            "AWS::Events::Rule" => self.parent.as_ref().map_or(name.clone(), |bus| format!("{bus}|{name}")),
            "AWS::KMS::Key" => "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f".to_owned(),
            _ => name,
        }
    }

    /// The value of `Fn::GetAtt`; `None` if the type has no such attribute.
    pub(super) fn attribute(&self, attribute: &str) -> Option<Value> {
        let name = self.name();
        let value = match (self.kind, attribute) {
            ("AWS::SQS::Queue", "Arn") => self.arn("sqs", &name),
            ("AWS::SQS::Queue", "QueueName") | ("AWS::ECS::Service", "Name") => name,
            ("AWS::Events::Rule", "Arn") => {
                let bus = self.parent.as_ref().map_or_else(String::new, |bus| format!("{bus}/"));
                self.arn("events", &format!("rule/{bus}{name}"))
            }
            ("AWS::Events::EventBus", "Arn") => self.arn("events", &format!("event-bus/{name}")),
            ("AWS::IAM::Role", "Arn") => {
                self.arn("iam", &format!("role{}{name}", self.parent.as_deref().unwrap_or("/")))
            }
            ("AWS::KMS::Key", "Arn") => self.arn("kms", &format!("key/{}", self.reference())),
            ("AWS::Logs::LogGroup", "Arn") => self.arn("logs", &format!("log-group:{name}:*")),
            ("AWS::EC2::SecurityGroup", "GroupId") => "sg-0123456789abcdef0".to_owned(),
            _ => return None,
        };
        Some(value.into())
    }
}
