//! Which plugins want an event: matches events against EventBridge patterns.

mod index;
mod separate;

use index::Index;
use quamina::Quamina;
use serde_json::Value;

use crate::event::Event;

/// The operators that EventBridge knows in a pattern. `$or` is missing since the matcher does not know it; what the matcher
/// knows beyond these, EventBridge would not deliver.
const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// Why an event pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is not built as EventBridge's patterns are.
    #[error("{path}: {problem}")]
    Shape {
        /// Where: `detail.eventName`.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// The matcher does not take it.
    #[error("{0}")]
    Matcher(String),
}

/// Why an event could not be matched.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event cannot be matched against event patterns: {0}")]
pub struct RouteError(String);

/// An EventBridge event pattern that the host can match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPattern(String);

impl EventPattern {
    /// Checks a pattern, JSON text.
    ///
    /// # Errors
    /// If it is not what EventBridge takes, or uses `$or` or another operator that the matcher does not know.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value: Value = serde_json::from_str(text).map_err(|error| PatternError::NotJson(error.to_string()))?;
        check_object(&value, "the pattern")?;
        let pattern = Self(text.into());
        Router::new([((), &pattern)])?;
        Ok(pattern)
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_object(value: &Value, path: &str) -> Result<(), PatternError> {
    let shape = |problem: &str| PatternError::Shape { path: path.into(), problem: problem.into() };
    let object = value.as_object().ok_or_else(|| shape("expected an object or a list of values"))?;
    if object.is_empty() {
        return Err(shape("an empty object matches nothing in particular"));
    }
    for (key, value) in object {
        let path = if path == "the pattern" { key.clone() } else { format!("{path}.{key}") };
        if key == "$or" {
            return Err(PatternError::Shape {
                path,
                problem: "the operator `$or` is not supported; write a pattern for each alternative".into(),
            });
        }
        match value {
            Value::Array(alternatives) => check_alternatives(alternatives, &path)?,
            _ => check_object(value, &path)?,
        }
    }
    Ok(())
}

fn check_alternatives(alternatives: &[Value], path: &str) -> Result<(), PatternError> {
    let shape = |problem: String| Err(PatternError::Shape { path: path.into(), problem });
    if alternatives.is_empty() {
        return shape("an empty list matches nothing".into());
    }
    for alternative in alternatives {
        match alternative {
            Value::Object(operator) => match operator.keys().collect::<Vec<_>>().as_slice() {
                [name] if OPERATORS.contains(&name.as_str()) => {}
                [name] => return shape(format!("unknown operator `{name}`; known are {}", OPERATORS.join(", "))),
                _ => return shape("an operator is an object with one key".into()),
            },
            Value::Array(_) => return shape("a list inside a list of values".into()),
            _ => {}
        }
    }
    Ok(())
}

/// Finds what an event is for, among any number of patterns in about the same time as for one.
#[derive(Clone)]
pub struct Router<T: Clone + Eq + std::hash::Hash + Send + Sync> {
    /// Decides what is plain, without reading the event.
    index: Index<T>,
    /// Decides everything.
    patterns: Quamina<T>,
}

impl<T: Clone + Eq + Ord + std::hash::Hash + Send + Sync> Router<T> {
    /// A router to each target by its patterns.
    ///
    /// # Errors
    /// If a pattern is beyond the matcher.
    pub fn new<'a>(routes: impl IntoIterator<Item = (T, &'a EventPattern)>) -> Result<Self, PatternError> {
        let mut index = Index::default();
        let mut patterns = Quamina::new();
        for (target, pattern) in routes {
            index.add(target.clone(), &pattern.0);
            let value = serde_json::from_str(&pattern.0).map_err(|error| PatternError::NotJson(error.to_string()))?;
            let separated = separate::separated(&value).ok_or_else(|| {
                PatternError::Matcher("`exists` stands beside other alternatives in too many fields".into())
            })?;
            for pattern in separated {
                let added = patterns.add_pattern(target.clone(), &pattern.to_string());
                added.map_err(|error| PatternError::Matcher(error.to_string()))?;
            }
        }
        Ok(Self { index, patterns })
    }

    /// The targets that want the event, each once and in order.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_event(&self, event: &Event) -> Result<Vec<T>, RouteError> {
        self.index.decide(event).map_or_else(|| self.route(event.text()), |targets| Ok(in_order(targets)))
    }

    /// The targets that want the event, JSON text, each once and in order.
    ///
    /// # Errors
    /// If the matcher cannot read the event. That is no "nobody wants it": it would lose the event.
    pub fn route(&self, event: &str) -> Result<Vec<T>, RouteError> {
        self.patterns.matches_for_event(event.as_bytes()).map(in_order).map_err(|error| RouteError(error.to_string()))
    }
}

fn in_order<T: Ord>(mut targets: Vec<T>) -> Vec<T> {
    targets.sort_unstable();
    targets.dedup();
    targets
}

impl<T: Clone + Eq + std::hash::Hash + Send + Sync> std::fmt::Debug for Router<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Router").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, event: &str) -> bool {
        !Router::new([(1, &EventPattern::parse(pattern).unwrap())]).unwrap().route(event).unwrap().is_empty()
    }

    #[track_caller]
    fn assert_refused(pattern: &str, words: &str) {
        let error = EventPattern::parse(pattern).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn every_operator_of_eventbridge_but_or_is_obeyed() {
        for (pattern, yes, no) in [
            (r#"{"a": ["x", "y"]}"#, r#"{"a": "y"}"#, r#"{"a": "z"}"#),
            (r#"{"a": {"b": [1]}}"#, r#"{"a": {"b": 1.0}}"#, r#"{"a": {"b": 2}}"#),
            (r#"{"a": [null]}"#, r#"{"a": null}"#, r#"{"a": "null"}"#),
            (r#"{"a": [{"prefix": "ab"}]}"#, r#"{"a": "abc"}"#, r#"{"a": "bc"}"#),
            (r#"{"a": [{"suffix": "bc"}]}"#, r#"{"a": "abc"}"#, r#"{"a": "ab"}"#),
            (r#"{"a": [{"anything-but": ["x"]}]}"#, r#"{"a": "y"}"#, r#"{"a": "x"}"#),
            (r#"{"a": [{"equals-ignore-case": "Ab"}]}"#, r#"{"a": "aB"}"#, r#"{"a": "a"}"#),
            (r#"{"a": [{"wildcard": "a*c"}]}"#, r#"{"a": "abbc"}"#, r#"{"a": "ab"}"#),
            (r#"{"a": [{"numeric": [">", 1, "<=", 3]}]}"#, r#"{"a": 3}"#, r#"{"a": 1}"#),
            (r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#, r#"{"a": "10.1.2.3"}"#, r#"{"a": "11.1.2.3"}"#),
            (r#"{"a": [{"exists": false}], "b": [1]}"#, r#"{"b": 1}"#, r#"{"a": 1, "b": 1}"#),
            (r#"{"a": [{"exists": true}]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn alternatives_count_wherever_they_stand_in_their_list() {
        let exists = [r#"{"exists": false}"#, "1", "null", r#"{"prefix": "x"}"#];
        for turn in 0..exists.len() {
            let list: Vec<_> = exists.iter().cycle().skip(turn).take(exists.len()).copied().collect();
            let pattern = format!(r#"{{"a": {{"b": [{}]}}, "c": ["y", {{"exists": true}}]}}"#, list.join(", "));
            for yes in [r#"{"a": {}, "c": 1}"#, r#"{"a": {"b": 1}, "c": "y"}"#, r#"{"a": {"b": null}, "c": 2}"#] {
                assert!(matches(&pattern, yes), "{pattern} {yes}");
            }
            for no in [r#"{"a": {"b": 2}, "c": 1}"#, r#"{"a": {"b": "y"}, "c": "y"}"#, r#"{"a": {"b": 1}}"#] {
                assert!(!matches(&pattern, no), "{pattern} {no}");
            }
        }
        let fields: Vec<_> = (0..7).map(|field| format!(r#""{field}": [1, {{"exists": false}}]"#)).collect();
        assert_refused(&format!("{{{}}}", fields.join(", ")), "`exists` stands beside other alternatives in too many");
    }

    #[test]
    fn all_fields_must_match_and_one_target_is_named_once() {
        let narrow =
            EventPattern::parse(r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances"]}}"#).unwrap();
        let wide = EventPattern::parse(r#"{"source": ["aws.ec2"]}"#).unwrap();
        let router = Router::new([(1, &narrow), (1, &wide), (0, &wide)]).unwrap();
        assert_eq!(router.route(r#"{"source": "aws.ec2", "detail": {"eventName": "RunInstances"}}"#).unwrap(), [0, 1]);
        assert_eq!(router.route(r#"{"source": "aws.s3", "detail": {"eventName": "RunInstances"}}"#).unwrap(), [0; 0]);
    }

    #[test]
    fn a_pattern_that_eventbridge_or_the_matcher_would_not_take_is_refused_with_its_place() {
        assert_refused("{", "not JSON");
        assert_refused("[]", "the pattern: expected an object");
        assert_refused("{}", "the pattern: an empty object");
        assert_refused(r#"{"source": "aws.ec2"}"#, "source: expected an object or a list of values");
        assert_refused(r#"{"detail": {"eventName": []}}"#, "detail.eventName: an empty list");
        assert_refused(r#"{"detail": {"a": [{"regexp": "x"}]}}"#, "detail.a: unknown operator `regexp`");
        assert_refused(r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "an operator is an object with one key");
        assert_refused(r#"{"a": [["x"]]}"#, "a list inside a list");
        assert_refused(r#"{"$or": [{"a": ["x"]}]}"#, "$or: the operator `$or` is not supported");
        assert_refused(r#"{"a": [{"cidr": "nonsense"}]}"#, "invalid CIDR notation");
        assert_refused(r#"{"a": [{"anything-but": {"prefix": "x"}}]}"#, "anything-but");
    }
}
