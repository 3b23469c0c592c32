//! The values of a stack's parameters.

use std::collections::BTreeMap;

use serde_json::Value;

/// The values, given or default: numbers too as strings, and lists as lists of strings.
pub(super) fn values(template: &Value, given: &[(&str, &str)]) -> Result<BTreeMap<String, Value>, String> {
    let empty = Value::Object(serde_json::Map::new());
    let declared = template.get("Parameters").unwrap_or(&empty);
    if let Some((name, _)) = given.iter().find(|(name, _)| declared.get(name).is_none()) {
        return Err(format!("there is no parameter {name}"));
    }
    let declared = declared.as_object().into_iter().flatten();
    let values = declared.map(|(name, parameter)| {
        let given = given.iter().find(|(one, _)| one == name).map(|(_, value)| (*value).to_owned());
        let value = given.or_else(|| parameter.get("Default").map(text));
        let value = value.ok_or_else(|| format!("the parameter {name} must be given"))?;
        let of_list = ["CommaDelimitedList", "List<AWS::EC2::Subnet::Id>"].map(Value::from);
        let value = if of_list.contains(&parameter["Type"]) {
            value.split(',').map(Value::from).collect()
        } else {
            check(name, parameter, &value)?;
            Value::from(value)
        };
        Ok((name.clone(), value))
    });
    values.collect()
}

/// Checks a value against the parameter's constraints.
fn check(name: &str, parameter: &Value, value: &str) -> Result<(), String> {
    let allowed = parameter.get("AllowedValues").and_then(Value::as_array);
    let number = value.parse::<f64>().ok();
    let bound = |key: &str| parameter.get(key).and_then(Value::as_f64);
    let in_bounds = number.is_none_or(|number| {
        bound("MinValue").is_none_or(|least| least <= number) && bound("MaxValue").is_none_or(|most| number <= most)
    });
    let is_of_its_type = parameter["Type"] != "Number" || number.is_some();
    if allowed.is_none_or(|allowed| allowed.iter().any(|one| text(one) == value)) && in_bounds && is_of_its_type {
        Ok(())
    } else {
        Err(format!("{name} cannot be {value}: {}", text(&parameter["ConstraintDescription"])))
    }
}

/// A scalar as a string.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
