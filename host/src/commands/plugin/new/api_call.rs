//! The API call that a new plugin is for: its name in all places of a template.

use autotag_api_calls as api_calls;
use serde_json::{Value, json};

use super::NewFile;
use crate::commands::inputs::EXPECTED;
use crate::commands::plugin::api_call::{CallName, IdPath, Service};

/// What the templates are written for, and what stands there in place of it.
const TEMPLATE_SOURCE: &str = "ec2";
const TEMPLATE_CALL: &str = "CreateKeyPair";
const TEMPLATE_PATH: &str = "keyPairId";
const TEMPLATE_ID: &str = "key-0123456789abcdef0";
const TEMPLATE_FILE: &str = "create-key-pair";

/// The services whose resources are in no Region, and whose events come from us-east-1.
const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// What is made up where the kind of the resource is not known.
const NO_RESOURCE: &str = "example";

/// An API call to write a plugin for.
pub(super) struct NewCall<'a> {
    service: &'a str,
    call: &'a CallName,
    path: &'a str,
}

impl<'a> NewCall<'a> {
    pub(super) fn new(service: &'a Service, call: &'a CallName, path: &'a IdPath) -> Self {
        Self { service: service.as_str(), call, path: path.as_str() }
    }

    /// The template's files for this API call.
    pub(super) fn apply(&self, files: Vec<NewFile>) -> serde_json::Result<Vec<NewFile>> {
        let Self { service, call, path } = self;
        let id = self.example_id();
        // What is refused is nothing to expect.
        let is_kept = |name: &str| !(self.is_no_resource() && name.ends_with(EXPECTED));
        files
            .into_iter()
            .filter(|(name, _)| is_kept(name))
            .map(|(name, content)| {
                let is_event = name == format!("events/{TEMPLATE_FILE}.json");
                let content = if is_event { self.event(&content)? } else { content };
                let content = content
                    .replace("Tags each key pair with its creator", &format!("Tags what {call} makes with its creator"))
                    .replace("`CreateKeyPair` and `ImportKeyPair`", &format!("`{call}`"))
                    .replace(r#"["CreateKeyPair", "ImportKeyPair"]"#, &format!(r#"["{call}"]"#))
                    .replace(TEMPLATE_CALL, call.as_str())
                    .replace(TEMPLATE_FILE, &call.file_stem())
                    .replace(TEMPLATE_PATH, path)
                    .replace(TEMPLATE_ID, &id)
                    .replace(&format!("aws.{TEMPLATE_SOURCE}"), &format!("aws.{service}"))
                    .replace(&format!("{TEMPLATE_SOURCE}.amazonaws.com"), &format!("{service}.amazonaws.com"));
                Ok((name.replace(TEMPLATE_FILE, &call.file_stem()), content))
            })
            .collect()
    }

    /// An event of the call, made up from the template's: what is known is where it names what is new.
    fn event(&self, template: &str) -> serde_json::Result<String> {
        let mut event: Value = serde_json::from_str(template)?;
        if GLOBAL.contains(&self.service) {
            for region in ["/region", "/detail/awsRegion"] {
                if let Some(region) = event.pointer_mut(region) {
                    *region = "us-east-1".into();
                }
            }
        }
        if let Some(detail) = event.get_mut("detail").and_then(Value::as_object_mut) {
            detail.insert("requestParameters".into(), json!({}));
            let answer = self.path.rsplit('.').fold(json!(self.example_id()), |value, field| {
                // How CloudTrail writes the lists of EC2.
                json!({ field: if field == "items" { json!([value]) } else { value } })
            });
            detail.insert("responseElements".into(), answer);
            detail.insert("userAgent".into(), json!("made-up"));
            detail.remove("tlsDetails");
        }
        Ok(serde_json::to_string_pretty(&event)? + "\n")
    }

    /// What the answer may name, of the kind that the call creates if that is known.
    fn example_id(&self) -> String {
        let event_source = format!("{}.amazonaws.com", self.service);
        let is_arn = self.path.to_ascii_lowercase().ends_with("arn");
        let kinds = api_calls::find(&event_source, self.call.as_str()).map_or(&[][..], |call| call.kinds);
        let kind = kinds.iter().find(|kind| kind.paths.contains(&self.path)).or(kinds.first());
        match kind {
            Some(kind) if api_calls::ec2::NO_PREFIX.contains(&kind.prefix) => {
                "01234567-89ab-4def-8123-456789abcdef".into()
            }
            Some(kind) if event_source == api_calls::ec2::EVENT_SOURCE => format!("{}-0123456789abcdef0", kind.prefix),
            Some(kind) if is_arn => self.arn(&format!("{}example", kind.prefix)),
            _ if is_arn => self.arn("example"),
            _ => NO_RESOURCE.into(),
        }
    }

    fn arn(&self, resource: &str) -> String {
        let place = match self.service {
            "route53" => ":",
            // A bucket has no place in its ARN; what has a kind in it, has one.
            "s3" if !resource.contains('/') => ":",
            service if GLOBAL.contains(&service) => ":111122223333",
            _ => "eu-central-1:111122223333",
        };
        format!("arn:aws:{}:{place}:{resource}", self.service)
    }

    /// Whether what is made up can be no answer: the guard takes ARNs, and ids of EC2.
    fn is_no_resource(&self) -> bool {
        self.example_id() == NO_RESOURCE
    }

    /// What is still to do where the guard takes no such id.
    pub(super) fn note(&self) -> Option<String> {
        self.is_no_resource().then(|| {
            format!(
                "\n\nThe host tags ARNs, and ids of EC2. If {} is neither, answer an ARN that is put together of it, the \
                 event's account and its Region; until then the test says `refused`.",
                self.path
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example_id(service: &str, call: &str, path: &str) -> String {
        let (service, call, path) = (service.parse().unwrap(), call.parse().unwrap(), path.parse().unwrap());
        NewCall::new(&service, &call, &path).example_id()
    }

    #[test]
    fn an_example_of_an_id_is_of_the_kind_that_the_call_creates() {
        assert_eq!(example_id("sns", "CreateTopic", "topicArn"), "arn:aws:sns:eu-central-1:111122223333:example");
        assert_eq!(example_id("iam", "CreateRole", "role.arn"), "arn:aws:iam::111122223333:example");
        let access_point = example_id("s3", "CreateAccessPoint", "accessPointArn");
        assert_eq!(access_point, "arn:aws:s3:eu-central-1:111122223333:accesspoint/example");
        assert_eq!(example_id("aws.ec2", "CreateVolume", "volumeId"), "vol-0123456789abcdef0");
        let database = example_id("rds.amazonaws.com", "CreateDBInstance", "responseElements.dBInstanceArn");
        assert_eq!(database, "arn:aws:rds:eu-central-1:111122223333:db:example");
        let uuid = example_id("ec2", "PurchaseReservedInstancesOffering", "reservedInstancesId");
        assert!(uuid.len() == 36 && !uuid.contains('('), "{uuid}");
        assert_eq!(example_id("sqs", "CreateQueue", "queueUrl"), "example");
    }
}
