//! Conditions of statements, with IAM's rules for keys that are absent.

use crate::request::{Context, Lookup};
use crate::truth::{self, Truth};
use crate::value::{self, Piece};

/// One operator on one key.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// As it is written: `ForAnyValue:StringLikeIfExists`.
    pub(crate) operator: String,
    pub(crate) key: String,
    /// What the key's value is compared with: any of these.
    pub(crate) values: Vec<String>,
}

/// The set operator before a condition operator: how many of a key's values must match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SetOperator {
    /// No set operator: the key has one value.
    None,
    ForAllValues,
    ForAnyValue,
}

/// How a value of the request is compared with one of the policy's.
#[derive(Clone, Copy)]
enum Operator {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Arn,
    Bool,
    Numeric(fn(f64, f64) -> bool),
}

/// The operator of this name, without prefix and suffix, and whether it is negated.
fn operator(name: &str) -> Option<(Operator, bool)> {
    Some(match name {
        "StringEquals" => (Operator::StringEquals, false),
        "StringNotEquals" => (Operator::StringEquals, true),
        "StringEqualsIgnoreCase" => (Operator::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Operator::StringEqualsIgnoreCase, true),
        "StringLike" => (Operator::StringLike, false),
        "StringNotLike" => (Operator::StringLike, true),
        "ArnEquals" | "ArnLike" => (Operator::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Operator::Arn, true),
        "Bool" => (Operator::Bool, false),
        "NumericEquals" => (Operator::Numeric(|given, said| given == said), false),
        "NumericNotEquals" => (Operator::Numeric(|given, said| given == said), true),
        "NumericLessThan" => (Operator::Numeric(|given, said| given < said), false),
        "NumericLessThanEquals" => (Operator::Numeric(|given, said| given <= said), false),
        "NumericGreaterThan" => (Operator::Numeric(|given, said| given > said), false),
        "NumericGreaterThanEquals" => (Operator::Numeric(|given, said| given >= said), false),
        _ => return None,
    })
}

impl Condition {
    /// Whether the condition holds for a request's keys.
    pub(crate) fn holds(&self, variables: bool, context: &Context) -> Truth {
        let looked_up = match context.lookup(&self.key) {
            Lookup::Known { values, is_multivalued } => Ok((values, is_multivalued)),
            Lookup::Unknown => Err(Truth::Unknown(format!("it depends on {}", self.key))),
        };
        if self.operator == "Null" {
            return looked_up.map_or_else(|unknown| unknown, |(given, _)| self.is_null(given, variables));
        }
        let (set_operator, name) = match self.operator.split_once(':') {
            Some(("ForAllValues", name)) => (SetOperator::ForAllValues, name),
            Some(("ForAnyValue", name)) => (SetOperator::ForAnyValue, name),
            _ => (SetOperator::None, self.operator.as_str()),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let Some((operator, negated)) = operator(name) else {
            return Truth::Unknown(format!("the condition operator {} is not known here", self.operator));
        };
        let (given, is_multivalued) = match looked_up {
            Ok(known) => known,
            Err(unknown) => return unknown,
        };
        let one = |given: &String| {
            let values = self.values.iter().map(|said| operator.holds(given, said, variables, context));
            truth::is_among(values, negated)
        };
        // What AWS calls a null data set.
        let is_empty = given.iter().all(String::is_empty);
        match set_operator {
            SetOperator::ForAllValues if is_empty => Truth::Yes,
            SetOperator::ForAllValues => given.iter().map(one).fold(Truth::Yes, Truth::and),
            SetOperator::ForAnyValue if is_empty && if_exists => {
                Truth::Unknown(format!("AWS does not say what {} is for a key that is absent", self.operator))
            }
            SetOperator::ForAnyValue if is_empty => Truth::No,
            SetOperator::ForAnyValue => given.iter().map(one).fold(Truth::No, Truth::or),
            SetOperator::None if is_multivalued && !given.is_empty() => {
                Truth::Unknown(format!("{} can have several values, and {} is for one", self.key, self.operator))
            }
            SetOperator::None => match given {
                [] => (negated || if_exists).into(),
                [given] => one(given),
                _ => Truth::Unknown(format!("{} has several values, and {} is for one", self.key, self.operator)),
            },
        }
    }

    /// `Null`: whether the key is absent.
    fn is_null(&self, given: &[String], variables: bool) -> Truth {
        if let Some(said) = self.values.iter().find(|said| variables && value::has_variable(said)) {
            return no_variables(&self.operator, said);
        }
        let is_null = match given {
            [] => true,
            [value] if value.is_empty() => {
                return Truth::Unknown(format!("AWS does not say whether an empty {} is null", self.key));
            }
            _ => false,
        };
        let said = |value: &String| value.eq_ignore_ascii_case(if is_null { "true" } else { "false" });
        self.values.iter().any(said).into()
    }
}

impl Operator {
    /// Whether a value of the request satisfies the operator with one of the policy's.
    fn holds(self, given: &str, said: &str, variables: bool, context: &Context) -> Truth {
        if variables && matches!(self, Self::Bool | Self::Numeric(_)) && value::has_variable(said) {
            return no_variables("an operator on booleans or numbers", said);
        }
        let pieces = match value::expand(said, variables, context) {
            Ok(pieces) => pieces,
            Err(unresolved) => return unresolved.into(),
        };
        let plain = || value::plain(&pieces);
        match self {
            Self::StringEquals => (plain() == given).into(),
            Self::StringEqualsIgnoreCase => (plain().to_lowercase() == given.to_lowercase()).into(),
            Self::StringLike => value::matches(&pieces, given).into(),
            Self::Arn => is_like_arn(&pieces, given),
            Self::Bool => plain().eq_ignore_ascii_case(given).into(),
            Self::Numeric(compare) => match (given.trim().parse(), plain().trim().parse()) {
                (Ok(given), Ok(said)) => compare(given, said).into(),
                _ => Truth::Unresolved(format!("`{given}` and `{said}` cannot be compared as numbers")),
            },
        }
    }
}

/// IAM has variables for strings and ARNs alone.
fn no_variables(operator: &str, said: &str) -> Truth {
    Truth::Unknown(format!("AWS does not say what {operator} makes of the variable in `{said}`"))
}

/// Whether an ARN matches a pattern. Each of its six parts is matched by itself. AWS does not say what a wildcard is
/// like that would have to reach into another part.
fn is_like_arn(pattern: &[Piece], arn: &str) -> Truth {
    if pattern == [Piece::Wild('*')] {
        return Truth::Yes;
    }
    let patterns: Vec<&[Piece]> = pattern.splitn(6, |piece| *piece == Piece::Literal(':')).collect();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if patterns.len() == 6 && parts.len() == 6 {
        return patterns.into_iter().zip(parts).all(|(pattern, part)| value::matches(pattern, part)).into();
    }
    value::matches_across_colons(pattern, arn)
}
