//! The description of this API, kept by hand beside the code; a test holds it against the routes.

use axum::response::{IntoResponse, Response};
use http::header;

/// OpenAPI 3.1.
const TEXT: &str = include_str!("openapi.json");

/// `GET /openapi.json`.
pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::from_str(TEXT).unwrap()
    }

    #[test]
    fn it_describes_every_route_and_nothing_else() {
        let document = document();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
            described.extend(methods.map(|method| (path.clone(), method.clone())));
        }
        let routes = super::super::routes();
        let served = routes.iter().map(|(path, method, _)| ((*path).to_owned(), (*method).to_owned())).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn every_reference_in_it_leads_somewhere() {
        fn walk(document: &Value, value: &Value) {
            match value {
                Value::Object(members) => {
                    if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                        let pointer = target.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{target}");
                    }
                    members.values().for_each(|member| walk(document, member));
                }
                Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
                _ => {}
            }
        }
        let document = document();
        walk(&document, &document);
    }
}
