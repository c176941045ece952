//! A Dubbo service in WebAssembly.

use yumen_plugin::{Described, Invocation, Manifest, NoConfig, RpcCode, RpcError, Service};

struct Talk;

impl Service for Talk {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("talk", "1.0.0").schema(r#"{ "type": "object", "additionalProperties": false }"#)
    }

    fn configure(_config: NoConfig) -> Result<Talk, String> {
        Ok(Talk)
    }

    fn services(&self) -> Vec<Described> {
        let service = Described::new("com.example.Talk")
            .method("greet", &["java.lang.String", "int"], "java.lang.String")
            .method("sum", &["java.util.List<java.lang.Long>"], "long")
            .method("attachment", &["java.lang.String"], "java.lang.String")
            .method("fail", &["java.lang.String"], "void");
        vec![service]
    }

    fn invoke(&self, invocation: &Invocation) -> Result<String, RpcError> {
        match &*invocation.method {
            "greet" => {
                let (name, times): (String, usize) = invocation.arguments_as()?;
                Invocation::answer(&format!("hello {name} ").repeat(times).trim_end())
            }
            "sum" => {
                let (numbers,): (Vec<i64>,) = invocation.arguments_as()?;
                Invocation::answer(&numbers.iter().sum::<i64>())
            }
            "attachment" => {
                let (name,): (String,) = invocation.arguments_as()?;
                let found = invocation.attachments.iter().find(|(known, _)| *known == name);
                Invocation::answer(&found.map(|(_, value)| value))
            }
            "fail" => {
                let (how,): (String,) = invocation.arguments_as()?;
                match &*how {
                    "thrown" => Err(RpcError::thrown("com.example.Busy", "come back later")),
                    "trap" => panic!("told to trap"),
                    _ => Err(RpcError::new(RpcCode::BadRequest, "not like this")),
                }
            }
            other => Err(RpcError::new(RpcCode::ServiceNotFound, other)),
        }
    }
}

yumen_plugin::export_service!(Talk);
