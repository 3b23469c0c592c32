//! Reads policy documents.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::principal::{Listed, Principals};
use super::truth::{self, Truth};

/// The version of the policy language that has variables. A document without one is of 2008-10-17.
const WITH_VARIABLES: &str = "2012-10-17";

/// An IAM policy document: of an identity, of a resource, of a role's trust, of a key, or of an organization.
#[derive(Debug, Clone)]
pub struct Policy {
    has_variables: bool,
    statements: Vec<Statement>,
}

/// Why a policy cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no JSON.
    #[error("the policy is not JSON: {0}")]
    NotJson(String),
    /// It is not built as IAM's policies are.
    #[error("the policy's {place}: {problem}")]
    Shape {
        /// Where: `Statement[0].Effect`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    number: usize,
    pub(super) effect: Effect,
    /// None in a policy of an identity, which is about whoever has it.
    pub(super) principals: Option<Principals>,
    /// In small letters.
    pub(super) actions: Patterns,
    /// None in a policy of a resource that speaks of that resource alone, such as the trust of a role.
    pub(super) resources: Option<Patterns>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What a statement is about, or with `negated`, all that it is not about.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    negated: bool,
    patterns: Vec<String>,
}

impl Policy {
    /// Reads a policy document, JSON text.
    ///
    /// # Errors
    /// If IAM would not take it: it is no JSON, an element is unknown, missing or of a wrong shape. Condition operators
    /// are not looked at before they matter.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        Self::from_value(&serde_json::from_str(json).map_err(|error| PolicyError::NotJson(error.to_string()))?)
    }

    /// The same from JSON that is read already.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_value(policy: &Value) -> Result<Self, PolicyError> {
        let policy = object(policy, "document")?;
        check_keys(policy, &["Version", "Id", "Statement"], "document")?;
        let version = match policy.get("Version") {
            None => "2008-10-17",
            Some(Value::String(version)) if version == WITH_VARIABLES || version == "2008-10-17" => version,
            Some(other) => {
                return wrong("Version", format!("{other} is neither \"{WITH_VARIABLES}\" nor \"2008-10-17\""));
            }
        };
        let statements = match policy.get("Statement") {
            None => return wrong("document", "there is no Statement".into()),
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement) => vec![statement],
        };
        if statements.is_empty() {
            return wrong("Statement", "there is none".into());
        }
        let statements = statements.into_iter().enumerate().map(|(index, statement)| Statement::read(index, statement));
        Ok(Self { has_variables: version == WITH_VARIABLES, statements: statements.collect::<Result<_, _>>()? })
    }

    /// The statements, each with whether it has variables.
    pub(super) fn statements(&self) -> impl Iterator<Item = (&Statement, bool)> {
        self.statements.iter().map(|statement| (statement, self.has_variables))
    }

    /// Whether it is a requester's own.
    pub(super) fn is_of_an_identity(&self) -> bool {
        self.statements.iter().all(|statement| statement.principals.is_none())
    }
}

impl Statement {
    fn read(index: usize, statement: &Value) -> Result<Self, PolicyError> {
        const KEYS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let place = format!("Statement[{index}]");
        let statement = object(statement, &place)?;
        check_keys(statement, &KEYS, &place)?;
        let sid = match statement.get("Sid") {
            None => None,
            Some(Value::String(sid)) => Some(sid.clone()).filter(|sid| !sid.is_empty()),
            Some(other) => return wrong(&format!("{place}.Sid"), format!("{other} is no text")),
        };
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return wrong(&format!("{place}.Effect"), "it must be \"Allow\" or \"Deny\"".into()),
        };
        let principals = one_of(statement, "Principal", "NotPrincipal", &place)?
            .map(|(negated, place, principals)| {
                Ok(Principals { negated, listed: read_principals(principals, &place)? })
            })
            .transpose()?;
        let actions = one_of(statement, "Action", "NotAction", &place)?.map(Patterns::read).transpose()?;
        let Some(actions) = actions else { return wrong(&place, "there is neither Action nor NotAction".into()) };
        let resources = one_of(statement, "Resource", "NotResource", &place)?.map(Patterns::read).transpose()?;
        if resources.is_none() && principals.is_none() {
            return wrong(&place, "there is neither Resource nor NotResource".into());
        }
        let conditions = statement
            .get("Condition")
            .map_or(Ok(Vec::new()), |conditions| read_conditions(conditions, &format!("{place}.Condition")))?;
        Ok(Self {
            sid,
            number: index + 1,
            effect,
            principals,
            actions: actions.in_small_letters(),
            resources,
            conditions,
        })
    }

    /// The statement, for people.
    pub(super) fn name(&self) -> String {
        match &self.sid {
            Some(sid) => format!("the statement {sid}"),
            None => format!("statement {}", self.number),
        }
    }
}

impl Patterns {
    fn read((negated, place, patterns): (bool, String, &Value)) -> Result<Self, PolicyError> {
        Ok(Self { negated, patterns: texts(patterns, &place, false)? })
    }

    fn in_small_letters(self) -> Self {
        Self { patterns: self.patterns.iter().map(|pattern| pattern.to_lowercase()).collect(), ..self }
    }

    /// Whether a statement with these is about what is compared with each.
    pub(super) fn is_about(&self, compare: impl Fn(&str) -> Truth) -> Truth {
        truth::is_among(self.patterns.iter().map(|pattern| compare(pattern)), self.negated)
    }
}

fn read_principals(principals: &Value, place: &str) -> Result<Vec<Listed>, PolicyError> {
    if let Value::String(text) = principals {
        return match text.as_str() {
            "*" => Ok(vec![Listed::Everyone]),
            _ => wrong(place, format!("`{text}` stands for nobody; say \"*\", {{\"AWS\": …}} or {{\"Service\": …}}")),
        };
    }
    let mut listed = Vec::new();
    for (kind, names) in object(principals, place)? {
        let place = format!("{place}.{kind}");
        let read = match kind.as_str() {
            "AWS" => |name: String| if name == "*" { Listed::Everyone } else { Listed::Aws(name) },
            "Service" => Listed::Service,
            "Federated" => Listed::Federated,
            "CanonicalUser" => |_| Listed::Other,
            _ => return wrong(&place, "known are AWS, Service, Federated and CanonicalUser".into()),
        };
        listed.extend(texts(names, &place, false)?.into_iter().map(read));
    }
    Ok(listed)
}

fn read_conditions(conditions: &Value, place: &str) -> Result<Vec<Condition>, PolicyError> {
    let mut read = Vec::new();
    for (operator, keys) in object(conditions, place)? {
        let place = format!("{place}.{operator}");
        for (key, values) in object(keys, &place)? {
            let values = texts(values, &format!("{place}.{key}"), true)?;
            read.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(read)
}

/// The one of two elements that exclude each other which is there, whether it is the negated one, and its place.
fn one_of<'a>(
    statement: &'a Map<String, Value>,
    name: &str,
    negated: &str,
    place: &str,
) -> Result<Option<(bool, String, &'a Value)>, PolicyError> {
    match (statement.get(name), statement.get(negated)) {
        (Some(_), Some(_)) => wrong(place, format!("{name} and {negated} exclude each other")),
        (Some(value), None) => Ok(Some((false, format!("{place}.{name}"), value))),
        (None, Some(value)) => Ok(Some((true, format!("{place}.{negated}"), value))),
        (None, None) => Ok(None),
    }
}

/// One or several texts; with `plain`, also numbers and booleans, as conditions have them.
fn texts(value: &Value, place: &str, plain: bool) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) if plain => Ok(value.to_string()),
        other => wrong(place, format!("{other} is no text")),
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value.as_object().ok_or_else(|| shape(place, "it is no object".into()))
}

fn check_keys(object: &Map<String, Value>, known: &[&str], place: &str) -> Result<(), PolicyError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => wrong(place, format!("unknown element `{key}`; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

fn wrong<T>(place: &str, problem: String) -> Result<T, PolicyError> {
    Err(shape(place, problem))
}

fn shape(place: &str, problem: String) -> PolicyError {
    PolicyError::Shape { place: place.into(), problem }
}
