//! Conditions and intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::{Made, naming_properties};
use super::parameters::text;
use super::{Environment, Stack};

pub(super) struct Resolver<'a> {
    template: &'a Value,
    place: &'a Environment,
    parameters: BTreeMap<String, Value>,
}

/// `None` is `AWS::NoValue`.
type Resolved = Result<Option<Value>, String>;

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Value, place: &'a Environment, parameters: BTreeMap<String, Value>) -> Self {
        Self { template, place, parameters }
    }

    /// Checks the assertions of the template's `Rules`.
    pub(super) fn check_rules(&self) -> Result<(), String> {
        for (_, rule) in self.section("Rules") {
            if !rule.get("RuleCondition").map_or(Ok(true), |condition| self.is_true(condition))? {
                continue;
            }
            for assertion in rule["Assertions"].as_array().into_iter().flatten() {
                if !self.is_true(&assertion["Assert"])? {
                    return Err(text(&assertion["AssertDescription"]));
                }
            }
        }
        Ok(())
    }

    pub(super) fn stack(&self) -> Result<Stack, String> {
        let mut resources = BTreeMap::new();
        for (name, resource) in self.section("Resources") {
            if self.is_made(resource)? {
                let properties = resource.get("Properties").map_or(Ok(None), |properties| self.resolve(properties));
                let properties = properties.map_err(|error| format!("{name}: {error}"))?;
                let resource = serde_json::json!({"Type": resource["Type"], "Properties": properties});
                resources.insert(name.clone(), resource);
            }
        }
        let (mut outputs, mut exports) = (BTreeMap::new(), BTreeMap::new());
        for (name, output) in self.section("Outputs") {
            if self.is_made(output)? {
                let value = self.text(&output["Value"]).map_err(|error| format!("{name}: {error}"))?;
                if let Some(export) = output.get("Export") {
                    exports.insert(self.text(&export["Name"])?, value.clone());
                }
                outputs.insert(name.clone(), value);
            }
        }
        Ok(Stack { resources, outputs, exports })
    }

    fn section(&self, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.template.get(name).and_then(Value::as_object).into_iter().flatten()
    }

    /// Whether the condition of a resource or an output holds.
    fn is_made(&self, entry: &Value) -> Result<bool, String> {
        entry.get("Condition").map_or(Ok(true), |name| self.condition(&text(name)))
    }

    fn condition(&self, name: &str) -> Result<bool, String> {
        let condition = self.template["Conditions"].get(name);
        self.is_true(condition.ok_or_else(|| format!("there is no condition {name}"))?)
    }

    fn is_true(&self, condition: &Value) -> Result<bool, String> {
        let (function, operand) = only_entry(condition).ok_or_else(|| format!("no condition: {condition}"))?;
        let operands = || operand.as_array().ok_or_else(|| format!("{function} takes a list"));
        let two = || match operands()?.as_slice() {
            [left, right] => Ok((self.value(left)?, self.value(right)?)),
            _ => Err(format!("{function} takes two operands")),
        };
        match function {
            "Condition" => self.condition(&text(operand)),
            "Fn::Equals" => two().map(|(left, right)| text(&left) == text(&right)),
            "Fn::Contains" => two().map(|(list, one)| list.as_array().is_some_and(|list| list.contains(&one))),
            "Fn::EachMemberEquals" => {
                two().map(|(list, one)| list.as_array().is_some_and(|list| list.iter().all(|member| *member == one)))
            }
            "Fn::Not" => match operands()?.as_slice() {
                [one] => self.is_true(one).map(|truth| !truth),
                _ => Err("Fn::Not takes one operand".to_owned()),
            },
            "Fn::And" | "Fn::Or" => {
                let truths = operands()?.iter().map(|one| self.is_true(one)).collect::<Result<Vec<_>, _>>()?;
                if !(2..=10).contains(&truths.len()) {
                    return Err(format!("{function} takes 2 to 10 operands"));
                }
                let all = function == "Fn::And";
                Ok(if all { truths.into_iter().all(|truth| truth) } else { truths.into_iter().any(|truth| truth) })
            }
            _ => Err(format!("no condition: {condition}")),
        }
    }

    fn resolve(&self, value: &Value) -> Resolved {
        if let Some((function, operand)) = only_entry(value)
            && (function == "Ref" || function.starts_with("Fn::"))
        {
            return self.function(function, operand);
        }
        Ok(Some(match value {
            Value::Array(elements) => {
                let elements = elements.iter().filter_map(|element| self.resolve(element).transpose());
                elements.collect::<Result<_, _>>()?
            }
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .filter_map(|(key, value)| self.resolve(value).transpose().map(|value| Ok((key.clone(), value?))));
                Value::Object(fields.collect::<Result<Map<_, _>, String>>()?)
            }
            scalar => scalar.clone(),
        }))
    }

    fn value(&self, value: &Value) -> Result<Value, String> {
        self.resolve(value)?.ok_or_else(|| format!("AWS::NoValue where there must be one: {value}"))
    }

    fn text(&self, value: &Value) -> Result<String, String> {
        match self.value(value)? {
            Value::Array(_) | Value::Object(_) | Value::Null => Err(format!("no text: {value}")),
            scalar => Ok(text(&scalar)),
        }
    }

    fn texts(&self, value: &Value) -> Result<Vec<String>, String> {
        match self.value(value)? {
            Value::Array(elements) => elements.iter().map(|element| self.text(element)).collect(),
            _ => Err(format!("no list: {value}")),
        }
    }

    fn function(&self, function: &str, operand: &Value) -> Resolved {
        let operands = operand.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, operands) {
            ("Ref", _) => self.reference(&text(operand)),
            ("Fn::GetAtt", [name, attribute]) => self.attribute(&text(name), &text(attribute)).map(Some),
            ("Fn::If", [condition, yes, no]) => self.resolve(if self.condition(&text(condition))? { yes } else { no }),
            ("Fn::Join", [delimiter, list]) => Ok(Some(self.texts(list)?.join(&text(delimiter)).into())),
            ("Fn::Split", [delimiter, one]) => {
                Ok(Some(self.text(one)?.split(&text(delimiter)).map(Value::from).collect()))
            }
            ("Fn::Select", [index, list]) => {
                let index: usize = text(index).parse().map_err(|_| format!("no index: {index}"))?;
                let mut list = self.texts(list)?;
                if index >= list.len() {
                    return Err(format!("there is no element {index} in {list:?}"));
                }
                Ok(Some(list.swap_remove(index).into()))
            }
            ("Fn::FindInMap", [map, first, second]) => {
                let found = self.template["Mappings"].get(text(map));
                let found = found.and_then(|map| map.get(self.text(first).ok()?)?.get(self.text(second).ok()?));
                found.cloned().map(Some).ok_or_else(|| format!("not in the map: {operand}"))
            }
            ("Fn::ImportValue", _) => {
                let name = self.text(operand)?;
                let value = self.place.exports.get(&name);
                value.map(|value| Some(value.as_str().into())).ok_or_else(|| format!("no export named {name}"))
            }
            ("Fn::Sub", [template, names]) => self.substitute(&text(template), names).map(Some),
            ("Fn::Sub", _) => self.substitute(&text(operand), &Value::Null).map(Some),
            _ => Err(format!("unknown: {function} {operand}")),
        }
    }

    /// Replaces `${Name}` and `${Name.Attribute}`; `${!Name}` stays as `${Name}`.
    fn substitute(&self, template: &str, names: &Value) -> Result<Value, String> {
        let mut parts = template.split("${");
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').ok_or_else(|| format!("no closing bracket: {template}"))?;
            if let Some(literal) = name.strip_prefix('!') {
                whole.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = names.get(name) {
                whole.push_str(&self.text(value)?);
            } else if let Some((name, attribute)) = name.split_once('.') {
                whole.push_str(&text(&self.attribute(name, attribute)?));
            } else {
                let value = self.reference(name)?.ok_or_else(|| format!("{name} has no value"))?;
                if !value.is_string() {
                    return Err(format!("{name} is no text"));
                }
                whole.push_str(&text(&value));
            }
            whole.push_str(rest);
        }
        Ok(whole.into())
    }

    fn reference(&self, name: &str) -> Resolved {
        let Environment { partition, url_suffix, region, account, .. } = self.place;
        Ok(Some(match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Partition" => (*partition).into(),
            "AWS::URLSuffix" => (*url_suffix).into(),
            "AWS::Region" => (*region).into(),
            "AWS::AccountId" => (*account).into(),
            "AWS::StackName" => "autotag".into(),
            name => match self.parameters.get(name) {
                Some(value) => value.clone(),
                None => self.made(name)?.reference().into(),
            },
        }))
    }

    fn attribute(&self, name: &str, attribute: &str) -> Result<Value, String> {
        let made = self.made(name)?;
        made.attribute(attribute).ok_or_else(|| format!("{} has no {attribute}", made.kind))
    }

    fn made<'b>(&'b self, logical: &'b str) -> Result<Made<'b>, String> {
        let resource = self.template["Resources"].get(logical);
        let resource = resource.ok_or_else(|| format!("there is no {logical}"))?;
        if !self.is_made(resource)? {
            return Err(format!("{logical} is not made, since {} is false", resource["Condition"]));
        }
        let kind = resource["Type"].as_str().ok_or_else(|| format!("{logical} has no type"))?;
        let (name, parent) = naming_properties(kind);
        let property = |property: Option<&str>| {
            let value = property.and_then(|property| resource["Properties"].get(property));
            value.map_or(Ok(None), |value| self.resolve(value)).map(|value| value.map(|value| text(&value)))
        };
        Ok(Made { place: self.place, logical, kind, name: property(name)?, parent: property(parent)? })
    }
}

/// The entry of an object that has only one.
fn only_entry(value: &Value) -> Option<(&str, &Value)> {
    let mut entries = value.as_object()?.iter();
    let (key, value) = entries.next()?;
    entries.next().is_none().then_some((key.as_str(), value))
}
