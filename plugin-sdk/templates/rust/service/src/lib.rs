//! A Dubbo service in the gateway: `com.example.GreetingService`.

use yumen_plugin::{Described, Deserialize, Invocation, Manifest, RpcCode, RpcError, Service};

/// The plugin's configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "hello")]
    greeting: String,
}

fn hello() -> String {
    "Hello".to_owned()
}

struct AddTenant(Config);

impl Service for AddTenant {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../schema.json"))
    }

    fn configure(config: Config) -> Result<Self, String> {
        Ok(Self(config))
    }

    fn services(&self) -> Vec<Described> {
        let string = "java.lang.String";
        vec![Described::new("com.example.GreetingService").method("greet", &[string], string)]
    }

    fn invoke(&self, invocation: &Invocation) -> Result<String, RpcError> {
        let (name,): (String,) = invocation.arguments_as()?;
        if name.is_empty() {
            return Err(RpcError::new(RpcCode::BadRequest, "nobody cannot be greeted"));
        }
        Invocation::answer(&format!("{}, {name}!", self.0.greeting))
    }
}

yumen_plugin::export_service!(AddTenant);
