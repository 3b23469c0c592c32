//! Joins patterns that differ only in their event names.

use serde_json::Value;

/// Where a pattern has its event names.
const CALLS: &str = "/detail/eventName";

/// The pattern that matches what either of the two matches; `None` if they differ in more than their event names.
pub(crate) fn joined(one: &Value, other: &Value) -> Option<Value> {
    let mut joined = one.clone();
    let calls = joined.pointer_mut(CALLS)?.as_array_mut()?;
    for call in other.pointer(CALLS)?.as_array()? {
        if !calls.contains(call) {
            calls.push(call.clone());
        }
    }
    let mut other = other.clone();
    *other.pointer_mut(CALLS)? = joined.pointer(CALLS)?.clone();
    (joined == other).then_some(joined)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_that_differ_in_the_names_of_calls_alone_are_one_with_each_call_once() {
        let calls = |names: Value| json!({"source": ["aws.ec2"], "detail": {"eventName": names}});
        let (one, other) = (calls(json!(["A", {"prefix": "B"}])), calls(json!(["C", "A", {"prefix": "B"}])));
        assert_eq!(joined(&one, &other), Some(calls(json!(["A", {"prefix": "B"}, "C"]))));
    }

    #[test]
    fn what_differs_in_anything_else_stays_apart() {
        let one = json!({"source": ["a"], "detail": {"eventName": ["A"]}});
        for other in [
            json!({"source": ["b"], "detail": {"eventName": ["A"]}}),
            json!({"source": ["a"], "detail": {"eventName": ["B"], "errorCode": ["x"]}}),
            json!({"source": ["a"], "detail": {"eventName": {"B": ["C"]}}}),
            json!({"source": ["a"], "detail": {}}),
            json!({"source": ["a"]}),
        ] {
            assert_eq!((joined(&one, &other), joined(&other, &one)), (None, None), "{other}");
        }
    }
}
