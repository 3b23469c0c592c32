//! Where the strings of a plugin's answer are in the record.

mod bytes;
mod walk;

use std::collections::HashSet;

use bytes::Needle;

use super::Refusal;
use crate::event::{Omission, Part, Record};
use crate::resource::Arn;

/// For more strings than this, reading the record once is faster than searching it for each.
const MAX_SEARCHES: usize = 32;

/// Which strings of a plugin's answer are in the API call's response, and which in its request.
pub(super) struct Provenance<'a> {
    requested: Strings<'a>,
    answered: Strings<'a>,
    /// The response; none if it is omitted, or empty as that of S3's `CreateBucket`.
    answer: Option<&'a str>,
    /// What CloudTrail says of a response that it has omitted.
    omitted: Option<&'a Omission>,
}

/// The string values of a part of the record.
enum Strings<'a> {
    /// The part, which can be searched by bytes for any string of the plugin's answer.
    In(&'a str),
    /// The strings of the plugin's answer that are in the part.
    Found(HashSet<&'a str>),
}

impl<'a> Provenance<'a> {
    /// Searches the record for the resources of a plugin's answer, and for the names in their ARNs.
    pub(super) fn of(
        record: &'a Record<'a>,
        resources: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<Self, Refusal> {
        let wanted = resources
            .flat_map(|resource| [Some(resource.as_str()), Arn::parse(resource).map(|arn| arn.name())])
            .flatten();
        let by_bytes = record.is_plain
            && wanted.clone().zip(0..).all(|(text, before)| before < MAX_SEARCHES && bytes::is_plain_string(text));
        Ok(Self {
            answered: Strings::of(record.response_elements.json(), by_bytes, wanted.clone())?,
            requested: Strings::of(record.request_parameters.json(), by_bytes, wanted)?,
            answer: record.response_elements.json(),
            omitted: match &record.response_elements {
                Part::Omitted(omitted) => Some(omitted),
                _ => None,
            },
        })
    }

    /// Proves an id that EC2 gave out: it is in the response, and not in the request. If CloudTrail has omitted the
    /// request, the latter shows nothing, which the verdict on the resource takes into account.
    pub(super) fn prove_id(&self, id: &str) -> Result<(), Refusal> {
        let needle = Needle::new(id);
        if self.requested.has(id, &needle) {
            return Err(Refusal::InRequest(id.into()));
        }
        if self.answered.has(id, &needle) { Ok(()) } else { Err(self.not_in_answer(id)) }
    }

    fn not_in_answer(&self, id: &str) -> Refusal {
        match self.omitted {
            Some(omitted) => Refusal::AnswerOmitted { id: id.into(), omitted: omitted.to_string() },
            None => Refusal::NotInAnswer(id.into()),
        }
    }

    /// Proves an ARN, whose name may be the caller's choice.
    ///
    /// The response must have the ARN. Only if it has no ARN of the service, or there is no response, does the name
    /// suffice, in the response or in the request: otherwise any other name there, such as that of a subnet group,
    /// would prove a resource that existed before. An ARN in the request, such as a copy's source, existed before in
    /// any case. If CloudTrail has omitted the response, its ARNs cannot be seen: then the name suffices only for an
    /// API call that the host knows (`is_known`).
    pub(super) fn prove_arn(&self, text: &str, arn: &Arn<'_>, is_known: bool) -> Result<(), Refusal> {
        let stands_in = |strings: &Strings<'_>, text: &str| strings.has(text, &Needle::new(text));
        let name = arn.name();
        if stands_in(&self.requested, text) {
            return Err(Refusal::InRequest(text.into()));
        }
        let own = format!("\"arn:{}:{}:", arn.partition, arn.service);
        let answers_arns = self.answer.is_some_and(|answer| answer.contains(&own));
        let hides_arns = self.omitted.is_some() && !is_known;
        let has_name = || stands_in(&self.answered, name) || stands_in(&self.requested, name);
        let proved = stands_in(&self.answered, text) || (!answers_arns && !hides_arns && has_name());
        if proved { Ok(()) } else { Err(self.not_in_answer(text)) }
    }
}

impl<'a> Strings<'a> {
    /// Prepares a part of the record for lookups of `wanted`, and of nothing else. `by_bytes` says that the
    /// record and all of `wanted` are plain.
    fn of(json: Option<&'a str>, by_bytes: bool, wanted: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let Some(json) = json else { return Ok(Self::Found(HashSet::new())) };
        if by_bytes && bytes::is_plain_json(json) {
            return Ok(Self::In(json));
        }
        let wanted: HashSet<_> = wanted.collect();
        if wanted.is_empty() {
            return Ok(Self::Found(wanted));
        }
        let found = walk::strings_in(json, &wanted).map_err(|error| Refusal::Unsearchable(error.to_string()))?;
        Ok(Self::Found(found))
    }

    fn has(&self, text: &str, needle: &Needle<'_>) -> bool {
        match self {
            Self::In(json) => needle.is_value_in(json),
            Self::Found(found) => found.contains(text),
        }
    }
}

#[cfg(test)]
mod tests;
