//! Tells the tenant to what comes after, and refuses requests without a key of one.

use yumen_plugin::{Deserialize, Filter, Manifest, Reply, Request, Verdict, log};

/// The plugin's configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "header")]
    header: String,
}

fn header() -> String {
    "x-tenant".to_owned()
}

struct AddTenant(Config);

impl Filter for AddTenant {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().on_request(["x-api-key"]).schema(include_str!("../schema.json"))
    }

    fn configure(config: Config) -> Result<Self, String> {
        Ok(Self(config))
    }

    fn on_request(&self, request: &Request) -> Verdict {
        match request.get("x-api-key").and_then(|key| key.split_once('-')) {
            Some((tenant, _secret)) => Verdict::next().set(&self.0.header, tenant),
            None => {
                log::info!("refused: no key of a tenant");
                Verdict::reply(Reply::problem(403, "No tenant", "x-api-key must be TENANT-SECRET"))
            }
        }
    }
}

yumen_plugin::export_filter!(AddTenant);
