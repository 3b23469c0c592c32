//! CloudFormation's YAML as JSON.

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

/// Turns YAML into JSON, with CloudFormation's short tags as the functions that they stand for: `!Ref Queue` is
/// `{"Ref": "Queue"}`.
pub(super) fn long_form(yaml: &Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(bool) => (*bool).into(),
        Yaml::Number(number) => serde_json::to_value(number).map_err(|error| error.to_string())?,
        Yaml::String(text) => text.as_str().into(),
        Yaml::Sequence(elements) => elements.iter().map(long_form).collect::<Result<_, _>>()?,
        Yaml::Mapping(fields) => {
            let fields = fields.iter().map(|(key, value)| {
                let key = key.as_str().ok_or_else(|| format!("the key {key:?} is no text"))?;
                Ok::<_, String>((key.to_owned(), long_form(value)?))
            });
            Value::Object(fields.collect::<Result<Map<_, _>, _>>()?)
        }
        Yaml::Tagged(tagged) => function(&tagged.tag.to_string(), long_form(&tagged.value)?)?,
    })
}

/// The long form of a tag.
fn function(tag: &str, value: Value) -> Result<Value, String> {
    match (tag, value) {
        ("!Ref" | "!Condition", value) => Ok(json!({ tag.trim_start_matches('!'): value })),
        ("!GetAtt", Value::String(path)) => {
            let (name, attribute) = path.split_once('.').ok_or_else(|| format!("!GetAtt {path} names no attribute"))?;
            Ok(json!({"Fn::GetAtt": [name, attribute]}))
        }
        (
            "!Sub" | "!If" | "!Join" | "!Split" | "!Select" | "!FindInMap" | "!Equals" | "!Not" | "!And" | "!Or"
            | "!Contains" | "!EachMemberEquals" | "!ImportValue",
            value,
        ) => Ok(json!({ tag.replacen('!', "Fn::", 1): value })),
        (tag, value) => Err(format!("unknown: {tag} {value}")),
    }
}
