//! JSON Schema of the file, for editors: generated from the model and its doc comments.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::model::Config;

/// The schema as it is kept in `config/schema.json`, with a line break at its end.
#[must_use]
pub fn schema_text() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>();
    let mut schema = schema.to_value();
    if let Value::Object(members) = &mut schema {
        members.insert("title".to_owned(), json!("yumen.yaml"));
        members.insert("patternProperties".to_owned(), json!({ "^x-": true }));
    }
    let definitions = schema["$defs"].clone();
    allow_pointers(&mut schema, &definitions);
    schema["$defs"]["Pointer"] = pointer();
    format!("{schema:#}\n")
}

/// Lets every single value also be `{ env: NAME }` or `{ file: PATH }`, as the loader does.
fn allow_pointers(schema: &mut Value, definitions: &Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| allow_pointers(item, definitions)),
        Value::Object(members) => {
            for (key, member) in members {
                allow_pointers(member, definitions);
                match (key.as_str(), &mut *member) {
                    ("properties", Value::Object(properties)) => {
                        properties.values_mut().for_each(|property| wrap(property, definitions));
                    }
                    ("items" | "additionalProperties", Value::Object(_)) => wrap(member, definitions),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Adds the pointer to a schema of a single value; its description and default stay outside.
fn wrap(schema: &mut Value, definitions: &Value) {
    if !is_scalar(schema, definitions) || schema["$ref"] == "#/$defs/HeaderMatch" {
        return;
    }
    let mut outer = Map::new();
    if let Value::Object(members) = schema {
        for key in ["description", "default"] {
            outer.extend(members.remove(key).map(|value| (key.to_owned(), value)));
        }
    }
    let inner = schema.take();
    let pointer = json!({ "$ref": "#/$defs/Pointer" });
    let choices = match inner["anyOf"].as_array() {
        Some(choices) => choices.iter().cloned().chain([pointer]).collect(),
        None => vec![inner, pointer],
    };
    outer.insert("anyOf".to_owned(), choices.into());
    *schema = outer.into();
}

/// Whether only text, numbers, booleans and null fit the schema.
fn is_scalar(schema: &Value, definitions: &Value) -> bool {
    let of_all = |key: &str| schema[key].as_array().map(|list| list.iter().all(|one| is_scalar(one, definitions)));
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.strip_prefix("#/$defs/")) {
        return is_scalar(&definitions[name], definitions);
    }
    let single = |name: &Value| name.as_str().is_some_and(|name| name != "array" && name != "object");
    match &schema["type"] {
        Value::String(_) => single(&schema["type"]),
        Value::Array(names) => names.iter().all(single),
        _ => of_all("anyOf").or_else(|| of_all("oneOf")).unwrap_or(!schema["const"].is_null()),
    }
}

fn pointer() -> Value {
    json!({
        "description": "A value from the environment or from a file.",
        "type": "object",
        "properties": { "env": { "type": "string" }, "file": { "type": "string" }, "default": {} },
        "additionalProperties": false,
        "oneOf": [{ "required": ["env"] }, { "required": ["file"] }],
    })
}
