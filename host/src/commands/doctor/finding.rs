//! What the doctor found.

use std::fmt;

use autotag_aws::tagger::{AwsError, AwsErrorKind};
use serde::{Serialize, Serializer};

use crate::cli::in_name_called;

/// What the doctor looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    PluginFolder,
    Plugins,
    Region,
    Credentials,
    Accounts,
    Trail,
    SessionNames,
    Rules,
    RuleState,
    RuleTarget,
    RulePattern,
    Queue,
    QueueEndpoint,
    QueuePolicy,
    QueueEncryption,
    QueuePermissions,
    Visibility,
    Retention,
    Delay,
    DeadLetterQueue,
    DeadLetters,
    Backlog,
    AssumeRole,
    Describe,
    CreateTags,
    TaggingApi,
    ProbePattern,
    ProbeMessage,
}

impl Check {
    /// All of them.
    pub(super) const ALL: [Self; 28] = [
        Self::PluginFolder,
        Self::Plugins,
        Self::Region,
        Self::Credentials,
        Self::Accounts,
        Self::Trail,
        Self::SessionNames,
        Self::Rules,
        Self::RuleState,
        Self::RuleTarget,
        Self::RulePattern,
        Self::Queue,
        Self::QueueEndpoint,
        Self::QueuePolicy,
        Self::QueueEncryption,
        Self::QueuePermissions,
        Self::Visibility,
        Self::Retention,
        Self::Delay,
        Self::DeadLetterQueue,
        Self::DeadLetters,
        Self::Backlog,
        Self::AssumeRole,
        Self::Describe,
        Self::CreateTags,
        Self::TaggingApi,
        Self::ProbePattern,
        Self::ProbeMessage,
    ];

    /// The name that users, programs and the guide in infra/README.md know it by. It must not change.
    fn name(self) -> &'static str {
        match self {
            Self::Plugins => "plugins",
            Self::PluginFolder => "plugin-folder",
            Self::Region => "region",
            Self::Credentials => "credentials",
            Self::Accounts => "accounts",
            Self::Trail => "trail",
            Self::SessionNames => "session-names",
            Self::Rules => "rules",
            Self::RuleState => "rule-state",
            Self::RuleTarget => "rule-target",
            Self::RulePattern => "rule-pattern",
            Self::Queue => "queue",
            Self::QueueEndpoint => "queue-endpoint",
            Self::QueuePolicy => "queue-policy",
            Self::QueueEncryption => "queue-encryption",
            Self::QueuePermissions => "queue-permissions",
            Self::Visibility => "visibility",
            Self::Retention => "retention",
            Self::Delay => "delay",
            Self::DeadLetterQueue => "dead-letter-queue",
            Self::DeadLetters => "dead-letters",
            Self::Backlog => "backlog",
            Self::AssumeRole => "assume-role",
            Self::Describe => "describe",
            Self::CreateTags => "create-tags",
            Self::TaggingApi => "tagging-api",
            Self::ProbePattern => "probe-pattern",
            Self::ProbeMessage => "probe-message",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckVerdict {
    Ok,
    Wrong,
    CannotTell,
}

impl fmt::Display for CheckVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::CannotTell => "cannot tell",
        })
    }
}

/// One check and its result.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: Check,
    pub(super) verdict: CheckVerdict,
    pub(super) says: String,
    /// What to do about it; none if it is as it should be.
    pub(super) fix: Option<String>,
}

/// The findings, in the order of the checks.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
    /// What shows a finding as soon as it is there; none if all are shown together.
    show: Option<fn(&Finding)>,
}

impl Findings {
    pub(super) fn new(show: Option<fn(&Finding)>) -> Self {
        Self { all: Vec::new(), show }
    }

    pub(super) fn ok(&mut self, check: Check, says: impl Into<String>) {
        self.add(Finding { check, verdict: CheckVerdict::Ok, says: says.into(), fix: None });
    }

    pub(super) fn wrong(&mut self, check: Check, says: impl Into<String>, fix: impl Into<String>) {
        self.add(Finding { check, verdict: CheckVerdict::Wrong, says: says.into(), fix: Some(fix.into()) });
    }

    pub(super) fn cannot_tell(&mut self, check: Check, says: impl Into<String>, fix: impl Into<String>) {
        self.add(Finding { check, verdict: CheckVerdict::CannotTell, says: says.into(), fix: Some(fix.into()) });
    }

    fn add(&mut self, mut finding: Finding) {
        finding.says = in_name_called(&finding.says);
        finding.fix = finding.fix.map(|fix| in_name_called(&fix));
        if let Some(show) = self.show {
            show(&finding);
        }
        self.all.push(finding);
    }

    /// A request that only reads has failed: what it was to show is not known. `action` is the permission that it
    /// needs.
    pub(super) fn unseen(&mut self, check: Check, failure: &AwsError, action: &str) {
        let fix = match failure.kind {
            AwsErrorKind::NotAllowed => {
                format!("Allow {action} to the principal that runs the doctor, or run it as one that may look.")
            }
            AwsErrorKind::Credentials => {
                "Give it credentials that AWS takes; the log of `host run` says the same.".to_owned()
            }
            AwsErrorKind::Throttled | AwsErrorKind::Transient | AwsErrorKind::Busy => {
                "Run it again. If it stays, look at the network: proxy, VPC endpoint, DNS, AWS_ENDPOINT_URL.".to_owned()
            }
            AwsErrorKind::NotFound
            | AwsErrorKind::Unclear
            | AwsErrorKind::BadResource
            | AwsErrorKind::TagLimit
            | AwsErrorKind::BadRequest => {
                "Check in the AWS console whether what it names exists, and run the doctor again.".to_owned()
            }
        };
        self.cannot_tell(check, failure.why.clone(), fix);
    }

    /// Whether anything is wrong.
    pub(super) fn has_wrong(&self) -> bool {
        self.count(CheckVerdict::Wrong) > 0
    }

    pub(super) fn count(&self, verdict: CheckVerdict) -> usize {
        self.all.iter().filter(|finding| finding.verdict == verdict).count()
    }

    pub(super) fn all(&self) -> &[Finding] {
        &self.all
    }
}
