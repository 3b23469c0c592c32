//! Values of tags, filled in from an event.

use serde::Deserialize;

use crate::text::non_empty;
use crate::{CloudTrailRecord, Creator, Event};

/// The value of a tag: text, with facts of the event in braces, such as `{event_name} at {event_time}`. `{{` and `}}`
/// stand for braces. A tag whose event lacks one of the facts is left out.
///
/// The facts are `event_time`, `event_name`, `invoked_by`, `source_ip`, `user_agent`, `role_name`, `region` and
/// `account`.
///
/// ```
/// use autotag_plugin_sdk::settings::ValueTemplate;
///
/// assert!(ValueTemplate::try_from("{event_name} in {region}".to_owned()).is_ok());
/// let error = ValueTemplate::try_from("{colour}".to_owned()).unwrap_err();
/// assert!(error.contains("there is no {colour}; there are {event_time}"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ValueTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Fact(Fact),
}

/// Something that an event says about its API call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    EventTime,
    EventName,
    InvokedBy,
    SourceIp,
    UserAgent,
    RoleName,
    Region,
    Account,
}

/// Every fact, as templates name it.
const FACTS: [(&str, Fact); 8] = [
    ("event_time", Fact::EventTime),
    ("event_name", Fact::EventName),
    ("invoked_by", Fact::InvokedBy),
    ("source_ip", Fact::SourceIp),
    ("user_agent", Fact::UserAgent),
    ("role_name", Fact::RoleName),
    ("region", Fact::Region),
    ("account", Fact::Account),
];

impl TryFrom<String> for ValueTemplate {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = written.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = from_brace.strip_prefix("{{").or_else(|| from_brace.strip_prefix("}}")) {
                text.extend(from_brace.chars().next());
                rest = after;
            } else {
                let (name, after) =
                    from_brace.strip_prefix('{').and_then(|fact| fact.split_once('}')).ok_or_else(|| {
                        format!("`{written}`: a brace that stands alone; write `{{{{` or `}}}}` for a brace")
                    })?;
                let (_, fact) = FACTS.iter().find(|(known, _)| *known == name).ok_or_else(|| {
                    let known: Vec<_> = FACTS.iter().map(|(known, _)| format!("{{{known}}}")).collect();
                    format!("`{written}`: there is no {{{name}}}; there are {}", known.join(", "))
                })?;
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Fact(*fact));
                rest = after;
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self(parts))
    }
}

impl ValueTemplate {
    /// The value for one event; none if the event lacks one of the facts.
    pub(crate) fn fill(&self, event: &Event, record: &CloudTrailRecord<'_>, creator: &Creator) -> Option<String> {
        let mut value = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => value.push_str(text),
                Part::Fact(fact) => value.push_str(&fact.of(event, record, creator)?),
            }
        }
        Some(value)
    }
}

impl Fact {
    fn of(self, event: &Event, record: &CloudTrailRecord<'_>, creator: &Creator) -> Option<String> {
        let said = |fact: &String| non_empty(Some(fact)).cloned();
        match self {
            Self::EventTime => record.event_time().or_else(|| said(&event.time)),
            Self::EventName => said(&record.event_name),
            Self::InvokedBy => creator.invoked_by.clone(),
            Self::SourceIp => record.source_ip_address(),
            Self::UserAgent => record.user_agent(),
            Self::RoleName => creator.role.clone(),
            Self::Region => said(&event.region),
            Self::Account => said(&event.account),
        }
    }
}
