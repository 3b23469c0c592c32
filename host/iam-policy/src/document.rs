//! Parses policy documents.

use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::effect::Effect;
use crate::principal::{PolicyPrincipal, PrincipalElement};
use crate::truth::{self, Truth};

/// The version of the policy language that has variables. A document without `Version` is of 2008-10-17.
const WITH_VARIABLES: &str = "2012-10-17";

/// An IAM policy document: identity-based or resource-based, a role's trust policy, a key policy, or a policy of an
/// organization.
#[derive(Debug, Clone)]
pub struct Policy {
    has_variables: bool,
    statements: Vec<Statement>,
}

/// Why a document is not a policy.
///
/// ```
/// use autotag_iam_policy::{Policy, PolicyError};
///
/// let misspelt = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resources": "*"}]}"#;
/// let error = Policy::parse(misspelt).unwrap_err();
/// assert!(error.to_string().starts_with("the policy's Statement[0]: unknown element `Resources`; known are Sid"));
/// assert!(matches!(error, PolicyError::InvalidElement { path, .. } if path == "Statement[0]"));
/// assert!(matches!(Policy::parse("{"), Err(PolicyError::NotJson(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is not JSON.
    #[error("the policy is not JSON: {0}")]
    NotJson(String),
    /// An element is unknown, missing, or of the wrong type.
    #[error("the policy's {path}: {problem}")]
    InvalidElement {
        /// The element's path: `Statement[0].Effect`.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    number: usize,
    pub(crate) effect: Effect,
    /// None in an identity-based policy, which applies to the principal that it is attached to.
    pub(crate) principals: Option<PrincipalElement>,
    /// In lower case, since actions are not case-sensitive.
    pub(crate) actions: Patterns,
    /// None in a resource-based policy that is about its own resource alone, such as a role's trust policy.
    pub(crate) resources: Option<Patterns>,
    pub(crate) conditions: Vec<Condition>,
}

/// What a statement applies to or, if `negated`, what it does not apply to.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    negated: bool,
    patterns: Vec<String>,
}

impl Policy {
    /// Parses a policy document from JSON text.
    ///
    /// ```
    /// use autotag_iam_policy::{Policy, PolicyError};
    ///
    /// let parse = |effect: &str| {
    ///     Policy::parse(&format!(r#"{{"Statement": {{"Effect": "{effect}", "Action": "s3:*", "Resource": "*"}}}}"#))
    /// };
    /// assert!(parse("Allow").is_ok());
    /// let error = parse("allow").unwrap_err();
    /// assert!(matches!(error, PolicyError::InvalidElement { path, .. } if path == "Statement[0].Effect"));
    /// ```
    ///
    /// # Errors
    /// If the text is not JSON, or an element is unknown, missing or of the wrong type. An unknown condition operator
    /// is not an error: a decision that depends on it is [`Unknown`](crate::Decision::Unknown).
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        Self::from_value(&serde_json::from_str(json).map_err(|error| PolicyError::NotJson(error.to_string()))?)
    }

    /// The same, from a JSON value.
    ///
    /// ```
    /// use autotag_iam_policy::{Policy, Principal, Request, decide};
    ///
    /// let queue = "arn:aws:sqs:eu-central-1:111122223333:autotag";
    /// let policy = Policy::from_value(&serde_json::json!({"Version": "2012-10-17", "Statement": {
    ///     "Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue,
    /// }}))?;
    /// let role = Principal::Aws("arn:aws:iam::111122223333:role/autotag-host".into());
    /// let decide = |action| decide(&[policy.clone()], &Request::new(role.clone(), action, queue));
    /// assert!(decide("sqs:DeleteMessage").is_allowed());
    /// assert!(!decide("sqs:PurgeQueue").is_allowed());
    /// # Ok::<(), autotag_iam_policy::PolicyError>(())
    /// ```
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
        let statements =
            statements.into_iter().enumerate().map(|(index, statement)| Statement::parse(index, statement));
        Ok(Self { has_variables: version == WITH_VARIABLES, statements: statements.collect::<Result<_, _>>()? })
    }

    /// The statements, each with whether variables in it are replaced.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (&Statement, bool)> {
        self.statements.iter().map(|statement| (statement, self.has_variables))
    }

    /// Whether it is an identity-based policy: no statement names a principal.
    pub(crate) fn is_identity_based(&self) -> bool {
        self.statements.iter().all(|statement| statement.principals.is_none())
    }
}

impl Statement {
    fn parse(index: usize, statement: &Value) -> Result<Self, PolicyError> {
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
        let path = format!("Statement[{index}]");
        let statement = object(statement, &path)?;
        check_keys(statement, &KEYS, &path)?;
        let sid = match statement.get("Sid") {
            None => None,
            Some(Value::String(sid)) => Some(sid.clone()).filter(|sid| !sid.is_empty()),
            Some(other) => return wrong(&format!("{path}.Sid"), format!("{other} is no text")),
        };
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return wrong(&format!("{path}.Effect"), "it must be \"Allow\" or \"Deny\"".into()),
        };
        let principals = one_of(statement, "Principal", "NotPrincipal", &path)?
            .map(|(negated, path, principals)| {
                Ok(PrincipalElement { negated, principals: parse_principals(principals, &path)? })
            })
            .transpose()?;
        let actions = one_of(statement, "Action", "NotAction", &path)?.map(Patterns::parse).transpose()?;
        let Some(actions) = actions else { return wrong(&path, "there is neither Action nor NotAction".into()) };
        let resources = one_of(statement, "Resource", "NotResource", &path)?.map(Patterns::parse).transpose()?;
        if resources.is_none() && principals.is_none() {
            return wrong(&path, "there is neither Resource nor NotResource".into());
        }
        let conditions = statement
            .get("Condition")
            .map_or(Ok(Vec::new()), |conditions| parse_conditions(conditions, &format!("{path}.Condition")))?;
        Ok(Self {
            sid,
            number: index + 1,
            effect,
            principals,
            actions: actions.into_lowercase(),
            resources,
            conditions,
        })
    }

    /// What messages call the statement.
    pub(crate) fn name(&self) -> String {
        match &self.sid {
            Some(sid) => format!("the statement {sid}"),
            None => format!("statement {}", self.number),
        }
    }
}

impl Patterns {
    fn parse((negated, path, patterns): (bool, String, &Value)) -> Result<Self, PolicyError> {
        Ok(Self { negated, patterns: texts(patterns, &path, false)? })
    }

    fn into_lowercase(self) -> Self {
        Self { patterns: self.patterns.iter().map(|pattern| pattern.to_lowercase()).collect(), ..self }
    }

    /// Whether a statement with these patterns applies to the value that `compare` matches with each.
    pub(crate) fn matches(&self, compare: impl Fn(&str) -> Truth) -> Truth {
        truth::is_among(self.patterns.iter().map(|pattern| compare(pattern)), self.negated)
    }
}

fn parse_principals(principals: &Value, path: &str) -> Result<Vec<PolicyPrincipal>, PolicyError> {
    if let Value::String(text) = principals {
        return match text.as_str() {
            "*" => Ok(vec![PolicyPrincipal::All]),
            _ => wrong(path, format!("`{text}` names no principal; say \"*\", {{\"AWS\": …}} or {{\"Service\": …}}")),
        };
    }
    let mut parsed = Vec::new();
    for (kind, names) in object(principals, path)? {
        let path = format!("{path}.{kind}");
        let parse = match kind.as_str() {
            "AWS" => |name: String| if name == "*" { PolicyPrincipal::All } else { PolicyPrincipal::Aws(name) },
            "Service" => PolicyPrincipal::Service,
            "Federated" => PolicyPrincipal::Federated,
            "CanonicalUser" => |_| PolicyPrincipal::CanonicalUser,
            _ => return wrong(&path, "known are AWS, Service, Federated and CanonicalUser".into()),
        };
        parsed.extend(texts(names, &path, false)?.into_iter().map(parse));
    }
    Ok(parsed)
}

fn parse_conditions(conditions: &Value, path: &str) -> Result<Vec<Condition>, PolicyError> {
    let mut parsed = Vec::new();
    for (operator, keys) in object(conditions, path)? {
        let path = format!("{path}.{operator}");
        for (key, values) in object(keys, &path)? {
            let values = texts(values, &format!("{path}.{key}"), true)?;
            parsed.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(parsed)
}

/// Of an element and its negation, which exclude each other, the one that is there: whether it is the negation, its
/// path, and its value.
fn one_of<'a>(
    statement: &'a Map<String, Value>,
    name: &str,
    negated: &str,
    path: &str,
) -> Result<Option<(bool, String, &'a Value)>, PolicyError> {
    match (statement.get(name), statement.get(negated)) {
        (Some(_), Some(_)) => wrong(path, format!("{name} and {negated} exclude each other")),
        (Some(value), None) => Ok(Some((false, format!("{path}.{name}"), value))),
        (None, Some(value)) => Ok(Some((true, format!("{path}.{negated}"), value))),
        (None, None) => Ok(None),
    }
}

/// A string or a list of strings; with `plain`, also numbers and booleans, as in conditions.
fn texts(value: &Value, path: &str, plain: bool) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) if plain => Ok(value.to_string()),
        other => wrong(path, format!("{other} is no text")),
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value.as_object().ok_or_else(|| invalid_element(path, "it is no object".into()))
}

fn check_keys(object: &Map<String, Value>, known: &[&str], path: &str) -> Result<(), PolicyError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => wrong(path, format!("unknown element `{key}`; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

fn wrong<T>(path: &str, problem: String) -> Result<T, PolicyError> {
    Err(invalid_element(path, problem))
}

fn invalid_element(path: &str, problem: String) -> PolicyError {
    PolicyError::InvalidElement { path: path.into(), problem }
}
