//! EventBridge patterns for API calls.

/// The maximum length of a pattern. A rule's may have 2,048 characters, unless AWS has raised the quota; the rest is
/// for what the rule adds, such as that failed API calls are left out.
const MAX_CHARS: usize = 2000;

/// EventBridge patterns for the given API calls of a service: as few as possible, each short enough for a rule.
/// `source` is the service as EventBridge names it, `event_source` as CloudTrail does.
///
/// ```
/// use autotag_plugin_sdk::api_call_patterns;
///
/// let patterns = api_call_patterns("aws.ec2", "ec2.amazonaws.com", ["CreateKeyPair", "ImportKeyPair"]);
/// assert_eq!(patterns.len(), 1);
/// assert!(patterns[0].contains(r#""eventName":["CreateKeyPair","ImportKeyPair"]"#));
/// ```
#[must_use]
pub fn api_call_patterns<'a>(
    source: &str,
    event_source: &str,
    event_names: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let begin = format!(
        r#"{{"source":["{source}"],"detail-type":["AWS API Call via CloudTrail"],"detail":{{"eventSource":["{event_source}"],"eventName":["#
    );
    let end = "]}}";
    let mut patterns = Vec::new();
    let mut pattern = String::new();
    for name in event_names {
        if !pattern.is_empty() && pattern.len() + name.len() + r#","""#.len() + end.len() > MAX_CHARS {
            patterns.push(std::mem::take(&mut pattern) + end);
        }
        if pattern.is_empty() {
            pattern.push_str(&begin);
        } else {
            pattern.push(',');
        }
        pattern.extend(["\"", name, "\""]);
    }
    if !pattern.is_empty() {
        patterns.push(pattern + end);
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pattern_is_as_long_as_a_rule_takes_and_no_name_is_lost() {
        let names: Vec<String> = (0..200).map(|number| format!("CreateThingOfTheKind{number}")).collect();
        let patterns = api_call_patterns("aws.x", "x.amazonaws.com", names.iter().map(String::as_str));
        assert_eq!(patterns.len(), 3);
        let mut found = Vec::new();
        for pattern in &patterns {
            assert!(pattern.len() <= MAX_CHARS, "{}", pattern.len());
            let pattern: serde_json::Value = serde_json::from_str(pattern).unwrap();
            assert_eq!(pattern["source"][0], "aws.x");
            assert_eq!(pattern["detail"]["eventSource"][0], "x.amazonaws.com");
            let names = pattern["detail"]["eventName"].as_array().unwrap();
            found.extend(names.iter().map(|name| name.as_str().unwrap().to_owned()));
        }
        assert_eq!(found, names);
        // As few as possible: the first has no room for one more.
        assert!(patterns[0].len() + names[0].len() + 3 > MAX_CHARS);
    }

    #[test]
    fn a_few_names_are_one_pattern_and_none_are_none() {
        assert_eq!(
            api_call_patterns("aws.s3", "s3.amazonaws.com", ["CreateBucket", "CreateAccessPoint"]),
            [
                r#"{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["s3.amazonaws.com"],"eventName":["CreateBucket","CreateAccessPoint"]}}"#
            ]
        );
        assert!(api_call_patterns("aws.s3", "s3.amazonaws.com", []).is_empty());
    }
}
