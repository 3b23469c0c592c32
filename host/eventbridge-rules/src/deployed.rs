//! A rule as it is deployed, with its targets.

use serde::Serialize;

use crate::rule::DEFAULT_EVENT_BUS;

/// A rule as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedRule {
    /// Its name, without the event bus.
    pub name: String,
    /// The ARN that EventBridge lists it by.
    pub arn: String,
    /// The event bus that it is on: `default`.
    pub event_bus: String,
    /// Whether it is enabled. A disabled rule matches nothing.
    pub enabled: bool,
    /// Its event pattern, as JSON text; `None` if it has only a schedule.
    pub pattern: Option<String>,
    /// Where it sends what it matches.
    pub targets: Vec<Target>,
}

/// Where a rule sends what it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target's id in the rule.
    pub id: String,
    /// The ARN of what it is, for example a queue.
    pub arn: String,
    /// What transforms the event before it is sent; `None`: it is sent unchanged.
    pub input_transformation: Option<InputTransformation>,
    /// The dead-letter queue for events that cannot be delivered; `None`: they are lost.
    pub dead_letter_arn: Option<String>,
}

/// How a target transforms an event before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum InputTransformation {
    /// A fixed text is sent instead.
    Input,
    /// Only a part of the event is sent.
    InputPath,
    /// A text is made from parts of the event.
    InputTransformer,
}

impl DeployedRule {
    /// Its name, with the event bus before it unless that is the default one: `central/Ec2Rule1`.
    ///
    /// ```
    /// use autotag_eventbridge_rules::{DEFAULT_EVENT_BUS, DeployedRule};
    ///
    /// let mut rule = DeployedRule {
    ///     name: "Ec2Rule1".into(),
    ///     arn: "arn:aws:events:eu-central-1:111122223333:rule/Ec2Rule1".into(),
    ///     event_bus: DEFAULT_EVENT_BUS.into(),
    ///     enabled: true,
    ///     pattern: None,
    ///     targets: Vec::new(),
    /// };
    /// assert_eq!(rule.label(), "Ec2Rule1");
    /// rule.event_bus = "central".into();
    /// assert_eq!(rule.label(), "central/Ec2Rule1");
    /// ```
    #[must_use]
    pub fn label(&self) -> String {
        if self.event_bus == DEFAULT_EVENT_BUS {
            self.name.clone()
        } else {
            format!("{}/{}", self.event_bus, self.name)
        }
    }

    /// The targets with this ARN.
    ///
    /// ```
    /// use autotag_eventbridge_rules::{DeployedRule, Target};
    ///
    /// # let rule = DeployedRule {
    /// #     name: "Ec2Rule1".into(),
    /// #     arn: "arn:aws:events:eu-central-1:111122223333:rule/Ec2Rule1".into(),
    /// #     event_bus: "default".into(),
    /// #     enabled: true,
    /// #     pattern: None,
    /// #     targets: Vec::new(),
    /// # };
    /// let target = |id: &str, arn: &str| Target {
    ///     id: id.into(),
    ///     arn: arn.into(),
    ///     input_transformation: None,
    ///     dead_letter_arn: None,
    /// };
    /// let queue = "arn:aws:sqs:eu-central-1:111122223333:autotag";
    /// let topic = "arn:aws:sns:eu-central-1:111122223333:audit";
    /// let rule = DeployedRule { targets: vec![target("queue", queue), target("audit", topic)], ..rule };
    /// let ids: Vec<&str> = rule.targets_with_arn(queue).map(|target| target.id.as_str()).collect();
    /// assert_eq!(ids, ["queue"]);
    /// ```
    pub fn targets_with_arn(&self, arn: &str) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.arn == arn)
    }
}
