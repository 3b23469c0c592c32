//! The parameters of an EC2 request: a flat form with numbered lists, `Filter.1.Value.2`. STS and Auto Scaling use the
//! same with other list names: `Filters.member.1.Values.member.2`. RDS names its lists after what they hold:
//! `Filters.Filter.1.Values.Value.2`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::reply::ApiError;

/// A form. Its lists are read in the order of their numbers.
pub(in super::super) struct Query<'a> {
    form: BTreeMap<&'a str, &'a str>,
}

/// One filter of a Describe request. Filters are combined by AND, the values of one filter by OR.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct FilterParam {
    pub name: String,
    pub values: Vec<String>,
}

impl<'a> Query<'a> {
    /// `parameters` is an object of strings.
    pub fn new(parameters: &'a Value) -> Self {
        let pairs = parameters.as_object().into_iter().flatten();
        Self { form: pairs.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect() }
    }

    /// The parameters' names, without the numbers of lists, each once.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let mut names: Vec<&str> =
            self.form.keys().map(|key| key.split_once('.').map_or(*key, |(name, _)| name)).collect();
        names.dedup();
        names.into_iter()
    }

    /// Refuses all other parameters.
    pub fn allow(&self, names: &[&str]) -> Result<(), ApiError> {
        match self.names().find(|name| !names.contains(name)) {
            Some(name) => {
                Err(ApiError::new(400, "UnknownParameter", format!("The parameter {name} is not recognized")))
            }
            None => Ok(()),
        }
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.form.get(name).copied()
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        let numbered = self.members(name).into_iter();
        numbered.filter(|(_, rest, _)| rest.is_empty()).map(|(_, _, value)| value.to_owned()).collect()
    }

    /// EC2's filters.
    pub fn filters(&self) -> Vec<FilterParam> {
        self.filters_in("Filter", "Value.")
    }

    /// Auto Scaling's filters.
    pub fn member_filters(&self) -> Vec<FilterParam> {
        self.filters_in("Filters.member", "Values.member.")
    }

    /// RDS's filters.
    pub fn named_filters(&self) -> Vec<FilterParam> {
        self.filters_in("Filters.Filter", "Values.Value.")
    }

    fn filters_in(&self, list: &str, values: &str) -> Vec<FilterParam> {
        let mut filters: BTreeMap<usize, FilterParam> = BTreeMap::new();
        for (number, rest, value) in self.members(list) {
            let filter =
                filters.entry(number).or_insert_with(|| FilterParam { name: String::new(), values: Vec::new() });
            if rest == "Name" {
                value.clone_into(&mut filter.name);
            } else if rest.starts_with(values) {
                filter.values.push(value.to_owned());
            }
        }
        filters.into_values().collect()
    }

    /// The `Tag.N.Key` and `Tag.N.Value`. A missing value counts as empty.
    pub fn tags(&self) -> Vec<(String, String)> {
        let mut tags: BTreeMap<usize, (String, String)> = BTreeMap::new();
        for (number, rest, value) in self.members("Tag") {
            let tag = tags.entry(number).or_default();
            match rest {
                "Key" => value.clone_into(&mut tag.0),
                "Value" => value.clone_into(&mut tag.1),
                _ => {}
            }
        }
        tags.into_values().collect()
    }

    /// # Errors
    ///
    /// `InvalidParameterValue` for anything but `true` and `false`.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::invalid_value(format!("Invalid value '{other}' for {name}"))),
        }
    }

    /// All `name.NUMBER` and `name.NUMBER.rest`, as (number, rest, value), in the order of their numbers.
    fn members(&self, name: &str) -> Vec<(usize, &'a str, &'a str)> {
        let member = |(key, value): (&&'a str, &&'a str)| {
            let numbered = key.strip_prefix(name)?.strip_prefix('.')?;
            let (number, rest) = numbered.split_once('.').unwrap_or((numbered, ""));
            Some((number.parse().ok()?, rest, *value))
        };
        let mut members: Vec<_> = self.form.iter().filter_map(member).collect();
        members.sort_by_key(|(number, _, _)| *number);
        members
    }
}
