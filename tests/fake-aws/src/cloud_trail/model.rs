//! Trails: what a test puts.

use serde_json::{Value, json};

/// A trail that a test puts. Its home is the Region that it is put into.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Unique in its home Region.
    pub name: String,
    /// Whether it logs API calls in all Regions, and is shown in all of them.
    pub multi_region: bool,
    /// Whether it is an organization's trail.
    pub organization: bool,
    /// The account that an organization's trail belongs to, if it is another one: a member is shown the trail, with
    /// that account in its ARN, and everything else that is asked about it does not exist.
    pub of_account: Option<String>,
    /// Whether logging is turned on.
    pub is_logging: bool,
    /// S3's error at the latest delivery, such as `NoSuchBucket`.
    pub latest_delivery_error: Option<String>,
    /// Which API calls it logs.
    pub selectors: Selectors,
}

/// Which API calls a trail logs.
#[derive(Clone, Debug, PartialEq)]
pub enum Selectors {
    /// The older form.
    Basic(Vec<EventSelector>),
    /// The newer form: the list of `AdvancedEventSelectors`, as CloudTrail's JSON.
    Advanced(Value),
}

/// One selector of the older form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`.
    pub read_write_type: String,
    /// Whether it selects management events at all, such as RunInstances.
    pub include_management_events: bool,
    /// The services whose management events it leaves out: `kms.amazonaws.com` or `rdsdata.amazonaws.com`.
    pub exclude_management_event_sources: Vec<String>,
}

impl Trail {
    /// A usual trail: of all Regions and of one account, turned on, with all management events.
    pub fn logging(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            multi_region: true,
            organization: false,
            of_account: None,
            is_logging: true,
            latest_delivery_error: None,
            selectors: Selectors::Basic(vec![EventSelector::all()]),
        }
    }

    /// # Errors
    ///
    /// Why CloudTrail would refuse it.
    pub(super) fn check(&self) -> Result<(), String> {
        if !is_name(&self.name) {
            return Err("a name has 3 to 128 letters, digits, '.', '-' and '_', and begins and ends with none of \
                        these signs"
                .to_owned());
        }
        match &self.selectors {
            Selectors::Basic(selectors) if selectors.is_empty() || selectors.len() > 5 => {
                Err(format!("there are {} event selectors, and must be 1 to 5", selectors.len()))
            }
            Selectors::Basic(selectors) => selectors.iter().try_for_each(EventSelector::check),
            Selectors::Advanced(selectors) => check_advanced(selectors),
        }
    }
}

impl EventSelector {
    /// Selects all management events, both reads and writes.
    pub fn all() -> Self {
        Self {
            read_write_type: "All".to_owned(),
            include_management_events: true,
            exclude_management_event_sources: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), String> {
        if !["All", "ReadOnly", "WriteOnly"].contains(&self.read_write_type.as_str()) {
            return Err(format!("'{}' is no ReadWriteType: All, ReadOnly or WriteOnly", self.read_write_type));
        }
        let known = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];
        match self.exclude_management_event_sources.iter().find(|source| !known.contains(&source.as_str())) {
            Some(source) => Err(format!("{source} cannot be left out, only {known:?}")),
            None => Ok(()),
        }
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "ReadWriteType": self.read_write_type,
            "IncludeManagementEvents": self.include_management_events,
            "DataResources": [],
            "ExcludeManagementEventSources": self.exclude_management_event_sources,
        })
    }
}

fn check_advanced(selectors: &Value) -> Result<(), String> {
    let conditions = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"];
    let malformed =
        || format!("AdvancedEventSelectors must be a list of objects with FieldSelectors, and is {selectors}");
    let selectors = selectors.as_array().filter(|selectors| !selectors.is_empty()).ok_or_else(malformed)?;
    for selector in selectors {
        let fields = selector.get("FieldSelectors").and_then(Value::as_array).ok_or_else(malformed)?;
        let has_category = fields.iter().any(|field| field.get("Field") == Some(&json!("eventCategory")));
        if !has_category {
            return Err(format!("an advanced event selector must say its eventCategory: {selector}"));
        }
        let texts = |values: &Value| values.as_array().is_some_and(|values| values.iter().all(Value::is_string));
        for field in fields {
            let mut rest = field.as_object().ok_or_else(malformed)?.iter().filter(|(name, _)| *name != "Field");
            let fits = rest.all(|(name, values)| conditions.contains(&name.as_str()) && texts(values));
            if !fits || !field.get("Field").is_some_and(Value::is_string) {
                return Err(format!("a field selector has a Field and lists of strings for {conditions:?}: {field}"));
            }
        }
    }
    Ok(())
}

pub(super) fn is_name(name: &str) -> bool {
    let sign = |char: char| ".-_".contains(char);
    (3..=128).contains(&name.len())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || sign(char))
        && !name.starts_with(sign)
        && !name.ends_with(sign)
}
