//! Rules as resources of a CloudFormation template.

use std::str::FromStr;

use autotag_eventbridge_rules::Rule;
use serde_json::Value as Json;
use serde_yaml_ng::value::{Tag, TaggedValue};
use serde_yaml_ng::{Mapping, Value};

use crate::commands::layout::in_order;

/// How long EventBridge tries to deliver an event, in seconds: its maximum.
pub(super) const MAX_EVENT_AGE_SECONDS: u32 = 86_400;
/// How often EventBridge retries: its maximum.
pub(super) const MAX_RETRIES: u32 = 185;

/// The ARN of an SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueueArn(String);

impl QueueArn {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for QueueArn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "sqs", region, account, name] if ![region, account, name].iter().any(|part| part.is_empty()) => {
                Ok(Self(text.into()))
            }
            _ => Err(format!(
                "`{text}` is not an ARN of an SQS queue, which looks like arn:aws:sqs:eu-central-1:111122223333:autotag"
            )),
        }
    }
}

/// What goes into a template.
pub(super) struct RulesTemplate<'a> {
    pub(super) rules: &'a [Rule],
    /// The queue that the rules send to; none: the template's resource `Queue`.
    pub(super) queue: Option<&'a QueueArn>,
    /// The queue for what cannot be delivered; none: the template's resource `DeliveryDeadLetterQueue`.
    pub(super) dead_letters: Option<&'a QueueArn>,
}

impl RulesTemplate<'_> {
    /// As YAML: a mapping `Resources`.
    pub(super) fn to_yaml(&self) -> anyhow::Result<String> {
        let resources = self.rules.iter().map(|rule| (rule.name.as_str(), self.resource(rule)));
        Ok(serde_yaml_ng::to_string(&mapping([("Resources", mapping(resources))]))?)
    }

    fn resource(&self, rule: &Rule) -> Value {
        let target = mapping([
            ("Id", "queue".into()),
            ("Arn", arn(self.queue, "Queue")),
            ("DeadLetterConfig", mapping([("Arn", arn(self.dead_letters, "DeliveryDeadLetterQueue"))])),
            (
                "RetryPolicy",
                mapping([
                    ("MaximumEventAgeInSeconds", MAX_EVENT_AGE_SECONDS.into()),
                    ("MaximumRetryAttempts", MAX_RETRIES.into()),
                ]),
            ),
        ]);
        let properties = mapping([
            ("Description", format!("Brings events to autotag's plugin {}", rule.plugin).into()),
            ("EventPattern", in_yaml(&rule.pattern)),
            ("State", "ENABLED".into()),
            ("Targets", Value::Sequence(vec![target])),
        ]);
        mapping([("Type", "AWS::Events::Rule".into()), ("Properties", properties)])
    }
}

/// A queue by its ARN, or by its name in the template.
fn arn(given: Option<&QueueArn>, resource: &str) -> Value {
    match given {
        Some(QueueArn(arn)) => arn.as_str().into(),
        None => {
            Value::Tagged(Box::new(TaggedValue { tag: Tag::new("GetAtt"), value: format!("{resource}.Arn").into() }))
        }
    }
}

fn mapping<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Mapping(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Mapping>())
}

/// A pattern, in the order in which people write it.
fn in_yaml(pattern: &Json) -> Value {
    match pattern {
        Json::Object(fields) => {
            mapping(in_order(fields).into_iter().map(|(key, value)| (key.as_str(), in_yaml(value))))
        }
        Json::Array(items) => Value::Sequence(items.iter().map(in_yaml).collect()),
        Json::String(text) => text.as_str().into(),
        Json::Bool(bool) => (*bool).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.into(),
            (None, Some(float)) => float.into(),
            (None, None) => Value::Null,
        },
        Json::Null => Value::Null,
    }
}
