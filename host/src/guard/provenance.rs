//! Where the strings of a plugin's answer stand in the record.

mod bytes;
mod walk;

use std::collections::HashSet;

use bytes::Needle;

use super::Refusal;
use crate::event::Record;
use crate::resource::Arn;

/// For more strings than this, reading the record once is quicker than searching it for each.
const MAX_SEARCHES: usize = 32;

/// Which of an answer's strings the call answered, and which its request mentioned.
pub(super) struct Provenance<'a> {
    requested: Strings<'a>,
    answered: Strings<'a>,
    /// The successful call answered nothing at all, as S3's `CreateBucket` does.
    answered_null: bool,
}

/// The string values of a part of the record.
enum Strings<'a> {
    /// The part, which can be searched by bytes for any of the answer's strings.
    In(&'a str),
    /// Those of the answer's strings that are there.
    Found(HashSet<&'a str>),
}

impl<'a> Provenance<'a> {
    /// Searches the record for the resources of an answer, and for the names in their ARNs.
    pub(super) fn of(
        record: &Record<'a>,
        resources: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<Self, Refusal> {
        let wanted = resources
            .flat_map(|resource| [Some(resource.as_str()), Arn::parse(resource).map(|arn| arn.name())])
            .flatten();
        let by_bytes = record.is_plain
            && wanted.clone().zip(0..).all(|(text, before)| before < MAX_SEARCHES && bytes::is_plain_string(text));
        Ok(Self {
            answered: Strings::of(record.response_elements, by_bytes, wanted.clone())?,
            requested: Strings::of(record.request_parameters, by_bytes, wanted)?,
            answered_null: record.response_elements.is_none(),
        })
    }

    /// Proves an id that EC2 gave out: it stands in the answer, and not in the request.
    pub(super) fn prove_id(&self, id: &str) -> Result<(), Refusal> {
        let needle = Needle::new(id);
        if self.requested.has(id, &needle) {
            return Err(Refusal::InRequest(id.into()));
        }
        if self.answered.has(id, &needle) { Ok(()) } else { Err(Refusal::NotInAnswer(id.into())) }
    }

    /// Proves an ARN whose name may be the caller's choice: the answer has the ARN or the name; if there is no answer, the
    /// request has the name. An ARN in the request, such as a copy's source, existed before.
    pub(super) fn prove_arn(&self, arn: &str, name: &str) -> Result<(), Refusal> {
        if self.requested.has(arn, &Needle::new(arn)) {
            return Err(Refusal::InRequest(arn.into()));
        }
        let stands_in = |strings: &Strings<'_>| [arn, name].iter().any(|text| strings.has(text, &Needle::new(text)));
        let proved = stands_in(&self.answered) || (self.answered_null && stands_in(&self.requested));
        if proved { Ok(()) } else { Err(Refusal::NotInAnswer(arn.into())) }
    }
}

impl<'a> Strings<'a> {
    /// Makes the part of the record ready to be asked for any of `wanted`, and for nothing else. `by_bytes` says that the
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
