//! Parses patterns, and refuses what EventBridge would not take.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{self, Block};
use super::alternative::{Alternative, Range};
use super::number::Number;
use super::text::{Caseless, Likeness, Wildcard};
use super::{Condition, PatternError};

/// The operators that EventBridge knows in a pattern. `$or` is missing: a plugin writes a pattern for each alternative.
const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// Parses a pattern, JSON text, into its conditions.
pub(super) fn conditions(text: &str) -> Result<Vec<Condition>, PatternError> {
    // Serde also limits how deep it is nested.
    let _: Value = serde_json::from_str(text).map_err(|error| PatternError::NotJson(error.to_string()))?;
    let pattern: &RawValue = serde_json::from_str(text).map_err(|error| PatternError::NotJson(error.to_string()))?;
    let mut found = BTreeMap::new();
    read_object(pattern.get(), "", &mut found)?;
    let mut conditions: Vec<_> =
        found.into_iter().map(|(path, alternatives)| Condition { path, alternatives }).collect();
    // The order in which EventBridge takes them, which matters for a field that is absent from an element of a list.
    conditions.sort_by(|one, other| one.path.encode_utf16().cmp(other.path.encode_utf16()));
    Ok(conditions)
}

fn read_object(json: &str, path: &str, found: &mut BTreeMap<String, Vec<Alternative>>) -> Result<(), PatternError> {
    let at = if path.is_empty() { "the pattern" } else { path };
    let shape = |path: &str, problem: &str| PatternError::Shape { path: path.into(), problem: problem.into() };
    let Ok(Members(members)) = serde_json::from_str(json) else {
        return Err(shape(at, "expected an object or a list of values"));
    };
    if members.is_empty() {
        return Err(shape(at, "an empty object matches nothing in particular"));
    }
    for (place, (key, value)) in members.iter().enumerate() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if key == "$or" {
            return Err(shape(&path, "the operator `$or` is not supported; write a pattern for each alternative"));
        }
        if members.iter().take(place).any(|(earlier, _)| earlier == key) {
            return Err(shape(&path, "the field stands here twice, of which EventBridge takes only the last"));
        }
        match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
            Err(_) => read_object(value.get(), &path, found)?,
            Ok(alternatives) => {
                let alternatives = read_alternatives(&alternatives)
                    .map_err(|problem| PatternError::Shape { path: path.clone(), problem })?;
                if found.insert(path.clone(), alternatives).is_some() {
                    return Err(shape(
                        &path,
                        "two fields are written so: EventBridge knows them by their names with dots",
                    ));
                }
            }
        }
    }
    Ok(())
}

fn read_alternatives(alternatives: &[&RawValue]) -> Result<Vec<Alternative>, String> {
    if alternatives.is_empty() {
        return Err("an empty list matches nothing".into());
    }
    alternatives.iter().map(|alternative| read_alternative(alternative.get())).collect()
}

fn read_alternative(json: &str) -> Result<Alternative, String> {
    match json.as_bytes().first() {
        Some(b'"') => {
            let text: String = text(json).ok_or("a text that cannot be read")?;
            Ok(address::read(&text).map_or(Alternative::Text(text), Alternative::Address))
        }
        Some(b't' | b'f' | b'n') => Ok(Alternative::Word(json.into())),
        Some(b'[') => Err("a list inside a list of values".into()),
        Some(b'{') => match members(json).as_slice() {
            [(name, operand)] => read_operator(name, operand.get()),
            _ => Err("an operator is an object with one key".into()),
        },
        _ => number(json).map(Alternative::Number),
    }
}

fn read_operator(name: &str, operand: &str) -> Result<Alternative, String> {
    match name {
        "exists" => match operand {
            "true" => Ok(Alternative::Present),
            "false" => Ok(Alternative::Absent),
            _ => Err("`exists` is true or false".into()),
        },
        "numeric" => numeric(operand).map(Alternative::Numeric),
        "cidr" => Block::read(&text_of(name, operand)?).map(Alternative::Block),
        "anything-but" => anything_but(operand),
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
            let words = "is a text, or {\"equals-ignore-case\": a text}";
            match (name, members(operand).as_slice()) {
                ("prefix" | "suffix", [(inner, text)]) if inner == "equals-ignore-case" => {
                    let text = Caseless::new(&text_of(inner, text.get())?);
                    Ok(Alternative::Like(match name {
                        "prefix" => Likeness::PrefixIgnoringCase(text),
                        _ => Likeness::SuffixIgnoringCase(text),
                    }))
                }
                ("prefix" | "suffix", _) if text(operand).is_none() => Err(format!("`{name}` {words}")),
                _ => likeness(name, &text_of(name, operand)?).map(Alternative::Like),
            }
        }
        _ => Err(format!("unknown operator `{name}`; known are {}", OPERATORS.join(", "))),
    }
}

fn likeness(name: &str, text: &str) -> Result<Likeness, String> {
    match name {
        "prefix" => Ok(Likeness::Prefix(text.into())),
        "suffix" => Ok(Likeness::Suffix(text.into())),
        "equals-ignore-case" => Ok(Likeness::EqualsIgnoreCase(Caseless::new(text))),
        _ => Wildcard::read(text).map(Likeness::Wildcard),
    }
}

fn anything_but(operand: &str) -> Result<Alternative, String> {
    const WORDS: &str = "`anything-but` is a text, a number, a list of either, or one of prefix, suffix, equals-ignore-case and \
                         wildcard with a text or a list of texts";
    if let [(name, operand)] = members(operand).as_slice() {
        if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&name.as_str()) {
            return Err(WORDS.into());
        }
        let texts: Vec<String> =
            one_or_more(operand.get()).into_iter().map(text).collect::<Option<_>>().ok_or(WORDS)?;
        if texts.is_empty() {
            return Err(format!("`anything-but` with an empty list of `{name}` leaves nothing out"));
        }
        if matches!(name.as_str(), "prefix" | "suffix") && texts.iter().any(String::is_empty) {
            return Err(format!("`anything-but` with an empty `{name}` matches no text"));
        }
        return texts.iter().map(|text| likeness(name, text)).collect::<Result<_, _>>().map(Alternative::NotLike);
    }
    let values = one_or_more(operand);
    if values.is_empty() {
        return Err("`anything-but` with an empty list leaves nothing out".into());
    }
    if let Some(texts) = values.iter().map(|value| text(value)).collect() {
        return Ok(Alternative::NoneOfTexts(texts));
    }
    let is_number = |value: &&str| value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if !values.iter().all(is_number) {
        return Err(WORDS.into());
    }
    let numbers = values.into_iter().map(comparable);
    numbers.collect::<Result<_, _>>().map(Alternative::NoneOfNumbers)
}

fn numeric(operand: &str) -> Result<Range, String> {
    const WORDS: &str = "`numeric` is [\"=\", a number], a bound such as [\">\", 0], or a lower bound and then an upper one, such as \
                         [\">\", 0, \"<=\", 5]";
    let terms: Vec<&RawValue> = serde_json::from_str(operand).map_err(|_| WORDS)?;
    let terms: Vec<&str> = terms.into_iter().map(RawValue::get).collect();
    let bound = |operator: &str, number: &str| {
        let number = comparable(number)?.value().ok_or(WORDS)?;
        Ok::<_, String>(match operator {
            r#""=""# => Range { bottom: Some((number, true)), top: Some((number, true)) },
            r#"">""# => Range { bottom: Some((number, false)), top: None },
            r#"">=""# => Range { bottom: Some((number, true)), top: None },
            r#""<""# => Range { bottom: None, top: Some((number, false)) },
            r#""<=""# => Range { bottom: None, top: Some((number, true)) },
            _ => return Err(WORDS.into()),
        })
    };
    match terms.as_slice() {
        [operator, number] => bound(operator, number),
        [lower, bottom, upper, top] => match (bound(lower, bottom)?, bound(upper, top)?) {
            (Range { bottom: Some(bottom), top: None }, Range { bottom: None, top: Some(top) }) if bottom.0 < top.0 => {
                Ok(Range { bottom: Some(bottom), top: Some(top) })
            }
            (Range { top: None, .. }, Range { bottom: None, .. }) => {
                Err("the lower bound of `numeric` must be less than the upper one".into())
            }
            _ => Err(WORDS.into()),
        },
        _ => Err(WORDS.into()),
    }
}

/// A number that stays the same when it is printed in a rule that is made from the pattern.
fn number(json: &str) -> Result<Number<'static>, String> {
    let number = Number::read(json);
    let printed = serde_json::from_str::<Value>(json).map_err(|error| error.to_string())?.to_string();
    if number.is_same(&Number::read(&printed)) {
        Ok(number.into_owned())
    } else {
        Err(format!("{json} has more digits than stay the same when it is printed in a rule: write at most 15"))
    }
}

/// A number that EventBridge can compare.
fn comparable(json: &str) -> Result<Number<'static>, String> {
    let number = number(json)?;
    match number.value() {
        Some(_) => Ok(number),
        None => Err(format!("{json} is no number that EventBridge can compare: it is none, or has too many digits")),
    }
}

/// The elements of a list, or the value itself if it is none.
fn one_or_more(json: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(values) => values.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![json],
    }
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

fn text_of(operator: &str, json: &str) -> Result<String, String> {
    text(json).ok_or_else(|| format!("`{operator}` is a text"))
}

/// The members of an object; none if it is no object.
fn members(json: &str) -> Vec<(String, &RawValue)> {
    serde_json::from_str(json).map_or_else(|_| Vec::new(), |Members(members)| members)
}

/// The members of an object, in their order, with duplicate keys kept.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
