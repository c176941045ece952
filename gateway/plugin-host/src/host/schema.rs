//! The configuration of a plugin against the schema that the plugin carries.

use jsonschema::{Draft, Retrieve, Uri, ValidationError};
use serde_json::Value;

use crate::error::{LoadError, Step};

/// Findings that are told at once.
const TOLD: usize = 3;

/// Judges `config`. An empty schema takes any object.
pub(super) fn judge(schema: &str, config: &str) -> Result<(), LoadError> {
    let config: Value = serde_json::from_str(config)
        .map_err(|error| LoadError::at("", format!("the configuration is not JSON: {error}")))?;
    if schema.trim().is_empty() {
        return if config.is_object() { Ok(()) } else { Err(LoadError::at("", "the configuration is not an object")) };
    }
    let wrong = |what: String| LoadError::new(Step::Describe, format!("the plugin's own schema does not hold: {what}"));
    let schema: Value = serde_json::from_str(schema).map_err(|error| wrong(error.to_string()))?;
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_retriever(Nowhere)
        .build(&schema)
        .map_err(|error| wrong(error.to_string()))?;
    let findings: Vec<ValidationError<'_>> = validator.iter_errors(&config).take(TOLD).collect();
    let Some(first) = findings.first() else { return Ok(()) };
    let told: Vec<String> = findings.iter().map(tell).collect();
    Err(LoadError::at(first.instance_path.as_str(), told.join("; ")))
}

/// What was expected, and where.
fn tell(finding: &ValidationError<'_>) -> String {
    match finding.instance_path.as_str() {
        "" => finding.to_string(),
        place => format!("{place}: {finding}"),
    }
}

/// Schemas are whole: what they refer to elsewhere is not fetched.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("it refers to {uri}, and schemas are not fetched").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "type": "object",
        "required": ["header"],
        "additionalProperties": false,
        "properties": {
            "header": {"type": "string"},
            "limits": {"type": "array", "items": {"type": "object", "properties": {"per-second": {"type": "integer", "minimum": 1}}}}
        }
    }"#;

    #[track_caller]
    fn refused(config: &str, pointer: &str, what: &str) {
        let error = judge(SCHEMA, config).unwrap_err();
        assert_eq!((error.step, error.pointer.as_deref()), (Step::Config, Some(pointer)), "{error}");
        assert!(error.message.contains(what), "{error}");
    }

    #[test]
    fn a_configuration_that_fits_is_taken() {
        assert_eq!(judge(SCHEMA, r#"{"header": "x", "limits": [{"per-second": 5}]}"#), Ok(()));
        assert_eq!(judge("", "{}"), Ok(()));
    }

    #[test]
    fn a_finding_points_to_its_place_and_says_what_was_expected() {
        refused(r#"{"header": 5}"#, "/header", "is not of type \"string\"");
        refused(
            r#"{"header": "x", "limits": [{}, {"per-second": 0}]}"#,
            "/limits/1/per-second",
            "less than the minimum of 1",
        );
        refused("{}", "", "\"header\" is a required property");
        refused(r#"{"header": "x", "hedaer": 1}"#, "", "'hedaer' was unexpected");
        refused("5", "", "is not of type \"object\"");
        refused("{", "", "not JSON");
    }

    #[test]
    fn a_schema_that_is_none_or_refers_elsewhere_is_the_plugins_fault() {
        for schema in ["{", r#"{"type": "strnig"}"#, r#"{"$ref": "https://example.com/schema.json"}"#] {
            let error = judge(schema, "{}").unwrap_err();
            assert_eq!(error.step, Step::Describe, "{error}");
        }
    }
}
