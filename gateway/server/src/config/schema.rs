//! JSON Schema of the file, for editors: generated from the model and its doc comments.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

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
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.values_mut().for_each(allow_pointers);
    }
    allow_pointers(&mut schema);
    format!("{schema:#}\n")
}

/// Lets every scalar property also be `{ env: NAME }` or `{ file: PATH }`, as the loader does.
fn allow_pointers(definition: &mut Value) {
    let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for property in properties.values_mut() {
        if property.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "array" && kind != "object") {
            let description = property.as_object_mut().and_then(|members| members.remove("description"));
            let default = property.as_object_mut().and_then(|members| members.remove("default"));
            *property = json!({ "anyOf": [property.take(), pointer()] });
            for (key, value) in [("description", description), ("default", default)] {
                if let Some(value) = value {
                    property[key] = value;
                }
            }
        }
    }
}

fn pointer() -> Value {
    json!({
        "type": "object",
        "properties": { "env": { "type": "string" }, "file": { "type": "string" }, "default": {} },
        "additionalProperties": false,
        "minProperties": 1,
    })
}
