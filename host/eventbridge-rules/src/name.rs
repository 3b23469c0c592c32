//! The names of rules.

use serde_json::Value;

/// The name of a plugin's rule with such a pattern: the plugin's name, and the service's if that is another. It depends
/// only on what the plugin declares, not on what the operator narrows it to.
pub(crate) fn of(plugin: &str, pattern: &Value) -> String {
    let services: Vec<_> = pattern.get("source").and_then(Value::as_array).into_iter().flatten().collect();
    let service = match services.as_slice() {
        [Value::String(source)] => source.strip_prefix("aws.").unwrap_or(source).replace(|c: char| !is_plain(c), "-"),
        _ => String::new(),
    };
    let rest = service.strip_prefix(plugin).unwrap_or(&service);
    format!("{}{}Rule", in_capitals(plugin), in_capitals(rest))
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

/// `key-pairs` as `KeyPairs`.
fn in_capitals(words: &str) -> String {
    let words = words.split('-').map(|word| {
        let mut characters = word.chars();
        characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_is_called_after_its_plugin_and_after_the_service_if_that_is_another_one() {
        for (plugin, sources, name) in [
            ("ec2", json!(["aws.ec2"]), "Ec2Rule"),
            ("s3", json!(["aws.s3express"]), "S3ExpressRule"),
            ("key-pairs", json!(["aws.ec2"]), "KeyPairsEc2Rule"),
            ("key-pairs", json!(["my.own_app"]), "KeyPairsMyOwnAppRule"),
            ("s3", json!(["aws.s3", "aws.s3express"]), "S3Rule"),
            ("s3", json!([{"prefix": "aws.s3"}]), "S3Rule"),
            ("s3", json!(null), "S3Rule"),
        ] {
            assert_eq!(of(plugin, &json!({"source": sources})), name, "{sources}");
        }
    }
}
