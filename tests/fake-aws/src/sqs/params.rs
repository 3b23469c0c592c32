//! The parameters of a JSON request, read strictly.

use serde_json::Value;

use super::super::reply::ApiError;

/// A JSON object of parameters. A `null` counts as absent.
pub(in super::super) struct Params<'a> {
    object: &'a Value,
}

impl<'a> Params<'a> {
    pub fn new(object: &'a Value) -> Self {
        Self { object }
    }

    /// Refuses all other parameters: an ignored one could let a test pass that must fail.
    pub fn allow(&self, names: &[&str]) -> Result<(), ApiError> {
        let present = self.object.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        match present.map(|(name, _)| name).find(|name| !names.contains(&name.as_str())) {
            Some(name) => {
                Err(ApiError::invalid_value(format!("The fake AWS does not know the parameter {name} here.")))
            }
            None => Ok(()),
        }
    }

    /// Whether a parameter was given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, ApiError> {
        let wrong = || serialization(name, "a string");
        self.get(name).map(|value| value.as_str().ok_or_else(wrong)).transpose()
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let wrong = || serialization(name, "true or false");
        self.get(name).map(|value| value.as_bool().ok_or_else(wrong)).transpose()
    }

    pub fn required_text(&self, name: &str) -> Result<&'a str, ApiError> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// A number within bounds, both inclusive.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().ok_or_else(|| serialization(name, "a number"))?;
        let within = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
        within.map(Some).ok_or_else(|| {
            let reason = format!("Reason: Must be between {least} and {most}, if provided.");
            ApiError::invalid_value(format!("Value {number} for parameter {name} is invalid. {reason}"))
        })
    }

    pub fn texts(&self, name: &str) -> Result<Vec<&'a str>, ApiError> {
        let wrong = || serialization(name, "a list of strings");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        value.as_array().ok_or_else(wrong)?.iter().map(|item| item.as_str().ok_or_else(wrong)).collect()
    }

    /// A map of strings, such as the attributes of a queue.
    pub fn map(&self, name: &str) -> Result<Vec<(&'a str, &'a str)>, ApiError> {
        let wrong = || serialization(name, "a map of strings");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let entries = value.as_object().ok_or_else(wrong)?.iter();
        entries.map(|(key, value)| Ok((key.as_str(), value.as_str().ok_or_else(wrong)?))).collect()
    }

    pub fn objects(&self, name: &str) -> Result<Vec<Params<'a>>, ApiError> {
        let wrong = || serialization(name, "a list of objects");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(wrong)?.iter();
        items.map(|item| if item.is_object() { Ok(Params::new(item)) } else { Err(wrong()) }).collect()
    }
}

pub(super) fn missing(name: &str) -> ApiError {
    ApiError::new(400, "MissingParameter", format!("The request must contain the parameter {name}."))
}

fn serialization(name: &str, expected: &str) -> ApiError {
    ApiError::new(400, "SerializationException", format!("{name} must be {expected}"))
}
