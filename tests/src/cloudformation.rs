//! What CloudFormation makes of the templates in `infra/`: a small resolver of parameters, conditions and intrinsic
//! functions, for tests that evaluate a stack's policies.
//!
//! It is strict where CloudFormation is. These are errors: a reference to something that does not exist, or that the
//! conditions leave out, a parameter's value that is not allowed, and an assertion of the template's `Rules` that does
//! not hold. Names and ARNs are made up, in AWS's form. The patterns of parameters are not checked.

mod names;
mod parameters;
mod resolve;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;

use resolve::Resolver;

/// A template, with its intrinsic functions in their long form.
#[derive(Debug, Clone)]
pub struct Template(Value);

/// The partition, Region and account that a stack is deployed in.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'static str,
    /// The domain of AWS's names: `amazonaws.com`.
    pub url_suffix: &'static str,
    /// The Region's name, such as `us-east-1`.
    pub region: &'static str,
    /// The account's number, twelve digits.
    pub account: &'static str,
    /// The exports of other stacks, by name.
    pub exports: BTreeMap<String, String>,
}

/// A stack: what a template makes for some parameters.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The resources by their logical names, each with its type and properties.
    pub resources: BTreeMap<String, Value>,
    /// The outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// The values that other stacks can import.
    pub exports: BTreeMap<String, String>,
}

impl Environment {
    /// The environment that most tests use.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            partition: "aws",
            url_suffix: "amazonaws.com",
            region: "eu-central-1",
            account: "111122223333",
            exports: BTreeMap::new(),
        }
    }
}

/// Deploys `infra/autotag.yaml` with what it asks for, an address for alarms, unless that is given.
///
/// # Errors
/// CloudFormation's reason for refusing it.
pub fn deploy_autotag(place: &Environment, parameters: &[(&str, &str)]) -> Result<Stack, String> {
    let says_who = |(name, _): &(&str, &str)| ["AlarmEmail", "AlarmTopic"].contains(name);
    let alarms: &[_] = if parameters.iter().any(says_who) { &[] } else { &[("AlarmEmail", "ops@example.com")] };
    Template::of_infra("autotag.yaml").deploy(place, &[parameters, alarms].concat())
}

impl Template {
    /// Reads a template of `infra/`, such as `autotag.yaml`.
    ///
    /// # Panics
    /// If there is no such file, or it is not YAML.
    #[must_use]
    pub fn of_infra(name: &str) -> Self {
        // Most tests of a program use the same templates, and parsing YAML is slow without optimisation.
        static READ: Mutex<BTreeMap<String, Template>> = Mutex::new(BTreeMap::new());
        if let Some(template) = READ.lock().unwrap().get(name) {
            return template.clone();
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra").join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let template = Self::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        READ.lock().unwrap().entry(name.to_owned()).or_insert(template).clone()
    }

    /// Reads a template's text.
    ///
    /// # Errors
    /// If it is not YAML, or has a tag that CloudFormation does not know.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self(yaml::long_form(&document)?))
    }

    /// The template as JSON, with its intrinsic functions in their long form.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.0
    }

    /// The names of a section's entries, such as those of `Resources`.
    #[must_use]
    pub fn names(&self, section: &str) -> Vec<&str> {
        let entries = self.0.get(section).and_then(Value::as_object);
        entries.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// Deploys it as the stack `autotag`.
    ///
    /// # Errors
    /// CloudFormation's reason for refusing it.
    pub fn deploy(&self, place: &Environment, parameters: &[(&str, &str)]) -> Result<Stack, String> {
        let values = parameters::values(&self.0, parameters)?;
        let resolver = Resolver::new(&self.0, place, values);
        resolver.check_rules()?;
        resolver.stack()
    }
}

impl Stack {
    /// The resolved properties of a resource.
    ///
    /// # Panics
    /// If the stack does not have it.
    #[must_use]
    pub fn properties(&self, name: &str) -> &Value {
        let resource = self.resources.get(name).unwrap_or_else(|| panic!("the stack has no {name}"));
        &resource["Properties"]
    }

    /// The actions of the statement `sid` in the policy of the resource `name`.
    ///
    /// # Panics
    /// If the stack does not have it.
    #[must_use]
    pub fn actions(&self, name: &str, sid: &str) -> BTreeSet<String> {
        let statements = self.properties(name)["PolicyDocument"]["Statement"].as_array();
        let statement = statements.into_iter().flatten().find(|statement| statement["Sid"] == sid);
        let actions = statement.and_then(|statement| statement["Action"].as_array());
        let actions = actions.unwrap_or_else(|| panic!("{name} has no statement {sid} with a list of actions"));
        actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect()
    }

    /// The resources of a type, with their logical names.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
        resources.map(|(name, resource)| (name.as_str(), &resource["Properties"]))
    }
}

#[cfg(test)]
mod tests;
