//! A Dubbo service that runs in the gateway: texts, exact numbers, lists, maps, attachments and exceptions.

use std::collections::BTreeMap;

use serde::Deserialize;
use yumen_plugin::json::Json;
use yumen_plugin::{Described, FailurePolicy, Invocation, Manifest, RpcCode, RpcError, Service};

/// What the service is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default = "name")]
    interface: String,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    version: Option<String>,
}

fn name() -> String {
    "com.example.EchoService".to_owned()
}

/// The plugin.
pub struct Echo(Config);

const TEXT: &str = "java.lang.String";
const MAP: &str = "java.util.Map<java.lang.String,java.lang.Object>";

impl Service for Echo {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Closed)
    }

    fn configure(config: Config) -> Result<Echo, String> {
        Ok(Echo(config))
    }

    fn services(&self) -> Vec<Described> {
        let service = Described::new(&self.0.interface)
            .method("echo", &[TEXT], TEXT)
            .method("add", &["long", "long"], "long")
            .method("divide", &["long", "long"], "long")
            .method("join", &["java.util.List<java.lang.String>", TEXT], TEXT)
            .method("count", &["int"], "java.util.List<java.lang.Integer>")
            .method("merge", &[MAP, MAP], MAP)
            .method("attachments", &[], "java.util.Map<java.lang.String,java.lang.String>")
            .method("fail", &[TEXT], "void")
            .method("nothing", &[], "void");
        vec![Described { group: self.0.group.clone(), version: self.0.version.clone(), ..service }]
    }

    fn invoke(&self, invocation: &Invocation) -> Result<String, RpcError> {
        match invocation.method.as_str() {
            "echo" => {
                let (text,): (Option<String>,) = invocation.arguments_as()?;
                Invocation::answer(&text)
            }
            "add" => {
                let (one, other): (i64, i64) = invocation.arguments_as()?;
                Invocation::answer(&one.checked_add(other).ok_or(arithmetic("long overflow"))?)
            }
            "divide" => {
                let (one, other): (i64, i64) = invocation.arguments_as()?;
                // Java's division: only zero is refused, and the one quotient that does not fit wraps.
                let other = if other == 0 { Err(arithmetic("/ by zero"))? } else { other };
                Invocation::answer(&one.wrapping_div(other))
            }
            "join" => {
                let (texts, between): (Vec<String>, String) = invocation.arguments_as()?;
                Invocation::answer(&texts.join(&between))
            }
            "count" => {
                let (up_to,): (i32,) = invocation.arguments_as()?;
                if up_to > 10_000 {
                    return Err(RpcError::thrown("java.lang.IllegalArgumentException", "10000 is enough"));
                }
                Invocation::answer(&(1..=up_to).collect::<Vec<i32>>())
            }
            "merge" => merge(&invocation.arguments),
            "attachments" => {
                let attachments: BTreeMap<_, _> = invocation.attachments.iter().cloned().collect();
                Invocation::answer(&attachments)
            }
            "fail" => {
                let (message,): (Option<String>,) = invocation.arguments_as()?;
                Err(RpcError::thrown("java.lang.IllegalStateException", message.unwrap_or_default()))
            }
            "nothing" => Ok("null".to_owned()),
            other => Err(RpcError::new(RpcCode::ServiceError, format!("no method {other}"))),
        }
    }
}

/// The members of both maps; the second's win. Values keep every digit.
fn merge(arguments: &str) -> Result<String, RpcError> {
    let misfit = || RpcError::new(RpcCode::BadRequest, "two maps are expected");
    let Ok(Json::Array(maps)) = Json::parse(arguments) else {
        return Err(misfit());
    };
    let mut merged: Vec<(String, Json)> = Vec::new();
    for map in maps {
        let Json::Object(members) = map else {
            return Err(misfit());
        };
        for (name, value) in members {
            merged.retain(|(known, _)| *known != name);
            merged.push((name, value));
        }
    }
    Ok(Json::Object(merged).to_string())
}

fn arithmetic(message: &str) -> RpcError {
    RpcError::thrown("java.lang.ArithmeticException", message)
}

yumen_plugin::export_service!(Echo);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::load_service;

    #[track_caller]
    fn check(method: &str, arguments: &str, expected: &str) {
        let service = load_service::<Echo>("{}").unwrap();
        assert_eq!(service.invoke(method, arguments).unwrap(), expected, "{method}");
    }

    #[track_caller]
    fn error(method: &str, arguments: &str) -> RpcError {
        load_service::<Echo>("{}").unwrap().invoke(method, arguments).unwrap_err()
    }

    #[test]
    fn methods_answer() {
        check("echo", r#"["h\u00e9 \"you\""]"#, r#""hé \"you\"""#);
        check("echo", "[null]", "null");
        check("add", "[9007199254740993, 1]", "9007199254740994");
        check("divide", "[-7, 2]", "-3");
        check("divide", "[-9223372036854775808, -1]", "-9223372036854775808");
        check("join", r#"[["a", "b"], "-"]"#, r#""a-b""#);
        check("count", "[3]", "[1,2,3]");
        check("count", "[-1]", "[]");
        check("merge", r#"[{"a":1.10,"b":2},{"b":[3],"c":null}]"#, r#"{"a":1.10,"b":[3],"c":null}"#);
        check("attachments", "[]", "{}");
        check("nothing", "[]", "null");
    }

    #[test]
    fn exceptions_are_java_s() {
        assert_eq!(error("divide", "[1, 0]"), RpcError::thrown("java.lang.ArithmeticException", "/ by zero"));
        assert_eq!(
            error("add", "[9223372036854775807, 1]"),
            RpcError::thrown("java.lang.ArithmeticException", "long overflow")
        );
        assert_eq!(error("fail", r#"["no"]"#), RpcError::thrown("java.lang.IllegalStateException", "no"));
        assert_eq!(error("count", "[10001]").exception_class.as_deref(), Some("java.lang.IllegalArgumentException"));
    }

    #[test]
    fn what_does_not_fit_is_a_bad_request() {
        assert_eq!(error("add", r#"["1", 2]"#).code, RpcCode::BadRequest);
        assert_eq!(error("merge", "[1, 2]").code, RpcCode::BadRequest);
        assert_eq!(error("unknown", "[]").code, RpcCode::ServiceError);
    }

    #[test]
    fn every_method_that_is_described_is_there() {
        let service = load_service::<Echo>(r#"{"interface": "com.acme.Echo", "version": "2"}"#).unwrap();
        let described = service.services().remove(0);
        assert_eq!((described.name.as_str(), described.version.as_deref()), ("com.acme.Echo", Some("2")));
        for method in described.methods {
            let answer = service.invoke(&method.name, "[]");
            assert!(
                !matches!(answer, Err(RpcError { code: RpcCode::ServiceError, exception_class: None, .. })),
                "{}",
                method.name
            );
        }
    }
}
