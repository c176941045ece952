//! A service that asks others before it answers, for tests of calls below calls.

use serde::Deserialize;
use yumen_plugin::{Described, Invocation, Manifest, RpcCode, RpcError, Service, dubbo, http};

/// What it is called, and whom it asks.
#[derive(Deserialize)]
struct Config {
    interface: String,
    /// A service with a method `relay`.
    #[serde(default)]
    to: String,
    /// How often it is asked, whatever it says.
    #[serde(default)]
    times: u32,
}

struct Relay(Config);

impl Service for Relay {
    type Config = Config;

    fn describe() -> Manifest {
        Manifest::new("relay", "1.0.0").schema(r#"{ "type": "object" }"#)
    }

    fn configure(config: Config) -> Result<Relay, String> {
        Ok(Relay(config))
    }

    fn services(&self) -> Vec<Described> {
        let service = Described::new(&self.0.interface).method("relay", &[], "java.lang.String").method(
            "fetch",
            &["java.lang.String"],
            "java.lang.String",
        );
        vec![service]
    }

    fn invoke(&self, invocation: &Invocation) -> Result<String, RpcError> {
        if invocation.method == "fetch" {
            let (path,): (String,) = invocation.arguments_as()?;
            let answer = http::Request::new("slow", "GET", &path).timeout_ms(5000).send();
            let answer = answer.map_err(|error| RpcError::new(RpcCode::ServiceError, format!("{error:?}")))?;
            return Invocation::answer(&String::from_utf8_lossy(&answer.body));
        }
        let mut said = Ok("\"nobody\"".to_owned());
        for _ in 0..self.0.times {
            said = dubbo::Invocation::new(&self.0.to, "relay", "[]").invoke();
        }
        said.map_err(|error| match error {
            dubbo::Error::Rpc(error) => error,
            other => RpcError::new(RpcCode::ServiceError, format!("{other:?}")),
        })
    }
}

yumen_plugin::export_service!(Relay);
